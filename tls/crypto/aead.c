/* aead.c - see aead.h. Messages are cut here to the pieces that a provider takes. */
#include <assert.h>

#include "../bytes/mem.h"
#include "aead_provider.h"

#define TAIL_MAX_LEN 16

static const struct tls_aead_provider *const provider = &tls_aead_nettle;

static const struct tls_aead_cipher *cipher_of(enum tls_aead aead)
{
	return &provider->ciphers[aead];
}

size_t tls_aead_key_len(enum tls_aead aead)
{
	return cipher_of(aead)->key_len;
}

void tls_aead_init(struct tls_aead_ctx *ctx, enum tls_aead aead, const uint8_t *key)
{
	ctx->aead = aead;
	cipher_of(aead)->set_key(ctx->state, key);
}

void tls_aead_clear(struct tls_aead_ctx *ctx)
{
	tls_mem_wipe(ctx, sizeof(*ctx));
}

void tls_aead_seal(struct tls_aead_ctx *ctx, uint8_t *dst, const uint8_t nonce[TLS_AEAD_NONCE_LEN],
    const uint8_t *ad, size_t ad_len, const uint8_t *src, size_t src_len, const uint8_t *tail,
    size_t tail_len)
{
	const struct tls_aead_cipher *c = cipher_of(ctx->aead);
	size_t bulk = src_len & ~(c->block_len - 1), rest = src_len - bulk;
	uint8_t last[TLS_AEAD_BLOCK_MAX_LEN + TAIL_MAX_LEN];

	assert(tail_len <= TAIL_MAX_LEN);
	c->start(ctx->state, nonce, ad, ad_len);
	if (bulk > 0)
		c->encrypt(ctx->state, bulk, dst, src);
	if (rest + tail_len > 0) {
		tls_mem_copy(last, src + bulk, rest);
		tls_mem_copy(last + rest, tail, tail_len);
		c->encrypt(ctx->state, rest + tail_len, dst + bulk, last);
		tls_mem_wipe(last, sizeof(last));
	}
	c->tag(ctx->state, dst + src_len + tail_len);
}

bool tls_aead_open(struct tls_aead_ctx *ctx, uint8_t *dst, const uint8_t nonce[TLS_AEAD_NONCE_LEN],
    const uint8_t *ad, size_t ad_len, const uint8_t *src, size_t src_len)
{
	const struct tls_aead_cipher *c = cipher_of(ctx->aead);
	uint8_t tag[TLS_AEAD_TAG_LEN];
	size_t len;
	bool good;

	if (src_len < TLS_AEAD_TAG_LEN)
		return false;
	len = src_len - TLS_AEAD_TAG_LEN;
	c->start(ctx->state, nonce, ad, ad_len);
	if (len > 0)
		c->decrypt(ctx->state, len, dst, src);
	c->tag(ctx->state, tag);
	good = tls_mem_equal(tag, src + len, TLS_AEAD_TAG_LEN);
	tls_mem_wipe(tag, sizeof(tag));
	if (!good)
		tls_mem_wipe(dst, len);
	return good;
}
