/* certsig.h - the signature on a certificate or revocation list: which algorithm, and whether it verifies
 * (RFC 4055, RFC 5758, RFC 8410). */
#ifndef TLS_X509_CERTSIG_H
#define TLS_X509_CERTSIG_H

#include <stdint.h>

#include "../crypto/sig.h"
#include "flaw.h"

/* From an AlgorithmIdentifier (whole element) to the TLS_SIGN_* that stands for it. TLS_FLAW_NONE, or
 * TLS_FLAW_WEAK_SIGNATURE for MD5, SHA-1 and whatever we don't know; RSASSA-PSS as TLS has it: one
 * hash of SHA-2 for all, the salt as long as it. */
enum tls_flaw tls_certsig_scheme(uint16_t *scheme, struct tls_span algorithm)
    __attribute__((warn_unused_result));

/* What was signed (tbs) with which algorithm by the key. TLS_FLAW_NONE, TLS_FLAW_WEAK_SIGNATURE,
 * TLS_FLAW_SIGNATURE. */
struct tls_certsig {
	struct tls_span tbs, algorithm, signature;
};

enum tls_flaw tls_certsig_check(const struct tls_certsig *sig, const struct tls_pubkey *key)
    __attribute__((warn_unused_result));

#endif
