/* credentials_test.c - tls/credentials.c: filling, faults with their line, freezing. */
#include "unit.h"

#include "cred.h"
#include "tls/credentials.h"
#include "tls/x509/cert.h"

/* ---- Filling -------------------------------------------------------------------------------------- */

static const struct {
	const char *cert, *key;
} pairs[] = {
    {"p256.crt.pem", "p256.pkcs8.pem"},
    {"p256.crt.pem", "p256.sec1.pem"},
    {"p256.crt.pem", "p256.sec1-params.pem"},
    {"p384.crt.pem", "p384.pkcs8.pem"},
    {"p384.crt.pem", "p384.sec1.pem"},
    {"p521.crt.pem", "p521.pkcs8.pem"},
    {"p521.crt.pem", "p521.sec1.pem"},
    {"rsa.crt.pem", "rsa.pkcs8.pem"},
    {"rsa.crt.pem", "rsa.pkcs1.pem"},
    {"ed25519.crt.pem", "ed25519.pkcs8.pem"},
    {"chain.crt.pem", "p256.pkcs8.pem"},
    {"expired.crt.pem", "p256.pkcs8.pem"},
    {"nosan.crt.pem", "p256.pkcs8.pem"},
};

#define N_PAIRS (sizeof(pairs) / sizeof(pairs[0]))

static void takes_chains_with_their_keys(void **state)
{
	tls_certificate_credentials_t cred = cred_new();
	bool in_key = true;

	(void)state;
	for (size_t i = 0; i < N_PAIRS; i++)
		assert_int_equal(cred_add_files(cred, pairs[i].cert, pairs[i].key), 0);
	assert_int_equal(tls_certificate_error_line(cred, &in_key), 0);
	assert_false(in_key);
	tls_certificate_free_credentials(cred);
}

static void gives_the_chain_back(void **state)
{
	tls_certificate_credentials_t cred = cred_new();
	tls_datum_t chain[16];
	unsigned n = 16;
	struct data der;

	(void)state;
	assert_int_equal(cred_add_files(cred, "p384.crt.pem", "p384.pkcs8.pem"), 0);
	assert_int_equal(cred_add_files(cred, "chain.crt.pem", "p256.pkcs8.pem"), 0);
	assert_int_equal(tls_certificate_get_chain(cred, 1, chain, &n), 0);
	assert_int_equal(n, 3);
	for (unsigned i = 0; i < n; i++) {
		data_read_der(&der, "chain.crt.pem", i);
		assert_true(tls_mem_same(chain[i].data, chain[i].size, der.bytes, der.len));
	}
	n = 2;
	assert_int_equal(tls_certificate_get_chain(cred, 1, chain, &n), TLS_E_SHORT_MEMORY_BUFFER);
	assert_int_equal(n, 3);
	assert_int_equal(tls_certificate_get_chain(cred, 2, chain, &n), TLS_E_REQUESTED_DATA_NOT_AVAILABLE);
	tls_certificate_free_credentials(cred);
}

/* 2024-02-01; and 2049-12-31 23:59:59, the intermediate's: the leaf has a second more (make.sh). */
static void tells_when_a_chain_expires(void **state)
{
	tls_certificate_credentials_t cred = cred_new();
	int64_t last = 0;

	(void)state;
	assert_int_equal(cred_add_files(cred, "expired.crt.pem", "p256.pkcs8.pem"), 0);
	assert_int_equal(cred_add_files(cred, "chain.crt.pem", "p256.pkcs8.pem"), 0);
	assert_int_equal(tls_certificate_get_expiration(cred, 0, &last), 0);
	assert_int_equal(last, 1706745600);
	assert_int_equal(tls_certificate_get_expiration(cred, 1, &last), 0);
	assert_int_equal(last, 2524607999);
	assert_int_equal(tls_certificate_get_expiration(cred, 2, &last),
	    TLS_E_REQUESTED_DATA_NOT_AVAILABLE);
	tls_certificate_free_credentials(cred);
}

static void takes_der(void **state)
{
	tls_certificate_credentials_t cred = cred_new();
	struct data cert, key;
	tls_datum_t c, k;

	(void)state;
	data_read_der(&cert, "ed25519.crt.pem", 0);
	data_read_der(&key, "ed25519.pkcs8.pem", 0);
	c = cred_datum(&cert);
	k = cred_datum(&key);
	assert_int_equal(tls_certificate_set_x509_key_mem(cred, &c, &k, TLS_X509_FMT_DER), 0);
	assert_int_equal(tls_certificate_set_x509_key_mem(cred, &c, &c, TLS_X509_FMT_DER), TLS_E_KEY_ERROR);
	assert_int_equal(tls_certificate_set_x509_key_mem(cred, &k, &k, TLS_X509_FMT_DER), TLS_E_CERTIFICATE_ERROR);
	tls_certificate_free_credentials(cred);
}

static void refuses_with_reason_and_line(void **state)
{
	static const struct {
		const char *cert, *key;
		int ret;
		unsigned line;
		bool in_key;
	} rows[] = {
	    {"p256.crt.pem", "other.pkcs8.pem", TLS_E_CERTIFICATE_KEY_MISMATCH, 0, true},
	    {"p256.crt.pem", "p384.pkcs8.pem", TLS_E_CERTIFICATE_KEY_MISMATCH, 0, true},
	    {"p256.crt.pem", "p256.encrypted.pem", TLS_E_KEY_ENCRYPTED, 1, true},
	    {"p256.crt.pem", "p256.encrypted-sec1.pem", TLS_E_KEY_ENCRYPTED, 1, true},
	    {"p256.crt.pem", "ed448.bad.pem", TLS_E_UNSUPPORTED_KEY, 1, true},
	    {"p256.crt.pem", "p256.crt.pem", TLS_E_NO_KEY_FOUND, 0, true},
	    {"p256.pkcs8.pem", "p256.pkcs8.pem", TLS_E_NO_CERTIFICATE_FOUND, 0, false},
	    {"ed448.crt.pem", "ed448.bad.pem", TLS_E_UNSUPPORTED_KEY, 1, false},
	    {"rsa1024.crt.pem", "rsa1024.bad.pem", TLS_E_UNSUPPORTED_KEY, 1, false},
	};
	tls_certificate_credentials_t cred = cred_new();
	tls_datum_t chain[16];
	unsigned n = 16;
	bool in_key;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(cred_add_files(cred, rows[i].cert, rows[i].key), rows[i].ret);
		assert_int_equal(tls_certificate_error_line(cred, &in_key), rows[i].line);
		assert_int_equal(in_key, rows[i].in_key);
	}
	assert_int_equal(tls_certificate_get_chain(cred, 0, chain, &n), TLS_E_REQUESTED_DATA_NOT_AVAILABLE);
	tls_certificate_free_credentials(cred);
}

static unsigned lines_before(const char *text, const char *word, unsigned nth)
{
	unsigned line = 1;
	const char *at = text;

	for (unsigned i = 0; i < nth; i++)
		at = strstr(at + 1, word);
	for (const char *p = text; p < at; p++)
		line += *p == '\n';
	return line;
}

static void tells_the_certificate_at_fault(void **state)
{
	static struct data text;
	tls_certificate_credentials_t cred = cred_new();
	const char *chars = (const char *)text.bytes;
	unsigned third;
	bool in_key;

	(void)state;
	data_read(&text, "unsorted.crt.pem");
	assert_int_equal(cred_add_files(cred, "unsorted.crt.pem", "p256.pkcs8.pem"), TLS_E_CERTIFICATE_LIST_UNSORTED);
	assert_int_equal(tls_certificate_error_line(cred, &in_key), lines_before(chars, "-----BEGIN", 1));
	assert_false(in_key);
	data_read(&text, "chain.crt.pem");
	third = lines_before(chars, "-----BEGIN", 2);
	/* Another first letter in the third one's DER: no SEQUENCE. */
	*(strchr(strstr(strstr(strstr((char *)text.bytes, "-----BEGIN") + 1, "-----BEGIN") + 1, "-----BEGIN"),
	      '\n') +
	    1) = 'A';
	assert_int_equal(cred_add_text(cred, chars, ""), TLS_E_CERTIFICATE_ERROR);
	assert_int_equal(tls_certificate_error_line(cred, NULL), third);
	strstr(strstr((char *)text.bytes, "-----BEGIN") + 1, "-----BEGIN")[80] = '*';
	assert_int_equal(cred_add_text(cred, chars, ""), TLS_E_BASE64_DECODING_ERROR);
	assert_int_equal(tls_certificate_error_line(cred, NULL), lines_before(chars, "-----BEGIN", 1) + 1);
	tls_certificate_free_credentials(cred);
}

static void bounds_the_chain(void **state)
{
	static char many[65536];
	tls_certificate_credentials_t cred = cred_new();
	struct data one;

	(void)state;
	data_read(&one, "p256.crt.pem");
	for (size_t i = 0; i < 17; i++)
		memcpy(many + i * one.len, one.bytes, one.len);
	assert_int_equal(cred_add_text(cred, many, ""), TLS_E_TOO_MANY_CERTIFICATES);
	assert_int_equal(tls_certificate_error_line(cred, NULL), lines_before(many, "-----BEGIN", 16));
	tls_certificate_free_credentials(cred);
}

static void survives_failed_allocations(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_PAIRS; i++) {
		unsigned long n = 0;
		int ret = 0;

		do {
			tls_certificate_credentials_t cred = cred_new();

			tls_mem_fail_at(++n);
			ret = cred_add_files(cred, pairs[i].cert, pairs[i].key);
			assert_true(ret == 0 || ret == TLS_E_MEMORY_ERROR);
			tls_certificate_free_credentials(cred);
		} while (tls_mem_fail_left() == 0);
		tls_mem_fail_at(0);
		assert_int_equal(ret, 0);
		assert_true(n > 6);
	}
	tls_mem_fail_at(1);
	assert_int_equal(tls_certificate_allocate_credentials(&(tls_certificate_credentials_t){NULL}),
	    TLS_E_MEMORY_ERROR);
}

static void survives_failed_allocations_self_signed(void **state)
{
	static const char *const names[] = {"a.example", "*.a.example"};
	unsigned long n = 0;
	int ret;

	(void)state;
	do {
		tls_certificate_credentials_t cred = cred_new();

		tls_mem_fail_at(++n);
		ret = tls_certificate_set_self_signed(cred, names, 2, 0, 1);
		assert_true(ret == 0 || ret == TLS_E_MEMORY_ERROR);
		tls_certificate_free_credentials(cred);
	} while (tls_mem_fail_left() == 0);
	tls_mem_fail_at(0);
	assert_int_equal(ret, 0);
}

static void survives_every_truncation(void **state)
{
	tls_certificate_credentials_t cred = cred_new();
	struct data cert, key;
	tls_datum_t c, k;

	(void)state;
	data_read(&cert, "p256.crt.pem");
	data_read(&key, "p256.pkcs8.pem");
	/* The last byte is the end of the last line, which may be missing. */
	for (size_t n = 0; n + 1 < cert.len; n++) {
		uint8_t *part = malloc(n > 0 ? n : 1);

		assert_non_null(part);
		memcpy(part, cert.bytes, n);
		c = (tls_datum_t){.data = part, .size = (unsigned)n};
		k = cred_datum(&key);
		assert_int_not_equal(tls_certificate_set_x509_key_mem(cred, &c, &k, TLS_X509_FMT_PEM), 0);
		free(part);
	}
	c = cred_datum(&cert);
	for (size_t n = 0; n + 1 < key.len; n++) {
		uint8_t *part = malloc(n > 0 ? n : 1);

		assert_non_null(part);
		memcpy(part, key.bytes, n);
		k = (tls_datum_t){.data = part, .size = (unsigned)n};
		assert_int_not_equal(tls_certificate_set_x509_key_mem(cred, &c, &k, TLS_X509_FMT_PEM), 0);
		free(part);
	}
	tls_certificate_free_credentials(cred);
}

/* ---- Self-signed ----------------------------------------------------------------------------------- */

static void makes_self_signed(void **state)
{
	static const char *const names[] = {"localhost", "127.0.0.1", "::1"};
	tls_certificate_credentials_t cred = cred_new();
	tls_datum_t chain[1];
	unsigned n = 1;
	struct tls_cert cert;

	(void)state;
	assert_int_equal(tls_certificate_set_self_signed(cred, names, 3, 1700000000, 30), 0);
	assert_int_equal(tls_certificate_get_chain(cred, 0, chain, &n), 0);
	assert_int_equal(tls_cert_decode(&cert, tls_span(chain[0].data, chain[0].size)), 0);
	assert_int_equal(cert.not_before, 1700000000);
	assert_int_equal(cert.not_after, 1700000000 + 30 * 86400 - 1);
	assert_int_equal(tls_certificate_set_self_signed(cred, names, 3, 0, 0), TLS_E_INVALID_REQUEST);
	assert_int_equal(tls_certificate_set_self_signed(cred, names, 3, INT64_MAX, 1), TLS_E_INVALID_REQUEST);
	assert_int_equal(tls_certificate_set_self_signed(cred, names, 0, 0, 1), TLS_E_INVALID_REQUEST);
	tls_certificate_free_credentials(cred);
}

/* ---- Life ------------------------------------------------------------------------------------------- */

static void a_hold_freezes(void **state)
{
	static const char *const names[] = {"a.example"};
	tls_certificate_credentials_t cred = cred_new();

	(void)state;
	assert_int_equal(cred_add_files(cred, "p256.crt.pem", "p256.pkcs8.pem"), 0);
	tls_credentials_hold(cred);
	assert_int_equal(cred_add_files(cred, "p384.crt.pem", "p384.pkcs8.pem"), TLS_E_INVALID_REQUEST);
	assert_int_equal(tls_certificate_set_self_signed(cred, names, 1, 0, 1), TLS_E_INVALID_REQUEST);
	assert_int_equal(tls_certificate_set_strict_sni(cred, true), TLS_E_INVALID_REQUEST);
	tls_credentials_release(cred);
	assert_int_equal(tls_certificate_set_strict_sni(cred, true), TLS_E_INVALID_REQUEST);
	tls_certificate_free_credentials(cred);
}

/* The leak check of a sanitizer build, and its use-after-free check, judge this. */
static void the_last_one_frees(void **state)
{
	tls_certificate_credentials_t cred = cred_new();
	tls_datum_t chain[1];
	unsigned n = 1;

	(void)state;
	assert_int_equal(cred_add_files(cred, "p256.crt.pem", "p256.pkcs8.pem"), 0);
	tls_credentials_hold(cred);
	tls_credentials_hold(cred);
	tls_certificate_free_credentials(cred);
	tls_credentials_release(cred);
	assert_int_equal(tls_certificate_get_chain(cred, 0, chain, &n), 0);
	assert_int_equal(chain[0].data[0], 0x30);
	tls_credentials_release(cred);
	tls_credentials_release(NULL);
	tls_certificate_free_credentials(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(takes_chains_with_their_keys),
	    cmocka_unit_test(gives_the_chain_back),
	    cmocka_unit_test(tells_when_a_chain_expires),
	    cmocka_unit_test(takes_der),
	    cmocka_unit_test(refuses_with_reason_and_line),
	    cmocka_unit_test(tells_the_certificate_at_fault),
	    cmocka_unit_test(bounds_the_chain),
	    cmocka_unit_test(survives_failed_allocations),
	    cmocka_unit_test(survives_failed_allocations_self_signed),
	    cmocka_unit_test(survives_every_truncation),
	    cmocka_unit_test(makes_self_signed),
	    cmocka_unit_test(a_hold_freezes),
	    cmocka_unit_test(the_last_one_frees),
	};

	return cmocka_run_group_tests_name("credentials", tests, NULL, NULL);
}
