/* aead_nettle.c - the AEADs as nettle does them. See aead_provider.h. */
#include <nettle/chacha-poly1305.h>
#include <nettle/gcm.h>

#include "aead_provider.h"

#define STATE_ROOM sizeof(((struct tls_aead_ctx *)0)->state)

_Static_assert(sizeof(struct gcm_aes128_ctx) <= STATE_ROOM, "room");
_Static_assert(sizeof(struct gcm_aes256_ctx) <= STATE_ROOM, "room");
_Static_assert(sizeof(struct chacha_poly1305_ctx) <= STATE_ROOM, "room");

static void gcm128_set_key(void *state, const uint8_t *key)
{
	gcm_aes128_set_key(state, key);
}

static void gcm128_start(void *state, const uint8_t *nonce, const uint8_t *ad, size_t ad_len)
{
	gcm_aes128_set_iv(state, TLS_AEAD_NONCE_LEN, nonce);
	if (ad_len > 0)
		gcm_aes128_update(state, ad_len, ad);
}

static void gcm128_encrypt(void *state, size_t len, uint8_t *dst, const uint8_t *src)
{
	gcm_aes128_encrypt(state, len, dst, src);
}

static void gcm128_decrypt(void *state, size_t len, uint8_t *dst, const uint8_t *src)
{
	gcm_aes128_decrypt(state, len, dst, src);
}

static void gcm128_tag(void *state, uint8_t *tag)
{
	gcm_aes128_digest(state, TLS_AEAD_TAG_LEN, tag);
}

static void gcm256_set_key(void *state, const uint8_t *key)
{
	gcm_aes256_set_key(state, key);
}

static void gcm256_start(void *state, const uint8_t *nonce, const uint8_t *ad, size_t ad_len)
{
	gcm_aes256_set_iv(state, TLS_AEAD_NONCE_LEN, nonce);
	if (ad_len > 0)
		gcm_aes256_update(state, ad_len, ad);
}

static void gcm256_encrypt(void *state, size_t len, uint8_t *dst, const uint8_t *src)
{
	gcm_aes256_encrypt(state, len, dst, src);
}

static void gcm256_decrypt(void *state, size_t len, uint8_t *dst, const uint8_t *src)
{
	gcm_aes256_decrypt(state, len, dst, src);
}

static void gcm256_tag(void *state, uint8_t *tag)
{
	gcm_aes256_digest(state, TLS_AEAD_TAG_LEN, tag);
}

static void chapoly_set_key(void *state, const uint8_t *key)
{
	chacha_poly1305_set_key(state, key);
}

static void chapoly_start(void *state, const uint8_t *nonce, const uint8_t *ad, size_t ad_len)
{
	chacha_poly1305_set_nonce(state, nonce);
	if (ad_len > 0)
		chacha_poly1305_update(state, ad_len, ad);
}

static void chapoly_encrypt(void *state, size_t len, uint8_t *dst, const uint8_t *src)
{
	chacha_poly1305_encrypt(state, len, dst, src);
}

static void chapoly_decrypt(void *state, size_t len, uint8_t *dst, const uint8_t *src)
{
	chacha_poly1305_decrypt(state, len, dst, src);
}

static void chapoly_tag(void *state, uint8_t *tag)
{
	chacha_poly1305_digest(state, TLS_AEAD_TAG_LEN, tag);
}

const struct tls_aead_provider tls_aead_nettle = {
    .name = "nettle",
    .ciphers =
	{
	    [TLS_AEAD_AES_128_GCM] = {AES128_KEY_SIZE, GCM_BLOCK_SIZE, gcm128_set_key, gcm128_start,
		gcm128_encrypt, gcm128_decrypt, gcm128_tag},
	    [TLS_AEAD_AES_256_GCM] = {AES256_KEY_SIZE, GCM_BLOCK_SIZE, gcm256_set_key, gcm256_start,
		gcm256_encrypt, gcm256_decrypt, gcm256_tag},
	    [TLS_AEAD_CHACHA20_POLY1305] = {CHACHA_POLY1305_KEY_SIZE, CHACHA_POLY1305_BLOCK_SIZE,
		chapoly_set_key, chapoly_start, chapoly_encrypt, chapoly_decrypt, chapoly_tag},
	},
};
