/* sig_test.c - schemes, signing and verifying: published figures, what openssl signed, our own
 * signatures with every bit changed, failing generators. */
#include "hex.h"

#include "rsa_figures.h"
#include "sig_figures.h"
#include "testrng.h"
#include "tls/crypto/sig.h"
#include "tls/tls.h"

#define N_ECDSA (sizeof(ecdsa_figures) / sizeof(ecdsa_figures[0]))
#define N_ED25519 (sizeof(ed25519_figures) / sizeof(ed25519_figures[0]))
#define N_RSA (sizeof(rsa_figures) / sizeof(rsa_figures[0]))

static const uint8_t message[] = "The quick brown fox";

static struct tls_privkey *rsa_key(const struct rsa_figures *f)
{
	struct tls_span parts[8];
	struct tls_privkey *key;
	struct hex hex[8];

	for (int i = 0; i < 8; i++) {
		hex[i] = unhex(f->parts[i]);
		parts[i] = tls_span(hex[i].p, hex[i].len);
	}
	assert_int_equal(tls_privkey_new_rsa(&key, parts), 0);
	return key;
}

static struct tls_privkey *ecdsa_key(const struct ecdsa_figures *f)
{
	struct hex scalar = unhex(f->scalar);
	struct tls_privkey *key;

	assert_int_equal(tls_privkey_new_ecdsa(&key, f->kind, tls_span(scalar.p, scalar.len)), 0);
	return key;
}

static struct tls_privkey *ed25519_key(const struct ed25519_figures *f)
{
	struct hex seed = unhex(f->seed);
	struct tls_privkey *key;

	assert_int_equal(tls_privkey_new_ed25519(&key, tls_span(seed.p, seed.len)), 0);
	return key;
}

/* RFC 8446 section 4.2.3. */
static const struct {
	uint16_t id;
	const char *name;
	bool tls13;
} rfc8446[] = {
    {0x0401, "rsa_pkcs1_sha256", false},
    {0x0501, "rsa_pkcs1_sha384", false},
    {0x0601, "rsa_pkcs1_sha512", false},
    {0x0403, "ecdsa_secp256r1_sha256", true},
    {0x0503, "ecdsa_secp384r1_sha384", true},
    {0x0603, "ecdsa_secp521r1_sha512", true},
    {0x0804, "rsa_pss_rsae_sha256", true},
    {0x0805, "rsa_pss_rsae_sha384", true},
    {0x0806, "rsa_pss_rsae_sha512", true},
    {0x0807, "ed25519", true},
};

#define N_SCHEMES (sizeof(rfc8446) / sizeof(rfc8446[0]))

static void table(void **state)
{
	unsigned n = 0;

	(void)state;
	for (size_t i = 0; i < N_SCHEMES; i++) {
		const struct tls_sig_scheme *s = tls_sig_by_id(rfc8446[i].id);

		assert_non_null(s);
		assert_int_equal(s->id, rfc8446[i].id);
		assert_string_equal(s->name, rfc8446[i].name);
		assert_int_equal(s->tls13, rfc8446[i].tls13);
		assert_ptr_equal(tls_sig_by_name(s->name), s);
	}
	for (unsigned id = 0; id <= 0xffff; id++)
		n += tls_sig_by_id((uint16_t)id) != NULL;
	assert_int_equal(n, N_SCHEMES);
	assert_null(tls_sig_by_name(""));
	assert_null(tls_sig_by_name("ecdsa_sha1"));
}

/* Which schemes, of all numbers, go with a key: exactly the given ones (ended by 0). */
static void assert_fits(const struct tls_pubkey *pub, const uint16_t *ids)
{
	for (unsigned id = 0; id <= 0xffff; id++) {
		bool want = false;

		for (const uint16_t *p = ids; *p != 0; p++)
			want |= *p == id;
		assert_int_equal(tls_sig_fits((uint16_t)id, pub), want);
	}
}

static void fits(void **state)
{
	static const uint16_t rsa[] = {0x0804, 0x0805, 0x0806, 0}, ed25519[] = {0x0807, 0};
	static const uint16_t ecdsa[][2] = {{0x0403, 0}, {0x0503, 0}, {0x0603, 0}};
	struct tls_privkey *key = rsa_key(&rsa_figures[0]);

	(void)state;
	assert_fits(tls_privkey_public(key), rsa);
	tls_privkey_free(key);
	key = ed25519_key(&ed25519_figures[0]);
	assert_fits(tls_privkey_public(key), ed25519);
	tls_privkey_free(key);
	for (size_t i = 0; i < N_ECDSA; i++) {
		key = ecdsa_key(&ecdsa_figures[i]);
		assert_fits(tls_privkey_public(key), ecdsa[i]);
		tls_privkey_free(key);
	}
}

/* A modulus must hold hash, salt and two bytes: emLen = ceil((bits - 1) / 8) >= 2 * hash + 2. */
static void pss_needs_room(void **state)
{
	static const struct {
		unsigned bits;
		bool sha256, sha384, sha512;
	} rows[] = {
	    {521, false, false, false},
	    {522, true, false, false},
	    {777, true, false, false},
	    {778, true, true, false},
	    {1024, true, true, false},
	    {1033, true, true, false},
	    {1034, true, true, true},
	    {2048, true, true, true},
	};
	uint8_t n[256], e[] = {1, 0, 1}, sig[TLS_SIG_MAX_LEN] = {0};
	struct tls_pubkey *pub;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t len = (rows[i].bits + 7) / 8;

		memset(n, 0xff, sizeof(n));
		n[0] = (uint8_t)(0xff >> (8 * len - rows[i].bits));
		assert_int_equal(
		    tls_pubkey_new_rsa_min(&pub, tls_span(n, len), tls_span(e, 3), 500), 0);
		assert_int_equal(tls_sig_fits(0x0804, pub), rows[i].sha256);
		assert_int_equal(tls_sig_fits(0x0805, pub), rows[i].sha384);
		assert_int_equal(tls_sig_fits(0x0806, pub), rows[i].sha512);
		for (uint16_t id = 0x0804; id <= 0x0806; id++)
			assert_false(tls_sig_verify(pub, id, message, 3, sig, len));
		tls_pubkey_free(pub);
	}
}

static bool verify_hex(
    const struct tls_pubkey *pub, uint16_t scheme, const char *msg, const char *sig)
{
	struct hex s = unhex(sig);

	return tls_sig_verify(pub, scheme, (const uint8_t *)msg, strlen(msg), s.p, s.len);
}

static void rfc6979_signatures(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_ECDSA; i++) {
		const struct ecdsa_figures *f = &ecdsa_figures[i];
		struct hex point = unhex(f->point);
		struct tls_pubkey *pub;

		assert_int_equal(
		    tls_pubkey_new_ecdsa(&pub, f->kind, tls_span(point.p, point.len)), 0);
		assert_true(verify_hex(pub, f->scheme, "sample", f->sample));
		assert_true(verify_hex(pub, f->scheme, "test", f->test));
		assert_false(verify_hex(pub, f->scheme, "sample", f->test));
		assert_false(verify_hex(pub, f->scheme, "samplE", f->sample));
		for (size_t s = 0; s < N_SCHEMES; s++)
			if (rfc8446[s].id != f->scheme)
				assert_false(verify_hex(pub, rfc8446[s].id, "sample", f->sample));
		tls_pubkey_free(pub);
	}
}

static void rfc8032_signatures(void **state)
{
	uint8_t sig[TLS_SIG_MAX_LEN];
	size_t len;

	(void)state;
	for (size_t i = 0; i < N_ED25519; i++) {
		const struct ed25519_figures *f = &ed25519_figures[i];
		struct tls_privkey *key = ed25519_key(f);
		const struct tls_pubkey *pub = tls_privkey_public(key);
		struct hex msg = unhex(f->msg);

		assert_int_equal(
		    tls_sig_sign(sig, &len, key, TLS_SIGN_ED25519, msg.p, msg.len, NULL), 0);
		assert_hex(sig, len, f->sig);
		assert_true(tls_sig_verify(pub, TLS_SIGN_ED25519, msg.p, msg.len, sig, 64));
		assert_false(tls_sig_verify(pub, TLS_SIGN_ED25519, msg.p, msg.len + 1, sig, 64));
		assert_false(tls_sig_verify(pub, TLS_SIGN_ED25519, msg.p, msg.len, sig, 63));
		assert_false(tls_sig_verify(pub, TLS_SIGN_ED25519, msg.p, msg.len, sig, 65));
		assert_false(tls_sig_verify(pub, TLS_SIGN_ED25519, msg.p, msg.len, sig, 0));
		tls_privkey_free(key);
	}
}

static void openssl_rsa_signatures(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_RSA; i++) {
		struct tls_privkey *key = rsa_key(&rsa_figures[i]);
		const struct tls_pubkey *pub = tls_privkey_public(key);

		for (size_t s = 0; s < 6; s++) {
			uint16_t scheme = rsa_figures[i].sigs[s].scheme;
			const char *sig = rsa_figures[i].sigs[s].sig;

			assert_true(verify_hex(pub, scheme, RSA_FIGURES_MESSAGE, sig));
			assert_false(verify_hex(pub, scheme, "quencH", sig));
			for (size_t t = 0; t < N_SCHEMES; t++)
				if (rfc8446[t].id != scheme)
					assert_false(verify_hex(
					    pub, rfc8446[t].id, RSA_FIGURES_MESSAGE, sig));
		}
		tls_privkey_free(key);
	}
}

/* PKCS#1 v1.5 has no random part: our signature is the one openssl made. */
static void pkcs1_signatures_are_the_same(void **state)
{
	uint8_t sig[TLS_SIG_MAX_LEN];
	size_t len;

	(void)state;
	for (size_t i = 0; i < N_RSA; i++) {
		struct tls_privkey *key = rsa_key(&rsa_figures[i]);

		for (size_t s = 3; s < 6; s++) {
			assert_int_equal(tls_sig_sign(sig, &len, key, rsa_figures[i].sigs[s].scheme,
					     (const uint8_t *)RSA_FIGURES_MESSAGE,
					     strlen(RSA_FIGURES_MESSAGE), NULL),
			    0);
			assert_hex(sig, len, rsa_figures[i].sigs[s].sig);
		}
		tls_privkey_free(key);
	}
}

/* Signs, verifies, changes every bit (each step-th one) of the signature, and cuts and extends it.
 */
static void sign_and_break(const struct tls_privkey *key, uint16_t scheme, size_t step)
{
	const struct tls_pubkey *pub = tls_privkey_public(key);
	uint8_t sig[TLS_SIG_MAX_LEN + 1] = {0};
	size_t len;

	assert_int_equal(tls_sig_sign(sig, &len, key, scheme, message, sizeof(message), NULL), 0);
	assert_in_range(len, 64, TLS_SIG_MAX_LEN);
	assert_true(tls_sig_verify(pub, scheme, message, sizeof(message), sig, len));
	assert_false(tls_sig_verify(pub, scheme, message, sizeof(message) - 1, sig, len));
	assert_false(tls_sig_verify(pub, scheme, message, sizeof(message), sig, len - 1));
	assert_false(tls_sig_verify(pub, scheme, message, sizeof(message), sig, len + 1));
	assert_false(tls_sig_verify(pub, scheme, message, sizeof(message), sig, 0));
	for (size_t bit = 0; bit < 8 * len; bit += step) {
		sig[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_false(tls_sig_verify(pub, scheme, message, sizeof(message), sig, len));
		sig[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
}

static void security_signature_range_ecdsa(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_ECDSA; i++) {
		struct tls_privkey *key = ecdsa_key(&ecdsa_figures[i]);

		sign_and_break(key, ecdsa_figures[i].scheme, 3);
		sign_and_break(key, TLS_SIGN_ECDSA_SECP256R1_SHA256, 41);
		sign_and_break(key, TLS_SIGN_ECDSA_SECP521R1_SHA512, 41);
		tls_privkey_free(key);
	}
}

static void security_signature_range_ed25519(void **state)
{
	struct tls_privkey *key = ed25519_key(&ed25519_figures[0]);

	(void)state;
	sign_and_break(key, TLS_SIGN_ED25519, 1);
	tls_privkey_free(key);
}

static void security_signature_range_rsa(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_RSA; i++) {
		struct tls_privkey *key = rsa_key(&rsa_figures[i]);

		for (size_t s = 0; s < 6; s++)
			sign_and_break(key, rsa_figures[i].sigs[s].scheme, 37);
		tls_privkey_free(key);
	}
}

/* Lengths of r and s differ from signature to signature: all of them are strict DER. */
static void many_ecdsa_signatures(void **state)
{
	uint8_t sig[TLS_SIG_MAX_LEN];
	struct tls_privkey *key;
	size_t len, shortest = SIZE_MAX, longest = 0;

	(void)state;
	assert_int_equal(tls_privkey_generate(&key, TLS_PK_ECDSA_P256, NULL), 0);
	for (uint8_t i = 0; i < 200; i++) {
		assert_int_equal(tls_sig_sign(sig, &len, key, 0x0403, &i, 1, NULL), 0);
		assert_true(tls_sig_verify(tls_privkey_public(key), 0x0403, &i, 1, sig, len));
		shortest = len < shortest ? len : shortest;
		longest = len > longest ? len : longest;
	}
	assert_true(longest <= 72);
	assert_true(shortest < longest);
	tls_privkey_free(key);
}

/* The nonce comes from generator, key and message: where the generator repeats itself, another
 * message still gets another nonce (r differs), and the same one the same signature. */
static void security_ecdsa_nonce_with_a_repeating_generator(void **state)
{
	uint8_t a[TLS_SIG_MAX_LEN], b[TLS_SIG_MAX_LEN], c[TLS_SIG_MAX_LEN];
	struct testrng t = {.counter = 0x55};
	struct tls_rng rng = {testrng_fill, &t};
	size_t a_len, b_len, c_len;

	(void)state;
	for (size_t i = 0; i < N_ECDSA; i++) {
		struct tls_privkey *key = ecdsa_key(&ecdsa_figures[i]);
		uint16_t scheme = ecdsa_figures[i].scheme;

		assert_int_equal(tls_sig_sign(a, &a_len, key, scheme, message, 5, &rng), 0);
		assert_int_equal(tls_sig_sign(b, &b_len, key, scheme, message, 5, &rng), 0);
		assert_int_equal(tls_sig_sign(c, &c_len, key, scheme, message, 6, &rng), 0);
		assert_int_equal(a_len, b_len);
		assert_memory_equal(a, b, a_len);
		assert_memory_not_equal(a + 6, c + 6, 30);
		t.counter++;
		assert_int_equal(tls_sig_sign(b, &b_len, key, scheme, message, 5, &rng), 0);
		assert_memory_not_equal(a + 6, b + 6, 30);
		tls_privkey_free(key);
	}
}

/* Each draw of each scheme fails in turn: an error, and no signature. */
static void fail_each_draw(const struct tls_privkey *key, uint16_t scheme, unsigned n_draws)
{
	uint8_t sig[TLS_SIG_MAX_LEN];
	struct testrng t = {.step = 1};
	struct tls_rng rng = {testrng_fill, &t};
	size_t len;

	for (unsigned i = 1; i <= n_draws; i++) {
		t.n_calls = 0;
		t.fail_at = i;
		assert_int_equal(
		    tls_sig_sign(sig, &len, key, scheme, message, 5, &rng), TLS_E_RANDOM_FAILED);
		assert_int_equal(len, 0);
	}
	t.n_calls = 0;
	t.fail_at = n_draws + 1;
	assert_int_equal(tls_sig_sign(sig, &len, key, scheme, message, 5, &rng), 0);
	assert_int_equal(t.n_calls, n_draws);
}

static void failing_generator(void **state)
{
	struct tls_privkey *key = rsa_key(&rsa_figures[0]);

	(void)state;
	fail_each_draw(key, TLS_SIGN_RSA_PSS_RSAE_SHA256, 2); /* blinding, salt */
	fail_each_draw(key, TLS_SIGN_RSA_PKCS1_SHA256, 1);
	tls_privkey_free(key);
	for (size_t i = 0; i < N_ECDSA; i++) {
		key = ecdsa_key(&ecdsa_figures[i]);
		fail_each_draw(key, ecdsa_figures[i].scheme, 1);
		tls_privkey_free(key);
	}
	key = ed25519_key(&ed25519_figures[0]);
	fail_each_draw(key, TLS_SIGN_ED25519, 0);
	tls_privkey_free(key);
}

/* PSS signatures of one message differ: the salt is fresh. */
static void salt_is_fresh(void **state)
{
	struct tls_privkey *key = rsa_key(&rsa_figures[0]);
	uint8_t a[TLS_SIG_MAX_LEN], b[TLS_SIG_MAX_LEN];
	size_t len;

	(void)state;
	assert_int_equal(tls_sig_sign(a, &len, key, 0x0804, message, 5, NULL), 0);
	assert_int_equal(tls_sig_sign(b, &len, key, 0x0804, message, 5, NULL), 0);
	assert_memory_not_equal(a, b, len);
	tls_privkey_free(key);
}

/* For every scheme, every kind of key but the right one. */
static void key_and_scheme_do_not_match(void **state)
{
	struct tls_privkey *keys[] = {rsa_key(&rsa_figures[0]), ecdsa_key(&ecdsa_figures[0]),
	    ed25519_key(&ed25519_figures[0])};
	uint8_t sig[TLS_SIG_MAX_LEN];
	size_t len;

	(void)state;
	for (size_t k = 0; k < 3; k++) {
		for (size_t s = 0; s < N_SCHEMES; s++) {
			const char *family[] = {"rsa", "ecd", "ed2"};
			bool same = memcmp(rfc8446[s].name, family[k], 3) == 0;
			int ret = tls_sig_sign(sig, &len, keys[k], rfc8446[s].id, message, 5, NULL);

			assert_int_equal(ret, same ? 0 : TLS_E_UNSUPPORTED_SIGNATURE_ALGORITHM);
			assert_int_equal(len > 0, same);
			assert_int_equal(tls_sig_verify(tls_privkey_public(keys[k]), rfc8446[s].id,
					     message, 5, sig, len),
			    same);
		}
		assert_int_equal(tls_sig_sign(sig, &len, keys[k], 0x0201, message, 5, NULL),
		    TLS_E_UNSUPPORTED_SIGNATURE_ALGORITHM);
		assert_false(
		    tls_sig_verify(tls_privkey_public(keys[k]), 0x0201, message, 5, sig, 64));
		tls_privkey_free(keys[k]);
	}
}

/* By the names of RFC 8446 section 4.2.3. */
static void schemes_of_rsa(void **state)
{
	static const uint16_t rsa[] = {0x0401, 0x0501, 0x0601, 0x0804, 0x0805, 0x0806};
	static const uint16_t others[] = {0x0403, 0x0503, 0x0603, 0x0807, 0x0201, 0, 0xffff};

	(void)state;
	for (unsigned i = 0; i < sizeof(rsa) / sizeof(rsa[0]); i++)
		assert_true(tls_sig_is_rsa(rsa[i]));
	for (unsigned i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		assert_false(tls_sig_is_rsa(others[i]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(table),
	    cmocka_unit_test(fits),
	    cmocka_unit_test(pss_needs_room),
	    cmocka_unit_test(schemes_of_rsa),
	    cmocka_unit_test(rfc6979_signatures),
	    cmocka_unit_test(rfc8032_signatures),
	    cmocka_unit_test(openssl_rsa_signatures),
	    cmocka_unit_test(pkcs1_signatures_are_the_same),
	    cmocka_unit_test(security_signature_range_ecdsa),
	    cmocka_unit_test(security_signature_range_ed25519),
	    cmocka_unit_test(security_signature_range_rsa),
	    cmocka_unit_test(many_ecdsa_signatures),
	    cmocka_unit_test(security_ecdsa_nonce_with_a_repeating_generator),
	    cmocka_unit_test(failing_generator),
	    cmocka_unit_test(salt_is_fresh),
	    cmocka_unit_test(key_and_scheme_do_not_match),
	};

	return cmocka_run_group_tests_name("sig", tests, NULL, NULL);
}
