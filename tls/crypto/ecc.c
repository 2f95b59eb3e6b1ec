/* ecc.c - see ecc.h. */
#include "ecc.h"

#include "../bytes/mem.h"
#include "../tls.h"
#include "mpz.h"

/* Scalars are drawn until one is in range. Less than one in 2^32 is not (P-256), so that this many
 * in a row tell of a broken generator. */
#define MAX_DRAWS 8

size_t tls_ecc_coord_len(const struct ecc_curve *curve)
{
	return (ecc_bit_size(curve) + 7) / 8;
}

size_t tls_ecc_point_len(const struct ecc_curve *curve)
{
	return 1 + 2 * tls_ecc_coord_len(curve);
}

bool tls_ecc_point_read(
    struct ecc_point *point, const struct ecc_curve *curve, const uint8_t *p, size_t len)
{
	size_t coord_len = tls_ecc_coord_len(curve);
	mpz_t x, y;
	bool good;

	if (len != 1 + 2 * coord_len || p[0] != 4)
		return false;
	mpz_init(x);
	mpz_init(y);
	tls_mpz_set_bytes(x, p + 1, coord_len);
	tls_mpz_set_bytes(y, p + 1 + coord_len, coord_len);
	good = ecc_point_set(point, x, y) != 0;
	mpz_clear(x);
	mpz_clear(y);
	return good;
}

void tls_ecc_point_write(uint8_t *out, const struct ecc_point *point, const struct ecc_curve *curve)
{
	size_t coord_len = tls_ecc_coord_len(curve);
	mpz_t x, y;

	mpz_init(x);
	mpz_init(y);
	ecc_point_get(point, x, y);
	out[0] = 4;
	tls_mpz_get_bytes(out + 1, coord_len, x);
	tls_mpz_get_bytes(out + 1 + coord_len, coord_len, y);
	mpz_clear(x);
	mpz_clear(y);
}

void tls_ecc_point_x(uint8_t *out, const struct ecc_point *point, const struct ecc_curve *curve)
{
	mpz_t x;

	mpz_init(x);
	ecc_point_get(point, x, NULL);
	tls_mpz_get_bytes(out, tls_ecc_coord_len(curve), x);
	tls_mpz_clear_wiped(x);
}

bool tls_ecc_scalar_read(struct ecc_scalar *scalar, const uint8_t *p, size_t len)
{
	mpz_t z;
	bool good;

	mpz_init(z);
	tls_mpz_set_bytes(z, p, len);
	good = ecc_scalar_set(scalar, z) != 0;
	tls_mpz_clear_wiped(z);
	return good;
}

int tls_ecc_scalar_random(struct ecc_scalar *scalar, uint8_t *out, const struct ecc_curve *curve,
    const struct tls_rng *rng)
{
	size_t len = tls_ecc_coord_len(curve);
	unsigned spare_bits = (unsigned)(8 * len) - ecc_bit_size(curve);
	int ret;

	for (unsigned i = 0; i < MAX_DRAWS; i++) {
		ret = tls_rng_fill(rng, out, len);
		if (ret < 0)
			return ret;
		out[0] &= (uint8_t)(0xff >> spare_bits);
		if (tls_ecc_scalar_read(scalar, out, len))
			return 0;
	}
	tls_mem_wipe(out, len);
	return TLS_E_RANDOM_FAILED;
}

void tls_ecc_scalar_clear(struct ecc_scalar *scalar)
{
	tls_mem_wipe(scalar->p, (size_t)ecc_size(scalar->ecc) * sizeof(mp_limb_t));
	ecc_scalar_clear(scalar);
}

void tls_ecc_point_clear(struct ecc_point *point)
{
	tls_mem_wipe(point->p, (size_t)ecc_size_a(point->ecc) * sizeof(mp_limb_t));
	ecc_point_clear(point);
}
