/* ctl_tally_test.c - counters by name, and by how much they grew. */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

static int fail_realloc;

static void *maybe_realloc(void *p, size_t size)
{
	return fail_realloc ? NULL : realloc(p, size);
}

#define realloc maybe_realloc
#include "daemon/ctl/tally.c"
#undef realloc

static void counters_grow(void **state)
{
	struct px_tally t = { .n = 0 };

	(void)state;
	px_tally_add(&t, "a", 5);
	px_tally_add(&t, "a", 2);
	px_tally_add(&t, "b", 1);
	assert_int_equal(px_tally_get(&t, "a"), 7);
	assert_int_equal(px_tally_get(&t, "c"), 0);
	px_tally_turn(&t);
	px_tally_add(&t, "a", 10);
	assert_int_equal(px_tally_get_grown(&t, "a"), 3);
	/* a restart has set it to zero: that is no growth, and no fall either */
	assert_int_equal(px_tally_get_grown(&t, "b"), 0);
	assert_int_equal(px_tally_get_grown(&t, "c"), 0);
	px_tally_clear(&t);
	assert_int_equal(t.n, 0);
}

static void the_largest_come_first(void **state)
{
	struct px_tally t = { .n = 0 };

	(void)state;
	px_tally_sort(&t);
	px_tally_add(&t, "b", 1);
	px_tally_add(&t, "c", 9);
	px_tally_add(&t, "a", 1);
	px_tally_sort(&t);
	assert_string_equal(t.list[0].key, "c");
	assert_string_equal(t.list[1].key, "a");
	assert_string_equal(t.list[2].key, "b");
	px_tally_clear(&t);
}

static void what_has_no_room_is_left_out(void **state)
{
	struct px_tally t = { .n = 0 };
	char key[PX_TALLY_KEY_LEN + 1];

	(void)state;
	memset(key, 'x', sizeof(key));
	key[PX_TALLY_KEY_LEN] = '\0';
	px_tally_add(&t, key, 1);
	assert_int_equal(t.n, 0);
	key[PX_TALLY_KEY_LEN - 1] = '\0';
	px_tally_add(&t, key, 1);
	assert_int_equal(t.n, 1);
	fail_realloc = 1;
	px_tally_add(&t, "a", 1);
	fail_realloc = 0;
	assert_int_equal(t.n, 1);
	px_tally_clear(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counters_grow),
		cmocka_unit_test(the_largest_come_first),
		cmocka_unit_test(what_has_no_room_is_left_out),
	};

	return cmocka_run_group_tests_name("ctl tally", tests, NULL, NULL);
}
