/* pool_test.c - buffers come back, the last one first, and no more of them wait than allowed. */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

static int fail_malloc;

static void *maybe_malloc(size_t n)
{
	return fail_malloc ? NULL : malloc(n);
}

#define malloc maybe_malloc
#include "daemon/pool.c"
#undef malloc

static void test_last_in_first_out(void **state)
{
	struct px_pool pool;
	void *a, *b;

	(void)state;
	px_pool_init(&pool, 2);
	a = px_pool_take(&pool);
	b = px_pool_take(&pool);
	assert_non_null(a);
	assert_non_null(b);
	memset(a, 1, PX_POOL_BUF_LEN);
	memset(b, 2, PX_POOL_BUF_LEN);
	px_pool_give(&pool, a);
	px_pool_give(&pool, b);
	assert_ptr_equal(px_pool_take(&pool), b);
	assert_ptr_equal(px_pool_take(&pool), a);
	px_pool_give(&pool, a);
	px_pool_give(&pool, b);
	px_pool_clear(&pool);
}

static void test_counts_and_cap(void **state)
{
	struct px_pool pool;
	void *bufs[5];

	(void)state;
	px_pool_init(&pool, 2);
	for (int i = 0; i < 5; i++)
		bufs[i] = px_pool_take(&pool);
	assert_int_equal(pool.n_lent, 5);
	for (int i = 0; i < 5; i++)
		px_pool_give(&pool, bufs[i]);
	assert_int_equal(pool.n_lent, 0);
	assert_int_equal(pool.n_spare, 2);
	px_pool_give(&pool, NULL);
	assert_int_equal(pool.n_spare, 2);
	px_pool_clear(&pool);
	assert_int_equal(pool.n_spare, 0);
}

static void test_given_back_after_clear(void **state)
{
	struct px_pool pool;
	void *buf;

	(void)state;
	px_pool_init(&pool, 2);
	buf = px_pool_take(&pool);
	px_pool_clear(&pool);
	px_pool_give(&pool, buf);
	assert_int_equal(pool.n_spare, 0);
	assert_int_equal(pool.n_lent, 0);
}

static void test_no_memory(void **state)
{
	struct px_pool pool;

	(void)state;
	px_pool_init(&pool, 2);
	fail_malloc = 1;
	assert_null(px_pool_take(&pool));
	fail_malloc = 0;
	assert_int_equal(pool.n_lent, 0);
	px_pool_clear(&pool);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_last_in_first_out),
		cmocka_unit_test(test_counts_and_cap),
		cmocka_unit_test(test_given_back_after_clear),
		cmocka_unit_test(test_no_memory),
	};

	return cmocka_run_group_tests_name("pool", tests, NULL, NULL);
}
