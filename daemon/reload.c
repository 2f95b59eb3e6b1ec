/* reload.c - see reload.h. */

#include "config.h" /* GNU extensions */

#include "daemon/reload.h"

#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/deliver.h"
#include "daemon/log.h"

#define PREPARE_S 30 /* a child that takes longer fails the reload */
#define KEEPER_S 10 /* one that isn't needed any more: for handshakes that began before */
#define COMMIT_S 10 /* one that takes longer is not waited for */

struct px_reload_caller {
	TAILQ_ENTRY(px_reload_caller) link;
	px_reload_func done;
	void *arg;
};

static void begin(struct px_master *master);

/* ---- The outcome ------------------------------------------------------------------------------------ */

static void set_limit(struct px_master *master, unsigned seconds)
{
	const struct timeval tv = { .tv_sec = seconds };

	event_add(&master->reload.limit, &tv);
}

void px_reload_free_generation(struct px_generation *g, const struct px_sockets *keep)
{
	if (!g)
		return;
	px_sockets_free(g->sockets, keep);
	px_load_clear(&g->loaded);
	free(g);
	malloc_trim(0);
}

static void tell_callers(struct px_reload_callers *callers, bool good, const char *outcome)
{
	struct px_reload_caller *caller;

	while ((caller = TAILQ_FIRST(callers)) != NULL) {
		TAILQ_REMOVE(callers, caller, link);
		if (caller->done)
			caller->done(caller->arg, good, outcome);
		free(caller);
	}
}

static void over(struct px_master *master, bool good, const char *outcome)
{
	struct px_reload *reload = &master->reload;
	bool first = master->last_reload == 0 && good;

	event_del(&reload->limit);
	reload->stage = PX_RELOAD_NONE;
	master->n_reloads += good && !first;
	master->n_failed_reloads += !good;
	master->last_reload = time(NULL);
	master->last_good = good;
	snprintf(master->last_outcome, sizeof(master->last_outcome), "%s", outcome);
	px_master_observe(master, first ? PX_MASTER_READY : PX_MASTER_RELOADED, master->last_outcome);
	tell_callers(&reload->callers, good, master->last_outcome);
	if (!reload->again || master->draining)
		return;
	reload->again = false;
	reload->text = reload->text_again;
	reload->text_again = false;
	TAILQ_CONCAT(&reload->callers, &reload->callers_again, link);
	begin(master);
}

static void fail(struct px_master *master, const char *reason)
{
	char outcome[PX_RELOAD_TEXT_LEN];

	if (!master->current) {
		over(master, false, reason);
		if (!master->draining)
			px_master_fail(master, reason);
		return;
	}
	snprintf(outcome, sizeof(outcome), "the reload has failed, the settings stay as they were: %s", reason);
	px_log_event(PX_LOG_RELOAD_FAILED, CONF_LOG_ERROR, NULL, "%s", outcome);
	over(master, false, outcome);
}

/* What children begin with that are started from now on. */
static void set_boot(struct px_master *master, const struct px_generation *g)
{
	if (!g)
		return;
	master->children.boot.drop = g->loaded.drop;
	master->children.boot.log_level = (uint32_t)g->loaded.conf->log.level;
}

/* ---- Taking back ------------------------------------------------------------------------------------ */

static void call_off(struct px_child *child, uint32_t serial)
{
	struct px_master *master = child->set->arg;

	if (child->is_new) {
		if (child == master->keeper)
			master->keeper = NULL;
		px_children_stop(child);
	} else if (child->given == serial && child->state != PX_CHILD_LEAVING) {
		px_deliver_cancel(child);
	}
}

static void cancel(struct px_master *master, const char *reason)
{
	struct px_reload *reload = &master->reload;
	struct px_generation *next = reload->next;

	reload->next = NULL;
	px_office_cancel(master->office);
	set_boot(master, master->current);
	for (unsigned i = 0; i < PX_CHILDREN_MAX; i++) {
		if (master->children.slots[i])
			call_off(master->children.slots[i], next->serial);
	}
	px_reload_free_generation(next, master->current ? master->current->sockets : NULL);
	fail(master, reason);
}

static void cancel_for(struct px_master *master, const struct px_child *child, const char *what)
{
	char reason[PX_RELOAD_TEXT_LEN];

	snprintf(reason, sizeof(reason), "%s%s%s", child->name, what[0] == ' ' ? "" : ": ", what);
	cancel(master, reason);
}

/* ---- In force --------------------------------------------------------------------------------------- */

/* An answer that somebody still owes. */
static const struct px_child *first_waiting(const struct px_master *master, uint32_t serial)
{
	const struct px_child *child;

	TAILQ_FOREACH(child, &master->children.list, link) {
		if (child->state != PX_CHILD_LEAVING && child->waiting_for == serial)
			return child;
	}
	return NULL;
}

static void finish(struct px_master *master)
{
	struct px_reload *reload = &master->reload;
	struct px_generation *old = reload->old;
	struct px_generation *g = master->current;
	const char *what = g->loaded.kept_text ? "changed certificates" : "new settings";

	px_sockets_tell(g->sockets, old ? old->sockets : NULL, g->loaded.conf);
	reload->old = NULL;
	px_reload_free_generation(old, g->sockets);
	if (old)
		px_log_event(PX_LOG_RELOADED, CONF_LOG_INFO, NULL, "reloaded: the %s are in force", what);
	if (g->loaded.seen)
		px_watch_take(master->watch, g->loaded.seen, g->loaded.kept_text ? PX_SEEN_TEXT : 0);
	g->loaded.seen = NULL;
	over(master, true, old ? "reloaded" : "started");
}

/* It came back meanwhile, and has only the one before: when it has prepared this one it is told to take it, as one that
 * has just started. */
static int catch_up(struct px_child *child, const struct px_generation *g)
{
	child->state = PX_CHILD_STARTING;
	return px_deliver_generation(child, g);
}

/* One that has died meanwhile gets it when it is back. */
static void commit_to(struct px_master *master, struct px_child *child)
{
	const struct px_generation *g = master->current;
	bool is_worker = child->role == PX_CHILD_WORKER;

	child->is_new = false;
	if (child->state == PX_CHILD_LEAVING)
		return;
	if (is_worker ? child->position >= g->loaded.n_workers : g->loaded.keys < 0) {
		if (!is_worker)
			master->keeper = NULL;
		px_children_retire(child, is_worker ? 0 : KEEPER_S);
		return;
	}
	if (!child->pid)
		return;
	if ((is_worker && px_deliver_tickets(child, &master->tickets) != 0) ||
	    (child->given == g->serial ? px_deliver_commit(child, true) : catch_up(child, g)) != 0)
		px_children_kill(child);
}

static void put_in_force(struct px_master *master)
{
	struct px_reload *reload = &master->reload;
	struct conf *conf = reload->next->loaded.conf;

	reload->old = master->current;
	master->current = reload->next;
	reload->next = NULL;
	reload->stage = PX_RELOAD_COMMITTING;
	px_office_commit(master->office);
	px_tickets_update(&master->tickets, &conf->tickets);
	for (unsigned i = 0; i < PX_CHILDREN_MAX; i++) {
		if (master->children.slots[i])
			commit_to(master, master->children.slots[i]);
	}
	set_limit(master, COMMIT_S);
	if (!first_waiting(master, master->current->serial))
		finish(master);
}

/* Everybody agrees. What can still fail comes first; behind it there is no way back. */
static void decide(struct px_master *master)
{
	struct px_generation *next = master->reload.next;
	char problem[PX_RELOAD_TEXT_LEN];

	if (px_sockets_listen(next->sockets, problem, next->loaded.conf) != 0) {
		cancel(master, problem);
		return;
	}
	if (master->current && px_master_open_log(next, problem) != 0) {
		cancel(master, problem);
		return;
	}
	put_in_force(master);
}

/* ---- Preparing -------------------------------------------------------------------------------------- */

void px_reload_answered(struct px_master *master, struct px_child *child, const char *reason)
{
	struct px_reload *reload = &master->reload;

	if (reload->stage == PX_RELOAD_PREPARING && reason)
		cancel_for(master, child, reason);
	else if (reload->stage == PX_RELOAD_PREPARING && !first_waiting(master, reload->next->serial))
		decide(master);
	else if (reload->stage == PX_RELOAD_COMMITTING && !first_waiting(master, master->current->serial))
		finish(master);
}

void px_reload_died(struct px_master *master, const struct px_child *child)
{
	struct px_reload *reload = &master->reload;

	if (reload->stage == PX_RELOAD_PREPARING && child->given == reload->next->serial)
		cancel_for(master, child, " has died over the new settings");
	else if (reload->stage == PX_RELOAD_COMMITTING && !first_waiting(master, master->current->serial))
		finish(master);
}

static void on_limit(evutil_socket_t fd, short what, void *arg)
{
	struct px_master *master = arg;
	const struct px_child *child;

	(void)fd;
	(void)what;
	if (master->reload.stage == PX_RELOAD_COMMITTING) {
		finish(master);
		return;
	}
	child = master->reload.next ? first_waiting(master, master->reload.next->serial) : NULL;
	if (child)
		cancel_for(master, child, " doesn't answer in time");
}

/* The post at this position, perhaps a new one; NULL when there is no room for it. */
static struct px_child *worker_at(struct px_master *master, unsigned position)
{
	struct px_child *worker = px_master_worker(master, position);

	if (worker)
		return worker;
	worker = px_children_add(&master->children, PX_CHILD_WORKER);
	if (!worker)
		return NULL;
	worker->position = position;
	worker->is_new = true;
	return worker;
}

/* A new one starts, and gets it then (px_master: up); one that has died gets it when it is in force. */
static int give(struct px_child *child, const struct px_generation *next)
{
	if (child->is_new)
		px_children_start(child);
	else if (child->pid)
		return px_deliver_generation(child, next);
	return 0;
}

static int prepare_keeper(struct px_master *master, const struct px_generation *next)
{
	if (next->loaded.keys < 0)
		return 0;
	if (!master->keeper) {
		master->keeper = px_children_add(&master->children, PX_CHILD_KEEPER);
		if (!master->keeper)
			return -1;
		master->keeper->is_new = true;
	}
	return give(master->keeper, next);
}

static int prepare_workers(struct px_master *master, const struct px_generation *next)
{
	for (unsigned i = 0; i < next->loaded.n_workers; i++) {
		struct px_child *worker = worker_at(master, i);

		if (!worker || give(worker, next) != 0)
			return -1;
	}
	return 0;
}

/* Who may ask us. */
static gid_t gid_of(const struct px_generation *g)
{
	return g->loaded.drop.group ? g->loaded.drop.gid : getegid();
}

static void prepare(struct px_master *master, struct px_generation *next)
{
	const struct px_sockets *old = master->current ? master->current->sockets : NULL;
	char problem[PX_RELOAD_TEXT_LEN];

	if (px_sockets_open(&next->sockets, problem, old, next->loaded.conf, next->loaded.n_workers) != 0 ||
	    px_office_prepare(master->office, problem, next->loaded.conf, gid_of(next)) != 0) {
		px_reload_free_generation(next, old);
		fail(master, problem);
		return;
	}
	master->reload.next = next;
	master->reload.stage = PX_RELOAD_PREPARING;
	set_limit(master, PREPARE_S);
	set_boot(master, next);
	if (prepare_keeper(master, next) != 0 || prepare_workers(master, next) != 0)
		cancel(master, "a process of ours can't be told: out of memory or descriptors");
	else if (!first_waiting(master, next->serial))
		decide(master);
}

void px_reload_stop(struct px_master *master)
{
	if (master->reload.stage == PX_RELOAD_PREPARING)
		cancel(master, "the daemon ends");
	else if (master->reload.stage == PX_RELOAD_COMMITTING)
		finish(master);
}

/* ---- Loading ---------------------------------------------------------------------------------------- */

/* Before there is a log the start speaks plainly, by main. */
static void tell_messages(const struct px_master *master, const struct px_loaded *loaded)
{
	const struct conf_errors *errs = &loaded->errs;

	if (!master->current && master->show)
		master->show(loaded);
	for (unsigned i = 0; master->current && i < errs->n; i++)
		px_log_event(PX_LOG_ANSWER,
		    errs->list[i].severity == CONF_WARNING ? CONF_LOG_WARNING : CONF_LOG_ERROR, NULL, "%s",
		    errs->list[i].text);
}

static void fail_to_load(struct px_master *master, const struct px_loaded *loaded)
{
	const struct conf_errors *errs = &loaded->errs;
	char reason[PX_RELOAD_TEXT_LEN];
	const char *first = loaded->problem;

	for (unsigned i = 0; i < errs->n && !first[0]; i++) {
		if (errs->list[i].severity == CONF_ERROR)
			first = errs->list[i].text;
	}
	if (!first[0])
		first = "out of memory";
	if (errs->n_errors > 1)
		snprintf(reason, sizeof(reason), "%.400s (and %u more errors)", first, errs->n_errors - 1);
	else
		snprintf(reason, sizeof(reason), "%s", first);
	if (master->current) {
		fail(master, reason);
		return;
	}
	over(master, false, reason);
	px_master_fail(master, NULL);
}

void px_reload_loaded(void *arg, struct px_loaded *loaded)
{
	struct px_master *master = arg;
	char problem[PX_RELOAD_TEXT_LEN];
	struct px_generation *next;

	tell_messages(master, loaded);
	next = loaded->conf ? calloc(1, sizeof(*next)) : NULL;
	if (!next) {
		fail_to_load(master, loaded);
		px_load_clear(loaded);
		return;
	}
	conf_errors_clear(&loaded->errs);
	next->loaded = *loaded;
	next->serial = ++master->last_serial;
	if (master->draining) {
		px_reload_free_generation(next, NULL);
		over(master, false, "the daemon ends");
	} else if (!master->current && px_master_open_log(next, problem) != 0) {
		px_reload_free_generation(next, NULL);
		fail(master, problem);
	} else {
		if (!master->current && next->loaded.conf->log.path)
			snprintf(master->log_file, sizeof(master->log_file), "%s", next->loaded.conf->log.path);
		prepare(master, next);
	}
}

static void begin(struct px_master *master)
{
	const struct px_generation *g = master->current;

	master->job = (struct px_load_job){ .path = master->path, .files = master->files,
		.proof = master->proof };
	if (g)
		master->job.before = (struct px_record_before){ .conf = g->loaded.conf, .bundle = g->loaded.bundle,
			.keys = g->loaded.keys, .keep_text = !master->reload.text };
	master->reload.text = false;
	master->reload.stage = PX_RELOAD_LOADING;
	px_master_observe(master, PX_MASTER_RELOADING, NULL);
	if (px_loader_start(master->loader, &master->job) != 0)
		fail(master, "the loader is busy");
}

void px_reload_ask(struct px_master *master, px_reload_func done, void *arg)
{
	struct px_reload *reload = &master->reload;
	struct px_reload_caller *caller = calloc(1, sizeof(*caller));
	bool busy = reload->stage != PX_RELOAD_NONE;

	if (!caller || master->draining) {
		free(caller);
		if (done)
			done(arg, false, master->draining ? "the daemon ends" : "out of memory");
		return;
	}
	*caller = (struct px_reload_caller){ .done = done, .arg = arg };
	TAILQ_INSERT_TAIL(busy ? &reload->callers_again : &reload->callers, caller, link);
	if (busy)
		reload->again = reload->text_again = true;
	else
		reload->text = true;
	if (!busy)
		begin(master);
}

void px_reload_certificates(struct px_master *master)
{
	if (master->draining || !master->current)
		return;
	if (master->reload.stage != PX_RELOAD_NONE)
		master->reload.again = true;
	else
		begin(master);
}

/* ---- Life ------------------------------------------------------------------------------------------- */

int px_reload_init(struct px_master *master)
{
	struct px_reload *reload = &master->reload;

	TAILQ_INIT(&reload->callers);
	TAILQ_INIT(&reload->callers_again);
	return evtimer_assign(&reload->limit, master->base, on_limit, master);
}

void px_reload_clear(struct px_master *master)
{
	struct px_reload *reload = &master->reload;

	if (!event_initialized(&reload->limit))
		return;
	event_del(&reload->limit);
	tell_callers(&reload->callers, false, "the daemon ends");
	tell_callers(&reload->callers_again, false, "the daemon ends");
	px_reload_free_generation(reload->old, NULL);
	px_reload_free_generation(reload->next, NULL);
}
