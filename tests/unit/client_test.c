/* client_test.c - handshakes of our client that must work: with a scripted server and with our own. */
#include "unit.h"

#include <string.h>

#include "told.h"
#include "tests/lib/call.h"
#include "tests/lib/duo.h"
#include "tls/bytes/mem.h"
#include "tls/state.h"

static const uint16_t suites[] = {TLS_CIPHER_AES_128_GCM_SHA256, TLS_CIPHER_AES_256_GCM_SHA384,
    TLS_CIPHER_CHACHA20_POLY1305_SHA256};
static const uint16_t groups[] = {TLS_GROUP_X25519, TLS_GROUP_SECP256R1, TLS_GROUP_SECP384R1,
    TLS_GROUP_SECP521R1};

static void set_policy(tls_session_t s, uint16_t suite, const uint16_t *group, unsigned n_groups)
{
	tls_policy_t policy;

	assert_int_equal(tls_policy_init(&policy, "modern"), 0);
	if (suite != 0)
		assert_int_equal(tls_policy_add_ciphersuite(policy, tls_ciphersuite_get_name(suite)), 0);
	for (unsigned i = 0; i < n_groups; i++)
		assert_int_equal(tls_policy_add_group(policy, tls_group_get_name(group[i])), 0);
	assert_int_equal(tls_policy_set(s, policy), 0);
	tls_policy_deinit(policy);
}

static void every_suite_and_group(void **state)
{
	unsigned n = 0;

	(void)state;
	for (unsigned i = 0; i < 12; i++) {
		struct call c;

		call_init(&c, NULL, 0);
		c.serv.suite = suites[i % 3];
		c.serv.group = groups[i / 3];
		set_policy(c.client, 0, &groups[i / 3], 1);
		call_connect(&c);
		assert_int_equal(tls_ciphersuite_get(c.client), suites[i % 3]);
		assert_int_equal(tls_group_get(c.client), groups[i / 3]);
		assert_int_equal(tls_protocol_get_version(c.client), TLS_1_3);
		assert_int_equal(tls_sign_algorithm_get(c.client), TLS_SIGN_ECDSA_SECP256R1_SHA256);
		assert_int_equal(c.serv.n_hellos, 1);
		assert_int_equal(c.serv.n_ccs, 1);
		assert_int_equal(tls_session_get_flags(c.client), TLS_SFLAGS_ESTABLISHED);
		n++;
		call_clear(&c);
	}
	assert_int_equal(n, 12);
}

static void our_server(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 12; i++) {
		tls_datum_t alpn = {(unsigned char *)"h2", 2}, got;
		char name[16];
		size_t len = sizeof(name);
		struct duo d;

		duo_init(&d, NULL, NULL);
		set_policy(d.client, suites[i % 3], &groups[i / 3], 1);
		assert_int_equal(tls_alpn_set_protocols(d.client, &alpn, 1, TLS_ALPN_MANDATORY), 0);
		assert_int_equal(tls_alpn_set_protocols(d.server, &alpn, 1, TLS_ALPN_MANDATORY), 0);
		duo_connect(&d);
		assert_int_equal(tls_ciphersuite_get(d.server), suites[i % 3]);
		assert_int_equal(tls_group_get(d.server), groups[i / 3]);
		assert_int_equal(tls_alpn_get_selected_protocol(d.client, &got), 0);
		assert_memory_equal(got.data, "h2", 2);
		assert_int_equal(tls_server_name_get(d.server, name, &len, NULL, 0), 0);
		assert_string_equal(name, "localhost");
		duo_pass(d.client, d.server, "question", 8);
		duo_pass(d.server, d.client, "answer", 6);
		duo_clear(&d);
	}
}

/* RFC 8446 sections 4.1.2 and 4.1.4: what the second hello may change, and what the first CCS stands in
 * front of. */
static void retry_for_every_group(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 8; i++) {
		uint16_t offered[2] = {groups[i % 4], groups[(i + 1) % 4]};
		struct tls_client_hello first;
		struct tls_span share;
		struct call c;

		call_init(&c, NULL, 0);
		set_policy(c.client, 0, offered, 2);
		c.serv.retries = 1;
		c.serv.suite = suites[i / 4];
		c.serv.group = c.serv.retry_group = offered[1];
		c.serv.cookie = i % 2 == 0 ? "a cookie" : NULL;
		call_connect(&c);
		assert_int_equal(c.serv.n_hellos, 2);
		assert_int_equal(c.serv.n_ccs, 1);
		assert_int_equal(tls_group_get(c.client), offered[1]);
		assert_true(tls_session_get_flags(c.client) & TLS_SFLAGS_HELLO_RETRY);
		assert_int_equal(tls_client_hello_decode(&first, tls_buf_as_span(&c.serv.first_hello)), 0);
		assert_true(tls_client_hello_repeats(&c.serv.hello, &first));
		assert_false(tls_client_hello_share(&c.serv.hello, offered[0], &share));
		assert_int_equal(tls_ext_find(&c.serv.hello.ext, TLS_EXT_COOKIE) != NULL, i % 2 == 0);
		call_clear(&c);
	}
}

/* A retry that only brings a cookie leaves the share as it is. */
static void retry_for_a_cookie(void **state)
{
	struct tls_client_hello first;
	const struct tls_ext *a, *b, *cookie;
	struct call c;

	(void)state;
	call_init(&c, NULL, 0);
	c.serv.retries = 1;
	c.serv.cookie = "crumbs";
	call_connect(&c);
	assert_int_equal(tls_client_hello_decode(&first, tls_buf_as_span(&c.serv.first_hello)), 0);
	a = tls_ext_find(&first.ext, TLS_EXT_KEY_SHARE);
	b = tls_ext_find(&c.serv.hello.ext, TLS_EXT_KEY_SHARE);
	cookie = tls_ext_find(&c.serv.hello.ext, TLS_EXT_COOKIE);
	assert_true(tls_mem_same(a->body.p, a->body.len, b->body.p, b->body.len));
	assert_true(tls_mem_same(cookie->body.p, cookie->body.len, "\0\6crumbs", 8));
	call_clear(&c);
}

static void retry_by_our_server(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		uint16_t offered[2] = {groups[i], groups[(i + 1) % 4]};
		struct duo d;

		duo_init(&d, NULL, NULL);
		set_policy(d.client, 0, offered, 2);
		set_policy(d.server, 0, &offered[1], 1);
		duo_connect(&d);
		assert_true(tls_session_get_flags(d.server) & TLS_SFLAGS_HELLO_RETRY);
		assert_true(tls_session_get_flags(d.client) & TLS_SFLAGS_HELLO_RETRY);
		duo_pass(d.client, d.server, "x", 1);
		duo_clear(&d);
	}
}

/* What the hello says, by the RFC's words. */
static void the_hello(void **state)
{
	tls_datum_t alpn[2] = {{(unsigned char *)"h2", 2}, {(unsigned char *)"http/1.1", 8}};
	const struct tls_client_hello *m;
	struct tls_span hybrid, share;
	struct call c;

	(void)state;
	call_init(&c, NULL, 0);
	m = &c.serv.hello;
	c.serv.alpn = "http/1.1";
	assert_int_equal(tls_alpn_set_protocols(c.client, alpn, 2, 0), 0);
	call_connect(&c);
	assert_int_equal(m->legacy_version, 0x0303);
	assert_int_equal(m->session_id.len, 32);
	assert_true(tls_mem_same(m->suites.p, m->suites.len, "\x13\x01\x13\x02\x13\x03", 6));
	assert_true(tls_mem_same(m->compression.p, m->compression.len, "\0", 1));
	assert_true(tls_mem_same(m->versions.p, m->versions.len, "\x03\x04", 2));
	assert_true(tls_mem_same(m->server_name.p, m->server_name.len, "localhost", 9));
	assert_true(tls_mem_same(m->alpn.p, m->alpn.len, "\2h2\10http/1.1", 12));
	assert_true(tls_mem_same(m->groups.p, m->groups.len, "\x11\xec\x11\xeb\0\x1d\0\x17\0\x18\0\x19", 12));
	assert_true(tls_client_hello_share(m, TLS_GROUP_X25519MLKEM768, &hybrid));
	assert_int_equal(hybrid.len, 1216);
	assert_true(tls_client_hello_share(m, TLS_GROUP_X25519, &share));
	assert_true(tls_mem_same(share.p, share.len, hybrid.p + 1184, 32));
	assert_int_equal(m->key_shares.len, 4 + 1216 + 4 + 32);
	assert_int_equal(m->record_size_limit, 16385);
	assert_true(tls_client_hello_has(m->schemes, TLS_SIGN_RSA_PSS_RSAE_SHA256));
	assert_false(tls_client_hello_has(m->schemes, TLS_SIGN_RSA_PKCS1_SHA256));
	assert_non_null(tls_ext_find(&m->ext, TLS_EXT_SIGNATURE_ALGORITHMS_CERT));
	call_clear(&c);
}

static void server_name(void **state)
{
	static const char *const bad[] = {"192.0.2.1", "2001:db8::1", "host.", "a b", ".", "a..b", "-a"};
	struct call c;
	struct duo d;

	(void)state;
	call_init(&c, NULL, 0);
	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(tls_server_name_set(c.client, TLS_NAME_DNS, bad[i], strlen(bad[i])),
		    TLS_E_INVALID_REQUEST);
	assert_int_equal(tls_server_name_set(c.client, 2, "host", 4), TLS_E_INVALID_REQUEST);
	tls_mem_fail_at(1);
	assert_int_equal(tls_server_name_set(c.client, TLS_NAME_DNS, "host", 4), TLS_E_MEMORY_ERROR);
	assert_int_equal(tls_server_name_set(c.client, TLS_NAME_DNS, "", 0), 0);
	call_connect(&c);
	assert_int_equal(c.serv.hello.server_name.len, 0);
	assert_int_equal(tls_server_name_set(c.client, TLS_NAME_DNS, "host", 4), TLS_E_INVALID_REQUEST);
	call_clear(&c);
	call_init(&c, NULL, 0);
	c.serv.server_name = true;
	call_connect(&c);
	assert_true(tls_mem_same(c.serv.hello.server_name.p, c.serv.hello.server_name.len, "localhost", 9));
	call_clear(&c);
	duo_init(&d, NULL, NULL);
	assert_int_equal(tls_server_name_set(d.server, TLS_NAME_DNS, "host", 4), TLS_E_INVALID_REQUEST);
	duo_clear(&d);
}

/* Nothing that is offered can be changed under the handshake. */
static void options_are_fixed_by_the_hello(void **state)
{
	tls_datum_t alpn = {(unsigned char *)"h2", 2};
	struct call c;

	(void)state;
	call_init(&c, NULL, 0);
	assert_int_equal(tls_handshake(c.client), TLS_E_AGAIN);
	assert_int_equal(tls_alpn_set_protocols(c.client, &alpn, 1, 0), TLS_E_INVALID_REQUEST);
	assert_int_equal(tls_set_default_priority(c.client), TLS_E_INVALID_REQUEST);
	assert_int_equal(tls_server_name_set(c.client, TLS_NAME_DNS, "host", 4), TLS_E_INVALID_REQUEST);
	assert_int_equal(tls_record_set_max_recv_size(c.client, 1000), TLS_E_INVALID_REQUEST);
	call_connect(&c);
	call_clear(&c);
}

static void record_size_limits(void **state)
{
	static uint8_t data[3000];
	struct call c;

	(void)state;
	call_init(&c, NULL, 0);
	assert_int_equal(tls_record_set_max_recv_size(c.client, 1000), 0);
	c.serv.record_size_limit = 64;
	c.serv.cut = 64; /* the server keeps ours with room to spare */
	call_connect(&c);
	assert_int_equal(c.serv.hello.record_size_limit, 1001);
	assert_int_equal(tls_record_get_max_size(c.client), 63);
	serv_send_record(&c.serv, 23, data, 1000);
	assert_int_equal(call_recv(&c, data, sizeof(data)), 1000);
	serv_send_record(&c.serv, 23, data, 1001);
	assert_int_equal(call_recv(&c, data, sizeof(data)), TLS_E_RECORD_OVERFLOW);
	call_clear(&c);
	/* a server that doesn't know the extension isn't held to it */
	call_init(&c, NULL, 0);
	assert_int_equal(tls_record_set_max_recv_size(c.client, 64), 0);
	call_connect(&c);
	serv_send_record(&c.serv, 23, data, sizeof(data));
	assert_int_equal(call_recv(&c, data, sizeof(data)), sizeof(data));
	call_clear(&c);
}

static void one_byte_records(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		struct call c;

		call_init(&c, NULL, 0);
		c.serv.cut = 1;
		c.serv.retries = i % 2;
		c.serv.cookie = "c";
		c.serv.ask = i / 2;
		call_connect(&c);
		call_clear(&c);
	}
}

/* The protected flight in one record, and cut at every byte of it. */
static void flight_split_at_every_byte(void **state)
{
	size_t len = 0;

	(void)state;
	for (size_t at = 0; at <= len; at++) {
		struct call c;

		call_init(&c, NULL, 0);
		c.serv.one_record = true;
		c.serv.ask = true;
		c.serv.cut = at;
		call_connect(&c);
		len = c.serv.flight.len;
		call_clear(&c);
	}
	assert_true(len > 500);
}

static void hello_split_at_every_byte(void **state)
{
	(void)state;
	for (size_t at = 1; at < 130; at++) {
		struct call c;

		call_init(&c, NULL, 0);
		c.serv.cut = at;
		c.serv.retries = 1;
		c.serv.cookie = "c";
		call_connect(&c);
		call_clear(&c);
	}
}

/* ---- Callbacks */

/* Each message once, though the driver asks two rows whose it is. */
static void hooks_see_every_message_once(void **state)
{
	static const uint8_t order[2][9] = {{1, 2, 8, 11, 15, 20, 20}, {1, 2, 1, 2, 8, 11, 15, 20, 20}};

	(void)state;
	for (unsigned retry = 0; retry < 2; retry++) {
		unsigned n = retry ? 9 : 7;
		struct call c;

		told.n_messages = 0;
		call_init(&c, NULL, 0);
		c.serv.retries = retry;
		c.serv.cookie = "c";
		tls_handshake_set_hook_function(c.client, TLS_HANDSHAKE_ANY, TLS_HOOK_BOTH, told_hook);
		call_connect(&c);
		assert_int_equal(told.n_messages, 2 * n);
		for (unsigned i = 0; i < 2 * n; i++) {
			assert_int_equal(told.message[i].type, order[retry][i / 2]);
			assert_int_equal(told.message[i].when, i % 2 == 0 ? TLS_HOOK_PRE : TLS_HOOK_POST);
			assert_int_equal(told.message[i].incoming,
			    order[retry][i / 2] != 1 && i / 2 != n - 1);
		}
		call_clear(&c);
	}
}

static void key_log(void **state)
{
	tls_datum_t random;
	struct call c;

	(void)state;
	told.n_secrets = 0;
	call_init(&c, NULL, 0);
	tls_session_set_keylog_function(c.client, told_keylog);
	call_connect(&c);
	told_secrets13(&c.serv.c_hs, &c.serv.s_hs, &c.serv.c_ap, &c.serv.s_ap);
	tls_session_get_random(c.client, &random, NULL);
	assert_true(tls_mem_same(random.data, random.size, c.serv.hello.random.p, 32));
	tls_session_get_random(c.client, NULL, &random);
	assert_true(tls_mem_same(random.data, random.size, c.serv.random, 32));
	call_clear(&c);
}

/* RFC 8446 section 5.5: new keys before the old ones have sealed too much. */
static void security_aead_limits_update_13_client(void **state)
{
	struct call c;

	(void)state;
	call_init(&c, NULL, 0);
	call_connect(&c);
	c.client->wr.seq = c.serv.io.rd.seq = c.client->wr.suite->max_records - 2;
	for (unsigned i = 0; i < 5; i++)
		assert_int_equal(tls_record_send(c.client, "x", 1), 1);
	serv_run(&c.serv);
	assert_null(c.serv.wrong);
	assert_int_equal(c.serv.n_key_updates, 1);
	assert_int_equal(c.serv.data.len, 5);
	assert_int_equal(c.client->wr.seq, 3);
	call_clear(&c);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_suite_and_group),
		cmocka_unit_test(our_server),
		cmocka_unit_test(retry_for_every_group),
		cmocka_unit_test(retry_for_a_cookie),
		cmocka_unit_test(retry_by_our_server),
		cmocka_unit_test(the_hello),
		cmocka_unit_test(server_name),
		cmocka_unit_test(options_are_fixed_by_the_hello),
		cmocka_unit_test(record_size_limits),
		cmocka_unit_test(one_byte_records),
		cmocka_unit_test(flight_split_at_every_byte),
		cmocka_unit_test(hello_split_at_every_byte),
		cmocka_unit_test(hooks_see_every_message_once),
		cmocka_unit_test(key_log),
		cmocka_unit_test(security_aead_limits_update_13_client),
	};

	return cmocka_run_group_tests_name("client", tests, NULL, NULL);
}
