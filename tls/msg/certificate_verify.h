/* certificate_verify.h - CertificateVerify, RFC 8446 section 4.4.3. */
#ifndef TLS_MSG_CERTIFICATE_VERIFY_H
#define TLS_MSG_CERTIFICATE_VERIFY_H

#include "../bytes/buf.h"
#include "../bytes/span.h"

struct tls_certificate_verify {
	uint16_t scheme;
	struct tls_span signature;
};

int tls_certificate_verify_decode(struct tls_certificate_verify *m, struct tls_span body)
    __attribute__((warn_unused_result));
void tls_certificate_verify_encode(struct tls_buf *b, const struct tls_certificate_verify *m);

/* The bytes that are signed: 64 spaces, the context string of the signing role, a zero, the
 * transcript hash. At most TLS_CERTIFICATE_VERIFY_INPUT_MAX bytes. */
#define TLS_CERTIFICATE_VERIFY_INPUT_MAX (64 + 33 + 1 + 64)
void tls_certificate_verify_input(struct tls_buf *b, bool by_server, struct tls_span transcript_hash);

#endif
