# size.awk - the sizes of files and functions. A function starts with a line "{" and ends with a line
# "}", both in the first column (kernel style); its header is counted too. With soft=1 it prints the
# functions over the soft limit instead of the findings.

function complain(line, what)
{
	if (!soft)
		print file ":" line ": " what
}

function end_file()
{
	if (n_lines > 500)
		complain(n_lines, n_lines " lines, 500 are allowed")
}

FNR == 1 {
	if (file != "")
		end_file()
	file = FILENAME
	inside = 0
	header = 0
	is_c = file ~ /\.[ch]$/
	is_product = file !~ /^tests\//
}

{
	n_lines = FNR
}

!is_c {
	next
}

/^[A-Za-z_].*\(/ && !inside {
	header = FNR
	name = $0
	sub(/\(.*/, "", name)
	sub(/.*[ *]/, "", name)
}

/^\{$/ {
	inside = 1
	start = header > 0 ? header : FNR
}

inside && /^[ \t]*#[ \t]*(if|ifdef|ifndef|else|elif)/ {
	complain(FNR, "preprocessor condition inside " name)
}

inside && is_product && /^\t\t\t\t+(if|for|while|switch|do)[ \t({]/ {
	complain(FNR, "nested deeper than 3 in " name)
}

/^\}/ && inside {
	len = FNR - start + 1
	if (len > 100)
		complain(start, name " has " len " lines, 100 are allowed")
	else if (soft && len > 60)
		print file ":" start ": " name " has " len " lines"
	inside = 0
	header = 0
}

END {
	if (file != "")
		end_file()
}
