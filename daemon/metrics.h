/* metrics.h - what is counted, and how a process counts it.
 *
 * Each worker counts in a slot of shared memory which the master made and reads (metrics_read.h): one writer, relaxed
 * stores, no locks, no system calls. The slot outlives the worker: its successor counts on. A slot is a list of cells,
 * each a metric with its labels; who counts often looks its cell up once and keeps the pointer, which stays good until
 * px_metrics_clear.
 */
#ifndef DAEMON_METRICS_H
#define DAEMON_METRICS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum px_metric {
	PX_METRIC_CONNECTIONS,
	PX_METRIC_OPEN,
	PX_METRIC_CONNECTION_SECONDS,
	PX_METRIC_BYTES,
	PX_METRIC_TRUNCATED,
	PX_METRIC_ENDS,
	PX_METRIC_HANDSHAKES,
	PX_METRIC_HANDSHAKE_FAILURES,
	PX_METRIC_HANDSHAKE_SECONDS,
	PX_METRIC_BACKEND_CONNECTS,
	PX_METRIC_BACKEND_FAILURES,
	PX_METRIC_BACKEND_OPEN,
	PX_METRIC_BACKEND_SECONDS,
	PX_METRIC_TICKETS,
	PX_METRIC_KEEPER_REQUESTS,
	PX_METRIC_KEEPER_WAITING,
	PX_METRIC_KEEPER_SECONDS,
	PX_N_METRICS
};

enum px_metric_kind { PX_METRIC_COUNTER, PX_METRIC_GAUGE, PX_METRIC_HISTOGRAM };

struct px_metric_info {
	const char *name; /* without the prefix quench_ */
	enum px_metric_kind kind;
	const char *help;
};
extern const struct px_metric_info px_metric_table[PX_N_METRICS];

#define PX_METRICS_LABELS_MAX 211 /* bytes */
#define PX_METRICS_BUCKETS 16 /* upper bounds in px_metrics_bounds_us; what is longer is in none */
#define PX_METRICS_CELLS 4096
extern const uint32_t px_metrics_bounds_us[PX_METRICS_BUCKETS];

struct px_metrics_cell {
	uint16_t metric; /* enum px_metric */
	uint16_t labels_len;
	char labels[PX_METRICS_LABELS_MAX + 1]; /* name="value",... as Prometheus writes it */
	_Atomic uint64_t value; /* a gauge's is signed; a histogram's is its count */
	_Atomic uint64_t sum_us;
	_Atomic uint64_t buckets[PX_METRICS_BUCKETS]; /* not cumulative */
};

/* What is shared. Its size is fixed, most of it is never touched. */
struct px_metrics_slot {
	_Atomic uint64_t n_lost; /* counts that found no cell: the slot is full */
	_Atomic uint32_t n_cells;
	struct px_metrics_cell cells[PX_METRICS_CELLS];
};

/* One process's way to its slot. */
struct px_metrics {
	struct px_metrics_slot *slot;
	uint32_t *index; /* hash of metric and labels → number of a cell + 1 */
	struct px_metrics_cell nowhere; /* what is counted without a slot, or when it is full */
};

/* Takes up a slot, with what others have counted in it; gauges begin at zero. slot NULL: counts go nowhere. 0, or -1
 * when memory is out: counts go nowhere, too. */
int px_metrics_init(struct px_metrics *metrics, struct px_metrics_slot *slot);
void px_metrics_clear(struct px_metrics *metrics);

/* The cell of a metric with its labels: n pairs of name and value, in this order. Never NULL. A value may be NULL
 * ("none"); what is too long, is cut. */
struct px_metrics_label {
	const char *name, *value;
};
struct px_metrics_cell *px_metrics_cell(struct px_metrics *metrics, enum px_metric metric,
    const struct px_metrics_label *labels, unsigned n);

void px_metrics_add(struct px_metrics_cell *cell, uint64_t n); /* counter */
void px_metrics_change(struct px_metrics_cell *cell, int64_t n); /* gauge */
void px_metrics_observe(struct px_metrics_cell *cell, uint64_t us); /* histogram: microseconds */

#endif
