/* sigkey.h - inside crypto: what keys are made of, and what each kind of key does for sig.c. */
#ifndef TLS_CRYPTO_SIGKEY_H
#define TLS_CRYPTO_SIGKEY_H

#include <nettle/eddsa.h>
#include <nettle/rsa.h>

#include "../bytes/buf.h"
#include "ecc.h"
#include "hash.h"
#include "sig.h"

struct tls_pubkey {
	enum tls_pk kind;
	unsigned bits;
	union {
		struct rsa_public_key rsa;
		struct ecc_point point;
		uint8_t ed25519[ED25519_KEY_SIZE];
	};
};

struct tls_privkey {
	struct tls_pubkey pub;
	union {
		struct rsa_private_key rsa;
		struct ecc_scalar scalar;
		uint8_t seed[ED25519_KEY_SIZE];
	};
};

/* The curve of an ECDSA key. */
const struct ecc_curve *tls_sigkey_curve(enum tls_pk kind);

/* pubkey.c: the public half, in place. Fill gives 0 or TLS_E_*, and then there is nothing to clear.
 */
int tls_sigkey_fill_rsa(
    struct tls_pubkey *pub, struct tls_span n, struct tls_span e, unsigned min_bits)
    __attribute__((warn_unused_result));
void tls_sigkey_clear(struct tls_pubkey *pub);

/* pubkey.c: a number of an RSA key as DER INTEGER. */
void tls_sigkey_write_number(struct tls_buf *b, const mpz_t x);

/* privkey_rsa.c: key->pub is there. 0 or TLS_E_ILLEGAL_KEY, and then there is nothing to clear. */
int tls_sigkey_fill_rsa_private(struct tls_privkey *key, const struct tls_span parts[8])
    __attribute__((warn_unused_result));
void tls_sigkey_clear_rsa_private(struct tls_privkey *key);

/* What signing takes of randomness: 64 bytes of the generator, drawn and checked before the library
 * is called (its callbacks can't report a failure and draw until they like the value), stretched by
 * HMAC. Key and digest go in, too: should the generator repeat itself, the nonces of two messages
 * still differ. */
struct tls_sigkey_stream {
	uint8_t seed[TLS_HASH_MAX_LEN];
	uint32_t n_blocks;
};

int tls_sigkey_stream_init(struct tls_sigkey_stream *stream, const struct tls_rng *rng,
    struct tls_span secret, struct tls_span digest) __attribute__((warn_unused_result));
void tls_sigkey_stream_read(void *stream, size_t n, uint8_t *out); /* nettle_random_func */
void tls_sigkey_stream_clear(struct tls_sigkey_stream *stream);

/* sig_rsa.c, sig_ecdsa.c: over a digest. */
bool tls_sig_rsa_verify(const struct tls_pubkey *pub, bool pss, enum tls_hash hash,
    const uint8_t *digest, const uint8_t *sig, size_t sig_len) __attribute__((warn_unused_result));
int tls_sig_rsa_sign(uint8_t *sig, size_t *sig_len, const struct tls_privkey *key, bool pss,
    enum tls_hash hash, const uint8_t *digest, const struct tls_rng *rng)
    __attribute__((warn_unused_result));
bool tls_sig_ecdsa_verify(const struct tls_pubkey *pub, enum tls_hash hash, const uint8_t *digest,
    const uint8_t *sig, size_t sig_len) __attribute__((warn_unused_result));
int tls_sig_ecdsa_sign(uint8_t *sig, size_t *sig_len, const struct tls_privkey *key,
    enum tls_hash hash, const uint8_t *digest, const struct tls_rng *rng)
    __attribute__((warn_unused_result));

#endif
