/* metrics_slot_test.c - the memory that master and worker share. */
#include "config.h" /* GNU extensions */

#include "unit.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "daemon/metrics_slot.h"

static void both_see_the_same(void **state)
{
	struct px_metrics_slot *a, *b;
	struct px_metrics metrics;
	int fd;

	(void)state;
	a = px_metrics_slot_make(&fd);
	assert_non_null(a);
	b = px_metrics_slot_map(fd);
	assert_non_null(b);
	close(fd);
	assert_int_equal(px_metrics_init(&metrics, b), 0);
	px_metrics_add(px_metrics_cell(&metrics, PX_METRIC_BYTES, NULL, 0), 5);
	assert_int_equal(a->n_cells, 1);
	assert_int_equal(a->cells[0].value, 5);
	px_metrics_clear(&metrics);
	px_metrics_slot_unmap(a);
	px_metrics_slot_unmap(b);
	px_metrics_slot_unmap(NULL);
}

/* Nobody can make the other's mapping reach over the end. */
static void size_is_sealed(void **state)
{
	struct px_metrics_slot *slot;
	int fd;

	(void)state;
	slot = px_metrics_slot_make(&fd);
	assert_non_null(slot);
	assert_int_equal(ftruncate(fd, 0), -1);
	assert_int_equal(errno, EPERM);
	assert_int_equal(ftruncate(fd, 1 << 30), -1);
	close(fd);
	px_metrics_slot_unmap(slot);
}

static void other_memory_is_refused(void **state)
{
	int fd = memfd_create("no-slot", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, sizeof(struct px_metrics_slot)), 0);
	assert_null(px_metrics_slot_map(fd)); /* may shrink yet */
	assert_int_equal(errno, EINVAL);
	assert_null(px_metrics_slot_map(-1));
	assert_null(px_metrics_slot_map(STDIN_FILENO));
	close(fd);
}

static void after_a_death_nothing_is_open(void **state)
{
	struct px_metrics_slot *slot;
	struct px_metrics metrics;
	struct px_metrics_cell *open, *total;
	int fd;

	(void)state;
	slot = px_metrics_slot_make(&fd);
	assert_non_null(slot);
	close(fd);
	assert_int_equal(px_metrics_init(&metrics, slot), 0);
	open = px_metrics_cell(&metrics, PX_METRIC_OPEN, NULL, 0);
	total = px_metrics_cell(&metrics, PX_METRIC_CONNECTIONS, NULL, 0);
	px_metrics_change(open, 7);
	px_metrics_add(total, 9);
	px_metrics_slot_settle(slot);
	assert_int_equal(open->value, 0);
	assert_int_equal(total->value, 9);
	/* whatever a worker has left there */
	slot->cells[0].metric = 60000;
	slot->n_cells = UINT32_MAX;
	px_metrics_slot_settle(slot);
	px_metrics_clear(&metrics);
	px_metrics_slot_unmap(slot);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_see_the_same),
		cmocka_unit_test(size_is_sealed),
		cmocka_unit_test(other_memory_is_refused),
		cmocka_unit_test(after_a_death_nothing_is_open),
	};

	return cmocka_run_group_tests_name("metrics_slot", tests, NULL, NULL);
}
