/* ecc_test.c - points and scalars as bytes (group_test.c has the arithmetic). */
#include "hex.h"

#include "sig_figures.h"
#include "testrng.h"
#include "tls/crypto/ecc.h"
#include "tls/tls.h"

static const struct ecc_curve *curve(size_t i)
{
	return i == 0   ? nettle_get_secp_256r1()
	       : i == 1 ? nettle_get_secp_384r1()
			: nettle_get_secp_521r1();
}

static void lengths(void **state)
{
	static const size_t coord[] = {32, 48, 66}, point[] = {65, 97, 133};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(tls_ecc_coord_len(curve(i)), coord[i]);
		assert_int_equal(tls_ecc_point_len(curve(i)), point[i]);
		assert_true(coord[i] <= TLS_ECC_COORD_MAX_LEN);
		assert_true(point[i] <= TLS_ECC_POINT_MAX_LEN);
	}
}

/* RFC 6979 appendix A.2: the private key times the generator is the public key. */
static void scalar_times_generator(void **state)
{
	uint8_t out[TLS_ECC_POINT_MAX_LEN];
	struct ecc_scalar scalar;
	struct ecc_point point;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct hex x = unhex(ecdsa_figures[i].scalar), q = unhex(ecdsa_figures[i].point);

		ecc_scalar_init(&scalar, curve(i));
		ecc_point_init(&point, curve(i));
		assert_true(tls_ecc_scalar_read(&scalar, x.p, x.len));
		ecc_point_mul_g(&point, &scalar);
		tls_ecc_point_write(out, &point, curve(i));
		assert_memory_equal(out, q.p, q.len);
		tls_ecc_point_x(out, &point, curve(i));
		assert_memory_equal(out, q.p + 1, tls_ecc_coord_len(curve(i)));
		assert_true(tls_ecc_point_read(&point, curve(i), q.p, q.len));
		tls_ecc_point_write(out, &point, curve(i));
		assert_memory_equal(out, q.p, q.len);
		tls_ecc_scalar_clear(&scalar);
		tls_ecc_point_clear(&point);
	}
}

static void not_points(void **state)
{
	struct ecc_point point;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct hex q = unhex(ecdsa_figures[i].point);

		ecc_point_init(&point, curve(i));
		assert_false(tls_ecc_point_read(&point, curve(i), q.p, q.len - 1));
		assert_false(tls_ecc_point_read(&point, curve(i), q.p, q.len + 1));
		assert_false(tls_ecc_point_read(&point, curve(i), q.p, 0));
		assert_false(tls_ecc_point_read(&point, curve(i), q.p, 1));
		for (unsigned form = 0; form < 256; form++) {
			q.p[0] = (uint8_t)form;
			assert_int_equal(
			    tls_ecc_point_read(&point, curve(i), q.p, q.len), form == 4);
		}
		q.p[0] = 4;
		q.p[q.len - 1] ^= 1;
		assert_false(tls_ecc_point_read(&point, curve(i), q.p, q.len));
		tls_ecc_point_clear(&point);
	}
}

/* A coordinate with leading zeros keeps its length: k = the smallest one with a short x on P-256 is
 * found by search, and the point read back must be the same. */
static void short_coordinates_keep_their_length(void **state)
{
	uint8_t k[2], out[TLS_ECC_POINT_MAX_LEN], again[TLS_ECC_POINT_MAX_LEN];
	struct ecc_scalar scalar;
	struct ecc_point point;
	unsigned n_short = 0;

	(void)state;
	ecc_scalar_init(&scalar, curve(0));
	ecc_point_init(&point, curve(0));
	for (unsigned i = 1; i < 1000; i++) {
		k[0] = (uint8_t)(i >> 8);
		k[1] = (uint8_t)i;
		assert_true(tls_ecc_scalar_read(&scalar, k, 2));
		ecc_point_mul_g(&point, &scalar);
		tls_ecc_point_write(out, &point, curve(0));
		if (out[1] != 0 && out[33] != 0)
			continue;
		n_short++;
		assert_true(tls_ecc_point_read(&point, curve(0), out, 65));
		tls_ecc_point_write(again, &point, curve(0));
		assert_memory_equal(again, out, 65);
	}
	assert_true(n_short > 0);
	tls_ecc_scalar_clear(&scalar);
	tls_ecc_point_clear(&point);
}

static void scalars_out_of_range(void **state)
{
	struct hex n = unhex("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");
	uint8_t zeros[32] = {0};
	struct ecc_scalar scalar;

	(void)state;
	ecc_scalar_init(&scalar, curve(0));
	assert_false(tls_ecc_scalar_read(&scalar, zeros, 32));
	assert_false(tls_ecc_scalar_read(&scalar, zeros, 0));
	assert_false(tls_ecc_scalar_read(&scalar, n.p, 32));
	n.p[31]--;
	assert_true(tls_ecc_scalar_read(&scalar, n.p, 32));
	n.p[31] += 2;
	assert_false(tls_ecc_scalar_read(&scalar, n.p, 32));
	tls_ecc_scalar_clear(&scalar);
}

static void random_scalars(void **state)
{
	struct testrng t = {.counter = 1, .step = 3};
	struct tls_rng rng = {testrng_fill, &t};
	uint8_t out[TLS_ECC_COORD_MAX_LEN];
	struct ecc_scalar scalar, same;
	mpz_t a, b;

	(void)state;
	mpz_init(a);
	mpz_init(b);
	for (size_t i = 0; i < 3; i++) {
		ecc_scalar_init(&scalar, curve(i));
		ecc_scalar_init(&same, curve(i));
		assert_int_equal(tls_ecc_scalar_random(&scalar, out, curve(i), &rng), 0);
		assert_true(tls_ecc_scalar_read(&same, out, tls_ecc_coord_len(curve(i))));
		ecc_scalar_get(&scalar, a);
		ecc_scalar_get(&same, b);
		assert_int_equal(mpz_cmp(a, b), 0);
		t.fail_at = t.n_calls + 1;
		assert_int_equal(
		    tls_ecc_scalar_random(&scalar, out, curve(i), &rng), TLS_E_RANDOM_FAILED);
		tls_ecc_scalar_clear(&scalar);
		tls_ecc_scalar_clear(&same);
	}
	mpz_clear(a);
	mpz_clear(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(lengths),
	    cmocka_unit_test(scalar_times_generator),
	    cmocka_unit_test(not_points),
	    cmocka_unit_test(short_coordinates_keep_their_length),
	    cmocka_unit_test(scalars_out_of_range),
	    cmocka_unit_test(random_scalars),
	};

	return cmocka_run_group_tests_name("ecc", tests, NULL, NULL);
}
