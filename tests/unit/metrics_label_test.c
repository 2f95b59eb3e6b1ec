/* metrics_label_test.c - labels as Prometheus' text format wants them, whatever stands in a value. */
#include "unit.h"

#include <string.h>

#include "daemon/metrics_label.h"

static void pairs_with_commas(void **state)
{
	struct px_metrics_labels l = { .len = 0 };

	(void)state;
	px_metrics_label_add(&l, "service", "web");
	assert_string_equal(l.text, "service=\"web\"");
	px_metrics_label_add(&l, "version", NULL);
	px_metrics_label_add(&l, "empty", "");
	assert_string_equal(l.text, "service=\"web\",version=\"none\",empty=\"\"");
	assert_int_equal(l.len, strlen(l.text));
}

/* The format: \\, \" and \n stand escaped in a value. A line feed we don't pass on at all. */
static void values_are_escaped(void **state)
{
	struct px_metrics_labels l = { .len = 0 };

	(void)state;
	px_metrics_label_add(&l, "a", "say \"x\\y\"\n\x80");
	assert_string_equal(l.text, "a=\"say \\\"x\\\\y\\\"??\"");
}

/* At each fill: never over the end, always closed, never half an escape. */
static void what_has_no_room_is_cut(void **state)
{
	char value[PX_METRICS_LABELS_MAX + 10];

	(void)state;
	for (size_t n = 0; n < sizeof(value); n++) {
		struct px_metrics_labels l = { .len = 0 };
		size_t first;

		memset(value, '"', sizeof(value));
		value[n < sizeof(value) ? n : n - 1] = '\0';
		px_metrics_label_add(&l, "a", value);
		first = l.len;
		assert_true(l.len <= PX_METRICS_LABELS_MAX);
		assert_int_equal((l.len - 4) % 2, 0);
		assert_int_equal(l.text[l.len - 1], '"');
		px_metrics_label_add(&l, "second", "value");
		assert_true(l.len <= PX_METRICS_LABELS_MAX);
		assert_int_equal(l.len, strlen(l.text));
		assert_true(l.len == first || strstr(l.text, "\",second=\""));
		assert_int_equal(l.text[l.len - 1], '"');
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pairs_with_commas),
		cmocka_unit_test(values_are_escaped),
		cmocka_unit_test(what_has_no_room_is_cut),
	};

	return cmocka_run_group_tests_name("metrics_label", tests, NULL, NULL);
}
