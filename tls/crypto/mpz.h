/* mpz.h - inside crypto: big numbers from and to byte strings, and their end.
 *
 * gmp aborts when it has no memory; its sizes here are bounded by the callers (TLS_RSA_MAX_BITS). Linked
 * into a program, this file has gmp wipe all memory that it releases (mp_set_memory_functions).
 */
#ifndef TLS_CRYPTO_MPZ_H
#define TLS_CRYPTO_MPZ_H

#include <gmp.h>
#include <stddef.h>
#include <stdint.h>

/* x, initialised, takes the value of len big-endian bytes. */
void tls_mpz_set_bytes(mpz_t x, const uint8_t *p, size_t len);

/* x, not negative, as len big-endian bytes; it must fit. */
void tls_mpz_get_bytes(uint8_t *out, size_t len, const mpz_t x);

/* Wipes all memory x has, and releases it. */
void tls_mpz_clear_wiped(mpz_t x);

#endif
