/* privkey_rsa.c - RSA private keys: their parts, checked against each other; fresh ones.
 *
 * A part that is wrong gives no wrong signature (each is verified before it leaves), but it may
 * give away the others, and a key that can't sign is to be found when it is loaded. RFC 8017
 * section 3.2.
 */
#include "../bytes/mem.h"
#include "../tls.h"
#include "mpz.h"
#include "sigkey.h"

enum { PART_N, PART_E, PART_D, PART_P, PART_Q, PART_DP, PART_DQ, PART_QINV };

#define RSA_EXPONENT 65537

/* Each number is at most this long: more can't be right, and isn't computed with. */
#define PART_MAX_LEN (TLS_RSA_MAX_BITS / 8 + 1)

/* x in [1, limit). */
static bool in_range(const mpz_t x, const mpz_t limit)
{
	return mpz_sgn(x) > 0 && mpz_cmp(x, limit) < 0;
}

/* a * b = 1 modulo m. */
static bool inverse(const mpz_t a, const mpz_t b, const mpz_t m)
{
	bool good;
	mpz_t t;

	mpz_init(t);
	mpz_mul(t, a, b);
	mpz_mod(t, t, m);
	good = mpz_cmp_ui(t, 1) == 0;
	tls_mpz_clear_wiped(t);
	return good;
}

/* One factor with its exponent, and the whole exponent against it. */
static bool factor_fits(
    const mpz_t prime, const mpz_t exponent, const mpz_t d, const struct tls_pubkey *pub)
{
	bool good;
	mpz_t less_one;

	/* Both factors have about half of the bits; a small one would be no secret. */
	if (mpz_even_p(prime) || mpz_sizeinbase(prime, 2) < pub->bits / 3)
		return false;
	mpz_init(less_one);
	mpz_sub_ui(less_one, prime, 1);
	good = in_range(exponent, less_one) && inverse(pub->rsa.e, exponent, less_one) &&
	       inverse(pub->rsa.e, d, less_one);
	tls_mpz_clear_wiped(less_one);
	return good;
}

static bool product_fits(const struct rsa_private_key *rsa, const mpz_t n)
{
	bool good;
	mpz_t t;

	mpz_init(t);
	mpz_mul(t, rsa->p, rsa->q);
	good = mpz_cmp(t, n) == 0;
	tls_mpz_clear_wiped(t);
	return good;
}

/* Equal factors need no check of their own: q has no inverse modulo p then. */
static bool parts_fit(const struct rsa_private_key *rsa, const struct tls_pubkey *pub)
{
	return product_fits(rsa, pub->rsa.n) && in_range(rsa->d, pub->rsa.n) &&
	       factor_fits(rsa->p, rsa->a, rsa->d, pub) &&
	       factor_fits(rsa->q, rsa->b, rsa->d, pub) && in_range(rsa->c, rsa->p) &&
	       inverse(rsa->c, rsa->q, rsa->p);
}

int tls_sigkey_fill_rsa_private(struct tls_privkey *key, const struct tls_span parts[8])
{
	struct rsa_private_key *rsa = &key->rsa;

	for (unsigned i = PART_D; i <= PART_QINV; i++)
		if (parts[i].len > PART_MAX_LEN)
			return TLS_E_ILLEGAL_KEY;
	rsa_private_key_init(rsa);
	tls_mpz_set_bytes(rsa->d, parts[PART_D].p, parts[PART_D].len);
	tls_mpz_set_bytes(rsa->p, parts[PART_P].p, parts[PART_P].len);
	tls_mpz_set_bytes(rsa->q, parts[PART_Q].p, parts[PART_Q].len);
	tls_mpz_set_bytes(rsa->a, parts[PART_DP].p, parts[PART_DP].len);
	tls_mpz_set_bytes(rsa->b, parts[PART_DQ].p, parts[PART_DQ].len);
	tls_mpz_set_bytes(rsa->c, parts[PART_QINV].p, parts[PART_QINV].len);
	if (parts_fit(rsa, &key->pub) && rsa_private_key_prepare(rsa) &&
	    rsa->size == key->pub.rsa.size)
		return 0;
	tls_sigkey_clear_rsa_private(key);
	return TLS_E_ILLEGAL_KEY;
}

void tls_sigkey_clear_rsa_private(struct tls_privkey *key)
{
	tls_mpz_clear_wiped(key->rsa.d);
	tls_mpz_clear_wiped(key->rsa.p);
	tls_mpz_clear_wiped(key->rsa.q);
	tls_mpz_clear_wiped(key->rsa.a);
	tls_mpz_clear_wiped(key->rsa.b);
	tls_mpz_clear_wiped(key->rsa.c);
}

/* key is all zeros; what goes into it is cleared by tls_privkey_free. */
static int generate(struct tls_privkey *key, unsigned bits, struct tls_sigkey_stream *stream)
{
	key->pub.kind = TLS_PK_RSA;
	key->pub.bits = bits;
	rsa_public_key_init(&key->pub.rsa);
	rsa_private_key_init(&key->rsa);
	mpz_set_ui(key->pub.rsa.e, RSA_EXPONENT);
	if (!rsa_generate_keypair(&key->pub.rsa, &key->rsa, stream, tls_sigkey_stream_read, NULL, NULL, bits, 0))
		return TLS_E_INTERNAL_ERROR;
	return parts_fit(&key->rsa, &key->pub) ? 0 : TLS_E_INTERNAL_ERROR;
}

int tls_privkey_generate_rsa(struct tls_privkey **out, unsigned bits, const struct tls_rng *rng)
{
	struct tls_sigkey_stream stream;
	struct tls_privkey *key;
	int ret;

	*out = NULL;
	if (bits < TLS_RSA_MIN_BITS || bits > TLS_RSA_MAX_BITS || bits % 8 != 0)
		return TLS_E_UNSUPPORTED_KEY;
	ret = tls_sigkey_stream_init(&stream, rng, tls_span(NULL, 0), tls_span(NULL, 0));
	if (ret < 0)
		return ret;
	key = tls_mem_alloc(sizeof(*key));
	ret = key != NULL ? generate(key, bits, &stream) : TLS_E_MEMORY_ERROR;
	tls_sigkey_stream_clear(&stream);
	if (ret < 0)
		tls_privkey_free(key);
	else
		*out = key;
	return ret;
}
