/* steps_test.c - the step tables against a second description of the handshake, typed from RFC 8446
 * appendix A.2 (the server's state machine) and appendix D.4 (change_cipher_spec). */
#include "unit.h"

#include <stdbool.h>

#include "tls/hs/hs.h"
#include "tls/state.h"

enum state {
	START,
	RECVD_CH,
	SENT_SH,
	SENT_EE,
	SENT_CERT,
	SENT_CV,
	WAIT_FLIGHT2, /* without 0-RTT it goes on to WAIT_FINISHED when no client certificate is
			 asked for */
	CONNECTED,
};

/* An arrow of the diagram. send, recv: the keys that our, the peer's direction has behind it. */
static const struct arrow {
	enum state from, to;
	bool by_client;
	unsigned message;
	int send_keys, recv_keys; /* -1: the same as before */
	bool when_retry;
} diagram[] = {
    {START, RECVD_CH, true, 1, -1, -1, false},
    /* "Send HelloRetryRequest" leads back to START; it is a ServerHello on the wire */
    {RECVD_CH, START, false, 2, -1, -1, true},
    {RECVD_CH, SENT_SH, false, 2, TLS_KEYS_HANDSHAKE, -1, false},
    {SENT_SH, SENT_EE, false, 8, -1, -1, false},
    {SENT_EE, SENT_CERT, false, 11, -1, -1, false},
    {SENT_CERT, SENT_CV, false, 15, -1, -1, false},
    /* "K_send = application", and without 0-RTT "K_recv = handshake" */
    {SENT_CV, WAIT_FLIGHT2, false, 20, TLS_KEYS_TRAFFIC, TLS_KEYS_HANDSHAKE, false},
    {WAIT_FLIGHT2, CONNECTED, true, 20, -1, TLS_KEYS_TRAFFIC, false},
};

/* A message as it is on the wire: what, by whom, and under which keys. */
struct event {
	unsigned message;
	bool by_client;
	int keys;
};

#define MAX_EVENTS 16

static unsigned walk_diagram(struct event *events, bool retry)
{
	int send = TLS_KEYS_SAME, recv = TLS_KEYS_SAME; /* none yet */
	enum state at = START;
	unsigned n = 0;

	while (at != CONNECTED) {
		const struct arrow *a = diagram;

		while (a->from != at || (a->from == RECVD_CH && a->when_retry != retry))
			a++;
		retry = retry && !a->when_retry;
		assert_true(n < MAX_EVENTS);
		events[n++] = (struct event){a->message, a->by_client, a->by_client ? recv : send};
		send = a->send_keys >= 0 ? a->send_keys : send;
		recv = a->recv_keys >= 0 ? a->recv_keys : recv;
		at = a->to;
	}
	return n;
}

static unsigned walk_tables(struct event *events, bool retry)
{
	struct tls_hs hs = {.retry = retry};
	struct tls_session_st s = {.flags = TLS_SERVER, .hs = &hs};
	int c2s = TLS_KEYS_SAME, s2c = TLS_KEYS_SAME;
	unsigned n = 0;

	for (const struct tls_step *step = tls_steps_hello; step != NULL;) {
		if (step->when == NULL || !step->when(&s)) {
			step = step->when == NULL ? step->next : step + 1;
			continue;
		}
		assert_true(n < MAX_EVENTS);
		events[n++] = (struct event){step->message, step->sender == TLS_CLIENT,
		    step->sender == TLS_CLIENT ? c2s : s2c};
		c2s = step->c2s != TLS_KEYS_SAME ? step->c2s : c2s;
		s2c = step->s2c != TLS_KEYS_SAME ? step->s2c : s2c;
		step++;
	}
	/* what the established session has */
	assert_int_equal(c2s, TLS_KEYS_TRAFFIC);
	assert_int_equal(s2c, TLS_KEYS_TRAFFIC);
	return n;
}

static void tables_are_the_diagram(void **state)
{
	(void)state;
	for (unsigned retry = 0; retry <= 1; retry++) {
		struct event want[MAX_EVENTS], got[MAX_EVENTS];
		unsigned n = walk_diagram(want, retry != 0);

		assert_int_equal(walk_tables(got, retry != 0), n);
		assert_int_equal(n, retry != 0 ? 9 : 7);
		for (unsigned i = 0; i < n; i++) {
			assert_int_equal(got[i].message, want[i].message);
			assert_int_equal(got[i].by_client, want[i].by_client);
			assert_int_equal(got[i].keys, want[i].keys);
		}
	}
}

static unsigned rows_of(const struct tls_step *table)
{
	unsigned n = 0;

	while (table[n].when != NULL) {
		n++;
		assert_true(n < MAX_EVENTS);
	}
	return n;
}

/* Every row has what its sender needs, and only the last one leads on. */
static void rows_are_whole(void **state)
{
	const struct tls_step *tables[] = {tls_steps_hello, tls_steps_13};

	(void)state;
	for (unsigned t = 0; t < 2; t++) {
		unsigned n = rows_of(tables[t]);

		for (unsigned i = 0; i < n; i++) {
			const struct tls_step *step = &tables[t][i];

			assert_true(step->sender == TLS_SERVER || step->sender == TLS_CLIENT);
			assert_true(step->sender != TLS_SERVER || step->send != NULL);
			assert_true(step->sender != TLS_CLIENT || step->recv != NULL);
			assert_null(step->next);
		}
		assert_ptr_equal(tables[t][n].next, t == 0 ? tls_steps_13 : NULL);
	}
}

/* The two directions change independently: a message changes its sender's keys, and only
 * ServerHello, with which the handshake secrets begin, changes both. */
static void keys_follow_the_sender(void **state)
{
	const struct tls_step *tables[] = {tls_steps_hello, tls_steps_13};

	(void)state;
	for (unsigned t = 0; t < 2; t++)
		for (const struct tls_step *step = tables[t]; step->when != NULL; step++) {
			if (step->message == TLS_HANDSHAKE_SERVER_HELLO)
				continue;
			assert_true(step->sender == TLS_SERVER || step->s2c == TLS_KEYS_SAME);
			assert_true(step->sender == TLS_CLIENT || step->c2s == TLS_KEYS_SAME);
		}
}

/* Appendix D.4: behind the first ServerHello or HelloRetryRequest, nowhere else. */
static void compatibility_ccs(void **state)
{
	const struct tls_step *tables[] = {tls_steps_hello, tls_steps_13};

	(void)state;
	for (unsigned t = 0; t < 2; t++)
		for (const struct tls_step *step = tables[t]; step->when != NULL; step++)
			assert_int_equal((step->flags & TLS_STEP_COMPAT_CCS) != 0,
			    step->message == TLS_HANDSHAKE_SERVER_HELLO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(tables_are_the_diagram),
	    cmocka_unit_test(rows_are_whole),
	    cmocka_unit_test(keys_follow_the_sender),
	    cmocka_unit_test(compatibility_ccs),
	};

	return cmocka_run_group_tests_name("steps", tests, NULL, NULL);
}
