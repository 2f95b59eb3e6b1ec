# must_check.awk - prints declarations of results that nobody has to look at. Steps of a handshake are called
# through their table, whose driver looks; tls.h is for applications.

function complain()
{
	print FILENAME ":" at ": " name " without warn_unused_result"
}

FNR == 1 {
	declaration = ""
	# whether something is so may be left alone; whether cryptography went well may not
	bools = FILENAME ~ /^tls\/crypto\// || FILENAME == "tls/bytes/mem.h"
}

declaration == "" && (/^int tls_/ || (bools && /^bool tls_/)) {
	declaration = " "
	at = FNR
	name = $0
	sub(/^[a-z]+ /, "", name)
	sub(/\(.*/, "", name)
}

declaration != "" {
	declaration = declaration $0
	if ($0 !~ /[;{]/)
		next
	if (declaration !~ /warn_unused_result/ && name !~ /^tls_(server|client|auth)(12)?_(send|recv)_/)
		complain()
	declaration = ""
}
