/* metrics_slot.c - see metrics_slot.h. */

#include "config.h" /* GNU extensions */

#include "daemon/metrics_slot.h"

#include <sys/mman.h>

#include "daemon/shared.h"

struct px_metrics_slot *px_metrics_slot_make(int *fd)
{
	return px_shared_make(fd, "quench-metrics", sizeof(struct px_metrics_slot), false);
}

struct px_metrics_slot *px_metrics_slot_map(int fd)
{
	return px_shared_map(fd, sizeof(struct px_metrics_slot));
}

void px_metrics_slot_unmap(struct px_metrics_slot *slot)
{
	if (slot)
		munmap(slot, sizeof(*slot));
}

void px_metrics_slot_settle(struct px_metrics_slot *slot)
{
	uint32_t n = atomic_load_explicit(&slot->n_cells, memory_order_acquire);

	for (uint32_t i = 0; i < n && i < PX_METRICS_CELLS; i++) {
		struct px_metrics_cell *cell = &slot->cells[i];
		/* once: somebody may still change it */
		unsigned metric = *(const volatile uint16_t *)&cell->metric;

		if (metric < PX_N_METRICS && px_metric_table[metric].kind == PX_METRIC_GAUGE)
			atomic_store_explicit(&cell->value, 0, memory_order_relaxed);
	}
}
