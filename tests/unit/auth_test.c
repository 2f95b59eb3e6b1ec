/* auth_test.c - a server proves who it is with every kind of key; chains and pairs of certificates. The
 * client verifies signature and Finished for real. RFC 8446 section 4.4. */
#include "unit.h"

#include <string.h>

#include "cred.h"
#include "tests/lib/pair.h"
#include "tls/bytes/mem.h"

static const struct {
	const char *crt, *key;
	uint16_t schemes[3];
} keys[] = {
	{"p256.crt.pem", "p256.pkcs8.pem", {TLS_SIGN_ECDSA_SECP256R1_SHA256}},
	{"p384.crt.pem", "p384.sec1.pem", {TLS_SIGN_ECDSA_SECP384R1_SHA384}},
	{"p521.crt.pem", "p521.pkcs8.pem", {TLS_SIGN_ECDSA_SECP521R1_SHA512}},
	{"ed25519.crt.pem", "ed25519.pkcs8.pem", {TLS_SIGN_ED25519}},
	{"rsa.crt.pem", "rsa.pkcs1.pem",
	    {TLS_SIGN_RSA_PSS_RSAE_SHA256, TLS_SIGN_RSA_PSS_RSAE_SHA384, TLS_SIGN_RSA_PSS_RSAE_SHA512}},
};

#define N_KEYS (sizeof(keys) / sizeof(keys[0]))

static void every_kind_of_key(void **state)
{
	(void)state;
	for (unsigned i = 0; i < N_KEYS; i++) {
		tls_certificate_credentials_t cred;

		assert_int_equal(tls_certificate_allocate_credentials(&cred), 0);
		assert_int_equal(cred_add_files(cred, keys[i].crt, keys[i].key), 0);
		for (unsigned k = 0; k < 3 && keys[i].schemes[k] != 0; k++) {
			struct pair p;

			pair_init(&p, cred);
			p.peer.schemes[0] = keys[i].schemes[k];
			p.peer.n_schemes = 1;
			pair_connect(&p);
			assert_int_equal(p.peer.scheme, keys[i].schemes[k]);
			assert_int_equal(tls_sign_algorithm_get(p.server), keys[i].schemes[k]);
			pair_clear(&p);
		}
		tls_certificate_free_credentials(cred);
	}
}

/* RFC 8446 section 4.2.3: no PKCS#1 v1.5 and no other curve's scheme in TLS 1.3. */
static void schemes_that_may_not_sign(void **state)
{
	static const uint16_t bad[] = {TLS_SIGN_RSA_PKCS1_SHA256, TLS_SIGN_RSA_PKCS1_SHA384,
	    TLS_SIGN_RSA_PKCS1_SHA512, 0x0201, 0x0203, 0x0809};

	(void)state;
	for (unsigned i = 0; i < N_KEYS; i++) {
		tls_certificate_credentials_t cred;
		struct pair p;

		assert_int_equal(tls_certificate_allocate_credentials(&cred), 0);
		assert_int_equal(cred_add_files(cred, keys[i].crt, keys[i].key), 0);
		pair_init(&p, cred);
		memcpy(p.peer.schemes, bad, sizeof(bad));
		p.peer.n_schemes = 6;
		for (unsigned k = 0; k < N_KEYS; k++)
			if (k != i)
				p.peer.schemes[p.peer.n_schemes++] = keys[k].schemes[0];
		pair_refused(&p, pair_handshake(&p), TLS_E_NO_COMMON_SIGNATURE_ALGORITHM);
		pair_clear(&p);
		tls_certificate_free_credentials(cred);
	}
}

/* A pair of keys for one name: each client gets the one that it can verify. */
static void a_pair_of_keys(void **state)
{
	tls_certificate_credentials_t cred;
	static const uint16_t only[] = {TLS_SIGN_ECDSA_SECP256R1_SHA256, TLS_SIGN_RSA_PSS_RSAE_SHA256};

	(void)state;
	assert_int_equal(tls_certificate_allocate_credentials(&cred), 0);
	assert_int_equal(cred_add_files(cred, "p256.crt.pem", "p256.pkcs8.pem"), 0);
	assert_int_equal(cred_add_files(cred, "rsa.crt.pem", "rsa.pkcs8.pem"), 0);
	for (unsigned i = 0; i < 2; i++) {
		struct pair p;

		pair_init(&p, cred);
		p.peer.schemes[0] = only[i];
		p.peer.n_schemes = 1;
		pair_connect(&p);
		assert_int_equal(p.peer.scheme, only[i]);
		pair_clear(&p);
	}
	tls_certificate_free_credentials(cred);
}

/* A chain larger than a record, and larger than what the transport takes at once. */
static void a_long_chain(void **state)
{
	tls_certificate_credentials_t cred;
	struct pair p;

	(void)state;
	assert_int_equal(tls_certificate_allocate_credentials(&cred), 0);
	assert_int_equal(cred_add_files(cred, "chain.crt.pem", "p256.pkcs8.pem"), 0);
	pair_init(&p, cred);
	p.peer.record_size_limit = 64;
	p.wire.max_piece = 50;
	p.wire.again_percent = 30;
	pair_connect(&p);
	assert_true(p.peer.n_records > 20);
	pair_clear(&p);
	tls_certificate_free_credentials(cred);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_kind_of_key),
		cmocka_unit_test(schemes_that_may_not_sign),
		cmocka_unit_test(a_pair_of_keys),
		cmocka_unit_test(a_long_chain),
	};

	return cmocka_run_group_tests_name("auth", tests, NULL, NULL);
}
