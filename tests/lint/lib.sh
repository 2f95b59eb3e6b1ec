#!/bin/sh
# lib.sh - what the lint scripts share. A script defines check: it runs in the root of a tree and
# prints one line for each finding. Then:
#
#   lint_tree                        a point for the tree itself: no finding
#   lint_bad  PATH 'what' TEXT...    a point for a tree with just this file: check must name PATH
#                                    (or its folder)
#   lint_good PATH 'what' TEXT...    a point for a tree with just this file: no finding
#   lint_end                         the plan
#
# TEXT: one argument for each line; lint_base adds what else check needs. So each rule shows that it can fail, and that it doesn't always.

lint_n=0
lint_scratch=$(mktemp -d)
trap 'rm -rf "$lint_scratch"' EXIT
trap 'exit 1' HUP INT TERM
lint_top=${top_srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}

# Sources of these kinds in these folders, as far as they exist.
lint_files()
{
	for d in tls conf daemon tests; do
		case " $1 " in *" $d "*) test -d "$d" && find -H "$d" -type f \( -name "$2" -o -name "${3:-$2}" \) ! -name "*_asn1_tab.c" ;; esac
	done | LC_ALL=C sort
}

# What stands in a planted tree besides the file; a script may define its own.
lint_base()
{
	:
}

lint_point()
{
	lint_n=$((lint_n + 1))
	echo "$1 $lint_n - $2"
}

lint_tree()
{
	lint_found=$(cd "$lint_top" && test -f tls/tls.h && check) || lint_found="check failed: $lint_found"
	if test -z "$lint_found"; then
		lint_point ok 'the tree'
	else
		lint_point 'not ok' 'the tree'
		echo "$lint_found" | sed 's/^/# /'
	fi
}

lint_plant()
{
	rm -rf "$lint_scratch/tree"
	mkdir -p "$lint_scratch/tree"
	lint_path=$1
	shift 2
	(cd "$lint_scratch/tree" && lint_base)
	mkdir -p "$lint_scratch/tree/$(dirname "$lint_path")"
	printf '%s\n' "$@" >"$lint_scratch/tree/$lint_path"
	lint_found=$(cd "$lint_scratch/tree" && check)
}

lint_bad()
{
	lint_plant "$@"
	case $lint_found in
	*"$lint_path"* | *"$(dirname "$lint_path"): "*) lint_point ok "finds $2" ;;
	*) lint_point 'not ok' "finds $2" ;;
	esac
}

lint_good()
{
	lint_plant "$@"
	test -z "$lint_found" && lint_point ok "allows $2" && return
	lint_point 'not ok' "allows $2"
	echo "$lint_found" | sed 's/^/# /'
}

lint_end()
{
	echo "1..$lint_n"
}
