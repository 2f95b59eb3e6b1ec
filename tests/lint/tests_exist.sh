#!/bin/sh
# tests_exist.sh - every source file has its unit test, FILE_test.c or FOLDER_FILE_test.c, the folder its first
# or its last one (or a line in no_unit_test.txt that says why not), and every test, lint script and fuzz
# target stands in Makefile.am: one that isn't run proves nothing.
. "$(dirname "$0")/lib.sh"

has_test()
{
	name=$(basename "$1" .c)
	folder=$(basename "$(dirname "$1")")
	test -f "tests/unit/${name}_test.c" || test -f "tests/unit/${1%%/*}_${name}_test.c" ||
		test -f "tests/unit/${folder}_${name}_test.c"
}

excused()
{
	grep -q "^$1  *[^ ]" tests/lint/no_unit_test.txt 2>/dev/null
}

check_sources()
{
	lint_files 'tls conf daemon' '*.c' | while read -r path; do
		has_test "$path" || excused "$path" || echo "$path: no tests/unit/$(basename "$path" .c)_test.c"
	done
}

check_excuses()
{
	sed -n '/^[^#]/s/ .*//p' tests/lint/no_unit_test.txt 2>/dev/null | while read -r path; do
		test -f "$path" || echo "tests/lint/no_unit_test.txt: $path is gone"
		! has_test "$path" || echo "tests/lint/no_unit_test.txt: $path has a test"
	done
}

# Tests by their kind; what several share stands in tests/lib (and lib.sh here).
test_files()
{
	find -H tests/unit tests/fuzz -name '*_test.c' -o -name '*_fuzz.c' 2>/dev/null
	find -H tests/wire tests/daemon \( -name '*.py' -o -name '*.sh' \) 2>/dev/null
	find -H tests/lint -name '*.sh' ! -name lib.sh 2>/dev/null
	find -H tests/rows -name '*.py' ! -name rows.py 2>/dev/null
}

check_listed()
{
	words=$(sed 's/#.*//' Makefile.am | tr -s ' \t\\' '\n' | sort -u)
	test_files | while read -r path; do
		echo "$words" | grep -qxF "${path%.c}" || echo "$path: not in Makefile.am"
	done
}

check()
{
	check_sources
	check_excuses
	check_listed
}

lint_base()
{
	mkdir -p tests/unit tests/lint tls
	printf 'TESTS += \\\n\ttests/unit/a_test \\\n\ttests/unit/ctl_d_test \\\n\ttests/wire/w.py\n# tests/wire/off.py\n' >Makefile.am
	touch tests/unit/a_test.c tests/unit/ctl_d_test.c tls/a.c
	echo 'tls/b.c  a table, tested through a' >tests/lint/no_unit_test.txt
	touch tls/b.c
	echo 'tls/c.c' >>tests/lint/no_unit_test.txt
}

lint_tree
lint_bad tls/hs/new.c 'a source file without a test' 'int tls_new;'
lint_bad daemon/new.c 'one in the daemon' 'int px_new;'
lint_bad tests/unit/new_test.c 'a unit test that is not run' 'int a;'
lint_bad tests/wire/off.py 'a wire test that is switched off' 'a()'
lint_bad tests/fuzz/new_fuzz.c 'a fuzz target that is not run' 'int a;'
lint_bad tests/rows/new.py 'a table of rows that is not compared' 'a()'
lint_bad tests/lint/new.sh 'a lint script that is not run' ':'
lint_bad tests/lint/no_unit_test.txt 'an excuse for a file that is gone' 'tls/b.c  a table' 'tls/gone.c  a table'
lint_bad tests/lint/no_unit_test.txt 'an excuse for a file with a test' 'tls/b.c  a table' 'tls/a.c  a table'
lint_bad tls/c.c 'an excuse without a reason' 'int tls_c;'
lint_good tls/hs/a.c 'a source file with its test' 'int tls_a;'
lint_good daemon/ctl/d.c 'one in a folder of the daemon with its test' 'int px_d;'
lint_bad daemon/d.c 'one with the test of another folder' 'int px_d;'
lint_good tls/b.c 'an excused file' 'int tls_b;'
lint_good tests/wire/w.py 'a test that is run' 'a()'
lint_end
