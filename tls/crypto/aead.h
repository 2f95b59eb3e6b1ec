/* aead.h - AES-128-GCM, AES-256-GCM and ChaCha20-Poly1305 (RFC 5116, RFC 8439).
 *
 * A provider is one table of functions (aead_provider.h); nettle is always there, and the fastest that
 * the build has and the processor can run is taken.
 */
#ifndef TLS_CRYPTO_AEAD_H
#define TLS_CRYPTO_AEAD_H

#include <stdalign.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum tls_aead { TLS_AEAD_AES_128_GCM, TLS_AEAD_AES_256_GCM, TLS_AEAD_CHACHA20_POLY1305 };

#define TLS_AEAD_TAG_LEN 16
#define TLS_AEAD_NONCE_LEN 12
#define TLS_AEAD_KEY_MAX_LEN 32

/* An expanded key. Large (several KiB): one lives in a worker for many sessions, none in a session.
 */
struct tls_aead_ctx {
	enum tls_aead aead;
	alignas(64) uint8_t state[4736]; /* the provider's context; its size is checked in aead.c */
};

/* Bytes of a key: 16 or 32. */
size_t tls_aead_key_len(enum tls_aead aead);

/* Expands key (tls_aead_key_len bytes). */
void tls_aead_init(struct tls_aead_ctx *ctx, enum tls_aead aead, const uint8_t *key);

/* Wipes ctx. */
void tls_aead_clear(struct tls_aead_ctx *ctx);

/* Encrypts src || tail (tail_len at most 16) to dst, followed by the tag: dst has room for
 * src_len + tail_len + TLS_AEAD_TAG_LEN bytes. dst may be src, or not overlap it at all. tail is
 * what TLS 1.3 appends to the content (RFC 8446 section 5.2), so that the content needs no copy. */
void tls_aead_seal(struct tls_aead_ctx *ctx, uint8_t *dst, const uint8_t nonce[TLS_AEAD_NONCE_LEN],
    const uint8_t *ad, size_t ad_len, const uint8_t *src, size_t src_len, const uint8_t *tail,
    size_t tail_len);

/* Decrypts src (src_len bytes with the tag at their end) to dst (src_len - TLS_AEAD_TAG_LEN bytes;
 * dst may be src). True if the tag is right; otherwise dst holds no plaintext. The tag is compared
 * in constant time. src_len below TLS_AEAD_TAG_LEN is false. */
bool tls_aead_open(struct tls_aead_ctx *ctx, uint8_t *dst, const uint8_t nonce[TLS_AEAD_NONCE_LEN],
    const uint8_t *ad, size_t ad_len, const uint8_t *src, size_t src_len)
    __attribute__((warn_unused_result));

#endif
