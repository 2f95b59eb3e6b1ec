/* privkey_test.c - private keys: made from their bytes, drawn, refused. RSA's parts:
 * privkey_rsa_test.c. */
#include "hex.h"

#include "sig_figures.h"
#include "testrng.h"
#include "tls/bytes/mem.h"
#include "tls/crypto/sig.h"
#include "tls/tls.h"

static const enum tls_pk curves[] = {TLS_PK_ECDSA_P256, TLS_PK_ECDSA_P384, TLS_PK_ECDSA_P521};
static const size_t scalar_lens[] = {32, 48, 66};

static struct tls_span span(const struct hex *h)
{
	return tls_span(h->p, h->len);
}

static void assert_public(const struct tls_privkey *key, const char *want)
{
	uint8_t out[256];
	size_t len = sizeof(out);

	assert_int_equal(tls_pubkey_bytes(tls_privkey_public(key), out, &len), 0);
	assert_hex(out, len, want);
}

/* RFC 6979 appendix A.2, RFC 8032 section 7.1: the public key that belongs to the private one. */
static void public_half(void **state)
{
	struct tls_privkey *key;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct hex x = unhex(ecdsa_figures[i].scalar),
			   seed = unhex(ed25519_figures[i].seed);

		assert_int_equal(tls_privkey_new_ecdsa(&key, curves[i], span(&x)), 0);
		assert_int_equal(tls_pubkey_kind(tls_privkey_public(key)), curves[i]);
		assert_public(key, ecdsa_figures[i].point);
		tls_privkey_free(key);
		assert_int_equal(tls_privkey_new_ed25519(&key, span(&seed)), 0);
		assert_int_equal(tls_pubkey_kind(tls_privkey_public(key)), TLS_PK_ED25519);
		assert_public(key, ed25519_figures[i].key);
		tls_privkey_free(key);
	}
}

/* SEC1 writes scalars with their zeros; without them they are the same number. */
static void short_scalars(void **state)
{
	struct tls_privkey *a, *b;
	uint8_t one[66] = {0};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		memset(one, 0, sizeof(one));
		one[scalar_lens[i] - 1] = 9;
		assert_int_equal(
		    tls_privkey_new_ecdsa(&a, curves[i], tls_span(one, scalar_lens[i])), 0);
		assert_int_equal(
		    tls_privkey_new_ecdsa(&b, curves[i], tls_span(one + scalar_lens[i] - 1, 1)), 0);
		assert_true(tls_pubkey_same(tls_privkey_public(a), tls_privkey_public(b)));
		tls_privkey_free(a);
		tls_privkey_free(b);
	}
}

static void scalars_out_of_range(void **state)
{
	uint8_t zeros[67] = {0}, ones[67];
	struct tls_privkey *key;

	(void)state;
	memset(ones, 0xff, sizeof(ones));
	for (size_t i = 0; i < 3; i++) {
		size_t len = scalar_lens[i];

		assert_int_equal(tls_privkey_new_ecdsa(&key, curves[i], tls_span(zeros, len)),
		    TLS_E_ILLEGAL_KEY);
		assert_null(key);
		assert_int_equal(
		    tls_privkey_new_ecdsa(&key, curves[i], tls_span(ones, len)), TLS_E_ILLEGAL_KEY);
		zeros[len] = 1;
		assert_int_equal(tls_privkey_new_ecdsa(&key, curves[i], tls_span(zeros, len + 1)),
		    TLS_E_ILLEGAL_KEY);
		zeros[len] = 0;
		assert_int_equal(
		    tls_privkey_new_ecdsa(&key, curves[i], tls_span(ones, 0)), TLS_E_ILLEGAL_KEY);
	}
	assert_int_equal(
	    tls_privkey_new_ecdsa(&key, TLS_PK_RSA, tls_span(ones, 32)), TLS_E_UNSUPPORTED_KEY);
	assert_int_equal(
	    tls_privkey_new_ecdsa(&key, TLS_PK_ED25519, tls_span(ones, 32)), TLS_E_UNSUPPORTED_KEY);
	for (size_t len = 0; len < 67; len++)
		if (len != 32)
			assert_int_equal(
			    tls_privkey_new_ed25519(&key, tls_span(ones, len)), TLS_E_ILLEGAL_KEY);
}

static void generated(void **state)
{
	static const enum tls_pk kinds[] = {
	    TLS_PK_ECDSA_P256, TLS_PK_ECDSA_P384, TLS_PK_ECDSA_P521, TLS_PK_ED25519};
	static const uint16_t schemes[] = {0x0403, 0x0503, 0x0603, 0x0807};
	struct tls_privkey *a, *b;
	uint8_t sig[TLS_SIG_MAX_LEN];
	size_t len;

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(tls_privkey_generate(&a, kinds[i], NULL), 0);
		assert_int_equal(tls_privkey_generate(&b, kinds[i], NULL), 0);
		assert_false(tls_pubkey_same(tls_privkey_public(a), tls_privkey_public(b)));
		assert_true(tls_sig_fits(schemes[i], tls_privkey_public(a)));
		assert_int_equal(tls_sig_sign(sig, &len, a, schemes[i], sig, 0, NULL), 0);
		assert_true(tls_sig_verify(tls_privkey_public(a), schemes[i], sig, 0, sig, len));
		assert_false(tls_sig_verify(tls_privkey_public(b), schemes[i], sig, 0, sig, len));
		tls_privkey_free(a);
		tls_privkey_free(b);
	}
	assert_int_equal(tls_privkey_generate(&a, TLS_PK_RSA, NULL), TLS_E_UNSUPPORTED_KEY);
	assert_null(a);
}

/* What the generator gives is the private key. */
static void generated_from_the_bytes(void **state)
{
	struct hex x = unhex(ecdsa_figures[0].scalar), seed = unhex(ed25519_figures[0].seed);
	struct testrng t = {.script = x.p, .script_len = x.len};
	struct tls_rng rng = {testrng_fill, &t};
	struct tls_privkey *key;

	(void)state;
	assert_int_equal(tls_privkey_generate(&key, TLS_PK_ECDSA_P256, &rng), 0);
	assert_public(key, ecdsa_figures[0].point);
	tls_privkey_free(key);
	t.script = seed.p;
	t.script_len = seed.len;
	assert_int_equal(tls_privkey_generate(&key, TLS_PK_ED25519, &rng), 0);
	assert_public(key, ed25519_figures[0].key);
	tls_privkey_free(key);
}

static void failing_generator(void **state)
{
	struct testrng t = {.step = 1};
	struct tls_rng rng = {testrng_fill, &t};
	struct tls_privkey *key;

	(void)state;
	for (enum tls_pk kind = TLS_PK_ECDSA_P256; kind <= TLS_PK_ED25519; kind++) {
		t.fail_at = t.n_calls + 1;
		assert_int_equal(tls_privkey_generate(&key, kind, &rng), TLS_E_RANDOM_FAILED);
		assert_null(key);
	}
}

static void no_memory(void **state)
{
	struct hex x = unhex(ecdsa_figures[0].scalar), seed = unhex(ed25519_figures[0].seed);
	struct tls_privkey *key;

	(void)state;
	tls_mem_fail_at(1);
	assert_int_equal(
	    tls_privkey_new_ecdsa(&key, TLS_PK_ECDSA_P256, span(&x)), TLS_E_MEMORY_ERROR);
	assert_null(key);
	tls_mem_fail_at(1);
	assert_int_equal(tls_privkey_new_ed25519(&key, span(&seed)), TLS_E_MEMORY_ERROR);
	assert_null(key);
	for (enum tls_pk kind = TLS_PK_ECDSA_P256; kind <= TLS_PK_ED25519; kind++) {
		tls_mem_fail_at(1);
		assert_int_equal(tls_privkey_generate(&key, kind, NULL), TLS_E_MEMORY_ERROR);
		assert_null(key);
	}
	assert_int_equal(tls_mem_fail_left(), 0);
	tls_privkey_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(public_half),
	    cmocka_unit_test(short_scalars),
	    cmocka_unit_test(scalars_out_of_range),
	    cmocka_unit_test(generated),
	    cmocka_unit_test(generated_from_the_bytes),
	    cmocka_unit_test(failing_generator),
	    cmocka_unit_test(no_memory),
	};

	return cmocka_run_group_tests_name("privkey", tests, NULL, NULL);
}
