/* quench_test.c - part Q of the session API's promises, each under its number: two peers, each sending
 * whenever it likes. */
#include "contract.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tls/bytes/mem.h"
#include "tls/error.h"
#include "tls/limits.h"
#include "tls/state.h"

static void contract_Q1_receiving_never_waits_to_write(void **state)
{
	struct pair p;
	unsigned pushes;

	(void)state;
	pair_init(&p, NULL);
	pair_connect(&p);
	p.wire.again_percent = 0;
	p.wire.s2c.window = 1;
	wire_put(&p.wire.s2c, "x", 1);
	assert_int_equal(tls_record_send(p.server, pattern, 30000), TLS_E_AGAIN);
	pushes = p.wire.n_pushes;
	/* half a record sent, an answer to KeyUpdate owed: receiving goes on all the same */
	for (unsigned i = 0; i < 100; i++) {
		peer_key_update(&p.peer, true);
		peer_send_record(&p.peer, 23, pattern + i * 100, 100);
		assert_int_equal(tls_record_recv(p.server, got, 100), 100);
		assert_memory_equal(got, pattern + i * 100, 100);
		assert_int_equal(tls_record_recv(p.server, got, 100), TLS_E_AGAIN);
		assert_int_equal(tls_record_get_direction(p.server), 0);
	}
	assert_int_equal(p.wire.n_pushes, pushes);
	pair_clear(&p);
}

static void contract_Q1_an_alert_is_owed(void **state)
{
	struct pair p;
	unsigned pushes;

	(void)state;
	pair_init(&p, NULL);
	pair_connect(&p);
	pushes = p.wire.n_pushes;
	peer_send_message(&p.peer, TLS_HANDSHAKE_FINISHED, pattern, 32);
	assert_int_equal(tls_record_recv(p.server, got, 1), TLS_E_UNEXPECTED_HANDSHAKE_PACKET);
	assert_int_equal(p.wire.n_pushes, pushes);
	assert_true(tls_record_flush_pending(p.server));
	assert_int_equal(tls_alert_flush(p.server), 0);
	peer_run(&p.peer);
	assert_int_equal(p.peer.alert, TLS_ALERT_UNEXPECTED_MESSAGE);
	pair_clear(&p);
}

static void contract_Q2_sending_never_waits_to_read(void **state)
{
	struct pair p;
	unsigned pulls;

	(void)state;
	pair_init(&p, NULL);
	pair_connect(&p);
	/* half a record read */
	peer_send_record(&p.peer, 23, pattern, 5000);
	p.wire.c2s.end -= 100;
	assert_int_equal(tls_record_recv(p.server, got, 100), TLS_E_AGAIN);
	pulls = p.wire.n_pulls;
	for (unsigned i = 0; i < 100; i++) {
		p.wire.s2c.window = 1 + wire_len(&p.wire.s2c);
		assert_int_equal(tls_record_send(p.server, pattern + i * 100, 100), TLS_E_AGAIN);
		assert_int_equal(tls_record_get_direction(p.server), 1);
		p.wire.s2c.window = 0;
		assert_int_equal(tls_record_send(p.server, NULL, 0), 100);
	}
	assert_int_equal(p.wire.n_pulls, pulls);
	p.wire.c2s.end += 100;
	assert_int_equal(tls_record_recv(p.server, got, 5000), 5000);
	assert_memory_equal(got, pattern, 5000);
	pair_clear(&p);
}

static void contract_Q3_one_direction_alone_goes_on_for_ever(void **state)
{
	struct pair p;

	(void)state;
	pair_init(&p, NULL);
	pair_connect(&p);
	for (unsigned i = 0; i < 500; i++) { /* the client never reads */
		p.wire.s2c.window = 1;
		peer_send_record(&p.peer, 23, pattern, 16384);
		assert_int_equal(pair_recv(&p, got, 16384), 16384);
	}
	p.wire.s2c.window = 0;
	peer_send_record(&p.peer, 23, pattern, 16384);
	for (unsigned i = 0; i < 500; i++) { /* the server never reads */
		assert_int_equal(pair_send(&p, pattern, 16384), 16384);
		peer_run(&p.peer);
		tls_buf_clear(&p.peer.data);
	}
	assert_null(p.peer.wrong);
	pair_clear(&p);
}

/* 1 GiB against a closed direction, each way: what the session holds stays within what tls.h says. */
static void contract_Q4_memory_is_bounded(void **state)
{
	static uint8_t junk[16384];
	uint64_t taken = 0;
	struct pair p;

	(void)state;
	pair_init(&p, NULL);
	pair_connect(&p);
	p.wire.s2c.window = 1;
	for (uint64_t sent = 0; sent < UINT64_C(1) << 30; sent += sizeof(junk)) {
		ssize_t n = tls_record_send(p.server, junk, sizeof(junk));

		assert_int_equal(n, TLS_E_AGAIN);
		assert_true(tls_record_check_queued(p.server) <= TLS_SEND_MAX_LEN);
		assert_true(tls_workspace_lent(p.server->ws) <= 1);
	}
	/* the peer sends 1 GiB that is not received: the session reads none of it */
	taken = p.wire.n_pulls;
	for (unsigned i = 0; i < 64; i++)
		peer_send_record(&p.peer, 23, junk, sizeof(junk));
	assert_int_equal(tls_record_recv(p.server, got, 1), 1);
	for (unsigned i = 0; i < 65536; i++) {
		assert_true(tls_record_check_pending(p.server) > 0);
		assert_int_equal(tls_record_send(p.server, NULL, 0), TLS_E_AGAIN);
		assert_true(p.server->in.stash_cap <= TLS_WIRE_LEN);
	}
	assert_int_equal(p.wire.n_pulls, taken + 1);
	pair_clear(&p);
}

static void contract_Q5_both_sides_send_without_receiving(void **state)
{
	struct pair p;
	size_t out = 0, in = 0, have = 0;
	ssize_t n;

	(void)state;
	pair_init(&p, NULL);
	pair_connect(&p);
	p.wire.s2c.window = 5000;
	while (in < 100000) { /* the client has sent all it can ... */
		peer_send_record(&p.peer, 23, pattern + in, 10000);
		in += 10000;
	}
	n = tls_record_send(p.server, pattern, 60000); /* ... and so has the server */
	assert_int_equal(n, TLS_E_AGAIN);
	assert_int_equal(tls_record_get_direction(p.server), 1);
	out = tls_record_check_queued(p.server);
	assert_int_equal(tls_record_send(p.server, NULL, 0), TLS_E_AGAIN);
	while (have < in) { /* one of them receives: both go on */
		n = tls_record_recv(p.server, got + have, in - have);
		assert_true(n > 0);
		have += (size_t)n;
	}
	assert_memory_equal(got, pattern, in);
	do {
		peer_run(&p.peer);
		n = tls_record_send(p.server, NULL, 0);
	} while (n == TLS_E_AGAIN);
	assert_int_equal(n, out);
	peer_run(&p.peer);
	assert_int_equal(p.peer.data.len, out);
	assert_memory_equal(p.peer.data.p, pattern, out);
	pair_clear(&p);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		CONTRACT_BOTH(contract_Q1_receiving_never_waits_to_write, "server"),
		CONTRACT_BOTH(contract_Q1_an_alert_is_owed, "server"),
		CONTRACT_BOTH(contract_Q2_sending_never_waits_to_read, "server"),
		CONTRACT_BOTH(contract_Q3_one_direction_alone_goes_on_for_ever, "server"),
		CONTRACT_BOTH(contract_Q4_memory_is_bounded, "server"),
		CONTRACT_BOTH(contract_Q5_both_sides_send_without_receiving, "server"),
	};

	return cmocka_run_group_tests_name("quench", tests, contract_setup, NULL);
}
