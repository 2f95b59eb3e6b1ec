/* reneg.h - renegotiation in TLS 1.2: tls_handshake on an established session, CONTRACT part R. RFC 5246 sections
 * 7.4.1.1 and 7.4.1.2, RFC 5746.
 *
 * Three things follow each other. Somebody asks for it (s->reneg, post12.c), a server by HelloRequest, which a
 * client may ignore. Then, when a client's hello is there or goes out, s->hs exists again, and all that is
 * received and sent runs under the old keys up to each side's change_cipher_spec. Data of the peer is taken up
 * to its hello of this handshake and no further, so that none of it can come between two identities.
 */
#ifndef TLS_RENEG_H
#define TLS_RENEG_H

#include "state.h"

/* What tls_handshake has to do: TLS_RENEG_GO, 0 for nothing, or TLS_E_INVALID_REQUEST: there can be no other
 * handshake, or the peer's request was one too many and is now declined. */
#define TLS_RENEG_GO 1
int tls_reneg_check(struct tls_session_st *s) __attribute__((warn_unused_result));

/* 0 when the handshake can run, or goes on. A server that has asked waits for the client's hello here, and gives
 * what comes instead: TLS_E_GOT_APPLICATION_DATA, TLS_E_WARNING_ALERT_RECEIVED, TLS_E_AGAIN. */
int tls_reneg_begin(struct tls_session_st *s) __attribute__((warn_unused_result));

/* True if receiving stops here, for tls_handshake to go on (TLS_E_REHANDSHAKE). */
bool tls_reneg_stops(const struct tls_session_st *s);

/* tls_bye ends the handshake that is under way. Before an answer all is as it was; in its midst nobody knows any more
 * whose what comes is, nor what both sides have. */
void tls_reneg_give_up(struct tls_session_st *s);

/* Sees the result of what has received: a client whose hello is declined has its old session again. */
void tls_reneg_note_result(struct tls_session_st *s, int err);

#endif
