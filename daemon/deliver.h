/* deliver.h - what the master sends to its children, generation by generation. */
#ifndef DAEMON_DELIVER_H
#define DAEMON_DELIVER_H

#include "daemon/master.h"

/* Settings and listening sockets to a worker, keys to the keeper: PREPARE or KEYS, which it has to answer. 0, or -1:
 * it couldn't be sent. One that has just died is no failure: it is given nothing. */
int px_deliver_generation(struct px_child *child, const struct px_generation *generation);

/* The verdict on the generation that it has. */
int px_deliver_commit(struct px_child *child, bool wants_answer);
void px_deliver_cancel(struct px_child *child);

/* The ticket keys of now; nothing if there are none. */
int px_deliver_tickets(struct px_child *worker, const struct px_tickets *tickets);

/* A channel between a worker and the keeper; whoever of them takes it no more is killed. 0, or -1 with errno: it couldn't
 * be made. */
int px_deliver_channel(struct px_child *worker, struct px_child *keeper);

#endif
