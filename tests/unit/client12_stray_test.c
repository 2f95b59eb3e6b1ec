/* client12_stray_test.c - what arrives at our client where it doesn't belong in a handshake of TLS 1.2: every other
 * message and record at every step, change_cipher_spec early, late, twice, missing and misshapen, alerts. */
#include "stray.h"

#include <string.h>

#include "tls/error.h"
#include "tls/limits.h"

#define NO_MESSAGE 256 /* a record of another type is expected */

/* Where something of a server's can arrive: the client awaits this one. */
static const struct stray_place places[] = {
	{TLS_HANDSHAKE_SERVER_HELLO, {2, 2}},
	{TLS_HANDSHAKE_CERTIFICATE_PKT, {11, 11}},
	{TLS_HANDSHAKE_SERVER_KEY_EXCHANGE, {12, 12}},
	{TLS_HANDSHAKE_SERVER_HELLO_DONE, {13, 14}}, /* in front of it a CertificateRequest may stand */
	{SERV_CCS, {NO_MESSAGE, NO_MESSAGE}},
	{TLS_HANDSHAKE_FINISHED, {20, 20}},
	{0, {0, 0}}, /* established: a HelloRequest may come */
	{TLS_HANDSHAKE_SERVER_HELLO_DONE, {14, 14}}, /* behind a CertificateRequest */
};

#define N_PLACES (sizeof(places) / sizeof(places[0]))
#define AT_CCS 4
#define AT_FINISHED 5
#define ESTABLISHED 6
#define ASKED 7

static void arrive(struct call *c, unsigned place)
{
	call_init12(c, NULL, 0);
	c->serv.ask = place == ASKED;
	c->serv.stop_before = places[place].stop_before;
	if (place == ESTABLISHED)
		call_connect(c);
	else
		assert_int_equal(call_handshake(c), TLS_E_AGAIN);
}

static void contract_H9_every_other_message_at_every_step_12_client(void **state)
{
	(void)state;
	stray_messages(places, N_PLACES, ESTABLISHED, arrive);
}

static void contract_H9_every_other_record_type_at_every_step_12_client(void **state)
{
	static const uint8_t body[2] = {9, 9};

	(void)state;
	for (unsigned place = 0; place < N_PLACES; place++) {
		for (unsigned type = 0; type < 256; type++) {
			struct call c;

			if ((type >= 20 && type <= 22) || (type == 23 && place == ESTABLISHED))
				continue;
			arrive(&c, place);
			serv_send_record(&c.serv, type, body, sizeof(body));
			call_answers(&c, place == ESTABLISHED,
			    type == 23 ? TLS_E_UNEXPECTED_PACKET : TLS_E_PROTOCOL_NOT_TLS);
		}
	}
}

/* SMACK: everything between is left out. */
static void finished_at_every_step(void **state)
{
	static const uint8_t body[TLS_VERIFY_DATA_LEN];

	(void)state;
	for (unsigned place = 0; place < AT_FINISHED; place++) {
		struct call c;

		arrive(&c, place);
		serv_send_message(&c.serv, TLS_HANDSHAKE_FINISHED, body, sizeof(body));
		call_answers(&c, place == ESTABLISHED, TLS_E_UNEXPECTED_HANDSHAKE_PACKET);
	}
}

/* CVE-2014-0224: keys must not change before there are any, nor a second time. In front of the ServerHello it may
 * be one of TLS 1.3, which is dropped: the ServerHello that chooses TLS 1.2 shows that it was none. */
static void security_early_ccs_12_client(void **state)
{
	static const uint8_t one = 1;
	struct call c;

	(void)state;
	for (unsigned place = 1; place < N_PLACES; place++) {
		if (place == AT_CCS)
			continue;
		arrive(&c, place);
		serv_send_record(&c.serv, 20, &one, 1);
		call_answers(&c, place == ESTABLISHED,
		    place == ESTABLISHED ? TLS_E_UNEXPECTED_PACKET : TLS_E_UNEXPECTED_CCS);
	}
	arrive(&c, AT_FINISHED);
	serv_send_plain_record(&c.serv, 20, &one, 1);
	call_answers(&c, false, TLS_E_DECRYPTION_FAILED);
	arrive(&c, 0);
	serv_send_record(&c.serv, 20, &one, 1);
	assert_int_equal(call_handshake(&c), TLS_E_AGAIN);
	c.serv.stopped = false;
	c.serv.stop_before = TLS_HANDSHAKE_CERTIFICATE_PKT;
	serv12_answer(&c.serv);
	call_answers(&c, false, TLS_E_UNEXPECTED_CCS);
}

static void ccs_misshapen(void **state)
{
	static const uint8_t bad[3][2] = {{1, 1}, {2, 0}, {0, 0}};
	static const size_t len[3] = {2, 1, 0};

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		struct call c;

		arrive(&c, AT_CCS);
		serv_send_record(&c.serv, 20, bad[i], len[i]);
		call_answers(&c, false, TLS_E_UNEXPECTED_CCS);
	}
}

/* A Finished without it comes plain: refused before it is looked at. */
static void ccs_missing(void **state)
{
	struct call c;

	(void)state;
	arrive(&c, AT_CCS);
	c.serv.stopped = false;
	serv12_finished(&c.serv);
	call_answers(&c, false, TLS_E_UNEXPECTED_HANDSHAKE_PACKET);
}

/* A message that stands on both sides of the change, ours or the server's, or behind its last one. */
static void no_message_crosses_the_change(void **state)
{
	static const uint8_t finished[2] = {20, 0}, one = 1, done[5] = {14, 0, 0, 0, 20};
	uint8_t h[TLS_HASH_MAX_LEN], msg[4 + TLS_VERIFY_DATA_LEN + 1] = {20, 0, 0, TLS_VERIFY_DATA_LEN};
	struct call c;

	(void)state;
	arrive(&c, AT_CCS);
	serv_send_record(&c.serv, 22, finished, sizeof(finished));
	serv_send_record(&c.serv, 20, &one, 1);
	call_answers(&c, false, TLS_E_UNEXPECTED_HANDSHAKE_PACKET);
	arrive(&c, 3); /* behind ServerHelloDone it is our turn */
	serv_send_record(&c.serv, 22, done, sizeof(done));
	assert_int_equal(call_handshake(&c), TLS_E_UNEXPECTED_HANDSHAKE_PACKET);
	call_clear(&c);
	arrive(&c, AT_FINISHED);
	tls_sched12_finished(msg + 4, &c.serv.sched12, true, scripted_hash(&c.serv.io, h));
	serv_send_record(&c.serv, 22, msg, sizeof(msg));
	call_answers(&c, false, TLS_E_UNEXPECTED_HANDSHAKE_PACKET);
}

static void contract_H3_alerts_during_the_handshake_12_client(void **state)
{
	static const uint8_t warning[2] = {1, TLS_ALERT_UNRECOGNIZED_NAME};
	static const uint8_t fatal[2] = {2, TLS_ALERT_HANDSHAKE_FAILURE}, close_notify[2] = {1, 0};

	(void)state;
	for (unsigned place = 0; place < N_PLACES; place++) {
		struct call c;

		if (place == ESTABLISHED)
			continue;
		arrive(&c, place);
		for (unsigned i = 0; i < TLS_LIMIT_WARNING_ALERTS; i++) {
			serv_send_record(&c.serv, 21, warning, 2);
			assert_int_equal(call_handshake(&c), TLS_E_WARNING_ALERT_RECEIVED);
			assert_int_equal(tls_alert_get(c.client), TLS_ALERT_UNRECOGNIZED_NAME);
			assert_int_equal(call_handshake(&c), TLS_E_AGAIN);
		}
		serv_send_record(&c.serv, 21, warning, 2);
		call_answers(&c, place == ESTABLISHED, TLS_E_TOO_MANY_ALERTS);
		arrive(&c, place);
		serv_send_record(&c.serv, 21, fatal, 2);
		call_answers(&c, place == ESTABLISHED, TLS_E_FATAL_ALERT_RECEIVED);
		arrive(&c, place);
		serv_send_record(&c.serv, 21, close_notify, 2);
		call_answers(&c, place == ESTABLISHED, TLS_E_SESSION_EOF);
	}
}

/* A warning in the middle costs nothing: the handshake goes on to its end. */
static void warning_at_every_step(void **state)
{
	static const uint8_t warning[2] = {1, TLS_ALERT_UNRECOGNIZED_NAME};
	struct call c;

	(void)state;
	for (unsigned place = AT_CCS; place <= AT_FINISHED; place++) {
		arrive(&c, place);
		serv_send_record(&c.serv, 21, warning, 2);
		assert_int_equal(call_handshake(&c), TLS_E_WARNING_ALERT_RECEIVED);
		c.serv.stopped = false;
		c.serv.stop_before = 0;
		if (place == AT_CCS)
			serv12_ccs(&c.serv);
		serv12_finished(&c.serv);
		assert_int_equal(call_handshake(&c), 0);
		call_clear(&c);
	}
}

/* Bytes that came before the handshake are no data of it. */
static void security_early_plaintext_before_the_hello_12_client(void **state)
{
	struct call c;

	(void)state;
	arrive(&c, 0);
	serv_send_plain_record(&c.serv, 23, "injected", 8);
	call_answers(&c, false, TLS_E_UNEXPECTED_PACKET);
	arrive(&c, AT_CCS);
	serv_send_plain_record(&c.serv, 23, "injected", 8);
	call_answers(&c, false, TLS_E_UNEXPECTED_PACKET);
}

/* The rest of the handshake, wherever it stands. */
static void run_on(struct call *c, unsigned place)
{
	c->serv.stopped = false;
	c->serv.stop_before = 0;
	if (place == AT_CCS)
		serv12_ccs(&c->serv);
	if (place == AT_CCS || place == AT_FINISHED)
		serv12_finished(&c->serv);
	else
		serv12_answer(&c->serv);
}

/* RFC 5246 section 7.4.1.1: a client that negotiates ignores it, and it is no part of what Finished proves; that the
 * handshake ends shows it. Whole or in pieces, and not without end. */
static void ignores_hello_requests_in_the_handshake(void **state)
{
	static const unsigned stops[] = {0, AT_CCS, AT_FINISHED};
	static const uint8_t msg[4];
	struct call c;

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		arrive(&c, stops[i]);
		for (unsigned j = 0; j < TLS_LIMIT_RENEGOTIATIONS; j++) {
			serv_send_record(&c.serv, 22, msg, sizeof(msg));
			assert_int_equal(call_handshake(&c), TLS_E_AGAIN);
		}
		run_on(&c, stops[i]);
		assert_int_equal(call_handshake(&c), 0);
		call_clear(&c);
		arrive(&c, stops[i]);
		for (unsigned j = 0; j < TLS_LIMIT_RENEGOTIATIONS; j++)
			serv_send_record(&c.serv, 22, msg, sizeof(msg));
		serv_send_record(&c.serv, 22, msg, sizeof(msg));
		call_answers(&c, false, TLS_E_TOO_MANY_RENEGOTIATIONS);
	}
	arrive(&c, AT_FINISHED);
	serv_send_record(&c.serv, 22, msg, 3);
	assert_int_equal(call_handshake(&c), TLS_E_AGAIN);
	serv_send_record(&c.serv, 22, msg, 1);
	run_on(&c, AT_FINISHED);
	assert_int_equal(call_handshake(&c), 0);
	call_clear(&c);
}

/* After it, it is declined once, with the next data. */
static void hello_requests(void **state)
{
	uint8_t byte;
	struct call c;

	(void)state;
	arrive(&c, ESTABLISHED);
	serv_send_message(&c.serv, TLS_HANDSHAKE_HELLO_REQUEST, NULL, 0);
	serv_send_message(&c.serv, TLS_HANDSHAKE_HELLO_REQUEST, NULL, 0);
	serv_send_record(&c.serv, 23, "x", 1);
	assert_int_equal(call_recv(&c, &byte, 1), TLS_E_REHANDSHAKE);
	assert_int_equal(call_recv(&c, &byte, 1), TLS_E_REHANDSHAKE);
	assert_int_equal(call_recv(&c, &byte, 1), 1);
	serv_run(&c.serv);
	assert_int_equal(c.serv.alert, -1);
	assert_int_equal(tls_record_send(c.client, "y", 1), 1);
	serv_run(&c.serv);
	assert_int_equal(c.serv.alert, TLS_ALERT_NO_RENEGOTIATION);
	assert_int_equal(c.serv.data.len, 1);
	call_clear(&c);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(contract_H9_every_other_message_at_every_step_12_client),
		cmocka_unit_test(contract_H9_every_other_record_type_at_every_step_12_client),
		cmocka_unit_test(finished_at_every_step),
		cmocka_unit_test(security_early_ccs_12_client),
		cmocka_unit_test(ccs_misshapen),
		cmocka_unit_test(ccs_missing),
		cmocka_unit_test(no_message_crosses_the_change),
		cmocka_unit_test(contract_H3_alerts_during_the_handshake_12_client),
		cmocka_unit_test(warning_at_every_step),
		cmocka_unit_test(security_early_plaintext_before_the_hello_12_client),
		cmocka_unit_test(ignores_hello_requests_in_the_handshake),
		cmocka_unit_test(hello_requests),
	};

	return cmocka_run_group_tests_name("client12_stray", tests, NULL, NULL);
}
