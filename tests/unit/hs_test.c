/* hs_test.c - whole handshakes of our server with a scripted client: what must work. */
#include "unit.h"

#include <string.h>

#include "tests/lib/pair.h"
#include "tls/bytes/mem.h"
#include "tls/error.h"
#include "tls/limits.h"
#include "tls/msg/encrypted_extensions.h"

/* ---- What must work */

static void every_suite_and_group(void **state)
{
	struct pair p;
	struct peer fresh;
	unsigned n = 0;

	(void)state;
	wire_init(&p.wire);
	peer_init(&fresh, &p.wire);
	for (unsigned i = 0; i < fresh.n_suites; i++) {
		for (unsigned k = 0; k < fresh.n_groups; k++) {
			pair_init(&p, NULL);
			p.peer.suites[0] = fresh.suites[i];
			p.peer.n_suites = 1;
			p.peer.groups[0] = p.peer.shares[0] = fresh.groups[k];
			p.peer.n_groups = 1;
			pair_connect(&p);
			assert_int_equal(p.peer.suite, fresh.suites[i]);
			assert_int_equal(tls_ciphersuite_get(p.server), fresh.suites[i]);
			assert_int_equal(p.peer.group, fresh.groups[k]);
			assert_int_equal(tls_group_get(p.server), fresh.groups[k]);
			assert_int_equal(tls_protocol_get_version(p.server), TLS_1_3);
			assert_int_equal(tls_sign_algorithm_get(p.server), TLS_SIGN_ECDSA_SECP256R1_SHA256);
			assert_false(p.peer.retry);
			assert_int_equal(p.peer.n_ccs, 1);
			pair_clear(&p);
			n++;
		}
	}
	assert_int_equal(n, 12);
	peer_clear(&fresh);
}

static void retry_for_every_group(void **state)
{
	static const uint16_t groups[] = {TLS_GROUP_X25519, TLS_GROUP_SECP256R1, TLS_GROUP_SECP384R1,
	    TLS_GROUP_SECP521R1};
	static const uint16_t suites[] = {TLS_CIPHER_AES_128_GCM_SHA256, TLS_CIPHER_AES_256_GCM_SHA384};

	(void)state;
	for (unsigned i = 0; i < 8; i++) {
		struct pair p;

		pair_init(&p, NULL);
		p.peer.suites[0] = suites[i / 4];
		p.peer.n_suites = 1;
		p.peer.n_shares = 0;
		p.peer.groups[0] = groups[i % 4];
		p.peer.n_groups = 1;
		pair_connect(&p);
		assert_true(p.peer.retry);
		assert_int_equal(p.peer.group, groups[i % 4]);
		assert_int_equal(p.peer.n_ccs, 1);
		assert_true(tls_session_get_flags(p.server) & TLS_SFLAGS_HELLO_RETRY);
		pair_clear(&p);
	}
}

static void no_session_id_no_ccs(void **state)
{
	struct pair p;

	(void)state;
	pair_init(&p, NULL);
	p.peer.session_id_len = 0;
	pair_connect(&p);
	assert_int_equal(p.peer.n_ccs, 0);
	pair_clear(&p);
}

static void server_name_and_alpn(void **state)
{
	tls_datum_t ours[] = {{(unsigned char *)"http/1.1", 8}, {(unsigned char *)"h2", 2}}, got;
	struct tls_encrypted_extensions ee;
	char name[32];
	size_t len = sizeof(name);
	unsigned type = 0;
	struct pair p;

	(void)state;
	pair_init(&p, NULL);
	p.peer.alpn = "\x02h2\x08http/1.1";
	assert_int_equal(tls_alpn_set_protocols(p.server, ours, 2, TLS_ALPN_MANDATORY), 0);
	pair_connect(&p);
	assert_int_equal(tls_alpn_get_selected_protocol(p.server, &got), 0);
	assert_memory_equal(got.data, "http/1.1", got.size);
	assert_int_equal(tls_server_name_get(p.server, name, &len, &type, 0), 0);
	assert_string_equal(name, "localhost");
	assert_int_equal(type, 1);
	assert_int_equal(tls_encrypted_extensions_decode(&ee, tls_buf_as_span(&p.peer.extensions)), 0);
	assert_true(ee.server_name);
	assert_true(tls_mem_same(ee.alpn.p, ee.alpn.len, "http/1.1", 8));
	pair_clear(&p);
}

/* RFC 8446 section 4.2: a client that offers nothing is answered nothing. */
static void nothing_offered_nothing_answered(void **state)
{
	tls_datum_t ours = {(unsigned char *)"h2", 2};
	struct tls_encrypted_extensions ee;
	struct pair p;

	(void)state;
	pair_init(&p, NULL);
	p.peer.server_name = p.peer.alpn = NULL;
	p.peer.record_size_limit = 0;
	assert_int_equal(tls_alpn_set_protocols(p.server, &ours, 1, TLS_ALPN_MANDATORY), 0);
	assert_int_equal(tls_record_set_max_recv_size(p.server, 1000), 0);
	pair_connect(&p);
	assert_int_equal(tls_encrypted_extensions_decode(&ee, tls_buf_as_span(&p.peer.extensions)), 0);
	assert_false(ee.server_name);
	assert_int_equal(ee.alpn.len, 0);
	assert_int_equal(ee.record_size_limit, 0);
	pair_clear(&p);
}

static void one_byte_records(void **state)
{
	struct pair p;

	(void)state;
	pair_init(&p, NULL);
	p.peer.cut = 1;
	p.peer.n_shares = 0;
	pair_connect(&p);
	pair_clear(&p);
}

/* H1 at any byte: the transport gives and takes 1..7 bytes and fails half of the time. */
static void any_cut_any_failure(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 60; i++) {
		struct pair p;

		pair_init(&p, NULL);
		p.wire.again_percent = 50;
		p.wire.max_piece = 1 + i * i;
		p.peer.cut = i % 3 == 0 ? 0 : 1 + i;
		p.peer.n_shares = i % 2;
		pair_connect(&p);
		pair_clear(&p);
	}
}

static void hello_split_at_every_byte(void **state)
{
	size_t len = pair_hello_len();

	(void)state;
	for (size_t at = 1; at < len; at++) {
		struct pair p;

		pair_init(&p, NULL);
		p.peer.cut = at;
		pair_connect(&p);
		pair_clear(&p);
	}
}

static void finished_split_at_every_byte(void **state)
{
	(void)state;
	for (size_t at = 1; at < 36; at++) {
		struct pair p;

		pair_init(&p, NULL);
		p.peer.hold_finished = true;
		peer_hello(&p.peer);
		assert_int_equal(pair_run_handshake(&p), TLS_E_AGAIN);
		p.peer.cut = at;
		peer_finish(&p.peer);
		assert_int_equal(pair_run_handshake(&p), 0);
		pair_clear(&p);
	}
}

static void record_size_limit_is_kept(void **state)
{
	static uint8_t data[20000];
	struct tls_encrypted_extensions ee;
	struct pair p;

	(void)state;
	for (unsigned limit = 64; limit <= 16385; limit = limit * 3 - 100) {
		pair_init(&p, NULL);
		p.peer.record_size_limit = limit;
		pair_connect(&p);
		assert_int_equal(
		    tls_encrypted_extensions_decode(&ee, tls_buf_as_span(&p.peer.extensions)), 0);
		assert_int_equal(ee.record_size_limit, TLS_RECORD_MAX_LEN + 1);
		assert_int_equal(pair_send(&p, data, sizeof(data)), sizeof(data));
		peer_run(&p.peer);
		assert_int_equal(p.peer.data.len, sizeof(data));
		assert_int_equal(p.peer.max_record, limit - 1);
		pair_clear(&p);
	}
}

static void our_record_size_limit(void **state)
{
	static uint8_t data[1001];
	struct tls_encrypted_extensions ee;
	struct pair p;

	(void)state;
	pair_init(&p, NULL);
	assert_int_equal(tls_record_set_max_recv_size(p.server, 1000), 0);
	p.peer.record_size_limit = 16385;
	pair_connect(&p);
	assert_int_equal(tls_encrypted_extensions_decode(&ee, tls_buf_as_span(&p.peer.extensions)), 0);
	assert_int_equal(ee.record_size_limit, 1001);
	peer_send_record(&p.peer, 23, data, 1000);
	assert_int_equal(pair_recv(&p, data, sizeof(data)), 1000);
	peer_send_record(&p.peer, 23, data, 1001);
	assert_int_equal(pair_recv(&p, data, sizeof(data)), TLS_E_RECORD_OVERFLOW);
	pair_clear(&p);
}

static void early_data_is_skipped(void **state)
{
	static uint8_t junk[1000];
	uint8_t byte;

	(void)state;
	for (unsigned retry = 0; retry < 2; retry++) {
		struct pair p;

		pair_init(&p, NULL);
		p.peer.early_data = true;
		p.peer.n_shares = 1 - retry;
		peer_hello(&p.peer);
		for (unsigned i = 0; i < 16; i++)
			peer_send_plain_record(&p.peer, 23, junk, sizeof(junk));
		assert_int_equal(pair_run_handshake(&p), 0);
		assert_null(p.peer.wrong);
		peer_send_record(&p.peer, 23, "x", 1);
		assert_int_equal(pair_recv(&p, &byte, 1), 1);
		pair_clear(&p);
	}
}

static void early_data_has_a_bound(void **state)
{
	static uint8_t junk[1000];
	struct pair p;

	(void)state;
	pair_init(&p, NULL);
	p.peer.early_data = true;
	peer_hello(&p.peer);
	for (unsigned i = 0; i <= TLS_LIMIT_SKIPPED_EARLY_DATA / 1000; i++)
		peer_send_plain_record(&p.peer, 23, junk, sizeof(junk));
	pair_refuses(&p, TLS_E_DECRYPTION_FAILED);
	pair_init(&p, NULL);
	peer_hello(&p.peer);
	peer_send_plain_record(&p.peer, 23, junk, sizeof(junk));
	pair_refuses(&p, TLS_E_DECRYPTION_FAILED);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_suite_and_group),
		cmocka_unit_test(retry_for_every_group),
		cmocka_unit_test(no_session_id_no_ccs),
		cmocka_unit_test(server_name_and_alpn),
		cmocka_unit_test(nothing_offered_nothing_answered),
		cmocka_unit_test(one_byte_records),
		cmocka_unit_test(any_cut_any_failure),
		cmocka_unit_test(hello_split_at_every_byte),
		cmocka_unit_test(finished_split_at_every_byte),
		cmocka_unit_test(record_size_limit_is_kept),
		cmocka_unit_test(our_record_size_limit),
		cmocka_unit_test(early_data_is_skipped),
		cmocka_unit_test(early_data_has_a_bound),
	};

	return cmocka_run_group_tests_name("hs", tests, NULL, NULL);
}
