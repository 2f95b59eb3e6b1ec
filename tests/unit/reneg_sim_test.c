/* reneg_sim_test.c - renegotiation in TLS 1.2 at random: both sides send, receive, ask, answer, decline and ignore
 * whenever they like, over a wire that fails at random; and with each allocation failing in turn. CONTRACT
 * R1 to R5, R8, H1, H4, Q1, Q2, Q5. */
#include "unit.h"

#include <string.h>

#include "tests/lib/pair.h"
#include "tls/bytes/mem.h"
#include "tls/error.h"
#include "tls/limits.h"
#include "tls/state.h"

#define CHUNK 3000

struct sim {
	struct pair p;
	size_t sent, got; /* by the server */
	size_t peer_sent, peer_got;
	unsigned n_asked, n_answered, n_unasked;
	bool shaking; /* the server is in tls_handshake */
	bool hello_out; /* the client has begun, and sends no data */
	unsigned n_done, n_declined, n_refused, n_under_way;
};

static uint8_t byte_at(size_t at)
{
	return (uint8_t)(at * 7 + at / 251);
}

static void make(uint8_t *data, size_t at, size_t len)
{
	for (size_t i = 0; i < len; i++)
		data[i] = byte_at(at + i);
}

static void check(const uint8_t *data, size_t at, size_t len)
{
	for (size_t i = 0; i < len; i++)
		assert_int_equal(data[i], byte_at(at + i));
}

static unsigned chance(struct sim *m, unsigned n)
{
	return (unsigned)wire_random(&m->p.wire, n);
}

/* ---- The client */

static void client_reads(struct sim *m)
{
	struct peer *c = &m->p.peer;

	c->alert = -1;
	peer_run(c);
	assert_null(c->wrong);
	check(c->data.p, m->peer_got, c->data.len);
	m->peer_got += c->data.len;
	tls_buf_clear(&c->data);
	if (m->hello_out && c->done) {
		m->hello_out = false;
		m->n_done++;
	} else if (c->alert == TLS_ALERT_NO_RENEGOTIATION) {
		assert_true(m->hello_out);
		m->hello_out = false;
		c->done = true;
		m->n_refused++;
	}
}

static void client_says_hello(struct sim *m)
{
	peer12_again(&m->p.peer);
	m->p.peer.cut = chance(m, 2) ? 0 : 1 + chance(m, 100);
	peer_hello(&m->p.peer);
	m->hello_out = true;
}

static void client_answers(struct sim *m)
{
	static const uint8_t no_renegotiation[2] = {1, TLS_ALERT_NO_RENEGOTIATION};

	if (m->hello_out || m->p.peer.n_hello_requests == m->n_answered)
		return;
	m->n_answered++;
	if (chance(m, 2)) {
		client_says_hello(m);
		return;
	}
	peer_send_record(&m->p.peer, 21, no_renegotiation, 2);
	m->n_declined++;
}

static void client_sends(struct sim *m)
{
	uint8_t data[CHUNK];
	size_t len = 1 + chance(m, CHUNK);

	if (m->hello_out || wire_len(&m->p.wire.c2s) > 4 * CHUNK)
		return;
	make(data, m->peer_sent, len);
	peer_send_record(&m->p.peer, 23, data, len);
	m->peer_sent += len;
}

static void client_acts(struct sim *m)
{
	switch (chance(m, 6)) {
	case 0:
		client_reads(m);
		break;
	case 1:
		client_answers(m);
		break;
	case 2:
		if (!m->hello_out && m->n_unasked < TLS_LIMIT_RENEGOTIATIONS && chance(m, 20) == 0) {
			m->n_unasked++;
			client_says_hello(m);
		}
		break;
	default:
		client_sends(m);
	}
}

/* ---- The server */

static void server_receives(struct sim *m)
{
	uint8_t data[CHUNK];
	ssize_t n = tls_record_recv(m->p.server, data, 1 + chance(m, CHUNK));

	/* CONTRACT Q1 */
	if (n == TLS_E_AGAIN)
		assert_int_equal(tls_record_get_direction(m->p.server), 0);
	if (n > 0) {
		check(data, m->got, (size_t)n);
		m->got += (size_t)n;
	}
	assert_true(n > 0 || !tls_error_is_fatal((int)n));
	assert_true(n != 0);
	/* once in four times it goes on, and so declines */
	if (n == TLS_E_REHANDSHAKE && (m->p.server->hs != NULL || chance(m, 4) > 0))
		m->shaking = true;
}

static void server_shakes(struct sim *m)
{
	int err = tls_handshake(m->p.server);

	assert_false(tls_error_is_fatal(err));
	if (err == TLS_E_AGAIN && tls_record_get_direction(m->p.server) == 1)
		assert_true(m->p.wire.again_percent > 0 || m->p.wire.s2c.window > 0);
	if (err == TLS_E_GOT_APPLICATION_DATA) {
		m->n_under_way++;
		assert_true(tls_record_check_pending(m->p.server) > 0);
		server_receives(m);
	}
	if (err == 0 || err == TLS_E_WARNING_ALERT_RECEIVED || (m->p.server->hs == NULL && chance(m, 8) == 0))
		m->shaking = false;
}

static void server_sends(struct sim *m)
{
	uint8_t data[CHUNK];
	size_t len = 1 + chance(m, CHUNK);
	ssize_t n;

	make(data, m->sent, len);
	n = tls_record_check_queued(m->p.server) > 0 ? tls_record_send(m->p.server, NULL, 0)
						     : tls_record_send(m->p.server, data, len);
	/* CONTRACT Q2 */
	if (n == TLS_E_AGAIN)
		assert_int_equal(tls_record_get_direction(m->p.server), 1);
	assert_true(n >= 0 || !tls_error_is_fatal((int)n));
	if (n > 0)
		m->sent += (size_t)n;
}

static void server_acts(struct sim *m)
{
	unsigned what = chance(m, 12);

	if (m->shaking && what < 6) {
		server_shakes(m);
	} else if (what < 2 && m->n_asked < 20) {
		int err = tls_rehandshake(m->p.server);

		assert_false(tls_error_is_fatal(err));
		m->n_asked += err == 0;
		m->shaking = m->shaking || chance(m, 3) == 0;
	} else if (what < 7) {
		server_receives(m);
	} else {
		server_sends(m);
	}
}

/* ---- Together */

/* Nobody wants anything new, and both are willing: everything that was sent arrives. */
static void settle(struct sim *m)
{
	m->p.wire.s2c.window = m->p.wire.max_piece = m->p.wire.again_percent = 0;
	for (unsigned i = 0;; i++) {
		assert_true(i < 100000);
		client_reads(m);
		if (m->p.server->hs != NULL || m->shaking)
			server_shakes(m);
		else
			server_receives(m);
		if (tls_record_flush_pending(m->p.server) || tls_record_check_queued(m->p.server) > 0) {
			ssize_t n = tls_record_send(m->p.server, NULL, 0);

			m->sent += n > 0 ? (size_t)n : 0;
		} else if (m->got == m->peer_sent && !m->hello_out && m->peer_got == m->sent) {
			return;
		}
	}
}

static void play(struct sim *m, unsigned n_acts)
{
	for (unsigned i = 0; i < n_acts; i++) {
		client_acts(m);
		server_acts(m);
	}
	settle(m);
	assert_true(tls_state_is_established(m->p.server));
}

static void begin(struct sim *m)
{
	memset(m, 0, sizeof(*m));
	pair_init12(&m->p, NULL);
	m->p.server->flags |= TLS_ALLOW_RENEGOTIATION;
	pair_connect(&m->p);
}

static void contract_H1_R3_H4_renegotiations_at_random_12_server(void **state)
{
	unsigned n_done = 0, n_declined = 0, n_refused = 0, n_under_way = 0;

	(void)state;
	for (unsigned i = 0; i < 60; i++) {
		struct sim m;

		begin(&m);
		m.p.wire.again_percent = i % 3 * 25;
		m.p.wire.max_piece = i % 4 == 0 ? 0 : i % 4 == 1 ? 1 : 1 + chance(&m, 2000);
		if (i % 5 == 0)
			m.p.wire.s2c.window = 1 + chance(&m, 5000);
		play(&m, i % 4 == 1 ? 20000 : 1000);
		n_done += m.n_done;
		n_declined += m.n_declined;
		n_refused += m.n_refused;
		n_under_way += m.n_under_way;
		pair_clear(&m.p);
	}
	/* all of it took place */
	print_message("# %u done, %u declined, %u refused, %u times data under way\n", n_done, n_declined,
	    n_refused, n_under_way);
	assert_true(n_done > 50 && n_declined > 50 && n_refused > 10 && n_under_way > 10);
}

/* One byte at a time, each call failing every other time. */
static void contract_H1_byte_by_byte_12_server(void **state)
{
	(void)state;
	for (unsigned cut = 0; cut < 3; cut++) {
		struct pair p;
		char byte;

		pair_init12(&p, NULL);
		pair_connect(&p);
		p.wire.again_percent = 50;
		p.wire.max_piece = 1;
		p.peer.cut = cut;
		for (int err = TLS_E_AGAIN; err != 0;) {
			err = tls_rehandshake(p.server);
			assert_true(err == 0 || err == TLS_E_AGAIN || err == TLS_E_INTERRUPTED);
		}
		peer_run(&p.peer);
		assert_int_equal(p.peer.n_hello_requests, 1);
		peer12_again(&p.peer);
		peer_send_record(&p.peer, 23, "x", 1);
		peer_hello(&p.peer);
		assert_int_equal(pair_recv(&p, &byte, 1), 1);
		assert_int_equal(pair_recv(&p, &byte, 1), TLS_E_REHANDSHAKE);
		assert_int_equal(pair_run_handshake(&p), 0);
		peer_run(&p.peer);
		assert_null(p.peer.wrong);
		assert_int_equal(p.peer.n_handshakes, 2);
		pair_clear(&p);
	}
}

/* A request is out, its answer is under way behind data, and both sides have sent all they can: each waits to
 * write and nothing else, and both go on as soon as one of them receives. */
static void contract_Q5_both_send_while_one_is_announced_12_server(void **state)
{
	static uint8_t bulk[50000], got[100000];
	struct pair p;
	size_t have = 0;
	ssize_t n = 0;

	(void)state;
	pair_init12(&p, NULL);
	pair_connect(&p);
	p.wire.s2c.window = wire_len(&p.wire.s2c) + 1000;
	assert_int_equal(tls_rehandshake(p.server), 0);
	assert_int_equal(tls_record_send(p.server, bulk, sizeof(bulk)), TLS_E_AGAIN);
	assert_int_equal(tls_record_get_direction(p.server), 1);
	for (unsigned i = 0; i < 8; i++)
		peer_send_record(&p.peer, 23, bulk, 10000);
	peer12_again(&p.peer);
	peer_hello(&p.peer);
	for (unsigned i = 0; i < 5; i++) {
		assert_int_equal(tls_record_send(p.server, NULL, 0), TLS_E_AGAIN);
		assert_int_equal(tls_record_get_direction(p.server), 1);
	}
	/* tls_handshake, too, hands out what is there before it waits to write */
	assert_int_equal(tls_handshake(p.server), TLS_E_GOT_APPLICATION_DATA);
	while (have < 80000 && n >= 0) {
		n = tls_record_recv(p.server, got, sizeof(got));
		have += n > 0 ? (size_t)n : 0;
	}
	assert_int_equal(have, 80000);
	assert_int_equal(tls_record_recv(p.server, got, 1), TLS_E_REHANDSHAKE);
	p.wire.s2c.window = 0;
	assert_int_equal(pair_run_handshake(&p), 0);
	assert_int_equal(tls_record_send(p.server, NULL, 0), sizeof(bulk));
	peer_run(&p.peer);
	assert_null(p.peer.wrong);
	assert_int_equal(p.peer.data.len, sizeof(bulk));
	assert_int_equal(p.peer.n_handshakes, 2);
	pair_clear(&p);
}

/* ---- Without memory */

static unsigned long fail_in;

/* The session's calls run with the failure armed, the client's don't. */
static int shake(struct pair *p)
{
	char byte;
	int err;

	tls_mem_fail_at(fail_in);
	err = p->server->hs == NULL ? (int)tls_record_recv(p->server, &byte, 1) : TLS_E_REHANDSHAKE;
	if (err == TLS_E_REHANDSHAKE)
		err = tls_handshake(p->server);
	fail_in = tls_mem_fail_left();
	tls_mem_fail_at(0);
	peer_run(&p->peer);
	return err;
}

static void every_allocation_fails(void **state)
{
	unsigned long n = 0;

	(void)state;
	do {
		struct pair p;
		int err = TLS_E_AGAIN;

		assert_true(n < 1000);
		pair_init12(&p, NULL);
		pair_connect(&p);
		fail_in = ++n;
		tls_mem_fail_at(fail_in);
		if (tls_rehandshake(p.server) != 0)
			assert_int_equal(tls_rehandshake(p.server), TLS_E_MEMORY_ERROR);
		fail_in = tls_mem_fail_left();
		tls_mem_fail_at(0);
		peer_run(&p.peer);
		peer12_again(&p.peer);
		peer_hello(&p.peer);
		for (unsigned i = 0; i < 10 && err == TLS_E_AGAIN; i++)
			err = shake(&p);
		if (err != 0) {
			assert_int_equal(err, TLS_E_MEMORY_ERROR);
			assert_int_equal(tls_record_send(p.server, "x", 1), TLS_E_MEMORY_ERROR);
			assert_int_equal(tls_handshake(p.server), TLS_E_MEMORY_ERROR);
		}
		assert_null(p.peer.wrong);
		pair_clear(&p);
	} while (fail_in == 0);
	assert_true(n > 10);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(contract_H1_R3_H4_renegotiations_at_random_12_server),
		cmocka_unit_test(contract_H1_byte_by_byte_12_server),
		cmocka_unit_test(contract_Q5_both_send_while_one_is_announced_12_server),
		cmocka_unit_test(every_allocation_fails),
	};

	return cmocka_run_group_tests_name("reneg_sim", tests, NULL, NULL);
}
