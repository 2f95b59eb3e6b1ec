/* client.h - a client's steps; rows of steps.c name them. RFC 8446 section 4. */
#ifndef TLS_HS_CLIENT_H
#define TLS_HS_CLIENT_H

#include "hs.h"

int tls_client_send_hello(struct tls_session_st *s, struct tls_buf *body);
int tls_client_recv_retry(struct tls_session_st *s, struct tls_span body);
int tls_client_recv_hello(struct tls_session_st *s, struct tls_span body);
int tls_client_recv_encrypted_extensions(struct tls_session_st *s, struct tls_span body);

#endif
