/* contract_test.c - the promises of the session API, each under its number: what tls.h says of data,
 * quenching, asynchronous operation and closing, for a TLS 1.3 server. */
#include "contract.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tls/bytes/mem.h"
#include "tls/error.h"
#include "tls/limits.h"
#include "tls/state.h"

/* ---- H */

static void contract_H1_handshake_resumes_at_any_byte(void **state)
{
	(void)state;
	for (unsigned i = 1; i < 40; i++) {
		struct pair p;

		pair_init(&p, NULL);
		p.wire.again_percent = 60;
		p.wire.max_piece = i;
		p.peer.n_shares = i % 2;
		pair_connect(&p);
		pair_clear(&p);
	}
}

static void contract_H2_direction_tells_what_to_wait_for(void **state)
{
	struct pair p;

	(void)state;
	pair_init(&p, NULL);
	assert_int_equal(tls_handshake(p.server), TLS_E_AGAIN);
	assert_int_equal(tls_record_get_direction(p.server), 0);
	p.wire.s2c.window = 100;
	peer_hello(&p.peer);
	assert_int_equal(tls_handshake(p.server), TLS_E_AGAIN);
	assert_int_equal(tls_record_get_direction(p.server), 1);
	assert_int_equal(tls_handshake(p.server), TLS_E_AGAIN);
	assert_int_equal(tls_record_get_direction(p.server), 1);
	p.wire.s2c.window = 0;
	assert_int_equal(tls_handshake(p.server), TLS_E_AGAIN);
	assert_int_equal(tls_record_get_direction(p.server), 0);
	peer_run(&p.peer);
	assert_int_equal(tls_handshake(p.server), 0);
	pair_clear(&p);
}

static void established_server_has_nothing_to_do(void **state)
{
	struct pair p;
	unsigned pulls, pushes;

	(void)state;
	pair_init(&p, NULL);
	pair_connect(&p);
	pulls = p.wire.n_pulls;
	pushes = p.wire.n_pushes;
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(tls_handshake(p.server), 0);
	assert_int_equal(p.wire.n_pulls, pulls);
	assert_int_equal(p.wire.n_pushes, pushes);
	pair_clear(&p);
}

static void contract_H8_time_limit(void **state)
{
	uint64_t now = 5000;
	struct pair p;

	(void)state;
	pair_init(&p, NULL);
	tls_session_set_time_function(p.server, fake_time, &now);
	tls_handshake_set_timeout(p.server, 1000);
	assert_int_equal(tls_handshake(p.server), TLS_E_AGAIN);
	now = 5999;
	assert_int_equal(tls_handshake(p.server), TLS_E_AGAIN);
	now = 6000;
	assert_int_equal(tls_handshake(p.server), TLS_E_TIMEDOUT);
	assert_int_equal(tls_handshake(p.server), TLS_E_TIMEDOUT);
	pair_clear(&p);
}

static unsigned waited_ms;

static int never_ready(tls_transport_ptr_t ptr, unsigned ms)
{
	(void)ptr;
	waited_ms = ms;
	return 0;
}

static void contract_H8_time_limit_of_a_blocking_transport(void **state)
{
	uint64_t now = 1;
	struct pair p;
	tls_session_t s;

	(void)state;
	wire_init(&p.wire);
	assert_int_equal(tls_init(&s, TLS_SERVER), 0);
	tls_transport_set_ptr(s, &p.wire);
	tls_transport_set_pull_function(s, wire_pull);
	tls_transport_set_push_function(s, wire_push);
	tls_transport_set_pull_timeout_function(s, never_ready);
	tls_session_set_time_function(s, fake_time, &now);
	tls_handshake_set_timeout(s, 1234);
	assert_int_equal(tls_handshake(s), TLS_E_TIMEDOUT);
	assert_int_equal(waited_ms, 1234);
	tls_deinit(s);
	wire_clear(&p.wire);
}

/* ---- R, as far as TLS 1.3 has it */

static void contract_R6_rehandshake_is_a_key_update_13_server(void **state)
{
	struct pair p;
	char text[8];

	(void)state;
	pair_init(&p, NULL);
	pair_connect(&p);
	for (unsigned i = 1; i <= 3; i++) {
		assert_int_equal(tls_rehandshake(p.server), 0);
		assert_true(tls_record_flush_pending(p.server));
		assert_int_equal(tls_record_send(p.server, "hello", 5), 5);
		assert_false(tls_record_flush_pending(p.server));
		peer_run(&p.peer);
		assert_int_equal(p.peer.n_key_updates, i);
		assert_true(p.peer.key_update_asked);
		peer_key_update(&p.peer, false);
		peer_send_record(&p.peer, 23, "olleh", 5);
		assert_int_equal(pair_recv(&p, text, sizeof(text)), 5);
		assert_int_equal(tls_handshake(p.server), 0);
	}
	assert_int_equal(p.peer.data.len, 15);
	assert_null(p.peer.wrong);
	pair_clear(&p);
}

/* ---- A */

static void contract_A1_any_call_may_be_repeated(void **state)
{
	(void)state;
	for (unsigned i = 1; i < 12; i++) {
		struct pair p;
		size_t in = 0, out = 0;

		pair_init(&p, NULL);
		p.wire.again_percent = 50;
		p.wire.max_piece = i * 3000;
		pair_connect(&p);
		while (in < BIG || out < BIG) {
			size_t n = 1 + (size_t)wire_random(&p.wire, 20000);
			ssize_t r;

			if (in < BIG) {
				n = n < BIG - in ? n : BIG - in;
				for (size_t at = 0; at < n; at += 16384)
					peer_send_record(&p.peer, 23, pattern + in + at,
					    n - at < 16384 ? n - at : 16384);
				in += n;
			}
			if (out < BIG) {
				n = 1 + (size_t)wire_random(&p.wire, 100000);
				r = pair_send(&p, pattern + out, n < BIG - out ? n : BIG - out);
				assert_true(r > 0);
				out += (size_t)r;
				peer_run(&p.peer);
			}
		}
		for (size_t have = 0; have < BIG;) {
			ssize_t r = pair_recv(&p, got + have, BIG - have);

			assert_true(r > 0);
			have += (size_t)r;
		}
		assert_memory_equal(got, pattern, BIG);
		assert_int_equal(p.peer.data.len, BIG);
		assert_memory_equal(p.peer.data.p, pattern, BIG);
		pair_clear(&p);
	}
}

static void contract_A2_interrupted_send_needs_no_data(void **state)
{
	struct pair p;
	ssize_t n = TLS_E_AGAIN;

	(void)state;
	pair_init(&p, NULL);
	pair_connect(&p);
	p.wire.s2c.window = 1000;
	assert_int_equal(tls_record_send(p.server, pattern, 50000), TLS_E_AGAIN);
	assert_int_equal(tls_record_check_queued(p.server), 50000);
	for (unsigned i = 0; n == TLS_E_AGAIN; i++) {
		peer_run(&p.peer);
		/* given again or not, the data is sent once */
		n = i % 2 == 0 ? tls_record_send(p.server, NULL, 0)
			       : tls_record_send(p.server, pattern + 777, 50000);
		assert_true(i < 200);
	}
	assert_int_equal(n, 50000);
	assert_int_equal(tls_record_check_queued(p.server), 0);
	assert_int_equal(tls_record_send(p.server, NULL, 0), 0);
	peer_run(&p.peer);
	assert_int_equal(p.peer.data.len, 50000);
	assert_memory_equal(p.peer.data.p, pattern, 50000);
	pair_clear(&p);
}

static void contract_A3_pending_tells_what_needs_no_reading(void **state)
{
	struct pair p;
	char byte;

	(void)state;
	pair_init(&p, NULL);
	pair_connect(&p);
	assert_int_equal(tls_record_check_pending(p.server), 0);
	peer_send_record(&p.peer, 23, "abc", 3);
	peer_key_update(&p.peer, false);
	peer_send_record(&p.peer, 23, "de", 2);
	peer_close(&p.peer);
	assert_int_equal(tls_record_check_pending(p.server), 0);
	assert_int_equal(tls_record_recv(p.server, &byte, 1), 1);
	assert_int_equal(wire_len(&p.wire.c2s), 0);
	assert_int_equal(tls_record_check_pending(p.server), 2);
	assert_int_equal(tls_record_recv(p.server, got, 2), 2);
	assert_memory_equal(got, "bc", 2);
	assert_int_equal(tls_record_check_pending(p.server), 2);
	assert_int_equal(tls_record_recv(p.server, got, 2), 2);
	assert_memory_equal(got, "de", 2);
	/* the end needs no reading, either */
	assert_int_equal(tls_record_check_pending(p.server), 1);
	assert_int_equal(tls_record_recv(p.server, &byte, 1), 0);
	assert_int_equal(tls_record_check_pending(p.server), 0);
	assert_int_equal(tls_record_recv(p.server, &byte, 1), 0);
	pair_clear(&p);
}

/* A reactor that reads only when the descriptor is ready or something is pending sees every byte. */
static void contract_A3_a_reactor_misses_nothing(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 50; i++) {
		struct pair p;
		size_t sent = 0, have = 0;

		pair_init(&p, NULL);
		pair_connect(&p);
		p.wire.max_piece = 1 + i * 1500;
		while (sent < 100000) {
			size_t n = 1 + (size_t)wire_random(&p.wire, 16384);

			n = n < 100000 - sent ? n : 100000 - sent;
			peer_send_record(&p.peer, 23, pattern + sent, n);
			if (wire_random(&p.wire, 4) == 0)
				peer_key_update(&p.peer, false);
			sent += n;
		}
		peer_close(&p.peer);
		for (;;) {
			ssize_t n;

			assert_true(wire_len(&p.wire.c2s) > 0 || tls_record_check_pending(p.server) > 0);
			n = tls_record_recv(p.server, got + have, 1 + (size_t)wire_random(&p.wire, 9000));
			if (n == 0)
				break;
			assert_true(n > 0 || n == TLS_E_AGAIN);
			have += n > 0 ? (size_t)n : 0;
		}
		assert_int_equal(have, 100000);
		assert_memory_equal(got, pattern, have);
		pair_clear(&p);
	}
}

static void contract_A4_discard_drops_what_was_not_sent(void **state)
{
	struct pair p;

	(void)state;
	pair_init(&p, NULL);
	pair_connect(&p);
	assert_int_equal(tls_record_discard_queued(p.server), 0);
	p.wire.again_percent = 100;
	assert_true(tls_record_send(p.server, "secret", 6) < 0);
	assert_int_equal(tls_record_discard_queued(p.server), 6);
	p.wire.again_percent = 0;
	assert_int_equal(tls_record_send(p.server, "public", 6), 6);
	/* with part of it on the wire it stays */
	p.wire.s2c.window = wire_len(&p.wire.s2c) + 10;
	assert_int_equal(tls_record_send(p.server, pattern, 100), TLS_E_AGAIN);
	assert_int_equal(tls_record_discard_queued(p.server), 0);
	p.wire.s2c.window = 0;
	assert_int_equal(tls_record_send(p.server, NULL, 0), 100);
	peer_run(&p.peer);
	assert_null(p.peer.wrong);
	assert_int_equal(p.peer.data.len, 106);
	assert_memory_equal(p.peer.data.p, "public", 6);
	pair_clear(&p);
}

static void contract_A5_direction_of_the_interrupted_call(void **state)
{
	struct pair p;
	char byte;

	(void)state;
	pair_init(&p, NULL);
	pair_connect(&p);
	p.wire.s2c.window = 10;
	for (unsigned i = 0; i < 5; i++) {
		assert_int_equal(tls_record_recv(p.server, &byte, 1), TLS_E_AGAIN);
		assert_int_equal(tls_record_get_direction(p.server), 0);
		assert_int_equal(tls_record_send(p.server, pattern, 1000), TLS_E_AGAIN);
		assert_int_equal(tls_record_get_direction(p.server), 1);
		assert_int_equal(tls_record_get_direction(p.server), 1);
	}
	pair_clear(&p);
}

static void contract_A7_corked_records_go_out_together(void **state)
{
	struct pair p;
	unsigned pushes;

	(void)state;
	pair_init(&p, NULL);
	pair_connect(&p);
	pushes = p.wire.n_pushes;
	tls_record_cork(p.server);
	for (unsigned i = 0; i < 20; i++)
		assert_int_equal(tls_record_send(p.server, pattern + i * 100, 100), 100);
	assert_int_equal(tls_record_check_corked(p.server), 2000);
	assert_int_equal(p.wire.n_pushes, pushes);
	p.wire.s2c.window = 500;
	assert_int_equal(tls_record_uncork(p.server, 0), TLS_E_AGAIN);
	p.wire.s2c.window = 0;
	assert_int_equal(tls_record_uncork(p.server, 0), 2000);
	assert_int_equal(tls_record_check_corked(p.server), 0);
	assert_true(p.wire.n_pushes <= pushes + 3);
	peer_run(&p.peer);
	assert_int_equal(p.peer.data.len, 2000);
	assert_memory_equal(p.peer.data.p, pattern, 2000);
	pair_clear(&p);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		CONTRACT_BOTH(contract_H1_handshake_resumes_at_any_byte, "server"),
		CONTRACT_BOTH(contract_H2_direction_tells_what_to_wait_for, "server"),
		{"contract_H5_established_server_has_nothing_to_do_13_server", established_server_has_nothing_to_do,
		    contract_in_tls13, NULL, NULL},
		{"established_server_has_nothing_to_do_12", established_server_has_nothing_to_do,
		    contract_in_tls12, contract_in_tls13, NULL},
		CONTRACT_BOTH(contract_H8_time_limit, "server"),
		CONTRACT_BOTH(contract_H8_time_limit_of_a_blocking_transport, "server"),
		cmocka_unit_test(contract_R6_rehandshake_is_a_key_update_13_server),
		CONTRACT_BOTH(contract_A1_any_call_may_be_repeated, "server"),
		CONTRACT_BOTH(contract_A2_interrupted_send_needs_no_data, "server"),
		CONTRACT_BOTH(contract_A3_pending_tells_what_needs_no_reading, "server"),
		CONTRACT_BOTH(contract_A3_a_reactor_misses_nothing, "server"),
		CONTRACT_BOTH(contract_A4_discard_drops_what_was_not_sent, "server"),
		CONTRACT_BOTH(contract_A5_direction_of_the_interrupted_call, "server"),
		CONTRACT_BOTH(contract_A7_corked_records_go_out_together, "server"),
	};

	return cmocka_run_group_tests_name("contract", tests, contract_setup, NULL);
}
