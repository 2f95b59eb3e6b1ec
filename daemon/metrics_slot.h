/* metrics_slot.h - the shared memory of metrics.h: made by the master, mapped by a worker. */
#ifndef DAEMON_METRICS_SLOT_H
#define DAEMON_METRICS_SLOT_H

#include "daemon/metrics.h"

/* Makes a slot and maps it: *fd, for a worker, is the caller's to close. NULL with errno. */
struct px_metrics_slot *px_metrics_slot_make(int *fd);

/* Maps the slot behind fd, which may be closed then. NULL with errno; EINVAL if it is none. */
struct px_metrics_slot *px_metrics_slot_map(int fd);

/* NULL is fine. */
void px_metrics_slot_unmap(struct px_metrics_slot *slot);

/* After the worker's death: what it had open is open no more. */
void px_metrics_slot_settle(struct px_metrics_slot *slot);

#endif
