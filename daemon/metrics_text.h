/* metrics_text.h - metrics in Prometheus' text format, version 0.0.4. */
#ifndef DAEMON_METRICS_TEXT_H
#define DAEMON_METRICS_TEXT_H

#include <event2/buffer.h>

#include "daemon/metrics_label.h"
#include "daemon/metrics_sum.h"

/* All of sum, each metric with its help and type; quench_metrics_lost_total behind it. What there is no memory for is
 * missing: evbuffer tells nobody. */
void px_metrics_text_add(struct evbuffer *out, const struct px_metrics_sum *sum);

/* A metric of the master's own: its head, then its values. labels may be NULL. */
void px_metrics_text_head(struct evbuffer *out, const char *name, enum px_metric_kind kind, const char *help);
void px_metrics_text_value(struct evbuffer *out, const char *name,
    const struct px_metrics_labels *labels, double value);

#endif
