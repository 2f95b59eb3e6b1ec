/* client.h - a client's steps; rows of steps.c name them. RFC 8446 section 4. */
#ifndef TLS_HS_CLIENT_H
#define TLS_HS_CLIENT_H

#include "hs.h"

int tls_client_send_hello(struct tls_session_st *s, struct tls_buf *body);
int tls_client_recv_retry(struct tls_session_st *s, struct tls_span body);
int tls_client_recv_hello(struct tls_session_st *s, struct tls_span body);
int tls_client_recv_encrypted_extensions(struct tls_session_st *s, struct tls_span body);

/* What both versions do alike. True if a suite of that version was offered under this number. */
bool tls_client_has_offered(const struct tls_session_st *s, uint16_t suite, tls_protocol_t version);

/* The protocol that the server has chosen (RFC 7301 section 3.1), empty: none. Not offered: 0 or TLS_E_*. */
int tls_client_take_alpn(struct tls_session_st *s, struct tls_span name)
    __attribute__((warn_unused_result));

#endif
