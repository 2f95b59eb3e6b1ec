/* close_test.c - how a session ends: close_notify each way, truncation, alerts of the application. RFC
 * 8446 section 6.1. */
#include "unit.h"

#include "tests/lib/pair.h"
#include "tls/state.h"

static uint8_t buf[1000];

static void our_half_only(void **state)
{
	struct pair p;

	(void)state;
	pair_init(&p, NULL);
	pair_connect(&p);
	assert_int_equal(tls_bye(p.server, TLS_SHUT_WR), 0);
	peer_run(&p.peer);
	assert_true(p.peer.ended);
	assert_int_equal(tls_record_send(p.server, "x", 1), TLS_E_INVALID_REQUEST);
	peer_send_record(&p.peer, 23, "still here", 10);
	assert_int_equal(pair_recv(&p, buf, sizeof(buf)), 10);
	peer_close(&p.peer);
	assert_int_equal(pair_recv(&p, buf, sizeof(buf)), 0);
	assert_int_equal(tls_bye(p.server, TLS_SHUT_RDWR), 0);
	pair_clear(&p);
}

static void their_half_only(void **state)
{
	struct pair p;

	(void)state;
	pair_init(&p, NULL);
	pair_connect(&p);
	peer_close(&p.peer);
	assert_int_equal(pair_recv(&p, buf, sizeof(buf)), 0);
	assert_int_equal(pair_recv(&p, buf, sizeof(buf)), 0);
	assert_int_equal(tls_record_send(p.server, "answer", 6), 6);
	peer_run(&p.peer);
	assert_int_equal(p.peer.data.len, 6);
	assert_int_equal(tls_alert_get(p.server), TLS_ALERT_CLOSE_NOTIFY);
	pair_clear(&p);
}

static void nothing_counts_after_close_notify(void **state)
{
	struct pair p;

	(void)state;
	pair_init(&p, NULL);
	pair_connect(&p);
	peer_close(&p.peer);
	peer_send_record(&p.peer, 23, "late", 4);
	assert_int_equal(pair_recv(&p, buf, sizeof(buf)), 0);
	assert_int_equal(pair_recv(&p, buf, sizeof(buf)), 0);
	assert_int_equal(tls_record_check_pending(p.server), 0);
	pair_clear(&p);
}

static void both_halves(void **state)
{
	struct pair p;

	(void)state;
	pair_init(&p, NULL);
	pair_connect(&p);
	assert_int_equal(tls_bye(p.server, TLS_SHUT_RDWR), TLS_E_AGAIN);
	assert_int_equal(tls_record_get_direction(p.server), 0);
	peer_send_record(&p.peer, 23, "dropped", 7);
	peer_close(&p.peer);
	assert_int_equal(tls_bye(p.server, TLS_SHUT_RDWR), 0);
	peer_run(&p.peer);
	assert_true(p.peer.ended);
	pair_clear(&p);
}

/* One close_notify, however often the call is repeated, and behind all data. */
static void interrupted_bye(void **state)
{
	struct pair p;
	int err = TLS_E_AGAIN;

	(void)state;
	pair_init(&p, NULL);
	pair_connect(&p);
	p.wire.s2c.window = 10;
	assert_int_equal(tls_record_send(p.server, buf, sizeof(buf)), TLS_E_AGAIN);
	for (unsigned i = 0; err == TLS_E_AGAIN && i < 1000; i++) {
		err = tls_bye(p.server, TLS_SHUT_WR);
		if (err == TLS_E_AGAIN)
			assert_int_equal(tls_record_get_direction(p.server), 1);
		peer_run(&p.peer);
	}
	assert_int_equal(err, 0);
	peer_run(&p.peer);
	assert_int_equal(p.peer.data.len, sizeof(buf));
	assert_true(p.peer.ended);
	assert_int_equal(p.peer.n_records, 1 + 1 + 1 + 4 + 1); /* SH, CCS, flight of 4, data, alert */
	pair_clear(&p);
}

static void security_truncation_at_the_end_13_server(void **state)
{
	struct pair p;

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		pair_init(&p, NULL);
		pair_connect(&p);
		if (i > 0)
			peer_send_record(&p.peer, 23, "half", 4);
		if (i == 2)
			p.wire.c2s.end -= 3;
		p.wire.c2s.closed = true;
		if (i == 1)
			assert_int_equal(pair_recv(&p, buf, sizeof(buf)), 4);
		assert_int_equal(pair_recv(&p, buf, sizeof(buf)), TLS_E_PREMATURE_TERMINATION);
		assert_int_equal(pair_recv(&p, buf, sizeof(buf)), TLS_E_PREMATURE_TERMINATION);
		assert_int_equal(tls_alert_get_sent(p.server), -1);
		pair_clear(&p);
	}
}

static void alerts_after_the_handshake(void **state)
{
	static const uint8_t fatal[2] = {2, TLS_ALERT_ACCESS_DENIED};
	static const uint8_t odd[2] = {1, TLS_ALERT_NO_RENEGOTIATION}; /* the level says nothing in 1.3 */
	static const uint8_t canceled[2] = {1, TLS_ALERT_USER_CANCELED};
	struct pair p;

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		pair_init(&p, NULL);
		pair_connect(&p);
		peer_send_record(&p.peer, 21, i == 0 ? fatal : odd, 2);
		assert_int_equal(pair_recv(&p, buf, 1), TLS_E_FATAL_ALERT_RECEIVED);
		assert_int_equal(tls_record_send(p.server, "x", 1), TLS_E_FATAL_ALERT_RECEIVED);
		pair_clear(&p);
	}
	pair_init(&p, NULL);
	pair_connect(&p);
	peer_send_record(&p.peer, 21, canceled, 2);
	peer_send_record(&p.peer, 23, "on", 2);
	assert_int_equal(pair_recv(&p, buf, sizeof(buf)), TLS_E_WARNING_ALERT_RECEIVED);
	assert_int_equal(pair_recv(&p, buf, sizeof(buf)), 2);
	pair_clear(&p);
}

static void malformed_alerts(void **state)
{
	static const uint8_t bytes[3] = {3, 0, 0};
	static const int errors[] = {TLS_E_UNEXPECTED_PACKET, TLS_E_UNEXPECTED_PACKET_LENGTH,
	    TLS_E_ILLEGAL_PARAMETER, TLS_E_UNEXPECTED_PACKET_LENGTH};

	(void)state;
	for (unsigned len = 0; len < 4; len++) {
		struct pair p;

		pair_init(&p, NULL);
		pair_connect(&p);
		peer_send_record(&p.peer, 21, bytes, len);
		assert_int_equal(pair_recv(&p, buf, 1), errors[len]);
		pair_clear(&p);
	}
}

static void alerts_of_the_application(void **state)
{
	struct pair p;

	(void)state;
	pair_init(&p, NULL);
	pair_connect(&p);
	p.wire.s2c.window = 10;
	assert_int_equal(tls_alert_send(p.server, TLS_AL_FATAL, TLS_ALERT_ACCESS_DENIED), TLS_E_AGAIN);
	p.wire.s2c.window = 0;
	assert_int_equal(tls_alert_send(p.server, TLS_AL_FATAL, TLS_ALERT_ACCESS_DENIED), 0);
	peer_run(&p.peer);
	assert_int_equal(p.peer.alert, TLS_ALERT_ACCESS_DENIED);
	assert_int_equal(tls_alert_get_sent(p.server), TLS_ALERT_ACCESS_DENIED);
	assert_true(tls_record_recv(p.server, buf, 1) < 0);
	assert_true(tls_record_send(p.server, "x", 1) < 0);
	pair_clear(&p);
}

/* RFC 8446 section 6: nothing is sent behind close_notify or a fatal alert, whoever asked for them. */
static void nothing_follows_the_last_word(void **state)
{
	struct pair p;

	(void)state;
	pair_init(&p, NULL);
	pair_connect(&p);
	assert_int_equal(tls_alert_send(p.server, TLS_AL_WARNING, TLS_ALERT_CLOSE_NOTIFY), 0);
	assert_int_equal(tls_record_send(p.server, "x", 1), TLS_E_INVALID_REQUEST);
	assert_int_equal(tls_session_key_update(p.server, 0), TLS_E_INVALID_REQUEST);
	assert_int_equal(
	    tls_alert_send(p.server, TLS_AL_FATAL, TLS_ALERT_INTERNAL_ERROR), TLS_E_INVALID_REQUEST);
	assert_int_equal(tls_alert_send(p.server, TLS_AL_WARNING, TLS_ALERT_CLOSE_NOTIFY), 0);
	assert_int_equal(tls_bye(p.server, TLS_SHUT_WR), 0);
	peer_run(&p.peer);
	assert_true(p.peer.ended);
	assert_null(p.peer.wrong);
	peer_send_record(&p.peer, 23, "still here", 10);
	assert_int_equal(pair_recv(&p, buf, sizeof(buf)), 10);
	pair_clear(&p);

	pair_init(&p, NULL);
	pair_connect(&p);
	p.wire.s2c.window = 1;
	wire_put(&p.wire.s2c, "x", 1);
	assert_int_equal(tls_alert_send(p.server, TLS_AL_FATAL, TLS_ALERT_ACCESS_DENIED), TLS_E_AGAIN);
	assert_int_equal(tls_record_send(p.server, "x", 1), TLS_E_INVALID_SESSION);
	pair_clear(&p);
}

static void bye_before_the_handshake(void **state)
{
	struct pair p;

	(void)state;
	pair_init(&p, NULL);
	assert_int_equal(tls_bye(p.server, TLS_SHUT_WR), TLS_E_INVALID_REQUEST);
	pair_clear(&p);
}

/* ---- Warnings: the same again is the call that was interrupted, as long as it is, and another alert then */

static int user_canceled(struct pair *p)
{
	return tls_alert_send(p->server, TLS_AL_WARNING, TLS_ALERT_USER_CANCELED);
}

/* Alerts that the peer has got, of those that the wire has taken. */
static unsigned n_alerts(struct pair *p)
{
	unsigned n = 0;

	for (size_t at = p->wire.s2c.start; at < p->wire.s2c.end;) {
		const uint8_t *head = p->wire.s2c.p + at;

		/* of TLS 1.2, whose records show what they are */
		n += head[0] == TLS_CONTENT_ALERT;
		at += TLS_RECORD_HEADER_LEN + ((size_t)head[3] << 8 | head[4]);
	}
	peer_run(&p->peer);
	assert_null(p->peer.wrong);
	return n;
}

static void a_warning_again(void **state)
{
	struct pair p;

	(void)state;
	pair_init12(&p, NULL);
	pair_connect(&p);
	assert_int_equal(user_canceled(&p), 0);
	assert_int_equal(n_alerts(&p), 1);
	p.wire.s2c.window = 1; /* interrupted, three times: one */
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(user_canceled(&p), TLS_E_AGAIN);
	p.wire.s2c.window = 0;
	assert_int_equal(user_canceled(&p), 0);
	assert_int_equal(n_alerts(&p), 1);
	assert_int_equal(user_canceled(&p), 0); /* and another one */
	assert_int_equal(n_alerts(&p), 1);
	p.wire.s2c.window = 1; /* data waits: nothing of it is an alert */
	assert_int_equal(tls_record_send(p.server, "data", 4), TLS_E_AGAIN);
	assert_int_equal(user_canceled(&p), TLS_E_AGAIN);
	assert_int_equal(user_canceled(&p), TLS_E_AGAIN);
	p.wire.s2c.window = 0;
	assert_int_equal(user_canceled(&p), 0);
	assert_int_equal(n_alerts(&p), 1);
	assert_int_equal(p.peer.data.len, 4);
	p.wire.s2c.window = 1; /* pushed by another call: what comes then is new */
	assert_int_equal(user_canceled(&p), TLS_E_AGAIN);
	p.wire.s2c.window = 0;
	assert_int_equal(tls_record_send(p.server, NULL, 0), 4); /* the count of the data before */
	assert_int_equal(user_canceled(&p), 0);
	assert_int_equal(n_alerts(&p), 2);
	pair_clear(&p);
}

static void two_warnings(void **state)
{
	struct pair p;

	(void)state;
	pair_init12(&p, NULL);
	pair_connect(&p);
	p.wire.s2c.window = 1;
	assert_int_equal(user_canceled(&p), TLS_E_AGAIN);
	assert_int_equal(tls_alert_send(p.server, TLS_AL_WARNING, TLS_ALERT_NO_RENEGOTIATION), TLS_E_AGAIN);
	assert_int_equal(tls_alert_send(p.server, TLS_AL_WARNING, TLS_ALERT_NO_RENEGOTIATION), TLS_E_AGAIN);
	p.wire.s2c.window = 0;
	assert_int_equal(tls_alert_send(p.server, TLS_AL_WARNING, TLS_ALERT_NO_RENEGOTIATION), 0);
	assert_int_equal(n_alerts(&p), 2);
	pair_clear(&p);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(our_half_only),
		cmocka_unit_test(their_half_only),
		cmocka_unit_test(nothing_counts_after_close_notify),
		cmocka_unit_test(both_halves),
		cmocka_unit_test(interrupted_bye),
		cmocka_unit_test(security_truncation_at_the_end_13_server),
		cmocka_unit_test(alerts_after_the_handshake),
		cmocka_unit_test(malformed_alerts),
		cmocka_unit_test(alerts_of_the_application),
		cmocka_unit_test(nothing_follows_the_last_word),
		cmocka_unit_test(bye_before_the_handshake),
		cmocka_unit_test(a_warning_again),
		cmocka_unit_test(two_warnings),
	};

	return cmocka_run_group_tests_name("close", tests, NULL, NULL);
}
