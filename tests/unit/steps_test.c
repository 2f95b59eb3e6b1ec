/* steps_test.c - the step tables against a second description of the handshake, typed from the diagrams of
 * RFC 8446 appendix A (both roles' state machines) and appendix D.4 (change_cipher_spec); that of TLS 1.2 from
 * RFC 5246's figure 1. */
#include "unit.h"

#include <stdbool.h>

#include "tls/hs/hs.h"
#include "tls/state.h"

/* What a handshake has in it. */
#define RETRY 1u
#define ASK 2u /* the server asks for a certificate */
#define CERT 4u /* and the client has one */
#define STATUS 8u /* TLS 1.2: the server has an OCSP response, and says so */
#define TICKET 32u /* TLS 1.2: the server has announced a NewSessionTicket */
#define PSK 16u /* it is a resumption; then nobody is asked (section 4.3.2) */

enum state {
	START,
	/* a server's */
	RECVD_CH,
	SENT_SH,
	SENT_EE,
	SENT_CR,
	SENT_CERT,
	SENT_CV,
	WAIT_FLIGHT2,
	/* a client's */
	WAIT_SH,
	WAIT_EE,
	WAIT_CERT_CR,
	WAIT_CERT, /* of both */
	WAIT_CV, /* of both */
	WAIT_FINISHED, /* of both */
	FLIGHT2,
	FLIGHT2_CERT,
	FLIGHT2_END,
	CONNECTED,
};

/* An arrow of a diagram, taken when all of need and nothing of without is in the handshake; a used
 * RETRY is gone. send, recv: the keys that our, the peer's direction has behind it. */
struct arrow {
	enum state from, to;
	bool by_client;
	unsigned message;
	int send_keys, recv_keys; /* -1: the same as before */
	unsigned need, without;
};

#define HS TLS_KEYS_HANDSHAKE
#define AP TLS_KEYS_TRAFFIC

/* Appendix A.2. */
static const struct arrow of_server[] = {
    {START, RECVD_CH, true, 1, -1, -1, 0, 0},
    /* "Send HelloRetryRequest" leads back to START; it is a ServerHello on the wire */
    {RECVD_CH, START, false, 2, -1, -1, RETRY, 0},
    {RECVD_CH, SENT_SH, false, 2, HS, -1, 0, RETRY},
    {SENT_SH, SENT_EE, false, 8, -1, -1, 0, 0},
    {SENT_EE, SENT_CR, false, 13, -1, -1, ASK, 0},
    {SENT_EE, SENT_CERT, false, 11, -1, -1, 0, ASK | PSK},
    {SENT_EE, WAIT_FLIGHT2, false, 20, AP, HS, PSK, 0},
    {SENT_CR, SENT_CERT, false, 11, -1, -1, 0, 0},
    {SENT_CERT, SENT_CV, false, 15, -1, -1, 0, 0},
    /* "K_send = application", and without 0-RTT "K_recv = handshake" */
    {SENT_CV, WAIT_FLIGHT2, false, 20, AP, HS, 0, 0},
    {WAIT_FLIGHT2, CONNECTED, true, 20, -1, AP, 0, ASK},
    {WAIT_FLIGHT2, WAIT_CV, true, 11, -1, -1, ASK | CERT, 0},
    {WAIT_FLIGHT2, WAIT_FINISHED, true, 11, -1, -1, ASK, CERT},
    {WAIT_CV, WAIT_FINISHED, true, 15, -1, -1, 0, 0},
    {WAIT_FINISHED, CONNECTED, true, 20, -1, AP, 0, 0},
};

/* Appendix A.1. */
static const struct arrow of_client[] = {
    {START, WAIT_SH, true, 1, -1, -1, 0, 0},
    {WAIT_SH, START, false, 2, -1, -1, RETRY, 0},
    {WAIT_SH, WAIT_EE, false, 2, -1, HS, 0, RETRY}, /* "K_recv = handshake" */
    {WAIT_EE, WAIT_CERT_CR, false, 8, -1, -1, 0, PSK}, /* "Using certificate" */
    {WAIT_EE, WAIT_FINISHED, false, 8, -1, -1, PSK, 0}, /* "Using PSK" */
    {WAIT_CERT_CR, WAIT_CERT, false, 13, -1, -1, ASK, 0},
    {WAIT_CERT_CR, WAIT_CV, false, 11, -1, -1, 0, ASK},
    {WAIT_CERT, WAIT_CV, false, 11, -1, -1, 0, 0},
    {WAIT_CV, WAIT_FINISHED, false, 15, -1, -1, 0, 0},
    {WAIT_FINISHED, FLIGHT2, false, 20, HS, -1, 0, 0}, /* "K_send = handshake" */
    {FLIGHT2, FLIGHT2_CERT, true, 11, -1, -1, ASK, 0}, /* "[Send Certificate [+ CertificateVerify]]" */
    {FLIGHT2, CONNECTED, true, 20, AP, AP, 0, ASK},
    {FLIGHT2_CERT, FLIGHT2_END, true, 15, -1, -1, CERT, 0},
    {FLIGHT2_CERT, CONNECTED, true, 20, AP, AP, 0, CERT},
    {FLIGHT2_END, CONNECTED, true, 20, AP, AP, 0, 0},
};

/* A message as it is on the wire: what, by whom, and under which keys. */
struct event {
	unsigned message;
	bool by_client;
	int keys;
};

#define MAX_EVENTS 16

static bool taken(const struct arrow *a, enum state at, unsigned what)
{
	return a->from == at && (a->need & what) == a->need && (a->without & what) == 0;
}

static unsigned walk_diagram(struct event *events, bool client, unsigned what)
{
	int send = TLS_KEYS_SAME, recv = TLS_KEYS_SAME; /* none yet */
	enum state at = START;
	unsigned n = 0;

	while (at != CONNECTED) {
		const struct arrow *a = client ? of_client : of_server;

		while (!taken(a, at, what))
			a++;
		if ((a->need & RETRY) != 0)
			what &= ~RETRY;
		assert_true(n < MAX_EVENTS);
		events[n++] =
		    (struct event){a->message, a->by_client, a->by_client == client ? send : recv};
		send = a->send_keys >= 0 ? a->send_keys : send;
		recv = a->recv_keys >= 0 ? a->recv_keys : recv;
		at = a->to;
	}
	return n;
}

/* What a client finds only when the message is there. */
static bool is_missing(const struct tls_step *step, bool client, unsigned what)
{
	if (!client || (step->flags & TLS_STEP_MAYBE) == 0)
		return false;
	if (step->message == TLS_HANDSHAKE_CERTIFICATE_STATUS)
		return (what & STATUS) == 0;
	return (what & (step->message == TLS_HANDSHAKE_SERVER_HELLO ? RETRY : ASK)) == 0;
}

static unsigned walk_tables(struct event *events, bool client, unsigned what)
{
	static const struct tls_cred_entry entry;
	struct tls_hs hs = {.retry = (what & RETRY) != 0};
	struct tls_session_st s = {.flags = client ? TLS_CLIENT : TLS_SERVER, .hs = &hs};
	int c2s = TLS_KEYS_SAME, s2c = TLS_KEYS_SAME;
	unsigned n = 0;

	s.resumed = (what & PSK) != 0;
	s.cert_asked = (what & ASK) != 0;
	s.cert_request = s.cert_asked ? TLS_CERT_REQUEST : TLS_CERT_IGNORE;
	if ((what & CERT) != 0 && client)
		hs.choice.entry = &entry;
	else if ((what & CERT) != 0)
		hs.peer_key = (struct tls_pubkey *)&hs; /* only asked whether it is there */
	for (const struct tls_step *step = tls_steps_hello; step != NULL;) {
		if (step->when == NULL || (step->next != NULL && step->when(&s))) {
			step = step->next;
			continue;
		}
		if (!step->when(&s) || is_missing(step, client, what)) {
			step++;
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

#define CHANGE 276 /* no message: the record of that type, 256 + 20 */

/* A way through TLS 1.2, without the keys of TLS 1.3's handshake, which tls_keys12_change doesn't know. */
static unsigned walk_tables12(struct event *events, bool client, unsigned what)
{
	static const struct tls_cred_entry entry;
	struct tls_hs hs = {.status = (what & STATUS) != 0, .ticket_due = (what & TICKET) != 0};
	struct tls_session_st s = {.flags = client ? TLS_CLIENT : TLS_SERVER,
	    .hs = &hs,
	    .version = TLS_1_2,
	    .resumed = (what & PSK) != 0};
	int c2s = TLS_KEYS_SAME, s2c = TLS_KEYS_SAME;
	const struct tls_step *step = tls_steps_hello;
	unsigned n = 0;

	s.cert_asked = (what & ASK) != 0;
	s.cert_request = s.cert_asked ? TLS_CERT_REQUEST : TLS_CERT_IGNORE;
	if ((what & CERT) != 0 && client)
		hs.choice.entry = &entry;
	else if ((what & CERT) != 0)
		hs.peer_key = (struct tls_pubkey *)&hs; /* only asked whether it is there */
	if (!client && (what & CERT) == 0)
		hs.choice.entry = &entry; /* its own says nothing about the client's */
	while (step != NULL) {
		bool change = (step->flags & TLS_STEP_CCS) != 0;

		if (step->when == NULL || (step->next != NULL && step->when(&s))) {
			step = step->next;
			continue;
		}
		if (step->when(&s) && !is_missing(step, client, what)) {
			assert_true(n < MAX_EVENTS);
			events[n++] = (struct event){change ? CHANGE : step->message,
			    step->sender == TLS_CLIENT, step->sender == TLS_CLIENT ? c2s : s2c};
			c2s = step->c2s == AP ? AP : c2s;
			s2c = step->s2c == AP ? AP : s2c;
		}
		step++;
	}
	return n;
}

/* A row of a figure, and what has to be in the handshake for it. */
struct line {
	struct event event;
	unsigned need;
};

static void compare(const struct line *figure, unsigned n_lines, bool client, unsigned what)
{
	struct event got[MAX_EVENTS];
	unsigned n = walk_tables12(got, client, what), at = 0;

	for (unsigned i = 0; i < n_lines; i++) {
		if ((figure[i].need & what) != figure[i].need)
			continue;
		assert_true(at < n);
		assert_int_equal(got[at].message, figure[i].event.message);
		assert_int_equal(got[at].by_client, figure[i].event.by_client);
		assert_int_equal(got[at].keys, figure[i].event.keys);
		at++;
	}
	assert_int_equal(at, n);
}

/* RFC 5246 section 7.3, figure 1; with ECDHE the ServerKeyExchange always comes. [ChangeCipherSpec] changes its
 * sender's keys. */
static void table_12_is_figure_1(void **state)
{
	static const struct line figure[] = {
	    {{1, true, TLS_KEYS_SAME}, 0},
	    {{2, false, TLS_KEYS_SAME}, 0},
	    {{11, false, TLS_KEYS_SAME}, 0},
	    {{12, false, TLS_KEYS_SAME}, 0},
	    {{13, false, TLS_KEYS_SAME}, ASK},
	    {{14, false, TLS_KEYS_SAME}, 0},
	    {{11, true, TLS_KEYS_SAME}, ASK},
	    {{16, true, TLS_KEYS_SAME}, 0},
	    {{15, true, TLS_KEYS_SAME}, ASK | CERT},
	    {{CHANGE, true, TLS_KEYS_SAME}, 0},
	    {{20, true, AP}, 0},
	    {{4, false, TLS_KEYS_SAME}, TICKET}, /* RFC 5077 figure 1 */
	    {{CHANGE, false, TLS_KEYS_SAME}, 0},
	    {{20, false, AP}, 0},
	};
	static const unsigned whats[] = {0, ASK, ASK | CERT, TICKET, ASK | CERT | TICKET};

	(void)state;
	for (unsigned i = 0; i < 10; i++)
		compare(figure, sizeof(figure) / sizeof(figure[0]), i % 2 != 0, whats[i / 2]);
}

/* RFC 5246 section 7.3, figure 2, and RFC 5077, figure 2: with a ticket. */
static void table_12_resumed_is_figure_2(void **state)
{
	static const struct line figure[] = {
	    {{1, true, TLS_KEYS_SAME}, 0},
	    {{2, false, TLS_KEYS_SAME}, 0},
	    {{4, false, TLS_KEYS_SAME}, TICKET},
	    {{CHANGE, false, TLS_KEYS_SAME}, 0},
	    {{20, false, AP}, 0},
	    {{CHANGE, true, TLS_KEYS_SAME}, 0},
	    {{20, true, AP}, 0},
	};
	static const unsigned whats[] = {PSK, PSK | TICKET};

	(void)state;
	for (unsigned i = 0; i < 4; i++)
		compare(figure, sizeof(figure) / sizeof(figure[0]), i % 2 != 0, whats[i / 2]);
}

/* RFC 6066 section 8: "immediately after the Certificate message", and nowhere else. */
static void status_follows_the_certificate(void **state)
{
	struct event got[MAX_EVENTS], without[MAX_EVENTS];

	(void)state;
	for (unsigned client = 0; client < 2; client++) {
		unsigned n = walk_tables12(got, client != 0, STATUS), at = 0;

		assert_int_equal(walk_tables12(without, client != 0, 0), n - 1);
		while (got[at].message != TLS_HANDSHAKE_CERTIFICATE_STATUS)
			assert_true(++at < n);
		assert_int_equal(got[at - 1].message, TLS_HANDSHAKE_CERTIFICATE_PKT);
		assert_false(got[at - 1].by_client || got[at].by_client);
		for (unsigned i = 0; i < n - 1; i++)
			assert_int_equal(got[i < at ? i : i + 1].message, without[i].message);
	}
}

/* RFC 7627 section 3: the session hash ends with ClientKeyExchange. */
static void master_secret_is_made_behind_the_client_key_exchange(void **state)
{
	unsigned n = 0;

	(void)state;
	for (const struct tls_step *step = tls_steps_12; step->when != NULL; step++) {
		if ((step->flags & TLS_STEP_MASTER) == 0)
			continue;
		assert_int_equal(step->message, TLS_HANDSHAKE_CLIENT_KEY_EXCHANGE);
		n++;
	}
	assert_int_equal(n, 1);
}

/* RFC 7918: a client may send data when its own Finished of a full handshake is sent, and the server's is not yet
 * there. */
static void the_client_starts_early_behind_its_finished(void **state)
{
	const struct tls_step *tables[] = {tls_steps_hello, tls_steps_12, tls_steps_13};
	unsigned n = 0;

	(void)state;
	for (unsigned t = 0; t < 3; t++)
		for (const struct tls_step *step = tables[t]; step->when != NULL; step++) {
			if ((step->flags & TLS_STEP_EARLY) == 0)
				continue;
			assert_int_equal(t, 1);
			assert_int_equal(step->message, TLS_HANDSHAKE_FINISHED);
			assert_int_equal(step->sender, TLS_CLIENT);
			assert_non_null(step[1].when); /* a row of the server's comes behind */
			n++;
		}
	assert_int_equal(n, 1);
}

static void tables_are_the_diagrams(void **state)
{
	static const unsigned whats[] = {0, RETRY, ASK, ASK | RETRY, ASK | CERT, ASK | CERT | RETRY, PSK, PSK | RETRY};
	static const unsigned lengths[] = {7, 9, 9, 11, 10, 12, 5, 7};

	(void)state;
	for (unsigned k = 0; k < 16; k++) {
		struct event want[MAX_EVENTS], got[MAX_EVENTS];
		unsigned what = whats[k / 2];
		bool client = k % 2 != 0;
		unsigned n = walk_diagram(want, client, what);

		assert_int_equal(walk_tables(got, client, what), n);
		assert_int_equal(n, lengths[k / 2]);
		for (unsigned i = 0; i < n; i++) {
			assert_int_equal(got[i].message, want[i].message);
			assert_int_equal(got[i].by_client, want[i].by_client);
			assert_int_equal(got[i].keys, want[i].keys);
		}
	}
}

/* Nothing but these may be missing where it could stand. */
static void what_may_be_missing(void **state)
{
	const struct tls_step *tables[] = {tls_steps_hello, tls_steps_12, tls_steps_13};
	static const uint8_t messages[] = {2, 22, 13, 13};
	unsigned n = 0;

	(void)state;
	for (unsigned t = 0; t < 3; t++)
		for (const struct tls_step *step = tables[t]; step->when != NULL; step++) {
			if ((step->flags & TLS_STEP_MAYBE) == 0)
				continue;
			assert_true(n < 4);
			assert_int_equal(step->sender, TLS_SERVER);
			assert_int_equal(step->message, messages[n]);
			n++;
		}
	assert_int_equal(n, 4);
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

/* Every row has what both roles need, and only the last one leads on. */
static void rows_are_whole(void **state)
{
	const struct tls_step *tables[] = {tls_steps_hello, tls_steps_13};

	(void)state;
	for (unsigned t = 0; t < 2; t++) {
		unsigned n = rows_of(tables[t]);

		for (unsigned i = 0; i < n; i++) {
			const struct tls_step *step = &tables[t][i];

			if (step->next != NULL) {
				/* the ways out before the end: to the other version */
				assert_ptr_equal(step->next, i == n - 1 ? tls_steps_12 : tls_steps_12_resumed);
				assert_true(t == 0 && i >= n - 2);
				continue;
			}
			assert_true(step->sender == TLS_SERVER || step->sender == TLS_CLIENT);
			assert_non_null(step->send);
			assert_non_null(step->recv);
		}
		assert_ptr_equal(tables[t][n].next, t == 0 ? tls_steps_13 : NULL);
	}
}

/* In TLS 1.2 CCS rows are the driver's. */
static void rows_of_12_are_whole(void **state)
{
	const struct tls_step *tables[] = {tls_steps_12, tls_steps_12_resumed};

	(void)state;
	for (unsigned t = 0; t < 2; t++) {
		unsigned n = rows_of(tables[t]);

		for (unsigned i = 0; i < n; i++) {
			const struct tls_step *step = &tables[t][i];

			assert_null(step->next);
			assert_true(step->sender == TLS_SERVER || step->sender == TLS_CLIENT);
			assert_int_equal(step->send != NULL, (step->flags & TLS_STEP_CCS) == 0);
			assert_int_equal(step->recv != NULL, (step->flags & TLS_STEP_CCS) == 0);
		}
		assert_null(tables[t][n].next);
	}
}

/* The two directions change independently: a message changes its sender's keys, and only
 * ServerHello, with which the handshake secrets begin, changes both. */
static void keys_follow_the_sender(void **state)
{
	const struct tls_step *tables[] = {tls_steps_hello, tls_steps_12, tls_steps_12_resumed, tls_steps_13};

	(void)state;
	for (unsigned t = 0; t < 4; t++)
		for (const struct tls_step *step = tables[t]; step->when != NULL; step++) {
			if (step->message == TLS_HANDSHAKE_SERVER_HELLO)
				continue;
			assert_true(step->sender == TLS_SERVER || step->s2c == TLS_KEYS_SAME);
			assert_true(step->sender == TLS_CLIENT || step->c2s == TLS_KEYS_SAME);
		}
}

/* Appendix D.4: behind the first ServerHello or HelloRetryRequest, which is in front of the flight that
 * answers it, and nowhere else. */
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
	    cmocka_unit_test(tables_are_the_diagrams),
	    cmocka_unit_test(table_12_is_figure_1),
	    cmocka_unit_test(table_12_resumed_is_figure_2),
	    cmocka_unit_test(status_follows_the_certificate),
	    cmocka_unit_test(master_secret_is_made_behind_the_client_key_exchange),
	    cmocka_unit_test(the_client_starts_early_behind_its_finished),
	    cmocka_unit_test(what_may_be_missing),
	    cmocka_unit_test(rows_are_whole),
	    cmocka_unit_test(rows_of_12_are_whole),
	    cmocka_unit_test(keys_follow_the_sender),
	    cmocka_unit_test(compatibility_ccs),
	};

	return cmocka_run_group_tests_name("steps", tests, NULL, NULL);
}
