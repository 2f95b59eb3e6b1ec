/* announce.c - see announce.h. */

#include "daemon/announce.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "daemon/admin_commands.h"
#include "daemon/figures.h"
#include "daemon/master.h"
#include "daemon/notify.h"

#define STATUS_S 5
#define STATUS_LEN 400
#define UNANSWERED_MAX 2 /* of PINGs, of a process that we call alive */

struct px_announce {
	struct px_master *master;
	struct event watchdog, status;
	char last[STATUS_LEN]; /* what is told only once */
};

/* ---- Status ------------------------------------------------------------------------------------------- */

static void add_certificates(char *text, const struct px_certificates *list)
{
	unsigned aside = px_certificates_aside(list);
	unsigned soon = px_certificates_expiring(list, (int64_t)time(NULL) + PX_ADMIN_SOON_S);
	size_t len = strlen(text);

	if (soon)
		len += (size_t)snprintf(text + len, STATUS_LEN - len, "; %u certificate%s expire%s within 14 days", soon,
		    soon == 1 ? "" : "s", soon == 1 ? "s" : "");
	if (aside)
		snprintf(text + len, STATUS_LEN - len, "; %u certificate%s set aside", aside, aside == 1 ? "" : "s");
}

static void add_reload(char *text, const struct px_master *master)
{
	size_t len = strlen(text);
	struct tm tm;
	char at[32];

	if (master->last_reload == 0 || !gmtime_r(&master->last_reload, &tm))
		return;
	strftime(at, sizeof(at), "%Y-%m-%d %H:%M:%S UTC", &tm);
	snprintf(text + len, STATUS_LEN - len, "; %.200s %s", master->last_outcome, at);
}

static void tell_status(struct px_announce *announce)
{
	const struct px_master *master = announce->master;
	struct px_metrics_sum sum;
	char text[STATUS_LEN];
	unsigned long long n_open = 0;

	if (!master->current || !px_notify_stores())
		return;
	if (px_figures_sum(&sum, master) == 0)
		n_open = px_metrics_sum_total(&sum, PX_METRIC_OPEN, NULL);
	px_metrics_sum_clear(&sum);
	snprintf(text, sizeof(text), "%s%llu connection%s", master->draining ? "ending: " : "", n_open,
	    n_open == 1 ? "" : "s");
	add_certificates(text, &master->current->loaded.certificates);
	add_reload(text, master);
	if (strcmp(text, announce->last) == 0)
		return;
	memcpy(announce->last, text, sizeof(text));
	px_notify_status("%s", text);
}

static void on_status(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	tell_status(arg);
}

/* ---- The watchdog ---------------------------------------------------------------------------------------- */

/* Every process that serves has answered lately. One that is starting has its own limit, and others serve. */
static bool all_are_alive(const struct px_master *master)
{
	const struct px_child *child;

	TAILQ_FOREACH(child, &master->children.list, link) {
		if (child->state == PX_CHILD_RUNNING && child->n_unanswered > UNANSWERED_MAX)
			return false;
	}
	return true;
}

static void on_watchdog(evutil_socket_t fd, short what, void *arg)
{
	const struct px_announce *announce = arg;

	(void)fd;
	(void)what;
	if (all_are_alive(announce->master))
		px_notify_watchdog();
}

/* ---- Events ------------------------------------------------------------------------------------------------ */

static void on_event(void *arg, enum px_master_event event, const char *text)
{
	struct px_announce *announce = arg;

	(void)text;
	switch (event) {
	case PX_MASTER_READY:
		px_sockets_settle();
		tell_status(announce);
		px_notify_ready();
		break;
	case PX_MASTER_RELOADING:
		if (announce->master->current)
			px_notify_reloading();
		break;
	case PX_MASTER_RELOADED:
		tell_status(announce);
		if (announce->master->current && !announce->master->draining)
			px_notify_ready();
		break;
	case PX_MASTER_STOPPING:
		px_notify_stopping();
		break;
	}
}

static int begin_timer(struct event *event, struct event_base *base, uint64_t ms, event_callback_fn func, void *arg)
{
	const struct timeval tv = { .tv_sec = (time_t)(ms / 1000), .tv_usec = (suseconds_t)(ms % 1000 * 1000) };

	if (event_assign(event, base, -1, EV_PERSIST, func, arg) != 0)
		return -1;
	return event_add(event, &tv);
}

int px_announce_new(struct px_announce **out, struct px_master *master)
{
	struct px_announce *announce = calloc(1, sizeof(*announce));
	uint64_t watchdog_ms = px_notify_watchdog_ms();

	*out = announce;
	if (!announce)
		return -1;
	announce->master = master;
	if (begin_timer(&announce->status, master->base, STATUS_S * 1000, on_status, announce) != 0 ||
	    (watchdog_ms && begin_timer(&announce->watchdog, master->base, watchdog_ms / 3 + 1, on_watchdog, announce) != 0)) {
		px_announce_free(announce);
		*out = NULL;
		return -1;
	}
	master->observer = on_event;
	master->observer_arg = announce;
	return 0;
}

void px_announce_free(struct px_announce *announce)
{
	if (!announce)
		return;
	if (event_initialized(&announce->status))
		event_del(&announce->status);
	if (event_initialized(&announce->watchdog))
		event_del(&announce->watchdog);
	announce->master->observer = NULL;
	free(announce);
}
