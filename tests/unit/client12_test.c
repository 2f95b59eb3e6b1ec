/* client12_test.c - a client's handshakes in TLS 1.2 that must work: every suite, group and kind of key, with a
 * scripted server and with our own, and what is negotiated beside them. */
#include "unit.h"

#include <string.h>

#include "kinds12.h"
#include "told.h"
#include "tests/lib/call.h"
#include "tests/lib/duo.h"
#include "tls/bytes/mem.h"
#include "tls/state.h"

/* Data each way, in the records of that suite. */
static void exchange(struct call *c)
{
	char text[8];

	serv_send_record(&c->serv, 23, "ping", 4);
	assert_int_equal(call_recv(c, text, sizeof(text)), 4);
	assert_memory_equal(text, "ping", 4);
	assert_int_equal(tls_record_send(c->client, "pong", 4), 4);
	serv_run(&c->serv);
	assert_null(c->serv.wrong);
	assert_int_equal(c->serv.data.len, 4);
	assert_memory_equal(c->serv.data.p, "pong", 4);
}

static void one_combination(tls_certificate_credentials_t cred, uint16_t suite, uint16_t group, uint16_t scheme)
{
	struct call c;

	call_init12(&c, cred, scheme);
	c.serv.suite = suite;
	c.serv.group = group;
	call_connect(&c);
	assert_int_equal(tls_protocol_get_version(c.client), TLS_1_2);
	assert_int_equal(tls_ciphersuite_get(c.client), suite);
	assert_int_equal(tls_group_get(c.client), group);
	assert_int_equal(tls_sign_algorithm_get(c.client), scheme);
	assert_int_equal(c.serv.n_hellos, 1);
	assert_int_equal(c.serv.n_ccs, 1);
	assert_int_equal(tls_session_get_flags(c.client),
	    TLS_SFLAGS_ESTABLISHED | TLS_SFLAGS_EXT_MASTER_SECRET);
	exchange(&c);
	call_clear(&c);
}

static void every_suite_group_and_key(void **state)
{
	(void)state;
	for (size_t k = 0; k < N_KEYS; k++) {
		/* the scheme that TLS 1.3 binds the key to, which serv_init chooses the key by */
		static const uint16_t own[N_KEYS] = {0x0403, 0x0503, 0x0603, 0x0807, 0x0804};
		tls_certificate_credentials_t cred = cred_of(k);

		for (unsigned i = 0; i < 3; i++)
			for (unsigned g = 0; g < 4; g++)
				one_combination(cred, suites[keys[k].rsa][i], groups[g], own[k]);
		for (unsigned i = 0; i < 6 && keys[k].schemes[i] != 0; i++) {
			struct call c;

			call_init12(&c, cred, own[k]);
			/* in TLS 1.2 any curve goes with any hash */
			c.serv.scheme = keys[k].schemes[i];
			call_connect(&c);
			assert_int_equal(tls_sign_algorithm_get(c.client), keys[k].schemes[i]);
			call_clear(&c);
		}
		tls_certificate_free_credentials(cred);
	}
}

static void our_server(void **state)
{
	(void)state;
	for (size_t k = 0; k < N_KEYS; k++) {
		tls_certificate_credentials_t cred = cred_of(k);
		tls_datum_t alpn = {(unsigned char *)"h2", 2}, got;
		char name[16];
		size_t len = sizeof(name);
		struct duo d;

		duo_init(&d, cred, NULL);
		duo_only12(&d);
		assert_int_equal(tls_alpn_set_protocols(d.client, &alpn, 1, TLS_ALPN_MANDATORY), 0);
		assert_int_equal(tls_alpn_set_protocols(d.server, &alpn, 1, TLS_ALPN_MANDATORY), 0);
		duo_connect(&d);
		assert_int_equal(tls_ciphersuite_get(d.client), suites[keys[k].rsa][0]);
		assert_int_equal(tls_ciphersuite_get(d.server), suites[keys[k].rsa][0]);
		assert_int_equal(tls_alpn_get_selected_protocol(d.client, &got), 0);
		assert_memory_equal(got.data, "h2", 2);
		assert_int_equal(tls_server_name_get(d.server, name, &len, NULL, 0), 0);
		assert_string_equal(name, "localhost");
		duo_pass(d.client, d.server, "question", 8);
		duo_pass(d.server, d.client, "answer", 6);
		assert_int_equal(tls_bye(d.client, TLS_SHUT_WR), 0);
		assert_int_equal(tls_record_recv(d.server, name, 1), 0);
		duo_clear(&d);
		tls_certificate_free_credentials(cred);
	}
}

/* Both versions offered on both sides: the better one, whatever else. */
static void both_versions_agree_on_13(void **state)
{
	tls_policy_t policy;
	struct duo d;

	(void)state;
	duo_init(&d, NULL, NULL);
	assert_int_equal(tls_policy_init(&policy, "intermediate"), 0);
	assert_int_equal(tls_policy_set(d.client, policy), 0);
	assert_int_equal(tls_policy_set(d.server, policy), 0);
	tls_policy_deinit(policy);
	duo_connect(&d);
	assert_int_equal(tls_protocol_get_version(d.client), TLS_1_3);
	duo_clear(&d);
}

/* RFC 8446 section 4.1.3: our own server says that it would have spoken TLS 1.3. A client of TLS 1.2 has no use
 * for that; for the other one see client12_refuse_test.c. */
static void sentinel_for_a_client_of_12(void **state)
{
	tls_policy_t policy;
	struct duo d;

	(void)state;
	duo_init(&d, NULL, NULL);
	duo_only12(&d);
	assert_int_equal(tls_policy_init(&policy, "intermediate"), 0);
	assert_int_equal(tls_policy_set(d.server, policy), 0);
	tls_policy_deinit(policy);
	duo_connect(&d);
	assert_memory_equal(d.client->server_random + 24, "DOWNGRD\x01", 8);
	duo_clear(&d);
}

/* What the hello says when both versions are offered, by the RFCs' words; and when only TLS 1.2 is. */
static void the_hello(void **state)
{
	const struct tls_client_hello *m;
	struct tls_span share;
	struct call c;

	(void)state;
	call_init12(&c, NULL, 0);
	m = &c.serv.hello;
	call_connect(&c);
	assert_int_equal(m->legacy_version, 0x0303);
	assert_int_equal(m->session_id.len, 32);
	assert_true(tls_mem_same(m->suites.p, m->suites.len,
	    "\x13\x01\x13\x02\x13\x03\xc0\x2b\xc0\x2c\xcc\xa9\xc0\x2f\xc0\x30\xcc\xa8", 18));
	assert_true(tls_mem_same(m->compression.p, m->compression.len, "\0", 1));
	assert_true(tls_mem_same(m->versions.p, m->versions.len, "\x03\x04\x03\x03", 4));
	assert_true(m->has_extended_master_secret);
	assert_true(m->has_renegotiation_info);
	assert_int_equal(m->renegotiation_info.len, 0);
	assert_true(tls_mem_same(m->point_formats.p, m->point_formats.len, "\0", 1));
	assert_true(tls_client_hello_share(m, TLS_GROUP_X25519, &share));
	assert_true(tls_client_hello_has(m->schemes, TLS_SIGN_RSA_PKCS1_SHA256));
	/* signature_algorithms says it all */
	assert_null(tls_ext_find(&m->ext, TLS_EXT_SIGNATURE_ALGORITHMS_CERT));
	assert_int_equal(m->record_size_limit, 16385);
	call_clear(&c);
}

static void only12(tls_session_t s)
{
	tls_policy_t policy;

	assert_int_equal(tls_policy_init(&policy, "intermediate"), 0);
	assert_int_equal(tls_policy_set_versions(policy, TLS_1_2, TLS_1_2), 0);
	assert_int_equal(tls_policy_set(s, policy), 0);
	tls_policy_deinit(policy);
}

static void the_hello_of_12(void **state)
{
	const struct tls_client_hello *m;
	struct call c;

	(void)state;
	call_init12(&c, NULL, 0);
	only12(c.client);
	m = &c.serv.hello;
	call_connect(&c);
	assert_int_equal(m->legacy_version, 0x0303);
	assert_int_equal(m->session_id.len, 0);
	assert_true(tls_mem_same(
	    m->suites.p, m->suites.len, "\xc0\x2b\xc0\x2c\xcc\xa9\xc0\x2f\xc0\x30\xcc\xa8", 12));
	assert_int_equal(m->versions.len, 0);
	assert_false(m->has_key_share);
	assert_true(m->has_extended_master_secret);
	assert_int_equal(m->record_size_limit, 16384);
	call_clear(&c);
}

static void extended_master_secret(void **state)
{
	(void)state;
	for (unsigned without = 0; without <= 1; without++) {
		struct call c;

		call_init12(&c, NULL, 0);
		c.serv.no_extended_master_secret = without != 0;
		call_connect(&c);
		assert_int_equal(
		    (tls_session_get_flags(c.client) & TLS_SFLAGS_EXT_MASTER_SECRET) != 0, without == 0);
		exchange(&c);
		call_clear(&c);
	}
}

/* RFC 5246 section 7.4.1.3: any id that isn't the one we sent names a session that we won't come back to. */
static void security_session_id_size_12_client(void **state)
{
	static const uint8_t id[255] = {1, 2, 3};

	(void)state;
	for (unsigned len = 0; len <= 255; len++) {
		struct call c;

		call_init12(&c, NULL, 0);
		c.serv.session_id = tls_span(id, len);
		if (len <= 32) {
			call_connect(&c);
			exchange(&c);
		} else {
			call_refused(&c, call_handshake(&c), TLS_E_UNEXPECTED_PACKET_LENGTH);
		}
		call_clear(&c);
	}
}

static void answers_in_the_hello(void **state)
{
	tls_datum_t protocols[2] = {{(unsigned char *)"h2", 2}, {(unsigned char *)"http/1.1", 8}}, got;
	struct call c;

	(void)state;
	call_init12(&c, NULL, 0);
	assert_int_equal(tls_alpn_set_protocols(c.client, protocols, 2, 0), 0);
	c.serv.alpn = "http/1.1";
	c.serv.server_name = true;
	call_connect(&c);
	assert_int_equal(tls_alpn_get_selected_protocol(c.client, &got), 0);
	assert_int_equal(got.size, 8);
	assert_memory_equal(got.data, "http/1.1", 8);
	call_clear(&c);
}

static void add_formats(struct serv *v, unsigned type, struct tls_buf *body)
{
	static const uint8_t ext[] = {0, 11, 0, 4, 3, 2, 1, 0};

	(void)v;
	if (type != TLS_HANDSHAKE_SERVER_HELLO)
		return;
	tls_buf_bytes(body, ext, sizeof(ext));
	body->p[39] = (uint8_t)(body->p[39] + sizeof(ext)); /* the length of the block, without a session id */
}

/* The only one that we know stands last. */
static void point_formats(void **state)
{
	struct call c;

	(void)state;
	call_init12(&c, NULL, 0);
	c.serv.change = add_formats;
	call_connect(&c);
	call_clear(&c);
}

/* RFC 8449 section 4: in TLS 1.2 the content alone counts. A client that offers both versions says the smaller
 * number. */
static void record_size_limits(void **state)
{
	static uint8_t data[3000];

	(void)state;
	for (unsigned alone = 0; alone < 2; alone++) {
		struct call c;

		call_init12(&c, NULL, 0);
		if (alone == 1)
			only12(c.client);
		assert_int_equal(tls_record_set_max_recv_size(c.client, 1000), 0);
		c.serv.record_size_limit = 64;
		call_connect(&c);
		assert_int_equal(c.serv.hello.record_size_limit, 1000);
		assert_int_equal(tls_record_get_max_size(c.client), 64);
		serv_send_record(&c.serv, 23, data, 1000);
		assert_int_equal(call_recv(&c, data, sizeof(data)), 1000);
		serv_send_record(&c.serv, 23, data, 1001);
		assert_int_equal(call_recv(&c, data, sizeof(data)), TLS_E_RECORD_OVERFLOW);
		call_clear(&c);
	}
}

/* A server that doesn't know the extension isn't held to it. */
static void no_record_size_limit(void **state)
{
	static uint8_t data[3000];
	struct call c;

	(void)state;
	call_init12(&c, NULL, 0);
	assert_int_equal(tls_record_set_max_recv_size(c.client, 64), 0);
	call_connect(&c);
	serv_send_record(&c.serv, 23, data, sizeof(data));
	assert_int_equal(call_recv(&c, data, sizeof(data)), sizeof(data));
	call_clear(&c);
}

/* ---- What the session tells */

static void master_secret_is_logged(void **state)
{
	struct call c;

	(void)state;
	told.n_secrets = 0;
	call_init12(&c, NULL, 0);
	tls_session_set_keylog_function(c.client, told_keylog);
	call_connect(&c);
	assert_int_equal(told.n_secrets, 1);
	told_is(0, "CLIENT_RANDOM", c.serv.sched12.master, 48);
	call_clear(&c);
}

/* RFC 5746 section 3.1: both sides keep both, for the next handshake. */
static void verify_data_stays(void **state)
{
	static const uint8_t none[TLS_VERIFY_DATA_LEN];
	struct duo d;

	(void)state;
	duo_init(&d, NULL, NULL);
	duo_only12(&d);
	duo_connect(&d);
	assert_memory_equal(d.client->client_verify, d.server->client_verify, TLS_VERIFY_DATA_LEN);
	assert_memory_equal(d.client->server_verify, d.server->server_verify, TLS_VERIFY_DATA_LEN);
	assert_memory_not_equal(d.client->client_verify, d.client->server_verify, TLS_VERIFY_DATA_LEN);
	assert_memory_not_equal(d.client->client_verify, none, TLS_VERIFY_DATA_LEN);
	duo_clear(&d);
}

static unsigned n_asked;
static int verdict;

static int judge(tls_session_t s)
{
	unsigned n;

	assert_non_null(tls_certificate_get_peers(s, &n));
	assert_int_equal(n, 1);
	n_asked++;
	return verdict;
}

/* Asked when the key is proved, and before anything is answered. */
static void verify_function(void **state)
{
	(void)state;
	for (verdict = 0; verdict >= -1; verdict--) {
		tls_certificate_credentials_t cred = cred_new();
		struct call c;

		n_asked = 0;
		assert_int_equal(tls_certificate_set_verify_function(cred, judge), 0);
		call_init12(&c, NULL, 0);
		assert_int_equal(tls_credentials_set(c.client, TLS_CRD_CERTIFICATE, cred), 0);
		if (verdict == 0)
			call_connect(&c);
		else
			call_refused(&c, call_handshake(&c), TLS_E_CERTIFICATE_VERIFICATION_ERROR);
		assert_int_equal(n_asked, 1);
		assert_int_equal(c.serv.n_ccs, verdict == 0 ? 1 : 0);
		call_clear(&c);
		tls_certificate_free_credentials(cred);
	}
}

/* Without KeyUpdate the session ends, with an alert. */
static void security_aead_limits_end_12_client(void **state)
{
	struct call c;

	(void)state;
	call_init12(&c, NULL, 0);
	call_connect(&c);
	c.client->wr.seq = c.client->wr.suite->max_records - 1;
	c.serv.io.rd.seq = c.client->wr.seq;
	assert_int_equal(tls_record_send(c.client, "last", 4), 4);
	assert_int_equal(tls_record_send(c.client, "more", 4), TLS_E_RECORD_LIMIT_REACHED);
	assert_int_equal(tls_record_send(c.client, "more", 4), TLS_E_RECORD_LIMIT_REACHED);
	(void)tls_alert_flush(c.client);
	serv_run(&c.serv);
	assert_null(c.serv.wrong);
	assert_int_equal(c.serv.data.len, 4);
	assert_int_equal(c.serv.alert, TLS_ALERT_INTERNAL_ERROR);
	call_clear(&c);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_suite_group_and_key),
		cmocka_unit_test(our_server),
		cmocka_unit_test(both_versions_agree_on_13),
		cmocka_unit_test(sentinel_for_a_client_of_12),
		cmocka_unit_test(the_hello),
		cmocka_unit_test(the_hello_of_12),
		cmocka_unit_test(extended_master_secret),
		cmocka_unit_test(security_session_id_size_12_client),
		cmocka_unit_test(answers_in_the_hello),
		cmocka_unit_test(point_formats),
		cmocka_unit_test(record_size_limits),
		cmocka_unit_test(no_record_size_limit),
		cmocka_unit_test(master_secret_is_logged),
		cmocka_unit_test(verify_data_stays),
		cmocka_unit_test(verify_function),
		cmocka_unit_test(security_aead_limits_end_12_client),
	};

	return cmocka_run_group_tests_name("client12", tests, NULL, NULL);
}
