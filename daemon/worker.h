/* worker.h - one reactor: what its relays share, and the settings that new ones begin with. */
#ifndef DAEMON_WORKER_H
#define DAEMON_WORKER_H

#include <event2/event.h>
#include <event2/event_struct.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/time.h>

#include "daemon/keyclient.h"
#include "daemon/metrics.h"
#include "daemon/pool.h"
#include "daemon/relay.h"
#include "daemon/settings.h"
#include "daemon/timeouts.h"
#include "tls/tls.h"

struct px_snapshot;

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
	struct event_base *base;
	tls_workspace_t workspace;
	tls_datum_t ticket_keys; /* of the last, this and the next epoch; NULL: none yet */
	struct px_pool pool;
	struct px_metrics metrics;
	struct px_timeouts timeouts;
	struct px_settings *settings; /* those in force; NULL before px_worker_use */
	struct px_settings_list all_settings;
	struct px_relay_list relays;
	unsigned n_relays;
	unsigned max_fds;
	unsigned max_relays; /* as many as there are descriptors for */
	struct px_queue queues[PX_N_QUEUES];
	struct px_keyclient keys; /* what the keeper signs for the handshakes here */
	const struct timeval *linger;
	struct timeval own_linger;
	struct px_snapshot *snapshot; /* NULL: relays are never listed */
	bool listening; /* false while there are as many relays as there may be */
	bool pausing; /* a listener waits for descriptors to come free */
	bool draining;
	uint64_t n_accepted, n_truncated, n_failed;
};

/* Nothing is served yet. 0, or -1 after logging why not. px_worker_clear in both cases, after the caller has
 * dropped its references to settings of this worker. */
int px_worker_init(struct px_worker *worker);
void px_worker_clear(struct px_worker *worker);

/* From now on new connections come from the listeners of these settings, which the worker holds. Those that they
 * replace go on with the relays they have. */
void px_worker_use(struct px_worker *worker, struct px_settings *settings);

/* The settings in force have got listeners, or lost some. */
void px_worker_listen(struct px_worker *worker);

/* Runs until a signal has ended it and all connections are through. 0, or -1 if the reactor failed. */
int px_worker_run(struct px_worker *worker);

/* Stops accepting and ends when all connections have; the second call ends at once. */
void px_worker_drain(struct px_worker *worker);

/* Takes a copy of the ticket keys that new sessions get (tls_session_ticket_key_list); those before are wiped.
 * 0, or -1 when memory is out. */
int px_worker_set_tickets(struct px_worker *worker, const void *keys, size_t len);

/* Ends the relays of a service, or all (NULL). */
void px_worker_stop_relays(struct px_worker *worker, const struct px_service *service);

/* For relays. */
void px_worker_add(struct px_worker *worker, struct px_relay *relay);
void px_worker_remove(struct px_worker *worker, struct px_relay *relay);
void px_worker_queue(struct px_worker *worker, struct px_relay *relay, enum px_queue_kind kind);

/* True if nobody whose wake-up or turn in this queue has come would be kept waiting. */
bool px_worker_is_calm(const struct px_worker *worker, enum px_queue_kind kind);

#endif
