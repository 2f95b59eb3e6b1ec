/* mpz.c - see mpz.h. */
#include "mpz.h"

#include <nettle/bignum.h>

#include "../bytes/mem.h"

void tls_mpz_set_bytes(mpz_t x, const uint8_t *p, size_t len)
{
	nettle_mpz_set_str_256_u(x, len, p);
}

void tls_mpz_get_bytes(uint8_t *out, size_t len, const mpz_t x)
{
	nettle_mpz_get_str_256(len, out, x);
}

void tls_mpz_clear_wiped(mpz_t x)
{
	size_t n = (size_t)x->_mp_alloc; /* all of it: a longer value may have stood here before */

	if (n > 0)
		tls_mem_wipe(mpz_limbs_write(x, (mp_size_t)n), n * sizeof(mp_limb_t));
	mpz_clear(x);
}
