/* hash.h - SHA-256, SHA-384, SHA-512 and HMAC over them (FIPS 180-4, RFC 2104). */
#ifndef TLS_CRYPTO_HASH_H
#define TLS_CRYPTO_HASH_H

#include <stdalign.h>
#include <stddef.h>
#include <stdint.h>

enum tls_hash { TLS_HASH_SHA256, TLS_HASH_SHA384, TLS_HASH_SHA512 };

#define TLS_HASH_MAX_LEN 64

struct tls_hash_ctx {
	enum tls_hash hash;
	alignas(16) uint8_t state[232]; /* nettle's context; its size is checked in hash.c */
};

/* Bytes of a digest: 32, 48, 64. */
size_t tls_hash_len(enum tls_hash hash);

void tls_hash_init(struct tls_hash_ctx *ctx, enum tls_hash hash);
void tls_hash_update(struct tls_hash_ctx *ctx, const void *data, size_t len);

/* The digest of what came so far (tls_hash_len bytes); ctx goes on unchanged. */
void tls_hash_peek(const struct tls_hash_ctx *ctx, uint8_t *out);

/* Digest of one piece of data. */
void tls_hash_once(enum tls_hash hash, uint8_t *out, const void *data, size_t len);

/* HMAC in pieces. finish writes tls_hash_len bytes and wipes ctx; ctx may be copied before that. */
struct tls_hmac_ctx {
	struct tls_hash_ctx inner, outer;
};

void tls_hmac_init(struct tls_hmac_ctx *ctx, enum tls_hash hash, const void *key, size_t key_len);
void tls_hmac_update(struct tls_hmac_ctx *ctx, const void *data, size_t len);
void tls_hmac_finish(struct tls_hmac_ctx *ctx, uint8_t *out);

/* HMAC of data under key; out has tls_hash_len bytes. Wipes what it used. */
void tls_hmac(enum tls_hash hash, uint8_t *out, const void *key, size_t key_len, const void *data,
    size_t len);

#endif
