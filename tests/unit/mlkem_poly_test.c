/* mlkem_poly_test.c - the arithmetic against the definitions of FIPS 203, computed the slow way: with divisions, and
 * products of polynomials coefficient by coefficient. */
#include "unit.h"

#include <string.h>

#include "tls/crypto/mlkem_poly.c"

static unsigned seed = 1;

static unsigned draw(void)
{
	seed = seed * 1103515245u + 12345u;
	return seed >> 16 & 0x7fff;
}

/* v in [0, q). */
static int mod_q(int64_t v)
{
	int r = (int)(v % Q);

	return r < 0 ? r + Q : r;
}

static void random_poly(struct tls_mlkem_poly *p)
{
	for (unsigned i = 0; i < N; i++)
		p->c[i] = (int16_t)(draw() % Q - (draw() % 2 ? Q - 1 : 0));
}

/* Product of X^256 + 1. */
static void slow_product(int *out, const struct tls_mlkem_poly *a, const struct tls_mlkem_poly *b)
{
	int64_t sum[2 * N] = {0};

	for (unsigned i = 0; i < N; i++)
		for (unsigned k = 0; k < N; k++)
			sum[i + k] += a->c[i] * b->c[k];
	for (unsigned i = 0; i < N; i++)
		out[i] = mod_q(sum[i] - sum[i + N]);
}

static void assert_poly(const struct tls_mlkem_poly *p, const int *want)
{
	for (unsigned i = 0; i < N; i++) {
		assert_in_range(p->c[i] + Q - 1, 0, 2 * Q - 2);
		assert_int_equal(mod_q(p->c[i]), want[i]);
	}
}

/* ---- Numbers */

static void zetas_are_powers_of_17(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 128; i++) {
		unsigned reversed = 0;
		int64_t power = 65536;

		for (unsigned bit = 0; bit < 7; bit++)
			reversed |= (i >> bit & 1) << (6 - bit);
		for (unsigned n = 0; n < reversed; n++)
			power = power * 17 % Q;
		assert_int_equal(mod_q(zetas[i]), power % Q);
		assert_in_range(zetas[i] + Q / 2, 0, Q - 1);
	}
	assert_int_equal((uint16_t)(Q * Q_INVERSE), 1);
	assert_int_equal(mod_q((int64_t)65536 * 65536), R_SQUARED);
	assert_int_equal(mod_q((int64_t)LAST_FACTOR * 128), R_SQUARED);
}

static void reductions(void **state)
{
	(void)state;
	for (int v = INT16_MIN; v <= INT16_MAX; v++) {
		assert_in_range(barrett((int16_t)v) + Q / 2 + 1, 0, Q + 1);
		assert_int_equal(mod_q(barrett((int16_t)v)), mod_q(v));
		assert_int_equal(canonical((int16_t)v), mod_q(v));
	}
	for (int64_t v = -(int64_t)Q * 32768 + 1; v < (int64_t)Q * 32768; v += 997) {
		assert_in_range(montgomery((int32_t)v) + Q - 1, 0, 2 * Q - 2);
		assert_int_equal(mod_q((int64_t)montgomery((int32_t)v) * 65536), mod_q(v));
	}
}

/* Section 4.2.1, for every coefficient in both forms: the nearest integer to 2^d / q x, halves up. */
static void compression(void **state)
{
	static const unsigned bits[] = {1, 4, 10};

	(void)state;
	for (unsigned b = 0; b < 3; b++) {
		unsigned d = bits[b];

		for (int x = 0; x < Q; x++) {
			unsigned want = (unsigned)((2 * ((unsigned)x << d) + Q) / (2 * Q)) % (1u << d);

			assert_int_equal(compress((int16_t)x, d), want);
			assert_int_equal(compress((int16_t)(x - Q), d), want);
		}
	}
}

/* Each value of d bits, decompressed by the definition and compressed to itself. */
static void decompression(void **state)
{
	static const unsigned bits[] = {1, 4, 10};
	uint8_t bytes[320], again[320];
	struct tls_mlkem_poly p;

	(void)state;
	for (unsigned b = 0; b < 3; b++) {
		unsigned d = bits[b], len = 32 * d;

		for (unsigned n = 0; n < len; n++)
			bytes[n] = (uint8_t)draw();
		tls_mlkem_poly_decompress(&p, bytes, d);
		for (unsigned i = 0; i < N; i++) {
			unsigned y = 0;

			for (unsigned bit = 0; bit < d; bit++)
				y |= (unsigned)(bytes[(i * d + bit) / 8] >> (i * d + bit) % 8 & 1) << bit;
			assert_int_equal(p.c[i], (2 * Q * y + (1u << d)) / (2u << d));
		}
		tls_mlkem_poly_compress(again, &p, d);
		assert_memory_equal(again, bytes, len);
	}
}

/* ---- Polynomials */

static void products(void **state)
{
	(void)state;
	for (unsigned round = 0; round < 20; round++) {
		struct tls_mlkem_vec a, b;
		struct tls_mlkem_poly got;
		int want[N] = {0}, one[N];

		for (unsigned k = 0; k < TLS_MLKEM_K; k++) {
			random_poly(&a.p[k]);
			random_poly(&b.p[k]);
			slow_product(one, &a.p[k], &b.p[k]);
			for (unsigned i = 0; i < N; i++)
				want[i] = mod_q(want[i] + one[i]);
			tls_mlkem_poly_ntt(&a.p[k]);
			tls_mlkem_poly_ntt(&b.p[k]);
		}
		tls_mlkem_poly_multiply(&got, &a, &b);
		tls_mlkem_poly_inverse(&got);
		assert_poly(&got, want);
	}
}

/* The largest magnitudes that the comments promise to bear. */
static void products_of_the_largest(void **state)
{
	(void)state;
	for (unsigned signs = 0; signs < 4; signs++) {
		struct tls_mlkem_vec a, b;
		struct tls_mlkem_poly got;
		int16_t y = signs & 1 ? Q - 1 : 1 - Q;

		for (unsigned k = 0; k < TLS_MLKEM_K; k++)
			for (unsigned i = 0; i < N; i++) {
				a.p[k].c[i] = 4095;
				b.p[k].c[i] = signs & 2 && i % 2 ? (int16_t)-y : y;
			}
		tls_mlkem_poly_multiply(&got, &a, &b);
		for (unsigned i = 0; i < N; i += 2) {
			int64_t x0 = b.p[0].c[i], x1 = b.p[0].c[i + 1];
			int64_t zeta = mod_q((int64_t)zetas[64 + i / 4] * (i % 4 ? -1 : 1)) * (int64_t)mod_q(169);

			/* zetas and the results have factors 2^16 and 2^-16, whose product with 169 (2^-16 modulo q) */
			assert_int_equal(mod_q(got.c[i] * (int64_t)65536),
			    mod_q(3 * 4095 * (x0 + x1 * (zeta % Q))));
			assert_int_equal(mod_q(got.c[i + 1] * (int64_t)65536), mod_q(3 * 4095 * (x0 + x1)));
		}
	}
}

static void transform_and_back(void **state)
{
	struct tls_mlkem_poly p, q;
	int want[N];

	(void)state;
	for (unsigned round = 0; round < 40; round++) {
		random_poly(&p);
		for (unsigned i = 0; i < N; i++) {
			if (round < 2)
				p.c[i] = (int16_t)(round == 0 ? Q - 1 : 1 - Q);
			want[i] = mod_q((int64_t)p.c[i] * 65536);
		}
		q = p;
		tls_mlkem_poly_ntt(&q);
		tls_mlkem_poly_inverse(&q);
		assert_poly(&q, want);
		tls_mlkem_poly_restore(&p);
		assert_poly(&p, want);
	}
}

static void sums(void **state)
{
	struct tls_mlkem_poly a, b, sum, less;
	int want[N], want_less[N];

	(void)state;
	for (unsigned i = 0; i < N; i++) {
		a.c[i] = (int16_t)(draw() % (8 * Q) - 4 * Q);
		b.c[i] = (int16_t)(draw() % (8 * Q) - 4 * Q);
		want[i] = mod_q(a.c[i] + b.c[i]);
		want_less[i] = mod_q(b.c[i] - a.c[i]);
	}
	sum = less = a;
	tls_mlkem_poly_add(&sum, &b);
	assert_poly(&sum, want);
	tls_mlkem_poly_subtract_from(&less, &b);
	assert_poly(&less, want_less);
}

static void bytes(void **state)
{
	uint8_t in[TLS_MLKEM_POLY_LEN], out[TLS_MLKEM_POLY_LEN];
	struct tls_mlkem_poly p;

	(void)state;
	for (unsigned i = 0; i < sizeof(in); i++)
		in[i] = (uint8_t)draw();
	tls_mlkem_poly_decode(&p, in);
	for (unsigned i = 0; i < N; i++) {
		unsigned v = 0;

		for (unsigned bit = 0; bit < 12; bit++)
			v |= (unsigned)(in[(12 * i + bit) / 8] >> (12 * i + bit) % 8 & 1) << bit;
		assert_int_equal(p.c[i], v);
		p.c[i] = (int16_t)mod_q(p.c[i]);
	}
	tls_mlkem_poly_encode(out, &p);
	tls_mlkem_poly_decode(&p, out);
	for (unsigned i = 0; i < N; i++)
		p.c[i] = (int16_t)(p.c[i] - Q);
	tls_mlkem_poly_encode(in, &p);
	assert_memory_equal(in, out, sizeof(in));
}

/* Algorithm 8, bit by bit. */
static void noise(void **state)
{
	struct tls_mlkem_poly p;
	uint8_t in[128];

	(void)state;
	for (unsigned i = 0; i < sizeof(in); i++)
		in[i] = (uint8_t)(i < 64 ? draw() : 0xf0 + i);
	tls_mlkem_poly_noise(&p, in);
	for (unsigned i = 0; i < N; i++) {
		int bit[4];

		for (unsigned k = 0; k < 4; k++)
			bit[k] = in[(4 * i + k) / 8] >> (4 * i + k) % 8 & 1;
		assert_int_equal(p.c[i], bit[0] + bit[1] - bit[2] - bit[3]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(zetas_are_powers_of_17),
	    cmocka_unit_test(reductions),
	    cmocka_unit_test(compression),
	    cmocka_unit_test(decompression),
	    cmocka_unit_test(products),
	    cmocka_unit_test(products_of_the_largest),
	    cmocka_unit_test(transform_and_back),
	    cmocka_unit_test(sums),
	    cmocka_unit_test(bytes),
	    cmocka_unit_test(noise),
	};

	return cmocka_run_group_tests_name("mlkem_poly", tests, NULL, NULL);
}
