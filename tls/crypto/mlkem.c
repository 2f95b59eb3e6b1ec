/* mlkem.c - see mlkem.h. FIPS 203: K-PKE (section 5) and, around it, ML-KEM (sections 6 and 7). */
#include "mlkem.h"

#include "../bytes/mem.h"
#include "../tls.h"
#include "mlkem_poly.h"
#include "mlkem_sample.h"
#include "sponge.h"

#define K TLS_MLKEM_K
#define HASH_LEN 32
#define VEC_LEN (K * TLS_MLKEM_POLY_LEN)
#define U_BITS 10
#define V_BITS 4
#define U_LEN (32 * U_BITS) /* of one polynomial */

/* The private key: the vector s, the public key, its hash, and what an odd ciphertext's secret is made with. */
#define PUBLIC_AT VEC_LEN
#define HASH_AT (PUBLIC_AT + TLS_MLKEM_PUBLIC_LEN)
#define REJECT_AT (HASH_AT + HASH_LEN)

_Static_assert(VEC_LEN + TLS_MLKEM_SEED_LEN == TLS_MLKEM_PUBLIC_LEN, "the vector t and the seed of the matrix");
_Static_assert(K * U_LEN + 32 * V_BITS == TLS_MLKEM_CIPHERTEXT_LEN, "u and v");
_Static_assert(REJECT_AT + TLS_MLKEM_SEED_LEN == TLS_MLKEM_PRIVATE_LEN, "four parts");

/* ---- Hashes: section 4.1 */

/* H. */
static void hash_h(uint8_t out[HASH_LEN], const uint8_t *p, size_t len)
{
	struct tls_sponge s;

	tls_sponge_init(&s, TLS_SPONGE_SHA3_256);
	tls_sponge_absorb(&s, p, len);
	tls_sponge_finish(&s, TLS_SPONGE_SHA3);
	tls_sponge_squeeze(&s, out, HASH_LEN);
	tls_mem_wipe(&s, sizeof(s));
}

/* G of two pieces, to two results of 32 bytes. */
static void hash_g(uint8_t a[32], uint8_t b[32], const uint8_t x[32], const uint8_t *y, size_t y_len)
{
	struct tls_sponge s;

	tls_sponge_init(&s, TLS_SPONGE_SHA3_512);
	tls_sponge_absorb(&s, x, 32);
	tls_sponge_absorb(&s, y, y_len);
	tls_sponge_finish(&s, TLS_SPONGE_SHA3);
	tls_sponge_squeeze(&s, a, 32);
	tls_sponge_squeeze(&s, b, 32);
	tls_mem_wipe(&s, sizeof(s));
}

/* J. */
static void hash_j(uint8_t out[TLS_MLKEM_SECRET_LEN], const uint8_t z[32], const uint8_t c[TLS_MLKEM_CIPHERTEXT_LEN])
{
	struct tls_sponge s;

	tls_sponge_init(&s, TLS_SPONGE_SHAKE256);
	tls_sponge_absorb(&s, z, 32);
	tls_sponge_absorb(&s, c, TLS_MLKEM_CIPHERTEXT_LEN);
	tls_sponge_finish(&s, TLS_SPONGE_SHAKE);
	tls_sponge_squeeze(&s, out, TLS_MLKEM_SECRET_LEN);
	tls_mem_wipe(&s, sizeof(s));
}

/* ---- K-PKE */

static void sample_transformed(struct tls_mlkem_vec *v, const uint8_t seed[TLS_MLKEM_SEED_LEN], uint8_t nonce)
{
	for (unsigned i = 0; i < K; i++) {
		tls_mlkem_sample_noise(&v->p[i], seed, (uint8_t)(nonce + i));
		tls_mlkem_poly_ntt(&v->p[i]);
	}
}

static void decode_vec(struct tls_mlkem_vec *v, const uint8_t *in)
{
	for (unsigned i = 0; i < K; i++)
		tls_mlkem_poly_decode(&v->p[i], in + i * TLS_MLKEM_POLY_LEN);
}

/* Algorithm 13: t = A s + e, row by row. The public key holds t and rho, the private one s. */
static void pke_generate(uint8_t public_key[TLS_MLKEM_PUBLIC_LEN], uint8_t s_out[VEC_LEN],
    const uint8_t d[TLS_MLKEM_SEED_LEN])
{
	struct {
		struct tls_mlkem_vec s, row;
		struct tls_mlkem_poly t, e;
		uint8_t sigma[TLS_MLKEM_SEED_LEN];
	} w;
	static const uint8_t rank = K;
	uint8_t *rho = public_key + VEC_LEN;

	hash_g(rho, w.sigma, d, &rank, 1);
	sample_transformed(&w.s, w.sigma, 0);
	for (unsigned i = 0; i < K; i++) {
		tls_mlkem_sample_row(&w.row, rho, i, 0);
		tls_mlkem_poly_multiply(&w.t, &w.row, &w.s);
		tls_mlkem_poly_restore(&w.t);
		tls_mlkem_sample_noise(&w.e, w.sigma, (uint8_t)(K + i));
		tls_mlkem_poly_ntt(&w.e);
		tls_mlkem_poly_add(&w.t, &w.e);
		tls_mlkem_poly_encode(public_key + i * TLS_MLKEM_POLY_LEN, &w.t);
		tls_mlkem_poly_encode(s_out + i * TLS_MLKEM_POLY_LEN, &w.s.p[i]);
	}
	tls_mem_wipe(&w, sizeof(w));
}

/* Algorithm 14: u = A^T y + e1, v = t y + e2 + the message's bits. */
static __attribute__((noinline)) void pke_encrypt(uint8_t ciphertext[TLS_MLKEM_CIPHERTEXT_LEN], const uint8_t *public_key,
    const uint8_t message[TLS_MLKEM_MESSAGE_LEN], const uint8_t r[TLS_MLKEM_SEED_LEN])
{
	struct {
		struct tls_mlkem_vec y, row;
		struct tls_mlkem_poly sum, e;
	} w;

	sample_transformed(&w.y, r, 0);
	for (unsigned i = 0; i < K; i++) {
		tls_mlkem_sample_row(&w.row, public_key + VEC_LEN, i, 1);
		tls_mlkem_poly_multiply(&w.sum, &w.row, &w.y);
		tls_mlkem_poly_inverse(&w.sum);
		tls_mlkem_sample_noise(&w.e, r, (uint8_t)(K + i));
		tls_mlkem_poly_add(&w.sum, &w.e);
		tls_mlkem_poly_compress(ciphertext + i * U_LEN, &w.sum, U_BITS);
	}
	decode_vec(&w.row, public_key);
	tls_mlkem_poly_multiply(&w.sum, &w.row, &w.y);
	tls_mlkem_poly_inverse(&w.sum);
	tls_mlkem_sample_noise(&w.e, r, 2 * K);
	tls_mlkem_poly_add(&w.sum, &w.e);
	tls_mlkem_poly_decompress(&w.e, message, 1);
	tls_mlkem_poly_add(&w.sum, &w.e);
	tls_mlkem_poly_compress(ciphertext + K * U_LEN, &w.sum, V_BITS);
	tls_mem_wipe(&w, sizeof(w));
}

/* Algorithm 15: the message's bits are v - s u. Not inlined, so that this is off the stack again when it is encrypted. */
static __attribute__((noinline)) void pke_decrypt(uint8_t message[TLS_MLKEM_MESSAGE_LEN], const uint8_t s_in[VEC_LEN],
    const uint8_t ciphertext[TLS_MLKEM_CIPHERTEXT_LEN])
{
	struct {
		struct tls_mlkem_vec s, u;
		struct tls_mlkem_poly v, sum;
	} w;

	for (unsigned i = 0; i < K; i++) {
		tls_mlkem_poly_decompress(&w.u.p[i], ciphertext + i * U_LEN, U_BITS);
		tls_mlkem_poly_ntt(&w.u.p[i]);
	}
	tls_mlkem_poly_decompress(&w.v, ciphertext + K * U_LEN, V_BITS);
	decode_vec(&w.s, s_in);
	tls_mlkem_poly_multiply(&w.sum, &w.s, &w.u);
	tls_mlkem_poly_inverse(&w.sum);
	tls_mlkem_poly_subtract_from(&w.sum, &w.v);
	tls_mlkem_poly_compress(message, &w.sum, 1);
	tls_mem_wipe(&w, sizeof(w));
}

/* ---- ML-KEM */

void tls_mlkem_generate(uint8_t public_key[TLS_MLKEM_PUBLIC_LEN], uint8_t private_key[TLS_MLKEM_PRIVATE_LEN],
    const uint8_t seed[TLS_MLKEM_KEY_SEED_LEN])
{
	pke_generate(public_key, private_key, seed);
	tls_mem_copy(private_key + PUBLIC_AT, public_key, TLS_MLKEM_PUBLIC_LEN);
	hash_h(private_key + HASH_AT, public_key, TLS_MLKEM_PUBLIC_LEN);
	tls_mem_copy(private_key + REJECT_AT, seed + TLS_MLKEM_SEED_LEN, TLS_MLKEM_SEED_LEN);
}

/* Section 7.2, the modulus check: the vector would be encoded in the same bytes again. */
static bool is_reduced(const uint8_t *public_key)
{
	struct tls_mlkem_vec t;
	bool good = true;

	decode_vec(&t, public_key);
	for (unsigned i = 0; i < K; i++)
		for (unsigned n = 0; n < TLS_MLKEM_N; n++)
			good = good && t.p[i].c[n] < TLS_MLKEM_Q;
	return good;
}

int tls_mlkem_encapsulate(uint8_t ciphertext[TLS_MLKEM_CIPHERTEXT_LEN], uint8_t secret[TLS_MLKEM_SECRET_LEN],
    const uint8_t *public_key, size_t public_len, const uint8_t message[TLS_MLKEM_MESSAGE_LEN])
{
	uint8_t h[HASH_LEN], r[TLS_MLKEM_SEED_LEN];

	if (public_len != TLS_MLKEM_PUBLIC_LEN || !is_reduced(public_key))
		return TLS_E_ILLEGAL_KEY_SHARE;
	hash_h(h, public_key, TLS_MLKEM_PUBLIC_LEN);
	hash_g(secret, r, message, h, sizeof(h));
	pke_encrypt(ciphertext, public_key, message, r);
	tls_mem_wipe(r, sizeof(r));
	return 0;
}

/* 0xff if they differ, 0 if they are equal: nobody may learn which. */
static uint8_t difference(const uint8_t *a, const uint8_t *b, size_t len)
{
	unsigned any = 0;

	for (size_t i = 0; i < len; i++)
		any |= (unsigned)(a[i] ^ b[i]);
	/* or the compiler might see a comparison in what follows */
	__asm__("" : "+r"(any));
	return (uint8_t)((0u - any) >> 8);
}

/* Section 6.3: by what the ciphertext says it is made again; if another comes out, the secret is one of the
 * ciphertext and of z. */
static void decapsulate(uint8_t secret[TLS_MLKEM_SECRET_LEN], const uint8_t *private_key, const uint8_t *ciphertext)
{
	const uint8_t *public_key = private_key + PUBLIC_AT;
	struct {
		uint8_t message[TLS_MLKEM_MESSAGE_LEN], r[TLS_MLKEM_SEED_LEN], rejected[TLS_MLKEM_SECRET_LEN];
		uint8_t again[TLS_MLKEM_CIPHERTEXT_LEN];
	} w;
	uint8_t mask;

	pke_decrypt(w.message, private_key, ciphertext);
	hash_g(secret, w.r, w.message, private_key + HASH_AT, HASH_LEN);
	hash_j(w.rejected, private_key + REJECT_AT, ciphertext);
	pke_encrypt(w.again, public_key, w.message, w.r);
	mask = difference(ciphertext, w.again, sizeof(w.again));
	for (unsigned i = 0; i < TLS_MLKEM_SECRET_LEN; i++)
		secret[i] ^= mask & (secret[i] ^ w.rejected[i]);
	tls_mem_wipe(&w, sizeof(w));
}

int tls_mlkem_decapsulate(uint8_t secret[TLS_MLKEM_SECRET_LEN], const uint8_t private_key[TLS_MLKEM_PRIVATE_LEN],
    const uint8_t *ciphertext, size_t ciphertext_len)
{
	uint8_t h[HASH_LEN];

	if (ciphertext_len != TLS_MLKEM_CIPHERTEXT_LEN)
		return TLS_E_ILLEGAL_KEY_SHARE;
	/* section 7.3, the hash check */
	hash_h(h, private_key + PUBLIC_AT, TLS_MLKEM_PUBLIC_LEN);
	if (!tls_mem_equal(h, private_key + HASH_AT, HASH_LEN))
		return TLS_E_INTERNAL_ERROR;
	decapsulate(secret, private_key, ciphertext);
	return 0;
}
