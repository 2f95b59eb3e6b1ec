/* metrics_text.c - see metrics_text.h. */

#include "daemon/metrics_text.h"

#include <inttypes.h>
#include <stdio.h>

#define PREFIX "quench_"

void px_metrics_text_head(struct evbuffer *out, const char *name, enum px_metric_kind kind, const char *help)
{
	static const char *const kinds[] = { "counter", "gauge", "histogram" };

	evbuffer_add_printf(out, "# HELP " PREFIX "%s %s\n# TYPE " PREFIX "%s %s\n", name, help, name, kinds[kind]);
}

void px_metrics_text_value(struct evbuffer *out, const char *name, const struct px_metrics_labels *labels,
    double value)
{
	if (labels && labels->len > 0)
		evbuffer_add_printf(out, PREFIX "%s{%s} %.15g\n", name, labels->text, value);
	else
		evbuffer_add_printf(out, PREFIX "%s %.15g\n", name, value);
}

/* {labels}, {labels,le="..."} or nothing. */
static void add_name(struct evbuffer *out, const char *name, const char *suffix, const char *labels, const char *le)
{
	bool both = labels[0] && le;

	evbuffer_add_printf(out, PREFIX "%s%s", name, suffix);
	if (labels[0] || le)
		evbuffer_add_printf(out, "{%s%s%s%s%s}", labels, both ? "," : "", le ? "le=\"" : "", le ? le : "",
		    le ? "\"" : "");
}

static void add_histogram(struct evbuffer *out, const char *name, const struct px_metrics_value *v)
{
	uint64_t n = 0;
	char le[24];

	for (unsigned i = 0; i < PX_METRICS_BUCKETS; i++) {
		n += v->buckets[i];
		snprintf(le, sizeof(le), "%.6g", px_metrics_bounds_us[i] / 1e6);
		add_name(out, name, "_bucket", v->labels, le);
		evbuffer_add_printf(out, " %" PRIu64 "\n", n);
	}
	/* it may be counted while it is read: the last one is never less than those before it */
	n = v->value > n ? v->value : n;
	add_name(out, name, "_bucket", v->labels, "+Inf");
	evbuffer_add_printf(out, " %" PRIu64 "\n", n);
	add_name(out, name, "_sum", v->labels, NULL);
	evbuffer_add_printf(out, " %.6f\n", (double)v->sum_us / 1e6);
	add_name(out, name, "_count", v->labels, NULL);
	evbuffer_add_printf(out, " %" PRIu64 "\n", n);
}

static void add_value(struct evbuffer *out, const struct px_metrics_value *v)
{
	const struct px_metric_info *info = &px_metric_table[v->metric];

	if (info->kind == PX_METRIC_HISTOGRAM) {
		add_histogram(out, info->name, v);
		return;
	}
	add_name(out, info->name, "", v->labels, NULL);
	if (info->kind == PX_METRIC_GAUGE)
		evbuffer_add_printf(out, " %" PRId64 "\n", (int64_t)v->value);
	else
		evbuffer_add_printf(out, " %" PRIu64 "\n", v->value);
}

void px_metrics_text_add(struct evbuffer *out, const struct px_metrics_sum *sum)
{
	for (unsigned metric = 0; metric < PX_N_METRICS; metric++) {
		const struct px_metric_info *info = &px_metric_table[metric];
		const struct px_metrics_value *v;
		size_t n;

		px_metrics_text_head(out, info->name, info->kind, info->help);
		v = px_metrics_sum_find(sum, (enum px_metric)metric, &n);
		for (size_t i = 0; i < n; i++)
			add_value(out, &v[i]);
	}
	px_metrics_text_head(out, "metrics_lost_total", PX_METRIC_COUNTER,
	    "Counts that are in none of these: there was no room for more labels.");
	px_metrics_text_value(out, "metrics_lost_total", NULL, (double)sum->n_lost);
}
