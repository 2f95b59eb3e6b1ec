/* mlkem_sample_test.c - SampleNTT and SamplePolyCBD, read from a stream of bytes as FIPS 203 writes them down. That
 * the numbers of row and column stand in their order, mlkem_test shows. */
#include "unit.h"

#include <string.h>

#include "tls/crypto/mlkem_sample.h"
#include "tls/crypto/sponge.h"

static void begin(struct tls_sponge *s, unsigned rate, const uint8_t *seed, const uint8_t *more, size_t more_len)
{
	tls_sponge_init(s, rate);
	tls_sponge_absorb(s, seed, TLS_MLKEM_SEED_LEN);
	tls_sponge_absorb(s, more, more_len);
	tls_sponge_finish(s, TLS_SPONGE_SHAKE);
}

/* Algorithm 7, three bytes at a time. */
static void slow_sample(int *c, const uint8_t *rho, uint8_t j, uint8_t i)
{
	uint8_t index[2] = {j, i}, b[3];
	struct tls_sponge xof;

	begin(&xof, TLS_SPONGE_SHAKE128, rho, index, 2);
	for (unsigned n = 0; n < TLS_MLKEM_N;) {
		int d1, d2;

		tls_sponge_squeeze(&xof, b, 3);
		d1 = b[0] + 256 * (b[1] % 16);
		d2 = b[1] / 16 + 16 * b[2];
		if (d1 < TLS_MLKEM_Q)
			c[n++] = d1;
		if (d2 < TLS_MLKEM_Q && n < TLS_MLKEM_N)
			c[n++] = d2;
	}
}

static void rows(void **state)
{
	uint8_t rho[TLS_MLKEM_SEED_LEN];

	(void)state;
	for (unsigned round = 0; round < 200; round++) {
		unsigned i = round % 3, transposed = round / 3 % 2;
		struct tls_mlkem_vec row;

		memset(rho, (int)round, sizeof(rho));
		tls_mlkem_sample_row(&row, rho, i, transposed);
		for (unsigned j = 0; j < 3; j++) {
			int want[TLS_MLKEM_N];

			slow_sample(want, rho, (uint8_t)(transposed ? i : j), (uint8_t)(transposed ? j : i));
			for (unsigned n = 0; n < TLS_MLKEM_N; n++)
				assert_int_equal(row.p[j].c[n], want[n]);
		}
	}
}

static void noise(void **state)
{
	uint8_t seed[TLS_MLKEM_SEED_LEN] = {1, 2, 3}, bytes[128];

	(void)state;
	for (unsigned nonce = 0; nonce < 256; nonce++) {
		uint8_t n = (uint8_t)nonce;
		struct tls_mlkem_poly p, want;
		struct tls_sponge prf;

		begin(&prf, TLS_SPONGE_SHAKE256, seed, &n, 1);
		tls_sponge_squeeze(&prf, bytes, sizeof(bytes));
		tls_mlkem_poly_noise(&want, bytes);
		tls_mlkem_sample_noise(&p, seed, n);
		assert_memory_equal(&p, &want, sizeof(p));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(rows),
	    cmocka_unit_test(noise),
	};

	return cmocka_run_group_tests_name("mlkem_sample", tests, NULL, NULL);
}
