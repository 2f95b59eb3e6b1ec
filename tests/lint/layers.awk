# layers.awk - reads the #include lines of the files given and prints each that the layers forbid.

BEGIN {
	# layer: what it may include from the tree
	may["bytes"] = "bytes"
	may["api"] = "api"
	may["crypto"] = may["bytes"] " api crypto"
	may["x509"] = may["crypto"] " x509"
	may["record"] = may["crypto"] " record"
	may["msg"] = "bytes api msg"
	may["setting"] = may["x509"] " setting"
	may["wire"] = may["setting"] " record wire"
	may["hs"] = may["wire"] " msg hs"
	may["session"] = may["hs"] " session"
	may["conf"] = "conf tls.h"
	may["pool"] = "pool"
	may["flow"] = "flow pool"
	may["dump"] = "dump"
	may["ctl"] = "ctl dump tls.h"
	may["admin"] = "admin dump daemon conf tls.h"
	may["daemon"] = "daemon admin dump flow pool conf tls.h"

	# library header: the layers that may include it
	only["^nettle/|^gmp\\.h|^hogweed"] = "crypto"
	only["^libtasn1\\.h"] = "x509"
	only["^event2/|^event\\.h"] = "daemon admin"
	only["^jansson\\.h"] = "ctl admin dump"
	only["^libconfig\\.h"] = "conf"
	only["^seccomp\\.h|^linux/"] = "daemon"
	only["^(sys/socket|sys/un|sys/epoll|netdb|poll|fcntl|unistd|stdio|time|sys/time|pthread|signal|syslog)\\.h|^netinet/|^arpa/"] = "rng conf daemon admin ctl dump"
}

function layer(path)
{
	if (path ~ /^tls\/(tls|certificates|describe|making|numbers|resumption|verification|x509_privkey|error)\.h$/)
		return "api"
	if (path ~ /^tls\/(error|version)\.c$/)
		return "api"
	if (path ~ /^tls\/(bytes|crypto|x509|msg|hs)\//)
		return substr(path, 5, index(substr(path, 5), "/") - 1)
	if (path ~ /^tls\/(credentials|credentials_choose|credentials_common|credentials_trust|policy)\./)
		return "setting"
	if (path ~ /^tls\/(record|workspace|limits)\./)
		return "record"
	if (path ~ /^tls\/(state|input|output|alert)\./)
		return "wire"
	if (path ~ /^tls\//)
		return "session"
	if (path ~ /^daemon\/(flow|pool|dump|proxy_header)\./)
		return path ~ /proxy_header/ ? "dump" : substr(path, 8, 4)
	if (path ~ /^daemon\/admin/)
		return "admin"
	if (path ~ /^daemon\/ctl\//)
		return "ctl"
	return substr(path, 1, index(path, "/") - 1)
}

function has(list, word)
{
	return index(" " list " ", " " word " ") > 0
}

# "a/b/../c" -> "a/c"
function tidy(path)
{
	while (match(path, /[^\/]+\/\.\.\//))
		path = substr(path, 1, RSTART - 1) substr(path, RSTART + RLENGTH)
	return path
}

# The folder of the tree that a quoted include means: its own, or the root.
function target(from, name,    dir, top)
{
	dir = from
	sub(/[^\/]*$/, "", dir)
	top = name
	sub(/\/.*/, "", top)
	return top ~ /^(tls|conf|daemon)$/ && index(name, "/") ? name : tidy(dir name)
}

function complain(what)
{
	print FILENAME ":" FNR ": " what
}

/^[ \t]*#[ \t]*include[ \t]*</ {
	name = $0
	sub(/^[^<]*</, "", name)
	sub(/>.*/, "", name)
	here = FILENAME ~ /^tls\/crypto\/rng\./ ? "rng" : layer(FILENAME)
	if (here == "rng" && name ~ /^nettle/)
		here = "crypto"
	for (pattern in only)
		if (name ~ pattern && !has(only[pattern], here))
			complain("<" name "> doesn't belong in " here)
	next
}

/^[ \t]*#[ \t]*include[ \t]*"/ {
	name = $0
	sub(/^[^"]*"/, "", name)
	sub(/".*/, "", name)
	if (name == "config.h")
		next
	here = layer(FILENAME)
	there = target(FILENAME, name)
	if (there == "tls/tls.h" && has(may[here], "tls.h"))
		next
	if (!has(may[here], layer(there)))
		complain(there " is out of reach of " here)
}
