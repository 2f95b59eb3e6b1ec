/* client12_refuse_test.c - what our client must refuse of a server that chooses TLS 1.2, with the exact error and
 * alert. SECURITY part 2.1: a peer picks what was not offered, downgrade, renegotiation injection. */
#include "unit.h"

#include <string.h>

#include "cred.h"
#include "tests/lib/call.h"
#include "tls/error.h"

static void narrow(tls_session_t s, tls_protocol_t min, tls_protocol_t max, const char *suite, const char *group,
    const char *scheme)
{
	tls_policy_t policy;

	assert_int_equal(tls_policy_init(&policy, "intermediate"), 0);
	assert_int_equal(tls_policy_set_versions(policy, min, max), 0);
	if (suite != NULL)
		assert_int_equal(tls_policy_add_ciphersuite(policy, suite), 0);
	if (group != NULL)
		assert_int_equal(tls_policy_add_group(policy, group), 0);
	if (scheme != NULL)
		assert_int_equal(tls_policy_add_sign_algorithm(policy, scheme), 0);
	assert_int_equal(tls_policy_set(s, policy), 0);
	tls_policy_deinit(policy);
}

/* ---- Versions */

static uint8_t chosen_version[2];

static void set_version(struct serv *v, unsigned type, struct tls_buf *body)
{
	(void)v;
	if (type == TLS_HANDSHAKE_SERVER_HELLO)
		memcpy(body->p, chosen_version, 2);
}

/* RFC 8446 section 4.1.3, the last 8 bytes of the random. max: what the client speaks at best. */
static void security_downgrade_sentinel_12_client(void **state)
{
	static const struct {
		tls_protocol_t max;
		uint16_t version; /* chosen */
		uint8_t end; /* behind "DOWNGRD"; 9: no such end */
		int error; /* 0: fine */
	} rows[] = {
		{TLS_1_3, 0x0303, 9, 0}, {TLS_1_3, 0x0303, 1, TLS_E_DOWNGRADE},
		{TLS_1_3, 0x0303, 0, TLS_E_DOWNGRADE}, {TLS_1_3, 0x0303, 2, 0},
		{TLS_1_3, 0x0302, 9, TLS_E_UNSUPPORTED_VERSION}, {TLS_1_3, 0x0302, 0, TLS_E_DOWNGRADE},
		{TLS_1_3, 0x0302, 1, TLS_E_DOWNGRADE}, {TLS_1_3, 0x0301, 0, TLS_E_DOWNGRADE},
		{TLS_1_3, 0x0300, 0, TLS_E_DOWNGRADE}, {TLS_1_3, 0x0304, 9, TLS_E_ILLEGAL_PARAMETER},
		{TLS_1_2, 0x0303, 9, 0}, {TLS_1_2, 0x0303, 1, 0}, {TLS_1_2, 0x0303, 0, 0},
		{TLS_1_2, 0x0302, 9, TLS_E_UNSUPPORTED_VERSION}, {TLS_1_2, 0x0302, 0, TLS_E_DOWNGRADE},
		{TLS_1_2, 0x0302, 1, TLS_E_UNSUPPORTED_VERSION}, {TLS_1_2, 0x0301, 0, TLS_E_DOWNGRADE},
		{TLS_1_2, 0x0300, 9, TLS_E_UNSUPPORTED_VERSION},
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct call c;

		call_init12(&c, NULL, 0);
		narrow(c.client, TLS_1_2, rows[i].max, NULL, NULL, NULL);
		chosen_version[0] = (uint8_t)(rows[i].version >> 8);
		chosen_version[1] = (uint8_t)rows[i].version;
		c.serv.change = set_version;
		if (rows[i].end != 9) {
			memcpy(c.serv.random + 24, "DOWNGRD", 7);
			c.serv.random[31] = rows[i].end;
		}
		if (rows[i].error == 0) {
			call_connect(&c);
			call_clear(&c);
		} else {
			call_refuses(&c, rows[i].error);
		}
	}
}

/* TLS 1.2 wasn't offered. */
static void modern_client(void **state)
{
	struct call c;

	(void)state;
	call_init12(&c, NULL, 0);
	assert_int_equal(tls_set_default_priority(c.client), 0);
	call_refuses(&c, TLS_E_UNSUPPORTED_VERSION);
}

/* ---- What was not offered */

static void security_not_offered_suites_12_client(void **state)
{
	static const uint16_t ids[] = {0x0000, 0x00ff, 0x5600, 0x1301, 0x1302, 0x1303, 0x009c, 0x009d, 0x002f,
	    0x000a, 0xc009, 0xc013, 0xc023, 0xc02c, 0xcca9, 0xc02f, 0xccaa, 0xc0ac, 0x0a0a, 0xffff};

	(void)state;
	for (unsigned i = 0; i < 2 * sizeof(ids) / sizeof(ids[0]); i++) {
		struct call c;

		call_init12(&c, NULL, 0);
		narrow(c.client, TLS_1_2, i % 2 == 0 ? TLS_1_3 : TLS_1_2,
		    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", NULL, NULL);
		c.serv.suite = ids[i / 2];
		call_refuses(&c, TLS_E_ILLEGAL_PARAMETER);
	}
}

/* That of another curve, of none, of one that we know and have not offered. */
static void security_not_offered_groups_12_client(void **state)
{
	static const uint16_t ids[] = {0x0000, 0x0001, 0x0016, 0x0018, 0x0019, 0x001d, 0x001e, 0x0100, 0x11ec,
	    0x0a0a, 0xff01, 0xff02, 0xffff};

	(void)state;
	for (unsigned i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		struct call c;

		call_init12(&c, NULL, 0);
		narrow(c.client, TLS_1_2, TLS_1_3, NULL, "secp256r1", NULL);
		c.serv.group = ids[i];
		call_refuses(&c, TLS_E_ILLEGAL_PARAMETER);
	}
}

static void security_not_offered_schemes_12_client(void **state)
{
	static const uint16_t ids[] = {0x0000, 0x0101, 0x0201, 0x0203, 0x0303, TLS_SIGN_RSA_PKCS1_SHA256,
	    TLS_SIGN_RSA_PKCS1_SHA384, TLS_SIGN_RSA_PKCS1_SHA512, TLS_SIGN_RSA_PSS_RSAE_SHA256,
	    TLS_SIGN_ED25519, 0x0808, 0x0809, 0x0603, 0xffff};
	struct call c;

	(void)state;
	for (unsigned i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		call_init12(&c, NULL, 0);
		if (ids[i] == 0x0603) /* one that the key could make */
			narrow(c.client, TLS_1_2, TLS_1_3, NULL, NULL, "ecdsa_secp256r1_sha256");
		c.serv.sign_with = c.serv.scheme;
		c.serv.scheme = ids[i];
		call_refuses(&c, TLS_E_ILLEGAL_PARAMETER);
	}
	call_init12(&c, NULL, 0); /* a good signature, of a scheme that was not offered */
	narrow(c.client, TLS_1_2, TLS_1_3, NULL, NULL, "ecdsa_secp384r1_sha384");
	call_refuses(&c, TLS_E_ILLEGAL_PARAMETER);
}

static void security_not_offered_protocols_12_client(void **state)
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
		{"h2", NULL, TLS_ALPN_MANDATORY, TLS_E_NO_APPLICATION_PROTOCOL},
	};
	tls_datum_t offered = {(unsigned char *)"h2", 2};

	(void)state;
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct call c;

		call_init12(&c, NULL, 0);
		if (rows[i].offered != NULL)
			assert_int_equal(tls_alpn_set_protocols(c.client, &offered, 1, rows[i].flags), 0);
		c.serv.alpn = rows[i].chosen;
		call_refuses(&c, rows[i].error);
	}
}

/* What may stand in a ServerHello of TLS 1.2 and was not asked for, and what may not stand there at all. */
static void security_not_offered_extensions_12_client(void **state)
{
	static const struct {
		uint16_t type;
		int error;
	} rows[] = {
		{1, TLS_E_UNSUPPORTED_EXTENSION}, {5, TLS_E_UNSUPPORTED_EXTENSION},
		{10, TLS_E_ILLEGAL_EXTENSION}, {13, TLS_E_ILLEGAL_EXTENSION},
		{14, TLS_E_UNSUPPORTED_EXTENSION}, {15, TLS_E_UNSUPPORTED_EXTENSION},
		{18, TLS_E_UNSUPPORTED_EXTENSION}, {19, TLS_E_UNSUPPORTED_EXTENSION},
		{20, TLS_E_UNSUPPORTED_EXTENSION}, {21, TLS_E_ILLEGAL_EXTENSION},
		{22, TLS_E_UNSUPPORTED_EXTENSION}, {27, TLS_E_UNSUPPORTED_EXTENSION},
		{35, TLS_E_UNSUPPORTED_EXTENSION}, {41, TLS_E_ILLEGAL_EXTENSION},
		{42, TLS_E_ILLEGAL_EXTENSION}, {44, TLS_E_ILLEGAL_EXTENSION},
		{45, TLS_E_ILLEGAL_EXTENSION}, {47, TLS_E_ILLEGAL_EXTENSION},
		{49, TLS_E_ILLEGAL_EXTENSION}, {50, TLS_E_ILLEGAL_EXTENSION},
		{51, TLS_E_ILLEGAL_EXTENSION}, {57, TLS_E_UNSUPPORTED_EXTENSION},
		{0x0a0a, TLS_E_UNSUPPORTED_EXTENSION}, {0x3374, TLS_E_UNSUPPORTED_EXTENSION},
		{0xfafa, TLS_E_UNSUPPORTED_EXTENSION}, {23, TLS_E_ILLEGAL_PARAMETER /* twice */},
		{0xff01, TLS_E_ILLEGAL_PARAMETER /* twice */},
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct call c;

		call_init12(&c, NULL, 0);
		c.serv.extra_in = TLS_HANDSHAKE_SERVER_HELLO;
		c.serv.extra_type = rows[i].type;
		c.serv.extra_body =
		    tls_span("\0", rows[i].type == 23 || rows[i].type == 5 || rows[i].type == 35 ? 0 : 1);
		call_refuses(&c, rows[i].error);
	}
}

/* IANA's numbers of suites with the key exchange RSA, and with ECDHE and CBC (or nothing at all). */
static const uint16_t rsa_suites[] = {0x0001, 0x0002, 0x0004, 0x0005, 0x0007, 0x000a, 0x002f, 0x0035, 0x003c, 0x003d, 0x0041, 0x0084,
    0x0096, 0x009c, 0x009d, 0xc09c, 0xc09d, 0xc0a0, 0xc0a1};
static const uint16_t cbc_suites[] = {0xc006, 0xc008, 0xc009, 0xc00a, 0xc010, 0xc012, 0xc013, 0xc014, 0xc023, 0xc024, 0xc027, 0xc028,
    0xc072, 0xc073, 0xc076, 0xc077};

/* Neither in the hello nor taken from the server. */
static void never(const uint16_t *ids, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct call c;

		call_init12(&c, NULL, 0);
		c.serv.suite = ids[i];
		call_refused(&c, call_handshake(&c), TLS_E_ILLEGAL_PARAMETER);
		assert_false(tls_client_hello_has(c.serv.hello.suites, ids[i]));
		call_clear(&c);
	}
}

/* RFC 5246 section 7.4.3: with that key exchange the ServerKeyExchange is left out. */
static void security_rsa_key_exchange_12_client(void **state)
{
	struct call c;

	(void)state;
	never(rsa_suites, sizeof(rsa_suites) / sizeof(rsa_suites[0]));
	call_init12(&c, NULL, 0);
	c.serv.stop_before = TLS_HANDSHAKE_SERVER_KEY_EXCHANGE;
	assert_int_equal(call_handshake(&c), TLS_E_AGAIN);
	serv_send_message(&c.serv, TLS_HANDSHAKE_SERVER_HELLO_DONE, NULL, 0);
	call_refuses(&c, TLS_E_UNEXPECTED_HANDSHAKE_PACKET);
}

static void security_cbc_12_client(void **state)
{
	(void)state;
	never(cbc_suites, sizeof(cbc_suites) / sizeof(cbc_suites[0]));
}

static void server_name_without_ours(void **state)
{
	struct call c;

	(void)state;
	call_init12(&c, NULL, 0);
	assert_int_equal(tls_server_name_set(c.client, TLS_NAME_DNS, NULL, 0), 0);
	c.serv.server_name = true;
	call_refuses(&c, TLS_E_UNSUPPORTED_EXTENSION);
}

/* ---- The rest of the ServerHello */

/* RFC 5746 section 3.4. */
static void security_renegotiation_info_12_client(void **state)
{
	static const uint8_t twelve[] = "123456789012";
	struct call c;

	(void)state;
	call_init12(&c, NULL, 0);
	c.serv.no_renegotiation_info = true;
	call_refuses(&c, TLS_E_SAFE_RENEGOTIATION_FAILED);
	call_init12(&c, NULL, 0);
	c.serv.renegotiation_info = (const char *)twelve;
	call_refuses(&c, TLS_E_SAFE_RENEGOTIATION_FAILED);
	call_init12(&c, NULL, 0);
	c.serv.renegotiation_info = "1";
	call_refuses(&c, TLS_E_SAFE_RENEGOTIATION_FAILED);
}

static void end_behind_compression(struct serv *v, unsigned type, struct tls_buf *body)
{
	if (type == TLS_HANDSHAKE_SERVER_HELLO)
		body->len = v->n;
}

/* RFC 5246 section 7.4.1.3: the block of extensions may be missing; then so is what RFC 5746 wants. */
static void hello_without_extensions(void **state)
{
	struct call c;

	(void)state;
	call_init12(&c, NULL, 0);
	c.serv.change = end_behind_compression;
	c.serv.n = 38;
	call_refuses(&c, TLS_E_SAFE_RENEGOTIATION_FAILED);
}

static void point_formats_without_uncompressed(void **state)
{
	struct call c;

	(void)state;
	call_init12(&c, NULL, 0);
	c.serv.point_formats = "\x01\x02";
	call_refuses(&c, TLS_E_ILLEGAL_PARAMETER);
}

static void compress(struct serv *v, unsigned type, struct tls_buf *body)
{
	if (type == TLS_HANDSHAKE_SERVER_HELLO)
		body->p[37] = (uint8_t)v->n;
}

static void compression(void **state)
{
	(void)state;
	for (unsigned method = 1; method < 256; method += 63) {
		struct call c;

		call_init12(&c, NULL, 0);
		c.serv.change = compress;
		c.serv.n = method;
		call_refuses(&c, TLS_E_ILLEGAL_PARAMETER);
	}
}

/* The id that stands in our hello names no session. */
static void echoed_session_id(void **state)
{
	struct call c;

	(void)state;
	call_init12(&c, NULL, 0);
	c.serv.stop_before = TLS_HANDSHAKE_SERVER_HELLO;
	assert_int_equal(call_handshake(&c), TLS_E_AGAIN);
	c.serv.stopped = false;
	c.serv.stop_before = 0;
	c.serv.session_id = c.serv.hello.session_id;
	assert_int_equal(c.serv.session_id.len, 32);
	serv12_answer(&c.serv);
	call_refuses(&c, TLS_E_ILLEGAL_PARAMETER);
}

/* ---- Certificate and ServerKeyExchange */

static void no_certificate(void **state)
{
	struct call c;

	(void)state;
	call_init12(&c, NULL, 0);
	c.serv.no_chain = true;
	call_refuses(&c, TLS_E_UNEXPECTED_PACKET_LENGTH);
}

/* The suite says which kind of key; RFC 8422 section 5.3: on a curve that was offered. */
static void key_that_does_not_fit(void **state)
{
	static const struct {
		const char *crt, *key, *group;
		uint16_t scheme, suite;
	} rows[] = {
		{"rsa.crt.pem", "rsa.pkcs8.pem", NULL, 0x0804, 0xc02b},
		{"p256.crt.pem", "p256.pkcs8.pem", NULL, 0x0403, 0xc02f},
		{"ed25519.crt.pem", "ed25519.pkcs8.pem", NULL, 0x0807, 0xcca8},
		{"p256.crt.pem", "p256.pkcs8.pem", "x25519", 0x0403, 0xc02b},
		{"p384.crt.pem", "p384.pkcs8.pem", "x25519", 0x0503, 0xc02b},
		{"p521.crt.pem", "p521.pkcs8.pem", "x25519", 0x0603, 0xc02b},
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		tls_certificate_credentials_t cred = cred_new();
		struct call c;

		assert_int_equal(cred_add_files(cred, rows[i].crt, rows[i].key), 0);
		call_init12(&c, cred, rows[i].scheme);
		if (rows[i].group != NULL)
			narrow(c.client, TLS_1_2, TLS_1_3, NULL, rows[i].group, NULL);
		c.serv.suite = rows[i].suite;
		call_refuses(&c, TLS_E_ILLEGAL_PARAMETER);
		tls_certificate_free_credentials(cred);
	}
}

static void curve_type(struct serv *v, unsigned type, struct tls_buf *body)
{
	if (type == TLS_HANDSHAKE_SERVER_KEY_EXCHANGE)
		body->p[0] = (uint8_t)v->n;
}

/* RFC 8422 section 5.4: explicit_prime and explicit_char2 are gone, and nothing else is defined. */
static void curve_without_a_name(void **state)
{
	(void)state;
	for (unsigned type = 0; type < 256; type++) {
		struct call c;

		if (type == 3)
			continue;
		call_init12(&c, NULL, 0);
		c.serv.change = curve_type;
		c.serv.n = type;
		call_refuses(&c, TLS_E_ILLEGAL_PARAMETER);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(security_downgrade_sentinel_12_client),
		cmocka_unit_test(modern_client),
		cmocka_unit_test(security_not_offered_suites_12_client),
		cmocka_unit_test(security_not_offered_groups_12_client),
		cmocka_unit_test(security_not_offered_schemes_12_client),
		cmocka_unit_test(security_not_offered_protocols_12_client),
		cmocka_unit_test(security_not_offered_extensions_12_client),
		cmocka_unit_test(security_rsa_key_exchange_12_client),
		cmocka_unit_test(security_cbc_12_client),
		cmocka_unit_test(server_name_without_ours),
		cmocka_unit_test(security_renegotiation_info_12_client),
		cmocka_unit_test(hello_without_extensions),
		cmocka_unit_test(point_formats_without_uncompressed),
		cmocka_unit_test(compression),
		cmocka_unit_test(echoed_session_id),
		cmocka_unit_test(no_certificate),
		cmocka_unit_test(key_that_does_not_fit),
		cmocka_unit_test(curve_without_a_name),
	};

	return cmocka_run_group_tests_name("client12_refuse", tests, NULL, NULL);
}
