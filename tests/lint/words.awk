# words.awk - prints the calls and words that have no place where they stand. C is read without its
# comments and strings.

BEGIN {
	memory = "memcpy|memmove|memset|memcmp|bcmp|malloc|calloc|realloc|reallocarray|free|strdup|strndup"
	chance = "rand|random|srand|srandom|drand48|lrand48|arc4random"
	clocks = "time|gettimeofday|clock_gettime|localtime|gmtime"
	prints = "printf|fprintf|vprintf|vfprintf|dprintf|vdprintf|puts|fputs|putchar|perror|syslog|vsyslog"
	unsafe = "sprintf|vsprintf|strcpy|strcat|strncpy|strncat|gets|strtok|atoi|atol|alloca|system|popen|tmpnam|mktemp"
	marks = "TO" "DO|FIX" "ME|XX" "X"
	paths = "/wo" "rk/|/ho" "me/[a-z]|/ro" "ot/|/tm" "p/[A-Za-z]"
}

# The line without strings, characters and comments; keeps the state "inside a comment".
function code(line,    out, two, one)
{
	out = ""
	while (line != "") {
		two = substr(line, 1, 2)
		one = substr(line, 1, 1)
		if (in_comment) {
			in_comment = two != "*/"
			line = substr(line, in_comment ? 2 : 3)
		} else if (two == "/*") {
			in_comment = 1
			line = substr(line, 3)
		} else if (two == "//") {
			break
		} else if (one == "\"" || one == "'") {
			if (match(line, one == "\"" ? "^\"([^\"\\\\]|\\\\.)*\"" : "^'([^'\\\\]|\\\\.)*'"))
				line = substr(line, RLENGTH + 1)
			else
				line = substr(line, 2)
			out = out "0"
		} else {
			out = out one
			line = substr(line, 2)
		}
	}
	return out
}

# A call of one of these functions: not the end of a longer name, not a member.
function calls(text, names)
{
	return text ~ ("(^|[^A-Za-z0-9_>.])(" names ")[ \t]*\\(")
}

function complain(what)
{
	print FILENAME ":" FNR ": " what
}

FNR == 1 {
	in_comment = 0
	is_c = FILENAME ~ /\.[ch]$/
	in_core = FILENAME ~ /^tls\//
	in_product = FILENAME ~ /^(tls|conf|daemon)\//
	owns_memory = FILENAME ~ /^tls\/bytes\//
	owns_chance = FILENAME ~ /^tls\/crypto\/rng\.c$/
	# main, demo and ctl talk to a person at a terminal; log.c writes the log
	may_print = FILENAME ~ /^daemon\/(log|main|demo[a-z_]*)\.c$|^daemon\/ctl\//
}

$0 ~ ("(^|[^A-Za-z0-9_])(" marks ")([^A-Za-z0-9_]|$)") {
	complain("unfinished: " $0)
}

$0 ~ ("(^|[^A-Za-z0-9_.}~-])(" paths ")") {
	complain("a path of one machine: " $0)
}

is_c && in_product {
	text = code($0)
	if (in_core && !owns_memory && calls(text, memory))
		complain("memory without tls/bytes/mem.h")
	if (in_core && !owns_chance && calls(text, chance))
		complain("randomness without rng.h")
	if (in_core && calls(text, clocks))
		complain("a clock in the core")
	if (calls(text, chance) && !in_core)
		complain("weak randomness")
	if (!may_print && calls(text, prints))
		complain("output outside the log")
	if (calls(text, unsafe))
		complain("a function without bounds")
}
