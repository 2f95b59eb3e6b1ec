/* mlkem_bench.c - what post-quantum key exchange costs: the parts of ML-KEM-768, and full handshakes with each group, both
 * sides ours, over a wire in memory. CPU time of this process, in microseconds; a handshake's is told for each side. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <time.h>

#include "tests/lib/duo.h"
#include "tls/crypto/mlkem.h"

#define SECONDS 0.5

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

/* ---- ML-KEM */

static uint8_t public_key[TLS_MLKEM_PUBLIC_LEN], private_key[TLS_MLKEM_PRIVATE_LEN];
static uint8_t ciphertext[TLS_MLKEM_CIPHERTEXT_LEN], secret[TLS_MLKEM_SECRET_LEN];
static uint8_t seed[TLS_MLKEM_KEY_SEED_LEN];

static int generate(void)
{
	seed[0]++;
	tls_mlkem_generate(public_key, private_key, seed);
	return 0;
}

static int encapsulate(void)
{
	seed[1]++;
	return tls_mlkem_encapsulate(ciphertext, secret, public_key, sizeof(public_key), seed);
}

static int decapsulate(void)
{
	return tls_mlkem_decapsulate(secret, private_key, ciphertext, sizeof(ciphertext));
}

static void bench(const char *name, int (*func)(void))
{
	double start = now();
	unsigned n = 0;

	for (; now() - start < SECONDS * 1e6; n++)
		assert_int_equal(func(), 0);
	printf("ML-KEM-768 %-14s %8.1f us\n", name, (now() - start) / n);
}

/* ---- Handshakes */

struct sides {
	double server, client;
};

static void step(double *spent, tls_session_t s)
{
	double start = now();
	int err = tls_handshake(s);

	*spent += now() - start;
	assert_true(err == 0 || err == TLS_E_AGAIN);
}

static void handshake(struct sides *spent, const char *group, tls_workspace_t ws)
{
	tls_policy_t policy;
	struct duo d;

	duo_init(&d, NULL, NULL);
	assert_int_equal(tls_policy_init(&policy, "modern"), 0);
	assert_int_equal(tls_policy_add_group(policy, group), 0);
	assert_int_equal(tls_policy_set(d.client, policy), 0);
	assert_int_equal(tls_policy_set(d.server, policy), 0);
	tls_policy_deinit(policy);
	assert_int_equal(tls_session_set_workspace(d.client, ws), 0);
	assert_int_equal(tls_session_set_workspace(d.server, ws), 0);
	step(&spent->client, d.client);
	step(&spent->server, d.server);
	step(&spent->client, d.client);
	step(&spent->server, d.server);
	assert_int_equal(tls_session_get_flags(d.server) & TLS_SFLAGS_ESTABLISHED, TLS_SFLAGS_ESTABLISHED);
	duo_clear(&d);
}

static struct sides bench_handshake(const char *group, tls_workspace_t ws)
{
	struct sides spent = {0};
	unsigned n = 0;

	for (; spent.server + spent.client < 4 * SECONDS * 1e6; n++)
		handshake(&spent, group, ws);
	spent.server /= n;
	spent.client /= n;
	printf("handshake  %-18s server %7.1f us  client %7.1f us", group, spent.server, spent.client);
	return spent;
}

static void compare(const char *plain, const char *hybrid, tls_workspace_t ws)
{
	struct sides a, b;

	a = bench_handshake(plain, ws);
	printf("\n");
	b = bench_handshake(hybrid, ws);
	printf("   more: %+.1f us, %+.1f us\n", b.server - a.server, b.client - a.client);
}

int main(void)
{
	tls_workspace_t ws;

	bench("key pair", generate);
	bench("encapsulation", encapsulate);
	bench("decapsulation", decapsulate);
	assert_int_equal(tls_workspace_init(&ws, 4), 0);
	compare("x25519", "X25519MLKEM768", ws);
	compare("secp256r1", "SecP256r1MLKEM768", ws);
	tls_workspace_deinit(ws);
	return 0;
}
