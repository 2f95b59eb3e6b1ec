/* deliver.h - what the master sends to its children, generation by generation. */
#ifndef DAEMON_DELIVER_H
#define DAEMON_DELIVER_H

#include "daemon/master.h"

/* Listening sockets on their way to a worker, as many in a message as it takes. child, type and serial are set, all
 * else is zero. */
struct px_deliver_batch {
	struct px_child *child;
	struct px_control_msg msg;
	struct px_control_listener list[PX_CONTROL_FDS_MAX];
	int result; /* -1: something couldn't be sent; nothing is any more */
};

/* One socket more, which remains the caller's and stays open until the flush. */
void px_deliver_add(struct px_deliver_batch *batch, struct px_control_listener what, int fd);

/* What isn't sent yet, even if that is nothing. The flags of the message are kept for one message. */
void px_deliver_flush(struct px_deliver_batch *batch);

/* Settings and listening sockets to a worker, keys to the keeper: PREPARE or KEYS, which it has to answer. 0, or -1:
 * it couldn't be sent. One that has just died is no failure: it is given nothing. */
int px_deliver_generation(struct px_child *child, const struct px_generation *generation);

/* Seconds in which one that is to leave has ended, whatever its connections do. */
unsigned px_deliver_drain_limit(const struct px_child *worker);

/* The verdict on the generation that it has. */
int px_deliver_commit(struct px_child *child, bool wants_answer);
void px_deliver_cancel(struct px_child *child);

/* The ticket keys of now; nothing if there are none. */
int px_deliver_tickets(struct px_child *worker, const struct px_tickets *tickets);

/* A channel between a worker and the keeper; whoever of them takes it no more is killed. 0, or -1 with errno: it couldn't
 * be made. */
int px_deliver_channel(struct px_child *worker, struct px_child *keeper);

#endif
