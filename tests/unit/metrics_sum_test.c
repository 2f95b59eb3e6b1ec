/* metrics_sum_test.c - workers' counts added up, and what a worker that was taken over may write. */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

static int fail_calloc;

static void *maybe_calloc(size_t n, size_t size)
{
	return fail_calloc ? NULL : calloc(n, size);
}

#define calloc maybe_calloc
#include "daemon/metrics_sum.c"
#undef calloc

static struct px_metrics_slot *slots[3];

static int make_slots(void **state)
{
	(void)state;
	slots[0] = calloc(1, sizeof(*slots[0]));
	slots[2] = calloc(1, sizeof(*slots[2]));
	return slots[0] && slots[2] ? 0 : -1;
}

static int free_slots(void **state)
{
	(void)state;
	free(slots[0]);
	free(slots[2]);
	return 0;
}

static void count(struct px_metrics_slot *slot, enum px_metric metric, const char *service, uint64_t n)
{
	struct px_metrics m;

	assert_int_equal(px_metrics_init(&m, slot), 0);
	px_metrics_add(px_metrics_cell(&m, metric, &(struct px_metrics_label){ "service", service }, 1), n);
	px_metrics_clear(&m);
}

static void slots_are_added_up(void **state)
{
	const struct px_metrics_value *v;
	struct px_metrics_sum sum;
	size_t n;

	(void)state;
	count(slots[0], PX_METRIC_CONNECTIONS, "web", 1);
	count(slots[2], PX_METRIC_CONNECTIONS, "api", 2);
	count(slots[2], PX_METRIC_CONNECTIONS, "web", 4);
	count(slots[2], PX_METRIC_TRUNCATED, "web", 8);
	slots[2]->n_lost = 16;
	assert_int_equal(px_metrics_sum_make(&sum, slots, 3), 0);
	v = px_metrics_sum_find(&sum, PX_METRIC_CONNECTIONS, &n);
	assert_int_equal(n, 2);
	assert_string_equal(v[0].labels, "service=\"api\"");
	assert_int_equal(v[0].value, 2);
	assert_string_equal(v[1].labels, "service=\"web\"");
	assert_int_equal(v[1].value, 5);
	assert_int_equal(sum.n_lost, 16);
	assert_int_equal(px_metrics_sum_total(&sum, PX_METRIC_CONNECTIONS, NULL), 7);
	assert_int_equal(px_metrics_sum_total(&sum, PX_METRIC_CONNECTIONS, "web"), 5);
	assert_int_equal(px_metrics_sum_total(&sum, PX_METRIC_CONNECTIONS, "we"), 0);
	assert_int_equal(px_metrics_sum_total(&sum, PX_METRIC_BYTES, NULL), 0);
	assert_null(px_metrics_sum_find(&sum, PX_METRIC_BYTES, &n));
	px_metrics_sum_clear(&sum);
}

static void histograms_are_added_up(void **state)
{
	struct px_metrics_sum sum;

	(void)state;
	for (unsigned i = 0; i < 3; i += 2) {
		struct px_metrics m;

		assert_int_equal(px_metrics_init(&m, slots[i]), 0);
		px_metrics_observe(px_metrics_cell(&m, PX_METRIC_HANDSHAKE_SECONDS, NULL, 0), 200);
		px_metrics_clear(&m);
	}
	assert_int_equal(px_metrics_sum_make(&sum, slots, 3), 0);
	assert_int_equal(sum.n, 1);
	assert_int_equal(sum.list[0].value, 2);
	assert_int_equal(sum.list[0].sum_us, 400);
	assert_int_equal(sum.list[0].buckets[1], 2);
	px_metrics_sum_clear(&sum);
}

static void security_labels_of_a_bad_worker_are_left_out(void **state)
{
	static const char *const bad[] = { "x", "x=", "x=\"", "x=\"y", "=\"y\"", "x=\"y\",", "x=\"y\"z=\"w\"", "x=\"a\nb\"",
		"x=\"a\\n\"", "x=\"a\\", "x=\"\x7f\"", "x=\"\xff\"", "x=\"y\"} 1\nroot=\"z\"", "X=\"y\"", ",x=\"y\"",
		"x=\"a\"b\"", "x=\"a\",x=\"a\"", "x=\"a\",y=\"\",x=\"b\"", "le=\"5\"", "x=\"a\",le=\"+Inf\"" };
	static const char *const good[] = { "", "x=\"\"", "x=\"y\",z_a=\"a b \\\" \\\\\"",
		"x=\"a\",xx=\"a\",x_x=\"x=\",l=\"le=\",lee=\"\"" };
	struct px_metrics_slot *slot = slots[0];
	struct px_metrics_sum sum;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		strcpy(slot->cells[0].labels, bad[i]);
		slot->cells[0].labels_len = (uint16_t)strlen(bad[i]);
		slot->n_cells = 1;
		assert_int_equal(px_metrics_sum_make(&sum, slots, 3), 0);
		assert_int_equal(sum.n, 0);
		assert_int_equal(sum.n_lost, 1);
		px_metrics_sum_clear(&sum);
	}
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		strcpy(slot->cells[0].labels, good[i]);
		slot->cells[0].labels_len = (uint16_t)strlen(good[i]);
		assert_int_equal(px_metrics_sum_make(&sum, slots, 3), 0);
		assert_int_equal(sum.n, 1);
		assert_string_equal(sum.list[0].labels, good[i]);
		px_metrics_sum_clear(&sum);
	}
	/* a NUL in the midst */
	slot->cells[0].labels_len = 5;
	memcpy(slot->cells[0].labels, "x=\"\0\"", 5);
	assert_int_equal(px_metrics_sum_make(&sum, slots, 3), 0);
	assert_int_equal(sum.n, 0);
	px_metrics_sum_clear(&sum);
}

/* Any bytes at all. */
static void security_rubbish_is_harmless(void **state)
{
	unsigned char *bytes = (unsigned char *)slots[0];
	struct px_metrics_sum sum;
	uint32_t x = 1;

	(void)state;
	for (unsigned i = 0; i < 20; i++) {
		for (size_t k = 0; k < sizeof(*slots[0]); k++) {
			x = x * 1664525 + 1013904223;
			bytes[k] = (unsigned char)(x >> 24);
		}
		/* some with lengths and numbers that can be */
		for (size_t k = 0; k < PX_METRICS_CELLS; k += 2) {
			slots[0]->cells[k].metric %= PX_N_METRICS;
			slots[0]->cells[k].labels_len %= 12;
			memcpy(slots[0]->cells[k].labels, "a=\"", 3);
		}
		assert_int_equal(px_metrics_sum_make(&sum, slots, 3), 0);
		for (size_t k = 0; k < sum.n; k++) {
			assert_true(sum.list[k].metric < PX_N_METRICS);
			assert_true(strlen(sum.list[k].labels) <= PX_METRICS_LABELS_MAX);
		}
		px_metrics_sum_clear(&sum);
	}
}

static void no_memory(void **state)
{
	struct px_metrics_sum sum;

	(void)state;
	fail_calloc = 1;
	assert_int_equal(px_metrics_sum_make(&sum, slots, 3), -1);
	fail_calloc = 0;
	px_metrics_sum_clear(&sum);
	assert_int_equal(px_metrics_sum_make(&sum, slots, 3), 0);
	assert_int_equal(sum.n, 0);
	px_metrics_sum_clear(&sum);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(slots_are_added_up, make_slots, free_slots),
		cmocka_unit_test_setup_teardown(histograms_are_added_up, make_slots, free_slots),
		cmocka_unit_test_setup_teardown(security_labels_of_a_bad_worker_are_left_out, make_slots, free_slots),
		cmocka_unit_test_setup_teardown(security_rubbish_is_harmless, make_slots, free_slots),
		cmocka_unit_test_setup_teardown(no_memory, make_slots, free_slots),
	};

	return cmocka_run_group_tests_name("metrics_sum", tests, NULL, NULL);
}
