/* master.c - see master.h. */

#include "config.h" /* GNU extensions */

#include "daemon/master.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/ask.h"
#include "daemon/deliver.h"
#include "daemon/drop.h"
#include "daemon/log.h"
#include "daemon/privileges.h"
#include "daemon/reload.h"
#include "daemon/spawn.h"

#define TICK_S 10 /* how often ticket keys are looked at */
#define END_S 2 /* for children that are to end at once */

/* ---- The log ---------------------------------------------------------------------------------------- */

/* Opened by whom it will be opened again after it was moved away. */
int px_master_open_log(const struct px_generation *generation, char problem[PX_RELOAD_TEXT_LEN])
{
	const struct conf *conf = generation->loaded.conf;
	const struct px_drop *drop = &generation->loaded.drop;
	int r = px_drop_begin_as(drop), error;

	if (r == 0)
		r = px_log_open(&conf->log);
	error = errno;
	if (px_drop_end_as(drop) == 0 && r == 0)
		return 0;
	snprintf(problem, PX_RELOAD_TEXT_LEN, "%s:%u: cannot open the log %s%s%s: %s", conf->log.origin.file,
	    conf->log.origin.line, conf->log.path ? conf->log.path : "", drop->user ? " as user " : "",
	    drop->user ? conf->user : "", strerror(error));
	return -1;
}

void px_master_reopen(struct px_master *master)
{
	const struct px_drop *drop = &master->children.boot.drop;
	const char *path = master->current ? master->current->loaded.conf->log.path : NULL;
	int r = px_drop_begin_as(drop), error;

	if (r == 0)
		r = px_log_reopen();
	error = errno;
	if (px_drop_end_as(drop) != 0 || r != 0)
		px_log_event(PX_LOG_ANSWER, CONF_LOG_ERROR, NULL,
		    "the log %s can't be opened again, the old one stays: %s", path ? path : "", strerror(error));
	else
		px_log_event(PX_LOG_ANSWER, CONF_LOG_INFO, NULL, "the log is open again");
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

/* ---- Children --------------------------------------------------------------------------------------- */

struct px_child *px_master_worker(const struct px_master *master, unsigned position)
{
	struct px_child *child;

	TAILQ_FOREACH(child, &master->children.list, link) {
		if (child->role == PX_CHILD_WORKER && child->state != PX_CHILD_LEAVING &&
		    child->position == position)
			return child;
	}
	return NULL;
}

/* The log wants its rings made in the order of their numbers. */
static unsigned add_log_fds(struct px_master *master, int *fds, unsigned slot)
{
	char name[24] = "keeper";

	for (unsigned i = master->n_logs < slot ? master->n_logs : slot; i <= slot; i++) {
		if (i > 0)
			snprintf(name, sizeof(name), "worker %u", i - 1);
		if (px_log_child(i, name, fds) != 0) {
			px_log(CONF_LOG_WARNING, "%s logs to standard error: %s", name, strerror(errno));
			return 0;
		}
		if (i == master->n_logs)
			master->n_logs++;
	}
	return 2;
}

/* One for each slot, for good: what a worker has counted stays when it dies. */
static unsigned add_figures_fd(struct px_master *master, int *fd, unsigned slot)
{
	struct px_master_figures *figures = &master->figures[slot];

	if (!figures->slot)
		figures->slot = px_metrics_slot_make(&figures->fd);
	if (!figures->slot)
		return 0;
	*fd = figures->fd;
	return 1;
}

static unsigned boot_fds(void *arg, int fds[8], const struct px_child *child)
{
	struct px_master *master = arg;
	unsigned n = add_log_fds(master, fds, child->slot);

	if (child->role == PX_CHILD_WORKER && n)
		n += add_figures_fd(master, fds + n, child->slot);
	if (child->role == PX_CHILD_WORKER && master->demo_fd >= 0)
		fds[n++] = master->demo_fd;
	return n;
}

static int worker_up(struct px_master *master, struct px_child *worker, const struct px_generation *g)
{
	if (!worker->is_new && px_deliver_tickets(worker, &master->tickets) != 0)
		return -1;
	if (master->keeper && px_deliver_channel(worker, master->keeper) != 0)
		return -1;
	return px_deliver_generation(worker, g);
}

/* Whoever waits for a signature of the keeper before this one has been told that it is lost. */
static int keeper_up(struct px_master *master, struct px_child *keeper, const struct px_generation *g)
{
	struct px_child *child;

	if (px_deliver_generation(keeper, g) != 0)
		return -1;
	TAILQ_FOREACH(child, &master->children.list, link) {
		if (child->role == PX_CHILD_WORKER && px_deliver_channel(child, keeper) != 0)
			return -1;
	}
	return 0;
}

static void on_up(void *arg, struct px_child *child)
{
	struct px_master *master = arg;
	const struct px_generation *g = child->is_new ? master->reload.next : master->current;
	int r = child->role == PX_CHILD_KEEPER ? keeper_up(master, child, g) : worker_up(master, child, g);

	if (r == 0)
		return;
	px_log(CONF_LOG_ERROR, "%s can't be told what to do: out of memory or descriptors", child->name);
	px_children_kill(child);
}

static void stop_keeper_at_end(struct px_master *master)
{
	const struct px_child *child;
	bool workers = false;

	if (!master->draining)
		return;
	TAILQ_FOREACH(child, &master->children.list, link)
		workers = workers || child->role == PX_CHILD_WORKER;
	/* Their last handshakes need it. */
	if (!workers && master->keeper) {
		px_children_stop(master->keeper);
		master->keeper = NULL;
	}
}

static void on_down(void *arg, struct px_child *child)
{
	struct px_master *master = arg;

	px_ask_died(master, child);
	px_reload_died(master, child);
	if (child->role == PX_CHILD_WORKER && master->current && master->current->sockets)
		px_sockets_revive(master->current->sockets);
	if (master->figures[child->slot].slot)
		px_metrics_slot_settle(master->figures[child->slot].slot);
	if (master->draining)
		child->state = PX_CHILD_LEAVING;
	if (child == master->keeper && child->state == PX_CHILD_LEAVING)
		master->keeper = NULL;
}

/* A worker or keeper that has come back: what it was given is good, or it is started once more. */
static void child_answered(struct px_master *master, struct px_child *child, const char *reason)
{
	if (reason)
		px_log(CONF_LOG_ERROR, "%s: %s", child->name, reason);
	if (reason || px_deliver_commit(child, false) != 0)
		px_children_kill(child);
	else
		px_log(CONF_LOG_INFO, "%s (process %ld) serves again", child->name, (long)child->pid);
	px_reload_answered(master, child, NULL);
}

static void on_done(struct px_master *master, struct px_child *child, const struct px_control_msg *msg)
{
	char reason[PX_RELOAD_TEXT_LEN];
	bool good = msg->head.status == 0;
	const struct px_generation *next = master->reload.next;

	if (!child->waiting_for || msg->head.serial != child->waiting_for)
		return;
	snprintf(reason, sizeof(reason), "%.*s", (int)msg->len, (const char *)msg->body);
	child->waiting_for = 0;
	if (child->state == PX_CHILD_LEAVING)
		return;
	if (next && child->given == next->serial)
		px_reload_answered(master, child, good ? NULL : reason);
	else if (child->state == PX_CHILD_STARTING)
		child_answered(master, child, good ? NULL : reason);
	else
		px_reload_answered(master, child, NULL);
}

/* It is broken, or somebody else's. */
static void nonsense(const struct px_child *child, const struct px_control_msg *msg)
{
	px_log(CONF_LOG_ERROR, "%s sends what no child has to say, message %u: it is killed", child->name,
	    msg->head.type);
	px_children_kill(child);
}

static void on_msg(void *arg, struct px_child *child, struct px_control_msg *msg)
{
	struct px_master *master = arg;

	if (msg->head.type == PX_CONTROL_DONE)
		on_done(master, child, msg);
	else if (msg->head.type == PX_CONTROL_ANSWER)
		px_ask_answered(master, child, msg);
	else
		nonsense(child, msg);
}

/* ---- Signals and time ------------------------------------------------------------------------------- */

static void on_end(evutil_socket_t number, short what, void *arg)
{
	(void)number;
	(void)what;
	px_master_drain(arg);
}

static void on_reopen(evutil_socket_t number, short what, void *arg)
{
	(void)number;
	(void)what;
	px_master_reopen(arg);
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
	stop_keeper_at_end(master);
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
			px_children_retire(child, 0);
	}
	stop_keeper_at_end(master);
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
	children->boot_fds = boot_fds;
	children->up = on_up;
	children->down = on_down;
	children->msg = on_msg;
	children->arg = master;
	children->boot.flags = master->demo_fd >= 0 ? PX_BOOT_DEMO : 0;
	if (px_children_init(children, master->base) != 0 || px_reload_init(master) != 0 ||
	    px_tickets_init(&master->tickets) != 0 || catch_signals(master) != 0 ||
	    event_assign(&master->tick, master->base, -1, EV_PERSIST, on_tick, master) != 0 ||
	    event_add(&master->tick, &tv) != 0)
		return -1;
	if (px_watch_new(&master->watch, master->base, on_change, master) != 0)
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
