/* reneg_life_test.c - renegotiation in TLS 1.2, our server with a scripted client: what the application may do
 * between asking and the end: sending, closing, time limits. */
#include "unit.h"

#include <string.h>

#include "reneg.h"
#include "told.h"
#include "tests/lib/keeper.h"
#include "tls/error.h"
#include "tls/hs/sched12.h"
#include "tls/limits.h"

/* While it runs: nothing is received, no new data is sent, and what was queued goes out in front of it. */
static void data_while_it_runs(void **state)
{
	static uint8_t bulk[60000];
	struct pair p;
	char byte;
	size_t had;

	(void)state;
	reneg_connect(&p, 0);
	reneg_ask(&p);
	p.peer.hold_finished = true;
	reneg_hello(&p);
	p.wire.s2c.window = wire_len(&p.wire.s2c) + 100;
	assert_int_equal(tls_record_send(p.server, bulk, sizeof(bulk)), TLS_E_AGAIN);
	had = p.peer.data.len;
	assert_int_equal(tls_record_recv(p.server, &byte, 1), TLS_E_REHANDSHAKE);
	assert_int_equal(tls_handshake(p.server), TLS_E_AGAIN);
	assert_int_equal(tls_record_get_direction(p.server), 1);
	p.wire.s2c.window = 0;
	assert_int_equal(tls_handshake(p.server), TLS_E_AGAIN);
	assert_int_equal(tls_record_get_direction(p.server), 0);
	assert_int_equal(tls_record_recv(p.server, &byte, 1), TLS_E_REHANDSHAKE);
	/* the interrupted call is done, a new one isn't taken */
	assert_int_equal(tls_record_discard_queued(p.server), 0);
	assert_int_equal(tls_record_send(p.server, NULL, 0), sizeof(bulk));
	assert_int_equal(tls_record_send(p.server, "x", 1), TLS_E_REHANDSHAKE);
	assert_int_equal(tls_rehandshake(p.server), 0);
	assert_int_equal(tls_credentials_set(p.server, TLS_CRD_CERTIFICATE, pair_credentials()),
	    TLS_E_INVALID_REQUEST);
	peer_run(&p.peer);
	assert_int_equal(p.peer.data.len, had + sizeof(bulk));
	peer_finish(&p.peer);
	assert_int_equal(pair_run_handshake(&p), 0);
	assert_int_equal(p.peer.n_hello_requests, 1);
	reneg_data_flows(&p);
	pair_clear(&p);
}

/* tls_bye in each state between asking and running. */
static void close_at_any_time(void **state)
{
	(void)state;
	for (unsigned when = 0; when < 4; when++) {
		struct pair p;
		char byte;

		reneg_connect(&p, 0);
		p.peer.hold_finished = true;
		if (when > 0)
			reneg_ask(&p);
		if (when > 1) {
			reneg_hello(&p);
			assert_int_equal(tls_record_recv(p.server, &byte, 1), TLS_E_REHANDSHAKE);
		}
		if (when > 2)
			assert_int_equal(tls_handshake(p.server), TLS_E_AGAIN);
		assert_int_equal(tls_bye(p.server, TLS_SHUT_WR), 0);
		assert_null(p.server->hs);
		peer_run(&p.peer);
		assert_true(p.peer.ended);
		assert_int_equal(p.peer.alert, TLS_ALERT_CLOSE_NOTIFY);
		assert_int_equal(tls_handshake(p.server), TLS_E_INVALID_REQUEST);
		assert_int_equal(tls_rehandshake(p.server), TLS_E_INVALID_REQUEST);
		if (when > 2) {
			/* in the midst of one it is over */
			assert_int_equal(tls_record_check_pending(p.server), 0);
			assert_int_equal(tls_record_recv(p.server, &byte, 1), TLS_E_INVALID_SESSION);
			pair_clear(&p);
			continue;
		}
		/* a hello finds nobody who answers; data and the end still come */
		reneg_hello(&p);
		peer_send_record(&p.peer, 23, "x", 1);
		peer_close(&p.peer);
		assert_int_equal(tls_record_recv(p.server, &byte, 1), 1);
		assert_int_equal(tls_bye(p.server, TLS_SHUT_RDWR), 0);
		assert_false(tls_record_flush_pending(p.server));
		pair_clear(&p);
	}
}

/* The client is gone: there is nobody to ask. */
static void the_client_has_closed(void **state)
{
	struct pair p;
	char byte;

	(void)state;
	reneg_connect(&p, 0);
	reneg_ask(&p);
	peer_close(&p.peer);
	assert_int_equal(tls_record_recv(p.server, &byte, 1), 0);
	assert_int_equal(tls_handshake(p.server), TLS_E_INVALID_REQUEST);
	assert_int_equal(tls_rehandshake(p.server), TLS_E_INVALID_REQUEST);
	assert_int_equal(tls_record_send(p.server, "last", 4), 4);
	pair_clear(&p);
}

static uint64_t now;

static uint64_t fake_time(void *ptr)
{
	(void)ptr;
	return now;
}

static void contract_H8_time_limit_of_a_renegotiation_12_server(void **state)
{
	(void)state;
	for (unsigned running = 0; running < 2; running++) {
		struct pair p;

		now = 1000;
		reneg_connect(&p, 0);
		tls_session_set_time_function(p.server, fake_time, NULL);
		tls_handshake_set_timeout(p.server, 500);
		p.peer.hold_finished = true;
		reneg_ask(&p);
		if (running)
			reneg_hello(&p);
		now = 9000; /* it counts from tls_handshake on */
		assert_int_equal(tls_handshake(p.server), TLS_E_AGAIN);
		now = 9499;
		assert_int_equal(tls_handshake(p.server), TLS_E_AGAIN);
		now = 9500;
		assert_int_equal(tls_handshake(p.server), TLS_E_TIMEDOUT);
		pair_clear(&p);
	}
}

/* An answer ends it, whoever reads it: the next request has a time of its own. */
static void contract_H8_the_answer_ends_the_limit_12_server(void **state)
{
	static const uint8_t no[2] = {TLS_AL_WARNING, TLS_ALERT_NO_RENEGOTIATION};
	struct pair p;
	char byte;

	(void)state;
	now = 1000;
	reneg_connect(&p, 0);
	tls_session_set_time_function(p.server, fake_time, NULL);
	tls_handshake_set_timeout(p.server, 500);
	reneg_ask(&p);
	assert_int_equal(tls_handshake(p.server), TLS_E_AGAIN);
	peer_send_record(&p.peer, 21, no, sizeof(no));
	assert_int_equal(tls_record_recv(p.server, &byte, 1), TLS_E_WARNING_ALERT_RECEIVED);
	now = 9000;
	reneg_ask(&p);
	assert_int_equal(tls_handshake(p.server), TLS_E_AGAIN);
	now = 9500;
	assert_int_equal(tls_handshake(p.server), TLS_E_TIMEDOUT);
	pair_clear(&p);
}

/* RFC 8449: it can only get less, whatever the second hello says. */
static void record_size_limits(void **state)
{
	static uint8_t bulk[5000];
	static const unsigned limits[][3] = {{1000, 500, 500}, {500, 1000, 500}, {1000, 0, 1000}, {0, 700, 700}};

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		struct pair p;

		pair_init12(&p, NULL);
		p.peer.record_size_limit = limits[i][0];
		pair_connect(&p);
		p.peer.record_size_limit = limits[i][1];
		reneg_ask(&p);
		reneg_hello(&p);
		reneg_takes_up(&p);
		p.peer.max_record = 0;
		assert_int_equal(pair_send(&p, bulk, sizeof(bulk)), sizeof(bulk));
		peer_run(&p.peer);
		assert_null(p.peer.wrong);
		assert_int_equal(p.peer.max_record, limits[i][2]);
		pair_clear(&p);
	}
}

/* What the first handshake gave out, the second gives out anew; exported keys are those of the last one. */
static void what_is_made_again(void **state)
{
	uint8_t first[32], then[32];
	struct pair p;

	(void)state;
	told.n_secrets = 0;
	pair_init12(&p, NULL);
	tls_session_set_keylog_function(p.server, told_keylog);
	pair_connect(&p);
	assert_int_equal(tls_prf_rfc5705(p.server, 6, "EXPERI", 0, NULL, 32, (char *)first), 0);
	reneg_ask(&p);
	p.peer.hold_finished = true;
	reneg_hello(&p);
	assert_int_equal(pair_run_handshake(&p), TLS_E_AGAIN);
	/* between the two there are none */
	assert_int_equal(tls_prf_rfc5705(p.server, 6, "EXPERI", 0, NULL, 32, (char *)then), TLS_E_INVALID_REQUEST);
	peer_finish(&p.peer);
	assert_int_equal(pair_run_handshake(&p), 0);
	assert_int_equal(tls_prf_rfc5705(p.server, 6, "EXPERI", 0, NULL, 32, (char *)then), 0);
	assert_memory_not_equal(first, then, 32);
	assert_int_equal(told.n_secrets, 2);
	told_is(1, "CLIENT_RANDOM", p.peer.sched12.master, TLS_MASTER_LEN);
	pair_clear(&p);
}

/* A key that somebody else has: the second handshake waits for it like the first. */
static void a_key_that_waits(void **state)
{
	(void)state;
	for (unsigned closes = 0; closes < 2; closes++) {
		struct scene c;
		char byte;

		scene_init(&c, SERVER12, KEY_P256);
		assert_int_equal(scene_run(&c), 0);
		c.keeper.n_asked = 0;
		c.keeper.not_yet = 3;
		assert_int_equal(tls_rehandshake(c.s), 0);
		peer_run(&c.pair.peer);
		reneg_hello(&c.pair);
		assert_int_equal(pair_recv(&c.pair, &byte, 1), TLS_E_REHANDSHAKE);
		assert_int_equal(tls_handshake(c.s), TLS_E_AGAIN);
		assert_int_equal(tls_record_get_direction(c.s), TLS_WAIT_KEY);
		/* whoever receives meanwhile is sent back to tls_handshake */
		assert_int_equal(tls_record_recv(c.s, &byte, 1), TLS_E_REHANDSHAKE);
		assert_int_equal(tls_record_send(c.s, "x", 1), TLS_E_REHANDSHAKE);
		if (closes) {
			assert_int_equal(tls_bye(c.s, TLS_SHUT_WR), 0);
			assert_int_equal(c.keeper.n_cancelled, 1);
		} else {
			assert_int_equal(scene_run(&c), 0);
			assert_int_equal(c.keeper.n_cancelled, 0);
			reneg_data_flows(&c.pair);
		}
		scene_clear(&c);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(data_while_it_runs),
		cmocka_unit_test(close_at_any_time),
		cmocka_unit_test(the_client_has_closed),
		cmocka_unit_test(contract_H8_time_limit_of_a_renegotiation_12_server),
		cmocka_unit_test(contract_H8_the_answer_ends_the_limit_12_server),
		cmocka_unit_test(record_size_limits),
		cmocka_unit_test(what_is_made_again),
		cmocka_unit_test(a_key_that_waits),
	};

	return cmocka_run_group_tests_name("reneg_life", tests, NULL, NULL);
}
