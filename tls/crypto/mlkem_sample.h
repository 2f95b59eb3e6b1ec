/* mlkem_sample.h - inside crypto: what ML-KEM-768 draws from seeds (FIPS 203 section 4.2.2). */
#ifndef TLS_CRYPTO_MLKEM_SAMPLE_H
#define TLS_CRYPTO_MLKEM_SAMPLE_H

#include "mlkem_poly.h"

#define TLS_MLKEM_SEED_LEN 32

/* Row i of the matrix that the public seed rho stands for, or of the transposed one: coefficients in [0, q), already
 * transformed. Takes a time that depends on rho. */
void tls_mlkem_sample_row(struct tls_mlkem_vec *row, const uint8_t rho[TLS_MLKEM_SEED_LEN], unsigned i,
    unsigned transposed);

/* Noise number nonce of the secret seed: coefficients from -2 to 2. */
void tls_mlkem_sample_noise(struct tls_mlkem_poly *p, const uint8_t seed[TLS_MLKEM_SEED_LEN], uint8_t nonce);

#endif
