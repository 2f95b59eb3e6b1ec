/* mlkem.h - ML-KEM-768 (FIPS 203): key pairs, encapsulation, decapsulation.
 *
 * Deterministic: what is random comes in as an argument. Nothing is allocated; each call uses less than 8 KiB of stack
 * and wipes what it had there. But for what is public (the seed of the matrix, and whether an input is well formed)
 * no branch or index depends on the bytes, and nothing secret is divided.
 */
#ifndef TLS_CRYPTO_MLKEM_H
#define TLS_CRYPTO_MLKEM_H

#include <stddef.h>
#include <stdint.h>

#define TLS_MLKEM_KEY_SEED_LEN 64 /* d, z */
#define TLS_MLKEM_MESSAGE_LEN 32 /* m */
#define TLS_MLKEM_PUBLIC_LEN 1184 /* the encapsulation key */
#define TLS_MLKEM_PRIVATE_LEN 2400 /* the decapsulation key, which has the other one in it */
#define TLS_MLKEM_CIPHERTEXT_LEN 1088
#define TLS_MLKEM_SECRET_LEN 32

/* Algorithm 16. */
void tls_mlkem_generate(uint8_t public_key[TLS_MLKEM_PUBLIC_LEN], uint8_t private_key[TLS_MLKEM_PRIVATE_LEN],
    const uint8_t seed[TLS_MLKEM_KEY_SEED_LEN]);

/* Algorithm 17, with the checks of section 7.2: length, and each coefficient below q. message: random, used once. 0 or
 * TLS_E_ILLEGAL_KEY_SHARE. */
int tls_mlkem_encapsulate(uint8_t ciphertext[TLS_MLKEM_CIPHERTEXT_LEN], uint8_t secret[TLS_MLKEM_SECRET_LEN],
    const uint8_t *public_key, size_t public_len, const uint8_t message[TLS_MLKEM_MESSAGE_LEN])
    __attribute__((warn_unused_result));

/* Algorithm 18, with the checks of section 7.3: TLS_E_ILLEGAL_KEY_SHARE for a ciphertext of another length,
 * TLS_E_INTERNAL_ERROR for a private key that is damaged. A ciphertext that nobody has made by the rules gives 0 and a
 * secret that nobody else has (implicit rejection). */
int tls_mlkem_decapsulate(uint8_t secret[TLS_MLKEM_SECRET_LEN], const uint8_t private_key[TLS_MLKEM_PRIVATE_LEN],
    const uint8_t *ciphertext, size_t ciphertext_len) __attribute__((warn_unused_result));

#endif
