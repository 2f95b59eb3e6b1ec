/* hkdf_test.c - HKDF against RFC 5869's cases, HKDF-Expand-Label against RFC 8448's key schedule.
 */
#include "hex.h"

#include "tls/crypto/hkdf.h"

static void rfc5869_case_1(void **state)
{
	struct hex ikm = unhex("0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b");
	struct hex salt = unhex("000102030405060708090a0b0c");
	struct hex info = unhex("f0f1f2f3f4f5f6f7f8f9");
	uint8_t prk[32], okm[42];

	(void)state;
	tls_hkdf_extract(TLS_HASH_SHA256, prk, salt.p, salt.len, ikm.p, ikm.len);
	assert_hex(prk, 32, "077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5");
	tls_hkdf_expand(TLS_HASH_SHA256, okm, 42, prk, 32, info.p, info.len);
	assert_hex(okm, 42,
	    "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865");
}

static void rfc5869_case_2(void **state)
{
	uint8_t ikm[80], salt[80], info[80], prk[32], okm[82];

	(void)state;
	for (unsigned i = 0; i < 80; i++) {
		ikm[i] = (uint8_t)i;
		salt[i] = (uint8_t)(0x60 + i);
		info[i] = (uint8_t)(0xb0 + i);
	}
	tls_hkdf_extract(TLS_HASH_SHA256, prk, salt, 80, ikm, 80);
	assert_hex(prk, 32, "06a6b88c5853361a06104c9ceb35b45cef760014904671014a193f40c15fc244");
	tls_hkdf_expand(TLS_HASH_SHA256, okm, 82, prk, 32, info, 80);
	assert_hex(okm, 82,
	    "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c"
	    "59045a99cac7827271cb41c65e590e09da3275600c2f09b8367793a9aca3db71"
	    "cc30c58179ec3e87c14c01d5c1f3434f1d87");
}

static void rfc5869_case_3(void **state)
{
	struct hex ikm = unhex("0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b");
	uint8_t prk[32], okm[42];

	(void)state;
	tls_hkdf_extract(TLS_HASH_SHA256, prk, NULL, 0, ikm.p, ikm.len);
	assert_hex(prk, 32, "19ef24a32c717b167f33a91d6f648bdf96596776afdb6377ac434c1c293ccb04");
	tls_hkdf_expand(TLS_HASH_SHA256, okm, 42, prk, 32, NULL, 0);
	assert_hex(okm, 42,
	    "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8");
}

static void no_salt_is_a_salt_of_zeros(void **state)
{
	static const uint8_t zeros[TLS_HASH_MAX_LEN];
	uint8_t a[TLS_HASH_MAX_LEN], b[TLS_HASH_MAX_LEN];

	(void)state;
	for (enum tls_hash hash = TLS_HASH_SHA256; hash <= TLS_HASH_SHA512; hash++) {
		tls_hkdf_extract(hash, a, NULL, 0, "ikm", 3);
		tls_hkdf_extract(hash, b, zeros, tls_hash_len(hash), "ikm", 3);
		assert_memory_equal(a, b, tls_hash_len(hash));
	}
}

/* Every length is a prefix of the longest one, and nothing is written behind it. */
static void expand_every_length(void **state)
{
	enum { max = 255 * 32 };
	static uint8_t full[max], out[max + 1];

	(void)state;
	tls_hkdf_expand(TLS_HASH_SHA256, full, max, "prk", 3, "info", 4);
	for (size_t n = 0; n <= max; n += n < 200 ? 1 : 331) {
		out[n] = 0xee;
		tls_hkdf_expand(TLS_HASH_SHA256, out, n, "prk", 3, "info", 4);
		assert_memory_equal(out, full, n);
		assert_int_equal(out[n], 0xee);
	}
}

/* RFC 8448 section 3: the early secret of a session without PSK, and the salt derived from it. */
static void rfc8448_derived_salt(void **state)
{
	static const uint8_t zeros[32];
	uint8_t early[32], derived[32], empty[32];

	(void)state;
	tls_hkdf_extract(TLS_HASH_SHA256, early, NULL, 0, zeros, 32);
	assert_hex(early, 32, "33ad0a1c607ec03b09e6cd9893680ce210adf300aa1f2660e1b22e10f170f92a");
	tls_hash_once(TLS_HASH_SHA256, empty, NULL, 0);
	tls_hkdf_expand_label(TLS_HASH_SHA256, derived, 32, early, "derived", empty, 32);
	assert_hex(derived, 32, "6f2615a108c702c5678f54fc9dbab69716c076189c48250cebeac3576c3611ba");
}

/* RFC 8448 section 3: server handshake traffic secret to key and IV, with an empty context. */
static void rfc8448_key_and_iv(void **state)
{
	struct hex secret =
	    unhex("b67b7d690cc16c4e75e54213cb2d37b4e9c912bcded9105d42befd59d391ad38");
	uint8_t key[16], iv[12];

	(void)state;
	tls_hkdf_expand_label(TLS_HASH_SHA256, key, 16, secret.p, "key", NULL, 0);
	assert_hex(key, 16, "3fce516009c21727d0f2e4e86ee403bc");
	tls_hkdf_expand_label(TLS_HASH_SHA256, iv, 12, secret.p, "iv", NULL, 0);
	assert_hex(iv, 12, "5d313eb2671276ee13000b30");
}

/* The structure of RFC 8446 section 7.1 written out by hand, at its longest. */
static void label_at_its_limits(void **state)
{
	uint8_t info[2 + 1 + 255 + 1 + 255], context[255], secret[48], want[77], got[77];
	char label[250];

	(void)state;
	memset(label, 'l', 249);
	label[249] = '\0';
	memset(context, 'c', sizeof(context));
	memset(secret, 's', sizeof(secret));
	info[0] = 0;
	info[1] = 77;
	info[2] = 255;
	memcpy(info + 3, "tls13 ", 6);
	memset(info + 9, 'l', 249);
	info[258] = 255;
	memset(info + 259, 'c', 255);
	tls_hkdf_expand(TLS_HASH_SHA384, want, 77, secret, 48, info, sizeof(info));
	tls_hkdf_expand_label(TLS_HASH_SHA384, got, 77, secret, label, context, 255);
	assert_memory_equal(got, want, 77);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(rfc5869_case_1),
	    cmocka_unit_test(rfc5869_case_2),
	    cmocka_unit_test(rfc5869_case_3),
	    cmocka_unit_test(no_salt_is_a_salt_of_zeros),
	    cmocka_unit_test(expand_every_length),
	    cmocka_unit_test(rfc8448_derived_salt),
	    cmocka_unit_test(rfc8448_key_and_iv),
	    cmocka_unit_test(label_at_its_limits),
	};

	return cmocka_run_group_tests_name("hkdf", tests, NULL, NULL);
}
