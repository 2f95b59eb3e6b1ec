/* client_refuse_test.c - what our client must refuse of a server, with the exact error and alert. SECURITY
 * part 2.1: a peer picks what was not offered, downgrade, truncation. */
#include "unit.h"

#include <string.h>

#include "tests/lib/call.h"
#include "tls/error.h"

static void only_scheme(tls_session_t s, const char *name)
{
	tls_policy_t policy;

	assert_int_equal(tls_policy_init(&policy, "modern"), 0);
	assert_int_equal(tls_policy_add_ciphersuite(policy, "TLS_AES_128_GCM_SHA256"), 0);
	assert_int_equal(tls_policy_add_sign_algorithm(policy, name), 0);
	assert_int_equal(tls_policy_set(s, policy), 0);
	tls_policy_deinit(policy);
}

/* ---- What was not offered */

static void security_not_offered_versions_13_client(void **state)
{
	static const struct {
		uint16_t version;
		uint8_t end; /* behind "DOWNGRD" in the random; 9: no such end */
		int error;
	} rows[] = {
		{0x0300, 9, TLS_E_ILLEGAL_PARAMETER}, {0x0301, 9, TLS_E_ILLEGAL_PARAMETER},
		{0x0302, 9, TLS_E_ILLEGAL_PARAMETER}, {0x0303, 9, TLS_E_ILLEGAL_PARAMETER},
		{0x0303, 1, TLS_E_ILLEGAL_PARAMETER}, {0x0305, 9, TLS_E_ILLEGAL_PARAMETER},
		{0x7f1c, 9, TLS_E_ILLEGAL_PARAMETER}, {0xfefc, 9, TLS_E_ILLEGAL_PARAMETER},
		{0, 9, TLS_E_UNSUPPORTED_VERSION}, {0, 0, TLS_E_DOWNGRADE}, {0, 1, TLS_E_DOWNGRADE},
		{0, 2, TLS_E_UNSUPPORTED_VERSION},
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct call c;

		call_init(&c, NULL, 0);
		c.serv.version = rows[i].version;
		c.serv.stop_before = TLS_HANDSHAKE_ENCRYPTED_EXTENSIONS;
		if (rows[i].end != 9) {
			memcpy(c.serv.random + 24, "DOWNGRD", 7);
			c.serv.random[31] = rows[i].end;
		}
		call_refuses(&c, rows[i].error);
	}
}

static void security_not_offered_suites_13_client(void **state)
{
	static const uint16_t ids[] = {0x0000, 0x00ff, 0x5600, 0x1300, 0x1302, 0x1303, 0x1304, 0x1305,
	    0x009c, 0xc02b, 0xc02f, 0xcca8, 0x0a0a, 0xffff};

	(void)state;
	for (unsigned i = 0; i < 2 * sizeof(ids) / sizeof(ids[0]); i++) {
		struct call c;

		call_init(&c, NULL, 0);
		only_scheme(c.client, "ecdsa_secp256r1_sha256");
		c.serv.retries = i % 2;
		c.serv.cookie = "c";
		c.serv.suite = ids[i / 2];
		c.serv.stop_before = TLS_HANDSHAKE_ENCRYPTED_EXTENSIONS;
		call_refuses(&c, TLS_E_ILLEGAL_PARAMETER);
	}
}

/* Offered or not: only a group whose share was sent. */
static void security_not_offered_groups_13_client(void **state)
{
	static const uint16_t ids[] = {0x0017, 0x0018, 0x0019, 0x001e, 0x0100, 0x11eb, 0x11ed, 0x0a0a, 0xffff};
	struct call c;

	(void)state;
	for (unsigned i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		call_init(&c, NULL, 0);
		c.serv.group = ids[i];
		c.serv.stop_before = TLS_HANDSHAKE_ENCRYPTED_EXTENSIONS;
		call_refuses(&c, TLS_E_ILLEGAL_PARAMETER);
	}
	call_init(&c, NULL, 0);
	c.serv.group = 0; /* no key_share */
	c.serv.stop_before = TLS_HANDSHAKE_ENCRYPTED_EXTENSIONS;
	call_refuses(&c, TLS_E_MISSING_EXTENSION);
}

static void security_not_offered_schemes_13_client(void **state)
{
	static const uint16_t ids[] = {0x0201, 0x0203, TLS_SIGN_RSA_PKCS1_SHA256,
	    TLS_SIGN_RSA_PKCS1_SHA384, TLS_SIGN_RSA_PKCS1_SHA512, TLS_SIGN_ECDSA_SECP384R1_SHA384,
	    TLS_SIGN_ECDSA_SECP521R1_SHA512, TLS_SIGN_RSA_PSS_RSAE_SHA256, TLS_SIGN_ED25519, 0x0808,
	    0x0809, 0x0000, 0xffff};
	struct call c;

	(void)state;
	for (unsigned i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		call_init(&c, NULL, 0);
		c.serv.sign_with = c.serv.scheme;
		c.serv.scheme = ids[i];
		call_refuses(&c, TLS_E_ILLEGAL_PARAMETER);
	}
	call_init(&c, NULL, 0); /* a good signature, of a scheme that was not offered */
	only_scheme(c.client, "ed25519");
	call_refuses(&c, TLS_E_ILLEGAL_PARAMETER);
}

static void security_not_offered_protocols_13_client(void **state)
{
	static const struct {
		const char *offered, *chosen;
		unsigned flags;
		int error;
	} rows[] = {
		{NULL, "h2", 0, TLS_E_UNSUPPORTED_EXTENSION},
		{"h2", "h3", 0, TLS_E_ILLEGAL_PARAMETER},
		{"h2", "h", 0, TLS_E_ILLEGAL_PARAMETER},
		{"h2", "h2c", 0, TLS_E_ILLEGAL_PARAMETER},
		{"h2", "", 0, TLS_E_UNEXPECTED_PACKET_LENGTH},
		{"h2", NULL, TLS_ALPN_MANDATORY, TLS_E_NO_APPLICATION_PROTOCOL},
	};
	tls_datum_t got, offered = {(unsigned char *)"h2", 2};
	struct call c;

	(void)state;
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		call_init(&c, NULL, 0);
		if (rows[i].offered != NULL)
			assert_int_equal(
			    tls_alpn_set_protocols(c.client, &offered, 1, rows[i].flags), 0);
		c.serv.alpn = rows[i].chosen;
		call_refuses(&c, rows[i].error);
	}
	call_init(&c, NULL, 0); /* none, and none is asked for */
	assert_int_equal(tls_alpn_set_protocols(c.client, &offered, 1, 0), 0);
	call_connect(&c);
	assert_int_equal(tls_alpn_get_selected_protocol(c.client, &got), TLS_E_REQUESTED_DATA_NOT_AVAILABLE);
	call_clear(&c);
}

/* RFC 8446 section 4.2: what no hello of ours asked for is unsupported_extension; what may not stand in the
 * message at all is illegal_parameter. Unknown ones are nowhere asked for. */
static void security_not_offered_extensions_13_client(void **state)
{
	static const uint16_t types[] = {0, 1, 5, 10, 13, 14, 15, 16, 18, 19, 20, 21, 23, 27, 28, 35, 41, 42,
	    44, 45, 47, 48, 49, 50, 57, 0x0a0a, 0xfafa, 0xff01};
	static const struct {
		unsigned in;
		uint16_t fine[3]; /* what the test leaves out: it may come there */
		uint16_t unsupported[16]; /* may stand there, and was not offered */
	} rows[] = {
		{TLS_HANDSHAKE_SERVER_HELLO, {0xffff}, {41, 27, 57, 0x0a0a, 0xfafa}},
		{SERV_RETRY, {44}, {27, 57, 0x0a0a, 0xfafa}},
		{TLS_HANDSHAKE_ENCRYPTED_EXTENSIONS, {0, 10, 28},
		    {1, 14, 15, 16, 19, 20, 42, 27, 57, 0x0a0a, 0xfafa}},
		{TLS_HANDSHAKE_CERTIFICATE_PKT, {0xffff}, {5, 18, 27, 57, 0x0a0a, 0xfafa}},
	};
	unsigned n = 0;

	(void)state;
	for (unsigned i = 0; i < 4 * sizeof(types) / sizeof(types[0]); i++) {
		uint16_t type = types[i / 4];
		int expected = TLS_E_ILLEGAL_EXTENSION;
		bool fine = false;
		struct call c;

		for (unsigned k = 0; k < 3; k++)
			fine = fine || rows[i % 4].fine[k] == type;
		for (unsigned k = 0; k < 16; k++)
			if (rows[i % 4].unsupported[k] == type && type != 0)
				expected = TLS_E_UNSUPPORTED_EXTENSION;
		if (fine)
			continue;
		call_init(&c, NULL, 0);
		c.serv.retries = rows[i % 4].in == SERV_RETRY;
		c.serv.cookie = "c";
		c.serv.extra_in = rows[i % 4].in;
		c.serv.extra_type = type;
		c.serv.extra_body = type == 5 ? tls_span("\1\0\0\1x", 5) : tls_span("\0\0", 2);
		call_refuses(&c, expected);
		n++;
	}
	assert_true(n > 90);
}

static void server_name_without_ours(void **state)
{
	struct call c;

	(void)state;
	call_init(&c, NULL, 0);
	assert_int_equal(tls_server_name_set(c.client, TLS_NAME_DNS, NULL, 0), 0);
	c.serv.server_name = true;
	call_refuses(&c, TLS_E_UNSUPPORTED_EXTENSION);
}

/* ---- HelloRetryRequest, RFC 8446 section 4.1.4 */

static void security_handshake_loop_retries_13_client(void **state)
{
	static const struct {
		const char *what, *cookie;
		uint16_t group, retry_group, retry_suite;
		unsigned n;
		int error;
	} rows[] = {
		{"changes nothing", NULL, 0x001d, 0, 0, 1, TLS_E_ILLEGAL_PARAMETER},
		{"the share is there", NULL, 0x001d, 0x001d, 0, 1, TLS_E_ILLEGAL_PARAMETER},
		{"and with a cookie", "c", 0x001d, 0x001d, 0, 1, TLS_E_ILLEGAL_PARAMETER},
		{"not offered", NULL, 0x001d, 0x001e, 0, 1, TLS_E_ILLEGAL_PARAMETER},
		{"a second one", "c", 0x001d, 0, 0, 2, TLS_E_UNEXPECTED_HANDSHAKE_PACKET},
		{"a second one with another group", NULL, 0x0017, 0x0017, 0, 2, TLS_E_UNEXPECTED_HANDSHAKE_PACKET},
		{"another suite, same hash", "c", 0x001d, 0, 0x1303, 1, TLS_E_ILLEGAL_PARAMETER},
		{"another suite, other hash", "c", 0x001d, 0, 0x1302, 1, TLS_E_ILLEGAL_PARAMETER},
		{"suite not offered", "c", 0x001d, 0, 0xc02f, 1, TLS_E_ILLEGAL_PARAMETER},
		{"the first share after all", NULL, 0x001d, 0x0017, 0, 1, TLS_E_ILLEGAL_PARAMETER},
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct call c;

		call_init(&c, NULL, 0);
		c.serv.retries = rows[i].n;
		c.serv.cookie = rows[i].cookie;
		c.serv.group = rows[i].group;
		c.serv.retry_group = rows[i].retry_group;
		c.serv.retry_suite = rows[i].retry_suite;
		c.serv.stop_before = TLS_HANDSHAKE_ENCRYPTED_EXTENSIONS;
		call_refuses(&c, rows[i].error);
	}
}

/* It stands at the end. */
static void without_versions(struct serv *v, unsigned type, struct tls_buf *body)
{
	size_t at = 2 + TLS_RANDOM_LEN + 1 + v->hello.session_id.len + 2 + 1;

	if (type != SERV_RETRY)
		return;
	assert_memory_equal(body->p + body->len - 6, "\0\x2b\0\2\3\4", 6);
	body->len -= 6;
	assert_int_equal(body->p[at], 0);
	body->p[at + 1] -= 6;
}

/* Section 4.1.4: it must have supported_versions; section 6.2 names the alert. */
static void security_downgrade_retry_without_version_13_client(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		tls_policy_t policy;
		struct call c;

		call_init(&c, NULL, 0);
		assert_int_equal(tls_policy_init(&policy, i == 0 ? "modern" : "intermediate"), 0);
		assert_int_equal(tls_policy_set(c.client, policy), 0);
		tls_policy_deinit(policy);
		c.serv.retries = 1;
		c.serv.cookie = "c";
		c.serv.change = without_versions;
		call_refuses(&c, TLS_E_MISSING_EXTENSION);
	}
}

static void set_policy(tls_session_t s, const char *name, tls_protocol_t max, const char *suite)
{
	tls_policy_t policy;

	assert_int_equal(tls_policy_init(&policy, name), 0);
	assert_int_equal(tls_policy_set_versions(policy, TLS_1_2, max), 0);
	if (suite != NULL)
		assert_int_equal(tls_policy_add_ciphersuite(policy, suite), 0);
	assert_int_equal(tls_policy_set(s, policy), 0);
	tls_policy_deinit(policy);
}

/* supported_versions, in which a server chooses TLS 1.3, was not in the hello. */
static void tls13_for_a_client_of_12(void **state)
{
	(void)state;
	for (unsigned retry = 0; retry < 2; retry++) {
		struct call c;

		call_init(&c, NULL, 0);
		set_policy(c.client, "intermediate", TLS_1_2, NULL);
		c.serv.retries = retry;
		c.serv.cookie = "c";
		c.serv.stop_before = TLS_HANDSHAKE_ENCRYPTED_EXTENSIONS;
		call_refuses(&c, TLS_E_UNSUPPORTED_EXTENSION);
	}
}

/* Without a suite there is no hello to send. */
static void policy_without_suites(void **state)
{
	static const struct {
		const char *name, *suite;
		tls_protocol_t max;
	} rows[] = {{"modern", NULL, TLS_1_2}, {"modern", "TLS_AES_128_GCM_SHA256", TLS_1_2}};

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct call c;

		call_init(&c, NULL, 0);
		set_policy(c.client, rows[i].name, rows[i].max, rows[i].suite);
		assert_int_equal(call_handshake(&c), TLS_E_UNSUPPORTED_VERSION);
		assert_int_equal(c.serv.n_hellos, 0);
		call_clear(&c);
	}
}

/* Suites of the other version among ours are not offered, and may not be chosen. */
static void suite_of_the_other_version(void **state)
{
	struct call c;

	(void)state;
	call_init(&c, NULL, 0);
	set_policy(c.client, "intermediate", TLS_1_3, NULL);
	c.serv.suite = TLS_CIPHER_ECDHE_ECDSA_AES_128_GCM_SHA256;
	c.serv.stop_before = TLS_HANDSHAKE_ENCRYPTED_EXTENSIONS;
	call_refuses(&c, TLS_E_ILLEGAL_PARAMETER);
}

/* RFC 8446 section 4.1.4: what a HelloRetryRequest has begun goes on in TLS 1.3. */
static void tls12_after_a_retry(void **state)
{
	struct call c;

	(void)state;
	call_init(&c, NULL, 0);
	set_policy(c.client, "intermediate", TLS_1_3, NULL);
	c.serv.retries = 1;
	c.serv.cookie = "c";
	c.serv.stop_before = TLS_HANDSHAKE_SERVER_HELLO;
	assert_int_equal(call_handshake(&c), TLS_E_AGAIN);
	c.serv.stopped = false;
	c.serv.stop_before = TLS_HANDSHAKE_CERTIFICATE_PKT;
	c.serv.suite = TLS_CIPHER_ECDHE_ECDSA_AES_128_GCM_SHA256;
	serv12_answer(&c.serv);
	call_refuses(&c, TLS_E_ILLEGAL_PARAMETER);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(security_not_offered_versions_13_client),
		cmocka_unit_test(security_not_offered_suites_13_client),
		cmocka_unit_test(security_not_offered_groups_13_client),
		cmocka_unit_test(security_not_offered_schemes_13_client),
		cmocka_unit_test(security_not_offered_protocols_13_client),
		cmocka_unit_test(security_not_offered_extensions_13_client),
		cmocka_unit_test(server_name_without_ours),
		cmocka_unit_test(security_handshake_loop_retries_13_client),
		cmocka_unit_test(security_downgrade_retry_without_version_13_client),
		cmocka_unit_test(tls13_for_a_client_of_12),
		cmocka_unit_test(policy_without_suites),
		cmocka_unit_test(suite_of_the_other_version),
		cmocka_unit_test(tls12_after_a_retry),
	};

	return cmocka_run_group_tests_name("client_refuse", tests, NULL, NULL);
}
