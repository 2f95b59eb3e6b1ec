/* resume_bench.c - what a handshake costs each side, full and resumed, in both versions: CPU time between two
 * sessions of ours over a wire in memory, with an ECDSA P-256 certificate and X25519. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <time.h>

#include "tests/lib/pair.h"
#include "tests/lib/resumed.h"

#define SECONDS 0.4

struct cost {
	double server, client;
	unsigned n;
};

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int timed(double *spent, tls_session_t session)
{
	double start = now();
	int err = tls_handshake(session);

	*spent += now() - start;
	return err;
}

static void handshake(struct duo *d, struct cost *cost)
{
	d->client_err = d->server_err = TLS_E_AGAIN;
	while (d->client_err == TLS_E_AGAIN || d->server_err == TLS_E_AGAIN) {
		if (d->client_err == TLS_E_AGAIN)
			d->client_err = timed(&cost->client, d->client);
		if (d->server_err == TLS_E_AGAIN)
			d->server_err = timed(&cost->server, d->server);
	}
	assert_int_equal(d->client_err, 0);
	assert_int_equal(d->server_err, 0);
	cost->n++;
}

/* The client's data stays that of the first session: each of these resumes it. */
static void bench(struct resumed *r, bool resumed)
{
	struct cost cost = {.n = 0};
	struct duo d;

	while (cost.server + cost.client < 2 * SECONDS) {
		resumed_begin(r, &d);
		handshake(&d, &cost);
		assert_int_equal(tls_session_is_resumed(d.server), resumed);
		duo_clear(&d);
	}
	printf("handshake  %s %-8s server %6.0f us  client %6.0f us\n", tls_protocol_get_name(r->version),
	    resumed ? "resumed" : "full", cost.server / cost.n * 1e6, cost.client / cost.n * 1e6);
}

int main(void)
{
	static const tls_protocol_t versions[] = {TLS_1_3, TLS_1_2};

	for (unsigned i = 0; i < 2; i++) {
		struct resumed r;

		resumed_init(&r, versions[i], RESUMED_TICKETS);
		r.cred = pair_credentials();
		bench(&r, false);
		assert_false(resumed_session(&r));
		bench(&r, true);
		resumed_clear(&r);
	}
	return 0;
}
