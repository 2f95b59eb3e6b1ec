/* crew.c - see crew.h. */

#include "config.h" /* GNU extensions */

#include "daemon/crew.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "daemon/ask.h"
#include "daemon/deliver.h"
#include "daemon/lend.h"
#include "daemon/log.h"
#include "daemon/reload.h"

struct px_child *px_crew_worker(const struct px_master *master, unsigned position)
{
	struct px_child *child;

	TAILQ_FOREACH(child, &master->children.list, link) {
		if (child->role == PX_CHILD_WORKER && child->state != PX_CHILD_LEAVING &&
		    child->position == position)
			return child;
	}
	return NULL;
}

/* ---- What each begins with --------------------------------------------------------------------------- */

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

/* ---- They come ---------------------------------------------------------------------------------------- */

/* One that doesn't get it asks for it when it needs it. */
static void give_channel(struct px_child *worker, struct px_child *keeper)
{
	if (keeper && px_deliver_channel(worker, keeper) != 0)
		px_log(CONF_LOG_ERROR, "%s gets no way to the keeper yet: %s", worker->name, strerror(errno));
}

static int worker_up(struct px_master *master, struct px_child *worker, const struct px_generation *g)
{
	if (!worker->is_new && px_deliver_tickets(worker, &master->tickets) != 0)
		return -1;
	give_channel(worker, master->keeper);
	return px_deliver_generation(worker, g);
}

/* Whoever waits for a signature of the keeper before this one has been told that it is lost. */
static int keeper_up(struct px_master *master, struct px_child *keeper, const struct px_generation *g)
{
	struct px_child *child;

	if (px_deliver_generation(keeper, g) != 0)
		return -1;
	TAILQ_FOREACH(child, &master->children.list, link) {
		if (child->role == PX_CHILD_WORKER)
			give_channel(child, keeper);
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

/* ---- They go ------------------------------------------------------------------------------------------ */

void px_crew_end(struct px_master *master)
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
	if (child->role == PX_CHILD_WORKER)
		px_lend_settle(master);
}

/* ---- They answer -------------------------------------------------------------------------------------- */

/* A worker or keeper that has come back: what it was given is good, or it is started once more. */
static void child_answered(struct px_master *master, struct px_child *child, const char *reason)
{
	if (reason)
		px_log(CONF_LOG_ERROR, "%s: %s", child->name, reason);
	if (reason || px_deliver_commit(child, false) != 0)
		px_children_kill(child);
	else
		px_log(CONF_LOG_INFO, "%s (process %ld) serves again", child->name, (long)child->pid);
	px_lend_settle(master);
	px_reload_answered(master, child, NULL);
}

/* That it would it has said before: one that doesn't now has other settings than the others. */
static void committed(struct px_master *master, struct px_child *child, const char *reason)
{
	char why[PX_RELOAD_TEXT_LEN + 40];

	if (reason) {
		snprintf(why, sizeof(why), "doesn't take what it has agreed to: %s", reason);
		px_children_expel(child, why);
	}
	px_reload_answered(master, child, NULL);
}

static void on_done(struct px_master *master, struct px_child *child, const struct px_control_msg *msg)
{
	char reason[PX_RELOAD_TEXT_LEN];
	bool good = msg->head.status == 0;
	const struct px_generation *next = master->reload.next;

	if (!child->waiting_for || msg->head.serial != child->waiting_for) {
		px_children_unasked(child);
		return;
	}
	snprintf(reason, sizeof(reason), "%.*s", (int)msg->len, (const char *)msg->body);
	child->waiting_for = child->n_silent = 0;
	if (child->state == PX_CHILD_LEAVING)
		return;
	if (next && child->given == next->serial)
		px_reload_answered(master, child, good ? NULL : reason);
	else if (child->state == PX_CHILD_STARTING)
		child_answered(master, child, good ? NULL : reason);
	else
		committed(master, child, good ? NULL : reason);
}

/* It is broken, or somebody else's. */
static void nonsense(struct px_child *child, const struct px_control_msg *msg)
{
	char why[80];

	snprintf(why, sizeof(why), "sends what no child has to say, message %u", msg->head.type);
	px_children_expel(child, why);
}

/* It has lost its way to the keeper, or the way was lost on its way. */
static void on_channel_wanted(struct px_master *master, struct px_child *worker)
{
	px_children_unasked(worker);
	if (!worker->control || !master->keeper)
		return;
	px_log(CONF_LOG_WARNING, "%s has no way to the keeper, it gets another one", worker->name);
	give_channel(worker, master->keeper);
}

static void on_msg(void *arg, struct px_child *child, struct px_control_msg *msg)
{
	struct px_master *master = arg;

	if (msg->head.type == PX_CONTROL_DONE)
		on_done(master, child, msg);
	else if (msg->head.type == PX_CONTROL_ANSWER)
		px_ask_answered(master, child, msg);
	else if (msg->head.type == PX_CONTROL_CHANNEL && child->role == PX_CHILD_WORKER && !msg->len)
		on_channel_wanted(master, child);
	else
		nonsense(child, msg);
}

void px_crew_init(struct px_master *master)
{
	struct px_children *children = &master->children;

	children->boot_fds = boot_fds;
	children->up = on_up;
	children->down = on_down;
	children->msg = on_msg;
	children->arg = master;
}
