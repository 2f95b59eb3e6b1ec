/* certificate_status.h - status_request and what answers it: RFC 6066 section 8, RFC 8446 section 4.4.2.1. Only OCSP;
 * the response itself is looked into elsewhere. */
#ifndef TLS_MSG_CERTIFICATE_STATUS_H
#define TLS_MSG_CERTIFICATE_STATUS_H

#include "ext.h"

/* CertificateStatus: the message of TLS 1.2, the extension of a certificate in TLS 1.3. Decode: 0,
 * TLS_E_UNEXPECTED_PACKET_LENGTH, TLS_E_ILLEGAL_PARAMETER for another type of status. */
int tls_certificate_status_decode(struct tls_span *response, struct tls_span body)
    __attribute__((warn_unused_result));
void tls_certificate_status_encode(struct tls_buf *b, struct tls_span response);

/* The body of the request in ClientHello. Which responders and extensions a client wants is not looked at: the
 * server has one response or none. *ocsp: false for a type of status that we don't know. */
int tls_certificate_status_request_decode(bool *ocsp, struct tls_span body) __attribute__((warn_unused_result));
void tls_certificate_status_request_encode(struct tls_buf *b);

#endif
