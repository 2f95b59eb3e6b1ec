/* tls.h - the public interface of the TLS core, and the only header of it that others include.
 *
 * It mirrors the GnuTLS session API: the same names with tls_ in place of gnutls_, the same order of
 * arguments, the same meaning, the same convention for results: 0 or a count when good, a negative
 * TLS_E_* otherwise. A program written to that API ports by renaming. Where more is promised than
 * there, it says so.
 *
 * The core has no sockets, no files, no clock and no threads. Bytes go through the push and pull
 * functions; a session may be used by one thread at a time, and different sessions by different
 * threads; credentials and policies don't change once a session uses them, and may be shared.
 *
 * MEMORY OF A SESSION. Idle: the session struct, the certificates that the peer has shown, if any (64 KiB
 * at most), and on a client its OCSP response, if it asked (64 KiB), and with a clock function the last ticket
 * (12 KiB); no record buffer. Reading goes through a buffer of the workspace; between calls a
 * session keeps what it has not handed out of it: the received part of one record, when the caller
 * reads until TLS_E_AGAIN, and at most TLS_WIRE_LEN bytes. Writing: one wire buffer of TLS_WIRE_LEN
 * bytes, given back when the transport took everything. During the handshake: one allocation for its
 * state, the ClientHello (at most 16 KiB), and at most one message each way (64 KiB); in TLS 1.2 with
 * client certificates, or with a client that has one to give, all its messages (at most 128 KiB); and the
 * ClientHello that asks for another one, until that is taken up or declined. It never
 * grows with what the peer sends or doesn't accept.
 *
 * CALLBACKS. Hooks, the post-client-hello, the verify, the key log and the signing function may ask for things, set
 * options, send, and end the session by an alert. What reads is refused there (TLS_E_INVALID_REQUEST,
 * nothing pending), and in the functions of the transport every call that moves bytes or ends the
 * session; tls_deinit is not allowed in any of them.
 */
#ifndef TLS_TLS_H
#define TLS_TLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

#include "numbers.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tls_session_st *tls_session_t;
typedef struct tls_certificate_credentials_st *tls_certificate_credentials_t;
typedef struct tls_policy_st *tls_policy_t;
typedef struct tls_workspace_st *tls_workspace_t;
typedef void *tls_transport_ptr_t;

/* Bytes in memory; who owns them is said where it is used. */
typedef struct {
	unsigned char *data;
	unsigned int size;
} tls_datum_t;

/* ---- Errors ------------------------------------------------------------------------------------ */

/* True if the session can't go on after this error: all but AGAIN, INTERRUPTED,
 * WARNING_ALERT_RECEIVED, REHANDSHAKE, GOT_APPLICATION_DATA, LARGE_PACKET and those that refuse a
 * call without harm (INVALID_REQUEST, SHORT_MEMORY_BUFFER, REQUESTED_DATA_NOT_AVAILABLE, DB_ERROR). After a
 * fatal error every call on the session returns the same error. */
int tls_error_is_fatal(int error);

/* The reason in a few words ("no common group"), never NULL. tls_strerror_name: the constant's name
 * ("TLS_E_NO_COMMON_GROUP"), NULL for a number that is none. */
const char *tls_strerror(int error);
const char *tls_strerror_name(int error);

/* ---- Workspace: buffers and expanded keys, shared by the sessions of one thread ----------------- */

#define TLS_RECORD_MAX_LEN 16384 /* plaintext of one record, RFC 8446 section 5.1 */
#define TLS_WIRE_LEN 66560 /* a wire buffer: four full records and more */
#define TLS_SEND_MAX_LEN 65536 /* tls_record_send takes at most this many bytes a call */

/* Makes a workspace that keeps at most n_spare idle wire buffers. Not thread-safe: one for each
 * thread; it outlives its sessions. Sessions without one allocate what they need. 0 or TLS_E_*. */
int tls_workspace_init(tls_workspace_t *workspace, unsigned n_spare);
void tls_workspace_deinit(tls_workspace_t workspace);

/* Wire buffers lent out now, and kept spare: for metrics and tests. */
unsigned tls_workspace_lent(tls_workspace_t workspace);
unsigned tls_workspace_spare(tls_workspace_t workspace);

/* ---- Policy: what is allowed, in order of preference --------------------------------------------- */

/* A policy by name: "modern" (TLS 1.3 only) or "intermediate" (TLS 1.2 and 1.3). 0,
 * TLS_E_UNKNOWN_ALGORITHM, TLS_E_MEMORY_ERROR. The caller releases it with tls_policy_deinit; sessions
 * that use it hold it alive. */
int tls_policy_init(tls_policy_t *policy, const char *name);
void tls_policy_deinit(tls_policy_t policy);

/* Narrow a policy: each names one algorithm by its IANA name and appends it to the list; the first
 * call empties the list. Fails once a session uses the policy (TLS_E_INVALID_REQUEST) or for
 * a name that is unknown (TLS_E_UNKNOWN_ALGORITHM). */
int tls_policy_add_ciphersuite(tls_policy_t policy, const char *name);
int tls_policy_add_group(tls_policy_t policy, const char *name);
int tls_policy_add_sign_algorithm(tls_policy_t policy, const char *name);

/* The versions from min to max, both included: TLS_1_2 or TLS_1_3. 0, or TLS_E_INVALID_REQUEST as above and for
 * others. */
int tls_policy_set_versions(tls_policy_t policy, tls_protocol_t min, tls_protocol_t max);

#include "certificates.h"
#include "x509_privkey.h"

/* ---- Session: life and options ---------------------------------------------------------------------- */

#define TLS_SERVER (1u << 0)
#define TLS_CLIENT (1u << 1)
#define TLS_NONBLOCK (1u << 2)
/* Client, TLS 1.2 (RFC 7918): tls_handshake gives 0 when its own Finished is sent, a round trip early, and data
 * may be sent. tls_session_get_flags has TLS_SFLAGS_FALSE_START then; the handshake is complete, and the flag
 * TLS_SFLAGS_ESTABLISHED there, when tls_record_recv, tls_record_check_pending or another tls_handshake has read
 * the server's Finished, before which nothing is handed out. Its fault is told there, too, as any other. The limit
 * of tls_handshake_set_timeout ends with the first 0. Only with ECDHE and an AEAD, which is all there is
 * here, and in the first, full handshake of a session. In TLS 1.3, which needs no such thing, it does nothing. */
#define TLS_ENABLE_FALSE_START (1u << 8)
#define TLS_ALLOW_ID_CHANGE (1u << 10) /* a renegotiation may end with another certificate of the peer */
#define TLS_ALLOW_RENEGOTIATION (1u << 24) /* also one that the peer asks for; see tls_rehandshake */

/* One of TLS_SERVER and TLS_CLIENT. Both speak the versions of their policy; a client needs no credentials. In
 * TLS 1.2 a peer without secure renegotiation (RFC 5746) is refused, and one without the extended master
 * secret (RFC 7627) is taken. 0, TLS_E_INVALID_REQUEST (both or neither of the roles), TLS_E_MEMORY_ERROR. deinit frees
 * and wipes, says nothing to the peer (tls_bye does), and NULL is fine. */
int tls_init(tls_session_t *session, unsigned flags);
void tls_deinit(tls_session_t session);

void tls_session_set_ptr(tls_session_t session, void *ptr);
void *tls_session_get_ptr(tls_session_t session);

/* The policy "modern"; tls_policy_set gives another one, which the session holds alive. Without either, tls_handshake
 * takes modern. Before the handshake, in the post-client-hello function, and between two handshakes; else
 * TLS_E_INVALID_REQUEST. 0, TLS_E_MEMORY_ERROR. */
int tls_set_default_priority(tls_session_t session);
int tls_policy_set(tls_session_t session, tls_policy_t policy);

/* Before the first call that moves bytes, and once: else TLS_E_INVALID_REQUEST. 0. */
int tls_session_set_workspace(tls_session_t session, tls_workspace_t workspace);

/* Randomness and time enter as functions. Default: getrandom(2), and no clock. The random function
 * fills out and returns 0, or a negative value. The time function gives milliseconds from any fixed
 * point, never going back; handshake time limits need it. */
typedef int (*tls_random_func)(void *ptr, unsigned char *out, size_t n);
typedef uint64_t (*tls_time_func)(void *ptr);
void tls_session_set_random_function(tls_session_t session, tls_random_func func, void *ptr);
void tls_session_set_time_function(tls_session_t session, tls_time_func func, void *ptr);

/* ---- Transport --------------------------------------------------------------------------------------- */

/* As read(2), write(2), writev(2): a count, 0 at the end of input, -1 with errno set or given through
 * tls_transport_set_errno. EAGAIN and EINTR at any call are fine (CONTRACT A1). */
typedef ssize_t (*tls_pull_func)(tls_transport_ptr_t, void *, size_t);
typedef ssize_t (*tls_push_func)(tls_transport_ptr_t, const void *, size_t);
typedef ssize_t (*tls_vec_push_func)(tls_transport_ptr_t, const struct iovec *, int);
/* Waits up to ms for input: > 0 there is some, 0 timed out, -1 with errno as above. Without TLS_NONBLOCK it keeps
 * tls_handshake within its time limit, and tls_session_get_data waits by it for a ticket; nothing else needs one. */
typedef int (*tls_pull_timeout_func)(tls_transport_ptr_t, unsigned int ms);

void tls_transport_set_ptr(tls_session_t session, tls_transport_ptr_t ptr);
void tls_transport_set_ptr2(tls_session_t session, tls_transport_ptr_t recv_ptr,
    tls_transport_ptr_t send_ptr);
void tls_transport_set_pull_function(tls_session_t session, tls_pull_func func);
void tls_transport_set_push_function(tls_session_t session, tls_push_func func);
void tls_transport_set_vec_push_function(tls_session_t session, tls_vec_push_func func);
void tls_transport_set_pull_timeout_function(tls_session_t session, tls_pull_timeout_func func);
void tls_transport_set_errno(tls_session_t session, int err);

/* ---- Handshake ------------------------------------------------------------------------------------------ */

/* CONTRACT part H. 0 when established (with TLS_ENABLE_FALSE_START perhaps before); TLS_E_AGAIN: wait as
 * tls_record_get_direction says and call again. After a fatal error its alert has been queued: tls_alert_flush sends
 * what the transport didn't take yet. Called when established in TLS 1.3: nothing to do on a server; on a client the
 * same as tls_session_key_update(session, TLS_KU_PEER). In TLS 1.2: see RENEGOTIATION. */
int tls_handshake(tls_session_t session);

/* TLS 1.3: as tls_session_key_update(session, TLS_KU_PEER). TLS 1.2: asks the client for another handshake; 0,
 * or TLS_E_AGAIN when the transport doesn't take the request: call it again, or leave it to the next
 * tls_record_send. One request is out at a time: until the client has answered, nothing more is sent. On a
 * client, and when one side has closed: TLS_E_INVALID_REQUEST.
 *
 * RENEGOTIATION in TLS 1.2, bound to the session by RFC 5746. When the peer asks for it (or a client answers
 * tls_rehandshake), tls_record_recv gives TLS_E_REHANDSHAKE, once. tls_handshake takes it up; receiving, or
 * sending new data, declines it: the peer gets no_renegotiation with the next data or
 * tls_record_send(session, NULL, 0), and the session goes on. So a program that knows nothing of
 * renegotiation need only go on after TLS_E_REHANDSHAKE.
 *   Server: tls_handshake takes up what tls_rehandshake has asked for. What the client asks for by itself is
 * taken up with TLS_ALLOW_RENEGOTIATION only; without, tls_handshake declines it: TLS_E_INVALID_REQUEST. With
 * nothing asked for it does nothing: 0. Called behind tls_rehandshake it waits for the client's hello.
 *   Client: tls_handshake begins another handshake, whoever wanted it; only of a second request of the server
 * it says TLS_E_INVALID_REQUEST, and declines, without TLS_ALLOW_RENEGOTIATION.
 *   In each session the peer may ask 8 times by itself; then the session ends with TLS_E_TOO_MANY_RENEGOTIATIONS.
 *   The peer may decline, too: TLS_E_WARNING_ALERT_RECEIVED, tls_alert_get gives TLS_ALERT_NO_RENEGOTIATION, and
 * all is as before. When a server has declined 16 times in a row, tls_handshake asks no more: TLS_E_INVALID_REQUEST,
 * which is no end of the session.
 *   While tls_handshake is under way, data of the peer that was sent before gives TLS_E_GOT_APPLICATION_DATA: take
 * it with tls_record_recv, and call again. Of what the peer has yet to send, nothing is received:
 * TLS_E_REHANDSHAKE, from sending new data, too. Everything runs under the old keys until new ones are
 * agreed on. Any other error ends the session. tls_bye ends a handshake that is under way, and nothing more is
 * received then: TLS_E_INVALID_SESSION.
 *   Between two handshakes the policy, the credentials and tls_certificate_server_set_request may be changed;
 * version, our list of ALPN protocols and the name that a client has set stay. The peer is not bound so: a client may
 * name another server and offer other protocols, so that a server which has decided anything by
 * tls_server_name_get or tls_alpn_get_selected_protocol asks again. A peer that has shown a certificate shows the
 * same in each handshake that asks for one, or it ends with TLS_E_SESSION_USER_ID_CHANGED; with
 * TLS_ALLOW_ID_CHANGE it may be another one, or none. */
int tls_rehandshake(tls_session_t session);

/* New keys for what we send from now on and, with TLS_KU_PEER, from the peer, too (RFC 8446 section
 * 4.6.3). Sent before the next data, or by tls_record_send(session, NULL, 0). 0, TLS_E_INVALID_REQUEST
 * before the handshake is complete and in TLS 1.2, which has no such thing: there the session ends with
 * TLS_E_RECORD_LIMIT_REACHED when its key has sealed as many records as it may. */
#define TLS_KU_PEER 1u
int tls_session_key_update(tls_session_t session, unsigned flags);

/* Limit in milliseconds for the whole handshake, from the first call of tls_handshake; 0: none. Needs
 * the time function. After it tls_handshake gives TLS_E_TIMEDOUT. */
void tls_handshake_set_timeout(tls_session_t session, unsigned int ms);

/* Called for each message of the handshake and each KeyUpdate received (htype: one kind of TLS_HANDSHAKE_*, or
 * TLS_HANDSHAKE_ANY), before or after (when) it is processed or sent. A negative result ends the session
 * with it, or with TLS_E_INTERNAL_ERROR if it is no fatal error of this list. msg holds the body, without
 * the 4 bytes of header, valid during the call; incoming: 1 for the peer's, 0 for ours. One function for a session:
 * the last that was set; NULL: none. */
#define TLS_HOOK_POST 1u
#define TLS_HOOK_PRE 2u
#define TLS_HOOK_BOTH 3u
typedef int (*tls_handshake_hook_func)(tls_session_t, unsigned htype, unsigned when,
    unsigned incoming, const tls_datum_t *msg);
void tls_handshake_set_hook_function(tls_session_t session, unsigned htype, int when,
    tls_handshake_hook_func func);

/* Called on a server when the first ClientHello is decoded and before anything is chosen: server
 * name and ALPN can be asked for, credentials, policy and ALPN can be set. TLS_E_AGAIN: not yet;
 * tls_handshake gives that and asks again when it is called again. Else non-zero ends the handshake: with a
 * fatal error of this list, or TLS_E_INTERNAL_ERROR. */
typedef int (*tls_handshake_post_client_hello_func)(tls_session_t);
void tls_handshake_set_post_client_hello_function(tls_session_t session,
    tls_handshake_post_client_hello_func func);

/* Gives each secret of the session as it is made, with its label of the SSLKEYLOGFILE format
 * ("CLIENT_HANDSHAKE_TRAFFIC_SECRET", ...). For debugging; whoever has these reads the traffic. */
typedef int (*tls_keylog_func)(tls_session_t, const char *label, const tls_datum_t *secret);
void tls_session_set_keylog_function(tls_session_t session, tls_keylog_func func);

/* The randoms of both hellos (32 bytes each, zeros until they are known), in memory of the session; the client's is what
 * the key log is indexed by. Either may be NULL. */
void tls_session_get_random(tls_session_t session, tls_datum_t *client, tls_datum_t *server);

/* ---- Data -------------------------------------------------------------------------------------------------- */

/* Sends up to data_size bytes; the count taken (at most TLS_SEND_MAX_LEN, less with small records), or
 * TLS_E_*. After TLS_E_AGAIN tls_record_check_queued bytes of the data have been taken and sealed, and
 * the caller may forget them: tls_record_send(session, NULL, 0) goes on until it gives that count
 * (CONTRACT A2; with data given again it does the same and looks at none of it). Direction is then
 * always 1; sending never reads, receiving never writes. With nothing interrupted, (NULL, 0) flushes what
 * receiving or tls_session_key_update left to be sent, and gives 0. */
ssize_t tls_record_send(tls_session_t session, const void *data, size_t data_size);

/* The same in one record with at least pad bytes of padding behind the data (TLS 1.3, RFC 8446 section 5.4), so that
 * it takes tls_record_get_max_size(session) - pad bytes at most. Without data a record of padding alone goes out,
 * which says nothing to the peer, and the result is 0. An interrupted call is gone on with by
 * tls_record_send(session, NULL, 0). TLS 1.2 has no padding: there it is tls_record_send. flags: 0.
 * TLS_E_INVALID_REQUEST for a pad that leaves no room for data. */
ssize_t tls_record_send2(tls_session_t session, const void *data, size_t data_size, size_t pad, unsigned flags);

/* TLS 1.3: pads each record of data and handshake that is protected until content, content type and padding are a
 * multiple of block bytes together; 0 (the default) and 1: not. Never beyond tls_record_get_max_size, so that a
 * full record has no padding. At any time; no effect in TLS 1.2. TLS_E_INVALID_REQUEST over TLS_RECORD_MAX_LEN. */
int tls_record_set_padding(tls_session_t session, size_t block);

/* The bytes of plaintext that an interrupted tls_record_send has taken; 0 when none is interrupted. */
size_t tls_record_check_queued(tls_session_t session);

/* Receives up to data_size bytes: the count, 0 after the peer's close_notify, TLS_E_*. A transport that
 * ended without close_notify is TLS_E_PREMATURE_TERMINATION. Direction after TLS_E_AGAIN is always 0;
 * receiving never writes. What it must answer (KeyUpdate) is noted, once, and sent before the next
 * data; tls_record_flush_pending tells. */
ssize_t tls_record_recv(tls_session_t session, void *data, size_t data_size);

/* True if bytes wait to be sent that receiving (an answer, an alert) or an interrupted call left. The
 * owner then calls tls_record_send(session, NULL, 0), or tls_alert_flush after a fatal error, when the
 * transport is writable. */
bool tls_record_flush_pending(tls_session_t session);

/* 0: the interrupted call was reading; 1: writing (CONTRACT A5). In the handshake also TLS_WAIT_KEY: it
 * waits for a signature, for nothing of the transport. */
#define TLS_WAIT_KEY 2
int tls_record_get_direction(tls_session_t session);

/* Bytes that tls_record_recv can hand out without reading the transport. At least 1 also when it
 * would tell something else than TLS_E_AGAIN (the end, an error). May decrypt what has been read. */
size_t tls_record_check_pending(tls_session_t session);

/* Drops what an interrupted tls_record_send left, if no byte of it is on the wire yet and nothing else
 * (KeyUpdate, an alert) was sealed behind it, and gives the number of bytes dropped; otherwise 0 and it
 * remains (dropping half a record ends the session). */
size_t tls_record_discard_queued(tls_session_t session);

/* Between cork and uncork sent data is sealed and kept, up to the wire buffer's size. uncork sends it:
 * the bytes of plaintext sent, or TLS_E_AGAIN: repeat; with TLS_RECORD_WAIT it repeats by itself, which is for
 * transports that block. check_corked: the bytes of plaintext that are kept. */
#define TLS_RECORD_WAIT 1u
void tls_record_cork(tls_session_t session);
int tls_record_uncork(tls_session_t session, unsigned int flags);
size_t tls_record_check_corked(tls_session_t session);

/* Largest plaintext of a record we send: 64 .. TLS_RECORD_MAX_LEN (the peer's record_size_limit,
 * RFC 8449, lowers it further), at any time. And of those we receive: offered as our record_size_limit, so before the
 * handshake. 0, or TLS_E_INVALID_REQUEST. */
ssize_t tls_record_set_max_size(tls_session_t session, size_t size);
size_t tls_record_get_max_size(tls_session_t session);
ssize_t tls_record_set_max_recv_size(tls_session_t session, size_t size);

typedef enum { TLS_SHUT_RDWR = 0, TLS_SHUT_WR = 1 } tls_close_request_t;
/* Sends close_notify; with TLS_SHUT_RDWR also waits for the peer's (data that comes before it is
 * dropped). 0 or TLS_E_AGAIN: repeat. TLS_E_INTERRUPTED: much was dropped and there may be more: repeat
 * without waiting. The other direction stays open after TLS_SHUT_WR. */
int tls_bye(tls_session_t session, tls_close_request_t how);

/* ---- Alerts ---------------------------------------------------------------------------------------------------- */

typedef enum { TLS_AL_WARNING = 1, TLS_AL_FATAL = 2 } tls_alert_level_t;

/* The last alert received, -1 before any. Its name ("handshake_failure"), or NULL. */
tls_alert_description_t tls_alert_get(tls_session_t session);
const char *tls_alert_get_name(tls_alert_description_t alert);

/* Sends an alert; a fatal one ends the session, at once, also when it has yet to go out; close_notify closes its
 * sending half. 0 or TLS_E_AGAIN: repeat (a fatal one by tls_alert_flush, too), unless another call has pushed all that
 * waited: then the same again is one more. TLS_E_INVALID_REQUEST when another one of these two was sent before. In a
 * handshake that has messages to send close_notify is the end, too: TLS_E_INVALID_SESSION. */
int tls_alert_send(tls_session_t session, tls_alert_level_t level, tls_alert_description_t desc);

/* The last alert that we sent or queued, for a fatal error or as the application asked, or -1. */
int tls_alert_get_sent(tls_session_t session);

/* After a fatal error: pushes what is left of its alert. 0 when nothing is left, TLS_E_AGAIN. */
int tls_alert_flush(tls_session_t session);

/* ---- What was negotiated -------------------------------------------------------------------------------------- */

#define TLS_SFLAGS_HELLO_RETRY (1u << 0) /* a HelloRetryRequest was needed */
#define TLS_SFLAGS_ESTABLISHED (1u << 1) /* the handshake is complete */
#define TLS_SFLAGS_FALSE_START (1u << 2) /* data might be sent before that: TLS_ENABLE_FALSE_START */
#define TLS_SFLAGS_SESSION_TICKET (1u << 7) /* client: a ticket has come, tls_session_get_data2 gives it */
#define TLS_SFLAGS_NOT_RESUMED (1u << 9) /* server: a session was offered by ticket, and couldn't be resumed */
#define TLS_SFLAGS_EXT_MASTER_SECRET (1u << 8) /* TLS 1.2: with the extended master secret, RFC 7627 */
unsigned tls_session_get_flags(tls_session_t session);

/* 0 until known. Names are IANA's; NULL for a number that we don't know. */
tls_protocol_t tls_protocol_get_version(tls_session_t session);
uint16_t tls_ciphersuite_get(tls_session_t session);
uint16_t tls_group_get(tls_session_t session);
uint16_t tls_sign_algorithm_get(tls_session_t session);
const char *tls_protocol_get_name(tls_protocol_t version);
const char *tls_ciphersuite_get_name(uint16_t suite);
const char *tls_group_get_name(uint16_t group);
/* True for a hybrid with ML-KEM: what was agreed on by it stays secret when there are quantum computers. */
bool tls_group_is_post_quantum(uint16_t group);
const char *tls_sign_get_name(uint16_t sign);

/* Keying material for an application that both sides, and nobody else, can make (RFC 5705, RFC 8446 section 7.5):
 * outsize bytes (at most TLS_EXPORT_MAX_LEN). label: 1 to 249 bytes without NUL, registered with IANA or
 * beginning with "EXPORTER"; context: up to 65,535 bytes, or NULL for none, which in TLS 1.2 (and not in 1.3) is
 * another thing than an empty one. 0; TLS_E_INVALID_REQUEST before the handshake is complete, in TLS 1.2 without
 * TLS_SFLAGS_EXT_MASTER_SECRET (RFC 7627 section 5.4) or with a label of TLS itself. */
#define TLS_EXPORT_MAX_LEN 8160
int tls_prf_rfc5705(tls_session_t session, size_t label_size, const char *label, size_t context_size,
    const char *context, size_t outsize, char *out);

/* What names this session, or its server, to a protocol inside it (RFC 5056): cb->data is memory of its own that
 * the caller releases with tls_free. TLS_CB_TLS_EXPORTER (RFC 9266): 32 bytes, as tls_prf_rfc5705 can make them;
 * TLS_CB_TLS_SERVER_END_POINT (RFC 5929 section 4): a hash of the server's certificate. 0, or TLS_E_*:
 * TLS_E_INVALID_REQUEST as above and for other types, for the exporter also in TLS 1.2 with TLS_ALLOW_RENEGOTIATION or
 * behind a renegotiation; TLS_E_REQUESTED_DATA_NOT_AVAILABLE for a certificate
 * that is signed by an algorithm without a hash of its own (Ed25519), for which RFC 5929 defines none. */
typedef enum {
	TLS_CB_TLS_UNIQUE = 0, /* not supported: RFC 7627 section 7 took its ground away */
	TLS_CB_TLS_SERVER_END_POINT = 1,
	TLS_CB_TLS_EXPORTER = 2
} tls_channel_binding_t;
int tls_session_channel_binding(tls_session_t session, tls_channel_binding_t cbtype, tls_datum_t *cb);

/* "(TLS1.3)-(x25519)-(ecdsa_secp256r1_sha256)-(TLS_AES_128_GCM_SHA256)", in memory of its own that the
 * caller releases with tls_free; NULL before the handshake. */
char *tls_session_get_desc(tls_session_t session);

/* The memory that passes between a program and the core. Filled with zeros; NULL when there is none. free wipes nothing,
 * and NULL is fine. */
void *tls_malloc(size_t size);
void tls_free(void *ptr);

/* Client, before the handshake: the server's name, for SNI; copied. type is TLS_NAME_DNS. Length 0
 * takes the name back. TLS_E_INVALID_REQUEST for what SNI can't carry: an IP address, a dot at the
 * end, other bytes than tls_server_name_get tells of. */
#define TLS_NAME_DNS 1
int tls_server_name_set(tls_session_t session, unsigned int type, const void *name, size_t name_length);

/* The server name of the client's SNI, index 0 only, NUL-terminated when there is room. data_length:
 * room in, bytes out. 0, TLS_E_SHORT_MEMORY_BUFFER, TLS_E_REQUESTED_DATA_NOT_AVAILABLE. The name has
 * been checked: letters, digits, '-', '_' and '.', at most 255, no trailing dot. type is set to 1. */
int tls_server_name_get(tls_session_t session, void *data, size_t *data_length, unsigned int *type,
    unsigned int indx);

/* Protocols we accept or offer, in our order of preference (the server's order decides); copied. With
 * TLS_ALPN_MANDATORY a client that offers ALPN without a common protocol is refused with
 * no_application_protocol (RFC 7301 section 3.2), and a client refuses a server that chooses none;
 * without it there is just none. 1 to 255 bytes each, 65,535 in all with a byte more for each; before the handshake. 0,
 * TLS_E_INVALID_REQUEST, TLS_E_MEMORY_ERROR. get: what was agreed on, in memory of the session, or
 * TLS_E_REQUESTED_DATA_NOT_AVAILABLE. */
#define TLS_ALPN_MANDATORY 1u
int tls_alpn_set_protocols(tls_session_t session, const tls_datum_t *protocols,
    unsigned protocols_size, unsigned flags);
int tls_alpn_get_selected_protocol(tls_session_t session, tls_datum_t *protocol);

/* Whose AES and ChaCha20 this process uses: "intel-ipsec-mb" or "nettle". */
const char *tls_aead_provider_name(void);

#include "resumption.h"
#include "verification.h"
#include "describe.h"

#include "making.h"

#ifdef __cplusplus
}
#endif

#endif
