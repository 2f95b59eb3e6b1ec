/* key_test.c - tls/x509/key.c: keys made by openssl (tests/data), checked against the certificates it
 * made for them. */
#include "unit.h"

#include "data.h"
#include "tls/x509/cert.h"
#include "tls/x509/key.h"

static int decode_file(struct tls_privkey **key, unsigned *line, const char *name)
{
	struct data text;

	data_read(&text, name);
	return tls_key_decode_pem(key, line, data_span(&text));
}

static struct tls_pubkey *cert_key(const char *name)
{
	struct tls_pubkey *pub;
	struct tls_cert cert;
	struct data der;

	data_read_der(&der, name, 0);
	assert_int_equal(tls_cert_decode(&cert, data_span(&der)), 0);
	assert_int_equal(tls_cert_new_pubkey(&pub, &cert), 0);
	return pub;
}

static const struct {
	const char *key, *cert;
	enum tls_pk kind;
	unsigned bits;
} good[] = {
    {"p256.pkcs8.pem", "p256.crt.pem", TLS_PK_ECDSA_P256, 256},
    {"p256.sec1.pem", "p256.crt.pem", TLS_PK_ECDSA_P256, 256},
    {"p256.sec1-params.pem", "p256.crt.pem", TLS_PK_ECDSA_P256, 256},
    {"p256.sec1-compressed.pem", "p256.crt.pem", TLS_PK_ECDSA_P256, 256},
    {"p384.pkcs8.pem", "p384.crt.pem", TLS_PK_ECDSA_P384, 384},
    {"p384.sec1.pem", "p384.crt.pem", TLS_PK_ECDSA_P384, 384},
    {"p384.sec1-params.pem", "p384.crt.pem", TLS_PK_ECDSA_P384, 384},
    {"p521.pkcs8.pem", "p521.crt.pem", TLS_PK_ECDSA_P521, 521},
    {"p521.sec1.pem", "p521.crt.pem", TLS_PK_ECDSA_P521, 521},
    {"p521.sec1-params.pem", "p521.crt.pem", TLS_PK_ECDSA_P521, 521},
    {"rsa.pkcs8.pem", "rsa.crt.pem", TLS_PK_RSA, 2048},
    {"rsa.pkcs1.pem", "rsa.crt.pem", TLS_PK_RSA, 2048},
    {"ed25519.pkcs8.pem", "ed25519.crt.pem", TLS_PK_ED25519, 256},
};

#define N_GOOD (sizeof(good) / sizeof(good[0]))

static void reads_every_kind_in_every_container(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_GOOD; i++) {
		struct tls_pubkey *pub = cert_key(good[i].cert);
		struct tls_privkey *key;
		unsigned line;

		assert_int_equal(decode_file(&key, &line, good[i].key), 0);
		assert_int_equal(tls_pubkey_kind(tls_privkey_public(key)), good[i].kind);
		if (good[i].kind != TLS_PK_ED25519)
			assert_int_equal(tls_pubkey_bits(tls_privkey_public(key)), good[i].bits);
		assert_true(tls_pubkey_same(pub, tls_privkey_public(key)));
		tls_privkey_free(key);
		tls_pubkey_free(pub);
	}
}

static void refuses_with_the_reason(void **state)
{
	static const struct {
		const char *key;
		int ret;
		unsigned line;
	} bad[] = {
	    {"ed448.bad.pem", TLS_E_UNSUPPORTED_KEY, 1},
	    {"x25519.bad.pem", TLS_E_UNSUPPORTED_KEY, 1},
	    {"secp256k1.bad.pem", TLS_E_UNSUPPORTED_KEY, 1},
	    {"rsa1024.bad.pem", TLS_E_UNSUPPORTED_KEY, 1},
	    {"rsa-multiprime.bad.pem", TLS_E_UNSUPPORTED_KEY, 1},
	    {"rsa-pss.bad.pem", TLS_E_UNSUPPORTED_KEY, 1},
	    {"p256.explicit.bad.pem", TLS_E_UNSUPPORTED_KEY, 1},
	    {"p256.encrypted.pem", TLS_E_KEY_ENCRYPTED, 1},
	    {"p256.encrypted-sec1.pem", TLS_E_KEY_ENCRYPTED, 1},
	    {"p256.crt.pem", TLS_E_NO_KEY_FOUND, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct tls_privkey *key;
		unsigned line;

		assert_int_equal(decode_file(&key, &line, bad[i].key), bad[i].ret);
		assert_int_equal(line, bad[i].line);
		assert_null(key);
	}
}

/* A file that holds the chain and then the key. */
static void takes_the_key_behind_certificates(void **state)
{
	struct data cert, key;
	struct tls_privkey *out;
	unsigned line, expected = 1;

	(void)state;
	data_read(&cert, "chain.crt.pem");
	data_read(&key, "p256.pkcs8.pem");
	memcpy(cert.bytes + cert.len, key.bytes, key.len);
	cert.len += key.len;
	assert_int_equal(tls_key_decode_pem(&out, &line, data_span(&cert)), 0);
	tls_privkey_free(out);
	cert.bytes[cert.len - 40] = '?';
	for (size_t i = 0; i < cert.len - 40; i++)
		expected += cert.bytes[i] == '\n';
	assert_int_equal(tls_key_decode_pem(&out, &line, data_span(&cert)), TLS_E_BASE64_DECODING_ERROR);
	assert_int_equal(line, expected);
}

static void refuses_other_labels(void **state)
{
	static const char dsa[] = "-----BEGIN DSA PRIVATE KEY-----\nMAA=\n-----END DSA PRIVATE KEY-----\n";
	static const char ssh[] = "-----BEGIN OPENSSH PRIVATE KEY-----\nMAA=\n-----END OPENSSH PRIVATE KEY-----\n";
	static const char junk[] = "\n-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----\n";
	struct tls_privkey *key;
	unsigned line;

	(void)state;
	assert_int_equal(tls_key_decode_pem(&key, &line, tls_span(dsa, sizeof(dsa) - 1)), TLS_E_UNSUPPORTED_KEY);
	assert_int_equal(tls_key_decode_pem(&key, &line, tls_span(ssh, sizeof(ssh) - 1)), TLS_E_UNSUPPORTED_KEY);
	assert_int_equal(tls_key_decode_pem(&key, &line, tls_span(junk, sizeof(junk) - 1)), TLS_E_KEY_ERROR);
	assert_int_equal(line, 2);
}

/* RFC 5915 keys by hand around the scalar 1, whose point is the generator (SEC 2 section 2.4.2). */
static const uint8_t generator[65] = {0x04, 0x6b, 0x17, 0xd1, 0xf2, 0xe1, 0x2c, 0x42, 0x47, 0xf8, 0xbc, 0xe6,
    0xe5, 0x63, 0xa4, 0x40, 0xf2, 0x77, 0x03, 0x7d, 0x81, 0x2d, 0xeb, 0x33, 0xa0, 0xf4, 0xa1, 0x39, 0x45, 0xd8,
    0x98, 0xc2, 0x96, 0x4f, 0xe3, 0x42, 0xe2, 0xfe, 0x1a, 0x7f, 0x9b, 0x8e, 0xe7, 0xeb, 0x4a, 0x7c, 0x0f, 0x9e,
    0x16, 0x2b, 0xce, 0x33, 0x57, 0x6b, 0x31, 0x5e, 0xce, 0xcb, 0xb6, 0x40, 0x68, 0x37, 0xbf, 0x51, 0xf5};

#define P256_OID 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07
#define P384_OID 0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x22

/* Puts identifier and length before the n bytes at der; the new length. */
static size_t wrap(uint8_t *der, size_t n, uint8_t tag)
{
	size_t head = n < 128 ? 2 : 3;

	assert_true(n < 256);
	memmove(der + head, der, n);
	der[0] = tag;
	der[1] = n < 128 ? (uint8_t)n : 0x81;
	der[head - 1] = (uint8_t)n;
	return n + head;
}

static size_t put_before(uint8_t *der, size_t n, const void *bytes, size_t len)
{
	memmove(der + len, der, n);
	memcpy(der, bytes, len);
	return n + len;
}

/* Decodes a PKCS#8 key whose inner SEC1 key has the scalar 1 and these optional fields. */
static int decode_inner(const uint8_t *fields, size_t n)
{
	static const uint8_t sec1[] = {0x02, 0x01, 0x01, 0x04, 0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
	    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
	static const uint8_t pkcs8[] = {0x02, 0x01, 0x00, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02,
	    0x01, P256_OID};
	struct tls_privkey *key;
	uint8_t der[512];
	int ret;

	if (n > 0)
		memcpy(der, fields, n);
	n = put_before(der, n, sec1, sizeof(sec1));
	n = wrap(der, n, 0x30);
	n = wrap(der, n, 0x04);
	n = put_before(der, n, pkcs8, sizeof(pkcs8));
	n = wrap(der, n, 0x30);
	ret = tls_key_decode_der(&key, tls_span(der, n));
	tls_privkey_free(key);
	return ret;
}

static void checks_the_optional_fields_of_sec1(void **state)
{
	static const uint8_t same_curve[] = {0xa0, 0x0a, P256_OID};
	static const uint8_t other_curve[] = {0xa0, 0x07, P384_OID};
	static const uint8_t unknown[] = {0xa2, 0x02, 0x05, 0x00};
	uint8_t public[4 + 2 + 65] = {0xa1, 0x44, 0x03, 0x42, 0x00};
	uint8_t compressed[5 + 33] = {0xa1, 0x24, 0x03, 0x22, 0x00, 0x03};

	(void)state;
	memcpy(public + 5, generator, sizeof(generator));
	memcpy(compressed + 6, generator + 1, 32);
	assert_int_equal(decode_inner(NULL, 0), 0);
	assert_int_equal(decode_inner(same_curve, sizeof(same_curve)), 0);
	assert_int_equal(decode_inner(other_curve, sizeof(other_curve)), TLS_E_ILLEGAL_KEY);
	assert_int_equal(decode_inner(unknown, sizeof(unknown)), TLS_E_KEY_ERROR);
	assert_int_equal(decode_inner(public, 70), 0);
	assert_int_equal(decode_inner(compressed, sizeof(compressed)), 0);
	compressed[5] = 2; /* the other y */
	assert_int_equal(decode_inner(compressed, sizeof(compressed)), TLS_E_ILLEGAL_KEY);
	public[20] ^= 1;
	assert_int_equal(decode_inner(public, 70), TLS_E_ILLEGAL_KEY);
}

/* A SEC1 key that doesn't say its curve takes it from the block before. */
static void takes_the_curve_of_ec_parameters(void **state)
{
	static const char params[] = "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n";
	static const char bare[] = "-----BEGIN EC PRIVATE KEY-----\n"
	    "MCUCAQEEIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB\n-----END EC PRIVATE KEY-----\n";
	uint8_t point[65];
	size_t len = sizeof(point);
	struct tls_privkey *key;
	char text[512];
	unsigned line;

	(void)state;
	assert_int_equal(tls_key_decode_pem(&key, &line, tls_span(bare, sizeof(bare) - 1)), TLS_E_UNSUPPORTED_KEY);
	snprintf(text, sizeof(text), "%s%s", params, bare);
	assert_int_equal(tls_key_decode_pem(&key, &line, tls_span(text, strlen(text))), 0);
	assert_int_equal(tls_pubkey_bytes(tls_privkey_public(key), point, &len), 0);
	assert_int_equal(len, sizeof(generator));
	assert_memory_equal(point, generator, sizeof(generator));
	tls_privkey_free(key);
}

/* The second example of RFC 8410 section 10.3: version 1 with attributes and the public key. */
static void reads_the_example_of_rfc_8410(void **state)
{
	static const char pem[] = "-----BEGIN PRIVATE KEY-----\n"
	    "MHICAQEwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n"
	    "oB8wHQYKKoZIhvcNAQkJFDEPDA1DdXJkbGUgQ2hhaXJzgSEAGb9ECWmEzf6FQbrB\n"
	    "Z9w7lshQhqowtrbLDFw4rXAxZuE=\n-----END PRIVATE KEY-----\n";
	static const uint8_t public[32] = {0x19, 0xbf, 0x44, 0x09, 0x69, 0x84, 0xcd, 0xfe, 0x85, 0x41, 0xba, 0xc1,
	    0x67, 0xdc, 0x3b, 0x96, 0xc8, 0x50, 0x86, 0xaa, 0x30, 0xb6, 0xb6, 0xcb, 0x0c, 0x5c, 0x38, 0xad, 0x70,
	    0x31, 0x66, 0xe1};
	uint8_t bytes[32];
	size_t len = sizeof(bytes);
	struct tls_privkey *key;
	unsigned line;

	(void)state;
	assert_int_equal(tls_key_decode_pem(&key, &line, tls_span(pem, sizeof(pem) - 1)), 0);
	assert_int_equal(tls_pubkey_bytes(tls_privkey_public(key), bytes, &len), 0);
	assert_int_equal(len, 32);
	assert_memory_equal(bytes, public, 32);
	tls_privkey_free(key);
}

static void judge(struct tls_span der)
{
	struct tls_privkey *key;
	int ret = tls_key_decode_der(&key, der);

	assert_true(ret == 0 || ret == TLS_E_KEY_ERROR || ret == TLS_E_UNSUPPORTED_KEY ||
	    ret == TLS_E_ILLEGAL_KEY || ret == TLS_E_KEY_ENCRYPTED);
	assert_int_equal(key != NULL, ret == 0);
	tls_privkey_free(key);
}

static void survives_every_change(void **state)
{
	static const char *const files[] = {"p256.pkcs8.pem", "p521.sec1.pem", "rsa.pkcs8.pem", "rsa.pkcs1.pem",
	    "ed25519.pkcs8.pem", "p256.encrypted.pem"};

	(void)state;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		struct data der;

		data_read_der(&der, files[i], 0);
		data_mutate(&der, judge);
	}
}

static void refuses_every_truncation(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_GOOD; i++) {
		struct tls_privkey *key;
		struct data der;

		if (strstr(good[i].key, "params") != NULL)
			continue;
		data_read_der(&der, good[i].key, 0);
		for (size_t n = 0; n < der.len; n++)
			assert_int_equal(tls_key_decode_der(&key, tls_span(der.bytes, n)), TLS_E_KEY_ERROR);
		der.bytes[der.len] = 0;
		assert_int_equal(tls_key_decode_der(&key, tls_span(der.bytes, der.len + 1)), TLS_E_KEY_ERROR);
	}
}

static void survives_failed_allocations(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_GOOD; i++) {
		struct tls_privkey *key;
		unsigned long n = 0;
		unsigned line;
		int ret;

		do {
			tls_mem_fail_at(++n);
			ret = decode_file(&key, &line, good[i].key);
			assert_true(ret == 0 || ret == TLS_E_MEMORY_ERROR);
			tls_privkey_free(key);
		} while (tls_mem_fail_left() == 0);
		tls_mem_fail_at(0);
		assert_int_equal(ret, 0);
		assert_true(n > 2);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reads_every_kind_in_every_container),
	    cmocka_unit_test(refuses_with_the_reason),
	    cmocka_unit_test(takes_the_key_behind_certificates),
	    cmocka_unit_test(refuses_other_labels),
	    cmocka_unit_test(checks_the_optional_fields_of_sec1),
	    cmocka_unit_test(takes_the_curve_of_ec_parameters),
	    cmocka_unit_test(reads_the_example_of_rfc_8410),
	    cmocka_unit_test(survives_every_change),
	    cmocka_unit_test(refuses_every_truncation),
	    cmocka_unit_test(survives_failed_allocations),
	};

	return cmocka_run_group_tests_name("key", tests, NULL, NULL);
}
