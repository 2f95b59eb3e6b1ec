/* ask.h - questions to workers that wait for their answers; px_master_ask_connections asks. */
#ifndef DAEMON_ASK_H
#define DAEMON_ASK_H

#include "daemon/master.h"

struct px_ask {
	TAILQ_ENTRY(px_ask) link;
	struct px_master *master;
	const struct px_child *child;
	uint32_t serial;
	px_ask_func answer;
	void *arg;
	struct event limit; /* a worker that keeps silent has given its answer */
};

/* A worker has sent (a piece of) an answer; it has died. */
void px_ask_answered(struct px_master *master, struct px_child *child, const struct px_control_msg *msg);
void px_ask_died(struct px_master *master, const struct px_child *child);

#endif
