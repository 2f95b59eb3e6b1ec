/* resume13.h - resumption in TLS 1.3: a PSK, always with a fresh key exchange (psk_dhe_ke). RFC 8446 sections
 * 2.2, 4.2.9, 4.2.11 and 4.6.1. No early data: never offered, never accepted.
 *
 * A server believes nothing of an identity before its binder; what can't be resumed is a full handshake.
 */
#ifndef TLS_HS_RESUME13_H
#define TLS_HS_RESUME13_H

#include "../msg/new_session_ticket.h"
#include "../msg/server_hello.h"
#include "hs.h"

/* Server, with a hello (body: all of it) for which everything else has been chosen: takes the first identity that
 * may be resumed. Sets s->resumed. 0 with or without one; TLS_E_PSK_BINDER_VERIFY_FAILED. */
int tls_resume13_choose(struct tls_session_st *s, struct tls_span body) __attribute__((warn_unused_result));

/* Server, at the end of the handshake: appends the NewSessionTicket messages that are due, whole. */
int tls_resume13_issue(struct tls_session_st *s, struct tls_buf *out) __attribute__((warn_unused_result));

/* Client: the extensions of a hello, as its last ones; then, when all of it is written, the binder. start: where the
 * hello's body begins in b. */
void tls_resume13_offer(struct tls_session_st *s, struct tls_buf *b);
void tls_resume13_bind(struct tls_session_st *s, struct tls_buf *b, size_t start);

/* Client: what the ServerHello says of it; after the suite is known. */
int tls_resume13_recv_hello(struct tls_session_st *s, const struct tls_server_hello *m)
    __attribute__((warn_unused_result));

/* Client, at the end of the handshake: keeps what tickets will need, if there is a clock. Then, when one comes. */
int tls_resume13_keep(struct tls_session_st *s) __attribute__((warn_unused_result));
int tls_resume13_recv_ticket(struct tls_session_st *s, const struct tls_new_session_ticket *m)
    __attribute__((warn_unused_result));

#endif
