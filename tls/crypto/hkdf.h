/* hkdf.h - HKDF (RFC 5869) and HKDF-Expand-Label (RFC 8446 section 7.1). */
#ifndef TLS_CRYPTO_HKDF_H
#define TLS_CRYPTO_HKDF_H

#include "hash.h"

/* out (tls_hash_len bytes) = HKDF-Extract(salt, ikm). salt_len 0: a salt of zeros. */
void tls_hkdf_extract(enum tls_hash hash, uint8_t *out, const void *salt, size_t salt_len,
    const void *ikm, size_t ikm_len);

/* out_len bytes (at most 255 * tls_hash_len) = HKDF-Expand(prk, info). */
void tls_hkdf_expand(enum tls_hash hash, uint8_t *out, size_t out_len, const void *prk,
    size_t prk_len, const void *info, size_t info_len);

/* HKDF-Expand-Label(secret, label, context, out_len); label comes without the "tls13 " prefix and
 * has at most 249 bytes; secret has tls_hash_len bytes; context has at most 255. */
void tls_hkdf_expand_label(enum tls_hash hash, uint8_t *out, size_t out_len, const uint8_t *secret,
    const char *label, const void *context, size_t context_len);

#endif
