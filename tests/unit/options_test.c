/* options_test.c - what is set on a session and asked of it. */
#include "unit.h"

#include <string.h>

#include "tests/lib/pair.h"
#include "tls/bytes/mem.h"

static void names(void **state)
{
	(void)state;
	assert_string_equal(tls_protocol_get_name(TLS_1_3), "TLS1.3");
	assert_string_equal(tls_protocol_get_name(TLS_1_2), "TLS1.2");
	assert_null(tls_protocol_get_name((tls_protocol_t)0x0302));
	assert_string_equal(tls_ciphersuite_get_name(0x1302), "TLS_AES_256_GCM_SHA384");
	assert_string_equal(tls_group_get_name(29), "x25519");
	assert_string_equal(tls_sign_get_name(0x0804), "rsa_pss_rsae_sha256");
	assert_null(tls_ciphersuite_get_name(1));
	assert_null(tls_group_get_name(1));
	assert_null(tls_sign_get_name(1));
}

static void nothing_is_known_before_the_handshake(void **state)
{
	tls_datum_t d;
	char name[10];
	size_t len = sizeof(name);
	struct pair p;

	(void)state;
	pair_init(&p, NULL);
	assert_int_equal(tls_protocol_get_version(p.server), 0);
	assert_int_equal(tls_ciphersuite_get(p.server), 0);
	assert_int_equal(tls_group_get(p.server), 0);
	assert_int_equal(tls_sign_algorithm_get(p.server), 0);
	assert_int_equal(tls_session_get_flags(p.server), 0);
	assert_null(tls_session_get_desc(p.server));
	assert_int_equal(tls_alpn_get_selected_protocol(p.server, &d), TLS_E_REQUESTED_DATA_NOT_AVAILABLE);
	assert_int_equal(tls_server_name_get(p.server, name, &len, NULL, 0),
	    TLS_E_REQUESTED_DATA_NOT_AVAILABLE);
	pair_clear(&p);
}

static void description(void **state)
{
	struct pair p;
	char *desc;

	(void)state;
	pair_init(&p, NULL);
	pair_connect(&p);
	desc = tls_session_get_desc(p.server);
	assert_string_equal(desc,
	    "(TLS1.3)-(x25519)-(ecdsa_secp256r1_sha256)-(TLS_AES_128_GCM_SHA256)");
	tls_free(desc);
	for (unsigned n = 1; n <= 1; n++) {
		tls_mem_fail_at(n);
		assert_null(tls_session_get_desc(p.server));
	}
	assert_int_equal(tls_session_get_flags(p.server), TLS_SFLAGS_ESTABLISHED);
	pair_clear(&p);
}

static void server_name_room(void **state)
{
	char name[10] = "##########";
	size_t len = 8;
	struct pair p;

	(void)state;
	pair_init(&p, NULL);
	pair_connect(&p);
	assert_int_equal(tls_server_name_get(p.server, name, &len, NULL, 0), TLS_E_SHORT_MEMORY_BUFFER);
	assert_int_equal(len, 9);
	assert_int_equal(tls_server_name_get(p.server, name, &len, NULL, 0), 0);
	assert_memory_equal(name, "localhost#", 10);
	assert_int_equal(tls_server_name_get(p.server, name, &len, NULL, 1),
	    TLS_E_REQUESTED_DATA_NOT_AVAILABLE);
	pair_clear(&p);
}

static void record_sizes(void **state)
{
	static uint8_t data[3000];
	struct pair p;

	(void)state;
	pair_init(&p, NULL);
	assert_int_equal(tls_record_get_max_size(p.server), 16384);
	assert_int_equal(tls_record_set_max_size(p.server, 63), TLS_E_INVALID_REQUEST);
	assert_int_equal(tls_record_set_max_size(p.server, 16385), TLS_E_INVALID_REQUEST);
	assert_int_equal(tls_record_set_max_recv_size(p.server, 63), TLS_E_INVALID_REQUEST);
	assert_int_equal(tls_record_set_max_recv_size(p.server, 16385), TLS_E_INVALID_REQUEST);
	p.peer.record_size_limit = 501;
	pair_connect(&p);
	assert_int_equal(tls_record_get_max_size(p.server), 500);
	assert_int_equal(tls_record_set_max_size(p.server, 200), 0);
	assert_int_equal(pair_send(&p, data, 1000), 1000);
	peer_run(&p.peer);
	assert_int_equal(p.peer.max_record, 200);
	/* never over what the peer takes */
	assert_int_equal(tls_record_set_max_size(p.server, 1000), 0);
	assert_int_equal(pair_send(&p, data, 3000), 3000);
	peer_run(&p.peer);
	assert_int_equal(p.peer.max_record, 500);
	assert_int_equal(tls_record_set_max_recv_size(p.server, 100), TLS_E_INVALID_REQUEST);
	pair_clear(&p);
}

static void protocols(void **state)
{
	static unsigned char long_name[256];
	tls_datum_t empty = {long_name, 0}, too_long = {long_name, 256}, good = {long_name, 255}, d;
	tls_datum_t many[256]; /* a byte too many of them */
	struct pair p;

	(void)state;
	for (unsigned i = 0; i < 256; i++)
		many[i] = good;
	pair_init(&p, NULL);
	assert_int_equal(tls_alpn_set_protocols(p.server, &empty, 1, 0), TLS_E_INVALID_REQUEST);
	assert_int_equal(tls_alpn_set_protocols(p.server, &too_long, 1, 0), TLS_E_INVALID_REQUEST);
	tls_mem_fail_at(1);
	assert_int_equal(tls_alpn_set_protocols(p.server, &good, 1, 0), TLS_E_MEMORY_ERROR);
	tls_mem_fail_at(0);
	assert_int_equal(tls_alpn_set_protocols(p.server, many, 256, 0), TLS_E_INVALID_REQUEST);
	assert_int_equal(tls_alpn_set_protocols(p.server, &good, 1, 0), 0);
	p.peer.alpn = "\x02h2";
	pair_connect(&p); /* not mandatory: none is chosen */
	assert_int_equal(tls_alpn_get_selected_protocol(p.server, &d), TLS_E_REQUESTED_DATA_NOT_AVAILABLE);
	assert_int_equal(tls_alpn_set_protocols(p.server, &good, 1, 0), TLS_E_INVALID_REQUEST);
	pair_clear(&p);
}

static void policy_and_credentials(void **state)
{
	tls_policy_t policy;
	struct pair p;

	(void)state;
	assert_int_equal(tls_policy_init(&policy, "modern"), 0);
	assert_int_equal(tls_policy_add_ciphersuite(policy, "TLS_CHACHA20_POLY1305_SHA256"), 0);
	assert_int_equal(tls_policy_add_group(policy, "secp384r1"), 0);
	pair_init(&p, NULL);
	assert_int_equal(tls_policy_set(p.server, NULL), TLS_E_INVALID_REQUEST);
	assert_int_equal(tls_policy_set(p.server, policy), 0);
	assert_int_equal(tls_policy_add_group(policy, "x25519"), TLS_E_INVALID_REQUEST);
	tls_policy_deinit(policy);
	assert_int_equal(tls_credentials_set(p.server, TLS_CRD_CERTIFICATE, NULL), TLS_E_INVALID_REQUEST);
	pair_connect(&p);
	assert_true(p.peer.retry);
	assert_int_equal(p.peer.suite, TLS_CIPHER_CHACHA20_POLY1305_SHA256);
	assert_int_equal(p.peer.group, TLS_GROUP_SECP384R1);
	assert_int_equal(tls_credentials_set(p.server, TLS_CRD_CERTIFICATE, pair_credentials()),
	    TLS_E_INVALID_REQUEST);
	pair_clear(&p);
}

static void pointers_and_randoms(void **state)
{
	tls_datum_t client, server;
	struct pair p;
	int x;

	(void)state;
	pair_init(&p, NULL);
	tls_session_set_ptr(p.server, &x);
	assert_ptr_equal(tls_session_get_ptr(p.server), &x);
	tls_transport_set_ptr2(p.server, &p.wire, &p.wire);
	pair_connect(&p);
	tls_session_get_random(p.server, &client, &server);
	assert_int_equal(client.size, 32);
	assert_memory_equal(client.data, p.peer.random, 32);
	assert_int_equal(server.size, 32);
	tls_session_get_random(p.server, NULL, NULL);
	pair_clear(&p);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),
		cmocka_unit_test(nothing_is_known_before_the_handshake),
		cmocka_unit_test(description),
		cmocka_unit_test(server_name_room),
		cmocka_unit_test(record_sizes),
		cmocka_unit_test(protocols),
		cmocka_unit_test(policy_and_credentials),
		cmocka_unit_test(pointers_and_randoms),
	};

	return cmocka_run_group_tests_name("options", tests, NULL, NULL);
}
