/* spki.h - SubjectPublicKeyInfo (RFC 5280 section 4.1.2.7) of a public key, as RFC 3279, RFC 5480 and RFC 8410 write
 * it, and the key id that is its hash. */
#ifndef TLS_X509_SPKI_H
#define TLS_X509_SPKI_H

#include "../bytes/buf.h"
#include "../crypto/sig.h"

#define TLS_SPKI_MAX_LEN 1152 /* RSA 8192 */
#define TLS_SPKI_ID_LEN 32

/* Writes the DER; the buffer tells whether it had room. algorithm: only the AlgorithmIdentifier in front. */
void tls_spki_write(struct tls_buf *b, const struct tls_pubkey *pub);
void tls_spki_write_algorithm(struct tls_buf *b, enum tls_pk kind);

/* Its SHA-256. 0 or TLS_E_INTERNAL_ERROR. */
int tls_spki_id(uint8_t id[TLS_SPKI_ID_LEN], const struct tls_pubkey *pub) __attribute__((warn_unused_result));

#endif
