# names.awk - prints functions whose name doesn't say where they live. A header begins in the first
# column after a line that ends something and runs to the line "{".

BEGIN {
	prefix["tls"] = "tls_"
	prefix["conf"] = "conf_"
	prefix["daemon"] = "px_"
}

FNR == 1 {
	header = ""
	in_comment = 0
	folder = substr(FILENAME, 1, index(FILENAME, "/") - 1)
}

/^\/\*/ {
	in_comment = 1
}

in_comment {
	in_comment = $0 !~ /\*\//
	next
}

/^\{$/ {
	name = header
	gsub(/__attribute__[ ]*\(\([^)]*\)*\)\)/, "", name)
	sub(/[ ]*\(.*/, "", name)
	sub(/.*[ *]/, "", name)
	if (header !~ /(^|[ ])static[ ]/ && name != "main" && index(name, prefix[folder]) != 1)
		print FILENAME ":" FNR ": " name " should begin with " prefix[folder]
	header = ""
	next
}

/^[}#]/ || /;[ \t]*$/ || /^$/ || /=[ ]*\{/ {
	header = ""
	next
}

/^[A-Za-z_ \t]/ {
	header = header " " $0
}
