/* wycheproof_kem.c - ML-KEM-768. See wycheproof.h. Seeds and private keys are arrays of one length here: vectors with
 * another one are skipped. */
#include "tests/unit/unit.h"

#include "tls/crypto/mlkem.h"
#include "tls/tls.h"
#include "wycheproof.h"

static void assert_bytes(const json_t *v, const char *field, const uint8_t *p, size_t len)
{
	struct wyche_bytes want = wyche_hex(v, field);

	assert_int_equal(want.len, len);
	assert_memory_equal(want.p, p, len);
	wyche_free(want);
}

/* The secret of the vector's ciphertext. */
static enum wyche_verdict decapsulate(const json_t *v, const uint8_t *private_key)
{
	struct wyche_bytes c = wyche_hex(v, "c");
	uint8_t secret[TLS_MLKEM_SECRET_LEN];
	int err = tls_mlkem_decapsulate(secret, private_key, c.p, c.len);

	wyche_free(c);
	if (err != 0)
		return WYCHE_REFUSED;
	assert_bytes(v, "K", secret, sizeof(secret));
	return WYCHE_ACCEPTED;
}

static enum wyche_verdict with_seed(const json_t *v, bool with_private_key)
{
	uint8_t public_key[TLS_MLKEM_PUBLIC_LEN], private_key[TLS_MLKEM_PRIVATE_LEN];
	struct wyche_bytes seed = wyche_hex(v, "seed");
	bool fits = seed.len == TLS_MLKEM_KEY_SEED_LEN;

	if (fits)
		tls_mlkem_generate(public_key, private_key, seed.p);
	wyche_free(seed);
	if (!fits)
		return WYCHE_SKIPPED;
	assert_bytes(v, "ek", public_key, sizeof(public_key));
	if (!with_private_key)
		return decapsulate(v, private_key);
	assert_bytes(v, "dk", private_key, sizeof(private_key));
	return WYCHE_ACCEPTED;
}

enum wyche_verdict wyche_mlkem(const json_t *group, const json_t *vector)
{
	assert_string_equal(wyche_text(group, "parameterSet"), "ML-KEM-768");
	return with_seed(vector, false);
}

enum wyche_verdict wyche_mlkem_generate(const json_t *group, const json_t *vector)
{
	assert_string_equal(wyche_text(group, "parameterSet"), "ML-KEM-768");
	return with_seed(vector, true);
}

enum wyche_verdict wyche_mlkem_encapsulate(const json_t *group, const json_t *vector)
{
	struct wyche_bytes public_key = wyche_hex(vector, "ek"), message = wyche_hex(vector, "m");
	uint8_t ciphertext[TLS_MLKEM_CIPHERTEXT_LEN], secret[TLS_MLKEM_SECRET_LEN];
	int err;

	assert_string_equal(wyche_text(group, "parameterSet"), "ML-KEM-768");
	assert_int_equal(message.len, TLS_MLKEM_MESSAGE_LEN);
	err = tls_mlkem_encapsulate(ciphertext, secret, public_key.p, public_key.len, message.p);
	wyche_free(public_key);
	wyche_free(message);
	if (err != 0)
		return WYCHE_REFUSED;
	assert_bytes(vector, "c", ciphertext, sizeof(ciphertext));
	assert_bytes(vector, "K", secret, sizeof(secret));
	return WYCHE_ACCEPTED;
}

enum wyche_verdict wyche_mlkem_decapsulate(const json_t *group, const json_t *vector)
{
	struct wyche_bytes private_key = wyche_hex(vector, "dk");
	enum wyche_verdict verdict = WYCHE_SKIPPED;

	assert_string_equal(wyche_text(group, "parameterSet"), "ML-KEM-768");
	if (private_key.len == TLS_MLKEM_PRIVATE_LEN)
		verdict = decapsulate(vector, private_key.p);
	wyche_free(private_key);
	return verdict;
}
