/* metrics_label.h - the labels of a metric as Prometheus writes them: name="value",... */
#ifndef DAEMON_METRICS_LABEL_H
#define DAEMON_METRICS_LABEL_H

#include <stddef.h>

#include "daemon/metrics.h"

struct px_metrics_labels {
	char text[PX_METRICS_LABELS_MAX + 1];
	size_t len;
};

/* Appends one. value: NULL is "none"; what isn't printable ASCII becomes '?'; what is long is cut. A value that isn't
 * whole for one of these ends in ~ and a digest of all of it, so that two of them stay two. A label for which there is no
 * room is left out. Zero-initialise labels. */
void px_metrics_label_add(struct px_metrics_labels *labels, const char *name, const char *value);

#endif
