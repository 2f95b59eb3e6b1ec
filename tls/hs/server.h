/* server.h - a server's steps; rows of steps.c name them. RFC 8446 section 4. */
#ifndef TLS_HS_SERVER_H
#define TLS_HS_SERVER_H

#include "hs.h"

int tls_server_recv_hello(struct tls_session_st *s, struct tls_span body);
int tls_server_send_retry(struct tls_session_st *s, struct tls_buf *body);
int tls_server_recv_second_hello(struct tls_session_st *s, struct tls_span body);
int tls_server_send_hello(struct tls_session_st *s, struct tls_buf *body);
int tls_server_send_encrypted_extensions(struct tls_session_st *s, struct tls_buf *body);

#endif
