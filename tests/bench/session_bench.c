/* session_bench.c - what a session costs: CPU time of a server's handshake for each kind of key and group,
 * of sealing and opening data for each suite, memory of an idle session. Over a wire in memory, only the
 * server's calls are counted. */
#include "tests/unit/unit.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/lib/pair.h"

#define SECONDS 0.4
#define N_IDLE 2000

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static tls_datum_t read_file(const char *name)
{
	static char path[4096];
	const char *top = getenv("top_srcdir");
	tls_datum_t d = {.data = malloc(65536)};
	FILE *f;

	snprintf(path, sizeof(path), "%s/tests/data/%s", top != NULL ? top : ".", name);
	f = fopen(path, "r");
	if (f == NULL) {
		perror(path);
		exit(2);
	}
	d.size = (unsigned)fread(d.data, 1, 65536, f);
	fclose(f);
	return d;
}

static tls_certificate_credentials_t credentials(const char *crt, const char *key)
{
	tls_datum_t c = read_file(crt), k = read_file(key);
	tls_certificate_credentials_t cred;

	assert_int_equal(tls_certificate_allocate_credentials(&cred), 0);
	assert_int_equal(tls_certificate_set_x509_key_mem(cred, &c, &k, TLS_X509_FMT_PEM), 0);
	free(c.data);
	free(k.data);
	return cred;
}

/* CPU seconds of one full handshake, the server's part. */
static double handshake(tls_certificate_credentials_t cred, tls_workspace_t ws, uint16_t group)
{
	struct pair p;
	double start, spent;

	pair_init(&p, cred);
	tls_session_set_workspace(p.server, ws);
	p.peer.groups[0] = p.peer.shares[0] = group;
	p.peer.n_groups = 1;
	peer_hello(&p.peer);
	start = now();
	assert_int_equal(tls_handshake(p.server), TLS_E_AGAIN);
	spent = now() - start;
	peer_run(&p.peer);
	start = now();
	assert_int_equal(tls_handshake(p.server), 0);
	spent += now() - start;
	pair_clear(&p);
	return spent;
}

static void bench_handshakes(tls_workspace_t ws)
{
	static const char *const keys[][2] = {{"p256.crt.pem", "p256.pkcs8.pem"},
	    {"p384.crt.pem", "p384.pkcs8.pem"}, {"p521.crt.pem", "p521.pkcs8.pem"},
	    {"ed25519.crt.pem", "ed25519.pkcs8.pem"}, {"rsa.crt.pem", "rsa.pkcs8.pem"}};
	static const uint16_t groups[] = {TLS_GROUP_X25519, TLS_GROUP_SECP256R1};

	for (unsigned i = 0; i < 5; i++) {
		tls_certificate_credentials_t cred = credentials(keys[i][0], keys[i][1]);

		for (unsigned k = 0; k < 2; k++) {
			double spent = 0;
			unsigned n = 0;

			for (; spent < SECONDS; n++)
				spent += handshake(cred, ws, groups[k]);
			printf("handshake  %-16s %-10s %8.0f us  %6.0f /s\n", keys[i][1],
			    tls_group_get_name(groups[k]), spent / n * 1e6, n / spent);
		}
		tls_certificate_free_credentials(cred);
	}
}

static void bench_data(tls_workspace_t ws, uint16_t suite)
{
	static uint8_t data[TLS_SEND_MAX_LEN], got[TLS_SEND_MAX_LEN];
	double start, sealing = 0, opening = 0;
	uint64_t n = 0;
	struct pair p;

	pair_init(&p, NULL);
	tls_session_set_workspace(p.server, ws);
	p.peer.suites[0] = suite;
	p.peer.n_suites = 1;
	pair_connect(&p);
	for (; sealing + opening < 2 * SECONDS; n += sizeof(data)) {
		for (unsigned i = 0; i < 4; i++)
			peer_send_record(&p.peer, 23, data + i * 16384, 16384);
		start = now();
		for (size_t have = 0; have < sizeof(data);)
			have += (size_t)tls_record_recv(p.server, got + have, sizeof(data) - have);
		opening += now() - start;
		start = now();
		assert_int_equal(tls_record_send(p.server, data, sizeof(data)), sizeof(data));
		sealing += now() - start;
		p.wire.s2c.start = p.wire.s2c.end;
	}
	printf("data       %-28s seal %6.0f MB/s  open %6.0f MB/s\n", tls_ciphersuite_get_name(suite),
	    (double)n / sealing / 1e6, (double)n / opening / 1e6);
	pair_clear(&p);
}

static void bench_memory(tls_workspace_t ws)
{
	static struct pair p[N_IDLE];
	size_t before, after;

	for (unsigned i = 0; i < N_IDLE; i++) {
		pair_init(&p[i], NULL);
		tls_session_set_workspace(p[i].server, ws);
		pair_connect(&p[i]);
	}
	before = mallinfo2().uordblks;
	for (unsigned i = 0; i < N_IDLE; i++)
		tls_deinit(p[i].server);
	after = mallinfo2().uordblks;
	printf("memory     idle session %zu bytes\n", (before - after) / N_IDLE);
	for (unsigned i = 0; i < N_IDLE; i++) {
		peer_clear(&p[i].peer);
		wire_clear(&p[i].wire);
	}
}

int main(void)
{
	tls_workspace_t ws;

	assert_int_equal(tls_workspace_init(&ws, 4), 0);
	bench_handshakes(ws);
	bench_data(ws, TLS_CIPHER_AES_128_GCM_SHA256);
	bench_data(ws, TLS_CIPHER_AES_256_GCM_SHA384);
	bench_data(ws, TLS_CIPHER_CHACHA20_POLY1305_SHA256);
	bench_memory(ws);
	tls_workspace_deinit(ws);
	return 0;
}
