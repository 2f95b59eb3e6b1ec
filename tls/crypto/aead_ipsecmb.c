/* aead_ipsecmb.c - the AEADs as the library intel-ipsec-mb does them, several times as fast as nettle on x86-64.
 * Built when configure finds it, used when the processor has AES instructions. See aead_provider.h.
 *
 * The library keeps its function pointers, found by what the processor can do, in a manager; that is made once
 * and only read afterwards, by any number of threads.
 */
#include <intel-ipsec-mb.h>
#include <stdatomic.h>

#include "../bytes/mem.h"
#include "aead_provider.h"

#define AES_128_KEY_LEN 16
#define AES_256_KEY_LEN 32
#define CHACHA_KEY_LEN 32
#define BLOCK_LEN 64

struct gcm_state {
	struct gcm_key_data key;
	struct gcm_context_data ctx;
};

struct chapoly_state {
	struct chacha20_poly1305_context_data ctx;
	uint8_t key[CHACHA_KEY_LEN];
};

#define STATE_ROOM sizeof(((struct tls_aead_ctx *)0)->state)

_Static_assert(sizeof(struct gcm_state) <= STATE_ROOM, "room");
_Static_assert(sizeof(struct chapoly_state) <= STATE_ROOM, "room");

static IMB_MGR *_Atomic manager;

static IMB_MGR *new_manager(void)
{
	IMB_MGR *m = alloc_mb_mgr(0);

	if (m == NULL)
		return NULL;
	init_mb_mgr_auto(m, NULL);
	/* without the instructions its tables would be looked up by secrets */
	if (imb_get_errno(m) == 0 && (m->features & IMB_FEATURE_AESNI) != 0 &&
	    (m->features & IMB_FEATURE_PCLMULQDQ) != 0)
		return m;
	free_mb_mgr(m);
	return NULL;
}

static bool usable(void)
{
	IMB_MGR *none = NULL, *m;

	if (atomic_load(&manager) != NULL)
		return true;
	m = new_manager();
	if (m == NULL)
		return false;
	if (!atomic_compare_exchange_strong(&manager, &none, m))
		free_mb_mgr(m); /* another thread was first */
	return true;
}

static IMB_MGR *mgr(void)
{
	return atomic_load_explicit(&manager, memory_order_relaxed);
}

static void gcm128_set_key(void *state, const uint8_t *key)
{
	IMB_AES128_GCM_PRE(mgr(), key, &((struct gcm_state *)state)->key);
}

static void gcm128_start(void *state, const uint8_t *nonce, const uint8_t *ad, size_t ad_len)
{
	struct gcm_state *s = state;

	IMB_AES128_GCM_INIT(mgr(), &s->key, &s->ctx, nonce, ad, ad_len);
}

static void gcm128_encrypt(void *state, size_t len, uint8_t *dst, const uint8_t *src)
{
	struct gcm_state *s = state;

	IMB_AES128_GCM_ENC_UPDATE(mgr(), &s->key, &s->ctx, dst, src, len);
}

static void gcm128_decrypt(void *state, size_t len, uint8_t *dst, const uint8_t *src)
{
	struct gcm_state *s = state;

	IMB_AES128_GCM_DEC_UPDATE(mgr(), &s->key, &s->ctx, dst, src, len);
}

static void gcm128_tag(void *state, uint8_t *tag)
{
	struct gcm_state *s = state;

	IMB_AES128_GCM_ENC_FINALIZE(mgr(), &s->key, &s->ctx, tag, TLS_AEAD_TAG_LEN);
}

static void gcm256_set_key(void *state, const uint8_t *key)
{
	IMB_AES256_GCM_PRE(mgr(), key, &((struct gcm_state *)state)->key);
}

static void gcm256_start(void *state, const uint8_t *nonce, const uint8_t *ad, size_t ad_len)
{
	struct gcm_state *s = state;

	IMB_AES256_GCM_INIT(mgr(), &s->key, &s->ctx, nonce, ad, ad_len);
}

static void gcm256_encrypt(void *state, size_t len, uint8_t *dst, const uint8_t *src)
{
	struct gcm_state *s = state;

	IMB_AES256_GCM_ENC_UPDATE(mgr(), &s->key, &s->ctx, dst, src, len);
}

static void gcm256_decrypt(void *state, size_t len, uint8_t *dst, const uint8_t *src)
{
	struct gcm_state *s = state;

	IMB_AES256_GCM_DEC_UPDATE(mgr(), &s->key, &s->ctx, dst, src, len);
}

static void gcm256_tag(void *state, uint8_t *tag)
{
	struct gcm_state *s = state;

	IMB_AES256_GCM_ENC_FINALIZE(mgr(), &s->key, &s->ctx, tag, TLS_AEAD_TAG_LEN);
}

static void chapoly_set_key(void *state, const uint8_t *key)
{
	tls_mem_copy(((struct chapoly_state *)state)->key, key, CHACHA_KEY_LEN);
}

static void chapoly_start(void *state, const uint8_t *nonce, const uint8_t *ad, size_t ad_len)
{
	struct chapoly_state *s = state;

	IMB_CHACHA20_POLY1305_INIT(mgr(), s->key, &s->ctx, nonce, ad, ad_len);
}

static void chapoly_encrypt(void *state, size_t len, uint8_t *dst, const uint8_t *src)
{
	struct chapoly_state *s = state;

	IMB_CHACHA20_POLY1305_ENC_UPDATE(mgr(), s->key, &s->ctx, dst, src, len);
}

static void chapoly_decrypt(void *state, size_t len, uint8_t *dst, const uint8_t *src)
{
	struct chapoly_state *s = state;

	IMB_CHACHA20_POLY1305_DEC_UPDATE(mgr(), s->key, &s->ctx, dst, src, len);
}

static void chapoly_tag(void *state, uint8_t *tag)
{
	IMB_CHACHA20_POLY1305_ENC_FINALIZE(mgr(), &((struct chapoly_state *)state)->ctx, tag, TLS_AEAD_TAG_LEN);
}

const struct tls_aead_provider tls_aead_ipsecmb = {
    .name = "intel-ipsec-mb",
    .usable = usable,
    .ciphers =
	{
	    [TLS_AEAD_AES_128_GCM] = {AES_128_KEY_LEN, BLOCK_LEN, gcm128_set_key, gcm128_start,
		gcm128_encrypt, gcm128_decrypt, gcm128_tag},
	    [TLS_AEAD_AES_256_GCM] = {AES_256_KEY_LEN, BLOCK_LEN, gcm256_set_key, gcm256_start,
		gcm256_encrypt, gcm256_decrypt, gcm256_tag},
	    [TLS_AEAD_CHACHA20_POLY1305] = {CHACHA_KEY_LEN, BLOCK_LEN, chapoly_set_key, chapoly_start,
		chapoly_encrypt, chapoly_decrypt, chapoly_tag},
	},
};
