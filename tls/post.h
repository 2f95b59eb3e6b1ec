/* post.h - messages after the handshake: KeyUpdate, NewSessionTicket (RFC 8446 section 4.6), and in TLS 1.2
 * what begins another handshake. */
#ifndef TLS_POST_H
#define TLS_POST_H

#include "state.h"

/* Takes the content of a handshake record that came after the handshake. Never sends: an answer is
 * noted. 0 or TLS_E_*. */
int tls_post_recv(struct tls_session_st *s, struct tls_span content) __attribute__((warn_unused_result));

/* Seals what is noted. 0, TLS_E_AGAIN when the wire buffer is full, TLS_E_*. */
int tls_post_send(struct tls_session_st *s) __attribute__((warn_unused_result));

/* RFC 8446 section 5.5: when the key has sealed as many records as it may, notes a KeyUpdate. TLS 1.2 has
 * none: TLS_E_RECORD_LIMIT_REACHED. */
int tls_post_check_limit(struct tls_session_st *s) __attribute__((warn_unused_result));

/* Pushes what waits, then what is noted. It is sealed only when nothing waits: one answer under way, however many
 * requests come and calls are repeated. 0 when nothing is left, TLS_E_AGAIN, TLS_E_*. */
int tls_post_flush(struct tls_session_st *s) __attribute__((warn_unused_result));

/* post12.c: the two of TLS 1.2. recv: TLS_E_REHANDSHAKE when a request has come whole. */
int tls_post12_recv(struct tls_session_st *s, struct tls_span content) __attribute__((warn_unused_result));
int tls_post12_send(struct tls_session_st *s) __attribute__((warn_unused_result));

/* What has come is dropped, and no_renegotiation noted. 0 or TLS_E_*. */
int tls_post12_decline(struct tls_session_st *s) __attribute__((warn_unused_result));

/* Client: its hello will be the answer. */
void tls_post12_answer(struct tls_session_st *s);

#endif
