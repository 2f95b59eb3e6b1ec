/* client_stray_test.c - what arrives at our client where it doesn't belong: every other message and record at
 * every step, change_cipher_spec and alerts in and out of their place, messages after the handshake. */
#include "stray.h"

#include <string.h>

#include "tests/lib/duo.h"
#include "tests/lib/pair.h"
#include "tls/error.h"
#include "tls/limits.h"

/* Where a server's message can arrive: the client awaits this one. */
static const struct stray_place places[] = {
	{TLS_HANDSHAKE_SERVER_HELLO, {2, 2}},
	{SERV_RETRY, {2, 2}}, /* the ServerHello behind a HelloRetryRequest */
	{TLS_HANDSHAKE_ENCRYPTED_EXTENSIONS, {8, 8}},
	{TLS_HANDSHAKE_CERTIFICATE_REQUEST, {13, 11}},
	{TLS_HANDSHAKE_CERTIFICATE_PKT, {11, 11}}, /* behind a CertificateRequest */
	{TLS_HANDSHAKE_CERTIFICATE_VERIFY, {15, 15}},
	{TLS_HANDSHAKE_FINISHED, {20, 20}},
	{0, {24, 4}}, /* established */
};

#define N_PLACES (sizeof(places) / sizeof(places[0]))
#define ESTABLISHED (N_PLACES - 1)

static void arrive(struct call *c, unsigned place)
{
	call_init(c, NULL, 0);
	c->serv.ask = true;
	c->serv.stop_before = places[place].stop_before;
	if (places[place].stop_before == SERV_RETRY) {
		c->serv.stop_before = TLS_HANDSHAKE_SERVER_HELLO;
		c->serv.retries = 1;
		c->serv.cookie = "c";
	}
	if (place == ESTABLISHED)
		call_connect(c);
	else
		assert_int_equal(call_handshake(c), TLS_E_AGAIN);
}

static void contract_H9_every_other_message_at_every_step_13_client(void **state)
{
	(void)state;
	stray_messages(places, N_PLACES, ESTABLISHED, arrive);
}

static void contract_H9_every_other_record_type_at_every_step_13_client(void **state)
{
	static const uint8_t body[2] = {9, 9};

	(void)state;
	for (unsigned place = 0; place < N_PLACES; place++) {
		for (unsigned type = 0; type < 256; type++) {
			bool plain = place < 2;
			struct call c;

			if ((type >= 20 && type <= 22) || (type == 23 && place == ESTABLISHED))
				continue;
			arrive(&c, place);
			serv_send_record(&c.serv, type, body, sizeof(body));
			call_answers(&c, place == ESTABLISHED,
			    plain && type != 23 ? TLS_E_PROTOCOL_NOT_TLS : TLS_E_UNEXPECTED_PACKET);
		}
	}
}

/* SMACK: a message left out, sent twice. */
static void messages_left_out(void **state)
{
	static const uint8_t body[64];

	(void)state;
	for (unsigned place = 2; place < ESTABLISHED; place++) {
		struct call c;

		arrive(&c, place);
		serv_send_message(&c.serv, TLS_HANDSHAKE_FINISHED, body, 32);
		call_answers(&c, false, places[place].expected[0] == 20 ? TLS_E_FINISHED_VERIFY_FAILED
									: TLS_E_UNEXPECTED_HANDSHAKE_PACKET);
	}
}

static void plain_records_under_protection(void **state)
{
	static const uint8_t hello[4] = {8, 0, 0, 2}, alert[2] = {2, 40};

	(void)state;
	for (unsigned place = 2; place < N_PLACES; place++) {
		struct call c;

		arrive(&c, place);
		serv_send_plain_record(&c.serv, 22, hello, 4);
		call_answers(&c, place == ESTABLISHED, TLS_E_UNEXPECTED_PACKET);
		arrive(&c, place); /* an alert that anybody could have sent */
		serv_send_plain_record(&c.serv, 21, alert, 2);
		call_answers(&c, place == ESTABLISHED, TLS_E_UNEXPECTED_PACKET);
	}
}

/* RFC 8446 section 5: dropped anywhere between the first hello and the server's Finished. */
static void ccs_in_its_place(void **state)
{
	static const uint8_t one = 1;

	(void)state;
	for (unsigned place = 0; place < ESTABLISHED; place++) {
		struct call c;

		arrive(&c, place);
		serv_send_plain_record(&c.serv, 20, &one, 1);
		assert_int_equal(call_handshake(&c), TLS_E_AGAIN);
		call_clear(&c);
	}
}

static void ccs_out_of_place(void **state)
{
	static const uint8_t one = 1, two[2] = {1, 1}, other = 2;

	(void)state;
	for (unsigned place = 0; place < ESTABLISHED; place++) {
		for (unsigned i = 0; i < 5; i++) {
			struct call c;

			arrive(&c, place);
			if (i == 0)
				serv_send_plain_record(&c.serv, 20, two, 2);
			else if (i == 1)
				serv_send_plain_record(&c.serv, 20, &other, 1);
			else if (i == 2)
				serv_send_plain_record(&c.serv, 20, &one, 0);
			else if (i == 3 && place >= 2)
				serv_send_record(&c.serv, 20, &one, 1); /* protected */
			else
				for (unsigned k = 0; k <= TLS_LIMIT_CCS; k++)
					serv_send_plain_record(&c.serv, 20, &one, 1);
			call_answers(&c, place == ESTABLISHED, TLS_E_UNEXPECTED_CCS);
		}
	}
}

static void ccs_after_the_handshake(void **state)
{
	static const uint8_t one = 1;
	struct call c;

	(void)state;
	arrive(&c, ESTABLISHED);
	serv_send_plain_record(&c.serv, 20, &one, 1);
	call_answers(&c, true, TLS_E_UNEXPECTED_PACKET);
}

static void contract_H3_alerts_during_the_handshake_13_client(void **state)
{
	static const uint8_t canceled[2] = {1, TLS_ALERT_USER_CANCELED};
	static const uint8_t failure[2] = {2, TLS_ALERT_HANDSHAKE_FAILURE};
	static const uint8_t close_notify[2] = {1, 0};

	(void)state;
	for (unsigned place = 0; place < ESTABLISHED; place++) {
		struct call c;

		arrive(&c, place);
		serv_send_record(&c.serv, 21, canceled, 2);
		assert_int_equal(call_answer(&c, place == ESTABLISHED), TLS_E_WARNING_ALERT_RECEIVED);
		assert_int_equal(tls_alert_get(c.client), TLS_ALERT_USER_CANCELED);
		assert_int_equal(call_answer(&c, place == ESTABLISHED), TLS_E_AGAIN);
		serv_send_record(&c.serv, 21, failure, 2);
		assert_int_equal(call_answer(&c, place == ESTABLISHED), TLS_E_FATAL_ALERT_RECEIVED);
		assert_int_equal(tls_alert_get(c.client), TLS_ALERT_HANDSHAKE_FAILURE);
		assert_int_equal(tls_alert_get_sent(c.client), -1);
		call_clear(&c);
		arrive(&c, place);
		serv_send_record(&c.serv, 21, close_notify, 2);
		call_answers(&c, place == ESTABLISHED, TLS_E_SESSION_EOF);
	}
}

/* ---- After the handshake */

static unsigned n_told;

static int told(tls_session_t s, unsigned htype, unsigned when, unsigned incoming, const tls_datum_t *msg)
{
	(void)s;
	(void)msg;
	assert_int_equal(htype, TLS_HANDSHAKE_NEW_SESSION_TICKET);
	assert_int_equal(when, TLS_HOOK_POST);
	assert_int_equal(incoming, 1);
	n_told++;
	return 0;
}

static const uint8_t ticket[] = {0, 0, 1, 0, 1, 2, 3, 4, 1, 0, 0, 2, 't', 't', 0, 0};

static void tickets_are_told_and_ignored(void **state)
{
	uint8_t two[2 * (4 + sizeof(ticket))] = {4, 0, 0, sizeof(ticket)}, byte;
	struct call c;

	(void)state;
	memcpy(two + 4, ticket, sizeof(ticket));
	memcpy(two + 4 + sizeof(ticket), two, 4 + sizeof(ticket));
	n_told = 0;
	arrive(&c, ESTABLISHED);
	tls_handshake_set_hook_function(c.client, TLS_HANDSHAKE_NEW_SESSION_TICKET, TLS_HOOK_POST, told);
	c.serv.cut = 1;
	serv_send_message(&c.serv, TLS_HANDSHAKE_NEW_SESSION_TICKET, ticket, sizeof(ticket));
	assert_int_equal(call_recv(&c, &byte, 1), TLS_E_AGAIN);
	serv_send_record(&c.serv, 22, two, sizeof(two)); /* two in one record */
	serv_send_record(&c.serv, 23, "x", 1);
	assert_int_equal(call_recv(&c, &byte, 1), 1);
	assert_int_equal(n_told, 3);
	/* a KeyUpdate behind a ticket in the same record; it is the last one there */
	memcpy(two + 4 + sizeof(ticket), "\x18\0\0\1\0", 5);
	serv_send_record(&c.serv, 22, two, 4 + sizeof(ticket) + 5);
	tls_sched13_update(TLS_HASH_SHA256, &c.serv.s_ap);
	tls_record_install(&c.serv.io.wr, c.serv.io.ws, c.serv.chosen, &c.serv.s_ap);
	serv_send_record(&c.serv, 23, "y", 1);
	assert_int_equal(call_recv(&c, &byte, 1), 1);
	assert_int_equal(byte, 'y');
	assert_int_equal(n_told, 4);
	call_clear(&c);
}

static void tickets_cut_at_every_byte(void **state)
{
	(void)state;
	for (size_t n = 0; n < sizeof(ticket); n++) {
		struct call c;

		arrive(&c, ESTABLISHED);
		serv_send_message(&c.serv, TLS_HANDSHAKE_NEW_SESSION_TICKET, ticket, n);
		call_answers(&c, true, TLS_E_UNEXPECTED_PACKET_LENGTH);
	}
}

static void limit_tickets(void **state)
{
	struct call c;
	uint8_t byte;

	(void)state;
	arrive(&c, ESTABLISHED);
	for (unsigned i = 0; i < 2 * TLS_LIMIT_TICKETS; i++) {
		serv_send_message(&c.serv, TLS_HANDSHAKE_NEW_SESSION_TICKET, ticket, sizeof(ticket));
		if (i % TLS_LIMIT_TICKETS == TLS_LIMIT_TICKETS - 1) {
			serv_send_record(&c.serv, 23, "x", 1);
			assert_int_equal(call_recv(&c, &byte, 1), 1);
		}
	}
	for (unsigned i = 0; i <= TLS_LIMIT_TICKETS; i++)
		serv_send_message(&c.serv, TLS_HANDSHAKE_NEW_SESSION_TICKET, ticket, sizeof(ticket));
	call_answers(&c, true, TLS_E_TOO_MANY_TICKETS);
}

/* RFC 8446 section 4.6.2: post_handshake_auth was not in our hello; a well-formed CertificateRequest behind the
 * handshake is an unexpected_message, with a certificate to give as without. */
static void post_handshake_authentication_is_refused(void **state)
{
	static const uint8_t request[] = {1, 'c', 0, 8, 0, 13, 0, 4, 0, 2, 4, 3};

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct call c;

		call_init(&c, NULL, 0);
		if (i == 1)
			assert_int_equal(
			    tls_credentials_set(c.client, TLS_CRD_CERTIFICATE, pair_credentials()), 0);
		call_connect(&c);
		assert_null(tls_ext_find(&c.serv.hello.ext, TLS_EXT_POST_HANDSHAKE_AUTH));
		serv_send_message(&c.serv, TLS_HANDSHAKE_CERTIFICATE_REQUEST, request, sizeof(request));
		call_answers(&c, true, TLS_E_UNEXPECTED_HANDSHAKE_PACKET);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(contract_H9_every_other_message_at_every_step_13_client),
		cmocka_unit_test(contract_H9_every_other_record_type_at_every_step_13_client),
		cmocka_unit_test(messages_left_out),
		cmocka_unit_test(plain_records_under_protection),
		cmocka_unit_test(ccs_in_its_place),
		cmocka_unit_test(ccs_out_of_place),
		cmocka_unit_test(ccs_after_the_handshake),
		cmocka_unit_test(contract_H3_alerts_during_the_handshake_13_client),
		cmocka_unit_test(post_handshake_authentication_is_refused),
		cmocka_unit_test(tickets_are_told_and_ignored),
		cmocka_unit_test(tickets_cut_at_every_byte),
		cmocka_unit_test(limit_tickets),
	};

	return cmocka_run_group_tests_name("client_stray", tests, NULL, NULL);
}
