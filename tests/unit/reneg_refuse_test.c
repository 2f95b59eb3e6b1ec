/* reneg_refuse_test.c - renegotiation in TLS 1.2, our server with a scripted client that doesn't keep to the rules:
 * RFC 5746 section 3.7, RFC 7627, and whatever else stands where it doesn't belong. A renegotiation that
 * fails ends the session, with an alert under the keys that both still have. */
#include "unit.h"

#include <string.h>

#include "tests/lib/pair.h"
#include "tls/credentials.h"
#include "tls/error.h"
#include "tls/limits.h"
#include "tls/state.h"

/* A client whose second hello is yet to be sent, and wanted. */
static void at_hello(struct pair *p)
{
	pair_init12(p, NULL);
	pair_connect(p);
	assert_int_equal(tls_rehandshake(p->server), 0);
	peer_run(&p->peer);
	peer12_again(&p->peer);
}

/* The alert comes under the keys that the client reads with; then nothing works any more. */
static void refused(struct pair *p, int expected)
{
	char byte;

	pair_refused(p, pair_run_handshake(p), expected);
	assert_null(p->peer.wrong);
	assert_false(p->peer.got_hello);
	assert_int_equal(tls_record_recv(p->server, &byte, 1), expected);
	assert_int_equal(tls_record_send(p->server, "x", 1), expected);
	pair_clear(p);
}

static void hello_refused(struct pair *p, int expected)
{
	peer_hello(&p->peer);
	refused(p, expected);
}

/* CVE-2009-3555: what the hello belongs to is wrong in any bit, too long, too short, or not said. */
static void security_renegotiation_injection_wrong_info_server(void **state)
{
	struct pair p;

	(void)state;
	for (unsigned bit = 0; bit < 8 * TLS_VERIFY_DATA_LEN; bit++) {
		at_hello(&p);
		p.peer.info[bit / 8] ^= (uint8_t)(1 << bit % 8);
		hello_refused(&p, TLS_E_SAFE_RENEGOTIATION_FAILED);
	}
	for (unsigned len = 0; len <= 2 * TLS_VERIFY_DATA_LEN; len++) {
		if (len == TLS_VERIFY_DATA_LEN)
			continue;
		at_hello(&p);
		memcpy(p.peer.info + TLS_VERIFY_DATA_LEN, p.peer.server_verify, TLS_VERIFY_DATA_LEN);
		p.peer.info_len = len;
		hello_refused(&p, TLS_E_SAFE_RENEGOTIATION_FAILED);
	}
	at_hello(&p);
	memcpy(p.peer.info, p.peer.server_verify, TLS_VERIFY_DATA_LEN);
	hello_refused(&p, TLS_E_SAFE_RENEGOTIATION_FAILED);
	at_hello(&p);
	p.peer.no_renegotiation_info = true;
	hello_refused(&p, TLS_E_SAFE_RENEGOTIATION_FAILED);
}

/* RFC 5746 section 3.7: the SCSV is for first hellos, whatever else stands there. */
static void security_renegotiation_injection_scsv_server(void **state)
{
	struct pair p;

	(void)state;
	for (unsigned without = 0; without < 2; without++) {
		at_hello(&p);
		p.peer.suites[p.peer.n_suites++] = 0x00ff;
		p.peer.no_renegotiation_info = without;
		hello_refused(&p, TLS_E_SAFE_RENEGOTIATION_FAILED);
	}
}

/* The splice itself: a client's first hello, in a session that somebody else has begun. */
static void security_renegotiation_injection_first_hello_in_a_session_server(void **state)
{
	struct pair p;
	char byte;

	(void)state;
	at_hello(&p);
	p.peer.info_len = 0;
	hello_refused(&p, TLS_E_SAFE_RENEGOTIATION_FAILED);
	pair_init12(&p, NULL);
	p.server->flags |= TLS_ALLOW_RENEGOTIATION;
	pair_connect(&p);
	peer12_again(&p.peer);
	p.peer.info_len = 0;
	peer_hello(&p.peer);
	assert_int_equal(tls_record_recv(p.server, &byte, 1), TLS_E_REHANDSHAKE);
	refused(&p, TLS_E_SAFE_RENEGOTIATION_FAILED);
}

/* The info of the handshake before the last one. */
static void security_renegotiation_injection_old_info_server(void **state)
{
	uint8_t old[TLS_VERIFY_DATA_LEN];
	struct pair p;

	(void)state;
	at_hello(&p);
	memcpy(old, p.peer.info, sizeof(old));
	peer_hello(&p.peer);
	assert_int_equal(pair_run_handshake(&p), 0);
	assert_int_equal(tls_rehandshake(p.server), 0);
	peer_run(&p.peer);
	peer12_again(&p.peer);
	memcpy(p.peer.info, old, sizeof(old));
	hello_refused(&p, TLS_E_SAFE_RENEGOTIATION_FAILED);
}

/* CVE-2011-1473: the server does no handshake that it doesn't want. */
static void security_renegotiation_dos_server(void **state)
{
	struct pair p;
	char byte;

	(void)state;
	pair_init12(&p, NULL);
	pair_connect(&p);
	for (unsigned i = 0; i <= TLS_LIMIT_RENEGOTIATIONS; i++) {
		bool last = i == TLS_LIMIT_RENEGOTIATIONS;

		peer12_again(&p.peer);
		peer_hello(&p.peer);
		assert_int_equal(tls_record_recv(p.server, &byte, 1),
		    last ? TLS_E_TOO_MANY_RENEGOTIATIONS : TLS_E_REHANDSHAKE);
		if (!last)
			assert_int_equal(tls_handshake(p.server), TLS_E_INVALID_REQUEST);
		assert_null(p.server->hs);
	}
	pair_flush(&p);
	assert_false(p.peer.got_hello);
	pair_clear(&p);
}

static void what_was_agreed_on_stays(void **state)
{
	static const uint16_t only_13[] = {TLS_1_3}, both[] = {TLS_1_3, TLS_1_2};
	struct pair p;

	(void)state;
	at_hello(&p);
	p.peer.no_extended_master_secret = true;
	hello_refused(&p, TLS_E_EXT_MASTER_SECRET_DROPPED);
	at_hello(&p);
	memcpy(p.peer.versions, only_13, sizeof(only_13));
	p.peer.n_versions = 1;
	hello_refused(&p, TLS_E_UNSUPPORTED_VERSION);
	at_hello(&p);
	p.peer.legacy_version = 0x0302;
	hello_refused(&p, TLS_E_UNSUPPORTED_VERSION);
	/* RFC 8446 section 4.1.2: TLS 1.3 that is offered now is not chosen */
	at_hello(&p);
	memcpy(p.peer.versions, both, sizeof(both));
	p.peer.n_versions = 2;
	p.peer.suites[p.peer.n_suites++] = TLS_CIPHER_AES_128_GCM_SHA256;
	peer_hello(&p.peer);
	assert_int_equal(pair_run_handshake(&p), 0);
	assert_int_equal(tls_protocol_get_version(p.server), TLS_1_2);
	assert_null(p.peer.wrong);
	pair_clear(&p);
	/* the extended master secret may come with the second handshake */
	pair_init12(&p, NULL);
	p.peer.no_extended_master_secret = true;
	pair_connect(&p);
	assert_int_equal(tls_rehandshake(p.server), 0);
	p.peer.no_extended_master_secret = false;
	peer12_again(&p.peer);
	peer_hello(&p.peer);
	assert_int_equal(pair_run_handshake(&p), 0);
	assert_null(p.peer.wrong);
	assert_true(tls_session_get_flags(p.server) & TLS_SFLAGS_EXT_MASTER_SECRET);
	pair_clear(&p);
}

/* Nothing in common any more: handshake_failure, and the client can still read it. */
static void nothing_in_common(void **state)
{
	struct pair p;

	(void)state;
	at_hello(&p);
	p.peer.suites[0] = 0x009c; /* TLS_RSA_WITH_AES_128_GCM_SHA256 */
	p.peer.n_suites = 1;
	hello_refused(&p, TLS_E_NO_COMMON_CIPHER_SUITE);
	at_hello(&p);
	peer_send_message(&p.peer, TLS_HANDSHAKE_CLIENT_HELLO, "\x03\x03", 2);
	refused(&p, TLS_E_UNEXPECTED_PACKET_LENGTH);
}

/* ---- What stands where it doesn't belong */

enum place { AT_KEY_EXCHANGE, AT_CCS, AT_FINISHED, N_PLACES };

static const unsigned expected[N_PLACES] = {16, 256, 20};

static void arrive(struct pair *p, enum place place)
{
	at_hello(p);
	p->peer.hold_finished = true;
	peer_hello(&p->peer);
	assert_int_equal(pair_run_handshake(p), TLS_E_AGAIN);
	if (place >= AT_CCS)
		peer12_key_exchange(&p->peer);
	if (place >= AT_FINISHED)
		peer12_ccs(&p->peer);
}

static void fails(struct pair *p, int err)
{
	pair_refused(p, pair_run_handshake(p), err);
	assert_null(p->peer.wrong);
	pair_clear(p);
}

static void contract_H9_every_other_message_in_a_renegotiation_12_server(void **state)
{
	static const uint8_t body[64];
	struct pair p;

	(void)state;
	for (unsigned place = 0; place < N_PLACES; place++) {
		for (unsigned type = 0; type < 256; type++) {
			if (type == expected[place])
				continue;
			arrive(&p, (enum place)place);
			peer_send_message(&p.peer, type, body, sizeof(body));
			fails(&p, TLS_E_UNEXPECTED_HANDSHAKE_PACKET);
		}
	}
}

/* Data behind the client's hello was not under way: whose would it be? */
static void contract_H9_every_other_record_in_a_renegotiation_12_server(void **state)
{
	static const uint8_t one = 1;
	struct pair p;

	(void)state;
	for (unsigned place = 0; place < N_PLACES; place++) {
		arrive(&p, (enum place)place);
		peer_send_record(&p.peer, 23, "x", 1);
		fails(&p, TLS_E_UNEXPECTED_PACKET);
		if (place != AT_CCS) {
			arrive(&p, (enum place)place);
			peer_send_record(&p.peer, 20, &one, 1);
			fails(&p, TLS_E_UNEXPECTED_CCS);
		}
		/* nothing comes plain any more */
		arrive(&p, (enum place)place);
		peer_send_plain_record(&p.peer, 22, &one, 1);
		fails(&p, TLS_E_DECRYPTION_FAILED);
		arrive(&p, (enum place)place);
		peer_close(&p.peer);
		fails(&p, TLS_E_SESSION_EOF);
	}
	at_hello(&p);
	peer_send_record(&p.peer, 20, &one, 1);
	fails(&p, TLS_E_UNEXPECTED_PACKET);
	at_hello(&p);
	peer_send_plain_record(&p.peer, 22, &one, 1);
	fails(&p, TLS_E_DECRYPTION_FAILED);
}

/* A second hello behind the first, in its record. */
static void two_hellos_at_once(void **state)
{
	struct tls_buf b = {0};
	struct pair p;

	(void)state;
	at_hello(&p);
	peer_encode_hello(&p.peer, &b);
	peer_encode_hello(&p.peer, &b);
	peer_send_record(&p.peer, 22, b.p, b.len);
	fails(&p, TLS_E_UNEXPECTED_HANDSHAKE_PACKET);
	tls_buf_clear(&b);
}

/* Old keys up to each side's change_cipher_spec, new ones behind it: a Finished under the old ones is nothing. */
static void finished_under_the_old_keys(void **state)
{
	static const uint8_t one = 1;
	struct pair p;

	(void)state;
	arrive(&p, AT_CCS);
	peer_send_record(&p.peer, 20, &one, 1);
	peer12_finished(&p.peer);
	fails(&p, TLS_E_DECRYPTION_FAILED);
	arrive(&p, AT_FINISHED);
	peer_send_message(&p.peer, TLS_HANDSHAKE_FINISHED, "123456789012", 12);
	fails(&p, TLS_E_FINISHED_VERIFY_FAILED);
}

static void contract_H3_alerts_in_a_renegotiation_12_server(void **state)
{
	static const uint8_t warning[2] = {1, TLS_ALERT_UNRECOGNIZED_NAME}, fatal[2] = {2, TLS_ALERT_UNKNOWN_CA};

	(void)state;
	for (unsigned place = 0; place < N_PLACES; place++) {
		struct pair p;

		arrive(&p, (enum place)place);
		peer_send_record(&p.peer, 21, warning, 2);
		assert_int_equal(pair_run_handshake(&p), TLS_E_WARNING_ALERT_RECEIVED);
		assert_int_equal(pair_run_handshake(&p), TLS_E_AGAIN);
		peer_send_record(&p.peer, 21, fatal, 2);
		assert_int_equal(pair_run_handshake(&p), TLS_E_FATAL_ALERT_RECEIVED);
		assert_int_equal(tls_alert_get(p.server), TLS_ALERT_UNKNOWN_CA);
		pair_clear(&p);
	}
}

/* A certificate that is shown and not proved, and then the end of the handshake by us: what the peer sends then is
 * not for anybody, and the certificate isn't its own. */
static void security_identity_is_not_lent_by_an_unfinished_renegotiation_server(void **state)
{
	struct pair p;
	unsigned n;
	char byte;

	(void)state;
	at_hello(&p);
	tls_certificate_server_set_request(p.server, TLS_CERT_REQUEST);
	p.peer.hold_finished = true;
	p.peer.entry = pair_credentials()->entries[0];
	peer_hello(&p.peer);
	assert_int_equal(pair_run_handshake(&p), TLS_E_AGAIN);
	peer12_certificate(&p.peer);
	assert_int_equal(pair_run_handshake(&p), TLS_E_AGAIN);
	assert_int_equal(tls_bye(p.server, TLS_SHUT_WR), 0);
	assert_null(tls_certificate_get_peers(p.server, &n));
	assert_int_equal(n, 0);
	peer_send_record(&p.peer, 23, "x", 1);
	assert_int_equal(pair_recv(&p, &byte, 1), TLS_E_INVALID_SESSION);
	assert_null(tls_certificate_get_peers(p.server, &n));
	pair_clear(&p);
}

/* ---- The application's hand in it */

static int answer;
static unsigned n_called;

static int post_client_hello(tls_session_t s)
{
	n_called++;
	/* what reads is refused here, and what is new isn't sent */
	assert_int_equal(tls_handshake(s), TLS_E_INVALID_REQUEST);
	if (tls_session_get_flags(s) & TLS_SFLAGS_ESTABLISHED) {
		char byte;

		assert_int_equal(tls_record_recv(s, &byte, 1), TLS_E_INVALID_REQUEST);
		assert_int_equal(tls_record_send(s, "x", 1), TLS_E_REHANDSHAKE);
		assert_int_equal(tls_bye(s, TLS_SHUT_WR), TLS_E_INVALID_REQUEST);
		assert_int_equal(tls_credentials_set(s, TLS_CRD_CERTIFICATE, pair_credentials()), 0);
	}
	return answer;
}

static void the_callback_is_asked_each_time(void **state)
{
	struct pair p;
	char byte;

	(void)state;
	n_called = 0;
	answer = 0;
	pair_init12(&p, NULL);
	tls_handshake_set_post_client_hello_function(p.server, post_client_hello);
	pair_connect(&p);
	assert_int_equal(tls_rehandshake(p.server), 0);
	peer_run(&p.peer);
	peer12_again(&p.peer);
	peer_hello(&p.peer);
	answer = TLS_E_AGAIN;
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(tls_handshake(p.server), TLS_E_AGAIN);
		/* it runs: there is no declining any more */
		assert_int_equal(tls_record_recv(p.server, &byte, 1), TLS_E_REHANDSHAKE);
	}
	assert_int_equal(n_called, 4);
	answer = 0;
	assert_int_equal(pair_run_handshake(&p), 0);
	assert_null(p.peer.wrong);
	assert_int_equal(tls_rehandshake(p.server), 0);
	peer_run(&p.peer);
	peer12_again(&p.peer);
	peer_hello(&p.peer);
	answer = TLS_E_NO_APPLICATION_PROTOCOL;
	fails(&p, TLS_E_NO_APPLICATION_PROTOCOL);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(security_renegotiation_injection_wrong_info_server),
		cmocka_unit_test(security_renegotiation_injection_scsv_server),
		cmocka_unit_test(security_renegotiation_injection_first_hello_in_a_session_server),
		cmocka_unit_test(security_renegotiation_injection_old_info_server),
		cmocka_unit_test(security_renegotiation_dos_server),
		cmocka_unit_test(what_was_agreed_on_stays),
		cmocka_unit_test(nothing_in_common),
		cmocka_unit_test(contract_H9_every_other_message_in_a_renegotiation_12_server),
		cmocka_unit_test(contract_H9_every_other_record_in_a_renegotiation_12_server),
		cmocka_unit_test(two_hellos_at_once),
		cmocka_unit_test(finished_under_the_old_keys),
		cmocka_unit_test(contract_H3_alerts_in_a_renegotiation_12_server),
		cmocka_unit_test(security_identity_is_not_lent_by_an_unfinished_renegotiation_server),
		cmocka_unit_test(the_callback_is_asked_each_time),
	};

	return cmocka_run_group_tests_name("reneg_refuse", tests, NULL, NULL);
}
