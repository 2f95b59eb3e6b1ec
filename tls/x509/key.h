/* key.h - private keys from PEM and DER: PKCS#8 (RFC 5958, RFC 8410), SEC1 (RFC 5915), PKCS#1
 * (RFC 8017 appendix A.1.2).
 *
 * Which format it is follows from the structure, not from the label. A public key inside must be the
 * one that follows from the private key.
 */
#ifndef TLS_X509_KEY_H
#define TLS_X509_KEY_H

#include "../bytes/span.h"
#include "../crypto/sig.h"

/* 0, TLS_E_KEY_ERROR (doesn't parse), TLS_E_KEY_ENCRYPTED, TLS_E_UNSUPPORTED_KEY, TLS_E_ILLEGAL_KEY
 * (parts don't fit each other), TLS_E_MEMORY_ERROR. The caller frees *out, which is NULL otherwise. */
int tls_key_decode_der(struct tls_privkey **out, struct tls_span der)
    __attribute__((warn_unused_result));

/* The first private key in a PEM text; other blocks are skipped, but EC PARAMETERS before a SEC1 key
 * without parameters name its curve. As above; also TLS_E_NO_KEY_FOUND, TLS_E_BASE64_DECODING_ERROR.
 * *line: where it failed, 0 when there is no such line. */
int tls_key_decode_pem(struct tls_privkey **out, unsigned *line, struct tls_span text)
    __attribute__((warn_unused_result));

#endif
