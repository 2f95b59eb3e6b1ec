/* post_test.c - after the handshake: KeyUpdate both ways, its limits, and every message that may not
 * come. RFC 8446 section 4.6. */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "tests/lib/pair.h"
#include "tls/error.h"
#include "tls/limits.h"
#include "tls/state.h"

static uint8_t buf[20000];

static void ended(struct pair *p, int expected)
{
	ssize_t n = pair_recv(p, buf, sizeof(buf));

	assert_string_equal(tls_strerror_name((int)n), tls_strerror_name(expected));
	assert_int_equal(tls_record_send(p->server, "x", 1), expected);
	pair_flush(p);
	assert_int_equal(p->peer.alert, tls_error_alert(expected));
	pair_clear(p);
}

static void one_answer_to_many_requests(void **state)
{
	struct pair p;

	(void)state;
	pair_init(&p, NULL);
	pair_connect(&p);
	for (unsigned i = 0; i < TLS_LIMIT_KEY_UPDATES; i++)
		peer_key_update(&p.peer, true);
	peer_send_record(&p.peer, 23, "ping", 4);
	assert_int_equal(pair_recv(&p, buf, sizeof(buf)), 4);
	assert_true(tls_record_flush_pending(p.server));
	assert_int_equal(tls_record_send(p.server, "pong", 4), 4);
	peer_run(&p.peer);
	assert_null(p.peer.wrong);
	assert_int_equal(p.peer.n_key_updates, 1);
	assert_false(p.peer.key_update_asked);
	assert_int_equal(p.peer.data.len, 4);
	pair_clear(&p);
}

static void an_answer_without_data(void **state)
{
	struct pair p;

	(void)state;
	pair_init(&p, NULL);
	pair_connect(&p);
	peer_key_update(&p.peer, true);
	assert_int_equal(pair_recv(&p, buf, 1), TLS_E_AGAIN);
	assert_int_equal(tls_record_send(p.server, NULL, 0), 0);
	peer_run(&p.peer);
	assert_int_equal(p.peer.n_key_updates, 1);
	assert_false(tls_record_flush_pending(p.server));
	pair_clear(&p);
}

static void a_request_needs_no_answer_when_refused_to(void **state)
{
	struct pair p;

	(void)state;
	pair_init(&p, NULL);
	pair_connect(&p);
	assert_int_equal(tls_bye(p.server, TLS_SHUT_WR), 0);
	peer_key_update(&p.peer, true);
	peer_send_record(&p.peer, 23, "late", 4);
	assert_int_equal(pair_recv(&p, buf, sizeof(buf)), 4);
	assert_false(tls_record_flush_pending(p.server));
	pair_clear(&p);
}

/* SECURITY 2.1, KeyUpdate flood: 2 and 32 are fine, 33 and 100,000 end the session, in one record each
 * or while the peer never reads. */
static void security_key_update_flood_13_server(void **state)
{
	static const unsigned counts[] = {2, 32, 33, 100000};

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		struct pair p;

		pair_init(&p, NULL);
		pair_connect(&p);
		p.wire.s2c.window = 1;
		for (unsigned k = 0; k < counts[i] && k < 1000; k++)
			peer_key_update(&p.peer, true);
		if (counts[i] <= TLS_LIMIT_KEY_UPDATES) {
			assert_int_equal(pair_recv(&p, buf, 1), TLS_E_AGAIN);
			assert_int_equal(p.wire.n_pushes, 1); /* the handshake's flight */
			pair_clear(&p);
			continue;
		}
		p.wire.s2c.window = 0;
		ended(&p, TLS_E_TOO_MANY_KEY_UPDATES);
	}
}

static void security_key_update_flood_in_one_record_13_server(void **state)
{
	uint8_t two[10] = {24, 0, 0, 1, 1, 24, 0, 0, 1, 1};
	struct pair p;

	(void)state;
	pair_init(&p, NULL);
	pair_connect(&p);
	peer_send_record(&p.peer, 22, two, sizeof(two));
	ended(&p, TLS_E_MESSAGE_CROSSES_KEY_CHANGE);
}

static void data_resets_the_count(void **state)
{
	struct pair p;

	(void)state;
	pair_init(&p, NULL);
	pair_connect(&p);
	for (unsigned i = 0; i < 200; i++) {
		peer_key_update(&p.peer, false);
		peer_send_record(&p.peer, 23, "x", 1);
		assert_int_equal(pair_recv(&p, buf, 10), 1);
	}
	pair_clear(&p);
}

static void key_update_cut_in_bytes(void **state)
{
	struct pair p;

	(void)state;
	pair_init(&p, NULL);
	pair_connect(&p);
	p.peer.cut = 1;
	peer_key_update(&p.peer, false);
	peer_send_record(&p.peer, 23, "x", 1);
	assert_int_equal(pair_recv(&p, buf, 10), 1);
	pair_clear(&p);
}

static void data_between_the_pieces(void **state)
{
	struct pair p;

	(void)state;
	pair_init(&p, NULL);
	pair_connect(&p);
	peer_send_record(&p.peer, 22, "\x18\x00", 2);
	peer_send_record(&p.peer, 23, "x", 1);
	ended(&p, TLS_E_UNEXPECTED_PACKET);
}

static void bad_key_updates(void **state)
{
	static const struct {
		uint8_t body[2];
		size_t len;
		int error;
	} rows[] = {
		{{2, 0}, 1, TLS_E_ILLEGAL_PARAMETER},
		{{255, 0}, 1, TLS_E_ILLEGAL_PARAMETER},
		{{0, 0}, 0, TLS_E_UNEXPECTED_PACKET_LENGTH},
		{{0, 0}, 2, TLS_E_HANDSHAKE_TOO_LARGE},
	};

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		struct pair p;

		pair_init(&p, NULL);
		pair_connect(&p);
		peer_send_message(&p.peer, TLS_HANDSHAKE_KEY_UPDATE, rows[i].body, rows[i].len);
		ended(&p, rows[i].error);
	}
}

static void contract_H9_every_other_message_afterwards_13_server(void **state)
{
	static const uint8_t body[40];

	(void)state;
	for (unsigned type = 0; type < 256; type++) {
		struct pair p;

		if (type == TLS_HANDSHAKE_KEY_UPDATE)
			continue;
		pair_init(&p, NULL);
		pair_connect(&p);
		peer_send_message(&p.peer, type, body, sizeof(body));
		ended(&p, TLS_E_UNEXPECTED_HANDSHAKE_PACKET);
	}
}

static void empty_handshake_record(void **state)
{
	struct pair p;

	(void)state;
	pair_init(&p, NULL);
	pair_connect(&p);
	peer_send_record(&p.peer, 22, buf, 0);
	ended(&p, TLS_E_UNEXPECTED_PACKET);
}

/* RFC 8446 section 5.5: new keys before the old ones have sealed too much. */
static void security_aead_limits_update_13_server(void **state)
{
	struct pair p;
	uint64_t limit;

	(void)state;
	pair_init(&p, NULL);
	pair_connect(&p);
	limit = p.server->wr.suite->max_records;
	p.server->wr.seq = p.peer.io.rd.seq = limit - 2;
	for (unsigned i = 0; i < 5; i++)
		assert_int_equal(pair_send(&p, "x", 1), 1);
	peer_run(&p.peer);
	assert_null(p.peer.wrong);
	assert_int_equal(p.peer.n_key_updates, 1);
	assert_int_equal(p.peer.data.len, 5);
	assert_int_equal(p.server->wr.seq, 3);
	pair_clear(&p);
}

static void key_update_before_the_end_of_the_handshake(void **state)
{
	struct pair p;

	(void)state;
	pair_init(&p, NULL);
	assert_int_equal(tls_session_key_update(p.server, 0), TLS_E_INVALID_REQUEST);
	assert_int_equal(tls_rehandshake(p.server), TLS_E_INVALID_REQUEST);
	pair_connect(&p);
	assert_int_equal(tls_session_key_update(p.server, 0), 0);
	assert_int_equal(pair_send(&p, "x", 1), 1);
	peer_run(&p.peer);
	assert_int_equal(p.peer.n_key_updates, 1);
	assert_false(p.peer.key_update_asked);
	pair_clear(&p);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_answer_to_many_requests),
		cmocka_unit_test(an_answer_without_data),
		cmocka_unit_test(a_request_needs_no_answer_when_refused_to),
		cmocka_unit_test(security_key_update_flood_13_server),
		cmocka_unit_test(security_key_update_flood_in_one_record_13_server),
		cmocka_unit_test(data_resets_the_count),
		cmocka_unit_test(key_update_cut_in_bytes),
		cmocka_unit_test(data_between_the_pieces),
		cmocka_unit_test(bad_key_updates),
		cmocka_unit_test(contract_H9_every_other_message_afterwards_13_server),
		cmocka_unit_test(empty_handshake_record),
		cmocka_unit_test(security_aead_limits_update_13_server),
		cmocka_unit_test(key_update_before_the_end_of_the_handshake),
	};

	return cmocka_run_group_tests_name("post", tests, NULL, NULL);
}
