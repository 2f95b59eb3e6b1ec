/* worker.h - one reactor: what its services, listeners and relays share. */
#ifndef DAEMON_WORKER_H
#define DAEMON_WORKER_H

#include <event2/event.h>
#include <event2/event_struct.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/time.h>

#include "conf/conf.h"
#include "daemon/backend.h"
#include "daemon/listen.h"
#include "daemon/pool.h"
#include "daemon/relay.h"
#include "tls/tls.h"

struct px_service {
	const struct conf_service *conf;
	struct px_worker *worker;
	struct px_backends backends;
	/* Common timeouts of the event base; NULL: no limit. */
	const struct timeval *handshake, *connect, *idle;
	struct px_listener *listeners;
	unsigned n_listeners;
	struct event drain;
};

enum px_queue_kind {
	PX_QUEUE_READY, /* has used up its budget: goes on after others had their turn */
	PX_QUEUE_HANDSHAKE, /* has a handshake to go on with, which is much work */
	PX_QUEUE_LATER, /* tries again in a short while */
	PX_N_QUEUES
};

/* Relays that run again without a wake-up. Between two rounds everybody's events are seen, so that a
 * round is also the longest that others wait. */
struct px_queue {
	struct px_relay_list list;
	struct event round;
	unsigned n_round; /* relays that one round runs */
	unsigned wait_ms; /* until the next round */
};

struct px_worker {
	const struct conf *conf;
	struct event_base *base;
	tls_workspace_t workspace;
	tls_datum_t ticket_seed; /* made at the start; NULL: conf has one, or there are no tickets */
	struct px_pool pool;
	struct px_service *services;
	unsigned n_services;
	struct px_relay_list relays;
	unsigned n_relays;
	unsigned max_relays; /* as many as there are descriptors for */
	struct px_queue queues[PX_N_QUEUES];
	const struct timeval *linger;
	struct event signals[5];
	unsigned n_signals;
	bool listening; /* false while there are as many relays as there may be */
	bool draining;
	uint64_t n_accepted, n_truncated, n_failed;
	/* An observer of established connections, for the demo; NULL. */
	void (*established)(const struct px_relay *relay);
};

/* Opens the listeners, resolves the backends. 0, or -1 after logging why not. px_worker_clear in both
 * cases. conf lives on. */
int px_worker_init(struct px_worker *worker, const struct conf *conf);
void px_worker_clear(struct px_worker *worker);

/* Runs until a signal has ended it and all connections are through. 0, or -1 if the reactor failed. */
int px_worker_run(struct px_worker *worker);

/* Stops accepting and ends when all connections have; the second call ends at once. */
void px_worker_drain(struct px_worker *worker);

/* For relays. */
void px_worker_add(struct px_worker *worker, struct px_relay *relay);
void px_worker_remove(struct px_worker *worker, struct px_relay *relay);
void px_worker_queue(struct px_worker *worker, struct px_relay *relay, enum px_queue_kind kind);
uint64_t px_worker_now_ms(void);

#endif
