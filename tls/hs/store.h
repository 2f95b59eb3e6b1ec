/* store.h - what a session has for resumption until its handshake is done: a server's ticket key or database, a
 * client's data; and what an established client keeps for the next session. Both versions.
 *
 * The server's store is one pair of functions: put gives an identity for a state, get finds the state again.
 */
#ifndef TLS_HS_STORE_H
#define TLS_HS_STORE_H

#include "hs.h"
#include "ticket.h"

#define TLS_STORE_LIFETIME 21600 /* seconds; defaults */
#define TLS_STORE_ROTATE 21600
#define TLS_STORE_TICKETS 2
#define TLS_STORE_CONTEXT_LEN 32
#define TLS_STORE_ROUND_TRIP_MAX 1000 /* ms that a client takes for one at most */

/* What is set, and what is needed until the handshake is done. */
struct tls_store {
	bool has_key;
	struct tls_ticket_key key;
	uint32_t lifetime, rotate;
	uint8_t n_tickets;
	uint8_t context[TLS_STORE_CONTEXT_LEN]; /* hash of what the application said */
	tls_db_retr_func retrieve;
	tls_db_store_func store;
	tls_db_remove_func remove;
	void *db_ptr;
	struct tls_buf data; /* client: what tls_session_set_data gave */
};

/* Of an established client: the last ticket, and what further ones are made with. */
struct tls_kept {
	struct tls_secret secret; /* TLS 1.3: the resumption master secret */
	struct tls_secret psk; /* of the ticket; TLS 1.2: the master secret */
	uint64_t created, received; /* ms since 1970: the first handshake, the ticket */
	uint32_t lifetime, age_add;
	uint16_t round_trip; /* ms that the handshake took; 0: nobody knows */
	bool has_ticket;
	bool stapled; /* as the session that was resumed had it */
	struct tls_buf ticket;
};

/* Hangs on the session. */
struct tls_resumption {
	tls_clock_func clock; /* NULL: none */
	void *clock_ptr;
	uint8_t id_len, id[TLS_RESUME_ID_LEN]; /* server: of the session, for life; client: what the server gave */
	struct tls_store *store; /* NULL once the handshake is done */
	struct tls_kept *kept; /* established client */
};

/* The session's store, made when it is asked for first. NULL: the session has ended for lack of memory, or its
 * handshake has gone too far. close: the handshake is done. clear: the session is, only its id stays. */
struct tls_store *tls_store_open(struct tls_session_st *s);
void tls_store_close(struct tls_session_st *s);
void tls_store_clear(struct tls_session_st *s);

/* Real time, ms since 1970; only if there is a clock. */
bool tls_store_has_clock(const struct tls_session_st *s);
uint64_t tls_store_now(const struct tls_session_st *s);

/* True if a server resumes at all: there is a clock, and a ticket key or a database; never in a renegotiation. */
bool tls_store_is_open(const struct tls_session_st *s);

/* Finds what a client's identity stands for, into hs->state. 0; TLS_E_REQUESTED_DATA_NOT_AVAILABLE when it is none
 * of ours or not to be used any more by itself; TLS_E_MEMORY_ERROR. */
int tls_store_get(struct tls_session_st *s, struct tls_span identity) __attribute__((warn_unused_result));

/* The opposite: appends the identity of a state. TLS_E_REQUESTED_DATA_NOT_AVAILABLE: there is none for this one. */
int tls_store_put(struct tls_session_st *s, struct tls_buf *identity, const struct tls_resume *r)
    __attribute__((warn_unused_result));

/* The same in a database under a key of 32 bytes that is given. */
int tls_store_put_as(struct tls_session_st *s, struct tls_span key, const struct tls_resume *r)
    __attribute__((warn_unused_result));

/* The database lets go of an identity. Nothing for tickets. */
void tls_store_drop(struct tls_session_st *s, struct tls_span identity);

/* Whether hs->state may be resumed now, with what has been chosen: its lifetime, its binding. */
bool tls_store_fits(struct tls_session_st *s);

/* Fills in the state of this session for a later one, but for secret and age_add: an established server's. chain
 * holds what r borrows. *left: seconds it will live; 0: not worth a ticket. */
int tls_store_describe(struct tls_session_st *s, struct tls_resume *r, struct tls_buf *chain, uint32_t *left)
    __attribute__((warn_unused_result));

/* Server: gives the session its name for life, a new one or that of hs->state. */
int tls_store_name_session(struct tls_session_st *s) __attribute__((warn_unused_result));

/* Client: an empty memory for the next session. NULL: none. */
struct tls_kept *tls_store_new_kept(const struct tls_session_st *s);

/* The session is a resumption of hs->state: takes over what is known of the peer. 0 or TLS_E_*. */
int tls_store_take_over(struct tls_session_st *s) __attribute__((warn_unused_result));

/* Client: hs->state from what tls_session_set_data gave; once. */
void tls_store_load(struct tls_session_st *s);

/* Forgets hs->state. */
void tls_store_drop_state(struct tls_session_st *s);

#endif
