/* aead.c - see aead.h. The provider is chosen here, once in a process; messages are cut to the pieces that it
 * takes. */
#include "config.h"

#include <assert.h>
#include <stdatomic.h>

#include "../bytes/mem.h"
#include "../tls.h"
#include "aead_provider.h"

#define TAIL_MAX_LEN 16

static const struct tls_aead_provider *const providers[] = {
#ifdef HAVE_IPSECMB
    &tls_aead_ipsecmb,
#endif
    &tls_aead_nettle,
};

#define N_PROVIDERS (sizeof(providers) / sizeof(providers[0]))

static const struct tls_aead_provider *_Atomic chosen;

const struct tls_aead_provider *tls_aead_provider_at(size_t i)
{
	return i < N_PROVIDERS ? providers[i] : NULL;
}

void tls_aead_provider_use(const struct tls_aead_provider *provider)
{
	atomic_store(&chosen, provider);
}

/* Threads that come here at once choose alike. */
static const struct tls_aead_provider *choose(void)
{
	size_t i = 0;

	while (providers[i]->usable != NULL && !providers[i]->usable())
		i++;
	atomic_store(&chosen, providers[i]);
	return providers[i];
}

static const struct tls_aead_provider *provider(void)
{
	const struct tls_aead_provider *p = atomic_load_explicit(&chosen, memory_order_acquire);

	return p != NULL ? p : choose();
}

static const struct tls_aead_cipher *cipher_of(enum tls_aead aead)
{
	return &provider()->ciphers[aead];
}

const char *tls_aead_provider_name(void)
{
	return provider()->name;
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
