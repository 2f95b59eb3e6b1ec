/* asn1int.h - inside crypto: the little DER that signatures and RSA keys are made of: a SEQUENCE of
 * positive INTEGERs (X.690). Strict: definite and shortest lengths, shortest numbers, nothing else.
 */
#ifndef TLS_CRYPTO_ASN1INT_H
#define TLS_CRYPTO_ASN1INT_H

#include "../bytes/buf.h"
#include "../bytes/span.h"

/* The body of the SEQUENCE that starts here; s moves behind it. Fails both otherwise. */
struct tls_span tls_asn1int_read_sequence(struct tls_span *s);

/* The INTEGER that starts here, big-endian without leading zeros; it must be above zero. */
struct tls_span tls_asn1int_read(struct tls_span *s);

/* Writes the number of len big-endian bytes (leading zeros are fine) as INTEGER. */
void tls_asn1int_write(struct tls_buf *b, const uint8_t *p, size_t len);

/* Writes body as SEQUENCE. */
void tls_asn1int_write_sequence(struct tls_buf *b, struct tls_span body);

#endif
