/* metrics.c - see metrics.h. */

#include "daemon/metrics.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/metrics_label.h"

#define INDEX_SIZE (2 * PX_METRICS_CELLS) /* a power of two */

/* clang-format off */
const struct px_metric_info px_metric_table[PX_N_METRICS] = {
	[PX_METRIC_CONNECTIONS] = { "connections_total", PX_METRIC_COUNTER,
		"Connections accepted." },
	[PX_METRIC_OPEN] = { "connections_open", PX_METRIC_GAUGE,
		"Connections that are open now." },
	[PX_METRIC_CONNECTION_SECONDS] = { "connection_duration_seconds", PX_METRIC_HISTOGRAM,
		"Time from accept to end." },
	[PX_METRIC_BYTES] = { "bytes_total", PX_METRIC_COUNTER,
		"Plaintext bytes; direction in: from clients, out: to clients." },
	[PX_METRIC_TRUNCATED] = { "connections_truncated_total", PX_METRIC_COUNTER,
		"Established connections whose input ended without close_notify." },
	[PX_METRIC_ENDS] = { "connection_ends_total", PX_METRIC_COUNTER,
		"Connections by what ended them." },
	[PX_METRIC_HANDSHAKES] = { "handshakes_total", PX_METRIC_COUNTER,
		"Handshakes completed." },
	[PX_METRIC_HANDSHAKE_FAILURES] = { "handshake_failures_total", PX_METRIC_COUNTER,
		"Handshakes that failed, by reason." },
	[PX_METRIC_HANDSHAKE_SECONDS] = { "handshake_duration_seconds", PX_METRIC_HISTOGRAM,
		"Time from accept to the end of the handshake, the client's part included." },
	[PX_METRIC_BACKEND_CONNECTS] = { "backend_connects_total", PX_METRIC_COUNTER,
		"Connections made to a backend." },
	[PX_METRIC_BACKEND_FAILURES] = { "backend_failures_total", PX_METRIC_COUNTER,
		"Connections a backend didn't take." },
	[PX_METRIC_BACKEND_OPEN] = { "backend_connections_open", PX_METRIC_GAUGE,
		"Connections to a backend that are open now." },
	[PX_METRIC_BACKEND_SECONDS] = { "backend_connect_duration_seconds", PX_METRIC_HISTOGRAM,
		"Time a backend needed to take a connection." },
	[PX_METRIC_TICKETS] = { "tickets_total", PX_METRIC_COUNTER,
		"Sessions that clients offered: resumed, or refused, which is a full handshake." },
	[PX_METRIC_KEEPER_REQUESTS] = { "keeper_requests_total", PX_METRIC_COUNTER,
		"Signatures asked of the keeper, by result." },
	[PX_METRIC_KEEPER_WAITING] = { "keeper_waiting", PX_METRIC_GAUGE,
		"Handshakes that wait for a signature of the keeper now." },
	[PX_METRIC_KEEPER_SECONDS] = { "keeper_duration_seconds", PX_METRIC_HISTOGRAM,
		"Time from asking for a signature to having it." },
};
/* clang-format on */

const uint32_t px_metrics_bounds_us[PX_METRICS_BUCKETS] = { 100, 250, 500, 1000, 2500, 5000, 10000, 25000, 50000,
	100000, 250000, 1000000, 10000000, 60000000, 600000000, 3600000000 };

/* ---- Finding a cell -------------------------------------------------------------------------------- */

/* FNV-1a: the labels are the configuration's and ours. */
static uint32_t hash(unsigned metric, const char *labels, size_t len)
{
	uint32_t h = 2166136261u ^ metric;

	for (size_t i = 0; i < len; i++)
		h = (h ^ (unsigned char)labels[i]) * 16777619u;
	return h;
}

/* Where in the index it stands or, with *found false, would stand. */
static uint32_t place(const struct px_metrics *m, bool *found, unsigned metric, const char *labels, size_t len)
{
	uint32_t at = hash(metric, labels, len) & (INDEX_SIZE - 1);

	for (; m->index[at]; at = (at + 1) & (INDEX_SIZE - 1)) {
		const struct px_metrics_cell *cell = &m->slot->cells[m->index[at] - 1];

		*found = cell->metric == metric && cell->labels_len == len && memcmp(cell->labels, labels, len) == 0;
		if (*found)
			return at;
	}
	*found = false;
	return at;
}

static struct px_metrics_cell *new_cell(struct px_metrics *m, uint32_t at, unsigned metric, const char *labels,
    size_t len)
{
	uint32_t n = atomic_load_explicit(&m->slot->n_cells, memory_order_relaxed);
	struct px_metrics_cell *cell;

	if (n >= PX_METRICS_CELLS) {
		atomic_fetch_add_explicit(&m->slot->n_lost, 1, memory_order_relaxed);
		return &m->nowhere;
	}
	cell = &m->slot->cells[n];
	cell->metric = (uint16_t)metric;
	cell->labels_len = (uint16_t)len;
	memcpy(cell->labels, labels, len);
	atomic_store_explicit(&m->slot->n_cells, n + 1, memory_order_release);
	m->index[at] = n + 1;
	return cell;
}

struct px_metrics_cell *px_metrics_cell(struct px_metrics *m, enum px_metric metric,
    const struct px_metrics_label *labels, unsigned n)
{
	struct px_metrics_labels text = { .len = 0 };
	bool found;
	uint32_t at;

	if (!m->slot)
		return &m->nowhere;
	for (unsigned i = 0; i < n; i++)
		px_metrics_label_add(&text, labels[i].name, labels[i].value);
	at = place(m, &found, metric, text.text, text.len);
	if (found)
		return &m->slot->cells[m->index[at] - 1];
	return new_cell(m, at, metric, text.text, text.len);
}

/* ---- Counting ---------------------------------------------------------------------------------------- */

/* There is one writer: a load and a store do, without a locked instruction. */
static void grow(_Atomic uint64_t *n, uint64_t by)
{
	atomic_store_explicit(n, atomic_load_explicit(n, memory_order_relaxed) + by, memory_order_relaxed);
}

void px_metrics_add(struct px_metrics_cell *cell, uint64_t n)
{
	grow(&cell->value, n);
}

void px_metrics_change(struct px_metrics_cell *cell, int64_t n)
{
	grow(&cell->value, (uint64_t)n);
}

void px_metrics_observe(struct px_metrics_cell *cell, uint64_t us)
{
	unsigned i = 0;

	while (i < PX_METRICS_BUCKETS && us > px_metrics_bounds_us[i])
		i++;
	grow(&cell->value, 1);
	grow(&cell->sum_us, us);
	if (i < PX_METRICS_BUCKETS)
		grow(&cell->buckets[i], 1);
}

/* ---- Life ---------------------------------------------------------------------------------------------- */

/* What a predecessor has left, and may have left half done. */
static void take_up(struct px_metrics *m)
{
	uint32_t n = atomic_load_explicit(&m->slot->n_cells, memory_order_acquire);

	if (n > PX_METRICS_CELLS)
		n = 0;
	atomic_store_explicit(&m->slot->n_cells, n, memory_order_relaxed);
	for (uint32_t i = 0; i < n; i++) {
		struct px_metrics_cell *cell = &m->slot->cells[i];
		bool found;
		uint32_t at;

		if (cell->metric >= PX_N_METRICS || cell->labels_len > PX_METRICS_LABELS_MAX)
			continue;
		if (px_metric_table[cell->metric].kind == PX_METRIC_GAUGE)
			atomic_store_explicit(&cell->value, 0, memory_order_relaxed);
		at = place(m, &found, cell->metric, cell->labels, cell->labels_len);
		if (!found)
			m->index[at] = i + 1;
	}
}

int px_metrics_init(struct px_metrics *m, struct px_metrics_slot *slot)
{
	memset(m, 0, sizeof(*m));
	if (!slot)
		return 0;
	m->index = calloc(INDEX_SIZE, sizeof(*m->index));
	if (!m->index)
		return -1;
	m->slot = slot;
	take_up(m);
	return 0;
}

void px_metrics_clear(struct px_metrics *m)
{
	free(m->index);
	memset(m, 0, sizeof(*m));
}
