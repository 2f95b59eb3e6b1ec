/* client_contract_test.c - the promises of the session API, each under its number, kept by a client:
 * against our own server over a wire that fails and cuts at random in both directions. */
#include "client_contract.h"
#include "tls/state.h"

static void only_group(tls_session_t s, const char *name)
{
	tls_policy_t policy;

	assert_int_equal(tls_policy_init(&policy, "modern"), 0);
	assert_int_equal(tls_policy_add_group(policy, name), 0);
	assert_int_equal(tls_policy_set(s, policy), 0);
	tls_policy_deinit(policy);
}

/* ---- H */

static void contract_H1_handshake_resumes_at_any_byte_13_client(void **state)
{
	(void)state;
	for (unsigned i = 1; i < 60; i++) {
		struct duo d;

		duo_init(&d, NULL, NULL);
		d.wire.again_percent = 50;
		d.wire.max_piece = i;
		if (i % 2 == 0) /* a HelloRetryRequest */
			only_group(d.server, "secp256r1");
		if (i % 3 == 0)
			tls_certificate_server_set_request(d.server, TLS_CERT_REQUEST);
		duo_connect(&d);
		duo_pass(d.client, d.server, pattern, 1000);
		duo_pass(d.server, d.client, pattern, 1000);
		duo_clear(&d);
	}
}

static void contract_H5_established_client_asks_for_new_keys_13_client(void **state)
{
	struct call c;
	char text[8];

	(void)state;
	call_init(&c, NULL, 0);
	call_connect(&c);
	for (unsigned i = 1; i <= 3; i++) {
		assert_int_equal(tls_handshake(c.client), 0);
		assert_true(tls_record_flush_pending(c.client));
		assert_int_equal(tls_record_send(c.client, "hello", 5), 5);
		assert_false(tls_record_flush_pending(c.client));
		serv_run(&c.serv);
		assert_int_equal(c.serv.n_key_updates, i);
		assert_true(c.serv.key_update_asked);
		serv_key_update(&c.serv, false);
		serv_send_record(&c.serv, 23, "olleh", 5);
		assert_int_equal(call_recv(&c, text, sizeof(text)), 5);
	}
	assert_int_equal(c.serv.data.len, 15);
	assert_null(c.serv.wrong);
	call_clear(&c);
}

/* What a server asks for is answered once, before the next data. */
static void contract_H5_answers_the_servers_key_update_13_client(void **state)
{
	struct duo d;

	(void)state;
	duo_init(&d, NULL, NULL);
	duo_connect(&d);
	for (unsigned i = 0; i < 40; i++) {
		assert_int_equal(i % 2 == 0 ? tls_rehandshake(d.server) : tls_handshake(d.client), 0);
		duo_pass(d.server, d.client, pattern, 10);
		duo_pass(d.client, d.server, pattern, 10);
	}
	duo_clear(&d);
}

/* ---- R */

/* ---- A */

/* A ticket in front of data hides none of it from a reactor that asks what is pending. */
static void contract_A3_pending_tells_what_needs_no_reading(void **state)
{
	static const uint8_t ticket[] = {0, 0, 1, 0, 1, 2, 3, 4, 1, 0, 0, 2, 't', 't', 0, 0};
	struct call c;
	char byte;

	(void)state;
	call_init(&c, NULL, 0);
	call_connect(&c);
	serv_send_record(&c.serv, 23, "abc", 3);
	if (call_version == TLS_1_3) {
		serv_send_message(&c.serv, TLS_HANDSHAKE_NEW_SESSION_TICKET, ticket, sizeof(ticket));
		serv_key_update(&c.serv, false);
	}
	serv_send_record(&c.serv, 23, "de", 2);
	assert_int_equal(tls_record_recv(c.client, &byte, 1), 1);
	assert_int_equal(wire_len(&c.wire.s2c), 0);
	assert_int_equal(tls_record_check_pending(c.client), 2);
	assert_int_equal(tls_record_recv(c.client, got, 2), 2);
	assert_int_equal(tls_record_check_pending(c.client), 2);
	assert_int_equal(tls_record_recv(c.client, got, 2), 2);
	assert_memory_equal(got, "de", 2);
	assert_int_equal(tls_record_check_pending(c.client), 0);
	call_clear(&c);
}

/* ---- Q */

/* Tickets and KeyUpdates that nobody takes don't add up. */
static void contract_Q4_memory_is_bounded(void **state)
{
	static const uint8_t ticket[] = {0, 0, 1, 0, 1, 2, 3, 4, 1, 0, 0, 2, 't', 't', 0, 0};
	struct call c;
	uint8_t byte;

	(void)state;
	call_init(&c, NULL, 0);
	call_connect(&c);
	c.wire.c2s.window = 1;
	assert_int_equal(tls_record_send(c.client, pattern, 60000), TLS_E_AGAIN);
	for (unsigned i = 0; i < 2000; i++) {
		if (call_version == TLS_1_3) {
			serv_send_message(&c.serv, TLS_HANDSHAKE_NEW_SESSION_TICKET, ticket, sizeof(ticket));
			serv_key_update(&c.serv, true);
		}
		serv_send_record(&c.serv, 23, "x", 1);
		assert_int_equal(call_recv(&c, &byte, 1), 1);
		assert_int_equal(c.client->messages.cap, 0);
		assert_int_equal(c.client->in.stash_cap, 0);
		assert_true(c.client->out.end <= TLS_WIRE_LEN);
	}
	call_clear(&c);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(contract_H1_handshake_resumes_at_any_byte_13_client),
		CONTRACT_IN(contract_H2_direction_tells_what_to_wait_for, 13, "client"),
		cmocka_unit_test(contract_H5_established_client_asks_for_new_keys_13_client),
		cmocka_unit_test(contract_H5_answers_the_servers_key_update_13_client),
		CONTRACT_IN(contract_H8_time_limit, 13, "client"),
		CONTRACT_IN(contract_R7_rehandshake_is_not_for_clients, 13, "client"),
		CONTRACT_IN(contract_A1_any_call_may_be_repeated, 13, "client"),
		CONTRACT_IN(contract_A2_interrupted_send_needs_no_data, 13, "client"),
		CONTRACT_BOTH(contract_A3_pending_tells_what_needs_no_reading, "client"),
		CONTRACT_BOTH(contract_A4_discard_drops_what_was_not_sent, "client"),
		CONTRACT_BOTH(contract_A5_direction_of_the_interrupted_call, "client"),
		CONTRACT_BOTH(contract_A7_corked_records_go_out_together, "client"),
		CONTRACT_IN(contract_Q1_receiving_never_waits_to_write, 13, "client"),
		CONTRACT_IN(contract_Q2_sending_never_waits_to_read, 13, "client"),
		CONTRACT_BOTH(contract_Q3_one_direction_alone_goes_on_for_ever, "client"),
		CONTRACT_BOTH(contract_Q4_memory_is_bounded, "client"),
		CONTRACT_IN(contract_Q5_both_send_and_neither_receives, 13, "client"),
	};

	return cmocka_run_group_tests_name("client_contract", tests, contract_setup, NULL);
}
