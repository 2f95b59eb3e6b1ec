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
	px_metrics_label_add(&l, "a", "say \"x\\y\"");
	assert_string_equal(l.text, "a=\"say \\\"x\\\\y\\\"\"");
	l.len = 0;
	px_metrics_label_add(&l, "a", "\n\x80");
	assert_memory_equal(l.text, "a=\"??~", 6);
	assert_int_equal(l.len, strlen("a=\"??~01234567\""));
}

/* At each fill: never over the end, always closed, never half an escape. */
static void what_has_no_room_is_cut(void **state)
{
	char value[PX_METRICS_LABELS_MAX + 10];

	(void)state;
	for (size_t n = 0; n <= sizeof(value); n++) {
		struct px_metrics_labels l = { .len = 0 };
		size_t first;

		memset(value, '"', sizeof(value));
		value[n < sizeof(value) ? n : n - 1] = '\0';
		px_metrics_label_add(&l, "a", value);
		first = l.len;
		assert_true(l.len <= PX_METRICS_LABELS_MAX);
		assert_true(strchr(l.text, '~') || l.len == 4 + 2 * n);
		assert_int_equal(strcspn(l.text + 3, "~") % 2, strchr(l.text, '~') ? 0 : 1);
		assert_int_equal(l.text[l.len - 1], '"');
		px_metrics_label_add(&l, "second", "value");
		assert_true(l.len <= PX_METRICS_LABELS_MAX);
		assert_int_equal(l.len, strlen(l.text));
		assert_true(l.len == first || strstr(l.text, "\",second=\""));
		assert_int_equal(l.text[l.len - 1], '"');
	}
}

static void add_two(struct px_metrics_labels l[2], const char *first, const char *a, const char *b)
{
	for (unsigned i = 0; i < 2; i++) {
		l[i].len = 0;
		px_metrics_label_add(&l[i], "service", first);
		px_metrics_label_add(&l[i], "path", i ? b : a);
	}
}

/* Prometheus takes no two series of one name. */
static void long_and_odd_values_stay_apart(void **state)
{
	char a[600], b[600], service[600];
	struct px_metrics_labels l[2];

	(void)state;
	memset(a, 'x', sizeof(a));
	memset(service, 's', sizeof(service));
	service[599] = a[599] = '\0';
	for (size_t n = 0; n < 599; n++) {
		memcpy(b, a, sizeof(a));
		b[n] = 'y';
		add_two(l, "web", a, b);
		assert_string_not_equal(l[0].text, l[1].text);
		add_two(l, service, a, b);
		assert_string_not_equal(l[0].text, l[1].text);
		assert_non_null(strstr(l[0].text, "\",path=\"x"));
		add_two(l, service + n, a + n, a + n + 1);
		assert_string_not_equal(l[0].text, l[1].text);
	}
	add_two(l, "web", "/etc/\xc3\xa9.pem", "/etc/\xc3\xa8.pem");
	assert_string_not_equal(l[0].text, l[1].text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pairs_with_commas),
		cmocka_unit_test(values_are_escaped),
		cmocka_unit_test(what_has_no_room_is_cut),
		cmocka_unit_test(long_and_odd_values_stay_apart),
	};

	return cmocka_run_group_tests_name("metrics_label", tests, NULL, NULL);
}
