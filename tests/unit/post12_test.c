/* post12_test.c - after a handshake of TLS 1.2: a hello that wants another one is declined once, data goes on;
 * there is no KeyUpdate, and the key's limit ends the session. RFC 5246 section 7.2.2, RFC 8446 section 5.5. */
#include "unit.h"

#include <string.h>

#include "tests/lib/pair.h"
#include "tls/error.h"
#include "tls/limits.h"
#include "tls/state.h"

static void contract_R8_a_client_that_renegotiates_is_declined_12_server(void **state)
{
	struct pair p;
	unsigned pushes;
	char text[8];

	(void)state;
	pair_init12(&p, NULL);
	pair_connect(&p);
	pushes = p.wire.n_pushes;
	peer_hello(&p.peer);
	peer_send_record(&p.peer, 23, "data", 4);
	assert_int_equal(tls_record_recv(p.server, text, sizeof(text)), TLS_E_REHANDSHAKE);
	assert_int_equal(tls_record_recv(p.server, text, sizeof(text)), 4);
	/* receiving never writes: the answer is noted, and one is enough for many */
	peer_hello(&p.peer);
	peer_hello(&p.peer);
	assert_int_equal(tls_record_recv(p.server, text, sizeof(text)), TLS_E_REHANDSHAKE);
	assert_int_equal(tls_record_recv(p.server, text, sizeof(text)), TLS_E_REHANDSHAKE);
	assert_int_equal(tls_record_recv(p.server, text, sizeof(text)), TLS_E_AGAIN);
	assert_int_equal(tls_record_get_direction(p.server), 0);
	assert_int_equal(p.wire.n_pushes, pushes);
	assert_true(tls_record_flush_pending(p.server));
	assert_int_equal(tls_record_send(p.server, "more", 4), 4);
	assert_false(tls_record_flush_pending(p.server));
	peer_run(&p.peer);
	assert_null(p.peer.wrong);
	assert_int_equal(p.peer.alert, TLS_ALERT_NO_RENEGOTIATION);
	assert_int_equal(p.peer.alert_level, TLS_AL_WARNING);
	assert_int_equal(p.peer.data.len, 4);
	pair_clear(&p);
}

static void the_answer_is_flushed_alone(void **state)
{
	struct pair p;
	char byte;

	(void)state;
	pair_init12(&p, NULL);
	pair_connect(&p);
	p.peer.cut = 10; /* a hello in many records */
	peer_hello(&p.peer);
	assert_int_equal(tls_record_recv(p.server, &byte, 1), TLS_E_REHANDSHAKE);
	/* until the application goes on it may still take it up */
	assert_int_equal(tls_record_send(p.server, NULL, 0), 0);
	assert_int_equal(tls_record_recv(p.server, &byte, 1), TLS_E_AGAIN);
	assert_int_equal(tls_record_send(p.server, NULL, 0), 0);
	peer_run(&p.peer);
	assert_int_equal(p.peer.alert, TLS_ALERT_NO_RENEGOTIATION);
	assert_false(tls_record_flush_pending(p.server));
	pair_clear(&p);
}

/* CVE-2011-1473: asking costs us next to nothing, and not for ever. */
static void limit_renegotiations_12_server(void **state)
{
	struct pair p;
	char byte;

	(void)state;
	pair_init12(&p, NULL);
	pair_connect(&p);
	for (unsigned i = 0; i < TLS_LIMIT_RENEGOTIATIONS; i++) {
		peer_hello(&p.peer);
		assert_int_equal(tls_record_recv(p.server, &byte, 1), TLS_E_REHANDSHAKE);
		assert_int_equal(tls_record_recv(p.server, &byte, 1), TLS_E_AGAIN);
		assert_int_equal(tls_record_send(p.server, NULL, 0), 0);
		peer_run(&p.peer);
	}
	peer_hello(&p.peer);
	assert_int_equal(tls_record_recv(p.server, &byte, 1), TLS_E_TOO_MANY_RENEGOTIATIONS);
	pair_flush(&p);
	assert_int_equal(p.peer.alert, TLS_ALERT_UNEXPECTED_MESSAGE);
	assert_int_equal(p.peer.alert_level, TLS_AL_FATAL);
	pair_clear(&p);
}

static void contract_R4_a_warning_is_told_and_the_session_goes_on_12_server(void **state)
{
	static const uint8_t no_renegotiation[2] = {1, TLS_ALERT_NO_RENEGOTIATION};
	struct pair p;
	char text[8];

	(void)state;
	pair_init12(&p, NULL);
	pair_connect(&p);
	peer_send_record(&p.peer, 21, no_renegotiation, 2);
	assert_int_equal(tls_record_recv(p.server, text, sizeof(text)), TLS_E_WARNING_ALERT_RECEIVED);
	assert_int_equal(tls_alert_get(p.server), TLS_ALERT_NO_RENEGOTIATION);
	peer_send_record(&p.peer, 23, "data", 4);
	assert_int_equal(tls_record_recv(p.server, text, sizeof(text)), 4);
	assert_int_equal(tls_record_send(p.server, "more", 4), 4);
	pair_clear(&p);
}

static void every_other_message(void **state)
{
	static const uint8_t body[64];

	(void)state;
	for (unsigned type = 0; type < 256; type++) {
		struct pair p;
		char byte;

		if (type == TLS_HANDSHAKE_CLIENT_HELLO)
			continue;
		pair_init12(&p, NULL);
		pair_connect(&p);
		peer_send_message(&p.peer, type, body, sizeof(body));
		assert_int_equal(tls_record_recv(p.server, &byte, 1), TLS_E_UNEXPECTED_HANDSHAKE_PACKET);
		pair_flush(&p);
		assert_int_equal(p.peer.alert, TLS_ALERT_UNEXPECTED_MESSAGE);
		pair_clear(&p);
	}
}

static void hello_of_any_length(void **state)
{
	struct pair p;
	char byte;

	(void)state;
	pair_init12(&p, NULL);
	pair_connect(&p);
	peer_send_record(&p.peer, 22, "\x01\x00\x40\x01", 4);
	assert_int_equal(tls_record_recv(p.server, &byte, 1), TLS_E_HANDSHAKE_TOO_LARGE);
	pair_clear(&p);
	pair_init12(&p, NULL);
	pair_connect(&p);
	peer_send_record(&p.peer, 22, "\x01\x00\x00\x09", 4);
	peer_send_record(&p.peer, 23, "data", 4);
	assert_int_equal(tls_record_recv(p.server, &byte, 1), TLS_E_UNEXPECTED_PACKET);
	pair_clear(&p);
}

static void no_key_update(void **state)
{
	struct pair p;

	(void)state;
	pair_init12(&p, NULL);
	pair_connect(&p);
	assert_int_equal(tls_session_key_update(p.server, 0), TLS_E_INVALID_REQUEST);
	assert_int_equal(tls_session_key_update(p.server, TLS_KU_PEER), TLS_E_INVALID_REQUEST);
	assert_int_equal(tls_record_send(p.server, "data", 4), 4);
	peer_run(&p.peer);
	assert_int_equal(p.peer.data.len, 4);
	pair_clear(&p);
}

/* SECURITY 2.2, AEAD limits: without KeyUpdate the session ends, with an alert. */
static void security_aead_limits_end_12_server(void **state)
{
	struct pair p;

	(void)state;
	pair_init12(&p, NULL);
	pair_connect(&p);
	p.server->wr.seq = p.server->wr.suite->max_records - 1;
	p.peer.io.rd.seq = p.server->wr.seq;
	assert_int_equal(tls_record_send(p.server, "last", 4), 4);
	assert_int_equal(tls_record_send(p.server, "more", 4), TLS_E_RECORD_LIMIT_REACHED);
	assert_int_equal(tls_record_send(p.server, "more", 4), TLS_E_RECORD_LIMIT_REACHED);
	pair_flush(&p);
	assert_null(p.peer.wrong);
	assert_int_equal(p.peer.data.len, 4);
	assert_int_equal(p.peer.alert, TLS_ALERT_INTERNAL_ERROR);
	pair_clear(&p);
}

/* close_notify each way, each on its own. */
static void close_each_direction(void **state)
{
	struct pair p;
	char text[8];

	(void)state;
	pair_init12(&p, NULL);
	pair_connect(&p);
	assert_int_equal(tls_bye(p.server, TLS_SHUT_WR), 0);
	peer_run(&p.peer);
	assert_true(p.peer.ended);
	assert_int_equal(p.peer.alert_level, TLS_AL_WARNING);
	peer_send_record(&p.peer, 23, "late", 4);
	assert_int_equal(tls_record_recv(p.server, text, sizeof(text)), 4);
	peer_close(&p.peer);
	assert_int_equal(tls_record_recv(p.server, text, sizeof(text)), 0);
	pair_clear(&p);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(contract_R8_a_client_that_renegotiates_is_declined_12_server),
		cmocka_unit_test(the_answer_is_flushed_alone),
		cmocka_unit_test(limit_renegotiations_12_server),
		cmocka_unit_test(contract_R4_a_warning_is_told_and_the_session_goes_on_12_server),
		cmocka_unit_test(every_other_message),
		cmocka_unit_test(hello_of_any_length),
		cmocka_unit_test(no_key_update),
		cmocka_unit_test(security_aead_limits_end_12_server),
		cmocka_unit_test(close_each_direction),
	};

	return cmocka_run_group_tests_name("post12", tests, NULL, NULL);
}
