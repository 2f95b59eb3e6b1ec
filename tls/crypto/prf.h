/* prf.h - the pseudorandom function of TLS 1.2, RFC 5246 section 5. */
#ifndef TLS_CRYPTO_PRF_H
#define TLS_CRYPTO_PRF_H

#include "../bytes/span.h"
#include "hash.h"

/* out_len bytes = PRF(secret, label, a || b) with P_hash of the suite's hash. Seeds come as two pieces,
 * since what is mixed in is mostly two randoms; either may be empty. */
void tls_prf(enum tls_hash hash, uint8_t *out, size_t out_len, struct tls_span secret, const char *label,
    struct tls_span a, struct tls_span b);

#endif
