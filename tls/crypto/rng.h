/* rng.h - where random bytes come from.
 *
 * The default is the kernel (getrandom(2)) for every request: no state in user space, so nothing to
 * share after a fork and nothing to reseed. Tests put a function of their own in its place.
 */
#ifndef TLS_CRYPTO_RNG_H
#define TLS_CRYPTO_RNG_H

#include <stddef.h>
#include <stdint.h>

struct tls_rng {
	/* Fills out with n random bytes. 0, or a negative TLS_E_*: then nothing may be used. */
	int (*fill)(void *ptr, uint8_t *out, size_t n);
	void *ptr;
};

/* The kernel's generator. */
extern const struct tls_rng tls_rng_system;

/* Fills out with n bytes of rng (NULL: the kernel's). 0 or TLS_E_RANDOM_FAILED. */
int tls_rng_fill(const struct tls_rng *rng, void *out, size_t n)
    __attribute__((warn_unused_result));

#endif
