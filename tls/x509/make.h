/* make.h - makes a self-signed server certificate (RFC 5280 section 4), for demos and tests. */
#ifndef TLS_X509_MAKE_H
#define TLS_X509_MAKE_H

#include <stdint.h>

#include "../bytes/buf.h"
#include "../crypto/rng.h"
#include "../crypto/sig.h"

struct tls_make_request {
	const char *const *names; /* DNS names, "*." names, or IP addresses in text form */
	size_t n_names; /* at least 1, at most TLS_MAKE_MAX_NAMES */
	int64_t not_before, not_after; /* seconds since 1970, both inclusive */
};

#define TLS_MAKE_MAX_NAMES 64

/* Appends to out the DER of a version 3 certificate for an ECDSA P-256 key, signed by that key: no CA,
 * digitalSignature, serverAuth. 0, TLS_E_INVALID_REQUEST (names, years outside 1950..9999, another
 * kind of key), TLS_E_MEMORY_ERROR, TLS_E_RANDOM_FAILED, TLS_E_INTERNAL_ERROR. */
int tls_make_self_signed(struct tls_buf *out, const struct tls_privkey *key,
    const struct tls_make_request *request, const struct tls_rng *rng)
    __attribute__((warn_unused_result));

#endif
