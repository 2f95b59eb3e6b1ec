/* deliver.c - see deliver.h. */

#include "daemon/deliver.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "daemon/clock.h"

#define LATE_S 10 /* from the end of draining to that of the process */

static int send_fd(struct px_child *child, uint32_t type, uint32_t serial, int fd)
{
	const struct px_control_msg msg = { .head = { .type = type, .serial = serial }, .fds = { fd }, .n_fds = 1 };

	return child->control ? px_control_send(child->control, &msg) : -1;
}

static int tell(struct px_child *child, uint32_t type, uint32_t serial, const void *body, size_t len)
{
	return child->control ? px_control_tell(child->control, type, serial, body, len) : -1;
}

/* ---- Listeners, as many in a message as it takes ---------------------------------------------------- */

void px_deliver_flush(struct px_deliver_batch *batch)
{
	struct px_control_msg *msg = &batch->msg;

	msg->body = batch->list;
	msg->len = msg->n_fds * sizeof(batch->list[0]);
	if (batch->result == 0)
		batch->result = px_control_send(batch->child->control, msg);
	msg->n_fds = 0;
	msg->head.flags = 0;
}

void px_deliver_add(struct px_deliver_batch *batch, struct px_control_listener what, int fd)
{
	if (batch->msg.n_fds == PX_CONTROL_FDS_MAX)
		px_deliver_flush(batch);
	batch->list[batch->msg.n_fds] = what;
	batch->msg.fds[batch->msg.n_fds++] = fd;
}

static void add_listener(void *arg, unsigned service, unsigned address, int fd)
{
	px_deliver_add(arg, (struct px_control_listener){ service, address }, fd);
}

static int send_listeners(struct px_child *worker, const struct px_generation *generation)
{
	struct px_deliver_batch batch = { .child = worker,
		.msg = { .head = { .type = PX_CONTROL_LISTENERS, .serial = generation->serial } } };

	px_sockets_each(generation->sockets, worker->position, generation->loaded.n_workers, add_listener, &batch);
	batch.msg.head.flags = PX_CONTROL_LAST;
	px_deliver_flush(&batch);
	return batch.result;
}

/* ---- Generations ------------------------------------------------------------------------------------ */

static int send_generation(struct px_child *child, const struct px_generation *generation)
{
	bool is_keeper = child->role == PX_CHILD_KEEPER;
	int fd = is_keeper ? generation->loaded.keys : generation->loaded.bundle;

	if (send_fd(child, is_keeper ? PX_CONTROL_KEYS : PX_CONTROL_PREPARE, generation->serial, fd) != 0)
		return -1;
	return is_keeper ? 0 : send_listeners(child, generation);
}

static void note_drain(struct px_child *child, const struct conf *conf)
{
	for (unsigned i = 0; i < conf->n_services; i++) {
		uint64_t s = (conf->services[i].timeouts.drain_ms + 999) / 1000;

		if (s > child->drain_s)
			child->drain_s = (unsigned)s;
	}
}

unsigned px_deliver_drain_limit(const struct px_child *worker)
{
	return worker->drain_s + LATE_S;
}

int px_deliver_generation(struct px_child *child, const struct px_generation *generation)
{
	note_drain(child, generation->loaded.conf);
	child->given = child->waiting_for = generation->serial;
	child->given_ms = px_clock_ms();
	if (child->control && send_generation(child, generation) == 0)
		return 0;
	if (child->control && errno != EPIPE && errno != ECONNRESET)
		return -1;
	child->given = child->waiting_for = 0;
	return 0;
}

int px_deliver_commit(struct px_child *child, bool wants_answer)
{
	child->waiting_for = wants_answer ? child->given : 0;
	child->state = PX_CHILD_RUNNING;
	return tell(child, PX_CONTROL_COMMIT, child->given, NULL, 0);
}

void px_deliver_cancel(struct px_child *child)
{
	child->waiting_for = 0;
	if (tell(child, PX_CONTROL_CANCEL, child->given, NULL, 0) != 0)
		px_children_kill(child);
}

/* ---- Other things ----------------------------------------------------------------------------------- */

int px_deliver_tickets(struct px_child *worker, const struct px_tickets *tickets)
{
	if (!tickets->list.data)
		return 0;
	return tell(worker, PX_CONTROL_TICKETS, 0, tickets->list.data, tickets->list.size);
}

int px_deliver_channel(struct px_child *worker, struct px_child *keeper)
{
	const struct px_control_index index = { worker->slot - 1 };
	struct px_control_msg msg = { .head = { .type = PX_CONTROL_CHANNEL }, .body = &index, .len = sizeof(index),
		.n_fds = 1 };
	int fds[2], r;

	if (!worker->control || !keeper->control)
		return 0;
	if (px_control_pair(fds) != 0)
		return -1;
	msg.fds[0] = fds[0];
	r = px_control_send(keeper->control, &msg);
	close(fds[0]);
	/* Who takes nothing any more is no use, whoever of the two it is. The keeper's successor gets a channel to each
	 * worker. */
	if (r != 0)
		px_children_kill(keeper);
	else if (send_fd(worker, PX_CONTROL_CHANNEL, 0, fds[1]) != 0)
		px_children_kill(worker);
	close(fds[1]);
	return 0;
}
