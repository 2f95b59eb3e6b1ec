/* figures.h - all that is counted, of all processes, as Prometheus reads it. */
#ifndef DAEMON_FIGURES_H
#define DAEMON_FIGURES_H

#include <event2/buffer.h>

#include "daemon/metrics_sum.h"

struct px_master;

/* For px_http_open: what workers have counted, and what the master knows. */
void px_figures_text(struct evbuffer *out, void *master);

/* The workers' part. 0, or -1 when memory is out; px_metrics_sum_clear in both cases. */
int px_figures_sum(struct px_metrics_sum *sum, const struct px_master *master);

#endif
