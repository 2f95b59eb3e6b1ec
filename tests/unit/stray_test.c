/* stray_test.c - what arrives where it doesn't belong: every other message and record at every step of a
 * handshake, change_cipher_spec and alerts in and out of their place. */
#include "stray.h"

#include <string.h>

#include "tls/bytes/mem.h"
#include "tls/error.h"
#include "tls/limits.h"
#include "tls/msg/certificate.h"

/* Contract H9, wherever a client's message can arrive. */
enum place { AT_HELLO, AT_SECOND_HELLO, AT_CERTIFICATE, AT_CERTIFICATE_VERIFY, AT_FINISHED, N_PLACES };
static const unsigned expected[N_PLACES] = {1, 1, 11, 15, 20};

/* A client's: the server's own chain does for one. */
static void send_certificate(struct peer *peer)
{
	struct tls_certificate m = {.n = 1};
	struct tls_buf body = {0};
	tls_datum_t leaf;
	unsigned n = 1;

	assert_int_equal(tls_certificate_get_chain(pair_credentials(), 0, &leaf, &n), 0);
	m.cert[0] = tls_span(leaf.data, leaf.size);
	tls_certificate_encode(&body, &m);
	peer_send_message(peer, TLS_HANDSHAKE_CERTIFICATE_PKT, body.p, body.len);
	tls_buf_clear(&body);
}

static void arrive(struct pair *p, unsigned place)
{
	pair_init(p, NULL);
	if (place == AT_HELLO)
		return;
	if (place == AT_SECOND_HELLO) {
		p->peer.hold_finished = true;
		p->peer.n_shares = 0;
		peer_hello(&p->peer);
		/* the client doesn't look at the HelloRetryRequest */
		assert_int_equal(tls_handshake(p->server), TLS_E_AGAIN);
		return;
	}
	if (place != AT_FINISHED)
		tls_certificate_server_set_request(p->server, TLS_CERT_REQUEST);
	pair_hold(p);
	if (place == AT_CERTIFICATE_VERIFY) {
		send_certificate(&p->peer);
		assert_int_equal(pair_run_handshake(p), TLS_E_AGAIN);
	}
}

static const struct stray_server places = {N_PLACES, AT_CERTIFICATE, expected, arrive};

static void contract_H9_every_other_message_at_every_step_13_server(void **state)
{
	(void)state;
	stray_server_messages(&places);
}

static void contract_H9_every_other_record_type_at_every_step_13_server(void **state)
{
	(void)state;
	stray_server_records(&places);
}

/* ---- CCS and alerts within the handshake */

static void ccs_in_its_place(void **state)
{
	static const uint8_t one = 1;
	struct pair p;

	(void)state;
	pair_init(&p, NULL);
	pair_hold(&p);
	for (unsigned i = 0; i < TLS_LIMIT_CCS; i++)
		peer_send_plain_record(&p.peer, 20, &one, 1);
	peer_finish(&p.peer);
	assert_int_equal(pair_run_handshake(&p), 0);
	pair_clear(&p);
}

static void ccs_out_of_place(void **state)
{
	static const uint8_t one = 1, two[2] = {1, 1}, other = 2;
	uint8_t byte;
	struct pair p;

	(void)state;
	pair_init(&p, NULL); /* before the hello */
	peer_send_plain_record(&p.peer, 20, &one, 1);
	pair_refuses(&p, TLS_E_UNEXPECTED_CCS);
	for (unsigned i = 0; i < 4; i++) {
		pair_init(&p, NULL);
		pair_hold(&p);
		if (i == 0)
			peer_send_plain_record(&p.peer, 20, two, 2);
		else if (i == 1)
			peer_send_plain_record(&p.peer, 20, &other, 1);
		else if (i == 2)
			peer_send_record(&p.peer, 20, &one, 1); /* protected */
		for (unsigned k = 0; i == 3 && k <= TLS_LIMIT_CCS; k++)
			peer_send_plain_record(&p.peer, 20, &one, 1);
		pair_refuses(&p, TLS_E_UNEXPECTED_CCS);
	}
	pair_init(&p, NULL); /* after the handshake */
	pair_connect(&p);
	peer_send_plain_record(&p.peer, 20, &one, 1);
	assert_int_equal(pair_recv(&p, &byte, 1), TLS_E_UNEXPECTED_PACKET);
	pair_clear(&p);
}

/* RFC 8446 section 5.1: no record of another type between the fragments of a message. */
static void nothing_between_fragments(void **state)
{
	static const uint8_t bytes[2] = {1, TLS_ALERT_USER_CANCELED};

	(void)state;
	for (unsigned place = 0; place < N_PLACES; place++) {
		for (unsigned type = 20; type <= 23; type++) {
			uint8_t first = (uint8_t)expected[place];
			struct pair p;

			if (type == 22)
				continue;
			arrive(&p, place);
			peer_send_record(&p.peer, 22, &first, 1);
			peer_send_record(&p.peer, type, bytes, type == 20 ? 1 : 2);
			pair_refuses(&p, TLS_E_UNEXPECTED_PACKET);
		}
	}
}

/* Early data in front of the second hello is skipped, but not in the middle of it. */
static void no_early_data_between_fragments(void **state)
{
	struct pair p;

	(void)state;
	pair_init(&p, NULL);
	p.peer.early_data = true;
	p.peer.n_shares = 0;
	peer_hello(&p.peer);
	assert_int_equal(tls_handshake(p.server), TLS_E_AGAIN);
	peer_send_plain_record(&p.peer, 23, "early", 5);
	assert_int_equal(tls_handshake(p.server), TLS_E_AGAIN);
	peer_send_plain_record(&p.peer, 22, "\x01", 1);
	peer_send_plain_record(&p.peer, 23, "early", 5);
	pair_refuses(&p, TLS_E_UNEXPECTED_PACKET);
}

static void contract_H3_alerts_during_the_handshake_13_server(void **state)
{
	(void)state;
	stray_server_alerts(&places, TLS_ALERT_USER_CANCELED);
}

/* A client that can't make the keys sends its alert plain, and the server tells what it said. */
static void plain_alert_after_the_hello(void **state)
{
	static const uint8_t illegal[2] = {2, TLS_ALERT_ILLEGAL_PARAMETER};
	struct pair p;

	(void)state;
	pair_init(&p, NULL);
	pair_hold(&p);
	peer_send_plain_record(&p.peer, 21, illegal, 2);
	assert_int_equal(pair_run_handshake(&p), TLS_E_FATAL_ALERT_RECEIVED);
	assert_int_equal(tls_alert_get(p.server), TLS_ALERT_ILLEGAL_PARAMETER);
	pair_clear(&p);
}

static void too_many_warnings(void **state)
{
	static const uint8_t canceled[2] = {1, TLS_ALERT_USER_CANCELED};
	struct pair p;

	(void)state;
	pair_init(&p, NULL);
	for (unsigned i = 0; i < TLS_LIMIT_WARNING_ALERTS; i++) {
		peer_send_record(&p.peer, 21, canceled, 2);
		assert_int_equal(pair_run_handshake(&p), TLS_E_WARNING_ALERT_RECEIVED);
	}
	peer_send_record(&p.peer, 21, canceled, 2);
	pair_refuses(&p, TLS_E_TOO_MANY_ALERTS);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(contract_H9_every_other_message_at_every_step_13_server),
		cmocka_unit_test(contract_H9_every_other_record_type_at_every_step_13_server),
		cmocka_unit_test(ccs_in_its_place),
		cmocka_unit_test(ccs_out_of_place),
		cmocka_unit_test(nothing_between_fragments),
		cmocka_unit_test(no_early_data_between_fragments),
		cmocka_unit_test(contract_H3_alerts_during_the_handshake_13_server),
		cmocka_unit_test(plain_alert_after_the_hello),
		cmocka_unit_test(too_many_warnings),
	};

	return cmocka_run_group_tests_name("stray", tests, NULL, NULL);
}
