/* client12_contract_test.c - the promises of the session API, each under its number, kept by a TLS 1.2 client:
 * against our own server over a wire that fails and cuts at random in both directions. H3 and H9:
 * client12_stray_test.c. */
#include "client_contract.h"
#include "tls/state.h"

static void contract_H1_handshake_resumes_at_any_byte_12_client(void **state)
{
	(void)state;
	for (unsigned i = 1; i < 60; i++) {
		struct duo d;

		/* every third one with a certificate for the client, every third one asked for nothing */
		duo_init(&d, NULL, i % 3 == 0 ? pair_credentials() : NULL);
		duo_only12(&d);
		if (i % 3 != 1)
			tls_certificate_server_set_request(d.server, TLS_CERT_REQUEST);
		d.wire.again_percent = 50;
		d.wire.max_piece = i;
		duo_connect(&d);
		duo_pass(d.client, d.server, pattern, 1000);
		duo_pass(d.server, d.client, pattern, 1000);
		duo_clear(&d);
	}
}

/* A HelloRequest in front of data hides none of it from a reactor that asks what is pending: at least 1 tells that
 * there is something to hear. */
static void contract_A3_pending_tells_what_needs_no_reading_12_client(void **state)
{
	struct call c;

	(void)state;
	call_init12(&c, NULL, 0);
	call_connect(&c);
	serv_send_record(&c.serv, 23, "abc", 3);
	serv_send_message(&c.serv, TLS_HANDSHAKE_HELLO_REQUEST, NULL, 0);
	serv_send_record(&c.serv, 23, "de", 2);
	assert_int_equal(tls_record_recv(c.client, got, 1), 1);
	assert_int_equal(wire_len(&c.wire.s2c), 0);
	assert_int_equal(tls_record_check_pending(c.client), 2);
	assert_int_equal(tls_record_recv(c.client, got, 2), 2);
	assert_true(tls_record_check_pending(c.client) > 0);
	assert_int_equal(tls_record_recv(c.client, got, 2), TLS_E_REHANDSHAKE);
	assert_true(tls_record_check_pending(c.client) > 0);
	assert_int_equal(tls_record_recv(c.client, got, 2), 2);
	assert_memory_equal(got, "de", 2);
	assert_int_equal(tls_record_check_pending(c.client), 0);
	call_clear(&c);
}

/* Neither data that nobody takes from us nor what the server sends meanwhile adds up. */
static void contract_Q4_memory_is_bounded_12_client(void **state)
{
	struct call c;
	uint8_t byte;

	(void)state;
	call_init12(&c, NULL, 0);
	call_connect(&c);
	c.wire.c2s.window = 1;
	assert_int_equal(tls_record_send(c.client, pattern, 60000), TLS_E_AGAIN);
	for (unsigned i = 0; i < 2000; i++) {
		serv_send_record(&c.serv, 23, pattern, 100);
		for (unsigned k = 0; k < 100; k++)
			assert_int_equal(call_recv(&c, &byte, 1), 1);
		assert_int_equal(tls_record_send(c.client, NULL, 0), TLS_E_AGAIN);
		assert_int_equal(c.client->messages.cap, 0);
		assert_true(c.client->in.stash_cap <= 512);
		assert_true(c.client->out.end <= TLS_WIRE_LEN);
	}
	call_clear(&c);
}

/* With TLS_ENABLE_FALSE_START: nothing to resume with before the server's Finished is good. */
static void contract_D2_no_data_before_the_end_false_start_12_client(void **state)
{
	tls_datum_t data = {.data = NULL};
	struct call c;

	(void)state;
	call_init12(&c, NULL, 0);
	c.client->flags |= TLS_ENABLE_FALSE_START;
	c.serv.stop_before = SERV_CCS;
	assert_int_equal(call_handshake(&c), 0);
	for (unsigned i = 0; i < 2; i++) {
		assert_true(tls_session_get_data2(c.client, &data) < 0);
		assert_null(data.data);
		assert_int_equal(tls_record_send(c.client, "early", 5), 5);
	}
	call_clear(&c);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(contract_H1_handshake_resumes_at_any_byte_12_client),
		CONTRACT_IN(contract_H2_direction_tells_what_to_wait_for, 12, "client"),
		CONTRACT_IN(contract_H8_time_limit, 12, "client"),
		CONTRACT_IN(contract_R7_rehandshake_is_not_for_clients, 12, "client"),
		CONTRACT_IN(contract_A1_any_call_may_be_repeated, 12, "client"),
		CONTRACT_IN(contract_A2_interrupted_send_needs_no_data, 12, "client"),
		cmocka_unit_test(contract_A3_pending_tells_what_needs_no_reading_12_client),
		CONTRACT_IN(contract_A4_discard_drops_what_was_not_sent, 12, "client"),
		CONTRACT_IN(contract_A5_direction_of_the_interrupted_call, 12, "client"),
		CONTRACT_IN(contract_A7_corked_records_go_out_together, 12, "client"),
		CONTRACT_IN(contract_Q1_receiving_never_waits_to_write, 12, "client"),
		CONTRACT_IN(contract_Q2_sending_never_waits_to_read, 12, "client"),
		cmocka_unit_test(contract_D2_no_data_before_the_end_false_start_12_client),
		CONTRACT_IN(contract_Q3_one_direction_alone_goes_on_for_ever, 12, "client"),
		cmocka_unit_test(contract_Q4_memory_is_bounded_12_client),
		CONTRACT_IN(contract_Q5_both_send_and_neither_receives, 12, "client"),
	};

	return cmocka_run_group_tests_name("client12_contract", tests, contract_setup, NULL);
}
