/* master.c - see master.h. */

#include "config.h" /* GNU extensions */

#include "daemon/master.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/crew.h"
#include "daemon/deliver.h"
#include "daemon/log.h"
#include "daemon/privileges.h"
#include "daemon/reload.h"
#include "daemon/spawn.h"

#define TICK_S 10 /* how often ticket keys are looked at */
#define END_S 2 /* for children that are to end at once */

/* ---- The log ---------------------------------------------------------------------------------------- */

int px_master_open_log(struct px_generation *generation, char problem[PX_RELOAD_TEXT_LEN])
{
	struct px_log_sink *sink = &generation->loaded.log;
	int r = px_log_use(sink);

	*sink = (struct px_log_sink){ .fd = -1 };
	if (r == 0)
		px_log_set_level(generation->loaded.conf->log.level);
	else
		snprintf(problem, PX_RELOAD_TEXT_LEN, "cannot log: %s", strerror(errno));
	return r;
}

void px_master_reopen(struct px_master *master, px_reopen_func done, void *arg)
{
	px_reopen_ask(master->reopen, done, arg);
}

void px_master_set_log_level(struct px_master *master, enum conf_log_level level)
{
	const struct px_control_index body = { .index = (uint32_t)level };
	struct px_child *child;

	px_log_set_level(level);
	master->children.boot.log_level = (uint32_t)level;
	TAILQ_FOREACH(child, &master->children.list, link) {
		if (child->control)
			(void)px_control_tell(child->control, PX_CONTROL_LOG, 0, &body, sizeof(body));
	}
}

/* ---- Signals and time ------------------------------------------------------------------------------- */

/* One that has died is known to have, and its sockets are lent, before they are let go. */
static void on_end(evutil_socket_t number, short what, void *arg)
{
	struct px_master *master = arg;

	(void)number;
	(void)what;
	px_children_reap(&master->children);
	px_master_drain(master);
}

static void on_reopen(evutil_socket_t number, short what, void *arg)
{
	(void)number;
	(void)what;
	px_master_reopen(arg, NULL, NULL);
}

static void on_hup(evutil_socket_t number, short what, void *arg)
{
	(void)number;
	(void)what;
	px_master_reload(arg, NULL, NULL);
}

static void on_child(evutil_socket_t number, short what, void *arg)
{
	struct px_master *master = arg;

	(void)number;
	(void)what;
	px_children_reap(&master->children);
	px_crew_end(master);
	if (master->draining && px_children_is_empty(&master->children))
		event_base_loopexit(master->base, NULL);
}

static int catch_signals(struct px_master *master)
{
	static const struct {
		int number;
		event_callback_fn func;
	} table[] = { { SIGTERM, on_end }, { SIGINT, on_end }, { SIGUSR1, on_reopen }, { SIGHUP, on_hup },
		{ SIGCHLD, on_child } };

	signal(SIGPIPE, SIG_IGN);
	signal(SIGUSR2, SIG_IGN); /* other daemons have a use for it */
	signal(SIGXFSZ, SIG_IGN); /* a log that may grow no more is as a full disk */
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct event *event = &master->signals[i];

		if (evsignal_assign(event, master->base, table[i].number, table[i].func, master) != 0 ||
		    event_add(event, NULL) != 0)
			return -1;
		master->n_signals++;
	}
	return 0;
}

static void on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct px_master *master = arg;
	struct px_child *child;

	(void)fd;
	(void)what;
	/* A worker that lives can have ended one that others have as well. */
	if (master->current && master->current->sockets)
		px_sockets_revive(master->current->sockets);
	if (!master->current || !px_tickets_update(&master->tickets, &master->current->loaded.conf->tickets))
		return;
	TAILQ_FOREACH(child, &master->children.list, link) {
		if (child->role == PX_CHILD_WORKER && child->pid &&
		    px_deliver_tickets(child, &master->tickets) != 0)
			px_children_kill(child);
	}
}

/* The text is the operator's to apply: it may be half written, or not meant yet. */
static void on_change(void *arg, unsigned what)
{
	struct px_master *master = arg;

	if (what & PX_SEEN_TEXT)
		px_log(CONF_LOG_WARNING, "the configuration %s has changed since it was read: a reload takes it on",
		    master->path);
	if (what & PX_SEEN_CERTIFICATES)
		px_reload_certificates(master);
}

/* ---- The end ---------------------------------------------------------------------------------------- */

void px_master_observe(const struct px_master *master, enum px_master_event event, const char *text)
{
	if (master->observer)
		master->observer(master->observer_arg, event, text);
}

void px_master_fail(struct px_master *master, const char *reason)
{
	if (reason)
		px_log(CONF_LOG_ERROR, "%s", reason);
	master->failed = true;
	event_base_loopexit(master->base, NULL);
}

/* Nobody else lets the sockets go: whoever has connected before is served, and nobody after. */
static void close_sockets(struct px_master *master)
{
	if (!master->current)
		return;
	px_sockets_leave(master->current->sockets);
	master->current->sockets = NULL;
}

static void drain_again(struct px_master *master)
{
	const struct timeval tv = { .tv_sec = END_S };
	struct px_child *child;

	TAILQ_FOREACH(child, &master->children.list, link) {
		if (child->role == PX_CHILD_WORKER && child->control)
			(void)px_control_tell(child->control, PX_CONTROL_DRAIN, 0, NULL, 0);
	}
	event_base_loopexit(master->base, &tv);
}

void px_master_drain(struct px_master *master)
{
	if (master->draining) {
		drain_again(master);
		return;
	}
	master->draining = true;
	px_reload_stop(master);
	px_master_observe(master, PX_MASTER_STOPPING, NULL);
	close_sockets(master);
	for (unsigned i = 0; i < PX_CHILDREN_MAX; i++) {
		struct px_child *child = master->children.slots[i];

		if (child && child != master->keeper && child->state != PX_CHILD_LEAVING)
			px_children_retire(child, px_deliver_drain_limit(child));
	}
	px_crew_end(master);
	if (px_children_is_empty(&master->children))
		event_base_loopexit(master->base, NULL);
}

/* ---- Life ------------------------------------------------------------------------------------------- */

void px_master_reload(struct px_master *master, px_reload_func done, void *arg)
{
	px_reload_ask(master, done, arg);
}

static int start(struct px_master *master)
{
	const struct timeval tv = { .tv_sec = TICK_S };
	struct px_children *children = &master->children;

	master->started = time(NULL);
	if (px_office_new(&master->office, master) != 0)
		return -1;
	children->program = px_spawn_program();
	master->proof = px_proof_new();
	if (children->program < 0 || !master->proof)
		return -1;
	px_crew_init(master);
	children->boot.flags = master->demo_fd >= 0 ? PX_BOOT_DEMO : 0;
	if (px_children_init(children, master->base) != 0 || px_reload_init(master) != 0 ||
	    px_tickets_init(&master->tickets) != 0 || catch_signals(master) != 0 ||
	    event_assign(&master->tick, master->base, -1, EV_PERSIST, on_tick, master) != 0 ||
	    event_add(&master->tick, &tv) != 0)
		return -1;
	if (px_watch_new(&master->watch, master->base, on_change, master) != 0)
		return -1;
	if (px_reopen_new(&master->reopen, master) != 0)
		return -1;
	return px_loader_new(&master->loader, master->base, px_reload_loaded, master);
}

int px_master_init(struct px_master *master)
{
	TAILQ_INIT(&master->asks);
	TAILQ_INIT(&master->children.list);
	master->children.program = -1;
	if (px_privileges_limit() != 0) {
		px_log(CONF_LOG_ERROR, "privileges can't be given up: %s", strerror(errno));
		return -1;
	}
	master->base = event_base_new();
	if (master->base && start(master) == 0)
		return 0;
	px_log(CONF_LOG_ERROR, "the master can't start: %s", strerror(errno));
	return -1;
}

int px_master_run(struct px_master *master)
{
	px_reload_ask(master, NULL, NULL);
	if (event_base_dispatch(master->base) < 0) {
		px_log(CONF_LOG_ERROR, "the event loop failed: %s", strerror(errno));
		return -1;
	}
	return master->failed ? -1 : 0;
}

void px_master_clear(struct px_master *master)
{
	bool all;

	if (master->proof)
		px_proof_cancel(master->proof);
	all = px_loader_free(master->loader);
	px_watch_free(master->watch);
	px_reopen_free(master->reopen);
	px_children_clear(&master->children);
	px_master_forget_asks(master, NULL);
	if (all) {
		px_reload_clear(master);
		px_reload_free_generation(master->current, NULL);
		px_proof_free(master->proof);
	}
	px_office_free(master->office);
	px_tickets_clear(&master->tickets);
	for (unsigned i = 0; i < PX_CHILDREN_MAX; i++) {
		if (!master->figures[i].slot)
			continue;
		px_metrics_slot_unmap(master->figures[i].slot);
		close(master->figures[i].fd);
	}
	while (master->n_signals > 0)
		event_del(&master->signals[--master->n_signals]);
	if (event_initialized(&master->tick))
		event_del(&master->tick);
	if (master->children.program >= 0)
		close(master->children.program);
	if (master->base)
		event_base_free(master->base);
}
