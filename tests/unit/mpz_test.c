/* mpz_test.c - big numbers from and to bytes, and that they are wiped. */
#include "hex.h"

#include <stdbool.h>
#include <stdlib.h>

#include "tls/crypto/mpz.c"

static void bytes_and_back(void **state)
{
	uint8_t out[8];
	mpz_t x;

	(void)state;
	mpz_init(x);
	tls_mpz_set_bytes(x, (const uint8_t *)"\x00\x01\x02\xff", 4);
	assert_int_equal(mpz_get_ui(x), 0x102ff);
	tls_mpz_get_bytes(out, 8, x);
	assert_hex(out, 8, "00000000000102ff");
	tls_mpz_get_bytes(out, 3, x);
	assert_hex(out, 3, "0102ff");
	tls_mpz_set_bytes(x, (const uint8_t *)"\xff", 1); /* never negative */
	assert_int_equal(mpz_cmp_ui(x, 255), 0);
	tls_mpz_set_bytes(x, NULL, 0);
	assert_int_equal(mpz_sgn(x), 0);
	tls_mpz_get_bytes(out, 2, x);
	assert_hex(out, 2, "0000");
	mpz_clear(x);
}

/* gmp's memory goes through this while the test runs: freed memory must hold zeros. */
static unsigned n_freed;
static bool all_wiped;

static void *counted_alloc(size_t n)
{
	return malloc(n);
}

static void *counted_realloc(void *p, size_t old_n, size_t n)
{
	(void)old_n;
	return realloc(p, n);
}

static void checked_free(void *p, size_t n)
{
	const uint8_t *byte = p;

	n_freed++;
	for (size_t i = 0; i < n; i++)
		all_wiped &= byte[i] == 0;
	free(p);
}

static void clear_wipes_all_limbs(void **state)
{
	void *(*alloc)(size_t), *(*re)(void *, size_t, size_t);
	void (*release)(void *, size_t);
	uint8_t secret[64];
	mpz_t x;

	(void)state;
	memset(secret, 0xa5, sizeof(secret));
	mp_get_memory_functions(&alloc, &re, &release);
	mp_set_memory_functions(counted_alloc, counted_realloc, checked_free);
	n_freed = 0;
	all_wiped = true;
	mpz_init2(x, 8 * sizeof(secret));
	tls_mpz_set_bytes(x, secret, sizeof(secret));
	mpz_set_ui(x, 1); /* the longer value is still in memory */
	tls_mpz_clear_wiped(x);
	mpz_init(x);
	tls_mpz_clear_wiped(x); /* nothing allocated yet */
	mp_set_memory_functions(alloc, re, release);
	assert_true(n_freed >= 1);
	assert_true(all_wiped);
}

/* Linked in, the file makes gmp wipe what it releases by itself: temporary products, numbers that grew. */
static void gmp_wipes_what_it_releases(void **state)
{
	void (*end)(void *, size_t) = give_back;
	mpz_t x, y, m;

	(void)state;
	mpz_init(x);
	mpz_init(y);
	mpz_init(m);
	give_back = checked_free;
	n_freed = 0;
	all_wiped = true;
	mpz_set_ui(x, 0xa5a5a5a5);
	mpz_ui_pow_ui(m, 7, 5001);
	for (unsigned i = 0; i < 12; i++)
		mpz_mul(x, x, x); /* each one is longer */
	mpz_powm_sec(y, x, x, m);
	mpz_clear(x);
	mpz_clear(y);
	mpz_clear(m);
	give_back = end;
	assert_true(n_freed >= 10);
	assert_true(all_wiped);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(bytes_and_back),
	    cmocka_unit_test(clear_wipes_all_limbs),
	    cmocka_unit_test(gmp_wipes_what_it_releases),
	};

	return cmocka_run_group_tests_name("mpz", tests, NULL, NULL);
}
