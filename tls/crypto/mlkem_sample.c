/* mlkem_sample.c - see mlkem_sample.h. SampleNTT (algorithm 7) on SHAKE128, SamplePolyCBD (algorithm 8) on SHAKE256. */
#include "mlkem_sample.h"

#include "../bytes/mem.h"
#include "sponge.h"

#define NOISE_LEN 128 /* 64 * eta */

/* Takes the candidates of one block that are below q; gives how many coefficients there are then. Where one isn't, the
 * next is written over it: rho is public, but a branch taken at random would cost more than all the rest. */
static unsigned take(int16_t c[TLS_MLKEM_N + 2], unsigned n, const uint8_t block[TLS_SPONGE_SHAKE128])
{
	for (unsigned i = 0; i < TLS_SPONGE_SHAKE128 && n < TLS_MLKEM_N; i += 3) {
		int a = block[i] | (block[i + 1] & 15) << 8, b = block[i + 1] >> 4 | block[i + 2] << 4;

		c[n] = (int16_t)a;
		n += a < TLS_MLKEM_Q;
		c[n] = (int16_t)b;
		n += b < TLS_MLKEM_Q;
	}
	return n;
}

static void sample(struct tls_mlkem_poly *p, const uint8_t rho[TLS_MLKEM_SEED_LEN], unsigned column, unsigned row)
{
	uint8_t index[2] = {(uint8_t)column, (uint8_t)row}, block[TLS_SPONGE_SHAKE128];
	int16_t c[TLS_MLKEM_N + 2];
	struct tls_sponge xof;
	unsigned n = 0;

	tls_sponge_init(&xof, TLS_SPONGE_SHAKE128);
	tls_sponge_absorb(&xof, rho, TLS_MLKEM_SEED_LEN);
	tls_sponge_absorb(&xof, index, sizeof(index));
	tls_sponge_finish(&xof, TLS_SPONGE_SHAKE);
	/* ends but with a chance that halves with each block: the fourth is hardly ever needed */
	while (n < TLS_MLKEM_N) {
		tls_sponge_squeeze(&xof, block, sizeof(block));
		n = take(c, n, block);
	}
	tls_mem_copy(p->c, c, sizeof(p->c));
}

void tls_mlkem_sample_row(struct tls_mlkem_vec *row, const uint8_t rho[TLS_MLKEM_SEED_LEN], unsigned i,
    unsigned transposed)
{
	for (unsigned j = 0; j < TLS_MLKEM_K; j++)
		sample(&row->p[j], rho, transposed ? i : j, transposed ? j : i);
}

void tls_mlkem_sample_noise(struct tls_mlkem_poly *p, const uint8_t seed[TLS_MLKEM_SEED_LEN], uint8_t nonce)
{
	struct tls_sponge prf;
	uint8_t bytes[NOISE_LEN];

	tls_sponge_init(&prf, TLS_SPONGE_SHAKE256);
	tls_sponge_absorb(&prf, seed, TLS_MLKEM_SEED_LEN);
	tls_sponge_absorb(&prf, &nonce, 1);
	tls_sponge_finish(&prf, TLS_SPONGE_SHAKE);
	tls_sponge_squeeze(&prf, bytes, sizeof(bytes));
	tls_mlkem_poly_noise(p, bytes);
	tls_mem_wipe(&prf, sizeof(prf));
	tls_mem_wipe(bytes, sizeof(bytes));
}
