/* key_write.h - private keys as PKCS#8 (RFC 5958 section 2, RFC 5915, RFC 8410 section 7). */
#ifndef TLS_X509_KEY_WRITE_H
#define TLS_X509_KEY_WRITE_H

#include "../bytes/buf.h"
#include "../crypto/sig.h"

/* Appends the DER of a PrivateKeyInfo, not encrypted. 0, TLS_E_MEMORY_ERROR, TLS_E_INTERNAL_ERROR. */
int tls_key_write(struct tls_buf *out, const struct tls_privkey *key) __attribute__((warn_unused_result));

#endif
