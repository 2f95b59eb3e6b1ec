/* rogue.h - a session of ours whose peer, another session of ours, breaks the rules: what it is about to send is
 * changed before it is hashed and protected, so that all but the change is in order. Works in every version
 * and role, full and otherwise. */
#ifndef TESTS_LIB_ROGUE_H
#define TESTS_LIB_ROGUE_H

#include "resumed.h"
#include "tls/bytes/buf.h"

/* What a handshake has in it. */
#define ROGUE_RETRY 1u /* a HelloRetryRequest */
#define ROGUE_MUTUAL 2u /* the client is asked for a certificate, and has one */
#define ROGUE_RESUMED 8u /* it is offered a session, with a ticket */
#define ROGUE_TICKET 16u /* TLS 1.2: the server gives one */
#define ROGUE_RENEGOTIATION 4u /* it is the second of the session, and the client has begun it */

struct rogue_case {
	const char *name;
	tls_protocol_t version;
	unsigned what; /* ROGUE_* */
};

/* All kinds of handshakes; n_rogue_cases of them. */
extern const struct rogue_case rogue_cases[];
extern const unsigned n_rogue_cases;

#define ROGUE_MAX_MESSAGES 16

struct rogue {
	struct duo d;
	struct resumed resumed; /* for ROGUE_RESUMED */
	const struct rogue_case *kind;
	tls_session_t bad, good;
	int *bad_err, *good_err; /* in d */

	/* Called with each handshake message that the bad side is about to send, header and all: it may become
	 * anything, also nothing. NULL: only noted. */
	void (*change)(struct rogue *r, unsigned type, struct tls_buf *msg);
	/* For change. */
	unsigned which, value;
	size_t at;
	struct tls_buf kept;

	/* What the bad side was about to send. */
	unsigned n_messages;
	uint8_t type[ROGUE_MAX_MESSAGES];
	size_t body_len[ROGUE_MAX_MESSAGES];
};

void rogue_init(struct rogue *r, const struct rogue_case *kind, bool bad_server);
void rogue_clear(struct rogue *r);

/* A handshake of this kind in which the bad side does nothing wrong: r, which needs no clearing, tells what it
 * has sent. */
void rogue_census(struct rogue *r, const struct rogue_case *kind, bool bad_server);

/* A handshake of this kind with this change; which, at and value are for it. */
typedef void (*rogue_change)(struct rogue *r, unsigned type, struct tls_buf *msg);
int rogue_spoil(struct rogue *r, const struct rogue_case *kind, bool bad_server, rogue_change change,
    unsigned which, size_t at, unsigned value);

/* Calls body for each kind and role. */
void rogue_for_each(void (*body)(const struct rogue_case *kind, bool bad_server));

/* Runs both until the good side is done or has failed, or nothing moves any more: what it says. */
int rogue_run(struct rogue *r);

/* The good side has refused, for good: no data comes from it or goes to it. */
void rogue_refused(struct rogue *r, int err);

/* It has refused, or both are content and data passes each way, or it waits for more. */
void rogue_survived(struct rogue *r, int err);

/* For change: is this the message that r->which counts from 0? */
bool rogue_is_its_turn(const struct rogue *r);
/* The three bytes of its length are made right. */
void rogue_fix_length(struct tls_buf *msg);

/* For change: what was to be sent before the message goes out now, then a record as given: protected as the bad
 * side's records are, or never. */
void rogue_put_record(struct rogue *r, unsigned type, const void *data, size_t len);
void rogue_put_plain_record(struct rogue *r, unsigned type, const void *data, size_t len);

#endif
