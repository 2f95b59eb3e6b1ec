/* ctl_story_test.c - daemon/ctl/story.c and story_text.c: steps as JSON and as text; lack of memory. */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/ctl/story.h"

/* ---- jansson's memory, of which the n-th allocation fails */

static unsigned fail_at, n_allocations;

static void *allocate(size_t n)
{
	return ++n_allocations == fail_at ? NULL : malloc(n);
}

static char *text_of(const struct px_story *s)
{
	return json_dumps(s->steps, JSON_COMPACT | JSON_REAL_PRECISION(12));
}

/* The steps with their times made 0, as text and as JSON. */
static void tell(struct px_story *s)
{
	json_t *step = px_story_begin(s, "first_step"), *list = json_array(), *certs = json_array(), *one;

	px_story_set(s, step, "ms", json_real(0));
	px_story_append(s, list, json_string("a"));
	px_story_append(s, list, px_story_printf("%d", 5));
	px_story_set(s, step, "list", list);
	px_story_set(s, step, "of_it", px_story_string("x\n\x7f\xe9"));
	px_story_tell(s, step);
	px_story_reconnect(s);
	step = px_story_begin(s, "objects");
	px_story_set(s, step, "ms", json_real(1234.56));
	one = json_object();
	px_story_set(s, one, "subject", json_string("CN=x"));
	px_story_set(s, one, "days_left", json_integer(-3));
	px_story_append(s, certs, one);
	px_story_set(s, step, "certificates", certs);
	px_story_set(s, step, "nothing", json_null());
	px_story_tell(s, step);
	step = px_story_begin(s, "last");
	px_story_set(s, step, "ms", json_real(0));
	px_story_set(s, step, "resumed", json_true());
	px_story_fail(s, step, "it broke", "Mend it.");
}

static const char as_json[] =
    "[{\"step\":\"first_step\",\"connection\":1,\"ms\":0.0,\"ok\":true,\"list\":[\"a\",\"5\"],"
    "\"of_it\":\"x\\\\x0a\\\\x7f\\\\xe9\"},"
    "{\"step\":\"objects\",\"connection\":2,\"ms\":1234.56,\"ok\":true,"
    "\"certificates\":[{\"subject\":\"CN=x\",\"days_left\":-3}],\"nothing\":null},"
    "{\"step\":\"last\",\"connection\":2,\"ms\":0.0,\"ok\":false,\"resumed\":true,\"reason\":\"it broke\","
    "\"help\":\"Mend it.\"}]";

static const char as_text[] = "     0.0 ms first step            a, 5\n"
			      "              of it               x\\x0a\\x7f\\xe9\n"
			      "connection 2:\n"
			      "  1234.6 ms objects\n"
			      "              0                   CN=x\n"
			      "                days left         -3\n"
			      "              nothing             none\n"
			      "     0.0 ms last                  FAILED: it broke\n"
			      "              resumed             yes\n"
			      "              help                Mend it.\n";

static void steps_are_kept_and_told(void **state)
{
	char *text = NULL, *json;
	struct px_story s;
	size_t len;
	FILE *to = open_memstream(&text, &len);

	(void)state;
	px_story_init(&s, to);
	tell(&s);
	fclose(to);
	json = text_of(&s);
	assert_string_equal(json, as_json);
	assert_string_equal(text, as_text);
	assert_false(s.no_memory);
	assert_string_equal(json_string_value(json_object_get(s.failure, "step")), "last");
	free(text);
	free(json);
	px_story_clear(&s);
}

/* A word stands on the next line when the line is full; names with commas have lines of their own. */
static void lines_end_at_a_column(void **state)
{
	static const char *const wanted[] = {
	    "subjects            CN=a, O=b\n                                  CN=c\n", " empty               none\n",
	    " a label that is longer than its column  7\n", " count                 bytes: 9\n", " ms bare\n"};
	char *text = NULL, *line, *rest;
	struct px_story s;
	json_t *step, *names;
	size_t len;
	FILE *to = open_memstream(&text, &len);

	(void)state;
	px_story_init(&s, to);
	step = px_story_begin(&s, "step");
	names = json_array();
	for (unsigned i = 0; i < 20; i++)
		px_story_append(&s, names, json_string("TLS_AES_128_GCM_SHA256"));
	px_story_set(&s, step, "names", names);
	names = json_array();
	px_story_append(&s, names, json_string("CN=a, O=b"));
	px_story_append(&s, names, json_string("CN=c"));
	px_story_set(&s, step, "subjects", names);
	px_story_set(&s, step, "empty", json_array());
	px_story_set(&s, step, "a_label_that_is_longer_than_its_column", json_integer(7));
	px_story_tell(&s, step);
	step = px_story_begin(&s, "count");
	px_story_set(&s, step, "bytes", json_integer(9));
	px_story_tell(&s, step);
	px_story_tell(&s, px_story_begin(&s, "bare"));
	fclose(to);
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
		if (strstr(text, wanted[i]) == NULL)
			fail_msg("no %s in %s", wanted[i], text);
	for (line = strtok_r(text, "\n", &rest); line != NULL; line = strtok_r(NULL, "\n", &rest)) {
		assert_in_range(strlen(line), 1, 110);
		assert_int_not_equal(line[strlen(line) - 1], ' ');
	}
	free(text);
	px_story_clear(&s);
}

static void the_first_failure_counts(void **state)
{
	struct px_story s;

	(void)state;
	px_story_init(&s, NULL);
	px_story_fail(&s, px_story_begin(&s, "a"), "one", NULL);
	px_story_fail(&s, px_story_begin(&s, "b"), "two", NULL);
	assert_string_equal(json_string_value(json_object_get(s.failure, "reason")), "one");
	assert_null(json_object_get(s.failure, "help"));
	px_story_clear(&s);
}

static void lack_of_memory_is_latched(void **state)
{
	struct px_story s;
	unsigned n;

	(void)state;
	json_set_alloc_funcs(allocate, free);
	for (n = 1; n < 1000; n++) {
		fail_at = n;
		n_allocations = 0;
		px_story_init(&s, NULL);
		tell(&s);
		if (n_allocations < n)
			break;
		assert_true(s.no_memory);
		px_story_clear(&s);
	}
	assert_false(s.no_memory);
	assert_in_range(n, 20, 999);
	fail_at = 0;
	px_story_clear(&s);
	json_set_alloc_funcs(malloc, free);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(steps_are_kept_and_told),
	    cmocka_unit_test(lines_end_at_a_column),
	    cmocka_unit_test(the_first_failure_counts),
	    cmocka_unit_test(lack_of_memory_is_latched),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
