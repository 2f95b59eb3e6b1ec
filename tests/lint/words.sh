#!/bin/sh
# words.sh - calls that have one home (memory, randomness, output), functions without bounds, marks of
# unfinished work and paths of somebody's machine.
. "$(dirname "$0")/lib.sh"

awk_file=$(cd "$(dirname "$0")" && pwd)/words.awk

check()
{
	{
		lint_files 'tls conf daemon tests' '*' | grep -v -e '^tests/fuzz/corpus/' \
			-e '_test$' -e '_fuzz$' -e '/\.deps/' -e '\.\(o\|a\|log\|trs\|pyc\)$'
		find -L README HACKING.md Makefile.am configure.ac autogen.sh quickstart .ci doc systemd -type f 2>/dev/null
	} | xargs -r awk -f "$awk_file"
}

todo=TO''DO
lint_tree
lint_bad tls/session.c 'memcpy in the core' '	memcpy(a, b, n);'
lint_bad tls/hs/x.c 'free in the core' '	if (a) free (b);'
lint_bad tls/hs/x.c 'calloc after a comment' '	/* why */ p = calloc(1, n);'
lint_bad tls/crypto/sig.c 'memcmp in the core' '	return memcmp(a, b, n) == 0;'
lint_bad tls/crypto/sig.c 'rand in the core' '	x = rand();'
lint_bad tls/session.c 'a clock in the core' '	now = time(NULL);'
lint_bad tls/record.c 'output in the core' '	fprintf(stderr, "x");'
lint_bad conf/load.c 'output in conf' '	puts("x");'
lint_bad daemon/relay.c 'output outside the log' '	printf("x");'
lint_bad daemon/relay.c 'a function without bounds' '	strcpy(a, b);'
lint_bad daemon/relay.c 'weak randomness' '	x = random();'
lint_bad tls/x.c 'unfinished work' "/* $todo: the rest */"
lint_bad tests/unit/x_test.c 'unfinished work in a test' "/* $todo */"
lint_bad doc/x.8 'unfinished work in a page' "$todo"
lint_bad tests/wire/x.py 'a path of one machine' "x = '/ho""me/me/x'"
lint_good tls/session.c 'look-alikes' '	tls_mem_free(p);' '	s->free(p);' '	/* memcpy(a, b, n) */' '	x = "free(p)";' \
	'/* not' '	free(p);' '*/' '	handshake_time(s);' '	snprintf(a, n, "x");'
lint_good tls/bytes/mem.c 'memory in bytes' '	free(p);' '	memcpy(a, b, n);'
lint_good tls/crypto/rng.c 'randomness in rng.c' '	random(x);'
lint_good daemon/log.c 'output in the log' '	fprintf(stderr, "x");'
lint_good daemon/main.c 'output of main' '	printf("x");'
lint_end
