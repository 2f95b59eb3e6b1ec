/* refuse_test.c - handshakes that must be refused, with the exact error and alert; what may fail inside. */
#include "refuse.h"

#include <string.h>

#include "tls/error.h"
#include "tls/limits.h"

static void no_common_ground(void **state)
{
	static const struct {
		const char *what;
		int error;
	} rows[] = {
		{"version", TLS_E_UNSUPPORTED_VERSION},
		{"suite", TLS_E_NO_COMMON_CIPHER_SUITE},
		{"group", TLS_E_NO_COMMON_GROUP},
		{"scheme", TLS_E_NO_COMMON_SIGNATURE_ALGORITHM},
		{"no groups", TLS_E_MISSING_EXTENSION},
		{"no schemes", TLS_E_MISSING_EXTENSION},
		{"share without group", TLS_E_ILLEGAL_PARAMETER},
		{"limit", TLS_E_ILLEGAL_PARAMETER},
		{"alpn", TLS_E_NO_APPLICATION_PROTOCOL},
	};
	tls_datum_t ours = {(unsigned char *)"h2", 2};

	(void)state;
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct pair p;

		pair_init(&p, NULL);
		assert_int_equal(tls_alpn_set_protocols(p.server, &ours, 1, TLS_ALPN_MANDATORY), 0);
		switch (i) {
		case 0: p.peer.versions[0] = 0x0303; break;
		case 1: p.peer.suites[0] = 0xc02f; p.peer.n_suites = 1; break;
		case 2: p.peer.groups[0] = 0x0100; p.peer.n_groups = 1; p.peer.n_shares = 0; break;
		case 3: p.peer.schemes[0] = TLS_SIGN_ED25519; p.peer.n_schemes = 1; break;
		case 4: p.peer.n_groups = 0; break;
		case 5: p.peer.n_schemes = 0; break;
		case 6: p.peer.groups[0] = TLS_GROUP_SECP256R1; p.peer.n_groups = 1; break;
		case 7: p.peer.record_size_limit = 63; break;
		default: p.peer.alpn = "\x03\x61\x62\x63"; break;
		}
		pair_refused(&p, pair_handshake(&p), rows[i].error);
		pair_clear(&p);
	}
}

static void bad_server_names(void **state)
{
	static const char *const names[] = {"a b", "a\nb", "caf\xc3\xa9", "dot.", "x/y", ""};

	(void)state;
	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct pair p;
		int expected = names[i][0] == '\0' ? TLS_E_UNEXPECTED_PACKET_LENGTH : TLS_E_ILLEGAL_PARAMETER;

		pair_init(&p, NULL);
		p.peer.server_name = names[i];
		pair_refused(&p, pair_handshake(&p), expected);
		pair_clear(&p);
	}
}

static void wrong_finished(void **state)
{
	uint8_t verify[32] = {0};
	struct pair p;

	(void)state;
	pair_init(&p, NULL);
	pair_hold(&p);
	peer_send_message(&p.peer, TLS_HANDSHAKE_FINISHED, verify, sizeof(verify));
	pair_refuses(&p, TLS_E_FINISHED_VERIFY_FAILED);
}

/* Every bit of every byte of the client's Finished record. */
static void altered_finished_record(void **state)
{
	(void)state;
	for (size_t at = 5; at < 5 + 4 + 32 + 1 + 16; at++) {
		struct pair p;
		int err;

		pair_init(&p, NULL);
		pair_hold(&p);
		peer_finish(&p.peer);
		p.wire.c2s.p[p.wire.c2s.start + at] ^= (uint8_t)(1 << at % 8);
		err = pair_run_handshake(&p);
		pair_refused(&p, err, TLS_E_DECRYPTION_FAILED);
		pair_clear(&p);
	}
}

static void message_truncated_at_every_byte(void **state)
{
	size_t len = pair_hello_len();

	(void)state;
	for (size_t n = 0; n + 4 < len; n++) {
		struct pair p;
		struct tls_buf hello = {0};
		int err;

		pair_init(&p, NULL);
		peer_encode_hello(&p.peer, &hello);
		peer_send_message(&p.peer, TLS_HANDSHAKE_CLIENT_HELLO, hello.p + 4, n);
		err = pair_run_handshake(&p);
		/* a hello may end in front of its extensions: then it offers no TLS 1.3 */
		if (err != TLS_E_UNSUPPORTED_VERSION)
			pair_refused(&p, err, TLS_E_UNEXPECTED_PACKET_LENGTH);
		tls_buf_clear(&hello);
		pair_clear(&p);
	}
}

/* The connection ends at every byte of the client's part. */
static void connection_cut_at_every_byte(void **state)
{
	size_t len = pair_hello_len() + 5;

	(void)state;
	for (size_t n = 0; n < len; n++) {
		struct pair p;

		pair_init(&p, NULL);
		peer_hello(&p.peer);
		assert_int_equal(wire_len(&p.wire.c2s), len);
		p.wire.c2s.end -= len - n;
		p.wire.c2s.closed = true;
		pair_refuses(&p, TLS_E_PREMATURE_TERMINATION);
	}
}

static void finished_cut_at_every_byte(void **state)
{
	(void)state;
	for (size_t n = 0; n < 58; n++) {
		struct pair p;

		pair_init(&p, NULL);
		pair_hold(&p);
		peer_finish(&p.peer);
		assert_int_equal(wire_len(&p.wire.c2s), 58);
		p.wire.c2s.end -= 58 - n;
		p.wire.c2s.closed = true;
		pair_refuses(&p, TLS_E_PREMATURE_TERMINATION);
	}
}

static void message_may_not_cross_a_key_change(void **state)
{
	uint8_t two[8] = {TLS_HANDSHAKE_KEY_UPDATE, 0, 0, 1, 0};
	struct tls_buf hello = {0};
	struct pair p;

	(void)state;
	pair_init(&p, NULL);
	peer_encode_hello(&p.peer, &hello);
	tls_transcript_add(&p.peer.io.transcript, tls_buf_as_span(&hello));
	tls_buf_bytes(&hello, "\x14", 1);
	peer_send_plain_record(&p.peer, 22, hello.p, hello.len);
	pair_refused(&p, pair_run_handshake(&p), TLS_E_MESSAGE_CROSSES_KEY_CHANGE);
	tls_buf_clear(&hello);
	pair_clear(&p);

	pair_init(&p, NULL);
	pair_connect(&p);
	peer_send_record(&p.peer, 22, two, 6);
	assert_int_equal(pair_recv(&p, two, sizeof(two)), TLS_E_MESSAGE_CROSSES_KEY_CHANGE);
	pair_clear(&p);
}

static void security_second_hello_repeats_the_first_13_server(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 7; i++) {
		struct pair p;

		pair_init(&p, NULL);
		p.peer.n_shares = 0;
		p.peer.alpn = "\x02h2";
		peer_hello(&p.peer);
		assert_int_equal(tls_handshake(p.server), TLS_E_AGAIN);
		switch (i) {
		case 0: p.peer.server_name = "otherhost"; break;
		case 1: p.peer.random[0] ^= 1; break;
		case 2: p.peer.session_id[31] ^= 1; break;
		case 3: p.peer.n_suites--; break;
		case 4: p.peer.n_groups--; break;
		case 5: p.peer.alpn = NULL; break;
		default: p.peer.record_size_limit = 100; break;
		}
		pair_refuses(&p, TLS_E_HELLO_CHANGED);
	}
}

static void second_hello_must_bring_the_share(void **state)
{
	struct pair p;

	(void)state;
	pair_init(&p, NULL);
	p.peer.n_shares = 0;
	peer_hello(&p.peer);
	assert_int_equal(tls_handshake(p.server), TLS_E_AGAIN);
	wire_get(&p.wire.s2c, p.wire.s2c.p, wire_len(&p.wire.s2c)); /* the client overlooks it */
	peer_hello(&p.peer);
	pair_refuses(&p, TLS_E_ILLEGAL_PARAMETER);
}

static void security_zero_secret_and_bad_shares_13_server(void **state)
{
	static const uint16_t groups[] = {TLS_GROUP_X25519, TLS_GROUP_SECP256R1};

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct tls_client_hello m;
		struct tls_span share, body;
		struct pair p;

		pair_init(&p, NULL);
		p.peer.shares[0] = groups[i];
		peer_hello(&p.peer);
		body = tls_span(p.wire.c2s.p + 9, wire_len(&p.wire.c2s) - 9);
		assert_int_equal(tls_client_hello_decode(&m, body), 0);
		assert_true(tls_client_hello_share(&m, groups[i], &share));
		/* all zeros: a point of small order, and one that is not on the curve */
		memset((void *)(uintptr_t)(share.p + i), 0, share.len - i);
		pair_refuses(&p, TLS_E_ILLEGAL_KEY_SHARE);
	}
}

/* SECURITY 2.1, declared-length allocation: a header that announces much costs nothing. */
static void announced_length(void **state)
{
	struct pair p;

	(void)state;
	pair_init(&p, NULL);
	peer_send_plain_record(&p.peer, 22, "\x01\x00\x40\x01", 4);
	pair_refuses(&p, TLS_E_HANDSHAKE_TOO_LARGE);
	pair_init(&p, NULL);
	peer_send_raw(&p.peer, "\x16\x03\x01\x40\x01", 5);
	pair_refuses(&p, TLS_E_RECORD_OVERFLOW);
}

static void not_tls(void **state)
{
	struct pair p;

	(void)state;
	pair_init(&p, NULL);
	peer_send_raw(&p.peer, "GET / HTTP/1.1\r\n\r\n", 18);
	pair_refuses(&p, TLS_E_PROTOCOL_NOT_TLS);
}

/* ---- Everything that can fail inside */

static void security_random_failure_13_server(void **state)
{
	(void)state;
	refuse_random_failures(pair_init, 2);
}

static void every_allocation_may_fail(void **state)
{
	(void)state;
	refuse_allocation_failures(pair_init);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_common_ground),
		cmocka_unit_test(bad_server_names),
		cmocka_unit_test(wrong_finished),
		cmocka_unit_test(altered_finished_record),
		cmocka_unit_test(message_truncated_at_every_byte),
		cmocka_unit_test(connection_cut_at_every_byte),
		cmocka_unit_test(finished_cut_at_every_byte),
		cmocka_unit_test(message_may_not_cross_a_key_change),
		cmocka_unit_test(security_second_hello_repeats_the_first_13_server),
		cmocka_unit_test(second_hello_must_bring_the_share),
		cmocka_unit_test(security_zero_secret_and_bad_shares_13_server),
		cmocka_unit_test(announced_length),
		cmocka_unit_test(not_tls),
		cmocka_unit_test(security_random_failure_13_server),
		cmocka_unit_test(every_allocation_may_fail),
	};

	return cmocka_run_group_tests_name("refuse", tests, NULL, NULL);
}
