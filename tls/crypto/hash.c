/* hash.c - see hash.h. */
#include "hash.h"

#include <nettle/nettle-meta.h>
#include <nettle/sha2.h>

#include "../bytes/mem.h"

#define BLOCK_MAX_LEN SHA512_BLOCK_SIZE

_Static_assert(sizeof(((struct tls_hash_ctx *)0)->state) >= sizeof(struct sha512_ctx), "room");
_Static_assert(sizeof(((struct tls_hash_ctx *)0)->state) >= sizeof(struct sha256_ctx), "room");
_Static_assert(TLS_HASH_MAX_LEN == SHA512_DIGEST_SIZE, "longest digest");

static const struct nettle_hash *const hashes[] = {
    [TLS_HASH_SHA256] = &nettle_sha256,
    [TLS_HASH_SHA384] = &nettle_sha384,
    [TLS_HASH_SHA512] = &nettle_sha512,
};

size_t tls_hash_len(enum tls_hash hash)
{
	return hashes[hash]->digest_size;
}

void tls_hash_init(struct tls_hash_ctx *ctx, enum tls_hash hash)
{
	ctx->hash = hash;
	hashes[hash]->init(ctx->state);
}

void tls_hash_update(struct tls_hash_ctx *ctx, const void *data, size_t len)
{
	if (len > 0)
		hashes[ctx->hash]->update(ctx->state, len, data);
}

static void finish(struct tls_hash_ctx *ctx, uint8_t *out)
{
	hashes[ctx->hash]->digest(ctx->state, tls_hash_len(ctx->hash), out);
	tls_mem_wipe(ctx, sizeof(*ctx));
}

void tls_hash_peek(const struct tls_hash_ctx *ctx, uint8_t *out)
{
	struct tls_hash_ctx copy = *ctx; /* nettle's digest starts the context anew */

	finish(&copy, out);
}

void tls_hash_once(enum tls_hash hash, uint8_t *out, const void *data, size_t len)
{
	struct tls_hash_ctx ctx;

	tls_hash_init(&ctx, hash);
	tls_hash_update(&ctx, data, len);
	finish(&ctx, out);
}

static void start_pad(struct tls_hash_ctx *ctx, const uint8_t *key, size_t block_len, uint8_t pad)
{
	uint8_t block[BLOCK_MAX_LEN];

	for (size_t i = 0; i < block_len; i++)
		block[i] = key[i] ^ pad;
	tls_hash_update(ctx, block, block_len);
	tls_mem_wipe(block, sizeof(block));
}

void tls_hmac_init(struct tls_hmac_ctx *ctx, enum tls_hash hash, const void *key, size_t key_len)
{
	size_t block_len = hashes[hash]->block_size;
	uint8_t padded[BLOCK_MAX_LEN] = {0};

	if (key_len > block_len)
		tls_hash_once(hash, padded, key, key_len);
	else
		tls_mem_copy(padded, key, key_len);
	tls_hash_init(&ctx->inner, hash);
	tls_hash_init(&ctx->outer, hash);
	start_pad(&ctx->inner, padded, block_len, 0x36);
	start_pad(&ctx->outer, padded, block_len, 0x5c);
	tls_mem_wipe(padded, sizeof(padded));
}

void tls_hmac_update(struct tls_hmac_ctx *ctx, const void *data, size_t len)
{
	tls_hash_update(&ctx->inner, data, len);
}

void tls_hmac_finish(struct tls_hmac_ctx *ctx, uint8_t *out)
{
	size_t len = tls_hash_len(ctx->inner.hash);
	uint8_t digest[TLS_HASH_MAX_LEN];

	finish(&ctx->inner, digest);
	tls_hash_update(&ctx->outer, digest, len);
	finish(&ctx->outer, out);
	tls_mem_wipe(digest, sizeof(digest));
}

void tls_hmac(
    enum tls_hash hash, uint8_t *out, const void *key, size_t key_len, const void *data, size_t len)
{
	struct tls_hmac_ctx ctx;

	tls_hmac_init(&ctx, hash, key, key_len);
	tls_hmac_update(&ctx, data, len);
	tls_hmac_finish(&ctx, out);
}
