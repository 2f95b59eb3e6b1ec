/* state.h - what a session holds, inside the core.
 *
 * Reading (tls/input.c, rd) and writing (tls/output.c, wr) share nothing but this struct: nothing that
 * waits in one of them can stop the other. The handshake's state hangs on hs and is gone when the
 * handshake ends.
 */
#ifndef TLS_STATE_H
#define TLS_STATE_H

#include "bytes/buf.h"
#include "credentials.h"
#include "crypto/rng.h"
#include "policy.h"
#include "record.h"

struct tls_hs;
struct tls_resumption;
struct tls_verify;

/* Bytes read and not handed out. During a call buf is the workspace's buffer; between calls what is
 * left is kept in the stash, if anything. */
struct tls_input {
	uint8_t *buf, *stash;
	size_t stash_cap;
	size_t start, end; /* in buf: received, not opened yet */
	struct tls_span plain; /* in buf: opened application data, not handed out yet */
	bool own_buf; /* buf is a lent wire buffer, because the workspace's was busy */
	bool ended; /* the peer's close_notify has come */
	size_t skip_left; /* bytes of early data that may still be dropped */
	int later; /* a result to give once plain is handed out: a fatal error, or 0 */
};

/* Records sealed and not taken by the transport. */
struct tls_output {
	uint8_t *buf; /* a lent wire buffer, or NULL */
	size_t start, end;
	size_t taken; /* plaintext of an interrupted tls_record_send */
	size_t mark; /* where its first record starts in buf */
	uint64_t mark_seq; /* the sequence number of that record */
	uint64_t mark_key_id; /* and its key */
	uint64_t taken_seq; /* the sequence number behind its last record */
	bool mark_gone; /* part of its first record was pushed: there is no way back */
	size_t corked_len; /* plaintext sealed since tls_record_cork */
	bool corked, closed; /* closed: our close_notify is sealed */
	bool alert_waits; /* tls_alert_send was interrupted, and its alert has not gone out yet */
};

/* TLS 1.2: another handshake, as long as it is only asked for. See post12.c and reneg.c. */
enum tls_reneg_came { TLS_RENEG_NONE, TLS_RENEG_CAME, TLS_RENEG_TOLD };
enum tls_reneg_asked { TLS_RENEG_IDLE, TLS_RENEG_DUE, TLS_RENEG_OUT };

struct tls_reneg {
	uint8_t came; /* the peer's request stands whole in front of messages; TOLD: recv has said so */
	uint8_t asked; /* ours, unanswered: HelloRequest of a server (DUE: noted), ClientHello of a client */
	bool allowed; /* what came may be accepted */
	bool no_due; /* noted: no_renegotiation, sent before the next data */
	bool done; /* there was one */
	bool cut; /* tls_bye has ended a handshake in its midst: whose what comes behind it is, nobody knows */
	uint8_t n; /* requests of the peer that nobody had asked for */
};

struct tls_session_st {
	unsigned flags; /* of tls_init */
	unsigned sflags; /* TLS_SFLAGS_* */
	int err; /* the fatal error that ended the session, or 0 */
	int direction;
	bool in_transport; /* a function of the transport runs: no call from inside it */
	bool own_ws;
	bool resumed; /* the handshake under way, or the last one, is a resumption */
	struct tls_workspace_st *ws;

	tls_pull_func pull;
	tls_push_func push;
	tls_vec_push_func vec_push;
	tls_pull_timeout_func pull_timeout;
	tls_transport_ptr_t recv_ptr, send_ptr;
	int transport_errno;

	struct tls_input in;
	struct tls_output out;
	struct tls_half rd, wr;
	struct tls_secret rd_secret, wr_secret; /* application traffic secrets, for KeyUpdate */
	struct tls_secret exporter; /* exporter_master_secret, or the extended master secret; len 0: neither */
	struct tls_buf messages; /* handshake bytes received, not yet whole messages */

	bool key_update_due, key_update_request; /* noted; sent before the next data */
	struct tls_reneg reneg;
	uint8_t n_key_updates, n_tickets, n_empty, n_warnings, n_ccs;
	uint16_t pad_block; /* TLS 1.3: records are padded to multiples; 0: not */
	size_t max_send, max_recv; /* plaintext of one record; max_send: ours and the peer's limit */
	size_t peer_max_send; /* the peer's record_size_limit, as plaintext */

	tls_protocol_t version;
	uint16_t suite, group, scheme;
	int alert_received, alert_sent; /* -1: none */
	uint8_t client_random[32], server_random[32];
	uint8_t client_verify[TLS_VERIFY_DATA_LEN], server_verify[TLS_VERIFY_DATA_LEN]; /* TLS 1.2, for RFC 5746 */
	struct tls_span server_name; /* owned */
	struct tls_span alpn; /* chosen; borrowed from alpn_list */
	struct tls_buf alpn_list; /* {u8 length, name} each */
	bool alpn_mandatory;
	bool no_authorities; /* server: its CertificateRequest names no CAs */
	tls_certificate_request_t cert_request; /* server: what it wants of a client */
	bool status_request; /* client: asks for an OCSP response */
	bool peers_new; /* the peer has shown its certificates in a handshake that is not complete */
	bool cert_asked; /* CertificateRequest was sent, or has come */
	uint8_t n_declined; /* renegotiations of a client that the server has declined, since it took the last one up */
	tls_datum_t *peers; /* owned, in one piece with what it points to; NULL: none */
	unsigned n_peers; /* 0 with peers: it is forgotten but for the SHA-256 of the peer's own */
	tls_datum_t *staple; /* owned, in one piece: the OCSP response that came with them; NULL: none */

	struct tls_verify *verify; /* how the peer's chain is judged, and what was found; NULL: not at all */

	struct tls_policy_st *policy; /* held */
	struct tls_certificate_credentials_st *cred; /* held */
	const struct tls_cred_entry *own; /* of cred: the chain that we chose; NULL before the handshake's end, or none */
	struct tls_rng rng;
	tls_time_func time;
	void *ptr, *time_ptr;
	tls_handshake_hook_func hook;
	unsigned hook_type, hook_when;
	tls_handshake_post_client_hello_func post_client_hello;
	tls_keylog_func keylog;
	unsigned handshake_timeout; /* ms */
	uint64_t deadline; /* of the handshake under way, by the time function; 0: none */

	struct tls_resumption *resumption; /* NULL: can't be resumed, and resumes nothing */

	struct tls_hs *hs; /* NULL before and after a handshake; established: a renegotiation is under way */
};

static inline bool tls_state_is_server(const struct tls_session_st *s)
{
	return (s->flags & TLS_SERVER) != 0;
}

/* A call is under way (input is between enter and leave): this one comes from a callback of it. */
static inline bool tls_state_is_entered(const struct tls_session_st *s)
{
	return s->in.buf != s->in.stash;
}

static inline bool tls_state_is_established(const struct tls_session_st *s)
{
	return (s->sflags & TLS_SFLAGS_ESTABLISHED) != 0;
}

/* Data may be sent: established, or all there but the server's Finished (TLS_ENABLE_FALSE_START). */
static inline bool tls_state_is_open(const struct tls_session_st *s)
{
	return (s->sflags & (TLS_SFLAGS_ESTABLISHED | TLS_SFLAGS_FALSE_START)) != 0;
}

/* The server's Finished has to be read before anything else is. */
static inline bool tls_state_awaits_finished(const struct tls_session_st *s)
{
	return tls_state_is_open(s) && !tls_state_is_established(s);
}

#endif
