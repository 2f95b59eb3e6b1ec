/* client_contract.h - the promises that a client keeps alike in both versions: for tests that set call_version. */
#ifndef TESTS_UNIT_CLIENT_CONTRACT_H
#define TESTS_UNIT_CLIENT_CONTRACT_H

#include "contract.h"
#include "tests/lib/call.h"
#include "tests/lib/duo.h"

static inline void contract_H2_direction_tells_what_to_wait_for(void **state)
{
	struct call c;

	(void)state;
	call_init(&c, NULL, 0);
	c.wire.c2s.window = 100;
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(tls_handshake(c.client), TLS_E_AGAIN);
		assert_int_equal(tls_record_get_direction(c.client), 1);
	}
	c.wire.c2s.window = 0;
	assert_int_equal(tls_handshake(c.client), TLS_E_AGAIN);
	assert_int_equal(tls_record_get_direction(c.client), 0);
	c.wire.c2s.window = 1;
	serv_run(&c.serv);
	assert_int_equal(tls_handshake(c.client), TLS_E_AGAIN); /* the second flight */
	assert_int_equal(tls_record_get_direction(c.client), 1);
	c.wire.c2s.window = 0;
	if (call_version == TLS_1_2) { /* and the server's last one */
		assert_int_equal(tls_handshake(c.client), TLS_E_AGAIN);
		assert_int_equal(tls_record_get_direction(c.client), 0);
		serv_run(&c.serv);
	}
	assert_int_equal(tls_handshake(c.client), 0);
	serv_run(&c.serv);
	assert_true(c.serv.done);
	assert_null(c.serv.wrong);
	call_clear(&c);
}

static inline void contract_H8_time_limit(void **state)
{
	uint64_t now = 5000;
	struct call c;

	(void)state;
	call_init(&c, NULL, 0);
	if (call_version == TLS_1_2)
		c.serv.stop_before = SERV_CCS;
	tls_session_set_time_function(c.client, fake_time, &now);
	tls_handshake_set_timeout(c.client, 1000);
	assert_int_equal(call_version == TLS_1_2 ? call_handshake(&c) : tls_handshake(c.client), TLS_E_AGAIN);
	now = 5999;
	assert_int_equal(tls_handshake(c.client), TLS_E_AGAIN);
	now = 6000;
	assert_int_equal(tls_handshake(c.client), TLS_E_TIMEDOUT);
	assert_int_equal(tls_handshake(c.client), TLS_E_TIMEDOUT);
	call_clear(&c);
}

static inline void contract_R7_rehandshake_is_not_for_clients(void **state)
{
	struct call c;

	(void)state;
	call_init(&c, NULL, 0);
	assert_int_equal(tls_rehandshake(c.client), TLS_E_INVALID_REQUEST);
	call_connect(&c);
	assert_int_equal(tls_rehandshake(c.client), TLS_E_INVALID_REQUEST);
	assert_false(tls_record_flush_pending(c.client));
	assert_int_equal(tls_record_send(c.client, "x", 1), 1);
	serv_run(&c.serv);
	assert_int_equal(c.serv.n_key_updates, 0);
	assert_int_equal(c.serv.data.len, 1);
	call_clear(&c);
}

static inline void contract_A1_any_call_may_be_repeated(void **state)
{
	(void)state;
	for (unsigned i = 1; i < 12; i++) {
		struct duo d;

		duo_init(&d, NULL, NULL);
		duo_set_version(&d, call_version);
		d.wire.again_percent = 50;
		d.wire.max_piece = i * 3000;
		duo_connect(&d);
		duo_pass(d.client, d.server, pattern, BIG);
		if (call_version == TLS_1_3) /* new keys */
			assert_int_equal(tls_handshake(d.client), 0);
		duo_pass(d.client, d.server, pattern, BIG);
		duo_pass(d.server, d.client, pattern, BIG);
		duo_clear(&d);
	}
}

static inline void contract_A2_interrupted_send_needs_no_data(void **state)
{
	struct call c;
	ssize_t n = TLS_E_AGAIN;

	(void)state;
	call_init(&c, NULL, 0);
	call_connect(&c);
	c.wire.c2s.window = 1000;
	assert_int_equal(tls_record_send(c.client, pattern, 50000), TLS_E_AGAIN);
	assert_int_equal(tls_record_check_queued(c.client), 50000);
	for (unsigned i = 0; n == TLS_E_AGAIN; i++) {
		serv_run(&c.serv);
		n = i % 2 == 0 ? tls_record_send(c.client, NULL, 0)
			       : tls_record_send(c.client, pattern + 777, 50000);
		assert_true(i < 200);
	}
	assert_int_equal(n, 50000);
	serv_run(&c.serv);
	assert_int_equal(c.serv.data.len, 50000);
	assert_memory_equal(c.serv.data.p, pattern, 50000);
	call_clear(&c);
}

static inline void contract_A4_discard_drops_what_was_not_sent(void **state)
{
	struct call c;

	(void)state;
	call_init(&c, NULL, 0);
	call_connect(&c);
	c.wire.again_percent = 100;
	assert_true(tls_record_send(c.client, "secret", 6) < 0);
	assert_int_equal(tls_record_discard_queued(c.client), 6);
	c.wire.again_percent = 0;
	assert_int_equal(tls_record_send(c.client, "public", 6), 6);
	serv_run(&c.serv);
	assert_null(c.serv.wrong);
	assert_int_equal(c.serv.data.len, 6);
	assert_memory_equal(c.serv.data.p, "public", 6);
	call_clear(&c);
}

static inline void contract_A5_direction_of_the_interrupted_call(void **state)
{
	struct call c;
	char byte;

	(void)state;
	call_init(&c, NULL, 0);
	call_connect(&c);
	c.wire.c2s.window = 10;
	for (unsigned i = 0; i < 5; i++) {
		assert_int_equal(tls_record_recv(c.client, &byte, 1), TLS_E_AGAIN);
		assert_int_equal(tls_record_get_direction(c.client), 0);
		assert_int_equal(tls_record_send(c.client, pattern, 1000), TLS_E_AGAIN);
		assert_int_equal(tls_record_get_direction(c.client), 1);
	}
	call_clear(&c);
}

static inline void contract_A7_corked_records_go_out_together(void **state)
{
	struct call c;
	uint64_t total;

	(void)state;
	call_init(&c, NULL, 0);
	call_connect(&c);
	total = c.wire.c2s.total;
	tls_record_cork(c.client);
	for (unsigned i = 0; i < 20; i++)
		assert_int_equal(tls_record_send(c.client, pattern + i * 100, 100), 100);
	assert_int_equal(tls_record_check_corked(c.client), 2000);
	assert_int_equal(c.wire.c2s.total, total);
	c.wire.c2s.window = 500;
	assert_int_equal(tls_record_uncork(c.client, 0), TLS_E_AGAIN);
	c.wire.c2s.window = 0;
	assert_int_equal(tls_record_uncork(c.client, 0), 2000);
	serv_run(&c.serv);
	assert_int_equal(c.serv.data.len, 2000);
	assert_memory_equal(c.serv.data.p, pattern, 2000);
	call_clear(&c);
}

static inline void contract_Q1_receiving_never_waits_to_write(void **state)
{
	struct call c;
	uint64_t total;

	(void)state;
	call_init(&c, NULL, 0);
	call_connect(&c);
	c.wire.c2s.window = 1;
	assert_int_equal(tls_record_send(c.client, pattern, 30000), TLS_E_AGAIN);
	total = c.wire.c2s.total;
	for (unsigned i = 0; i < 100; i++) {
		if (call_version == TLS_1_3)
			serv_key_update(&c.serv, true);
		serv_send_record(&c.serv, 23, pattern + i * 100, 100);
		assert_int_equal(tls_record_recv(c.client, got, 100), 100);
		assert_memory_equal(got, pattern + i * 100, 100);
		assert_int_equal(tls_record_recv(c.client, got, 100), TLS_E_AGAIN);
		assert_int_equal(tls_record_get_direction(c.client), 0);
	}
	assert_int_equal(c.wire.c2s.total, total);
	c.wire.c2s.window = 0;
	assert_int_equal(tls_record_send(c.client, NULL, 0), 30000);
	serv_run(&c.serv);
	assert_int_equal(c.serv.n_key_updates, call_version == TLS_1_3 ? 1 : 0); /* many requests, one answer */
	assert_int_equal(c.serv.data.len, 30000);
	call_clear(&c);
}

static inline void contract_Q2_sending_never_waits_to_read(void **state)
{
	struct call c;

	(void)state;
	call_init(&c, NULL, 0);
	call_connect(&c);
	serv_send_record(&c.serv, 23, pattern, 5000);
	c.wire.s2c.end -= 100; /* half a record read */
	assert_int_equal(tls_record_recv(c.client, got, 100), TLS_E_AGAIN);
	for (unsigned i = 0; i < 100; i++) {
		c.wire.c2s.window = 1 + wire_len(&c.wire.c2s);
		assert_int_equal(tls_record_send(c.client, pattern + i * 100, 100), TLS_E_AGAIN);
		assert_int_equal(tls_record_get_direction(c.client), 1);
		c.wire.c2s.window = 0;
		assert_int_equal(tls_record_send(c.client, NULL, 0), 100);
	}
	c.wire.s2c.end += 100;
	assert_int_equal(tls_record_recv(c.client, got, 5000), 5000);
	assert_memory_equal(got, pattern, 5000);
	call_clear(&c);
}

static inline void contract_Q3_one_direction_alone_goes_on_for_ever(void **state)
{
	struct duo d;

	(void)state;
	duo_init(&d, NULL, NULL);
	duo_set_version(&d, call_version);
	duo_connect(&d);
	for (unsigned i = 0; i < 100; i++)
		duo_pass(d.client, d.server, pattern, 16384);
	for (unsigned i = 0; i < 100; i++)
		duo_pass(d.server, d.client, pattern, 16384);
	duo_clear(&d);
}

static inline void contract_Q5_both_send_and_neither_receives(void **state)
{
	tls_session_t end[2];
	struct duo d;

	(void)state;
	duo_init(&d, NULL, NULL);
	duo_set_version(&d, call_version);
	duo_connect(&d);
	d.wire.c2s.window = d.wire.s2c.window = 5000;
	end[0] = d.client;
	end[1] = d.server;
	for (unsigned i = 0; i < 10; i++) {
		assert_int_equal(tls_record_send(end[i % 2], pattern, 60000), TLS_E_AGAIN);
		assert_int_equal(tls_record_get_direction(end[i % 2]), 1);
	}
	for (unsigned i = 0; i < 2; i++) { /* one receives: the other goes on, and then it itself */
		size_t have = 0;

		while (have < 60000) {
			ssize_t n = tls_record_recv(end[i], got + have, 60000 - have);

			assert_true(n > 0 || n == TLS_E_AGAIN);
			have += n > 0 ? (size_t)n : 0;
			n = have < 60000 ? tls_record_send(end[1 - i], NULL, 0) : TLS_E_AGAIN;
			assert_true(n >= 0 || n == TLS_E_AGAIN);
		}
		assert_memory_equal(got, pattern, 60000);
	}
	duo_clear(&d);
}

#endif
