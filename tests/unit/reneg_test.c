/* reneg_test.c - renegotiation in TLS 1.2, our server with a scripted client: CONTRACT R1 to R5, R8 and H4, each
 * under its number. */
#include "unit.h"

#include <string.h>

#include "cred.h"
#include "reneg.h"
#include "tls/error.h"
#include "tls/limits.h"

static const uint8_t no_renegotiation[2] = {1, TLS_ALERT_NO_RENEGOTIATION};

static void contract_R1_rehandshake_asks_12_server(void **state)
{
	struct pair p;
	char text[8];

	(void)state;
	reneg_connect(&p, 0);
	peer_send_record(&p.peer, 23, "abc", 3);
	reneg_ask(&p);
	assert_int_equal(p.peer.n_hello_requests, 1);
	peer_send_record(&p.peer, 23, "de", 2);
	assert_int_equal(tls_record_recv(p.server, text, sizeof(text)), 5);
	assert_memory_equal(text, "abcde", 5);
	assert_int_equal(tls_record_recv(p.server, text, sizeof(text)), TLS_E_AGAIN);
	assert_int_equal(tls_record_get_direction(p.server), 0);
	/* one request is out at a time */
	reneg_ask(&p);
	assert_int_equal(p.peer.n_hello_requests, 1);
	reneg_data_flows(&p);
	pair_clear(&p);
}

/* What the transport doesn't take is called for again, or goes out with the next data. */
static void contract_R1_a_request_that_waits_12_server(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct pair p;

		reneg_connect(&p, 0);
		p.wire.s2c.window = wire_len(&p.wire.s2c) + 3;
		assert_int_equal(tls_rehandshake(p.server), TLS_E_AGAIN);
		assert_int_equal(tls_record_get_direction(p.server), 1);
		assert_true(tls_record_flush_pending(p.server));
		p.wire.s2c.window = 0;
		if (i == 0)
			assert_int_equal(tls_rehandshake(p.server), 0);
		else
			assert_int_equal(tls_record_send(p.server, "data", 4), 4);
		peer_run(&p.peer);
		assert_int_equal(p.peer.n_hello_requests, 1);
		assert_null(p.peer.wrong);
		assert_false(tls_record_flush_pending(p.server));
		pair_clear(&p);
	}
}

static void contract_R2_the_answer_is_told_12_server(void **state)
{
	struct pair p;
	char text[8];

	(void)state;
	reneg_connect(&p, 0);
	reneg_ask(&p);
	p.peer.cut = 7;
	peer_send_record(&p.peer, 23, "data", 4);
	reneg_hello(&p);
	assert_int_equal(tls_record_recv(p.server, text, sizeof(text)), 4);
	assert_int_equal(tls_record_check_pending(p.server), 1);
	assert_int_equal(tls_record_recv(p.server, text, sizeof(text)), TLS_E_REHANDSHAKE);
	/* the application's turn: nothing is pending any more */
	assert_int_equal(tls_record_check_pending(p.server), 0);
	assert_int_equal(pair_run_handshake(&p), 0);
	reneg_data_flows(&p);
	pair_clear(&p);
}

static void contract_R3_rehandshake_runs_12_server(void **state)
{
	uint8_t random[32];
	struct pair p;
	uint64_t key;

	(void)state;
	reneg_connect(&p, 0);
	for (unsigned i = 0; i < 3 * TLS_LIMIT_RENEGOTIATIONS; i++) {
		key = p.server->rd.key_id;
		memcpy(random, p.server->server_random, sizeof(random));
		reneg_ask(&p);
		reneg_hello(&p);
		reneg_takes_up(&p);
		assert_int_equal(p.peer.n_handshakes, i + 2);
		assert_true(p.server->rd.key_id != key);
		assert_memory_not_equal(random, p.server->server_random, sizeof(random));
		assert_null(p.server->hs);
		reneg_data_flows(&p);
	}
	assert_int_equal(p.peer.n_hello_requests, 3 * TLS_LIMIT_RENEGOTIATIONS);
	pair_clear(&p);
}

/* Without a tls_record_recv between: tls_handshake waits for the hello by itself. */
static void contract_R3_handshake_behind_rehandshake_12_server(void **state)
{
	struct pair p;

	(void)state;
	reneg_connect(&p, 0);
	assert_int_equal(tls_rehandshake(p.server), 0);
	assert_int_equal(tls_handshake(p.server), TLS_E_AGAIN);
	assert_int_equal(tls_record_get_direction(p.server), 0);
	peer_run(&p.peer);
	reneg_hello(&p);
	assert_int_equal(pair_run_handshake(&p), 0);
	reneg_data_flows(&p);
	/* and with nothing asked for it does nothing */
	assert_int_equal(tls_handshake(p.server), 0);
	pair_clear(&p);
}

/* The server may have another certificate, other suites and other groups by then. */
static void contract_R3_with_other_parameters_12_server(void **state)
{
	tls_certificate_credentials_t cred = cred_new();
	tls_policy_t policy;
	struct pair p;

	(void)state;
	assert_int_equal(cred_add_files(cred, "rsa.crt.pem", "rsa.pkcs8.pem"), 0);
	assert_int_equal(tls_policy_init(&policy, "intermediate"), 0);
	assert_int_equal(
	    tls_policy_add_ciphersuite(policy, "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256"), 0);
	assert_int_equal(tls_policy_add_group(policy, "secp384r1"), 0);
	reneg_connect(&p, 0);
	assert_int_equal(tls_ciphersuite_get(p.server), TLS_CIPHER_ECDHE_ECDSA_AES_128_GCM_SHA256);
	reneg_ask(&p);
	reneg_hello(&p);
	assert_int_equal(tls_credentials_set(p.server, TLS_CRD_CERTIFICATE, cred), 0);
	assert_int_equal(tls_policy_set(p.server, policy), 0);
	reneg_takes_up(&p);
	assert_int_equal(p.peer.suite, TLS_CIPHER_ECDHE_RSA_CHACHA20_POLY1305_SHA256);
	assert_int_equal(tls_ciphersuite_get(p.server), p.peer.suite);
	assert_int_equal(p.peer.group, TLS_GROUP_SECP384R1);
	reneg_data_flows(&p);
	pair_clear(&p);
	tls_policy_deinit(policy);
	tls_certificate_free_credentials(cred);
}

/* What the client says of itself is that of the last handshake. */
static void contract_R3_names_and_protocols_12_server(void **state)
{
	tls_datum_t protocols[2] = {{(unsigned char *)(uintptr_t) "h2", 2}, {(unsigned char *)(uintptr_t) "x", 1}};
	tls_datum_t chosen;
	char name[64];
	size_t len = sizeof(name);
	struct pair p;

	(void)state;
	pair_init12(&p, NULL);
	p.peer.alpn = "\x02h2";
	assert_int_equal(tls_alpn_set_protocols(p.server, protocols, 2, 0), 0);
	pair_connect(&p);
	/* what was chosen borrows from these */
	assert_int_equal(tls_alpn_set_protocols(p.server, protocols, 2, 0), TLS_E_INVALID_REQUEST);
	reneg_ask(&p);
	p.peer.server_name = NULL;
	p.peer.alpn = "\x01x";
	reneg_hello(&p);
	reneg_takes_up(&p);
	assert_int_equal(tls_server_name_get(p.server, name, &len, NULL, 0), TLS_E_REQUESTED_DATA_NOT_AVAILABLE);
	assert_int_equal(tls_alpn_get_selected_protocol(p.server, &chosen), 0);
	assert_int_equal(chosen.size, 1);
	pair_clear(&p);
}

static void contract_R4_the_client_declines_12_server(void **state)
{
	struct pair p;
	char text[8];

	(void)state;
	reneg_connect(&p, 0);
	/* an answer to each request, so they aren't held against it */
	for (unsigned i = 1; i <= 4 * TLS_LIMIT_WARNING_ALERTS; i++) {
		reneg_ask(&p);
		assert_int_equal(p.peer.n_hello_requests, i);
		peer_send_record(&p.peer, 21, no_renegotiation, 2);
		if (i % 2 == 0)
			assert_int_equal(tls_record_recv(p.server, text, 8), TLS_E_WARNING_ALERT_RECEIVED);
		else
			assert_int_equal(tls_handshake(p.server), TLS_E_WARNING_ALERT_RECEIVED);
		assert_int_equal(tls_alert_get(p.server), TLS_ALERT_NO_RENEGOTIATION);
		assert_int_equal(tls_handshake(p.server), 0);
		reneg_data_flows(&p);
	}
	/* without a request they are warnings like any other */
	for (unsigned i = 0; i < TLS_LIMIT_WARNING_ALERTS; i++) {
		peer_send_record(&p.peer, 21, no_renegotiation, 2);
		assert_int_equal(tls_record_recv(p.server, text, 8), TLS_E_WARNING_ALERT_RECEIVED);
	}
	peer_send_record(&p.peer, 21, no_renegotiation, 2);
	assert_int_equal(tls_record_recv(p.server, text, 8), TLS_E_TOO_MANY_ALERTS);
	pair_clear(&p);
}

static void contract_R5_the_client_ignores_it_12_server(void **state)
{
	struct pair p;
	char byte;

	(void)state;
	reneg_connect(&p, 0);
	reneg_ask(&p);
	for (unsigned i = 0; i < 10; i++) {
		reneg_data_flows(&p);
		assert_int_equal(tls_record_recv(p.server, &byte, 1), TLS_E_AGAIN);
		assert_int_equal(tls_record_get_direction(p.server), 0);
		assert_int_equal(tls_handshake(p.server), TLS_E_AGAIN);
		assert_int_equal(tls_record_get_direction(p.server), 0);
	}
	assert_null(p.server->hs);
	/* it may still make up its mind */
	reneg_hello(&p);
	reneg_takes_up(&p);
	reneg_data_flows(&p);
	assert_int_equal(tls_bye(p.server, TLS_SHUT_WR), 0);
	peer_run(&p.peer);
	assert_true(p.peer.ended);
	pair_clear(&p);
}

/* By receiving, by sending, by tls_handshake: all three decline, once. */
static void contract_R8_unasked_it_is_declined_12_server(void **state)
{
	(void)state;
	for (unsigned how = 0; how < 3; how++) {
		struct pair p;
		unsigned pushes;
		uint64_t key;
		char byte;

		reneg_connect(&p, 0);
		pushes = p.wire.n_pushes;
		key = p.server->rd.key_id;
		reneg_hello(&p);
		assert_int_equal(tls_record_recv(p.server, &byte, 1), TLS_E_REHANDSHAKE);
		assert_int_equal(p.wire.n_pushes, pushes);
		if (how == 0)
			assert_int_equal(tls_record_recv(p.server, &byte, 1), TLS_E_AGAIN);
		else if (how == 1)
			assert_int_equal(tls_record_send(p.server, "x", 1), 1);
		else
			assert_int_equal(tls_handshake(p.server), TLS_E_INVALID_REQUEST);
		assert_int_equal(tls_handshake(p.server), 0);
		assert_int_equal(tls_record_flush_pending(p.server), how != 1);
		assert_int_equal(tls_record_send(p.server, NULL, 0), 0);
		peer_run(&p.peer);
		assert_int_equal(p.peer.alert, TLS_ALERT_NO_RENEGOTIATION);
		assert_int_equal(p.peer.alert_level, TLS_AL_WARNING);
		assert_false(p.peer.got_hello);
		assert_true(p.server->rd.key_id == key);
		reneg_data_flows(&p);
		pair_clear(&p);
	}
}

static void contract_R8_with_the_flag_it_runs_12_server(void **state)
{
	struct pair p;
	char byte;

	(void)state;
	reneg_connect(&p, TLS_ALLOW_RENEGOTIATION);
	for (unsigned i = 0; i < TLS_LIMIT_RENEGOTIATIONS; i++) {
		reneg_hello(&p);
		reneg_takes_up(&p);
		reneg_data_flows(&p);
	}
	reneg_hello(&p);
	assert_int_equal(tls_record_recv(p.server, &byte, 1), TLS_E_TOO_MANY_RENEGOTIATIONS);
	pair_flush(&p);
	assert_int_equal(p.peer.alert, TLS_ALERT_UNEXPECTED_MESSAGE);
	assert_int_equal(p.peer.alert_level, TLS_AL_FATAL);
	pair_clear(&p);
}

/* Request and hello cross: the server gets what it wants, and the client ignores the request. */
static void contract_R8_request_and_hello_cross_12_server(void **state)
{
	struct pair p;
	char byte;

	(void)state;
	reneg_connect(&p, 0);
	reneg_hello(&p);
	assert_int_equal(tls_rehandshake(p.server), 0);
	reneg_takes_up(&p);
	assert_int_equal(p.server->reneg.n, 0);
	reneg_data_flows(&p);
	/* told first, and wanted then */
	reneg_hello(&p);
	assert_int_equal(tls_record_recv(p.server, &byte, 1), TLS_E_REHANDSHAKE);
	assert_int_equal(tls_rehandshake(p.server), 0);
	assert_int_equal(pair_run_handshake(&p), 0);
	peer_run(&p.peer);
	assert_int_equal(p.peer.n_hello_requests, 1);
	reneg_data_flows(&p);
	pair_clear(&p);
}

static void contract_H4_data_under_way_12_server(void **state)
{
	struct pair p;
	char text[8];

	(void)state;
	reneg_connect(&p, 0);
	reneg_ask(&p);
	peer_send_record(&p.peer, 23, "abcde", 5);
	peer_send_record(&p.peer, 23, "fg", 2);
	reneg_hello(&p);
	for (unsigned i = 0; i < 2; i++)
		assert_int_equal(tls_handshake(p.server), TLS_E_GOT_APPLICATION_DATA);
	assert_int_equal(tls_record_check_pending(p.server), 5);
	assert_int_equal(tls_record_recv(p.server, text, 3), 3);
	assert_int_equal(tls_handshake(p.server), TLS_E_GOT_APPLICATION_DATA);
	assert_int_equal(tls_record_recv(p.server, text, 2), 2);
	assert_memory_equal(text, "de", 2);
	assert_int_equal(tls_handshake(p.server), TLS_E_GOT_APPLICATION_DATA);
	assert_int_equal(tls_record_recv(p.server, text, 2), 2);
	assert_memory_equal(text, "fg", 2);
	assert_int_equal(pair_run_handshake(&p), 0);
	reneg_data_flows(&p);
	pair_clear(&p);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(contract_R1_rehandshake_asks_12_server),
		cmocka_unit_test(contract_R1_a_request_that_waits_12_server),
		cmocka_unit_test(contract_R2_the_answer_is_told_12_server),
		cmocka_unit_test(contract_R3_rehandshake_runs_12_server),
		cmocka_unit_test(contract_R3_handshake_behind_rehandshake_12_server),
		cmocka_unit_test(contract_R3_with_other_parameters_12_server),
		cmocka_unit_test(contract_R3_names_and_protocols_12_server),
		cmocka_unit_test(contract_R4_the_client_declines_12_server),
		cmocka_unit_test(contract_R5_the_client_ignores_it_12_server),
		cmocka_unit_test(contract_R8_unasked_it_is_declined_12_server),
		cmocka_unit_test(contract_R8_with_the_flag_it_runs_12_server),
		cmocka_unit_test(contract_R8_request_and_hello_cross_12_server),
		cmocka_unit_test(contract_H4_data_under_way_12_server),
	};

	return cmocka_run_group_tests_name("reneg", tests, NULL, NULL);
}
