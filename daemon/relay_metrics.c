/* relay_metrics.c - see relay_metrics.h. Labels come from the configuration and from lists of ours: a client can't
 * make new ones. */

#include "daemon/relay_metrics.h"

#include <string.h>

#include "daemon/clock.h"
#include "daemon/relay.h"
#include "daemon/worker.h"

static struct px_metrics_cell *cell(const struct px_service *service, enum px_metric metric, const char *name,
    const char *value)
{
	const struct px_metrics_label labels[] = { { "service", service->conf->name }, { name, value } };

	return px_metrics_cell(&service->worker->metrics, metric, labels, name ? 2 : 1);
}

static void find_target(struct px_target *target, const struct px_service *service)
{
	target->counts = (struct px_target_counts){
		.connects = cell(service, PX_METRIC_BACKEND_CONNECTS, "backend", target->text),
		.failures = cell(service, PX_METRIC_BACKEND_FAILURES, "backend", target->text),
		.open = cell(service, PX_METRIC_BACKEND_OPEN, "backend", target->text),
		.seconds = cell(service, PX_METRIC_BACKEND_SECONDS, "backend", target->text),
	};
}

void px_relay_metrics_find(struct px_service *service)
{
	service->counts = (struct px_service_counts){
		.connections = cell(service, PX_METRIC_CONNECTIONS, NULL, NULL),
		.open = cell(service, PX_METRIC_OPEN, NULL, NULL),
		.in = cell(service, PX_METRIC_BYTES, "direction", "in"),
		.out = cell(service, PX_METRIC_BYTES, "direction", "out"),
		.truncated = cell(service, PX_METRIC_TRUNCATED, NULL, NULL),
		.seconds = cell(service, PX_METRIC_CONNECTION_SECONDS, NULL, NULL),
		.handshake_seconds = cell(service, PX_METRIC_HANDSHAKE_SECONDS, NULL, NULL),
	};
	for (unsigned i = 0; i < service->backends.n; i++)
		find_target(&service->backends.list[i], service);
}

void px_relay_metrics_begin(const struct px_relay *relay)
{
	px_metrics_add(relay->service->counts.connections, 1);
	px_metrics_change(relay->service->counts.open, 1);
}

void px_relay_metrics_established(const struct px_relay *relay)
{
	const struct px_service *service = relay->service;
	tls_session_t tls = relay->ends[PX_CLIENT].tls;
	const struct px_metrics_label labels[] = {
		{ "service", service->conf->name },
		{ "version", tls_protocol_get_name(tls_protocol_get_version(tls)) },
		{ "suite", tls_ciphersuite_get_name(tls_ciphersuite_get(tls)) },
		{ "group", tls_group_get_name(tls_group_get(tls)) },
		{ "resumed", tls_session_is_resumed(tls) == 1 ? "true" : "false" },
	};

	px_metrics_add(px_metrics_cell(&service->worker->metrics, PX_METRIC_HANDSHAKES, labels, 5), 1);
	if (tls_session_is_resumed(tls) == 1)
		px_metrics_add(cell(service, PX_METRIC_TICKETS, "result", "resumed"), 1);
	else if (tls_session_get_flags(tls) & TLS_SFLAGS_NOT_RESUMED)
		px_metrics_add(cell(service, PX_METRIC_TICKETS, "result", "refused"), 1);
	px_metrics_observe(service->counts.handshake_seconds, px_clock_us() - relay->started_us);
}

/* The log's reasons say where they belong; here that is clear. */
void px_relay_metrics_handshake_failed(const struct px_relay *relay, const char *reason)
{
	static const char where[] = "handshake: ";

	if (strncmp(reason, where, strlen(where)) == 0)
		reason += strlen(where);
	px_metrics_add(cell(relay->service, PX_METRIC_HANDSHAKE_FAILURES, "reason", reason), 1);
}

void px_relay_metrics_connected(struct px_relay *relay)
{
	const struct px_target_counts *counts = &relay->target->counts;

	relay->connected = true;
	px_metrics_add(counts->connects, 1);
	px_metrics_change(counts->open, 1);
	px_metrics_observe(counts->seconds, (uint32_t)px_clock_us() - relay->connecting_us);
}

void px_relay_metrics_refused(const struct px_relay *relay)
{
	px_metrics_add(relay->target->counts.failures, 1);
}

void px_relay_metrics_bytes(const struct px_relay *relay, uint64_t in, uint64_t out)
{
	px_metrics_add(relay->service->counts.in, in);
	px_metrics_add(relay->service->counts.out, out);
}

void px_relay_metrics_end(const struct px_relay *relay, const char *reason)
{
	const struct px_service_counts *counts = &relay->service->counts;

	px_metrics_change(counts->open, -1);
	px_metrics_observe(counts->seconds, px_clock_us() - relay->started_us);
	px_metrics_add(cell(relay->service, PX_METRIC_ENDS, "end", reason), 1);
	/* What ends within a handshake is a failure of that. */
	if (relay->state != PX_RELAY_HANDSHAKE &&
	    (relay->ends[PX_CLIENT].truncated || relay->ends[PX_BACKEND].truncated))
		px_metrics_add(counts->truncated, 1);
	if (relay->connected)
		px_metrics_change(relay->target->counts.open, -1);
}
