#!/bin/sh
# names.sh - name = address: functions that other files can see begin with tls_, conf_ or px_, after
# the folder they live in.
. "$(dirname "$0")/lib.sh"

awk_file=$(cd "$(dirname "$0")" && pwd)/names.awk

check()
{
	lint_files 'tls conf daemon' '*.c' | xargs -r awk -f "$awk_file"
}

lint_tree
lint_bad tls/record.c 'a function of the core without prefix' 'int record_open(int a)' '{' '	return a;' '}'
lint_bad tls/hs/hs.c 'a header of two lines' 'struct a *hs_next(struct b *b,' '    int c)' '{' '}'
lint_bad tls/hs/hs.c 'a type on its own line' 'int' 'hs_next(struct b *b)' '{' '}'
lint_bad daemon/relay.c 'a function of the daemon with another prefix' '#include "x.h"' '' 'void tls_relay(void)' '{' '}'
lint_bad conf/load.c 'a function of conf without prefix' '/* what */' 'bool load(void)' '{' '}'
lint_good tls/record.c 'static and prefixed functions' 'static int open_it(int a)' '{' '}' '' \
	'int tls_record_open(void)' '{' '}' 'static struct x *make(int a,' '    int b)' '{' '}'
lint_good daemon/main.c 'main' 'int main(int argc, char **argv)' '{' '}'
lint_good conf/load.c 'tables and structs' 'static const int a[] = {' '	1,' '};' 'struct b {' '	int c;' '};'
lint_end
