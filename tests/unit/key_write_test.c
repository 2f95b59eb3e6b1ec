/* key_write_test.c - tls/x509/key_write.c with pem_write.c and crypto/privkey_write.c: keys that openssl has written
 * (tests/data) are read and written again, byte for byte the same. */
#include "unit.h"

#include "data.h"
#include "tls/x509/key.h"
#include "tls/x509/key_write.h"
#include "tls/x509/pem_write.h"

static const char *const files[] = {"p256.pkcs8.pem", "p384.pkcs8.pem", "p521.pkcs8.pem", "rsa.pkcs8.pem",
    "ed25519.pkcs8.pem"};

#define N_FILES (sizeof(files) / sizeof(files[0]))

static struct tls_privkey *read_key(struct data *text, const char *name)
{
	struct tls_privkey *key;
	unsigned line;

	data_read(text, name);
	assert_int_equal(tls_key_decode_pem(&key, &line, data_span(text)), 0);
	return key;
}

static void writes_what_openssl_writes(void **state)
{
	struct tls_buf der, pem;
	struct data text;

	(void)state;
	for (size_t i = 0; i < N_FILES; i++) {
		struct tls_privkey *key = read_key(&text, files[i]);

		tls_buf_init(&der, 0);
		tls_buf_init(&pem, 0);
		assert_int_equal(tls_key_write(&der, key), 0);
		tls_pem_write(&pem, "PRIVATE KEY", tls_buf_as_span(&der));
		assert_true(tls_buf_ok(&pem));
		assert_int_equal(pem.len, text.len);
		assert_memory_equal(pem.p, text.bytes, text.len);
		tls_buf_clear(&pem);
		tls_buf_clear(&der);
		tls_privkey_free(key);
	}
}

/* RFC 5915 section 3: the scalar is as long as the order, whatever its zeros. */
static void keeps_the_zeros_of_a_scalar(void **state)
{
	static const uint8_t nine[] = {9};
	struct tls_privkey *key, *again;
	struct tls_buf der, scalar;

	(void)state;
	assert_int_equal(tls_privkey_new_ecdsa(&key, TLS_PK_ECDSA_P256, tls_span(nine, 1)), 0);
	tls_buf_init(&scalar, 0);
	tls_privkey_write(&scalar, key);
	assert_int_equal(scalar.len, 32);
	assert_int_equal(scalar.p[0], 0);
	assert_int_equal(scalar.p[31], 9);
	tls_buf_init(&der, 0);
	assert_int_equal(tls_key_write(&der, key), 0);
	assert_int_equal(tls_key_decode_der(&again, tls_buf_as_span(&der)), 0);
	assert_true(tls_pubkey_same(tls_privkey_public(key), tls_privkey_public(again)));
	tls_buf_clear(&der);
	tls_buf_clear(&scalar);
	tls_privkey_free(again);
	tls_privkey_free(key);
}

static void survives_failed_allocations(void **state)
{
	struct tls_buf der;
	struct data text;

	(void)state;
	for (size_t i = 0; i < N_FILES; i++) {
		struct tls_privkey *key = read_key(&text, files[i]);
		unsigned long n = 0;
		int ret;

		do {
			tls_buf_init(&der, 0);
			tls_mem_fail_at(++n);
			ret = tls_key_write(&der, key);
			assert_true(ret == 0 || ret == TLS_E_MEMORY_ERROR);
			tls_buf_clear(&der);
		} while (tls_mem_fail_left() == 0);
		tls_mem_fail_at(0);
		assert_int_equal(ret, 0);
		assert_true(n > 2);
		tls_privkey_free(key);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(writes_what_openssl_writes),
	    cmocka_unit_test(keeps_the_zeros_of_a_scalar),
	    cmocka_unit_test(survives_failed_allocations),
	};

	return cmocka_run_group_tests_name("key_write", tests, NULL, NULL);
}
