/* status.h - stapled OCSP responses: what a server sends with its chain, and a client keeps of it. RFC 6066
 * section 8, RFC 8446 section 4.4.2.1. */
#ifndef TLS_HS_STATUS_H
#define TLS_HS_STATUS_H

#include "hs.h"

/* Server: the response that goes with the chosen chain and was asked for; empty: none. */
struct tls_span tls_status_staple(const struct tls_session_st *s);

/* Client: keeps a response (empty: none) in place of an earlier one. 0 or TLS_E_MEMORY_ERROR. */
int tls_status_keep(struct tls_session_st *s, struct tls_span response) __attribute__((warn_unused_result));

/* CertificateStatus of TLS 1.2. */
int tls_status_send(struct tls_session_st *s, struct tls_buf *body) __attribute__((warn_unused_result));
int tls_status_recv(struct tls_session_st *s, struct tls_span body) __attribute__((warn_unused_result));

#endif
