/* aead_provider.h - inside crypto: what an implementation of the AEADs gives to aead.c.
 *
 * A cipher is a table of functions over a state of at most sizeof(tls_aead_ctx.state) bytes,
 * aligned to 64. The message comes in pieces; all but the last are multiples of block_len.
 */
#ifndef TLS_CRYPTO_AEAD_PROVIDER_H
#define TLS_CRYPTO_AEAD_PROVIDER_H

#include "aead.h"

#define TLS_AEAD_BLOCK_MAX_LEN 64

struct tls_aead_cipher {
	size_t key_len;
	size_t block_len; /* at most TLS_AEAD_BLOCK_MAX_LEN, a power of 2 */
	void (*set_key)(void *state, const uint8_t *key);
	void (*start)(void *state, const uint8_t *nonce, const uint8_t *ad, size_t ad_len);
	/* dst is src, or doesn't overlap it. */
	void (*encrypt)(void *state, size_t len, uint8_t *dst, const uint8_t *src);
	void (*decrypt)(void *state, size_t len, uint8_t *dst, const uint8_t *src);
	void (*tag)(void *state, uint8_t *tag);
};

struct tls_aead_provider {
	const char *name;
	bool (*usable)(void); /* on this processor; called before anything else. NULL: always */
	struct tls_aead_cipher ciphers[3]; /* by enum tls_aead */
};

extern const struct tls_aead_provider tls_aead_nettle;
extern const struct tls_aead_provider tls_aead_ipsecmb; /* only where configure has found the library */

/* Those of this build, the one that is liked best first; NULL past the last, which is always usable. */
const struct tls_aead_provider *tls_aead_provider_at(size_t i);

/* For tests: this one, whatever else there is; NULL: as without tests. No key may be expanded with another. */
void tls_aead_provider_use(const struct tls_aead_provider *provider);

#endif
