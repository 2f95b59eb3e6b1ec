#!/bin/sh
# size.sh - files under 500 lines, functions under 100 (60 is the aim: longer ones are listed, without
# failing), nesting 3, no #if inside a function.
. "$(dirname "$0")/lib.sh"

awk_file=$(cd "$(dirname "$0")" && pwd)/size.awk

sources()
{
	lint_files 'tls conf daemon tests' '*.[ch]' '*.py' | grep -v '^tests/vectors/'
}

check()
{
	sources | xargs -r awk -f "$awk_file"
}

# lines N TEXT: N times TEXT
lines()
{
	awk -v n="$1" -v text="$2" 'BEGIN { while (n-- > 0) print text }'
}

lint_tree
(cd "$lint_top" && sources | xargs -r awk -v soft=1 -f "$awk_file") | sed 's/^/# over the aim of 60: /'
lint_bad tls/x.c 'a file of 501 lines' "$(lines 501 'int a;')"
lint_good tls/x.c 'a file of 500 lines' "$(lines 500 'int a;')"
lint_bad tls/x.c 'a function of 101 lines' 'int f(int a,' '    int b)' '{' "$(lines 97 '	a();')" '}'
lint_good tls/x.c 'a function of 100 lines' 'int f(int a,' '    int b)' '{' "$(lines 96 '	a();')" '}'
lint_bad tests/unit/x_test.c 'a long function in a test' 'int f(void)' '{' "$(lines 99 '	a();')" '}'
lint_bad tests/wire/x.py 'a long Python file' "$(lines 501 'a()')"
lint_good tls/x.c 'a long table' 'static const int a[] = {' "$(lines 200 '	1,')" '};'
lint_bad daemon/x.c '#ifdef inside a function' 'int f(void)' '{' '#ifdef A' '	a();' '#endif' '}'
lint_good daemon/x.c '#ifdef outside' 'int f(void)' '{' '	a();' '}' '#ifdef A' '#endif'
lint_bad conf/x.c 'nesting of 4' 'int f(void)' '{' '	if (a)' '		if (b)' '			if (c)' '				if (d)' '					e();' '}'
lint_good conf/x.c 'nesting of 3' 'int f(void)' '{' '	if (a)' '		if (b)' '			if (c)' '				d();' '}'
lint_end
