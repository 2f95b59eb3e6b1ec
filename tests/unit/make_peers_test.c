/* make_peers_test.c - tls/x509/make.c, judged by openssl and GnuTLS's certtool. The latter only reads
 * it: its --verify takes no trust anchor that isn't a CA. */
#include "unit.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tls/tls.h"

#define FILE_NAME "make_peers_test.tmp"
#define OUT_MAX_LEN 16384

/* Runs a command on the certificate; its output goes to out. True if it exits with 0. */
static bool run(char out[OUT_MAX_LEN], const char *command)
{
	FILE *f = popen(command, "r");
	size_t n;

	assert_non_null(f);
	n = fread(out, 1, OUT_MAX_LEN - 1, f);
	out[n] = '\0';
	while (n == OUT_MAX_LEN - 1 && fgetc(f) != EOF)
		;
	return pclose(f) == 0;
}

static void need(const char *tool)
{
	char command[64], out[OUT_MAX_LEN];

	snprintf(command, sizeof(command), "command -v %s", tool);
	if (!run(out, command)) {
		print_message("%s is not installed\n", tool);
		skip();
	}
}

/* Writes a fresh certificate; change >= 0: with one bit of the byte that far from the end flipped. */
static void write_certificate(int change)
{
	static const char *const names[] = {"a.example", "*.a.example", "192.0.2.1", "2001:db8::1"};
	tls_certificate_credentials_t cred;
	tls_datum_t chain[1];
	unsigned n = 1;
	FILE *f = fopen(FILE_NAME, "wb");

	assert_non_null(f);
	assert_int_equal(tls_certificate_allocate_credentials(&cred), 0);
	assert_int_equal(tls_certificate_set_self_signed(cred, names, 4, (int64_t)time(NULL) - 60, 30), 0);
	assert_int_equal(tls_certificate_get_chain(cred, 0, chain, &n), 0);
	if (change >= 0)
		chain[0].data[chain[0].size - 1 - (unsigned)change] ^= 1;
	assert_int_equal(fwrite(chain[0].data, 1, chain[0].size, f), chain[0].size);
	assert_int_equal(fclose(f), 0);
	tls_certificate_free_credentials(cred);
}

static int remove_files(void **state)
{
	(void)state;
	unlink(FILE_NAME);
	unlink(FILE_NAME ".pem");
	return 0;
}

static void expect(const char *out, const char *const *words)
{
	for (; *words != NULL; words++) {
		if (strstr(out, *words) == NULL)
			fail_msg("\"%s\" is missing in:\n%s", *words, out);
	}
}

static void openssl_reads_it(void **state)
{
	static const char *const words[] = {"Version: 3 (0x2)", "Signature Algorithm: ecdsa-with-SHA256",
	    "Issuer: CN = a.example", "Subject: CN = a.example", "ASN1 OID: prime256v1",
	    "X509v3 Basic Constraints: critical\n                CA:FALSE",
	    "X509v3 Key Usage: critical\n                Digital Signature\n",
	    "X509v3 Extended Key Usage: \n                TLS Web Server Authentication",
	    "DNS:a.example, DNS:*.a.example, IP Address:192.0.2.1, IP Address:2001:DB8:0:0:0:0:0:1", NULL};
	char out[OUT_MAX_LEN];

	(void)state;
	need("openssl");
	write_certificate(-1);
	assert_true(run(out, "openssl x509 -inform DER -in " FILE_NAME " -noout -text 2>&1"));
	expect(out, words);
}

#define OPENSSL_VERIFY                                                                             \
	"openssl x509 -inform DER -in " FILE_NAME " -out " FILE_NAME ".pem 2>&1 && "                        \
	"openssl verify -check_ss_sig -purpose sslserver -CAfile " FILE_NAME ".pem "

static void openssl_verifies_it(void **state)
{
	char out[OUT_MAX_LEN];

	(void)state;
	need("openssl");
	write_certificate(-1);
	assert_true(run(out, OPENSSL_VERIFY "-verify_hostname a.example " FILE_NAME ".pem 2>&1"));
	assert_true(run(out, OPENSSL_VERIFY "-verify_hostname b.a.example " FILE_NAME ".pem 2>&1"));
	assert_true(run(out, OPENSSL_VERIFY "-verify_ip 192.0.2.1 " FILE_NAME ".pem 2>&1"));
	assert_true(run(out, OPENSSL_VERIFY "-verify_ip 2001:db8::1 " FILE_NAME ".pem 2>&1"));
	assert_false(run(out, OPENSSL_VERIFY "-verify_hostname b.example " FILE_NAME ".pem 2>&1"));
	assert_false(run(out, OPENSSL_VERIFY "-attime 1000000000 " FILE_NAME ".pem 2>&1"));
	write_certificate(0);
	assert_false(run(out, OPENSSL_VERIFY "-verify_hostname a.example " FILE_NAME ".pem 2>&1"));
}

static void certtool_reads_it(void **state)
{
	static const char *const words[] = {"Version: 3", "Issuer: CN=a.example", "Subject: CN=a.example",
	    "Curve:	SECP256R1", "Certificate Authority (CA): FALSE", "Digital signature.", "TLS WWW Server.",
	    "DNSname: a.example", "DNSname: *.a.example", "IPAddress: 192.0.2.1", "IPAddress: 2001:db8::1",
	    "Signature Algorithm: ECDSA-SHA256", NULL};
	char out[OUT_MAX_LEN];

	(void)state;
	need("certtool");
	write_certificate(-1);
	assert_true(run(out, "certtool -i --inder --infile " FILE_NAME " 2>&1"));
	expect(out, words);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_teardown(openssl_reads_it, remove_files),
	    cmocka_unit_test_teardown(openssl_verifies_it, remove_files),
	    cmocka_unit_test_teardown(certtool_reads_it, remove_files),
	};

	return cmocka_run_group_tests_name("make peers", tests, NULL, NULL);
}
