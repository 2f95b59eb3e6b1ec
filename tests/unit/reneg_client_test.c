/* reneg_client_test.c - renegotiation in TLS 1.2, our client with a scripted server: CONTRACT R3, R4, R8 and H4, each
 * under its number, and a server that doesn't keep to RFC 5746 section 3.5. */
#include "unit.h"

#include <string.h>

#include "cred.h"
#include "tests/lib/call.h"
#include "tests/lib/pair.h"
#include "tls/error.h"
#include "tls/limits.h"
#include "tls/state.h"

static void connect_flags(struct call *c, unsigned flags)
{
	call_init12(c, NULL, 0);
	c->client->flags |= flags;
	call_connect(c);
}

static void request(struct call *c)
{
	serv_send_message(&c->serv, TLS_HANDSHAKE_HELLO_REQUEST, NULL, 0);
}

static void data_flows(struct call *c)
{
	size_t had = c->serv.data.len;
	char text[8];

	serv_send_record(&c->serv, 23, "hello", 5);
	assert_int_equal(call_recv(c, text, sizeof(text)), 5);
	assert_memory_equal(text, "hello", 5);
	assert_int_equal(tls_record_send(c->client, "answer", 6), 6);
	serv_run(&c->serv);
	assert_null(c->serv.wrong);
	assert_int_equal(c->serv.data.len, had + 6);
}

/* The second handshake, whoever wanted it; */
static void again(struct call *c)
{
	unsigned n = c->serv.n_handshakes;

	assert_int_equal(call_handshake(c), 0);
	assert_null(c->serv.wrong);
	assert_int_equal(c->serv.n_handshakes, n + 1);
	assert_null(c->client->hs);
}

static void told(struct call *c)
{
	char byte;

	assert_int_equal(call_recv(c, &byte, 1), TLS_E_REHANDSHAKE);
}

static void contract_R3_as_the_server_asks_12_client(void **state)
{
	uint8_t random[32];
	struct call c;
	uint64_t key;

	(void)state;
	connect_flags(&c, TLS_ALLOW_RENEGOTIATION);
	for (unsigned i = 0; i < TLS_LIMIT_RENEGOTIATIONS; i++) {
		key = c.client->rd.key_id;
		memcpy(random, c.client->client_random, sizeof(random));
		request(&c);
		told(&c);
		again(&c);
		assert_true(c.client->rd.key_id != key);
		assert_memory_not_equal(random, c.client->client_random, sizeof(random));
		data_flows(&c);
	}
	request(&c);
	assert_int_equal(call_recv(&c, random, 1), TLS_E_TOO_MANY_RENEGOTIATIONS);
	call_clear(&c);
}

/* By itself it may as often as it likes: H5 is for TLS 1.3. */
static void contract_R3_R8_as_the_client_likes_12_client(void **state)
{
	struct call c;

	(void)state;
	connect_flags(&c, 0);
	for (unsigned i = 0; i < 2 * TLS_LIMIT_RENEGOTIATIONS; i++) {
		again(&c);
		data_flows(&c);
	}
	call_clear(&c);
}

static void contract_R7_a_client_cannot_ask_12_client(void **state)
{
	struct call c;

	(void)state;
	connect_flags(&c, 0);
	assert_int_equal(tls_rehandshake(c.client), TLS_E_INVALID_REQUEST);
	assert_false(tls_record_flush_pending(c.client));
	data_flows(&c);
	call_clear(&c);
}

/* One request of the server is taken up; of the next it is told, and it is declined. */
static void contract_R8_the_second_request_is_declined_12_client(void **state)
{
	struct call c;

	(void)state;
	connect_flags(&c, 0);
	request(&c);
	told(&c);
	again(&c);
	request(&c);
	told(&c);
	assert_int_equal(tls_handshake(c.client), TLS_E_INVALID_REQUEST);
	assert_null(c.client->hs);
	data_flows(&c);
	assert_int_equal(c.serv.alert, TLS_ALERT_NO_RENEGOTIATION);
	assert_int_equal(c.serv.alert_level, TLS_AL_WARNING);
	call_clear(&c);
}

static void contract_R4_the_client_declines_12_client(void **state)
{
	(void)state;
	for (unsigned how = 0; how < 2; how++) {
		struct call c;
		char byte;

		connect_flags(&c, 0);
		request(&c);
		told(&c);
		if (how == 0) {
			assert_int_equal(call_recv(&c, &byte, 1), TLS_E_AGAIN);
			/* receiving never writes */
			serv_run(&c.serv);
			assert_int_equal(c.serv.alert, -1);
		}
		assert_int_equal(tls_record_send(c.client, "x", 1), 1);
		serv_run(&c.serv);
		assert_int_equal(c.serv.alert, TLS_ALERT_NO_RENEGOTIATION);
		assert_int_equal(c.serv.n_hellos, 1);
		data_flows(&c);
		call_clear(&c);
	}
}

/* The server says no: the session is as it was, and the client may try again. */
static void contract_R4_the_server_declines_12_client(void **state)
{
	struct call c;
	uint8_t random[32];
	char byte;

	(void)state;
	connect_flags(&c, 0);
	memcpy(random, c.client->client_random, sizeof(random));
	c.serv.declines = true;
	for (unsigned i = 0; i < 3 * TLS_LIMIT_WARNING_ALERTS; i++) {
		if (i % 2 == 0) {
			assert_int_equal(call_handshake(&c), TLS_E_WARNING_ALERT_RECEIVED);
		} else {
			assert_int_equal(tls_handshake(c.client), TLS_E_AGAIN);
			serv_run(&c.serv);
			assert_int_equal(call_recv(&c, &byte, 1), TLS_E_WARNING_ALERT_RECEIVED);
		}
		assert_int_equal(tls_alert_get(c.client), TLS_ALERT_NO_RENEGOTIATION);
		assert_null(c.client->hs);
		assert_memory_equal(random, c.client->client_random, sizeof(random));
		data_flows(&c);
	}
	c.serv.declines = false;
	again(&c);
	data_flows(&c);
	call_clear(&c);
}

/* A program that calls until it has what it wants comes to an end, and so do the round trips. */
static void limit_declined_handshakes_of_a_client_12_client(void **state)
{
	struct call c;

	(void)state;
	connect_flags(&c, 0);
	for (unsigned i = 0; i <= TLS_LIMIT_DECLINED; i++) {
		c.serv.declines = i != 1; /* in a row: one that is taken up begins anew */
		assert_int_equal(call_handshake(&c), i != 1 ? TLS_E_WARNING_ALERT_RECEIVED : 0);
	}
	assert_int_equal(call_handshake(&c), TLS_E_WARNING_ALERT_RECEIVED);
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(tls_handshake(c.client), TLS_E_INVALID_REQUEST);
		assert_null(c.client->hs);
		assert_false(tls_record_flush_pending(c.client));
		data_flows(&c);
	}
	call_clear(&c);
}

/* A server that ignores the hello: receiving goes on, and new data waits for the answer. */
static void contract_R4_the_server_ignores_it_12_client(void **state)
{
	struct call c;
	char byte;

	(void)state;
	connect_flags(&c, 0);
	c.serv.ignores = true;
	assert_int_equal(call_handshake(&c), TLS_E_AGAIN);
	assert_int_equal(tls_record_get_direction(c.client), 0);
	for (unsigned i = 0; i < 5; i++) {
		serv_send_record(&c.serv, 23, "x", 1);
		assert_int_equal(tls_record_recv(c.client, &byte, 1), 1);
		assert_int_equal(tls_record_recv(c.client, &byte, 1), TLS_E_AGAIN);
		assert_int_equal(tls_record_get_direction(c.client), 0);
		assert_int_equal(tls_record_send(c.client, "y", 1), TLS_E_REHANDSHAKE);
		assert_int_equal(tls_handshake(c.client), TLS_E_AGAIN);
	}
	assert_int_equal(tls_bye(c.client, TLS_SHUT_WR), 0);
	serv_run(&c.serv);
	assert_true(c.serv.ended);
	call_clear(&c);
}

static void contract_H4_data_under_way_12_client(void **state)
{
	struct call c;
	char text[8];

	(void)state;
	connect_flags(&c, 0);
	/* one that is opened already, two that are read with the hello, in front of the answer */
	serv_send_record(&c.serv, 23, "abc", 3);
	assert_int_equal(tls_record_recv(c.client, text, 1), 1);
	serv_send_record(&c.serv, 23, "de", 2);
	serv_send_record(&c.serv, 23, "f", 1);
	assert_int_equal(tls_handshake(c.client), TLS_E_GOT_APPLICATION_DATA);
	assert_int_equal(tls_handshake(c.client), TLS_E_GOT_APPLICATION_DATA);
	assert_int_equal(tls_record_recv(c.client, text, 1), 1);
	assert_int_equal(text[0], 'b');
	assert_int_equal(tls_record_check_pending(c.client), 1);
	assert_int_equal(tls_record_recv(c.client, text, 1), 1);
	assert_int_equal(text[0], 'c');
	assert_int_equal(tls_handshake(c.client), TLS_E_GOT_APPLICATION_DATA);
	assert_int_equal(tls_record_recv(c.client, text, sizeof(text)), 3);
	assert_memory_equal(text, "def", 3);
	again(&c);
	data_flows(&c);
	call_clear(&c);
}

/* It arrives while the answer is awaited, and both calls find it. */
static void contract_H4_data_in_front_of_the_answer_12_client(void **state)
{
	(void)state;
	for (unsigned by_recv = 0; by_recv < 2; by_recv++) {
		struct call c;
		char text[8];

		connect_flags(&c, 0);
		assert_int_equal(tls_handshake(c.client), TLS_E_AGAIN);
		serv_send_record(&c.serv, 23, "abc", 3);
		request(&c); /* crosses our hello: ignored */
		serv_run(&c.serv);
		if (by_recv) {
			assert_int_equal(tls_record_recv(c.client, text, sizeof(text)), 3);
			assert_int_equal(tls_record_recv(c.client, text, sizeof(text)), TLS_E_REHANDSHAKE);
			assert_int_equal(tls_record_recv(c.client, text, sizeof(text)), TLS_E_REHANDSHAKE);
		} else {
			assert_int_equal(tls_handshake(c.client), TLS_E_GOT_APPLICATION_DATA);
			assert_int_equal(tls_record_recv(c.client, text, sizeof(text)), 3);
		}
		assert_int_equal(call_handshake(&c), 0);
		assert_int_equal(c.serv.n_handshakes, 2);
		data_flows(&c);
		call_clear(&c);
	}
}

/* ---- A server that doesn't keep to the rules */

/* The alert is one that the server can read. */
static void refused(struct call *c, int expected)
{
	char byte;

	call_refused(c, call_handshake(c), expected);
	assert_int_equal(tls_record_recv(c->client, &byte, 1), expected);
	assert_true(c->serv.alert_protected || tls_error_alert(expected) == 0);
	call_clear(c);
}

static void security_renegotiation_injection_wrong_info_client(void **state)
{
	struct call c;

	(void)state;
	for (unsigned i = 0; i < 8 * 2 * TLS_VERIFY_DATA_LEN + 26; i++) {
		unsigned len = i - 8 * 2 * TLS_VERIFY_DATA_LEN;

		connect_flags(&c, 0);
		memcpy(c.serv.info, c.serv.client_verify, TLS_VERIFY_DATA_LEN);
		memcpy(c.serv.info + TLS_VERIFY_DATA_LEN, c.serv.server_verify, TLS_VERIFY_DATA_LEN);
		c.serv.info_len = 2 * TLS_VERIFY_DATA_LEN;
		c.serv.keep_info = true;
		if (i < 8 * 2 * TLS_VERIFY_DATA_LEN)
			c.serv.info[i / 8] ^= (uint8_t)(1 << i % 8);
		else if (len < c.serv.info_len)
			c.serv.info_len = len;
		else if (len == c.serv.info_len)
			c.serv.no_renegotiation_info = true;
		else
			c.serv.renegotiation_info = "one byte too many for it.";
		refused(&c, TLS_E_SAFE_RENEGOTIATION_FAILED);
	}
}

static void what_was_agreed_on_stays(void **state)
{
	struct call c;

	(void)state;
	connect_flags(&c, 0);
	c.serv.no_extended_master_secret = true;
	refused(&c, TLS_E_EXT_MASTER_SECRET_DROPPED);
	/* a suite of TLS 1.3, a version that wasn't offered */
	connect_flags(&c, 0);
	c.serv.suite = TLS_CIPHER_AES_128_GCM_SHA256;
	refused(&c, TLS_E_ILLEGAL_PARAMETER);
	connect_flags(&c, 0);
	c.serv.extra_in = TLS_HANDSHAKE_SERVER_HELLO;
	c.serv.extra_type = TLS_EXT_SUPPORTED_VERSIONS;
	c.serv.extra_body = tls_span("\x03\x04", 2);
	refused(&c, TLS_E_ILLEGAL_EXTENSION);
}

/* Data behind the server's hello, or a second one of its messages. */
static void out_of_place(void **state)
{
	static const unsigned stops[] = {11, 12, 14, SERV_CCS, 20};

	(void)state;
	for (unsigned i = 0; i < sizeof(stops) / sizeof(stops[0]); i++) {
		struct call c;

		connect_flags(&c, 0);
		c.serv.stop_before = stops[i];
		assert_int_equal(call_handshake(&c), TLS_E_AGAIN);
		serv_send_record(&c.serv, 23, "x", 1);
		refused(&c, TLS_E_UNEXPECTED_PACKET);
		if (stops[i] == SERV_CCS)
			continue;
		connect_flags(&c, 0);
		c.serv.stop_before = stops[i];
		assert_int_equal(call_handshake(&c), TLS_E_AGAIN);
		serv_send_message(&c.serv, TLS_HANDSHAKE_SERVER_HELLO, NULL, 0);
		refused(&c, TLS_E_UNEXPECTED_HANDSHAKE_PACKET);
	}
}

/* RFC 5246 section 7.4.1.1: ignored while a handshake runs; eight times. */
static void requests_while_it_runs(void **state)
{
	static const unsigned stops[] = {2, 11, 12, 14};

	(void)state;
	for (unsigned i = 0; i < sizeof(stops) / sizeof(stops[0]); i++) {
		struct call c;

		connect_flags(&c, 0);
		c.serv.stop_before = stops[i];
		assert_int_equal(call_handshake(&c), TLS_E_AGAIN);
		c.serv.done = true; /* no part of the transcript */
		for (unsigned k = 0; k < TLS_LIMIT_RENEGOTIATIONS; k++) {
			request(&c);
			assert_int_equal(call_handshake(&c), TLS_E_AGAIN);
		}
		request(&c);
		assert_int_equal(call_handshake(&c), TLS_E_TOO_MANY_RENEGOTIATIONS);
		call_clear(&c);
	}
}

/* ---- Identities */

static tls_certificate_credentials_t rsa(void)
{
	tls_certificate_credentials_t cred = cred_new();

	assert_int_equal(cred_add_files(cred, "rsa.crt.pem", "rsa.pkcs8.pem"), 0);
	return cred;
}

static void security_identity_of_the_server_changes_client(void **state)
{
	static const uint16_t schemes[] = {TLS_SIGN_RSA_PSS_RSAE_SHA256};

	(void)state;
	for (unsigned flags = 0; flags <= TLS_ALLOW_ID_CHANGE; flags += TLS_ALLOW_ID_CHANGE) {
		tls_certificate_credentials_t other = rsa();
		struct call c;
		unsigned n;

		connect_flags(&c, flags);
		assert_int_equal(tls_credentials_choose(other, &c.serv.entry, &c.serv.scheme, tls_span(NULL, 0),
		                     schemes, 1, schemes, 1),
		    0);
		c.serv.suite = TLS_CIPHER_ECDHE_RSA_AES_128_GCM_SHA256;
		if (flags != 0) {
			again(&c);
			assert_non_null(tls_certificate_get_peers(c.client, &n));
			assert_int_equal(n, 1);
			call_clear(&c);
		} else {
			refused(&c, TLS_E_SESSION_USER_ID_CHANGED);
		}
		tls_certificate_free_credentials(other);
	}
}

/* The client shows none at first and one when it is asked in the second handshake: the usual case. */
static void contract_R3_with_a_client_certificate_12_client(void **state)
{
	tls_certificate_credentials_t cred = rsa();
	struct call c;

	(void)state;
	connect_flags(&c, 0);
	assert_int_equal(tls_certificate_client_get_request_status(c.client), 0);
	assert_int_equal(tls_credentials_set(c.client, TLS_CRD_CERTIFICATE, cred), 0);
	c.serv.ask = true;
	request(&c);
	told(&c);
	again(&c);
	assert_true(c.serv.proved);
	assert_int_equal(tls_certificate_client_get_request_status(c.client), 1);
	data_flows(&c);
	/* and not asked again */
	c.serv.ask = false;
	again(&c);
	assert_int_equal(tls_certificate_client_get_request_status(c.client), 0);
	data_flows(&c);
	call_clear(&c);
	tls_certificate_free_credentials(cred);
}

/* close_notify in place of an answer, read by whoever receives: nothing behind it counts. */
static void the_server_closes_instead(void **state)
{
	static const uint8_t closes[2] = {TLS_AL_WARNING, TLS_ALERT_CLOSE_NOTIFY};
	struct call c;
	char byte;

	(void)state;
	connect_flags(&c, 0);
	assert_int_equal(tls_handshake(c.client), TLS_E_AGAIN);
	serv_send_record(&c.serv, 21, closes, sizeof(closes));
	serv_send_record(&c.serv, 23, "x", 1);
	assert_int_equal(call_recv(&c, &byte, 1), 0);
	assert_int_equal(tls_handshake(c.client), TLS_E_SESSION_EOF);
	assert_true(call_recv(&c, &byte, 1) < 0);
	call_clear(&c);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(contract_R3_as_the_server_asks_12_client),
		cmocka_unit_test(contract_R3_R8_as_the_client_likes_12_client),
		cmocka_unit_test(contract_R7_a_client_cannot_ask_12_client),
		cmocka_unit_test(contract_R8_the_second_request_is_declined_12_client),
		cmocka_unit_test(contract_R4_the_client_declines_12_client),
		cmocka_unit_test(contract_R4_the_server_declines_12_client),
		cmocka_unit_test(limit_declined_handshakes_of_a_client_12_client),
		cmocka_unit_test(contract_R4_the_server_ignores_it_12_client),
		cmocka_unit_test(contract_H4_data_under_way_12_client),
		cmocka_unit_test(contract_H4_data_in_front_of_the_answer_12_client),
		cmocka_unit_test(security_renegotiation_injection_wrong_info_client),
		cmocka_unit_test(what_was_agreed_on_stays),
		cmocka_unit_test(out_of_place),
		cmocka_unit_test(requests_while_it_runs),
		cmocka_unit_test(security_identity_of_the_server_changes_client),
		cmocka_unit_test(contract_R3_with_a_client_certificate_12_client),
		cmocka_unit_test(the_server_closes_instead),
	};

	return cmocka_run_group_tests_name("reneg_client", tests, NULL, NULL);
}
