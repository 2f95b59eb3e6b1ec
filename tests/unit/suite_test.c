/* suite_test.c - the suite table against RFC 8446 appendix B.4 and section 5.5, RFC 5289 section 3.2 and RFC
 * 7905 section 2. */
#include "unit.h"

#include "tls/crypto/suite.h"
#include "tls/tls.h"

static const struct {
	uint16_t id;
	const char *name;
	enum tls_aead aead;
	enum tls_hash hash;
	size_t key_len, hash_len;
	unsigned version;
	enum tls_suite_auth auth;
} rfcs[] = {
    {0x1301, "TLS_AES_128_GCM_SHA256", TLS_AEAD_AES_128_GCM, TLS_HASH_SHA256, 16, 32, 0x0304, TLS_AUTH_ANY},
    {0x1302, "TLS_AES_256_GCM_SHA384", TLS_AEAD_AES_256_GCM, TLS_HASH_SHA384, 32, 48, 0x0304, TLS_AUTH_ANY},
    {0x1303, "TLS_CHACHA20_POLY1305_SHA256", TLS_AEAD_CHACHA20_POLY1305, TLS_HASH_SHA256, 32, 32,
	0x0304, TLS_AUTH_ANY},
    {0xc02b, "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", TLS_AEAD_AES_128_GCM, TLS_HASH_SHA256, 16,
	32, 0x0303, TLS_AUTH_ECDSA},
    {0xc02c, "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", TLS_AEAD_AES_256_GCM, TLS_HASH_SHA384, 32,
	48, 0x0303, TLS_AUTH_ECDSA},
    {0xcca9, "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256", TLS_AEAD_CHACHA20_POLY1305, TLS_HASH_SHA256, 32,
	32, 0x0303, TLS_AUTH_ECDSA},
    {0xc02f, "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", TLS_AEAD_AES_128_GCM, TLS_HASH_SHA256, 16,
	32, 0x0303, TLS_AUTH_RSA},
    {0xc030, "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", TLS_AEAD_AES_256_GCM, TLS_HASH_SHA384, 32,
	48, 0x0303, TLS_AUTH_RSA},
    {0xcca8, "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", TLS_AEAD_CHACHA20_POLY1305, TLS_HASH_SHA256, 32,
	32, 0x0303, TLS_AUTH_RSA},
};

static void every_suite(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rfcs) / sizeof(rfcs[0]); i++) {
		const struct tls_suite *s = tls_suite_by_id(rfcs[i].id);

		assert_non_null(s);
		assert_int_equal(s->id, rfcs[i].id);
		assert_string_equal(s->name, rfcs[i].name);
		assert_ptr_equal(tls_suite_by_name(rfcs[i].name), s);
		assert_int_equal(s->aead, rfcs[i].aead);
		assert_int_equal(s->hash, rfcs[i].hash);
		assert_int_equal(tls_aead_key_len(s->aead), rfcs[i].key_len);
		assert_int_equal(tls_hash_len(s->hash), rfcs[i].hash_len);
		assert_int_equal(s->version, rfcs[i].version);
		assert_int_equal(s->auth, rfcs[i].auth);
	}
}

static void no_other_suite(void **state)
{
	unsigned n = 0;

	(void)state;
	for (unsigned id = 0; id <= 0xffff; id++)
		n += tls_suite_by_id((uint16_t)id) != NULL;
	assert_int_equal(n, sizeof(rfcs) / sizeof(rfcs[0]));
	assert_null(tls_suite_by_name(""));
	assert_null(tls_suite_by_name("TLS_AES_128_CCM_SHA256"));
	assert_null(tls_suite_by_name("tls_aes_128_gcm_sha256"));
}

/* Section 5.5: at most 2^24.5 full-size records under one AES-GCM key: n^2 <= 2^49 < (n + 1)^2. */
static void gcm_limit(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rfcs) / sizeof(rfcs[0]); i++) {
		uint64_t n = tls_suite_by_id(rfcs[i].id)->max_records;

		if (rfcs[i].aead == TLS_AEAD_CHACHA20_POLY1305) {
			assert_true(n > UINT64_C(1) << 32);
			continue;
		}
		assert_true(n * n <= UINT64_C(1) << 49);
		assert_true((n + 1) * (n + 1) > UINT64_C(1) << 49);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_suite),
	    cmocka_unit_test(no_other_suite),
	    cmocka_unit_test(gcm_limit),
	};

	return cmocka_run_group_tests_name("suite", tests, NULL, NULL);
}
