/* release.c - where secrets begin and end: what is drawn for keys and signatures is secret, what the protocol publishes
 * is not any more. The linker puts the functions named __wrap_ in front of the real ones (--wrap, poison.sh).
 */
#include <nettle/ecdsa.h>

#include "poison.h"
#include "tls/bytes/mem.h"
#include "tls/crypto/aead.h"
#include "tls/crypto/group.h"
#include "tls/crypto/mlkem_sample.h"
#include "tls/crypto/sigkey.h"
#include "tls/hs/resume.h"
#include "tls/hs/transcript.h"

static unsigned drawing; /* inside a function that draws what stays secret */

int __real_tls_rng_fill(const struct tls_rng *rng, void *out, size_t n);
int __wrap_tls_rng_fill(const struct tls_rng *rng, void *out, size_t n);
int __wrap_tls_rng_fill(const struct tls_rng *rng, void *out, size_t n)
{
	int err = __real_tls_rng_fill(rng, out, n);

	if (err == 0 && drawing > 0)
		SECRET(out, n);
	return err;
}

/* Whether they are equal is what the caller is allowed to learn. */
bool __real_tls_mem_equal(const void *a, const void *b, size_t len);
bool __wrap_tls_mem_equal(const void *a, const void *b, size_t len);
bool __wrap_tls_mem_equal(const void *a, const void *b, size_t len)
{
	bool equal = __real_tls_mem_equal(a, b, len);

	PUBLIC(&equal, sizeof(equal));
	return equal;
}

int __real_tls_group_generate(struct tls_group_key *key, uint8_t *share, const struct tls_group *group,
    const struct tls_rng *rng);
int __wrap_tls_group_generate(struct tls_group_key *key, uint8_t *share, const struct tls_group *group,
    const struct tls_rng *rng);
int __wrap_tls_group_generate(struct tls_group_key *key, uint8_t *share, const struct tls_group *group,
    const struct tls_rng *rng)
{
	int err;

	drawing++;
	err = __real_tls_group_generate(key, share, group, rng);
	drawing--;
	PUBLIC(share, group->client_share_len);
	return err;
}

int __real_tls_group_respond(uint8_t *share, uint8_t *secret, const struct tls_group *group,
    const uint8_t *peer, size_t peer_len, const struct tls_rng *rng);
int __wrap_tls_group_respond(uint8_t *share, uint8_t *secret, const struct tls_group *group,
    const uint8_t *peer, size_t peer_len, const struct tls_rng *rng);
int __wrap_tls_group_respond(uint8_t *share, uint8_t *secret, const struct tls_group *group,
    const uint8_t *peer, size_t peer_len, const struct tls_rng *rng)
{
	int err;

	drawing++;
	err = __real_tls_group_respond(share, secret, group, peer, peer_len, rng);
	drawing--;
	PUBLIC(share, group->server_share_len);
	return err;
}

/* The seed of the matrix is in the public key; a matrix takes a time that depends on it. */
void __real_tls_mlkem_sample_row(struct tls_mlkem_vec *row, const uint8_t rho[TLS_MLKEM_SEED_LEN], unsigned i,
    unsigned transposed);
void __wrap_tls_mlkem_sample_row(struct tls_mlkem_vec *row, const uint8_t rho[TLS_MLKEM_SEED_LEN], unsigned i,
    unsigned transposed);
void __wrap_tls_mlkem_sample_row(struct tls_mlkem_vec *row, const uint8_t rho[TLS_MLKEM_SEED_LEN], unsigned i,
    unsigned transposed)
{
	PUBLIC(rho, TLS_MLKEM_SEED_LEN);
	__real_tls_mlkem_sample_row(row, rho, i, transposed);
}

int __real_tls_sig_sign(uint8_t *sig, size_t *sig_len, const struct tls_privkey *key, uint16_t scheme,
    const uint8_t *msg, size_t msg_len, const struct tls_rng *rng);
int __wrap_tls_sig_sign(uint8_t *sig, size_t *sig_len, const struct tls_privkey *key, uint16_t scheme,
    const uint8_t *msg, size_t msg_len, const struct tls_rng *rng);
int __wrap_tls_sig_sign(uint8_t *sig, size_t *sig_len, const struct tls_privkey *key, uint16_t scheme,
    const uint8_t *msg, size_t msg_len, const struct tls_rng *rng)
{
	int err;

	drawing++;
	err = __real_tls_sig_sign(sig, sig_len, key, scheme, msg, msg_len, rng);
	drawing--;
	if (err == 0)
		PUBLIC(sig, *sig_len);
	return err;
}

/* A signature's numbers are public before they are written as DER, or checked. */
static void publish(mpz_t x)
{
	PUBLIC(&x->_mp_size, sizeof(x->_mp_size));
	PUBLIC(x->_mp_d, (size_t)x->_mp_alloc * sizeof(mp_limb_t));
}

void __real_nettle_ecdsa_sign(const struct ecc_scalar *key, void *random_ctx, nettle_random_func *random,
    size_t digest_len, const uint8_t *digest, struct dsa_signature *rs);
void __wrap_nettle_ecdsa_sign(const struct ecc_scalar *key, void *random_ctx, nettle_random_func *random,
    size_t digest_len, const uint8_t *digest, struct dsa_signature *rs);
void __wrap_nettle_ecdsa_sign(const struct ecc_scalar *key, void *random_ctx, nettle_random_func *random,
    size_t digest_len, const uint8_t *digest, struct dsa_signature *rs)
{
	__real_nettle_ecdsa_sign(key, random_ctx, random, digest_len, digest, rs);
	publish(rs->r);
	publish(rs->s);
}

/* RSA: the number, and whether the library is content with it. */
#define WRAP_RSA(name, parameters, ...) \
	int __real_##name parameters; \
	int __wrap_##name parameters; \
	int __wrap_##name parameters \
	{ \
		int good = __real_##name(__VA_ARGS__); \
\
		PUBLIC(&good, sizeof(good)); \
		publish(s); \
		return good; \
	}
#define WRAP_PSS(name) \
	WRAP_RSA(name, \
	    (const struct rsa_public_key *pub, const struct rsa_private_key *key, void *random_ctx, \
	        nettle_random_func *random, size_t salt_len, const uint8_t *salt, const uint8_t *digest, mpz_t s), \
	    pub, key, random_ctx, random, salt_len, salt, digest, s)

WRAP_PSS(nettle_rsa_pss_sha256_sign_digest_tr)
WRAP_PSS(nettle_rsa_pss_sha384_sign_digest_tr)
WRAP_PSS(nettle_rsa_pss_sha512_sign_digest_tr)
WRAP_RSA(nettle_rsa_pkcs1_sign_tr,
    (const struct rsa_public_key *pub, const struct rsa_private_key *key, void *random_ctx,
        nettle_random_func *random, size_t length, const uint8_t *digest_info, mpz_t s),
    pub, key, random_ctx, random, length, digest_info, s)

/* The point of a share is public before it is written. */
void __real_nettle_ecc_point_mul_g(struct ecc_point *r, const struct ecc_scalar *n);
void __wrap_nettle_ecc_point_mul_g(struct ecc_point *r, const struct ecc_scalar *n);
void __wrap_nettle_ecc_point_mul_g(struct ecc_point *r, const struct ecc_scalar *n)
{
	__real_nettle_ecc_point_mul_g(r, n);
	PUBLIC(r->p, (size_t)ecc_size_a(r->ecc) * sizeof(mp_limb_t));
}

/* Messages are no secrets, also our Finished, once it is sent. */
void __real_tls_transcript_add(struct tls_transcript *t, struct tls_span msg);
void __wrap_tls_transcript_add(struct tls_transcript *t, struct tls_span msg);
void __wrap_tls_transcript_add(struct tls_transcript *t, struct tls_span msg)
{
	PUBLIC(msg.p, msg.len);
	__real_tls_transcript_add(t, msg);
}

/* Drawn scalars that are out of range are thrown away; whether one was says nothing about the next. */
int __real_nettle_ecc_scalar_set(struct ecc_scalar *s, const mpz_t z);
int __wrap_nettle_ecc_scalar_set(struct ecc_scalar *s, const mpz_t z);
int __wrap_nettle_ecc_scalar_set(struct ecc_scalar *s, const mpz_t z)
{
	int good = __real_nettle_ecc_scalar_set(s, z);

	PUBLIC(&good, sizeof(good));
	return good;
}

/* What was opened is the peer's: what is in a message decides what comes next. */
bool __real_tls_aead_open(struct tls_aead_ctx *ctx, uint8_t *dst, const uint8_t nonce[TLS_AEAD_NONCE_LEN],
    const uint8_t *ad, size_t ad_len, const uint8_t *src, size_t src_len);
bool __wrap_tls_aead_open(struct tls_aead_ctx *ctx, uint8_t *dst, const uint8_t nonce[TLS_AEAD_NONCE_LEN],
    const uint8_t *ad, size_t ad_len, const uint8_t *src, size_t src_len);
bool __wrap_tls_aead_open(struct tls_aead_ctx *ctx, uint8_t *dst, const uint8_t nonce[TLS_AEAD_NONCE_LEN],
    const uint8_t *ad, size_t ad_len, const uint8_t *src, size_t src_len)
{
	bool good = __real_tls_aead_open(ctx, dst, nonce, ad, ad_len, src, src_len);

	if (good)
		PUBLIC(dst, src_len - TLS_AEAD_TAG_LEN);
	return good;
}

/* What was in a ticket is a secret again. */
int __real_tls_resume_decode(struct tls_resume *r, struct tls_span data);
int __wrap_tls_resume_decode(struct tls_resume *r, struct tls_span data);
int __wrap_tls_resume_decode(struct tls_resume *r, struct tls_span data)
{
	int err = __real_tls_resume_decode(r, data);

	if (err == 0)
		SECRET(r->secret.b, r->secret.len);
	return err;
}
