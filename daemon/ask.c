/* ask.c - what the master is asked about itself and its workers: see master.h. */

#include "daemon/ask.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/clock.h"

#define ASK_S 10 /* for the whole answer of one worker */

static void end(struct px_master *master, struct px_ask *ask)
{
	TAILQ_REMOVE(&master->asks, ask, link);
	event_del(&ask->limit);
	free(ask);
}

static void on_limit(evutil_socket_t fd, short what, void *arg)
{
	struct px_ask *ask = arg;

	(void)fd;
	(void)what;
	ask->answer(ask->arg, NULL, 0, true);
	end(ask->master, ask);
}

static bool begin(struct px_master *master, struct px_ask *ask)
{
	const struct timeval tv = { .tv_sec = ASK_S };

	ask->master = master;
	return evtimer_assign(&ask->limit, master->base, on_limit, ask) == 0 && event_add(&ask->limit, &tv) == 0 &&
	    px_control_tell(ask->child->control, PX_CONTROL_CONNECTIONS, ask->serial, NULL, 0) == 0;
}

/* Without a worker, or without memory, there is no answer. */
void px_master_ask_connections(struct px_master *master, unsigned slot, px_ask_func answer, void *arg)
{
	struct px_child *child = slot < PX_CHILDREN_MAX ? master->children.slots[slot] : NULL;
	struct px_ask *ask = child && child->control ? calloc(1, sizeof(*ask)) : NULL;

	if (!ask) {
		answer(arg, NULL, 0, true);
		return;
	}
	*ask = (struct px_ask){ .child = child, .serial = ++master->last_ask, .answer = answer, .arg = arg };
	TAILQ_INSERT_TAIL(&master->asks, ask, link);
	if (begin(master, ask))
		return;
	end(master, ask);
	answer(arg, NULL, 0, true);
}

void px_ask_answered(struct px_master *master, struct px_child *child, const struct px_control_msg *msg)
{
	bool last = (msg->head.flags & PX_CONTROL_LAST) != 0;
	struct px_ask *ask;

	TAILQ_FOREACH(ask, &master->asks, link) {
		if (ask->child == child && ask->serial == msg->head.serial)
			break;
	}
	/* Of what has taken too long much may still be on its way. */
	if (!ask && (msg->head.serial == 0 || msg->head.serial > master->last_ask))
		px_children_unasked(child);
	if (!ask)
		return;
	if (!last) {
		ask->answer(ask->arg, msg->body, msg->len, false);
		return;
	}
	ask->answer(ask->arg, msg->body, msg->len, true);
	end(master, ask);
}

void px_ask_died(struct px_master *master, const struct px_child *child)
{
	struct px_ask *ask, *next;

	for (ask = TAILQ_FIRST(&master->asks); ask; ask = next) {
		next = TAILQ_NEXT(ask, link);
		if (ask->child != child)
			continue;
		ask->answer(ask->arg, NULL, 0, true);
		end(master, ask);
	}
}

void px_master_forget_asks(struct px_master *master, const void *arg)
{
	struct px_ask *ask, *next;

	for (ask = TAILQ_FIRST(&master->asks); ask; ask = next) {
		next = TAILQ_NEXT(ask, link);
		if (!arg || ask->arg == arg)
			end(master, ask);
	}
}

void px_master_status(struct px_master_status *out, const struct px_master *master)
{
	const struct px_child *child;
	uint64_t ms = px_clock_ms();

	memset(out, 0, sizeof(*out));
	out->pid = getpid();
	out->keeper = master->keeper ? master->keeper->pid : 0;
	out->generation = master->current ? master->current->serial : 0;
	out->n_restarts = master->children.n_restarts;
	out->reloading = master->reload.stage != PX_RELOAD_NONE;
	out->draining = master->draining;
	out->text_is_newer = px_watch_text_is_newer(master->watch);
	out->last_reload = master->last_reload;
	out->last_good = master->last_good;
	out->last_outcome = master->last_outcome;
	TAILQ_FOREACH(child, &master->children.list, link) {
		if (child->role != PX_CHILD_WORKER)
			continue;
		out->workers[out->n_workers++] = (struct px_master_worker){ .slot = child->slot, .pid = child->pid,
			.state = child->state, .n_deaths = child->n_deaths,
			.up_ms = child->pid ? ms - child->started_ms : 0 };
	}
}
