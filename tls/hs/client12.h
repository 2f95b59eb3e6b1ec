/* client12.h - a client's steps in TLS 1.2; rows of steps.c name them. RFC 5246 section 7.3. */
#ifndef TLS_HS_CLIENT12_H
#define TLS_HS_CLIENT12_H

#include "../msg/server_hello.h"
#include "hs.h"

/* What a hello has besides, when TLS 1.2 is among what it offers. */
void tls_client12_put_extensions(const struct tls_session_st *s, struct tls_buf *b);

/* The ServerHello; tls_client_recv_hello calls it when the server has chosen TLS 1.2. */
int tls_client12_recv_hello(struct tls_session_st *s, const struct tls_server_hello *m);

int tls_client12_recv_key_exchange(struct tls_session_st *s, struct tls_span body);
int tls_client12_recv_hello_done(struct tls_session_st *s, struct tls_span body);
int tls_client12_send_key_exchange(struct tls_session_st *s, struct tls_buf *body);

#endif
