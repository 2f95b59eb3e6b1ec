/* mlkem_poly.h - inside crypto: polynomials of ML-KEM (FIPS 203 sections 4.2 and 4.3), modulo q = 3329.
 *
 * Coefficients are signed: those of a result lie in (-q, q) unless its comment says less or more; the comments say
 * what arguments may be. Nothing branches on a coefficient, indexes by one or divides one.
 */
#ifndef TLS_CRYPTO_MLKEM_POLY_H
#define TLS_CRYPTO_MLKEM_POLY_H

#include <stddef.h>
#include <stdint.h>

#define TLS_MLKEM_Q 3329
#define TLS_MLKEM_N 256
#define TLS_MLKEM_K 3 /* ML-KEM-768: vectors of three */
#define TLS_MLKEM_POLY_LEN 384 /* bytes of one, 12 bits a coefficient */

struct tls_mlkem_poly {
	int16_t c[TLS_MLKEM_N];
};

struct tls_mlkem_vec {
	struct tls_mlkem_poly p[TLS_MLKEM_K];
};

/* In place; from (-q, q). Algorithms 9 and 10; the inverse also takes out a factor 2^-16, see multiply. */
void tls_mlkem_poly_ntt(struct tls_mlkem_poly *p);
void tls_mlkem_poly_inverse(struct tls_mlkem_poly *p);

/* The sum of a->p[i] * b->p[i], all transformed, times 2^-16. a: up to 4095, b: (-q, q). Algorithms 11 and 12. */
void tls_mlkem_poly_multiply(struct tls_mlkem_poly *sum, const struct tls_mlkem_vec *a, const struct tls_mlkem_vec *b);

/* Times 2^16. */
void tls_mlkem_poly_restore(struct tls_mlkem_poly *p);

/* a += b, a = b - a: brought back to less than q in magnitude. Both up to 4q. */
void tls_mlkem_poly_add(struct tls_mlkem_poly *a, const struct tls_mlkem_poly *b);
void tls_mlkem_poly_subtract_from(struct tls_mlkem_poly *a, const struct tls_mlkem_poly *b);

/* TLS_MLKEM_POLY_LEN bytes, coefficients in [0, q); and back, as they stand there: up to 4095. Algorithms 5, 6. */
void tls_mlkem_poly_encode(uint8_t *out, const struct tls_mlkem_poly *p);
void tls_mlkem_poly_decode(struct tls_mlkem_poly *p, const uint8_t *in);

/* 32 * bits bytes, bits 1, 4 or 10: Compress and ByteEncode, Decompress and ByteDecode. Section 4.2.1. */
void tls_mlkem_poly_compress(uint8_t *out, const struct tls_mlkem_poly *p, unsigned bits);
void tls_mlkem_poly_decompress(struct tls_mlkem_poly *p, const uint8_t *in, unsigned bits);

/* Algorithm 8 with eta 2: small coefficients from 128 random bytes. */
void tls_mlkem_poly_noise(struct tls_mlkem_poly *p, const uint8_t bytes[128]);

#endif
