/* regress_test.c - faults that were in the core once, as an application or a peer met them. */
#include "unit.h"

#include <string.h>

#include "tests/lib/pair.h"
#include "tls/crypto/suite.h"
#include "tls/limits.h"
#include "tls/state.h"

/* ---- Discarding what was not sent: tls.h, tls_record_discard_queued */

static const uint8_t *pattern(void)
{
	static uint8_t bytes[TLS_SEND_MAX_LEN];

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * 7 >> 3);
	return bytes;
}

static bool is_again(ssize_t n)
{
	return n == TLS_E_AGAIN || n == TLS_E_INTERRUPTED;
}

/* Connected, and an interrupted send of len bytes of which nothing was pushed. */
static void interrupted(struct pair *p, size_t len)
{
	pair_init(p, NULL);
	pair_connect(p);
	p->wire.again_percent = 100;
	assert_true(is_again(tls_record_send(p->server, pattern(), len)));
	assert_int_equal(tls_record_check_queued(p->server), len);
}

/* Sends the rest; the client has exactly the first len bytes then, and understands everything. */
static void arrives(struct pair *p, size_t len)
{
	p->wire.again_percent = 0;
	p->wire.s2c.window = 0;
	assert_true(tls_record_send(p->server, NULL, 0) >= 0);
	peer_run(&p->peer);
	assert_null(p->peer.wrong);
	assert_int_equal(p->peer.data.len, len);
	assert_memory_equal(p->peer.data.p, pattern(), len);
}

static void discard_takes_back(void **state)
{
	struct pair p;

	(void)state;
	interrupted(&p, 40000);
	assert_int_equal(tls_record_discard_queued(p.server), 40000);
	assert_int_equal(tls_record_check_queued(p.server), 0);
	assert_int_equal(tls_record_discard_queued(p.server), 0);
	arrives(&p, 0);
	assert_int_equal(pair_send(&p, pattern(), 500), 500);
	arrives(&p, 500);
	pair_clear(&p);
}

/* A KeyUpdate is owed behind the data: it outlives them. */
static void discard_and_key_update(void **state)
{
	uint8_t byte;
	struct pair p;

	(void)state;
	interrupted(&p, 1000);
	p.wire.again_percent = 0;
	peer_key_update(&p.peer, true);
	assert_int_equal(tls_record_recv(p.server, &byte, 1), TLS_E_AGAIN);
	p.wire.again_percent = 100;
	/* the answer waits for the data, and goes out without it as well */
	assert_true(is_again(tls_record_send(p.server, NULL, 0)));
	assert_int_equal(tls_record_check_queued(p.server), 1000);
	assert_int_equal(tls_record_discard_queued(p.server), 1000);
	p.wire.again_percent = 0;
	assert_int_equal(tls_record_send(p.server, "x", 1), 1);
	peer_run(&p.peer);
	assert_null(p.peer.wrong);
	assert_int_equal(p.peer.data.len, 1);
	assert_int_equal(p.peer.n_key_updates, 1);
	pair_clear(&p);
}

static void discard_and_close_notify(void **state)
{
	struct pair p;

	(void)state;
	interrupted(&p, 1000);
	assert_true(is_again(tls_bye(p.server, TLS_SHUT_WR)));
	assert_int_equal(tls_record_discard_queued(p.server), 0);
	arrives(&p, 1000);
	assert_true(p.peer.ended);
	pair_clear(&p);
}

static void discard_of_half_a_record(void **state)
{
	struct pair p;

	(void)state;
	pair_init(&p, NULL);
	pair_connect(&p);
	p.wire.s2c.window = 10;
	assert_true(is_again(tls_record_send(p.server, pattern(), 1000)));
	assert_int_equal(tls_record_discard_queued(p.server), 0);
	arrives(&p, 1000);
	pair_clear(&p);
}

/* The first bytes are gone, then the buffer is compacted for an answer that doesn't fit: a rewind
 * now would use the first record's nonce again. */
static void discard_after_compaction(void **state)
{
	size_t taken;
	uint8_t byte;
	struct pair p;

	(void)state;
	pair_init(&p, NULL);
	pair_connect(&p);
	assert_int_equal(tls_record_set_max_size(p.server, 64), 0);
	p.wire.s2c.window = 10;
	assert_true(is_again(tls_record_send(p.server, pattern(), TLS_SEND_MAX_LEN)));
	taken = tls_record_check_queued(p.server);
	assert_true(taken > 0 && taken < TLS_SEND_MAX_LEN);
	peer_key_update(&p.peer, true);
	assert_int_equal(tls_record_recv(p.server, &byte, 1), TLS_E_AGAIN);
	assert_true(is_again(tls_record_send(p.server, NULL, 0)));
	assert_int_equal(tls_record_discard_queued(p.server), 0);
	arrives(&p, taken);
	pair_clear(&p);
}

/* The limit of RFC 8446 section 5.5 came in the middle: part of the data is under the new key. */
static void discard_across_the_key_limit(void **state)
{
	struct pair p;

	(void)state;
	pair_init(&p, NULL);
	pair_connect(&p);
	p.server->wr.seq = p.peer.io.rd.seq = p.server->wr.suite->max_records - 1;
	p.wire.again_percent = 100;
	assert_true(is_again(tls_record_send(p.server, pattern(), 40000)));
	assert_int_equal(tls_record_discard_queued(p.server), 0);
	arrives(&p, 40000);
	assert_int_equal(p.peer.n_key_updates, 1);
	pair_clear(&p);
}

/* All of it is on the wire, pushed by a call that isn't tls_record_send: a rewind now would seal other data with
 * the same nonces. */
static void all_pushed_elsewhere(struct pair *p)
{
	uint64_t seq;

	pair_connect(p);
	p->wire.again_percent = 100;
	assert_true(is_again(tls_record_send(p->server, pattern(), 40000)));
	p->wire.again_percent = 0;
	seq = p->server->wr.seq;
	assert_int_equal(tls_alert_flush(p->server), 0);
	assert_int_equal(tls_record_discard_queued(p->server), 0);
	assert_int_equal(p->server->wr.seq, seq);
	assert_int_equal(tls_record_send(p->server, NULL, 0), 40000);
	arrives(p, 40000);
	pair_clear(p);
}

static void discard_after_alert_flush(void **state)
{
	struct pair p;

	(void)state;
	pair_init(&p, NULL);
	all_pushed_elsewhere(&p);
	pair_init12(&p, NULL);
	all_pushed_elsewhere(&p);
}

/* ---- Records that are skipped, or not */

/* An empty record of application data, without a tag: it was dropped without a word, for ever. */
static void empty_record_is_no_early_data(void **state)
{
	uint8_t byte;
	struct pair p;

	(void)state;
	pair_init(&p, NULL);
	pair_connect(&p);
	peer_send_raw(&p.peer, "\x17\3\3\0\0", 5);
	assert_int_equal(tls_record_recv(p.server, &byte, 1), TLS_E_DECRYPTION_FAILED);
	assert_int_equal(tls_alert_get_sent(p.server), TLS_ALERT_BAD_RECORD_MAC);
	pair_clear(&p);
}

/* While early data is skipped, empty records count, too. */
static void empty_records_are_bounded(void **state)
{
	struct pair p;

	(void)state;
	pair_init(&p, NULL);
	p.peer.early_data = true;
	peer_hello(&p.peer);
	for (unsigned i = 0; i <= TLS_LIMIT_SKIPPED_EARLY_DATA / 5; i++)
		peer_send_raw(&p.peer, "\x17\3\3\0\0", 5);
	pair_refuses(&p, TLS_E_DECRYPTION_FAILED);
}

/* A max_early_data_size of 2^14 is usual; sealed it is longer. */
static void security_early_data_is_skipped_13_server(void **state)
{
	static uint8_t sealed[TLS_RECORD_MAX_LEN + 17];
	struct pair p;

	(void)state;
	pair_init(&p, NULL);
	p.peer.early_data = true;
	peer_hello(&p.peer);
	peer_send_raw(&p.peer, "\x17\3\3\x40\x11", 5);
	peer_send_raw(&p.peer, sealed, sizeof(sealed));
	assert_int_equal(pair_run_handshake(&p), 0);
	assert_null(p.peer.wrong);
	pair_clear(&p);
}

/* One byte more than the limit, in a record of its own. */
static void limit_skipped_early_data_and_a_byte_more(void **state)
{
	static uint8_t sealed[TLS_RECORD_MAX_LEN + 17];
	struct pair p;

	(void)state;
	pair_init(&p, NULL);
	p.peer.early_data = true;
	peer_hello(&p.peer);
	peer_send_raw(&p.peer, "\x17\3\3\x40\x11", 5);
	peer_send_raw(&p.peer, sealed, sizeof(sealed));
	peer_send_raw(&p.peer, "\x17\3\3\x00\x12", 5);
	peer_send_raw(&p.peer, sealed, 18);
	pair_refuses(&p, TLS_E_DECRYPTION_FAILED);
}

/* RFC 8449 section 4: who sends no record_size_limit is told none of ours. */
static void unknown_limit_is_not_kept(void **state)
{
	static uint8_t data[TLS_RECORD_MAX_LEN];
	struct pair p;

	(void)state;
	pair_init(&p, NULL);
	assert_int_equal(tls_record_set_max_recv_size(p.server, 1000), 0);
	pair_connect(&p);
	peer_send_record(&p.peer, 23, data, sizeof(data));
	assert_int_equal(pair_recv(&p, data, sizeof(data)), sizeof(data));
	pair_clear(&p);
}

/* ---- Options in the middle of a handshake */

/* The choice is made, and the server waits for the second hello. */
static void options_after_the_choice(void **state)
{
	const tls_datum_t protocol = {(unsigned char *)(uintptr_t) "h3", 2};
	tls_certificate_credentials_t other;
	tls_policy_t policy;
	struct pair p;

	(void)state;
	pair_init(&p, NULL);
	p.peer.n_shares = 0;
	p.peer.record_size_limit = 100;
	peer_hello(&p.peer);
	assert_int_equal(tls_handshake(p.server), TLS_E_AGAIN);
	assert_int_equal(tls_protocol_get_version(p.server), TLS_1_3);
	assert_int_equal(tls_certificate_allocate_credentials(&other), 0);
	assert_int_equal(tls_policy_init(&policy, "modern"), 0);
	assert_int_equal(
	    tls_credentials_set(p.server, TLS_CRD_CERTIFICATE, other), TLS_E_INVALID_REQUEST);
	assert_int_equal(tls_policy_set(p.server, policy), TLS_E_INVALID_REQUEST);
	assert_int_equal(tls_alpn_set_protocols(p.server, &protocol, 1, 0), TLS_E_INVALID_REQUEST);
	assert_int_equal(tls_record_set_max_size(p.server, TLS_RECORD_MAX_LEN), 0);
	assert_int_equal(tls_record_get_max_size(p.server), 99);
	tls_policy_deinit(policy);
	tls_certificate_free_credentials(other);
	assert_int_equal(pair_run_handshake(&p), 0);
	assert_null(p.peer.wrong);
	pair_clear(&p);
}

/* A post-client-hello function that isn't ready yet lets the step run again; nothing leaks. */
static unsigned n_calls;

static int not_yet(tls_session_t s)
{
	(void)s;
	return ++n_calls < 3 ? TLS_E_AGAIN : 0;
}

static void post_client_hello_again(void **state)
{
	struct pair p;

	(void)state;
	n_calls = 0;
	pair_init(&p, NULL);
	p.peer.server_name = "localhost";
	tls_handshake_set_post_client_hello_function(p.server, not_yet);
	pair_connect(&p);
	assert_int_equal(n_calls, 3);
	pair_clear(&p);
}

/* A callback ends the session while the call around it still works with the hello, or with the
 * message. */
static int refuse(tls_session_t s)
{
	assert_int_equal(tls_alert_send(s, TLS_AL_FATAL, TLS_ALERT_ACCESS_DENIED), 0);
	return n_calls++ == 0 ? TLS_E_INTERNAL_ERROR : 0;
}

static void ended_by_a_callback(void **state)
{
	(void)state;
	for (n_calls = 0; n_calls < 2;) {
		struct pair p;

		pair_init(&p, NULL);
		tls_handshake_set_post_client_hello_function(p.server, refuse);
		assert_int_equal(pair_handshake(&p), TLS_E_INVALID_SESSION);
		assert_null(p.server->hs);
		assert_int_equal(tls_handshake(p.server), TLS_E_INVALID_SESSION);
		assert_int_equal(p.peer.alert, TLS_ALERT_ACCESS_DENIED);
		pair_clear(&p);
	}
}

static ssize_t broken_push(tls_transport_ptr_t ptr, const void *data, size_t len)
{
	(void)ptr;
	(void)data;
	(void)len;
	return 0;
}

static int send_from_hook(
    tls_session_t s, unsigned htype, unsigned when, unsigned incoming, const tls_datum_t *msg)
{
	assert_true(htype == TLS_HANDSHAKE_KEY_UPDATE && when == TLS_HOOK_PRE && incoming == 1);
	assert_int_equal(tls_record_send(s, "x", 1), TLS_E_PUSH_ERROR);
	assert_int_equal(msg->data[0], 0);
	return 0;
}

static void ended_by_a_hook(void **state)
{
	uint8_t byte;
	struct pair p;

	(void)state;
	pair_init(&p, NULL);
	pair_connect(&p);
	tls_handshake_set_hook_function(
	    p.server, TLS_HANDSHAKE_KEY_UPDATE, TLS_HOOK_PRE, send_from_hook);
	tls_transport_set_push_function(p.server, broken_push);
	peer_key_update(&p.peer, false);
	assert_int_equal(tls_record_recv(p.server, &byte, 1), TLS_E_PUSH_ERROR);
	assert_null(p.server->rd.suite);
	pair_clear(&p);
}

static void fatal_alert_wipes(void **state)
{
	static const struct tls_half zero;
	struct pair p;

	(void)state;
	pair_init(&p, NULL);
	pair_connect(&p);
	assert_int_equal(tls_alert_send(p.server, TLS_AL_FATAL, TLS_ALERT_ACCESS_DENIED), 0);
	assert_memory_equal(&p.server->rd, &zero, sizeof(zero));
	assert_memory_equal(&p.server->wr, &zero, sizeof(zero));
	assert_int_equal(tls_record_send(p.server, "x", 1), TLS_E_INVALID_SESSION);
	peer_run(&p.peer);
	assert_int_equal(p.peer.alert, TLS_ALERT_ACCESS_DENIED);
	pair_clear(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(discard_takes_back),
	    cmocka_unit_test(discard_and_key_update),
	    cmocka_unit_test(discard_and_close_notify),
	    cmocka_unit_test(discard_of_half_a_record),
	    cmocka_unit_test(discard_after_compaction),
	    cmocka_unit_test(discard_across_the_key_limit),
	    cmocka_unit_test(discard_after_alert_flush),
	    cmocka_unit_test(empty_record_is_no_early_data),
	    cmocka_unit_test(empty_records_are_bounded),
	    cmocka_unit_test(security_early_data_is_skipped_13_server),
	    cmocka_unit_test(limit_skipped_early_data_and_a_byte_more),
	    cmocka_unit_test(unknown_limit_is_not_kept),
	    cmocka_unit_test(options_after_the_choice),
	    cmocka_unit_test(post_client_hello_again),
	    cmocka_unit_test(ended_by_a_callback),
	    cmocka_unit_test(ended_by_a_hook),
	    cmocka_unit_test(fatal_alert_wipes),
	};

	return cmocka_run_group_tests_name("regress", tests, NULL, NULL);
}
