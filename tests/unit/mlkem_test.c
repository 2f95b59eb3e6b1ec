/* mlkem_test.c - ML-KEM-768 as others compute it: NIST's figures; the sum over 10,000 random key pairs, ciphertexts, secrets and
 * rejected ciphertexts that the authors of Go's crypto/mlkem have published; and what must be refused. Wycheproof's
 * files are run by tests/vectors. */
#include "hex.h"

#include "tests/vectors/mlkem_nist.h"
#include "tls/crypto/mlkem.c"

struct pair {
	uint8_t public_key[TLS_MLKEM_PUBLIC_LEN], private_key[TLS_MLKEM_PRIVATE_LEN];
	uint8_t ciphertext[TLS_MLKEM_CIPHERTEXT_LEN], secret[TLS_MLKEM_SECRET_LEN];
};

static void make(struct pair *p, uint8_t fill)
{
	uint8_t seed[TLS_MLKEM_KEY_SEED_LEN], message[TLS_MLKEM_MESSAGE_LEN];

	memset(seed, fill, sizeof(seed));
	memset(message, fill + 1, sizeof(message));
	tls_mlkem_generate(p->public_key, p->private_key, seed);
	assert_int_equal(tls_mlkem_encapsulate(p->ciphertext, p->secret, p->public_key, TLS_MLKEM_PUBLIC_LEN, message),
	    0);
}

/* ---- NIST's figures */

static void nist_key_pair(void **state)
{
	struct hex d = unhex(nist_27_d), z = unhex(nist_27_z);
	uint8_t seed[TLS_MLKEM_KEY_SEED_LEN];
	struct pair p;

	(void)state;
	memcpy(seed, d.p, 32);
	memcpy(seed + 32, z.p, 32);
	tls_mlkem_generate(p.public_key, p.private_key, seed);
	assert_hex(p.private_key, 48, nist_27_s);
	assert_hex(p.public_key, 48, nist_27_public);
	assert_memory_equal(p.private_key + PUBLIC_AT, p.public_key, sizeof(p.public_key));
	/* of all of the public key: so it is NIST's to the last byte */
	assert_hex(p.private_key + HASH_AT, 32, nist_27_hash);
	assert_hex(p.private_key + REJECT_AT, 32, nist_27_z);
}

static void nist_encapsulation(void **state)
{
	struct hex public_key = unhex(nist_31_public), message = unhex(nist_31_message);
	struct pair p;

	(void)state;
	assert_int_equal(tls_mlkem_encapsulate(p.ciphertext, p.secret, public_key.p, public_key.len, message.p), 0);
	assert_hex(p.ciphertext, sizeof(p.ciphertext), nist_31_ciphertext);
	assert_hex(p.secret, sizeof(p.secret), nist_31_secret);
}

static void nist_decapsulation(void **state)
{
	struct hex part[] = {unhex(nist_31_s), unhex(nist_31_public), unhex(nist_31_hash), unhex(nist_31_z)};
	struct hex ciphertext = unhex(nist_31_ciphertext);
	struct pair p;
	size_t at = 0;

	(void)state;
	for (size_t i = 0; i < 4; at += part[i].len, i++)
		memcpy(p.private_key + at, part[i].p, part[i].len);
	assert_int_equal(at, sizeof(p.private_key));
	assert_int_equal(tls_mlkem_decapsulate(p.secret, p.private_key, ciphertext.p, ciphertext.len), 0);
	assert_hex(p.secret, sizeof(p.secret), nist_31_secret);
}

/* ---- Go's sum */

static void assert_sum(const struct tls_sponge *sum, const char *want)
{
	struct tls_sponge s = *sum;
	uint8_t digest[32];

	tls_sponge_finish(&s, TLS_SPONGE_SHAKE);
	tls_sponge_squeeze(&s, digest, sizeof(digest));
	assert_hex(digest, sizeof(digest), want);
}

static void ten_thousand_random_round_trips(void **state)
{
	uint8_t seed[TLS_MLKEM_KEY_SEED_LEN], message[TLS_MLKEM_MESSAGE_LEN], again[TLS_MLKEM_SECRET_LEN];
	struct tls_sponge drawn, sum;
	struct pair p;

	(void)state;
	tls_sponge_init(&drawn, TLS_SPONGE_SHAKE128);
	tls_sponge_finish(&drawn, TLS_SPONGE_SHAKE);
	tls_sponge_init(&sum, TLS_SPONGE_SHAKE128);
	for (unsigned n = 0; n < 10000; n++) {
		if (n == 100)
			assert_sum(&sum, "1114b1b6699ed191734fa339376afa7e285c9e6acf6ff0177d346696ce564415");
		tls_sponge_squeeze(&drawn, seed, sizeof(seed));
		tls_mlkem_generate(p.public_key, p.private_key, seed);
		tls_sponge_absorb(&sum, p.public_key, sizeof(p.public_key));
		tls_sponge_squeeze(&drawn, message, sizeof(message));
		assert_int_equal(tls_mlkem_encapsulate(p.ciphertext, p.secret, p.public_key,
				     sizeof(p.public_key), message), 0);
		tls_sponge_absorb(&sum, p.ciphertext, sizeof(p.ciphertext));
		tls_sponge_absorb(&sum, p.secret, sizeof(p.secret));
		assert_int_equal(tls_mlkem_decapsulate(again, p.private_key, p.ciphertext, sizeof(p.ciphertext)), 0);
		assert_memory_equal(again, p.secret, sizeof(again));
		tls_sponge_squeeze(&drawn, p.ciphertext, sizeof(p.ciphertext));
		assert_int_equal(tls_mlkem_decapsulate(again, p.private_key, p.ciphertext, sizeof(p.ciphertext)), 0);
		tls_sponge_absorb(&sum, again, sizeof(again));
	}
	assert_sum(&sum, "8a518cc63da366322a8e7a818c7a0d63483cb3528d34a4cf42f35d5ad73f22fc");
}

/* ---- What must be refused, or rejected without a word */

/* A ciphertext with any bit changed gives a secret, and it is the one of section 6.3: SHAKE256(z || c). */
static void security_kem_rejection_is_implicit(void **state)
{
	uint8_t got[TLS_MLKEM_SECRET_LEN], want[TLS_MLKEM_SECRET_LEN];
	struct pair p;

	(void)state;
	make(&p, 1);
	for (size_t bit = 0; bit < 8 * TLS_MLKEM_CIPHERTEXT_LEN; bit += 13) {
		struct tls_sponge s;

		p.ciphertext[bit / 8] ^= (uint8_t)(1u << bit % 8);
		tls_sponge_init(&s, TLS_SPONGE_SHAKE256);
		tls_sponge_absorb(&s, p.private_key + TLS_MLKEM_PRIVATE_LEN - 32, 32);
		tls_sponge_absorb(&s, p.ciphertext, sizeof(p.ciphertext));
		tls_sponge_finish(&s, TLS_SPONGE_SHAKE);
		tls_sponge_squeeze(&s, want, sizeof(want));
		assert_int_equal(tls_mlkem_decapsulate(got, p.private_key, p.ciphertext, sizeof(p.ciphertext)), 0);
		assert_memory_equal(got, want, sizeof(got));
		p.ciphertext[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
}

/* Section 7.2: each of the 768 coefficients, as q, and as the largest that twelve bits hold. */
static void security_kem_key_out_of_range(void **state)
{
	static const uint8_t message[TLS_MLKEM_MESSAGE_LEN] = {1};
	static const unsigned values[] = {TLS_MLKEM_Q, TLS_MLKEM_Q + 1, 4095};
	struct pair p, odd;

	(void)state;
	make(&p, 2);
	for (unsigned i = 0; i < 768; i++)
		for (unsigned k = 0; k < 3; k++) {
			uint8_t *at = odd.public_key + i / 2 * 3 + i % 2;

			odd = p;
			if (i % 2 == 0) {
				at[0] = (uint8_t)values[k];
				at[1] = (uint8_t)((at[1] & 0xf0) | values[k] >> 8);
			} else {
				at[0] = (uint8_t)((at[0] & 0x0f) | values[k] << 4);
				at[1] = (uint8_t)(values[k] >> 4);
			}
			assert_int_equal(tls_mlkem_encapsulate(odd.ciphertext, odd.secret, odd.public_key,
					     sizeof(odd.public_key), message), TLS_E_ILLEGAL_KEY_SHARE);
		}
}

static void every_other_length_is_refused(void **state)
{
	static const uint8_t message[TLS_MLKEM_MESSAGE_LEN] = {1};
	uint8_t longer[TLS_MLKEM_PUBLIC_LEN + 2] = {0};
	struct pair p;

	(void)state;
	make(&p, 3);
	for (size_t len = 0; len <= sizeof(longer); len++) {
		if (len != TLS_MLKEM_PUBLIC_LEN)
			assert_int_equal(tls_mlkem_encapsulate(p.ciphertext, p.secret, longer, len, message),
			    TLS_E_ILLEGAL_KEY_SHARE);
		if (len != TLS_MLKEM_CIPHERTEXT_LEN)
			assert_int_equal(tls_mlkem_decapsulate(p.secret, p.private_key, longer, len),
			    TLS_E_ILLEGAL_KEY_SHARE);
	}
}

/* Section 7.3: the public key inside and its hash must fit. */
static void damaged_private_keys(void **state)
{
	struct pair p;

	(void)state;
	make(&p, 4);
	for (size_t at = PUBLIC_AT; at < REJECT_AT; at += 31) {
		p.private_key[at] ^= 1;
		assert_int_equal(tls_mlkem_decapsulate(p.secret, p.private_key, p.ciphertext, sizeof(p.ciphertext)),
		    TLS_E_INTERNAL_ERROR);
		p.private_key[at] ^= 1;
	}
}

static void differences(void **state)
{
	uint8_t a[40] = {0}, b[40] = {0};

	(void)state;
	assert_int_equal(difference(a, b, sizeof(a)), 0);
	for (unsigned bit = 0; bit < 8 * sizeof(a); bit++) {
		b[bit / 8] ^= (uint8_t)(1u << bit % 8);
		assert_int_equal(difference(a, b, sizeof(a)), 0xff);
		memset(a, 0xff, bit / 8);
		assert_int_equal(difference(a, b, sizeof(a)), 0xff);
		memset(a, 0, sizeof(a));
		b[bit / 8] = 0;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(nist_key_pair),
	    cmocka_unit_test(nist_encapsulation),
	    cmocka_unit_test(nist_decapsulation),
	    cmocka_unit_test(ten_thousand_random_round_trips),
	    cmocka_unit_test(security_kem_rejection_is_implicit),
	    cmocka_unit_test(security_kem_key_out_of_range),
	    cmocka_unit_test(every_other_length_is_refused),
	    cmocka_unit_test(damaged_private_keys),
	    cmocka_unit_test(differences),
	};

	return cmocka_run_group_tests_name("mlkem", tests, NULL, NULL);
}
