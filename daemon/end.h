/* end.h - one side of a relay: a descriptor and, perhaps, a TLS session, as a port for flows.
 *
 * Readiness lives here. The descriptor is registered once, edge-triggered; an event sets the bits, a
 * system call that would block clears them, and while a bit is clear no call is made. So an edge is
 * never lost and never asked for twice.
 *
 * The invariant of flow.h holds: receiving never sends. What TLS must answer makes the port hold, and
 * goes out with the next send or flush.
 */
#ifndef DAEMON_END_H
#define DAEMON_END_H

#include <event2/event.h>
#include <event2/event_struct.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/flow.h"
#include "tls/tls.h"

struct px_end {
	struct px_port port; /* first: a port is an end */
	int fd; /* -1: not open */
	bool readable, writable; /* as far as is known */
	bool eof; /* the peer has ended its sending, cleanly */
	bool closing; /* our close_notify is on its way: nothing may follow it */
	bool push_failed; /* nothing more can be sent: os_error says why */
	bool truncated; /* input ended without close_notify */
	bool waits_key; /* the handshake waits for a signature, not for the descriptor */
	uint8_t stranger; /* what the first bytes look like, if not TLS: stranger.h */
	int os_error; /* errno that broke it first, 0 */
	int tls_error; /* fatal TLS_E_*, 0 */
	tls_session_t tls; /* owned; NULL: plain */
	uint64_t n_in, n_out; /* plaintext bytes from and to the peer */
	uint64_t n_wire; /* bytes through the descriptor, both ways: grows while anything moves */
	struct event event;
};

/* Nothing open yet. */
void px_end_init(struct px_end *end);

/* Takes a non-blocking descriptor over and registers it: wake(fd, what, arg) is called on each edge and
 * calls px_end_ready first. 0, or -1 (fd is still the caller's). */
int px_end_open(struct px_end *end, struct event_base *base, int fd, event_callback_fn wake, void *arg);

/* Takes a session over, which then talks through this end. The end is not moved from here on. */
void px_end_use_tls(struct px_end *end, tls_session_t tls);

/* Notes an edge: what is EV_READ, EV_WRITE or both. */
void px_end_ready(struct px_end *end, short what);

/* Goes on with the handshake: 0 when established, PX_AGAIN, PX_FAILED. */
int px_end_handshake(struct px_end *end);

/* After a fatal error: pushes the alert that tells the peer. 0 when it is out or can't be, PX_AGAIN. */
int px_end_flush_alert(struct px_end *end);

/* Takes and forgets input: how many bytes came until PX_AGAIN, at most limit; *over: it has ended. */
size_t px_end_drain(struct px_end *end, bool *over, size_t limit);

/* Closes descriptor and session. reset: the peer gets a reset instead of an end. */
void px_end_close(struct px_end *end, bool reset);

/* True if the peer broke the connection, as opposed to an error of ours or of the protocol. */
bool px_end_was_reset(const struct px_end *end);

#endif
