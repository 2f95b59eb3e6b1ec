/* metrics_slot.c - see metrics_slot.h. The size is sealed, so that nobody can cut off what another has mapped. */

#include "config.h" /* GNU extensions */

#include "daemon/metrics_slot.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define SEALS (F_SEAL_SHRINK | F_SEAL_GROW)

static struct px_metrics_slot *map(int fd)
{
	void *p = mmap(NULL, sizeof(struct px_metrics_slot), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	return p != MAP_FAILED ? p : NULL;
}

struct px_metrics_slot *px_metrics_slot_make(int *fd)
{
	struct px_metrics_slot *slot = NULL;
	int error;

	*fd = memfd_create("quench-metrics", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (*fd < 0)
		return NULL;
	if (ftruncate(*fd, sizeof(*slot)) == 0 && fcntl(*fd, F_ADD_SEALS, SEALS | F_SEAL_SEAL) == 0)
		slot = map(*fd);
	if (slot)
		return slot;
	error = errno;
	close(*fd);
	*fd = -1;
	errno = error;
	return NULL;
}

struct px_metrics_slot *px_metrics_slot_map(int fd)
{
	struct stat st;
	int seals = fcntl(fd, F_GET_SEALS);

	if (seals < 0 || fstat(fd, &st) != 0)
		return NULL;
	if ((seals & SEALS) != SEALS || st.st_size != sizeof(struct px_metrics_slot)) {
		errno = EINVAL;
		return NULL;
	}
	return map(fd);
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

		if (cell->metric < PX_N_METRICS && px_metric_table[cell->metric].kind == PX_METRIC_GAUGE)
			atomic_store_explicit(&cell->value, 0, memory_order_relaxed);
	}
}
