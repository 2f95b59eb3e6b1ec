/* privkey_rsa.c - RSA private keys: their parts, checked against each other.
 *
 * A part that is wrong gives no wrong signature (each is verified before it leaves), but it may
 * give away the others, and a key that can't sign is to be found when it is loaded. RFC 8017
 * section 3.2.
 */
#include "../tls.h"
#include "mpz.h"
#include "sigkey.h"

enum { PART_N, PART_E, PART_D, PART_P, PART_Q, PART_DP, PART_DQ, PART_QINV };

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
