/* server12_test.c - a server's handshakes in TLS 1.2 that succeed: every suite, group and kind of key, and what is
 * negotiated beside them. */
#include "unit.h"

#include <string.h>

#include "kinds12.h"
#include "told.h"
#include "tests/lib/pair.h"
#include "tls/state.h"

/* Data each way, in the records of that suite. */
static void exchange(struct pair *p)
{
	char text[8];

	peer_send_record(&p->peer, 23, "ping", 4);
	assert_int_equal(pair_recv(p, text, sizeof(text)), 4);
	assert_memory_equal(text, "ping", 4);
	assert_int_equal(pair_send(p, "pong", 4), 4);
	peer_run(&p->peer);
	assert_null(p->peer.wrong);
	assert_int_equal(p->peer.data.len, 4);
	assert_memory_equal(p->peer.data.p, "pong", 4);
}

/* Groups are narrowed on our side: a client that names one curve takes certificates of that one only. */
static void one_combination(tls_certificate_credentials_t cred, uint16_t suite, uint16_t group,
    uint16_t scheme)
{
	tls_policy_t policy;
	struct pair p;

	pair_init12(&p, cred);
	assert_int_equal(tls_policy_init(&policy, "intermediate"), 0);
	assert_int_equal(tls_policy_add_group(policy, tls_group_get_name(group)), 0);
	assert_int_equal(tls_policy_set(p.server, policy), 0);
	tls_policy_deinit(policy);
	p.peer.suites[0] = suite;
	p.peer.schemes[0] = scheme;
	p.peer.n_suites = p.peer.n_schemes = 1;
	pair_connect(&p);
	assert_int_equal(p.peer.suite, suite);
	assert_int_equal(p.peer.group, group);
	assert_int_equal(p.peer.scheme, scheme);
	assert_int_equal(tls_protocol_get_version(p.server), TLS_1_2);
	assert_int_equal(tls_ciphersuite_get(p.server), suite);
	assert_int_equal(tls_group_get(p.server), group);
	assert_int_equal(tls_sign_algorithm_get(p.server), scheme);
	exchange(&p);
	pair_clear(&p);
}

static void every_suite_group_and_key(void **state)
{
	(void)state;
	for (size_t k = 0; k < N_KEYS; k++) {
		tls_certificate_credentials_t cred = cred_of(k);

		for (unsigned i = 0; i < 3; i++)
			for (unsigned g = 0; g < 4; g++)
				one_combination(
				    cred, suites[keys[k].rsa][i], groups[g], keys[k].schemes[0]);
		tls_certificate_free_credentials(cred);
	}
}

static void every_scheme(void **state)
{
	(void)state;
	for (size_t k = 0; k < N_KEYS; k++) {
		tls_certificate_credentials_t cred = cred_of(k);

		for (unsigned i = 0; i < 6 && keys[k].schemes[i] != 0; i++)
			one_combination(
			    cred, suites[keys[k].rsa][0], TLS_GROUP_X25519, keys[k].schemes[i]);
		tls_certificate_free_credentials(cred);
	}
}

/* Handshake records of every size, over a wire that cuts at random. */
static void cut_anywhere(void **state)
{
	(void)state;
	for (size_t cut = 1; cut < 90; cut += cut < 20 ? 1 : 7) {
		struct pair p;

		pair_init12(&p, NULL);
		p.peer.cut = cut;
		p.wire.max_piece = cut;
		p.wire.again_percent = 30;
		pair_connect(&p);
		exchange(&p);
		pair_clear(&p);
	}
}

static void split_at_every_byte_of_the_wire(void **state)
{
	(void)state;
	for (unsigned flight = 0; flight < 2; flight++) {
		for (size_t at = 1;; at++) {
			struct pair p;
			size_t end;

			pair_init12(&p, NULL);
			if (flight == 1) {
				pair_hold(&p);
				peer_finish(&p.peer);
			} else {
				peer_hello(&p.peer);
			}
			end = p.wire.c2s.end;
			if (at >= wire_len(&p.wire.c2s)) {
				assert_true(at > 90);
				pair_clear(&p);
				break;
			}
			p.wire.c2s.end = p.wire.c2s.start + at;
			assert_int_equal(tls_handshake(p.server), TLS_E_AGAIN);
			assert_int_equal(tls_record_get_direction(p.server), 0);
			p.wire.c2s.end = end;
			assert_int_equal(pair_run_handshake(&p), 0);
			exchange(&p);
			pair_clear(&p);
		}
	}
}

static void extended_master_secret(void **state)
{
	(void)state;
	for (unsigned without = 0; without <= 1; without++) {
		struct pair p;

		pair_init12(&p, NULL);
		p.peer.no_extended_master_secret = without != 0;
		pair_connect(&p);
		assert_int_equal(
		    (tls_session_get_flags(p.server) & TLS_SFLAGS_EXT_MASTER_SECRET) != 0, without == 0);
		exchange(&p);
		pair_clear(&p);
	}
}

/* RFC 8446 section 4.1.3: the last 8 bytes of the random, when we would have spoken TLS 1.3. */
static void security_downgrade_sentinel_12_server(void **state)
{
	tls_policy_t policy;
	struct pair p;

	(void)state;
	pair_init12(&p, NULL);
	pair_connect(&p);
	assert_memory_equal(p.peer.server_random + 24, "DOWNGRD\x01", 8);
	pair_clear(&p);
	pair_init12(&p, NULL);
	assert_int_equal(tls_policy_init(&policy, "intermediate"), 0);
	assert_int_equal(tls_policy_set_versions(policy, TLS_1_2, TLS_1_2), 0);
	assert_int_equal(tls_policy_set(p.server, policy), 0);
	tls_policy_deinit(policy);
	pair_connect(&p);
	assert_memory_not_equal(p.peer.server_random + 24, "DOWNGRD\x01", 8);
	pair_clear(&p);
}

static void renegotiation_scsv(void **state)
{
	struct pair p;

	(void)state;
	pair_init12(&p, NULL);
	p.peer.no_renegotiation_info = true;
	p.peer.suites[p.peer.n_suites++] = 0x00ff;
	pair_connect(&p); /* the peer checks that the ServerHello has the extension */
	exchange(&p);
	pair_clear(&p);
}

/* supported_versions decides alone; a session id is not taken as one of ours. */
static void supported_versions_and_session_id(void **state)
{
	struct pair p;

	(void)state;
	pair_init12(&p, NULL);
	p.peer.versions[0] = 0x0303;
	p.peer.n_versions = 1;
	p.peer.session_id_len = 32;
	p.peer.legacy_version = 0x0301;
	pair_connect(&p);
	exchange(&p);
	pair_clear(&p);
}

static void alpn_and_server_name(void **state)
{
	tls_datum_t h2 = {(unsigned char *)"h2", 2}, got;
	char name[64];
	size_t len = sizeof(name);
	unsigned type;
	struct pair p;

	(void)state;
	pair_init12(&p, NULL);
	assert_int_equal(tls_alpn_set_protocols(p.server, &h2, 1, 0), 0);
	p.peer.alpn = "\x08http/1.1\x02h2";
	pair_connect(&p);
	assert_int_equal(tls_alpn_get_selected_protocol(p.server, &got), 0);
	assert_int_equal(got.size, 2);
	assert_memory_equal(got.data, "h2", 2);
	assert_int_equal(tls_server_name_get(p.server, name, &len, &type, 0), 0);
	assert_string_equal(name, "localhost");
	/* the ServerHello that came ends with server_name and ALPN */
	assert_true(p.peer.extensions.len > 13);
	assert_memory_equal(p.peer.extensions.p + p.peer.extensions.len - 13,
	    "\x00\x00\x00\x00\x00\x10\x00\x05\x00\x03\x02h2", 13);
	pair_clear(&p);
}

/* RFC 5246 section 7.4.1.4: a client that offers nothing is answered nothing. */
static void nothing_offered_nothing_answered(void **state)
{
	static const uint16_t types[] = {TLS_EXT_SERVER_NAME, TLS_EXT_ALPN, TLS_EXT_RECORD_SIZE_LIMIT,
	    TLS_EXT_STATUS_REQUEST, TLS_EXT_SESSION_TICKET};
	tls_datum_t h2 = {(unsigned char *)"h2", 2};
	struct tls_ext_list list;
	struct tls_span all;
	struct pair p;

	(void)state;
	pair_init12(&p, NULL);
	p.peer.server_name = p.peer.alpn = NULL;
	p.peer.record_size_limit = 0;
	assert_int_equal(tls_alpn_set_protocols(p.server, &h2, 1, TLS_ALPN_MANDATORY), 0);
	assert_int_equal(tls_record_set_max_recv_size(p.server, 1000), 0);
	pair_connect(&p);
	all = tls_buf_as_span(&p.peer.extensions); /* the whole body: version, random, no session id, suite, compression */
	(void)tls_span_take(&all, 2 + TLS_RANDOM_LEN + 1 + 2 + 1);
	assert_int_equal(tls_ext_decode(&list, &all, TLS_EXT_IN_SH12), 0);
	assert_non_null(tls_ext_find(&list, TLS_EXT_RENEGOTIATION_INFO));
	for (unsigned i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		assert_null(tls_ext_find(&list, types[i]));
	pair_clear(&p);
}

/* RFC 8449 section 4: in TLS 1.2 the content alone counts. */
static void record_size_limit(void **state)
{
	static uint8_t data[1000];
	struct pair p;

	(void)state;
	pair_init12(&p, NULL);
	assert_int_equal(tls_record_set_max_recv_size(p.server, 200), 0);
	p.peer.record_size_limit = 100;
	pair_connect(&p);
	assert_memory_equal(p.peer.extensions.p + p.peer.extensions.len - 6, "\x00\x1c\x00\x02\x00\xc8", 6);
	assert_int_equal(tls_record_get_max_size(p.server), 100);
	assert_int_equal(pair_send(&p, data, sizeof(data)), sizeof(data));
	peer_run(&p.peer);
	assert_int_equal(p.peer.max_record, 100);
	peer_send_record(&p.peer, 23, data, 200);
	assert_int_equal(pair_recv(&p, data, sizeof(data)), 200);
	peer_send_record(&p.peer, 23, data, 201);
	assert_int_equal(pair_recv(&p, data, sizeof(data)), TLS_E_RECORD_OVERFLOW);
	pair_clear(&p);
}

static void description(void **state)
{
	struct pair p;
	char *text;

	(void)state;
	pair_init12(&p, NULL);
	pair_connect(&p);
	text = tls_session_get_desc(p.server);
	assert_string_equal(text,
	    "(TLS1.2)-(x25519)-(ecdsa_secp256r1_sha256)-(TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256)");
	tls_free(text);
	pair_clear(&p);
}

/* The SSLKEYLOGFILE format has one line for TLS 1.2: the master secret. */
static void master_secret_is_logged(void **state)
{
	struct pair p;

	(void)state;
	pair_init12(&p, NULL);
	tls_session_set_keylog_function(p.server, told_keylog);
	pair_connect(&p);
	assert_int_equal(told.n_secrets, 1);
	told_is(0, "CLIENT_RANDOM", p.peer.sched12.master, 48);
	pair_clear(&p);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_suite_group_and_key),
		cmocka_unit_test(every_scheme),
		cmocka_unit_test(cut_anywhere),
		cmocka_unit_test(split_at_every_byte_of_the_wire),
		cmocka_unit_test(extended_master_secret),
		cmocka_unit_test(security_downgrade_sentinel_12_server),
		cmocka_unit_test(renegotiation_scsv),
		cmocka_unit_test(supported_versions_and_session_id),
		cmocka_unit_test(alpn_and_server_name),
		cmocka_unit_test(nothing_offered_nothing_answered),
		cmocka_unit_test(record_size_limit),
		cmocka_unit_test(description),
		cmocka_unit_test(master_secret_is_logged),
	};

	return cmocka_run_group_tests_name("server12", tests, NULL, NULL);
}
