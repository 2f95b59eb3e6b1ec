/* snapshot.h - the list of a worker's relays for its master, piece by piece.
 *
 * A piece is made between the events of the relays, and only while the control socket takes them: ten thousand
 * relays neither hold the worker up nor fill its memory. Relays that come meanwhile are left out, those that go
 * are left out from then on. Requests that come meanwhile wait for their turn.
 */
#ifndef DAEMON_SNAPSHOT_H
#define DAEMON_SNAPSHOT_H

#include <event2/event.h>
#include <event2/event_struct.h>
#include <stdint.h>

#include "daemon/control.h"

struct px_relay;
struct px_worker;

#define PX_SNAPSHOT_WAITING_MAX 16

struct px_snapshot {
	struct px_worker *worker;
	struct px_control *control;
	uint32_t serials[PX_SNAPSHOT_WAITING_MAX]; /* the first one is at work */
	unsigned n_serials;
	struct px_relay *next; /* the first one not told; NULL: all are */
	uint64_t last_id;
	struct event round;
};

/* 0, or -1. */
int px_snapshot_init(struct px_snapshot *snapshot, struct px_worker *worker, struct px_control *control);
void px_snapshot_clear(struct px_snapshot *snapshot);

/* Answers with PX_CONTROL_ANSWER messages of this serial: lines of px_relay_show, the last message flagged
 * PX_CONTROL_LAST. With status -1 if too many requests wait. */
void px_snapshot_ask(struct px_snapshot *snapshot, uint32_t serial);

/* The relay is about to go. */
void px_snapshot_forget(struct px_snapshot *snapshot, const struct px_relay *relay);

#endif
