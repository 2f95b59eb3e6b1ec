/* metrics_label.c - see metrics_label.h. */

#include "daemon/metrics_label.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define CLOSING 1 /* the quote behind a value */
#define MARK 9 /* ~ and the digest */
#define VALUE_MAX 120 /* bytes: one that is long leaves room for others */

/* FNV-1a, 64 bits, folded: what is cut, or can't be shown, is told apart by it. */
static uint32_t digest(const char *value)
{
	uint64_t h = 14695981039346656037U;

	for (; *value; value++)
		h = (h ^ (unsigned char)*value) * 1099511628211U;
	return (uint32_t)(h ^ h >> 32);
}

/* Where the value ends that begins at text + at. */
static size_t add_value(char *text, size_t at, size_t end, const char *value)
{
	size_t fits = at; /* with a mark behind it */
	bool changed = false;

	for (const char *p = value; *p; p++) {
		bool escaped = *p == '"' || *p == '\\', shown = *p >= ' ' && *p <= '~';

		changed |= !shown || at + escaped + 1 > end;
		if (at + escaped + 1 > end)
			break;
		if (escaped)
			text[at++] = '\\';
		text[at++] = shown ? *p : '?';
		if (at + MARK <= end)
			fits = at;
	}
	if (!changed)
		return at;
	snprintf(text + fits, MARK + 1, "~%08" PRIx32, digest(value));
	return fits + MARK;
}

void px_metrics_label_add(struct px_metrics_labels *labels, const char *name, const char *value)
{
	char *text = labels->text;
	size_t at = labels->len, end = sizeof(labels->text) - CLOSING - 1;
	int n = snprintf(text + at, sizeof(labels->text) - at, "%s%s=\"", at > 0 ? "," : "", name);

	if (n < 0 || at + (size_t)n + MARK > end) {
		text[at] = '\0';
		return;
	}
	at += (size_t)n;
	at = add_value(text, at, at + VALUE_MAX < end ? at + VALUE_MAX : end, value ? value : "none");
	text[at++] = '"';
	text[at] = '\0';
	labels->len = at;
}
