/* control.h - what the master and its children tell each other: messages with descriptors over a pair of
 * SEQPACKET sockets.
 *
 * Either side may be broken: every message is checked (length, type, body, descriptors) before anybody sees
 * it, and one that doesn't hold ends the channel. Messages may carry secrets: buffers are wiped behind them.
 */
#ifndef DAEMON_CONTROL_H
#define DAEMON_CONTROL_H

#include <event2/event.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/drop.h"

enum px_control_type {
	/* master to worker or keeper */
	PX_CONTROL_BOOT = 1, /* struct px_control_boot; descriptors: those of the log and, to a worker, of its
	                      * metrics, as far as there are any; with PX_BOOT_DEMO then the demo's socket */
	PX_CONTROL_CHANNEL, /* one end of a channel worker - keeper. Worker: instead of the one it has. Keeper:
	                     * one more, body: struct px_control_index of the worker */
	PX_CONTROL_KEYS, /* keeper: the keys memfd; answered by DONE */
	PX_CONTROL_PREPARE, /* worker: the bundle memfd; answered by DONE when all its listeners came, too, and
	                     * the settings are built */
	PX_CONTROL_LISTENERS, /* worker, serial of its PREPARE: struct px_control_listener[], a descriptor each;
	                       * the last message (perhaps without any) is flagged LAST */
	PX_CONTROL_COMMIT, /* serial of the PREPARE, or of the KEYS: it is in force; answered by DONE */
	PX_CONTROL_CANCEL, /* ... forget it; no answer */
	PX_CONTROL_BORROW, /* worker, serial of what is in force: struct px_control_listener[], a descriptor each, of
	                    * workers that don't serve now; flagged FIRST: instead of all borrowed before */
	PX_CONTROL_DRAIN, /* accept no more, end when through, with status 0; a second one: end at once */
	PX_CONTROL_TICKETS, /* worker: ticket keys, as the core wants them */
	PX_CONTROL_LOG, /* struct px_control_index: the log's level */
	PX_CONTROL_CONNECTIONS, /* worker: list them; answered by ANSWERs of the same serial */
	PX_CONTROL_PING, /* answered by PONG */
	/* child to master; serial: that of what is answered. A worker says CHANNEL as well, without descriptor: it has
	 * none to the keeper, or has lost it, and handshakes wait */
	PX_CONTROL_DONE, /* status 0, or -1 with the reason as body */
	PX_CONTROL_ANSWER, /* a piece of the answer, the last one flagged LAST */
	PX_CONTROL_PONG,
	PX_CONTROL_END /* no message: one more than the last type */
};

#define PX_CONTROL_LAST 1u /* flag: no more of the kind follow */
#define PX_CONTROL_FIRST 2u /* flag: what came before is over */

#define PX_CONTROL_BODY_MAX 65536
#define PX_CONTROL_FDS_MAX 64
#define PX_CONTROL_QUEUE_MAX (8u << 20) /* bytes that wait for a peer */
#define PX_CONTROL_FD 3 /* where a child finds its end */

struct px_control_head {
	uint32_t type;
	uint32_t serial;
	uint32_t flags;
	int32_t status;
};

#define PX_BOOT_DEMO 1u /* a listening socket follows, on which to serve the demo's page */

/* The first message a child gets. */
struct px_control_boot {
	uint32_t index; /* of the worker, from 0; the keeper: 0 */
	uint32_t log_level; /* enum conf_log_level */
	uint32_t flags; /* PX_BOOT_... */
	uint32_t serial; /* of the child: no other one has it while the master runs */
	struct px_drop drop; /* whom to become, before anything from outside is read */
};

struct px_control_index {
	uint32_t index;
};

/* The socket is for this entry of listen of this service, both counted from 0. */
struct px_control_listener {
	uint32_t service;
	uint32_t address;
};

struct px_control_msg {
	struct px_control_head head;
	const void *body; /* aligned for any struct */
	size_t len;
	int fds[PX_CONTROL_FDS_MAX];
	unsigned n_fds;
	bool lost_fds; /* received: there were more, and no descriptors free for them */
};

struct px_control;

/* A pair of non-blocking sockets, one for each side. 0, or -1 with errno. */
int px_control_pair(int fds[2]);

/* Takes fd over, also when it fails. on_msg is called for each message, its descriptors are then on_msg's,
 * its body is good until it returns; on_eof once, when the peer is gone or has sent what is no message.
 * Both may close the control. 0, or -1 when memory ran out. */
int px_control_open(struct px_control **control, struct event_base *base, int fd,
    void (*on_msg)(void *arg, struct px_control_msg *msg), void (*on_eof)(void *arg), void *arg);

/* Behind on_eof: what the peer has sent that is no message; NULL: it is gone. */
const char *px_control_fault(const struct px_control *control);

/* NULL is fine. */
void px_control_close(struct px_control *control);

/* Descriptors that the peer sends are thrown away before they are ours. */
void px_control_refuse_fds(struct px_control *control);

/* Sends it now, or as soon as the peer takes it; the order stays. body and fds remain the caller's. 0, or -1:
 * too long, the peer is gone, or PX_CONTROL_QUEUE_MAX bytes wait for it already. */
int px_control_send(struct px_control *control, const struct px_control_msg *msg);

/* Bytes that wait for the peer. */
size_t px_control_queued(const struct px_control *control);

/* The same without descriptors; and an answer to it: DONE, with the reason unless it is NULL. */
int px_control_tell(struct px_control *control, uint32_t type, uint32_t serial, const void *body, size_t len);
int px_control_done(struct px_control *control, uint32_t serial, const char *reason);

/* Closes the descriptors of a message that was received. */
void px_control_drop_fds(struct px_control_msg *msg);

#endif
