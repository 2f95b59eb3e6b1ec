/* spki_test.c - SubjectPublicKeyInfo as openssl has written it into the certificates of tests/data. */
#include "unit.h"

#include "data.h"

#include "tls/x509/cert.h"
#include "tls/x509/spki.h"

static const char *const files[] = {"p256.crt.pem", "p384.crt.pem", "p521.crt.pem", "rsa.crt.pem", "ed25519.crt.pem"};

#define N_FILES (sizeof(files) / sizeof(files[0]))

static struct tls_pubkey *read_cert(struct tls_cert *cert, struct data *der, const char *file)
{
	struct tls_pubkey *pub;

	data_read_der(der, file, 0);
	assert_int_equal(tls_cert_decode(cert, data_span(der)), 0);
	assert_int_equal(tls_cert_new_pubkey(&pub, cert), 0);
	return pub;
}

static void as_in_certificates(void **state)
{
	uint8_t room[TLS_SPKI_MAX_LEN];
	struct tls_cert cert;
	struct data der;
	struct tls_buf b;

	(void)state;
	for (size_t i = 0; i < N_FILES; i++) {
		struct tls_pubkey *pub = read_cert(&cert, &der, files[i]);

		tls_buf_init_fixed(&b, room, sizeof(room));
		tls_spki_write(&b, pub);
		assert_true(tls_buf_ok(&b));
		assert_int_equal(b.len, cert.spki.len);
		assert_memory_equal(b.p, cert.spki.p, b.len);
		tls_pubkey_free(pub);
	}
}

/* The longest key there may be fits, and too little room is told. */
static void sizes(void **state)
{
	static const uint8_t e[] = {1, 0, 1};
	uint8_t n[TLS_RSA_MAX_BITS / 8], room[TLS_SPKI_MAX_LEN], id[TLS_SPKI_ID_LEN];
	struct tls_pubkey *pub;
	struct tls_buf b;

	(void)state;
	memset(n, 0xff, sizeof(n));
	assert_int_equal(tls_pubkey_new_rsa(&pub, tls_span(n, sizeof(n)), tls_span(e, sizeof(e))), 0);
	assert_int_equal(tls_spki_id(id, pub), 0);
	tls_buf_init_fixed(&b, room, sizeof(room));
	tls_spki_write(&b, pub);
	assert_true(tls_buf_ok(&b));
	for (size_t cap = 0; cap < b.len; cap++) {
		struct tls_buf less;

		tls_buf_init_fixed(&less, room, cap);
		tls_spki_write(&less, pub);
		assert_false(tls_buf_ok(&less));
	}
	tls_pubkey_free(pub);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(as_in_certificates),
	    cmocka_unit_test(sizes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
