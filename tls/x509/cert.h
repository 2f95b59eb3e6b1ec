/* cert.h - one X.509 certificate, decoded (RFC 5280 section 4.1).
 *
 * Everything is a span into the DER, which the caller keeps. Decoding judges structure only: dates,
 * names, usages and signatures are left to whoever asks for them.
 */
#ifndef TLS_X509_CERT_H
#define TLS_X509_CERT_H

#include <stdbool.h>
#include <stdint.h>

#include "../bytes/span.h"
#include "../crypto/sig.h"

struct tls_cert {
	struct tls_span der, tbs; /* whole elements, tags included, as the next five */
	struct tls_span issuer, subject, spki, sig_alg, serial;
	struct tls_span signature; /* bytes of the BIT STRING */
	struct tls_span extensions; /* content of the list: for tls_cert_next_extension; may be empty */
	struct tls_span san; /* content of subjectAltName: for tls_cert_next_name; may be empty */
	int64_t not_before, not_after; /* seconds since 1970, both inclusive */
	unsigned version; /* 1, 2, 3 */
	bool odd_dates; /* a GeneralizedTime where RFC 5280 section 4.1.2.5 wants UTCTime */
};

struct tls_cert_extension {
	struct tls_span oid; /* content */
	struct tls_span value; /* content of extnValue */
	bool critical;
};

/* GeneralName, RFC 5280 section 4.2.1.6: the identifier octets of the kinds we know. */
#define TLS_CERT_NAME_EMAIL 0x81
#define TLS_CERT_NAME_DNS 0x82
#define TLS_CERT_NAME_DIRECTORY 0xa4
#define TLS_CERT_NAME_URI 0x86
#define TLS_CERT_NAME_IP 0x87

/* 0 or TLS_E_CERTIFICATE_ERROR. Nothing has to be released. */
int tls_cert_decode(struct tls_cert *cert, struct tls_span der) __attribute__((warn_unused_result));

/* Takes the next extension, or name, from the front of rest (a copy of cert->extensions, cert->san).
 * False at the end. A decoded certificate's lists are well-formed. */
bool tls_cert_next_extension(struct tls_span *rest, struct tls_cert_extension *ext);
bool tls_cert_next_name(struct tls_span *rest, unsigned *kind, struct tls_span *value);

/* The certificate's public key; the caller frees it. 0, TLS_E_UNSUPPORTED_KEY, TLS_E_ILLEGAL_KEY,
 * TLS_E_MEMORY_ERROR. */
int tls_cert_new_pubkey(struct tls_pubkey **out, const struct tls_cert *cert)
    __attribute__((warn_unused_result));

#endif
