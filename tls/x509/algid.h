/* algid.h - from the AlgorithmIdentifier of a key to its kind (RFC 3279, RFC 5480, RFC 8410), and to the one of its
 * signatures (RFC 4055, RFC 5758, RFC 8410). */
#ifndef TLS_X509_ALGID_H
#define TLS_X509_ALGID_H

#include "../bytes/span.h"
#include "../crypto/sig.h"

/* Takes an AlgorithmIdentifier of a public or private key from the front of s. Parameters are as the
 * standards have them: NULL or absent for RSA, a named curve for EC, absent for Ed25519. 0,
 * TLS_E_UNSUPPORTED_KEY for other algorithms and curves, TLS_E_ILLEGAL_KEY if it doesn't parse (s may
 * have failed). */
int tls_algid_take(struct tls_span *s, enum tls_pk *kind) __attribute__((warn_unused_result));

/* Takes the OBJECT IDENTIFIER of a named curve. Results as above. */
int tls_algid_take_curve(struct tls_span *s, enum tls_pk *kind) __attribute__((warn_unused_result));

/* How a key of this kind signs certificates. */
struct tls_algid_signature {
	const char *oid; /* with dots */
	const char *parameters; /* DER */
	size_t parameters_len; /* 0: none */
	uint16_t scheme; /* TLS_SIGN_* */
};

/* Never NULL. */
const struct tls_algid_signature *tls_algid_signature(enum tls_pk kind);

#endif
