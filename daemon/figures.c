/* figures.c - see figures.h. quenchd(8) lists all metrics. */

#include "daemon/figures.h"

#include <stdio.h>

#include "config.h"
#include "daemon/log.h"
#include "daemon/master.h"
#include "daemon/metrics_text.h"

int px_figures_sum(struct px_metrics_sum *sum, const struct px_master *master)
{
	struct px_metrics_slot *slots[PX_CHILDREN_MAX];

	for (unsigned i = 0; i < PX_CHILDREN_MAX; i++)
		slots[i] = master->figures[i].slot;
	return px_metrics_sum_make(sum, slots, PX_CHILDREN_MAX);
}

static void one(struct evbuffer *out, const char *name, enum px_metric_kind kind, const char *help, double value)
{
	px_metrics_text_head(out, name, kind, help);
	px_metrics_text_value(out, name, NULL, value);
}

static void add_build(struct evbuffer *out)
{
	struct px_metrics_labels labels = { .len = 0 };

	px_metrics_label_add(&labels, "version", PACKAGE_VERSION);
	px_metrics_label_add(&labels, "ciphers", tls_aead_provider_name());
	px_metrics_text_head(out, "build_info", PX_METRIC_GAUGE, "1; what is running is in the labels.");
	px_metrics_text_value(out, "build_info", &labels, 1);
}

static void add_workers(struct evbuffer *out, const struct px_master_status *status)
{
	char number[12];

	px_metrics_text_head(out, "worker_up", PX_METRIC_GAUGE, "1 for a worker that runs.");
	for (unsigned i = 0; i < status->n_workers; i++) {
		struct px_metrics_labels labels = { .len = 0 };

		snprintf(number, sizeof(number), "%u", status->workers[i].slot - 1);
		px_metrics_label_add(&labels, "worker", number);
		px_metrics_text_value(out, "worker_up", &labels, status->workers[i].state == PX_CHILD_RUNNING);
	}
	one(out, "worker_restarts_total", PX_METRIC_COUNTER, "Processes that were started again after they died.",
	    status->n_restarts);
}

static void add_reloads(struct evbuffer *out, const struct px_master *master, const struct px_master_status *status)
{
	one(out, "reloads_total", PX_METRIC_COUNTER, "Reloads that have taken effect.", master->n_reloads);
	one(out, "reload_failures_total", PX_METRIC_COUNTER, "Reloads that have failed: the old settings stayed.",
	    master->n_failed_reloads);
	one(out, "last_reload_timestamp_seconds", PX_METRIC_GAUGE, "When the last reload was over, since 1970.",
	    (double)status->last_reload);
	one(out, "last_reload_good", PX_METRIC_GAUGE, "1 if it took effect.", status->last_good);
	one(out, "configuration_generation", PX_METRIC_GAUGE, "Number of the configuration in force.",
	    status->generation);
}

static void add_log(struct evbuffer *out)
{
	struct px_log_counts counts;

	px_log_count(&counts);
	one(out, "log_lines_total", PX_METRIC_COUNTER, "Log lines that were written.", (double)counts.n_written);
	one(out, "log_dropped_total", PX_METRIC_COUNTER, "Log lines that were lost.", (double)counts.n_dropped);
}

static void certificate_labels(struct px_metrics_labels *labels, const struct px_certificate *c)
{
	px_metrics_label_add(labels, "service", c->service);
	px_metrics_label_add(labels, "path", c->chain);
}

/* Of ten thousand each has its line: so be it, they are what an operator is woken up for. */
static void add_certificates(struct evbuffer *out, const struct px_certificates *certificates)
{
	px_metrics_text_head(out, "certificate_not_after_timestamp_seconds", PX_METRIC_GAUGE,
	    "When the first certificate of a chain expires, since 1970.");
	for (unsigned i = 0; i < certificates->n; i++) {
		const struct px_certificate *c = &certificates->list[i];
		struct px_metrics_labels labels = { .len = 0 };

		if (!c->served || c->served_again)
			continue;
		certificate_labels(&labels, c);
		px_metrics_label_add(&labels, "names", c->names);
		px_metrics_text_value(out, "certificate_not_after_timestamp_seconds", &labels, (double)c->expires);
	}
	px_metrics_text_head(out, "certificate_aside", PX_METRIC_GAUGE,
	    "1 for a certificate whose files can't be used as they are.");
	for (unsigned i = 0; i < certificates->n; i++) {
		const struct px_certificate *c = &certificates->list[i];
		struct px_metrics_labels labels = { .len = 0 };

		if (!c->aside || c->aside_again)
			continue;
		certificate_labels(&labels, c);
		px_metrics_label_add(&labels, "reason", c->aside);
		px_metrics_text_value(out, "certificate_aside", &labels, 1);
	}
}

void px_figures_text(struct evbuffer *out, void *arg)
{
	const struct px_master *master = arg;
	struct px_master_status status;
	struct px_metrics_sum sum;

	px_master_status(&status, master);
	add_build(out);
	one(out, "start_time_seconds", PX_METRIC_GAUGE, "When the daemon was started, since 1970.",
	    (double)master->started);
	if (px_figures_sum(&sum, master) == 0)
		px_metrics_text_add(out, &sum);
	px_metrics_sum_clear(&sum);
	add_workers(out, &status);
	add_reloads(out, master, &status);
	add_log(out);
	if (master->current)
		add_certificates(out, &master->current->loaded.certificates);
}
