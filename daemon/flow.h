/* flow.h - one direction of a relay: the quench.
 *
 * A flow takes bytes from a source port and gives them to a destination port. It knows no descriptor,
 * no event and no TLS: ports stand behind four functions. A destination that takes nothing stops this
 * direction and nothing else: the flow keeps at most one buffer of bytes and stops pulling.
 *
 * Two flows back to back are a relay: flows[0] goes from port A to port B, flows[1] from B to A. What
 * such a pair waits for is computed in one place, px_flow_waits.
 *
 * THE INVARIANT: when px_flow_step_both gives PX_FLOW_WAIT, then each wait that px_flow_waits names was
 * answered by PX_AGAIN since, and nothing else could move. So with edge-triggered readiness no wake-up
 * is lost, and none is for nothing.
 */
#ifndef DAEMON_FLOW_H
#define DAEMON_FLOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "daemon/pool.h"

/* Answers of a port besides a count. */
#define PX_AGAIN (-1) /* nothing now: readiness will tell */
#define PX_FAILED (-2) /* never again; the port knows why */

struct px_port;

struct px_port_ops {
	/* Up to len bytes into buf: a count, 0 at the end of input, PX_AGAIN (wait to read), PX_FAILED.
	 * It never sends; what it must answer makes the port hold (below). */
	ssize_t (*recv)(struct px_port *port, void *buf, size_t len);
	/* Takes up to len bytes: a count, PX_AGAIN (wait to write), PX_FAILED. Bytes counted are the
	 * port's: if the transport didn't accept them all, the port holds. */
	ssize_t (*send)(struct px_port *port, const void *buf, size_t len);
	/* Ends the sending half, after what the port holds: 0, PX_AGAIN (repeat), PX_FAILED. */
	int (*shut)(struct px_port *port);
	/* Sends what the port holds: 0 when nothing is left, PX_AGAIN, PX_FAILED. */
	int (*flush)(struct px_port *port);
};

struct px_port {
	const struct px_port_ops *ops;
	bool holds; /* bytes of its own wait to be written: flush; false for good after shut */
};

#define PX_FLOW_RECORD_LEN 16384 /* pull only if this much fits: a whole TLS record */

struct px_flow {
	struct px_port *src;
	struct px_port *dst;
	struct px_pool *pool;
	uint8_t *buf; /* NULL when nothing is in flight */
	uint32_t head, tail; /* bytes in flight: buf[head .. tail) */
	bool dry; /* the source said PX_AGAIN when it was last asked */
	bool eof; /* source's end of input seen */
	bool shut; /* and passed on: this direction is complete */
	bool pull_failed; /* the source failed: nothing more can come */
	bool push_failed; /* the destination failed: nothing more can go */
	bool abandoned; /* given up by px_flow_abandon */
};

enum px_flow_state {
	PX_FLOW_WAIT, /* nothing moves until a port that is waited for is ready */
	PX_FLOW_MORE, /* the budget is spent: step again without waiting */
	PX_FLOW_OVER, /* complete, or abandoned */
	PX_FLOW_FAILED /* pull_failed or push_failed tells which */
};

void px_flow_init(struct px_flow *f, struct px_port *src, struct px_port *dst, struct px_pool *pool);

/* Gives the buffer back; what is in flight is lost, and the flow is over. */
void px_flow_abandon(struct px_flow *f);

/* Pulls and pushes until nothing moves or about budget bytes have been pulled. Memory that can't be
 * had counts as a failure of the source. */
enum px_flow_state px_flow_step(struct px_flow *f, size_t budget);

/* Steps both directions, flows[1] first, and flushes what their ports hold. PX_FLOW_FAILED if one of
 * them failed, else PX_FLOW_MORE if one could go on, PX_FLOW_OVER if both are over, or PX_FLOW_WAIT. */
enum px_flow_state px_flow_step_both(struct px_flow flows[2], size_t budget);

#define PX_WAIT_READ 1u
#define PX_WAIT_WRITE 2u

/* What the relay waits for: waits[0] for port A (source of flows[0]), waits[1] for port B; the OR of
 * PX_WAIT_*. The only place where this is decided. */
void px_flow_waits(const struct px_flow flows[2], unsigned waits[2]);

#endif
