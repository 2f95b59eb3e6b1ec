/* mem_test.c - allocations that are zeroed and fail on request, comparison, order, wiping. */
#include "unit.h"

#include <string.h>

#include "tls/bytes/mem.h"

static void memory_is_zeroed(void **state)
{
	(void)state;
	for (size_t n = 0; n <= 4096; n += 512) {
		uint8_t *p = tls_mem_alloc(n);

		assert_non_null(p);
		for (size_t i = 0; i < n; i++)
			assert_int_equal(p[i], 0);
		tls_mem_free_wiped(p, n);
	}
	tls_mem_free(NULL);
	tls_mem_free_wiped(NULL, 0);
}

/* The n-th allocation fails, the ones before and after it don't. */
static void the_nth_allocation_fails(void **state)
{
	(void)state;
	for (unsigned long n = 1; n <= 3; n++) {
		tls_mem_fail_at(n);
		for (unsigned long i = 1; i <= 4; i++) {
			void *p = i % 2 == 0 ? tls_mem_alloc(8) : tls_mem_dup("x", 1);

			assert_int_equal(p == NULL, i == n);
			assert_int_equal(tls_mem_fail_left(), i < n ? n - i : 0);
			tls_mem_free(p);
		}
	}
	tls_mem_fail_at(5);
	tls_mem_fail_at(0);
	assert_int_equal(tls_mem_fail_left(), 0);
}

static void dup_is_a_copy(void **state)
{
	char text[] = "text";
	char *p = tls_mem_dup(text, sizeof(text));

	(void)state;
	text[0] = 'n';
	assert_string_equal(p, "text");
	tls_mem_free(p);
	p = tls_mem_dup(NULL, 0);
	assert_non_null(p);
	tls_mem_free(p);
}

static void copy_move_zero_wipe(void **state)
{
	char a[] = "abcdefgh", b[] = "........";

	(void)state;
	tls_mem_copy(b + 1, a, 3);
	assert_string_equal(b, ".abc....");
	tls_mem_move(a + 2, a, 6);
	assert_string_equal(a, "ababcdef");
	tls_mem_zero(a, 2);
	assert_memory_equal(a, "\0\0abcdef", 8);
	tls_mem_wipe(a + 6, 2);
	assert_memory_equal(a, "\0\0abcd\0\0", 8);
	tls_mem_copy(NULL, NULL, 0);
	tls_mem_move(NULL, NULL, 0);
	tls_mem_zero(NULL, 0);
	tls_mem_wipe(NULL, 0);
}

/* One bit of difference, at every place. */
static void security_secret_compare_sees_every_bit(void **state)
{
	uint8_t a[33], b[33];

	(void)state;
	memset(a, 0x5a, sizeof(a));
	memset(b, 0x5a, sizeof(b));
	assert_true(tls_mem_equal(a, b, sizeof(a)));
	assert_true(tls_mem_equal(a, b, 0));
	for (size_t bit = 0; bit < 8 * sizeof(a); bit++) {
		b[bit / 8] ^= (uint8_t)(1u << bit % 8);
		assert_false(tls_mem_equal(a, b, sizeof(a)));
		assert_false(tls_mem_same(a, sizeof(a), b, sizeof(b)));
		b[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
}

static void same_sees_the_length(void **state)
{
	(void)state;
	assert_true(tls_mem_same("abc", 3, "abcd", 3));
	assert_false(tls_mem_same("abc", 3, "abcd", 4));
	assert_true(tls_mem_same(NULL, 0, "a", 0));
	assert_false(tls_mem_same(NULL, 0, "a", 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(memory_is_zeroed),
	    cmocka_unit_test(the_nth_allocation_fails),
	    cmocka_unit_test(dup_is_a_copy),
	    cmocka_unit_test(copy_move_zero_wipe),
	    cmocka_unit_test(security_secret_compare_sees_every_bit),
	    cmocka_unit_test(same_sees_the_length),
	};

	return cmocka_run_group_tests_name("mem", tests, NULL, NULL);
}
