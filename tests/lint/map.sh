#!/bin/sh
# map.sh - HACKING.md, the map, names every source file and every folder of the tree.
. "$(dirname "$0")/lib.sh"

places()
{
	lint_files 'tls conf daemon' '*.c' | sed 's/^/file /'
	lint_files 'tls conf daemon' '*.h' | while read -r path; do
		test -f "${path%.h}.c" || echo "file $path"
	done
	for d in tls conf daemon tests doc systemd; do
		test ! -d $d || find -H $d -type d ! -path 'tests/fuzz/corpus/*' ! -name __pycache__ ! -name '.*' | sed 's/^/folder /'
	done
}

# A file is named by its name in the section of its folder, "### tls/hs/"; a folder by its path.
check()
{
	places | sort >"$lint_scratch/places"
	awk '
		FNR == NR { sub(/^[a-z]+ /, "& "); want[$2] = $1; next }
		/^##/ { section = "" }
		/^##/ && match($0, /[a-z]+[a-z0-9_\/-]*\//) { section = substr($0, RSTART, RLENGTH) }
		{
			line = $0
			while (match(line, /[A-Za-z0-9_.\/-]+/)) {
				word = substr(line, RSTART, RLENGTH)
				line = substr(line, RSTART + RLENGTH)
				sub(/\/$/, "", word)
				sub(/\.$/, "", word)
				seen[word] = 1
				seen[section word] = 1
			}
		}
		END { for (path in want) if (!(path in seen)) print path ": not in HACKING.md" }
	' "$lint_scratch/places" HACKING.md
}

lint_base()
{
	mkdir -p tls/hs tests
	touch tls/a.c tls/a.h
	printf '## Map\n### tls/\na.c  does a\n### tls/hs/\nhs.c  the loop\n### tests/\n' >HACKING.md
}

lint_tree
lint_bad tls/b.c 'a file that is not on the map' 'int tls_b;'
lint_bad tls/hs/a.c 'a file whose name stands in another folder' 'int tls_b;'
lint_bad tls/hs/x.h 'a header without a source' 'int tls_b;'
lint_bad tests/new/x.py 'a folder that is not on the map' 'a()'
lint_good tls/hs/hs.c 'a file on the map' 'int tls_b;'
lint_good tls/a.h 'a header beside its source' 'int tls_b;'
lint_end
