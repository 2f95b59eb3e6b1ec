/* sig_rsa_test.c - no faulty RSA signature leaves, and no forged encoding is taken. */
#include "hex.h"

#include "rsa_figures.h"
#include "tls/crypto/mpz.h"
#include "tls/crypto/sigkey.h"
#include "tls/tls.h"

static const uint8_t message[] = "fault";
static struct tls_privkey *key;

static int make_key(void **state)
{
	struct tls_span parts[8];
	struct hex hex[8];

	(void)state;
	for (int i = 0; i < 8; i++) {
		hex[i] = unhex(rsa_figures[0].parts[i]);
		parts[i] = tls_span(hex[i].p, hex[i].len);
	}
	return tls_privkey_new_rsa(&key, parts);
}

static int free_key(void **state)
{
	(void)state;
	tls_privkey_free(key);
	return 0;
}

/* A wrong bit in a CRT exponent or the inverse gives a signature that is right modulo one factor
 * only: who sees it has the other factor. It must never be handed out. */
static void flip_bits(mpz_t part)
{
	uint8_t sig[TLS_SIG_MAX_LEN];
	size_t len, n_bits = mpz_sizeinbase(part, 2);

	for (size_t bit = 0; bit < n_bits; bit += 97) {
		mpz_combit(part, bit);
		for (unsigned scheme = 0x0401; scheme <= 0x0804; scheme += 0x0403) {
			assert_int_equal(tls_sig_sign(sig, &len, key, (uint16_t)scheme, message,
					     sizeof(message), NULL),
			    TLS_E_INTERNAL_ERROR);
			assert_int_equal(len, 0);
		}
		mpz_combit(part, bit);
	}
}

static void security_rsa_crt_fault_in_each_part(void **state)
{
	(void)state;
	flip_bits(key->rsa.a);
	flip_bits(key->rsa.b);
	flip_bits(key->rsa.c);
}

static void forge(const uint8_t *encoded, uint8_t *sig)
{
	mpz_t m;

	mpz_init(m);
	tls_mpz_set_bytes(m, encoded, 256);
	rsa_compute_root(&key->rsa, m, m);
	tls_mpz_get_bytes(sig, 256, m);
	mpz_clear(m);
}

/* EMSA-PKCS1-v1_5 (RFC 8017 section 9.2) made by hand: the right one verifies, each changed byte of
 * the padding, the type, and the DigestInfo refuses, although its signature is computed rightly. */
static void encodings_are_compared_whole(void **state)
{
	struct hex info = unhex("3031300d060960864801650304020105000420");
	uint8_t em[256], sig[256];

	(void)state;
	memset(em, 0xff, sizeof(em));
	em[0] = 0;
	em[1] = 1;
	em[256 - 32 - info.len - 1] = 0;
	memcpy(em + 256 - 32 - info.len, info.p, info.len);
	tls_hash_once(TLS_HASH_SHA256, em + 224, message, sizeof(message));
	forge(em, sig);
	assert_true(tls_sig_verify(&key->pub, 0x0401, message, sizeof(message), sig, 256));
	for (size_t i = 1; i < 256; i += i < 190 ? 17 : 1) {
		em[i] ^= 2;
		forge(em, sig);
		assert_false(tls_sig_verify(&key->pub, 0x0401, message, sizeof(message), sig, 256));
		em[i] ^= 2;
	}
}

/* The padding shortened and bytes appended behind the digest (as in forgeries with e = 3). */
static void nothing_behind_the_digest(void **state)
{
	struct hex info = unhex("3031300d060960864801650304020105000420");
	uint8_t em[256] = {0, 1}, sig[256];

	(void)state;
	memset(em + 2, 0xff, 8);
	memcpy(em + 11, info.p, info.len);
	tls_hash_once(TLS_HASH_SHA256, em + 11 + info.len, message, sizeof(message));
	forge(em, sig);
	assert_false(tls_sig_verify(&key->pub, 0x0401, message, sizeof(message), sig, 256));
}

/* A signature is as long as the modulus and below it: s + n is the same modulo n, and refused. */
static void signature_representative_is_in_range(void **state)
{
	uint8_t sig[TLS_SIG_MAX_LEN], big[256];
	bool found = false;
	size_t len;
	mpz_t s;

	(void)state;
	mpz_init(s);
	for (uint8_t i = 0; i < 64 && !found; i++) {
		assert_int_equal(tls_sig_sign(sig, &len, key, 0x0401, &i, 1, NULL), 0);
		tls_mpz_set_bytes(s, sig, len);
		mpz_add(s, s, key->pub.rsa.n);
		if (mpz_sizeinbase(s, 2) > 2048)
			continue;
		found = true;
		tls_mpz_get_bytes(big, 256, s);
		assert_true(tls_sig_verify(&key->pub, 0x0401, &i, 1, sig, 256));
		assert_false(tls_sig_verify(&key->pub, 0x0401, &i, 1, big, 256));
	}
	assert_true(found);
	memset(big, 0, 256);
	assert_false(tls_sig_verify(&key->pub, 0x0401, message, 1, big, 256));
	assert_false(tls_sig_verify(&key->pub, 0x0804, message, 1, big, 256));
	big[255] = 1;
	assert_false(tls_sig_verify(&key->pub, 0x0401, message, 1, big, 256));
	assert_false(tls_sig_verify(&key->pub, 0x0804, message, 1, big, 256));
	mpz_clear(s);
}

/* RFC 8017 sections 8.1.2 and 8.2.2, step 1: as many bytes as the modulus, zeros in front included.
 */
static void signature_has_the_length_of_the_modulus(void **state)
{
	uint8_t sig[TLS_SIG_MAX_LEN + 1] = {0}, msg[2] = {0};
	size_t len;

	(void)state;
	do { /* about one signature in 200 begins with a zero */
		msg[0] = (uint8_t)(msg[0] + (msg[1] == 255));
		msg[1]++;
		assert_int_equal(tls_sig_sign(sig + 1, &len, key, 0x0401, msg, 2, NULL), 0);
	} while (sig[1] != 0 && msg[0] < 8);
	assert_int_equal(len, 256);
	assert_true(tls_sig_verify(&key->pub, 0x0401, msg, 2, sig + 1, 256));
	assert_false(tls_sig_verify(&key->pub, 0x0401, msg, 2, sig, 257));
	assert_int_equal(sig[1], 0);
	assert_false(tls_sig_verify(&key->pub, 0x0401, msg, 2, sig + 2, 255));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(security_rsa_crt_fault_in_each_part),
	    cmocka_unit_test(encodings_are_compared_whole),
	    cmocka_unit_test(nothing_behind_the_digest),
	    cmocka_unit_test(signature_representative_is_in_range),
	    cmocka_unit_test(signature_has_the_length_of_the_modulus),
	};

	return cmocka_run_group_tests_name("sig_rsa", tests, make_key, free_key);
}
