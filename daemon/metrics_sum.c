/* metrics_sum.c - see metrics_sum.h. */

#include "daemon/metrics_sum.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- What a cell says -------------------------------------------------------------------------------- */

static bool is_name_char(char c)
{
	return (c >= 'a' && c <= 'z') || c == '_';
}

/* name="value" with \" and \\ in the value; *at goes behind it. */
static bool is_label(const char *text, size_t len, size_t *at)
{
	size_t i = *at, start = i;

	while (i < len && is_name_char(text[i]))
		i++;
	if (i == start || len - i < 3 || text[i] != '=' || text[i + 1] != '"')
		return false;
	for (i += 2; i < len && text[i] != '"'; i++) {
		if (text[i] < ' ' || text[i] > '~')
			return false;
		if (text[i] == '\\' && (++i == len || (text[i] != '\\' && text[i] != '"')))
			return false;
	}
	*at = i + 1;
	return i < len;
}

/* Those before it have been checked. A name that comes twice would make a scrape fail, with all that it has of others;
 * le is a histogram's own. */
static bool is_new_name(const char *text, size_t start)
{
	size_t len = strcspn(text + start, "=") + 1;

	if (strncmp(text + start, "le=", len) == 0)
		return false;
	for (size_t at = 0; at < start; at++) {
		if (strncmp(text + at, text + start, len) == 0)
			return false;
		(void)is_label(text, start, &at);
	}
	return true;
}

static bool are_labels(const char *text, size_t len)
{
	size_t at = 0, start = 0;

	if (len == 0)
		return true;
	while (is_label(text, len, &at) && is_new_name(text, start)) {
		if (at == len)
			return true;
		if (text[at++] != ',')
			return false;
		start = at;
	}
	return false;
}

static uint64_t load(const _Atomic uint64_t *n)
{
	return atomic_load_explicit(n, memory_order_relaxed);
}

/* Copied first, and once, since it may change while it is looked at. */
static bool take(struct px_metrics_value *v, const struct px_metrics_cell *cell)
{
	unsigned metric = *(const volatile uint16_t *)&cell->metric;
	size_t len = *(const volatile uint16_t *)&cell->labels_len;

	if (metric >= PX_N_METRICS || len > PX_METRICS_LABELS_MAX)
		return false;
	memset(v, 0, sizeof(*v));
	v->metric = (enum px_metric)metric;
	memcpy(v->labels, cell->labels, len);
	v->value = load(&cell->value);
	v->sum_us = load(&cell->sum_us);
	for (unsigned i = 0; i < PX_METRICS_BUCKETS; i++)
		v->buckets[i] = load(&cell->buckets[i]);
	return are_labels(v->labels, len);
}

/* ---- Adding up ---------------------------------------------------------------------------------------- */

static int by_name(const void *a, const void *b)
{
	const struct px_metrics_value *v = a, *w = b;

	if (v->metric != w->metric)
		return v->metric < w->metric ? -1 : 1;
	return strcmp(v->labels, w->labels);
}

static void merge(struct px_metrics_value *into, const struct px_metrics_value *v)
{
	into->value += v->value;
	into->sum_us += v->sum_us;
	for (unsigned i = 0; i < PX_METRICS_BUCKETS; i++)
		into->buckets[i] += v->buckets[i];
}

static uint32_t n_cells(const struct px_metrics_slot *slot)
{
	uint32_t n = atomic_load_explicit(&slot->n_cells, memory_order_acquire);

	return n <= PX_METRICS_CELLS ? n : PX_METRICS_CELLS;
}

static void fold(struct px_metrics_sum *sum)
{
	size_t n = 0;

	if (sum->n > 0)
		qsort(sum->list, sum->n, sizeof(*sum->list), by_name);
	for (size_t i = 0; i < sum->n; i++) {
		if (n > 0 && by_name(&sum->list[n - 1], &sum->list[i]) == 0)
			merge(&sum->list[n - 1], &sum->list[i]);
		else
			sum->list[n++] = sum->list[i];
	}
	sum->n = n;
}

int px_metrics_sum_make(struct px_metrics_sum *sum, struct px_metrics_slot *const *slots, size_t n_slots)
{
	size_t room = 0;

	memset(sum, 0, sizeof(*sum));
	for (size_t i = 0; i < n_slots; i++)
		room += slots[i] ? n_cells(slots[i]) : 0;
	sum->list = calloc(room ? room : 1, sizeof(*sum->list));
	if (!sum->list)
		return -1;
	for (size_t i = 0; i < n_slots; i++) {
		if (!slots[i])
			continue;
		sum->n_lost += load(&slots[i]->n_lost);
		for (uint32_t k = 0; k < n_cells(slots[i]) && sum->n < room; k++) {
			if (take(&sum->list[sum->n], &slots[i]->cells[k]))
				sum->n++;
			else
				sum->n_lost++;
		}
	}
	fold(sum);
	return 0;
}

void px_metrics_sum_clear(struct px_metrics_sum *sum)
{
	free(sum->list);
	memset(sum, 0, sizeof(*sum));
}

/* ---- Asking ---------------------------------------------------------------------------------------------- */

const struct px_metrics_value *px_metrics_sum_find(const struct px_metrics_sum *sum, enum px_metric metric,
    size_t *n)
{
	size_t first = 0;

	while (first < sum->n && sum->list[first].metric < metric)
		first++;
	*n = 0;
	while (first + *n < sum->n && sum->list[first + *n].metric == metric)
		(*n)++;
	return *n > 0 ? &sum->list[first] : NULL;
}

/* Labels begin with service="...", where they have one; a service's name needs no escapes. */
static bool is_of(const struct px_metrics_value *v, const char *service)
{
	char label[PX_METRICS_LABELS_MAX];
	int len = snprintf(label, sizeof(label), "service=\"%s\"", service);

	return len > 0 && (size_t)len < sizeof(label) && strncmp(v->labels, label, (size_t)len) == 0;
}

uint64_t px_metrics_sum_total(const struct px_metrics_sum *sum, enum px_metric metric, const char *service)
{
	const struct px_metrics_value *v;
	uint64_t total = 0;
	size_t n;

	v = px_metrics_sum_find(sum, metric, &n);
	for (size_t i = 0; i < n; i++)
		total += !service || is_of(&v[i], service) ? v[i].value : 0;
	return total;
}
