/* mpz.c - see mpz.h. */
#include "mpz.h"

#include <nettle/bignum.h>

#include "../bytes/mem.h"

/* What gmp and nettle work with (temporary products, scalars, blinded keys) is secret as often as not, and
 * they release it as it is. The sizes that gmp hands to these functions are right, and the memory is the
 * one that its own functions would have used: numbers made before this ran can be released through them. */
static void *(*take)(size_t);
static void (*give_back)(void *, size_t);

static void release_wiped(void *p, size_t n)
{
	tls_mem_wipe(p, n);
	give_back(p, n);
}

static void *resize(void *p, size_t old_len, size_t len)
{
	void *moved = take(len); /* ends the program when there is no memory, as all of gmp does */

	tls_mem_copy(moved, p, old_len < len ? old_len : len);
	release_wiped(p, old_len);
	return moved;
}

static void __attribute__((constructor)) wipe_what_gmp_releases(void)
{
	mp_get_memory_functions(&take, NULL, &give_back);
	mp_set_memory_functions(take, resize, release_wiped);
}

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
