/* certificate_request12.h - CertificateRequest of TLS 1.2, RFC 5246 section 7.4.4, RFC 8422 section 5.5. */
#ifndef TLS_MSG_CERTIFICATE_REQUEST12_H
#define TLS_MSG_CERTIFICATE_REQUEST12_H

#include "../bytes/buf.h"
#include "../bytes/span.h"

/* Kinds of keys, ClientCertificateType. */
#define TLS_CERTIFICATE_TYPE_RSA_SIGN 1
#define TLS_CERTIFICATE_TYPE_ECDSA_SIGN 64 /* EdDSA, too */

/* Spans borrow from the message; lists keep the wire's form, checked to have whole entries. */
struct tls_certificate_request12 {
	struct tls_span types; /* u8 each; never empty once decoded */
	struct tls_span schemes; /* u16 each; never empty once decoded */
	struct tls_span authorities; /* {u16 length, DER name} each; empty: any */
};

int tls_certificate_request12_decode(struct tls_certificate_request12 *m, struct tls_span body)
    __attribute__((warn_unused_result));
void tls_certificate_request12_encode(struct tls_buf *b, const struct tls_certificate_request12 *m);

#endif
