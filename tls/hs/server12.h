/* server12.h - a server's steps in TLS 1.2; rows of steps.c name them. RFC 5246 section 7.3. */
#ifndef TLS_HS_SERVER12_H
#define TLS_HS_SERVER12_H

#include "hs.h"

/* The ServerHello; tls_server_send_hello calls it when TLS 1.2 was chosen. */
int tls_server12_send_hello(struct tls_session_st *s, struct tls_buf *body);

int tls_server12_send_key_exchange(struct tls_session_st *s, struct tls_buf *body);
int tls_server12_send_hello_done(struct tls_session_st *s, struct tls_buf *body);
int tls_server12_recv_key_exchange(struct tls_session_st *s, struct tls_span body);

#endif
