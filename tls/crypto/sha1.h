/* sha1.h - SHA-1 (FIPS 180-4), to recognise what others name by it: issuers in OCSP responses. Nothing is signed,
 * authenticated or derived with it. */
#ifndef TLS_CRYPTO_SHA1_H
#define TLS_CRYPTO_SHA1_H

#include <stddef.h>
#include <stdint.h>

#define TLS_SHA1_LEN 20

void tls_sha1(uint8_t out[TLS_SHA1_LEN], const void *data, size_t len);

#endif
