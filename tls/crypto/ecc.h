/* ecc.h - inside crypto: the NIST curves, their points and scalars as byte strings.
 *
 * Points are uncompressed (0x04 || x || y, RFC 8446 section 4.2.8.2) and checked to be on the
 * curve. Scalars are in [1, n-1] and wiped.
 */
#ifndef TLS_CRYPTO_ECC_H
#define TLS_CRYPTO_ECC_H

#include <nettle/ecc-curve.h>
#include <nettle/ecc.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rng.h"

#define TLS_ECC_COORD_MAX_LEN 66
#define TLS_ECC_POINT_MAX_LEN (1 + 2 * TLS_ECC_COORD_MAX_LEN)

/* Bytes of a coordinate, a scalar (the order is as long), and a point. */
size_t tls_ecc_coord_len(const struct ecc_curve *curve);
size_t tls_ecc_point_len(const struct ecc_curve *curve);

/* point, initialised, from its bytes. False if they aren't a point of the curve. */
bool tls_ecc_point_read(struct ecc_point *point, const struct ecc_curve *curve, const uint8_t *p,
    size_t len) __attribute__((warn_unused_result));

/* tls_ecc_point_len bytes. */
void tls_ecc_point_write(
    uint8_t *out, const struct ecc_point *point, const struct ecc_curve *curve);

/* The x coordinate alone: tls_ecc_coord_len bytes. */
void tls_ecc_point_x(uint8_t *out, const struct ecc_point *point, const struct ecc_curve *curve);

/* scalar, initialised, from len bytes; false if it isn't in [1, n-1]. */
bool tls_ecc_scalar_read(struct ecc_scalar *scalar, const uint8_t *p, size_t len)
    __attribute__((warn_unused_result));

/* A uniformly random scalar (initialised), and its tls_ecc_coord_len bytes. 0 or
 * TLS_E_RANDOM_FAILED. */
int tls_ecc_scalar_random(struct ecc_scalar *scalar, uint8_t *out, const struct ecc_curve *curve,
    const struct tls_rng *rng) __attribute__((warn_unused_result));

/* Wipes and releases. */
void tls_ecc_scalar_clear(struct ecc_scalar *scalar);
void tls_ecc_point_clear(struct ecc_point *point);

#endif
