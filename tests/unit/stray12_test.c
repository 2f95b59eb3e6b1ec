/* stray12_test.c - what arrives where it doesn't belong in a handshake of TLS 1.2: every other message and record
 * at every step, change_cipher_spec early, late, twice, missing and misshapen. */
#include "stray.h"

#include <string.h>

#include "tls/error.h"
#include "tls/limits.h"

/* Wherever something of a client's can arrive. */
enum place { AT_HELLO, AT_KEY_EXCHANGE, AT_CCS, AT_FINISHED, N_PLACES };

static const unsigned expected[N_PLACES] = {1, 16, STRAY_NO_MESSAGE, 20};

static void arrive(struct pair *p, unsigned place)
{
	pair_init12(p, NULL);
	if (place > AT_HELLO)
		pair_hold(p);
	if (place >= AT_CCS)
		peer12_key_exchange(&p->peer);
	if (place >= AT_FINISHED)
		peer12_ccs(&p->peer);
}

/* A record's type is never hidden. */
static const struct stray_server places = {N_PLACES, N_PLACES, expected, arrive};

static void contract_H9_every_other_message_at_every_step_12_server(void **state)
{
	(void)state;
	stray_server_messages(&places);
}

static void contract_H9_every_other_record_type_at_every_step_12_server(void **state)
{
	(void)state;
	stray_server_records(&places);
}

/* CVE-2014-0224: keys must not change before there are any, nor a second time. */
static void ccs_everywhere_but_in_its_place(void **state)
{
	static const uint8_t one = 1;

	(void)state;
	for (unsigned place = 0; place < N_PLACES; place++) {
		struct pair p;

		if (place == AT_CCS)
			continue;
		arrive(&p, place);
		peer_send_record(&p.peer, 20, &one, 1); /* protected where records are */
		pair_refuses(&p, TLS_E_UNEXPECTED_CCS);
	}
	for (unsigned place = AT_FINISHED; place <= N_PLACES; place++) {
		uint8_t byte;
		struct pair p;

		if (place == AT_FINISHED) {
			arrive(&p, AT_FINISHED);
			peer_send_plain_record(&p.peer, 20, &one, 1);
			pair_refused(&p, pair_run_handshake(&p), TLS_E_DECRYPTION_FAILED);
		} else {
			pair_init12(&p, NULL);
			pair_connect(&p);
			peer_send_record(&p.peer, 20, &one, 1);
			assert_int_equal(pair_recv(&p, &byte, 1), TLS_E_UNEXPECTED_PACKET);
		}
		pair_clear(&p);
	}
}

static void ccs_misshapen(void **state)
{
	static const uint8_t bad[3][2] = {{1, 1}, {2, 0}, {0, 0}};
	static const size_t len[3] = {2, 1, 0};

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		struct pair p;

		arrive(&p, AT_CCS);
		peer_send_record(&p.peer, 20, bad[i], len[i]);
		pair_refuses(&p, TLS_E_UNEXPECTED_CCS);
	}
}

/* A Finished without it comes plain: refused before it is looked at. */
static void ccs_missing(void **state)
{
	struct pair p;

	(void)state;
	arrive(&p, AT_CCS);
	peer12_finished(&p.peer);
	pair_refuses(&p, TLS_E_UNEXPECTED_HANDSHAKE_PACKET);
}

/* A message that stands on both sides of the change, or behind the last one of a flight. */
static void no_message_crosses_the_change(void **state)
{
	static const uint8_t finished[2] = {20, 0}, one = 1;
	uint8_t two[2 * (4 + 33)];
	struct tls_buf b;
	struct pair p;

	(void)state;
	arrive(&p, AT_CCS);
	peer_send_record(&p.peer, 22, finished, sizeof(finished));
	peer_send_record(&p.peer, 20, &one, 1);
	pair_refuses(&p, TLS_E_UNEXPECTED_HANDSHAKE_PACKET);

	/* ClientKeyExchange and the beginning of something in one record */
	arrive(&p, AT_KEY_EXCHANGE);
	tls_buf_init_fixed(&b, two, sizeof(two));
	tls_buf_u8(&b, 16);
	tls_buf_u24(&b, 33);
	tls_buf_u8(&b, 32);
	tls_buf_bytes(&b, p.peer.share12, 32);
	tls_buf_u8(&b, 20);
	peer_send_record(&p.peer, 22, b.p, b.len);
	peer_send_record(&p.peer, 20, &one, 1);
	pair_refuses(&p, TLS_E_UNEXPECTED_HANDSHAKE_PACKET);

	/* the hello, and behind it what can't be known yet */
	pair_init12(&p, NULL);
	peer_encode_hello(&p.peer, &p.peer.hello);
	tls_buf_bytes(&p.peer.hello, "\x14\x00\x00\x00", 4);
	peer_send_plain_record(&p.peer, 22, p.peer.hello.p, p.peer.hello.len);
	pair_refuses(&p, TLS_E_UNEXPECTED_HANDSHAKE_PACKET);
}

/* Behind the client's Finished nothing may stand in its record. */
static void nothing_behind_finished(void **state)
{
	uint8_t h[TLS_HASH_MAX_LEN], msg[4 + TLS_VERIFY_DATA_LEN + 1] = {20, 0, 0, TLS_VERIFY_DATA_LEN};
	struct pair p;

	(void)state;
	arrive(&p, AT_FINISHED);
	tls_sched12_finished(
	    msg + 4, &p.peer.sched12, false, scripted_hash(&p.peer.io, h));
	peer_send_record(&p.peer, 22, msg, sizeof(msg));
	pair_refuses(&p, TLS_E_UNEXPECTED_HANDSHAKE_PACKET);
}

static void contract_H3_alerts_during_the_handshake_12_server(void **state)
{
	(void)state;
	stray_server_alerts(&places, TLS_ALERT_UNRECOGNIZED_NAME);
}

/* A warning in the middle costs nothing: the handshake goes on to its end. */
static void warning_before_each_message(void **state)
{
	static const uint8_t warning[2] = {1, TLS_ALERT_UNRECOGNIZED_NAME};
	struct pair p;

	(void)state;
	pair_init12(&p, NULL);
	pair_hold(&p);
	peer_send_record(&p.peer, 21, warning, 2);
	peer12_key_exchange(&p.peer);
	peer_send_record(&p.peer, 21, warning, 2);
	peer12_ccs(&p.peer);
	peer_send_record(&p.peer, 21, warning, 2);
	peer12_finished(&p.peer);
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(pair_run_handshake(&p), TLS_E_WARNING_ALERT_RECEIVED);
	assert_int_equal(pair_run_handshake(&p), 0);
	assert_null(p.peer.wrong);
	pair_clear(&p);
}

/* Under protection an alert that comes plain is no alert. */
static void plain_alert_under_protection(void **state)
{
	static const uint8_t fatal[2] = {2, TLS_ALERT_UNKNOWN_CA};
	struct pair p;

	(void)state;
	arrive(&p, AT_FINISHED);
	peer_send_plain_record(&p.peer, 21, fatal, 2);
	pair_refuses(&p, TLS_E_DECRYPTION_FAILED);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(contract_H9_every_other_message_at_every_step_12_server),
		cmocka_unit_test(contract_H9_every_other_record_type_at_every_step_12_server),
		cmocka_unit_test(ccs_everywhere_but_in_its_place),
		cmocka_unit_test(ccs_misshapen),
		cmocka_unit_test(ccs_missing),
		cmocka_unit_test(no_message_crosses_the_change),
		cmocka_unit_test(nothing_behind_finished),
		cmocka_unit_test(contract_H3_alerts_during_the_handshake_12_server),
		cmocka_unit_test(warning_before_each_message),
		cmocka_unit_test(plain_alert_under_protection),
	};

	return cmocka_run_group_tests_name("stray12", tests, NULL, NULL);
}
