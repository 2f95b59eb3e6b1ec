/* sighash.h - the hash of a certificate's signature, as tls-server-end-point wants it (RFC 5929 section 4.1). */
#ifndef TLS_X509_SIGHASH_H
#define TLS_X509_SIGHASH_H

#include "../bytes/span.h"
#include "../crypto/hash.h"

/* From a whole AlgorithmIdentifier (cert->sig_alg). MD5 and SHA-1 count as SHA-256. 0, or
 * TLS_E_REQUESTED_DATA_NOT_AVAILABLE: the algorithm uses no hash, two, one that we don't have, or is unknown. */
int tls_sighash_of(enum tls_hash *hash, struct tls_span sig_alg) __attribute__((warn_unused_result));

#endif
