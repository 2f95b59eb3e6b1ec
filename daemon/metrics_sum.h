/* metrics_sum.h - what all workers have counted, added up by the master.
 *
 * A worker is not trusted: whatever stands in its slot, what comes out is a list of known metrics with well-formed
 * labels.
 */
#ifndef DAEMON_METRICS_SUM_H
#define DAEMON_METRICS_SUM_H

#include "daemon/metrics.h"

struct px_metrics_value {
	enum px_metric metric;
	char labels[PX_METRICS_LABELS_MAX + 1];
	uint64_t value, sum_us;
	uint64_t buckets[PX_METRICS_BUCKETS];
};

struct px_metrics_sum {
	struct px_metrics_value *list; /* in the order of metrics, then labels */
	size_t n;
	uint64_t n_lost; /* counts that found no room, cells that made no sense */
};

/* 0, or -1 when memory is out. px_metrics_sum_clear in both cases. Slots that are NULL are left out. */
int px_metrics_sum_make(struct px_metrics_sum *sum, struct px_metrics_slot *const *slots, size_t n_slots);
void px_metrics_sum_clear(struct px_metrics_sum *sum);

/* The first value of a metric, and how many there are. */
const struct px_metrics_value *px_metrics_sum_find(const struct px_metrics_sum *sum, enum px_metric metric,
    size_t *n);

/* All values of a metric together; of one service (its name), unless that is NULL. */
uint64_t px_metrics_sum_total(const struct px_metrics_sum *sum, enum px_metric metric, const char *service);

#endif
