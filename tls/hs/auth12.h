/* auth12.h - CertificateRequest, Certificate, CertificateVerify and Finished of TLS 1.2. RFC 5246 sections 7.4.2,
 * 7.4.4, 7.4.6, 7.4.8 and 7.4.9. */
#ifndef TLS_HS_AUTH12_H
#define TLS_HS_AUTH12_H

#include "hs.h"

int tls_auth12_send_request(struct tls_session_st *s, struct tls_buf *body);
int tls_auth12_recv_request(struct tls_session_st *s, struct tls_span body);
int tls_auth12_send_certificate(struct tls_session_st *s, struct tls_buf *body);
int tls_auth12_recv_certificate(struct tls_session_st *s, struct tls_span body);
int tls_auth12_send_verify(struct tls_session_st *s, struct tls_buf *body);
int tls_auth12_recv_verify(struct tls_session_st *s, struct tls_span body);
int tls_auth12_send_finished(struct tls_session_st *s, struct tls_buf *body);
int tls_auth12_recv_finished(struct tls_session_st *s, struct tls_span body);

#endif
