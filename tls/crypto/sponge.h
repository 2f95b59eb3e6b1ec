/* sponge.h - inside crypto: SHA3-256, SHA3-512, SHAKE128 and SHAKE256 (FIPS 202) on nettle's permutation.
 *
 * Absorb any number of pieces, finish once, squeeze any number of times. Nothing is allocated, and no branch or
 * index depends on the bytes. A state that took secrets is wiped by the caller.
 */
#ifndef TLS_CRYPTO_SPONGE_H
#define TLS_CRYPTO_SPONGE_H

#include <nettle/sha3.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes of a block: 200 less twice the strength. */
#define TLS_SPONGE_SHA3_256 136u
#define TLS_SPONGE_SHA3_512 72u
#define TLS_SPONGE_SHAKE128 168u
#define TLS_SPONGE_SHAKE256 136u

/* What stands behind the message: two or four bits that tell the function, then the first of the padding. */
#define TLS_SPONGE_SHA3 0x06u
#define TLS_SPONGE_SHAKE 0x1fu

struct tls_sponge {
	struct sha3_state state;
	unsigned rate; /* bytes of a block */
	unsigned at; /* bytes of the block taken, or given */
};

void tls_sponge_init(struct tls_sponge *s, unsigned rate);
void tls_sponge_absorb(struct tls_sponge *s, const void *data, size_t len);

/* suffix: TLS_SPONGE_SHA3 or TLS_SPONGE_SHAKE. */
void tls_sponge_finish(struct tls_sponge *s, unsigned suffix);
void tls_sponge_squeeze(struct tls_sponge *s, uint8_t *out, size_t len);

#endif
