/* metrics_test.c - cells: found again, taken up by a successor, lost without harm when there is no room. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int fail_calloc;

static void *maybe_calloc(size_t n, size_t size)
{
	return fail_calloc ? NULL : calloc(n, size);
}

#define calloc maybe_calloc
#include "daemon/metrics.c"
#undef calloc

static struct px_metrics_slot *new_slot(void)
{
	struct px_metrics_slot *slot = calloc(1, sizeof(*slot));

	assert_non_null(slot);
	return slot;
}

static struct px_metrics_cell *cell(struct px_metrics *m, enum px_metric metric, const char *service)
{
	return px_metrics_cell(m, metric, &(struct px_metrics_label){ "service", service }, 1);
}

static void cells_are_found_again(void **state)
{
	struct px_metrics_slot *slot = new_slot();
	struct px_metrics m;

	(void)state;
	assert_int_equal(px_metrics_init(&m, slot), 0);
	px_metrics_add(cell(&m, PX_METRIC_CONNECTIONS, "a"), 1);
	px_metrics_add(cell(&m, PX_METRIC_CONNECTIONS, "b"), 2);
	px_metrics_add(cell(&m, PX_METRIC_BYTES, "a"), 4);
	px_metrics_add(cell(&m, PX_METRIC_CONNECTIONS, "a"), 8);
	assert_int_equal(slot->n_cells, 3);
	assert_int_equal(slot->cells[0].value, 9);
	assert_int_equal(slot->cells[1].value, 2);
	assert_int_equal(slot->cells[2].value, 4);
	assert_string_equal(slot->cells[0].labels, "service=\"a\"");
	px_metrics_clear(&m);
	free(slot);
}

static void successors_count_on(void **state)
{
	struct px_metrics_slot *slot = new_slot();
	struct px_metrics m;

	(void)state;
	for (unsigned i = 1; i <= 3; i++) {
		assert_int_equal(px_metrics_init(&m, slot), 0);
		px_metrics_add(cell(&m, PX_METRIC_CONNECTIONS, "a"), 10);
		px_metrics_change(cell(&m, PX_METRIC_OPEN, "a"), 5);
		px_metrics_change(cell(&m, PX_METRIC_OPEN, "a"), -2);
		assert_int_equal(slot->n_cells, 2);
		assert_int_equal(slot->cells[0].value, 10 * i);
		assert_int_equal(slot->cells[1].value, 3);
		px_metrics_clear(&m);
	}
	/* one that has left nonsense */
	slot->cells[0].metric = 999;
	slot->cells[1].labels_len = 60000;
	assert_int_equal(px_metrics_init(&m, slot), 0);
	assert_int_equal(cell(&m, PX_METRIC_CONNECTIONS, "a")->value, 0);
	assert_int_equal(slot->n_cells, 3);
	px_metrics_clear(&m);
	slot->n_cells = UINT32_MAX;
	assert_int_equal(px_metrics_init(&m, slot), 0);
	px_metrics_add(cell(&m, PX_METRIC_CONNECTIONS, "a"), 1);
	assert_int_equal(slot->n_cells, 1);
	px_metrics_clear(&m);
	free(slot);
}

static void full_slots_lose_and_say_so(void **state)
{
	struct px_metrics_slot *slot = new_slot();
	struct px_metrics m;
	char name[16];

	(void)state;
	assert_int_equal(px_metrics_init(&m, slot), 0);
	for (unsigned i = 0; i < PX_METRICS_CELLS + 10; i++) {
		snprintf(name, sizeof(name), "s%u", i);
		px_metrics_add(cell(&m, PX_METRIC_CONNECTIONS, name), 1);
	}
	assert_int_equal(slot->n_cells, PX_METRICS_CELLS);
	assert_int_equal(slot->n_lost, 10);
	/* those that are there go on */
	px_metrics_add(cell(&m, PX_METRIC_CONNECTIONS, "s0"), 1);
	assert_int_equal(slot->cells[0].value, 2);
	for (unsigned i = 0; i < PX_METRICS_CELLS; i++)
		assert_int_equal(slot->cells[i].value, i == 0 ? 2 : 1);
	px_metrics_clear(&m);
	free(slot);
}

static void histograms_have_bounds(void **state)
{
	struct px_metrics_slot *slot = new_slot();
	struct px_metrics_cell *c;
	struct px_metrics m;

	(void)state;
	assert_int_equal(px_metrics_init(&m, slot), 0);
	c = px_metrics_cell(&m, PX_METRIC_HANDSHAKE_SECONDS, NULL, 0);
	px_metrics_observe(c, 0);
	px_metrics_observe(c, 100);
	px_metrics_observe(c, 101);
	px_metrics_observe(c, 3600000000u);
	px_metrics_observe(c, 3600000001u);
	assert_int_equal(c->value, 5);
	assert_int_equal(c->sum_us, 7200000202u);
	assert_int_equal(c->buckets[0], 2);
	assert_int_equal(c->buckets[1], 1);
	assert_int_equal(c->buckets[PX_METRICS_BUCKETS - 1], 1);
	for (unsigned i = 1; i < PX_METRICS_BUCKETS; i++)
		assert_true(px_metrics_bounds_us[i - 1] < px_metrics_bounds_us[i]);
	px_metrics_clear(&m);
	free(slot);
}

static void nowhere_is_fine(void **state)
{
	struct px_metrics_slot *slot = new_slot();
	struct px_metrics m;

	(void)state;
	assert_int_equal(px_metrics_init(&m, NULL), 0);
	px_metrics_add(cell(&m, PX_METRIC_CONNECTIONS, "a"), 1);
	px_metrics_clear(&m);
	fail_calloc = 1;
	assert_int_equal(px_metrics_init(&m, slot), -1);
	fail_calloc = 0;
	px_metrics_add(cell(&m, PX_METRIC_CONNECTIONS, "a"), 1);
	assert_int_equal(slot->n_cells, 0);
	px_metrics_clear(&m);
	free(slot);
}

static void table_is_whole(void **state)
{
	(void)state;
	for (unsigned i = 0; i < PX_N_METRICS; i++) {
		const struct px_metric_info *info = &px_metric_table[i];
		size_t len;

		assert_non_null(info->name);
		assert_non_null(info->help);
		len = strlen(info->name);
		assert_int_equal(info->kind == PX_METRIC_COUNTER, strcmp(info->name + len - 6, "_total") == 0);
		assert_int_equal(info->kind == PX_METRIC_HISTOGRAM, strcmp(info->name + len - 8, "_seconds") == 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cells_are_found_again),
		cmocka_unit_test(successors_count_on),
		cmocka_unit_test(full_slots_lose_and_say_so),
		cmocka_unit_test(histograms_have_bounds),
		cmocka_unit_test(nowhere_is_fine),
		cmocka_unit_test(table_is_whole),
	};

	return cmocka_run_group_tests_name("metrics", tests, NULL, NULL);
}
