/* relay.h - one proxied connection: handshake, connect, relay, close.
 *
 * The backend is connected after the handshake, so that a client which can't finish one costs the
 * backend nothing. A relay owns its descriptors and session, and frees itself when it has ended.
 */
#ifndef DAEMON_RELAY_H
#define DAEMON_RELAY_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "daemon/addr.h"
#include "daemon/backend.h"
#include "daemon/end.h"
#include "daemon/flow.h"

struct px_queue;
struct px_service;
struct px_worker;

enum px_relay_state { PX_RELAY_HANDSHAKE, PX_RELAY_CONNECT, PX_RELAY_DATA, PX_RELAY_LINGER };

/* Indexes of ends and flows: flows[i] comes from ends[i]. */
enum px_side { PX_CLIENT, PX_BACKEND };

struct px_relay {
	TAILQ_ENTRY(px_relay) link; /* all relays of the worker */
	TAILQ_ENTRY(px_relay) queue_link;
	struct px_queue *queue; /* it waits in this one, or NULL */
	struct px_worker *worker;
	struct px_service *service;
	const struct px_target *target; /* where it is, or was last, connected to; NULL before */
	struct px_backend_cursor cursor;
	struct px_addr peer;
	uint8_t state; /* enum px_relay_state */
	bool backend_ended_first;
	bool logged;
	bool connected; /* to target, or was: it is counted */
	uint16_t n_header; /* bytes of the PROXY header that target has got */
	char *certificate; /* the client's subject, for the log; NULL: none, or its session still tells */
	uint32_t n_drained; /* bytes forgotten while it lingers */
	uint32_t connecting_us; /* when it began to, of the same clock */
	uint64_t started_us;
	uint64_t id; /* counted by the worker, from 1 */
	struct px_end ends[2];
	struct px_flow flows[2];
	struct event timer; /* the limit of the state it is in */
};

TAILQ_HEAD(px_relay_list, px_relay);

/* Starts a relay for an accepted descriptor, which is taken over (closed if memory ran out). */
void px_relay_start(struct px_service *service, int fd, const struct sockaddr *peer);

/* Goes on where it stopped: for the worker's queue. May free the relay. */
void px_relay_run(struct px_relay *relay);

/* A signature that its handshake waits for is there, or won't come: it has its turn in the worker's queue.
 * session_ptr: the relay, as the session knows it. */
void px_relay_key_answered(void *session_ptr);

/* Ends it for a reason that lies outside of it: both sides are reset. Frees the relay. */
void px_relay_stop(struct px_relay *relay, const char *reason);

#endif
