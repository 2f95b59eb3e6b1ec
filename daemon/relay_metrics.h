/* relay_metrics.h - what is counted of a relay, and when. */
#ifndef DAEMON_RELAY_METRICS_H
#define DAEMON_RELAY_METRICS_H

#include <stdint.h>

#include "daemon/metrics.h"

struct px_relay;
struct px_service;

/* Cells that are looked up once. */
struct px_service_counts {
	struct px_metrics_cell *connections, *open, *in, *out, *truncated, *seconds, *handshake_seconds;
};
struct px_target_counts {
	struct px_metrics_cell *connects, *failures, *open, *seconds;
};

/* Looks up the cells of a service and of its backends' targets, in its worker's metrics. */
void px_relay_metrics_find(struct px_service *service);

void px_relay_metrics_begin(const struct px_relay *relay);
void px_relay_metrics_established(const struct px_relay *relay);

/* reason: as the log says it. */
void px_relay_metrics_handshake_failed(const struct px_relay *relay, const char *reason);

/* The target that it is connected to, or that didn't take it. */
void px_relay_metrics_connected(struct px_relay *relay);
void px_relay_metrics_refused(const struct px_relay *relay);

/* Plaintext bytes that came from the client, and went to it. */
void px_relay_metrics_bytes(const struct px_relay *relay, uint64_t in, uint64_t out);

void px_relay_metrics_end(const struct px_relay *relay, const char *reason);

#endif
