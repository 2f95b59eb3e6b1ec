/* certificate_request.h - CertificateRequest of TLS 1.3, RFC 8446 section 4.3.2. */
#ifndef TLS_MSG_CERTIFICATE_REQUEST_H
#define TLS_MSG_CERTIFICATE_REQUEST_H

#include "ext.h"

/* Spans borrow from the message; lists keep the wire's form, checked to have whole entries. */
struct tls_certificate_request {
	struct tls_span context; /* empty within a handshake */
	struct tls_span schemes; /* signature_algorithms, u16 each; never empty once decoded */
	struct tls_span cert_schemes; /* signature_algorithms_cert, u16 each; empty: not given */
	struct tls_span authorities; /* {u16 length, DER name} each; empty: not given */
};

/* 0 or TLS_E_*: TLS_E_MISSING_EXTENSION without signature_algorithms. */
int tls_certificate_request_decode(struct tls_certificate_request *m, struct tls_span body)
    __attribute__((warn_unused_result));
void tls_certificate_request_encode(struct tls_buf *b, const struct tls_certificate_request *m);

#endif
