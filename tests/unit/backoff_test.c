/* backoff_test.c - five crashes in a second begin it, it doubles up to its end, and calm ends it. */
#include "unit.h"

#include "daemon/backoff.h"

static void test_at_once(void **state)
{
	struct px_backoff b = { 0 };
	bool begins;

	(void)state;
	for (uint64_t i = 0; i < 1000; i++) {
		assert_int_equal(px_backoff_crash(&b, &begins, 5000 + i * 250), 0);
		assert_false(begins);
	}
}

static void test_five_in_a_second(void **state)
{
	struct px_backoff b = { 0 };
	bool begins;

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		assert_int_equal(px_backoff_crash(&b, &begins, 1 + i * 249), 0);
		assert_false(begins);
	}
	assert_int_equal(px_backoff_crash(&b, &begins, 1000), 250);
	assert_true(begins);
}

static void test_four_and_a_late_one(void **state)
{
	struct px_backoff b = { 0 };
	bool begins;

	(void)state;
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(px_backoff_crash(&b, &begins, 1 + i), 0);
	assert_int_equal(px_backoff_crash(&b, &begins, 1001), 0);
	assert_false(begins);
	assert_int_equal(px_backoff_crash(&b, &begins, 1001), 250);
	assert_true(begins);
}

static void test_doubles_and_ends(void **state)
{
	static const unsigned delays[] = { 250, 500, 1000, 2000, 4000, 8000, 8000, 8000 };
	struct px_backoff b = { 0 };
	uint64_t now = 1000;
	bool begins;

	(void)state;
	for (unsigned i = 0; i < 4; i++)
		px_backoff_crash(&b, &begins, now);
	for (unsigned i = 0; i < sizeof(delays) / sizeof(delays[0]); i++) {
		assert_int_equal(px_backoff_crash(&b, &begins, now), delays[i]);
		assert_int_equal(begins, i == 0);
		now += delays[i] + 5;
	}
	now += 10000;
	assert_int_equal(px_backoff_crash(&b, &begins, now), 0);
	assert_int_equal(px_backoff_crash(&b, &begins, now + 300), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_at_once),
		cmocka_unit_test(test_five_in_a_second),
		cmocka_unit_test(test_four_and_a_late_one),
		cmocka_unit_test(test_doubles_and_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
