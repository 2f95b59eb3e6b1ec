#!/bin/sh
# must_check.sh - the compiler warns when a result of the core is dropped: each function that can fail, and each answer
# of the cryptography, is declared with warn_unused_result. (goto fail, CVE-2014-1266; GnuTLS CVE-2014-0092)
. "$(dirname "$0")/lib.sh"

awk_file=$(cd "$(dirname "$0")" && pwd)/must_check.awk

check()
{
	lint_files tls '*.h' | grep -v -e '^tls/\(tls\|certificates\|describe\|making\|resumption\|verification\|x509_privkey\)\.h$' -e '^tls/session\.h$' | xargs -r awk -f "$awk_file"
}

lint_tree
lint_bad tls/record.h 'an int that may be dropped' 'int tls_record_seal(struct x *x);'
lint_bad tls/hs/x.h 'an int over two lines' 'int tls_x_do(struct a *a,' '    int b);'
lint_bad tls/crypto/x.h 'a bool of the cryptography' 'bool tls_x_verify(int a);'
lint_bad tls/bytes/mem.h 'a comparison' 'bool tls_mem_equal(int a);'
lint_good tls/hs/x.h 'an int that may not' 'int tls_x_do(struct a *a,' '    int b) __attribute__((warn_unused_result));'
lint_good tls/hs/auth.h 'a step of the table' 'int tls_auth_send_finished(struct a *a,' '    int b);'
lint_good tls/msg/ext.h 'a question' 'bool tls_ext_is_there(int a);'
lint_good tls/tls.h 'the public interface' 'int tls_handshake(int a);'
lint_end
