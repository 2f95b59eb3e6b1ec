/* certificate.h - Certificate, RFC 8446 section 4.4.2; of TLS 1.2, RFC 5246 section 7.4.2. */
#ifndef TLS_MSG_CERTIFICATE_H
#define TLS_MSG_CERTIFICATE_H

#include "ext.h"

/* More certificates than this in one message are refused. */
#define TLS_CERTIFICATE_MAX 16

struct tls_certificate {
	struct tls_span context; /* certificate_request_context; empty from a server */
	unsigned n;
	struct tls_span cert[TLS_CERTIFICATE_MAX]; /* DER, leaf first; borrowed */
	struct tls_span status; /* TLS 1.3: the leaf's OCSP response; empty: none */
	bool has_status; /* decoded: some certificate came with one */
	bool has_unknown; /* decoded: some certificate came with another extension */
};

int tls_certificate_decode(struct tls_certificate *m, struct tls_span body)
    __attribute__((warn_unused_result));
void tls_certificate_encode(struct tls_buf *b, const struct tls_certificate *m);

/* The form of TLS 1.2: certificates only. */
int tls_certificate_decode12(struct tls_certificate *m, struct tls_span body)
    __attribute__((warn_unused_result));
void tls_certificate_encode12(struct tls_buf *b, const struct tls_certificate *m);

#endif
