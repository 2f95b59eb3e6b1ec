/* metrics_label.c - see metrics_label.h. */

#include "daemon/metrics_label.h"

#include <stdio.h>

#define CLOSING 1 /* the quote behind a value */

void px_metrics_label_add(struct px_metrics_labels *labels, const char *name, const char *value)
{
	char *text = labels->text;
	size_t at = labels->len;
	int n = snprintf(text + at, sizeof(labels->text) - at, "%s%s=\"", at > 0 ? "," : "", name);

	if (n < 0 || (size_t)n + CLOSING + 1 >= sizeof(labels->text) - at) {
		text[at] = '\0';
		return;
	}
	at += (size_t)n;
	for (value = value ? value : "none"; *value && at + 2 + CLOSING < sizeof(labels->text); value++) {
		if (*value == '"' || *value == '\\')
			text[at++] = '\\';
		text[at++] = *value >= ' ' && *value <= '~' ? *value : '?';
	}
	text[at++] = '"';
	text[at] = '\0';
	labels->len = at;
}
