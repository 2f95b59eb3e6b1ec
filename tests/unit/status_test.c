/* status_test.c - stapled OCSP responses in both versions: who sends one, who takes one. RFC 6066 section 8, RFC 8446
 * section 4.4.2.1. Responses of a real responder are in tests/wire. */
#include "hex.h"

#include "cred.h"
#include "tests/lib/call.h"
#include "tests/lib/duo.h"
#include "tests/lib/pair.h"
#include "tls/error.h"
#include "tls/hs/auth.h"

/* The least that passes for one: successful, with something in it. */
static const uint8_t small[] = {0x30, 0x07, 0x0a, 0x01, 0x00, 0xa0, 0x02, 0x05, 0x00};

#define BIG_LEN 60000

static uint8_t big[BIG_LEN];

/* The same with lengths of two bytes. */
static int setup(void **state)
{
	static const uint8_t head[] = {0x30, 0x82, (BIG_LEN - 4) >> 8, (BIG_LEN - 4) & 0xff, 0x0a, 0x01, 0x00, 0xa0,
	    0x82, (BIG_LEN - 11) >> 8, (BIG_LEN - 11) & 0xff};

	(void)state;
	memset(big, 0x41, sizeof(big));
	memcpy(big, head, sizeof(head));
	return 0;
}

static int set(tls_certificate_credentials_t cred, const void *p, size_t len, unsigned idx)
{
	tls_datum_t d = {.data = (unsigned char *)(uintptr_t)p, .size = (unsigned)len};

	return tls_certificate_set_ocsp_status_request_mem(cred, &d, idx, TLS_X509_FMT_DER);
}

static tls_certificate_credentials_t stapled(const void *p, size_t len)
{
	tls_certificate_credentials_t cred = cred_new();

	assert_int_equal(cred_add_files(cred, "p256.crt.pem", "p256.pkcs8.pem"), 0);
	if (len > 0)
		assert_int_equal(set(cred, p, len, 0), 0);
	return cred;
}

static void got(tls_session_t s, const void *p, size_t len)
{
	tls_datum_t response;

	if (len == 0) {
		assert_int_equal(tls_ocsp_status_request_get(s, &response), TLS_E_REQUESTED_DATA_NOT_AVAILABLE);
		return;
	}
	assert_int_equal(tls_ocsp_status_request_get(s, &response), 0);
	assert_int_equal(response.size, len);
	assert_memory_equal(response.data, p, len);
}

/* ---- Ours with ours */

static size_t seen; /* by the verify function */

static int verify(tls_session_t s)
{
	tls_datum_t response;

	seen = tls_ocsp_status_request_get(s, &response) == 0 ? response.size : 0;
	return 0;
}

static void one(bool is_12, bool asked, const void *p, size_t len)
{
	tls_certificate_credentials_t cred = stapled(p, len), client = cred_new();
	struct duo d;

	assert_int_equal(tls_certificate_set_verify_function(client, verify), 0);
	duo_init(&d, cred, client);
	if (is_12)
		duo_only12(&d);
	if (asked)
		assert_int_equal(tls_ocsp_status_request_enable_client(d.client, NULL, 0, NULL), 0);
	d.wire.again_percent = 20;
	duo_connect(&d);
	assert_int_equal(tls_protocol_get_version(d.client), is_12 ? TLS_1_2 : TLS_1_3);
	assert_int_equal(seen, asked ? len : 0);
	got(d.client, p, asked ? len : 0);
	got(d.server, NULL, 0);
	duo_pass(d.client, d.server, "x", 1);
	duo_clear(&d);
	tls_certificate_free_credentials(cred);
	tls_certificate_free_credentials(client);
}

static void asked_and_given(void **state)
{
	(void)state;
	for (unsigned version = 0; version < 2; version++) {
		one(version, true, small, sizeof(small));
		one(version, true, big, sizeof(big));
		one(version, true, NULL, 0);
		one(version, false, small, sizeof(small));
	}
}

/* Each chain has its own. */
static void by_server_name(void **state)
{
	tls_certificate_credentials_t cred = cred_new();
	const char *const names[] = {"a.example", "b.example"};

	(void)state;
	for (unsigned i = 0; i < 2; i++)
		assert_int_equal(tls_certificate_set_self_signed(cred, &names[i], 1, 1700000000, 30), 0);
	assert_int_equal(set(cred, big, sizeof(big), 1), 0);
	for (unsigned i = 0; i < 4; i++) {
		struct duo d;

		duo_init(&d, cred, NULL);
		if (i >= 2)
			duo_only12(&d);
		assert_int_equal(tls_server_name_set(d.client, TLS_NAME_DNS, names[i % 2], 9), 0);
		assert_int_equal(tls_ocsp_status_request_enable_client(d.client, NULL, 0, NULL), 0);
		duo_connect(&d);
		got(d.client, big, i % 2 == 0 ? 0 : sizeof(big));
		duo_clear(&d);
	}
	tls_certificate_free_credentials(cred);
}

static void with_a_retry(void **state)
{
	tls_certificate_credentials_t cred = stapled(small, sizeof(small));
	tls_policy_t policy;
	struct duo d;

	(void)state;
	assert_int_equal(tls_policy_init(&policy, "modern"), 0);
	assert_int_equal(tls_policy_add_group(policy, "secp384r1"), 0);
	duo_init(&d, cred, NULL);
	assert_int_equal(tls_policy_set(d.server, policy), 0);
	tls_policy_deinit(policy);
	assert_int_equal(tls_ocsp_status_request_enable_client(d.client, NULL, 0, NULL), 0);
	duo_connect(&d);
	assert_true((tls_session_get_flags(d.client) & TLS_SFLAGS_HELLO_RETRY) != 0);
	got(d.client, small, sizeof(small));
	duo_clear(&d);
	tls_certificate_free_credentials(cred);
}

static void no_memory(void **state)
{
	tls_certificate_credentials_t cred = stapled(big, sizeof(big));

	(void)state;
	for (unsigned version = 0; version < 2; version++) {
		for (unsigned long n = 1, left = 0; left == 0; n++) {
			struct duo d;

			duo_init(&d, cred, NULL);
			if (version == 1)
				duo_only12(&d);
			assert_int_equal(tls_ocsp_status_request_enable_client(d.client, NULL, 0, NULL), 0);
			assert_int_equal(tls_handshake(d.client), TLS_E_AGAIN);
			assert_int_equal(tls_handshake(d.server), TLS_E_AGAIN);
			tls_mem_fail_at(n);
			(void)tls_handshake(d.client);
			left = tls_mem_fail_left();
			tls_mem_fail_at(0);
			if (left == 0)
				assert_int_equal(tls_handshake(d.client), TLS_E_MEMORY_ERROR);
			assert_true(n < 100);
			got(d.client, big, left == 0 ? 0 : sizeof(big));
			duo_clear(&d);
		}
	}
	tls_certificate_free_credentials(cred);
}

/* ---- Servers that don't keep to it */

static void call_version_init(struct call *c, bool is_12, bool asks)
{
	if (is_12)
		call_init12(c, NULL, 0);
	else
		call_init(c, NULL, 0);
	if (asks)
		assert_int_equal(tls_ocsp_status_request_enable_client(c->client, NULL, 0, NULL), 0);
}

static void refused_after(struct call *c, int expected)
{
	call_refused(c, call_handshake(c), expected);
	got(c->client, NULL, 0);
	call_clear(c);
}

static void security_not_asked_for_status_12_13_client(void **state)
{
	struct call c;

	(void)state;
	for (unsigned version = 0; version < 2; version++) {
		call_version_init(&c, version, false);
		c.serv.staple = tls_span(small, sizeof(small));
		refused_after(&c, TLS_E_UNSUPPORTED_EXTENSION);
	}
	/* the message alone */
	for (unsigned asks = 0; asks < 2; asks++) {
		call_version_init(&c, true, asks);
		c.serv.staple = tls_span(small, sizeof(small));
		c.serv.unpromised = true;
		refused_after(&c, TLS_E_UNEXPECTED_HANDSHAKE_PACKET);
	}
}

/* RFC 6066 section 8: a server may choose not to send what it has promised. */
static void promised_and_not_given(void **state)
{
	struct call c;

	(void)state;
	call_version_init(&c, true, true);
	c.serv.promise = true;
	call_connect(&c);
	got(c.client, NULL, 0);
	call_clear(&c);
}

static size_t at;
static uint8_t to;

/* Of 1.2 the message, of 1.3 the extension in Certificate, which is the last thing in it. */
static void spoil(struct serv *v, unsigned type, struct tls_buf *body)
{
	unsigned in = v->tls12 ? TLS_HANDSHAKE_CERTIFICATE_STATUS : TLS_HANDSHAKE_CERTIFICATE_PKT;
	size_t start;

	if (type != in)
		return;
	start = v->tls12 ? 0 : body->len - (4 + sizeof(small));
	assert_int_equal(body->p[start], 1);
	body->p[start + at] = to;
}

static void malformed(void **state)
{
	static const struct {
		size_t at;
		uint8_t to;
		int error;
	} rows[] = {
		{0, 0, TLS_E_ILLEGAL_PARAMETER},
		{0, 2, TLS_E_ILLEGAL_PARAMETER},
		{3, 0, TLS_E_UNEXPECTED_PACKET_LENGTH},
		{3, sizeof(small) - 1, TLS_E_UNEXPECTED_PACKET_LENGTH},
		{3, sizeof(small) + 1, TLS_E_UNEXPECTED_PACKET_LENGTH},
		{1, 1, TLS_E_UNEXPECTED_PACKET_LENGTH},
	};

	(void)state;
	for (unsigned i = 0; i < 2 * sizeof(rows) / sizeof(rows[0]); i++) {
		struct call c;

		at = rows[i / 2].at;
		to = rows[i / 2].to;
		call_version_init(&c, i % 2, true);
		c.serv.staple = tls_span(small, sizeof(small));
		c.serv.change = spoil;
		refused_after(&c, rows[i / 2].error);
	}
}

/* Nobody has asked a client for one. */
static void of_a_client(void **state)
{
	struct hex body = unhex("00 000012 000001 30 000c 0005 0008 01 000004 30020500");
	struct pair p;

	(void)state;
	pair_init(&p, NULL);
	peer_hello(&p.peer);
	assert_int_equal(tls_handshake(p.server), TLS_E_AGAIN);
	assert_int_equal(tls_auth_recv_certificate(p.server, tls_span(body.p, body.len)), TLS_E_UNSUPPORTED_EXTENSION);
	pair_clear(&p);
}

/* ---- The calls */

static void client_calls(void **state)
{
	tls_datum_t responder = {.data = NULL};
	struct duo d;

	(void)state;
	duo_init(&d, NULL, NULL);
	assert_int_equal(tls_ocsp_status_request_enable_client(d.server, NULL, 0, NULL), TLS_E_INVALID_REQUEST);
	assert_int_equal(tls_ocsp_status_request_enable_client(d.client, &responder, 0, NULL), TLS_E_INVALID_REQUEST);
	assert_int_equal(tls_ocsp_status_request_enable_client(d.client, NULL, 1, NULL), TLS_E_INVALID_REQUEST);
	assert_int_equal(tls_ocsp_status_request_enable_client(d.client, NULL, 0, &responder), TLS_E_INVALID_REQUEST);
	assert_int_equal(tls_handshake(d.client), TLS_E_AGAIN);
	assert_int_equal(tls_ocsp_status_request_enable_client(d.client, NULL, 0, NULL), TLS_E_INVALID_REQUEST);
	duo_clear(&d);
}

static const struct {
	const char *der;
	int error;
} responses[] = {
	{"3007 0a0100 a0020500", 0},
	{"3007 0a0101 a0020500", TLS_E_OCSP_RESPONSE_ERROR}, /* malformedRequest */
	{"3003 0a0103", TLS_E_OCSP_RESPONSE_ERROR}, /* tryLater */
	{"3003 0a0100", TLS_E_OCSP_RESPONSE_ERROR},
	{"3005 0a0100 a000", TLS_E_OCSP_RESPONSE_ERROR},
	{"3008 0a020000 a0020500", TLS_E_OCSP_RESPONSE_ERROR},
	{"3007 020100 a0020500", TLS_E_OCSP_RESPONSE_ERROR},
	{"3007 0a0100 a0020500 00", TLS_E_OCSP_RESPONSE_ERROR},
	{"3009 0a0100 a0020500 0500", TLS_E_OCSP_RESPONSE_ERROR},
	{"3006 0a0100 a00205", TLS_E_OCSP_RESPONSE_ERROR},
	{"", TLS_E_OCSP_RESPONSE_ERROR},
};

static void filling_credentials(void **state)
{
	static const char pem[] = "-----BEGIN OCSP RESPONSE-----\nMAcKAQCgAgUA\n-----END OCSP RESPONSE-----\n";
	static const char other[] = "-----BEGIN CERTIFICATE-----\nMAcKAQCgAgUA\n-----END CERTIFICATE-----\n";
	static const char broken[] = "-----BEGIN OCSP RESPONSE-----\nMAc*\n-----END OCSP RESPONSE-----\n";
	static const struct {
		const char *text;
		int error;
	} rows[] = {{pem, 0}, {other, TLS_E_OCSP_RESPONSE_ERROR}, {broken, TLS_E_BASE64_DECODING_ERROR},
	    {"", TLS_E_OCSP_RESPONSE_ERROR}};
	tls_certificate_credentials_t cred = stapled(NULL, 0);

	(void)state;
	for (size_t i = 0; i < sizeof(responses) / sizeof(responses[0]); i++) {
		struct hex h = unhex(responses[i].der);

		assert_int_equal(set(cred, h.p, h.len, 0), responses[i].error);
	}
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		tls_datum_t d = {.data = (unsigned char *)(uintptr_t)rows[i].text,
		    .size = (unsigned)strlen(rows[i].text)};

		assert_int_equal(
		    tls_certificate_set_ocsp_status_request_mem(cred, &d, 0, TLS_X509_FMT_PEM), rows[i].error);
	}
	assert_int_equal(cred->entries[0]->staple.len, sizeof(small));
	assert_memory_equal(cred->entries[0]->staple.p, small, sizeof(small));
	assert_int_equal(set(cred, big, sizeof(big), 0), 0); /* in place of the other one */
	assert_int_equal(cred->entries[0]->staple.len, sizeof(big));
	assert_int_equal(set(cred, small, sizeof(small), 1), TLS_E_INVALID_REQUEST);
	tls_mem_fail_at(1);
	assert_int_equal(set(cred, small, sizeof(small), 0), TLS_E_MEMORY_ERROR);
	tls_mem_fail_at(0);
	assert_int_equal(cred->entries[0]->staple.len, sizeof(big));
	tls_credentials_hold(cred);
	assert_int_equal(set(cred, small, sizeof(small), 0), TLS_E_INVALID_REQUEST);
	tls_credentials_release(cred);
	tls_certificate_free_credentials(cred);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(asked_and_given),
		cmocka_unit_test(by_server_name),
		cmocka_unit_test(with_a_retry),
		cmocka_unit_test(no_memory),
		cmocka_unit_test(security_not_asked_for_status_12_13_client),
		cmocka_unit_test(promised_and_not_given),
		cmocka_unit_test(malformed),
		cmocka_unit_test(of_a_client),
		cmocka_unit_test(client_calls),
		cmocka_unit_test(filling_credentials),
	};

	return cmocka_run_group_tests_name("status", tests, setup, NULL);
}
