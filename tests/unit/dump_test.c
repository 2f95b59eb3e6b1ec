/* dump_test.c - daemon/dump.c: what is printed, and lack of memory at each allocation. */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/dump.h"

static unsigned fail_at, n_allocations;

static void *allocate(size_t n)
{
	return ++n_allocations == fail_at ? NULL : malloc(n);
}

static void json_is_a_line(void **state)
{
	json_t *json = json_pack("{s:s, s:[i, n], s:f}", "b", "\xc3\xa9\n", "a", 1, "c", 0.5);
	char *text = px_dump_line(json, 0);

	(void)state;
	assert_string_equal(text, "{\"b\":\"\\u00E9\\n\",\"a\":[1,null],\"c\":0.5}");
	free(text);
	text = px_dump_line(json, JSON_SORT_KEYS);
	assert_string_equal(text, "{\"a\":[1,null],\"b\":\"\\u00E9\\n\",\"c\":0.5}");
	free(text);
	json_decref(json);
	assert_null(px_dump_line(NULL, 0));
}

static void lack_of_memory_is_told(void **state)
{
	unsigned n;
	char *text = NULL;

	(void)state;
	json_set_alloc_funcs(allocate, free);
	for (n = 1; text == NULL && n < 100; n++) {
		json_t *json;

		fail_at = 0;
		json = json_pack("{s:{s:[]}}", "a", "b");
		n_allocations = 0;
		fail_at = n;
		text = px_dump_line(json, JSON_SORT_KEYS);
		json_decref(json);
	}
	fail_at = 0;
	json_set_alloc_funcs(malloc, free);
	assert_string_equal(text, "{\"a\":{\"b\":[]}}");
	assert_in_range(n, 3, 99);
	free(text);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(json_is_a_line),
	    cmocka_unit_test(lack_of_memory_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
