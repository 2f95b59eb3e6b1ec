/* admin_commands.c - see admin_commands.h. Text of ours and of the configuration is ASCII, or escaped to be: what jansson
 * doesn't take as UTF-8 would make an answer fail. */

#include "daemon/admin_commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "daemon/admin_connections.h"
#include "daemon/figures.h"
#include "daemon/log.h"
#include "daemon/master.h"

/* ---- status -------------------------------------------------------------------------------------------- */

static json_t *text_or_null(const char *text)
{
	json_t *json = text ? json_string(text) : json_null();

	return json ? json : json_string("(not UTF-8)");
}

static json_t *time_or_null(time_t at)
{
	return at ? json_integer((json_int_t)at) : json_null();
}

static json_t *worker_json(const struct px_master_worker *worker)
{
	static const char *const states[] = { "away", "starting", "running", "leaving" };

	return json_pack("{s:i,s:i,s:s,s:i,s:I}", "worker", (int)worker->slot - 1, "pid", (int)worker->pid, "state",
	    states[worker->state], "deaths", (int)worker->n_deaths, "up_ms", (json_int_t)worker->up_ms);
}

static json_t *workers_json(const struct px_master_status *status)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < status->n_workers; i++)
		(void)json_array_append_new(list, worker_json(&status->workers[i]));
	return list;
}

static json_t *listen_json(const struct px_master *master, unsigned service)
{
	const struct px_sockets *sockets = master->current->sockets;
	json_t *list = json_array();

	for (unsigned i = 0; sockets && i < sockets->n; i++) {
		if (sockets->list[i].service == service)
			(void)json_array_append_new(list, text_or_null(px_sockets_text(&sockets->list[i])));
	}
	return list;
}

static json_t *services_json(const struct px_master *master, const struct px_metrics_sum *sum)
{
	json_t *list = json_array();

	for (unsigned i = 0; master->current && i < master->current->loaded.conf->n_services; i++) {
		const char *name = master->current->loaded.conf->services[i].name;

		(void)json_array_append_new(list,
		    json_pack("{s:s,s:o,s:I,s:I,s:I,s:I}", "service", name, "listen", listen_json(master, i), "open",
			(json_int_t)px_metrics_sum_total(sum, PX_METRIC_OPEN, name), "connections",
			(json_int_t)px_metrics_sum_total(sum, PX_METRIC_CONNECTIONS, name), "handshakes",
			(json_int_t)px_metrics_sum_total(sum, PX_METRIC_HANDSHAKES, name), "handshake_failures",
			(json_int_t)px_metrics_sum_total(sum, PX_METRIC_HANDSHAKE_FAILURES, name)));
	}
	return list;
}

static json_t *certificates_json(const struct px_master *master)
{
	static const struct px_certificates none;
	const struct px_certificates *c = master->current ? &master->current->loaded.certificates : &none;

	return json_pack("{s:i,s:i,s:i}", "known", (int)c->n, "aside", (int)px_certificates_aside(c), "expiring",
	    (int)px_certificates_expiring(c, (int64_t)time(NULL) + PX_ADMIN_SOON_S));
}

static void run_status(void *owner, struct px_admin_call *call, const char *arg)
{
	const struct px_master *master = owner;
	struct px_master_status status;
	struct px_log_counts log;
	struct px_metrics_sum sum;
	json_t *json;

	(void)arg;
	px_master_status(&status, master);
	px_log_count(&log);
	if (px_figures_sum(&sum, master) != 0) {
		px_metrics_sum_clear(&sum);
		px_admin_fail(call, "out of memory");
		return;
	}
	json = json_pack("{s:s,s:i,s:o,s:o,s:o,s:i,s:b,s:b,s:b,s:{s:o,s:b,s:o},s:i,s:o,s:o,s:o,s:I}", "version",
	    PACKAGE_VERSION, "pid", (int)status.pid, "keeper", status.keeper ? json_integer(status.keeper) : json_null(),
	    "started", time_or_null(master->started), "configuration", text_or_null(master->path), "generation",
	    (int)status.generation, "newer_on_disk", status.text_is_newer, "reloading", status.reloading, "draining", status.draining, "last_reload", "at",
	    time_or_null(status.last_reload), "good", status.last_good, "outcome", text_or_null(status.last_outcome),
	    "restarts", (int)status.n_restarts, "workers", workers_json(&status), "services", services_json(master, &sum),
	    "certificates", certificates_json(master), "log_dropped", (json_int_t)log.n_dropped);
	px_metrics_sum_clear(&sum);
	if (json)
		px_admin_done(call, json);
	else
		px_admin_fail(call, "out of memory");
}

/* ---- certificates -------------------------------------------------------------------------------------- */

static json_t *certificate_json(const struct px_certificate *c)
{
	bool known = !c->aside || c->served;

	return json_pack("{s:o,s:o,s:o,s:o,s:o,s:b,s:o,s:o,s:o,s:o,s:i,s:o,s:o}", "service", text_or_null(c->service),
	    "chain", text_or_null(c->chain), "key", text_or_null(c->key), "staple", text_or_null(c->staple), "aside",
	    text_or_null(c->aside), "served", known, "names", text_or_null(c->names), "not_before",
	    known ? json_integer(c->not_before) : json_null(), "not_after",
	    known ? json_integer(c->not_after) : json_null(), "expires", known ? json_integer(c->expires) : json_null(),
	    "key_bits", (int)c->key_bits, "key_kind", text_or_null(c->key_kind), "serial", text_or_null(c->serial));
}

static void run_certificates(void *owner, struct px_admin_call *call, const char *arg)
{
	const struct px_master *master = owner;
	const struct px_certificates *list = master->current ? &master->current->loaded.certificates : NULL;

	(void)arg;
	for (unsigned i = 0; list && i < list->n; i++)
		px_admin_line(call, certificate_json(&list->list[i]));
	px_admin_done(call, json_pack("{s:i}", "certificates", list ? (int)list->n : 0));
}

/* ---- metrics --------------------------------------------------------------------------------------------- */

/* name="value",... as an object; metrics_sum has checked its form. */
static json_t *labels_json(const char *text)
{
	json_t *json = json_object();

	while (*text && json) {
		char name[PX_METRICS_LABELS_MAX + 1], value[PX_METRICS_LABELS_MAX + 1];
		size_t n = 0, len = strcspn(text, "=");

		memcpy(name, text, len);
		name[len] = '\0';
		for (text += len + 2; *text != '"'; text++) {
			text += *text == '\\';
			value[n++] = *text;
		}
		value[n] = '\0';
		(void)json_object_set_new(json, name, json_string(value));
		text += text[1] == ',' ? 2 : 1;
	}
	return json;
}

static json_t *value_json(const struct px_metrics_value *v)
{
	return json_pack("{s:s,s:o,s:I,s:I}", "metric", px_metric_table[v->metric].name, "labels",
	    labels_json(v->labels), "value", (json_int_t)v->value, "sum_us", (json_int_t)v->sum_us);
}

static void run_metrics(void *owner, struct px_admin_call *call, const char *arg)
{
	struct px_metrics_sum sum;
	int r = px_figures_sum(&sum, owner);

	(void)arg;
	for (size_t i = 0; r == 0 && i < sum.n; i++)
		px_admin_line(call, value_json(&sum.list[i]));
	if (r == 0)
		px_admin_done(call, json_pack("{s:I}", "lost", (json_int_t)sum.n_lost));
	else
		px_admin_fail(call, "out of memory");
	px_metrics_sum_clear(&sum);
}

/* ---- What changes something -------------------------------------------------------------------------------- */

static void on_reloaded(void *arg, bool good, const char *outcome)
{
	if (good)
		px_admin_done(arg, json_pack("{s:s}", "outcome", outcome));
	else
		px_admin_fail(arg, "%s", outcome);
}

static void run_reload(void *owner, struct px_admin_call *call, const char *arg)
{
	(void)arg;
	px_master_reload(owner, on_reloaded, call);
}

static void on_drain(evutil_socket_t fd, short what, void *master)
{
	(void)fd;
	(void)what;
	px_master_drain(master);
}

/* The answer leaves first: drained, there may be nobody left to send it. */
static void run_drain(void *owner, struct px_admin_call *call, const char *arg)
{
	const struct timeval soon = { .tv_usec = 20000 };
	const struct px_master *master = owner;

	(void)arg;
	if (event_base_once(master->base, -1, EV_TIMEOUT, on_drain, owner, &soon) == 0)
		px_admin_done(call, NULL);
	else
		px_admin_fail(call, "out of memory");
}

static void on_reopened(void *arg, bool good, const char *outcome)
{
	if (good)
		px_admin_done(arg, NULL);
	else
		px_admin_fail(arg, "%s", outcome);
}

static void run_reopen(void *owner, struct px_admin_call *call, const char *arg)
{
	(void)arg;
	px_master_reopen(owner, on_reopened, call);
}

static void run_log(void *owner, struct px_admin_call *call, const char *arg)
{
	static const char *const names[] = { "error", "warning", "info", "debug" };

	for (int level = CONF_LOG_ERROR; level <= CONF_LOG_DEBUG; level++) {
		if (strcmp(arg, names[level]) != 0)
			continue;
		px_master_set_log_level(owner, (enum conf_log_level)level);
		px_admin_done(call, json_pack("{s:s}", "level", arg));
		return;
	}
	px_admin_fail(call, "the level is error, warning, info or debug");
}

const struct px_admin_command px_admin_commands[] = {
	{ "status", run_status },
	{ "connections", px_admin_connections },
	{ "certificates", run_certificates },
	{ "metrics", run_metrics },
	{ "reload", run_reload },
	{ "drain", run_drain },
	{ "reopen", run_reopen },
	{ "log", run_log },
	{ NULL, NULL },
};
