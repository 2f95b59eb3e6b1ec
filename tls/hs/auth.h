/* auth.h - the steps in which a side proves who it is: Certificate, CertificateVerify, Finished. RFC 8446
 * section 4.4. */
#ifndef TLS_HS_AUTH_H
#define TLS_HS_AUTH_H

#include "hs.h"

int tls_auth_send_certificate(struct tls_session_st *s, struct tls_buf *body);
int tls_auth_send_verify(struct tls_session_st *s, struct tls_buf *body);
int tls_auth_send_finished(struct tls_session_st *s, struct tls_buf *body);
int tls_auth_recv_finished(struct tls_session_st *s, struct tls_span body);

#endif
