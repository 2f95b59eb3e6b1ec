/* reload.c - see reload.h. */

#include "config.h" /* GNU extensions */

#include "daemon/reload.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/crew.h"
#include "daemon/deliver.h"
#include "daemon/lend.h"
#include "daemon/log.h"

#define PREPARE_S 30 /* a child that takes longer fails the reload */
#define KEEPER_S 10 /* one that isn't needed any more: for handshakes that began before */
#define COMMIT_S 10 /* one that takes longer is not waited for */

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

void px_reload_over(struct px_master *master, bool good, const char *outcome)
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
	px_reload_next(master, good);
}

void px_reload_fail(struct px_master *master, const char *reason)
{
	char outcome[PX_RELOAD_TEXT_LEN];

	if (!master->current) {
		px_reload_over(master, false, reason);
		if (!master->draining)
			px_master_fail(master, reason);
		return;
	}
	snprintf(outcome, sizeof(outcome), "the reload has failed, the settings stay as they were: %s", reason);
	px_log_event(PX_LOG_RELOAD_FAILED, CONF_LOG_ERROR, NULL, "%s", outcome);
	px_reload_over(master, false, outcome);
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
	px_reload_fail(master, reason);
}

static void cancel_for(struct px_master *master, const struct px_child *child, const char *what)
{
	char reason[PX_RELOAD_TEXT_LEN];

	snprintf(reason, sizeof(reason), "%s%s%s", child->name, what[0] == ' ' ? "" : ": ", what);
	cancel(master, reason);
}

/* ---- In force --------------------------------------------------------------------------------------- */

/* An answer that somebody still owes. */
static struct px_child *first_waiting(const struct px_master *master, uint32_t serial)
{
	struct px_child *child;

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
	px_reload_over(master, true, old ? "reloaded" : "started");
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
		px_children_retire(child, is_worker ? px_deliver_drain_limit(child) : KEEPER_S);
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
	px_sockets_part(reload->old ? reload->old->sockets : NULL, master->current->sockets);
	px_office_commit(master->office);
	px_tickets_update(&master->tickets, &conf->tickets);
	for (unsigned i = 0; i < PX_CHILDREN_MAX; i++) {
		if (master->children.slots[i])
			commit_to(master, master->children.slots[i]);
	}
	px_lend_settle(master);
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
	struct px_child *child;

	(void)fd;
	(void)what;
	if (master->reload.stage == PX_RELOAD_COMMITTING) {
		child = first_waiting(master, master->current->serial);
		if (child)
			px_log(CONF_LOG_WARNING, "%s hasn't told that it took the new settings: nobody waits for it",
			    child->name);
		finish(master);
		return;
	}
	child = master->reload.next ? first_waiting(master, master->reload.next->serial) : NULL;
	if (!child)
		return;
	/* Once it may have had too much to do. Nobody stops reloads, and with them new certificates, for good. */
	if (!child->is_new && ++child->n_silent > 1)
		px_children_expel(child, "has kept silent on new settings again");
	cancel_for(master, child, " doesn't answer in time");
}

/* The post at this position, perhaps a new one; NULL when there is no room for it. */
static struct px_child *worker_at(struct px_master *master, unsigned position)
{
	struct px_child *worker = px_crew_worker(master, position);

	if (worker)
		return worker;
	worker = px_children_add(&master->children, PX_CHILD_WORKER);
	if (!worker)
		return NULL;
	worker->position = position;
	worker->is_new = true;
	return worker;
}

/* One that has died gets it when it is in force. */
static int give(struct px_child *child, const struct px_generation *next)
{
	if (!child->is_new)
		return child->pid ? px_deliver_generation(child, next) : 0;
	px_children_start(child); /* which gives it, too (px_master: up) */
	return child->given == next->serial ? 0 : -1;
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

void px_reload_prepare(struct px_master *master, struct px_generation *next)
{
	const struct px_sockets *old = master->current ? master->current->sockets : NULL;
	char problem[PX_RELOAD_TEXT_LEN];

	if (px_sockets_open(&next->sockets, problem, old, next->loaded.conf, next->loaded.n_workers) != 0 ||
	    px_office_prepare(master->office, problem, next->loaded.conf, gid_of(next)) != 0) {
		px_reload_free_generation(next, old);
		px_reload_fail(master, problem);
		return;
	}
	master->reload.next = next;
	master->reload.stage = PX_RELOAD_PREPARING;
	set_limit(master, PREPARE_S);
	set_boot(master, next);
	if (prepare_keeper(master, next) != 0 || prepare_workers(master, next) != 0)
		cancel(master, "a process of ours can't be started or told: out of memory, processes or descriptors");
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

/* ---- Life ------------------------------------------------------------------------------------------- */

int px_reload_init(struct px_master *master)
{
	struct px_reload *reload = &master->reload;

	TAILQ_INIT(&reload->callers);
	TAILQ_INIT(&reload->callers_again);
	return evtimer_assign(&reload->limit, master->base, on_limit, master) | px_reload_init_slow(master);
}

void px_reload_clear(struct px_master *master)
{
	struct px_reload *reload = &master->reload;

	if (!event_initialized(&reload->limit))
		return;
	event_del(&reload->limit);
	event_del(&reload->slow);
	px_reload_drop_callers(reload);
	px_reload_free_generation(reload->old, NULL);
	px_reload_free_generation(reload->next, NULL);
}
