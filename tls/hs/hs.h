/* hs.h - the handshake: its state, its steps, its driver. RFC 8446 section 4, RFC 5246 section 7.3.
 *
 * A handshake is a table of steps (steps.c). Each row names a message, who sends it, when it takes place
 * at all, what sends or receives it, and which keys each wire direction gets after it. The driver (hs.c)
 * is the only loop: the index into the tables only grows, so a handshake ends by construction. Nothing
 * can arrive that the current row doesn't name.
 */
#ifndef TLS_HS_HS_H
#define TLS_HS_HS_H

#include "../msg/client_hello.h"
#include "../state.h"
#include "choose.h"
#include "resume.h"
#include "sched12.h"
#include "sched13.h"
#include "transcript.h"

#define TLS_HS_HEADER_LEN 4

enum tls_hs_keys { TLS_KEYS_SAME, TLS_KEYS_HANDSHAKE, TLS_KEYS_TRAFFIC };

/* Flags of a step. */
#define TLS_STEP_COMPAT_CCS 1u /* both sides send their compatibility CCS behind it, once */
#define TLS_STEP_MAYBE 2u /* the receiver may find another message in its place */
#define TLS_STEP_CCS 4u /* TLS 1.2: no handshake message, but the change_cipher_spec record */
#define TLS_STEP_MASTER 8u /* TLS 1.2: the master secret is made behind it */
#define TLS_STEP_EARLY 16u /* TLS 1.2: behind it the client may send data, RFC 7918 */

/* What a receiving step of a MAYBE row gives when the message is another one: the row is skipped. */
#define TLS_STEP_OTHER 1

/* send appends the message's body, recv takes one that is whole: it borrows from memory that is gone when it returns.
 * Both give 0, TLS_E_AGAIN to be called again with the same, or the error that ends the handshake. */
struct tls_step {
	uint8_t message; /* TLS_HANDSHAKE_* */
	uint8_t sender; /* TLS_SERVER or TLS_CLIENT */
	uint8_t flags;
	uint8_t c2s, s2c; /* enum tls_hs_keys: what the client's, the server's direction has after it */
	bool (*when)(const struct tls_session_st *s);
	int (*send)(struct tls_session_st *s, struct tls_buf *body);
	int (*recv)(struct tls_session_st *s, struct tls_span body);
	const struct tls_step *next; /* not NULL: no message, the table goes on there. In the last row also NULL */
};

/* The last row of a table is the one whose when is NULL. */
extern const struct tls_step tls_steps_hello[];
extern const struct tls_step tls_steps_12[];
extern const struct tls_step tls_steps_12_resumed[];
extern const struct tls_step tls_steps_13[];

/* Everything that lives only as long as the handshake. Wiped and freed with it. */
struct tls_hs {
	const struct tls_step *step;
	bool retry; /* a HelloRetryRequest is needed, or was sent */
	bool ccs_sent;
	bool status; /* TLS 1.2: a CertificateStatus has been promised */
	bool early; /* data may be sent now, and the handshake goes on when there is something to read */
	bool no_pull; /* with what has been read */
	bool told; /* the hook knows the message that is being received */
	struct tls_transcript transcript;
	struct tls_sched13 sched;
	struct tls_sched12 sched12;
	struct tls_secret c_hs, s_hs, c_ap, s_ap;
	struct tls_buf hello_body; /* what hello borrows from */
	struct tls_client_hello hello;
	struct tls_choice choice;
	struct tls_group_key group_key; /* of a share that waits for an answer: a client's, in TLS 1.2 a server's */
	bool share_alone; /* client: the share is the one that a HelloRetryRequest asked for */
	uint8_t session_id[TLS_SESSION_ID_MAX_LEN]; /* client: what hello.session_id borrows from */
	struct tls_buf cookie; /* client: of HelloRetryRequest */
	struct tls_pubkey *peer_key; /* of the certificate that the peer has shown */
	bool proved; /* and it has the key */
	bool key_waits; /* the function that has our key was asked, and has not answered */
	void *key_request; /* what it knows the question by */
	uint8_t share[TLS_GROUP_SHARE_MAX_LEN]; /* ours */
	uint8_t secret[TLS_GROUP_SECRET_MAX_LEN];
	struct tls_resume state; /* of the session that is resumed, or (client) offered; version 0: none */
	struct tls_buf state_bytes; /* server: what state borrows from */
	uint16_t psk_index; /* server: of the identity that state belongs to */
	bool psk_offered; /* client */
	bool offers12; /* client: state, in TLS 1.2 */
	bool tickets_made;
	bool ticket_due; /* TLS 1.2: ServerHello has announced a NewSessionTicket */
	struct tls_buf ticket; /* client: of that */
	uint32_t ticket_lifetime;
	uint64_t started; /* by the time function; 0: there is none */
	struct tls_buf out; /* the message being sent, with its header */
	size_t out_sent; /* bytes of it that are sealed */
	uint8_t old_random[TLS_RANDOM_LEN]; /* client: of the hello of the handshake before this one ... */
	bool old_resumed; /* ... and whether that one was a resumption */
};

/* Runs until established: 0, or TLS_E_*. */
int tls_hs_run(struct tls_session_st *s) __attribute__((warn_unused_result));

/* Goes on with a handshake of which tls_handshake has given 0 before its end (tls_state_awaits_finished). Reads
 * alone, and with may_pull from the transport, too: 0, or TLS_E_*. */
int tls_hs_complete(struct tls_session_st *s, bool may_pull) __attribute__((warn_unused_result));

/* Wipes and frees the state. */
void tls_hs_free(struct tls_session_st *s);

/* The limit of tls_handshake_set_timeout begins to count. */
void tls_hs_set_deadline(struct tls_session_st *s);

/* The ServerHello or ClientHello of this handshake has been taken. */
bool tls_hs_has_peer_hello(const struct tls_session_st *s);

/* Client: its hello is out, whole, and unanswered. */
bool tls_hs_hello_is_out(const struct tls_session_st *s);

/* Seals what is left of hs->out, record by record. 0 or TLS_E_*; TLS_E_AGAIN: to be called again. */
int tls_hs_seal(struct tls_session_st *s) __attribute__((warn_unused_result));

/* Handshake messages out of records, for the handshake and after it: *msg is the next whole message
 * with its header, in s->messages; tls_hs_message_done takes it out. 0, TLS_E_AGAIN when none is whole,
 * TLS_E_UNEXPECTED_HANDSHAKE_PACKET when its type is not the one allowed (TLS_HANDSHAKE_ANY: each),
 * TLS_E_HANDSHAKE_TOO_LARGE over max_len. */
int tls_hs_message(struct tls_session_st *s, struct tls_span *msg, unsigned type, size_t max_len)
    __attribute__((warn_unused_result));
void tls_hs_message_done(struct tls_session_st *s, struct tls_span msg);

/* Client: takes out the HelloRequests that stand in front of s->messages, as RFC 5246 section 7.4.1.1 wants of one that
 * negotiates. 0, TLS_E_AGAIN behind a part of one, TLS_E_TOO_MANY_RENEGOTIATIONS. */
int tls_hs_skip_requests(struct tls_session_st *s) __attribute__((warn_unused_result));
int tls_hs_message_add(struct tls_session_st *s, struct tls_span content)
    __attribute__((warn_unused_result));

/* While a handshake runs. The next record, from the transport if none is left; what waits to go out is pushed
 * first. The message of this row, whole: TLS_STEP_OTHER when another one stands where this one may be missing. */
struct tls_incoming;
int tls_hs_await_record(struct tls_session_st *s, struct tls_incoming *rec) __attribute__((warn_unused_result));
int tls_hs_await_message(struct tls_session_st *s, struct tls_span *msg, const struct tls_step *step)
    __attribute__((warn_unused_result));

/* Calls the application's hook, if it asked for this one. */
int tls_hs_hook(struct tls_session_st *s, unsigned when, bool incoming, struct tls_span msg)
    __attribute__((warn_unused_result));

/* RFC 8449 section 4: the peer's record_size_limit, which counts the content type's byte in TLS 1.3; 0: it has
 * none, and is never told ours. */
void tls_hs_obey_size_limit(struct tls_session_st *s, uint16_t limit);

/* keys12.c, keys13.c: what a row of the table asks for. */
int tls_keys12_change(struct tls_session_st *s, const struct tls_step *step)
    __attribute__((warn_unused_result));
/* The master secret of the session that is resumed. */
int tls_keys12_resume(struct tls_session_st *s, struct tls_span master) __attribute__((warn_unused_result));
/* Keeps the master secret for exporters, if it may be used so: RFC 7627 section 5.4. */
void tls_keys12_keep(struct tls_session_st *s);
int tls_keys13_change(struct tls_session_st *s, const struct tls_step *step)
    __attribute__((warn_unused_result));

#endif
