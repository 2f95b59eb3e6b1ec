/* client_auth12_test.c - client certificates in TLS 1.2, on both sides: asked for, given, not given, proved. RFC 5246
 * sections 7.4.4, 7.4.6 and 7.4.8, RFC 8422 section 5.5. What is refused: client_proof12_test.c. */
#include "unit.h"

#include "cred.h"
#include "tests/lib/call.h"
#include "tests/lib/duo.h"
#include "tests/lib/pair.h"
#include "tls/bytes/mem.h"
#include "tls/error.h"
#include "tls/state.h"

static const struct {
	const char *crt, *key;
	uint16_t schemes[6]; /* that this key can make */
} keys[] = {
	{"p256.crt.pem", "p256.pkcs8.pem", {0x0403, 0x0503, 0x0603}},
	{"p384.crt.pem", "p384.sec1.pem", {0x0403, 0x0503, 0x0603}},
	{"p521.crt.pem", "p521.pkcs8.pem", {0x0403, 0x0503, 0x0603}},
	{"ed25519.crt.pem", "ed25519.pkcs8.pem", {0x0807}},
	{"rsa.crt.pem", "rsa.pkcs1.pem", {0x0804, 0x0805, 0x0806, 0x0401, 0x0501, 0x0601}},
};

#define N_KEYS (sizeof(keys) / sizeof(keys[0]))
#define RSA 4

static tls_certificate_credentials_t credentials(unsigned i)
{
	tls_certificate_credentials_t cred = cred_new();

	assert_int_equal(cred_add_files(cred, keys[i].crt, keys[i].key), 0);
	return cred;
}

/* TLS 1.2 alone, with one suite and, if scheme isn't 0, one scheme beside that of the server's key. */
static void set_policy(tls_session_t s, const char *suite, uint16_t scheme)
{
	tls_policy_t policy;

	assert_int_equal(tls_policy_init(&policy, "intermediate"), 0);
	assert_int_equal(tls_policy_set_versions(policy, TLS_1_2, TLS_1_2), 0);
	if (suite != NULL)
		assert_int_equal(tls_policy_add_ciphersuite(policy, suite), 0);
	if (scheme != 0) {
		assert_int_equal(tls_policy_add_sign_algorithm(policy, tls_sign_get_name(scheme)), 0);
		assert_int_equal(tls_policy_add_sign_algorithm(policy, "ecdsa_secp256r1_sha256"), 0);
	}
	assert_int_equal(tls_policy_set(s, policy), 0);
	tls_policy_deinit(policy);
}

/* ---- Given */

/* Under the suite whose PRF has SHA-384 every other hash signs, too. */
static void mutual_with_every_key_and_suite(void **state)
{
	static const char *const suites[] = {
	    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"};

	(void)state;
	for (unsigned i = 0; i < 2 * N_KEYS; i++) {
		tls_certificate_credentials_t cred = credentials(i / 2);
		struct duo d;

		duo_init(&d, NULL, cred);
		duo_only12(&d);
		set_policy(d.client, suites[i % 2], 0);
		tls_certificate_server_set_request(d.server, TLS_CERT_REQUIRE);
		duo_connect(&d);
		assert_int_equal(tls_protocol_get_version(d.server), TLS_1_2);
		assert_int_equal(tls_certificate_client_get_request_status(d.client), 1);
		cred_shown(d.server, keys[i / 2].crt);
		duo_pass(d.client, d.server, "question", 8);
		duo_pass(d.server, d.client, "answer", 6);
		duo_clear(&d);
		tls_certificate_free_credentials(cred);
	}
}

/* To a server that isn't ours: each scheme that the key can make, when it is the only one asked for. */
static void proof_to_a_scripted_server(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 6 * N_KEYS; i++) {
		uint16_t scheme = keys[i / 6].schemes[i % 6], only[2] = {scheme, 0};
		tls_certificate_credentials_t cred;
		struct call c;

		if (scheme == 0)
			continue;
		cred = credentials(i / 6);
		call_init12(&c, NULL, 0);
		c.serv.ask = true;
		c.serv.schemes = only;
		c.serv.no_extended_master_secret = i % 2 != 0;
		assert_int_equal(tls_credentials_set(c.client, TLS_CRD_CERTIFICATE, cred), 0);
		call_connect(&c);
		assert_true(c.serv.proved);
		assert_int_equal(c.serv.client_scheme, scheme);
		call_clear(&c);
		tls_certificate_free_credentials(cred);
	}
}

/* And from a client that isn't ours; its chain is kept. */
static void proof_to_our_server(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 6 * N_KEYS; i++) {
		uint16_t scheme = keys[i / 6].schemes[i % 6], own[N_KEYS] = {0x0403, 0x0503, 0x0603, 0x0807, 0x0804};
		tls_certificate_credentials_t cred;
		uint16_t chosen;
		struct pair p;

		if (scheme == 0)
			continue;
		cred = credentials(i / 6);
		pair_init12(&p, NULL);
		assert_int_equal(tls_credentials_choose(cred, &p.peer.entry, &chosen, tls_span(NULL, 0),
		                     &own[i / 6], 1, &own[i / 6], 1),
		    0);
		p.peer.client_scheme = scheme;
		tls_certificate_server_set_request(p.server, TLS_CERT_REQUIRE);
		pair_connect(&p);
		assert_true(p.peer.asked);
		cred_shown(p.server, keys[i / 6].crt);
		assert_int_equal(tls_sign_algorithm_get(p.server), TLS_SIGN_ECDSA_SECP256R1_SHA256);
		pair_clear(&p);
		tls_certificate_free_credentials(cred);
	}
}

/* RFC 5246 section 7.4.4: kinds of keys, schemes, no authorities. */
static void the_request(void **state)
{
	static const struct {
		uint16_t scheme; /* beside ecdsa_secp256r1_sha256; 0: all */
		const char *body;
		size_t len;
	} rows[] = {
		{0x0403, "\x01\x40\x00\x02\x04\x03\x00\x00", 8},
		{0x0804, "\x02\x40\x01\x00\x04\x08\x04\x04\x03\x00\x00", 11},
		{0, "\x02\x40\x01\x00\x14\x04\x03\x08\x07\x05\x03\x06\x03\x08\x04\x08\x05\x08\x06\x04\x01\x05\x01"
		    "\x06\x01\x00\x00",
		    27},
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct pair p;

		pair_init12(&p, NULL);
		set_policy(p.server, NULL, rows[i].scheme);
		tls_certificate_server_set_request(p.server, TLS_CERT_REQUEST);
		pair_connect(&p);
		assert_int_equal(p.peer.request.len, rows[i].len);
		assert_memory_equal(p.peer.request.p, rows[i].body, rows[i].len);
		pair_clear(&p);
	}
}

/* ---- Not given */

static void none_to_give(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		tls_certificate_credentials_t other = credentials(3);
		bool required = i / 2 != 0;
		struct duo d;

		/* none, or one that the server doesn't take */
		duo_init(&d, NULL, i % 2 != 0 ? other : NULL);
		duo_only12(&d);
		set_policy(d.server, NULL, 0x0403);
		tls_certificate_server_set_request(d.server, required ? TLS_CERT_REQUIRE : TLS_CERT_REQUEST);
		if (required) {
			assert_false(duo_handshake(&d));
			assert_int_equal(d.server_err, TLS_E_NO_PEER_CERTIFICATE);
			assert_int_equal(d.client_err, TLS_E_FATAL_ALERT_RECEIVED);
			assert_int_equal(tls_alert_get(d.client), TLS_ALERT_HANDSHAKE_FAILURE);
		} else {
			duo_connect(&d);
			cred_shown(d.server, NULL);
			duo_pass(d.client, d.server, "x", 1);
		}
		assert_int_equal(tls_certificate_client_get_request_status(d.client), 1);
		duo_clear(&d);
		tls_certificate_free_credentials(other);
	}
}

/* By the kinds of keys that are asked for, and by the schemes. */
static void only_what_was_asked_for(void **state)
{
	static const uint16_t rsa_only[] = {0x0201, 0x0804, 0}, old[] = {0x0201, 0x0203, 0};
	static const struct {
		unsigned key;
		const char *types;
		const uint16_t *schemes;
		bool given;
	} rows[] = {
		{0, "\x40", NULL, true}, {0, "\x01", NULL, false}, {0, "\x01\x40", rsa_only, false},
		{0, "\x02\x03", NULL, false}, {RSA, "\x40", NULL, false}, {RSA, "\x01", NULL, true},
		{RSA, "\x01", rsa_only, true}, {RSA, "\x01", old, false}, {3, "\x40", NULL, true},
		{3, "\x01", NULL, false}, {0, "\x40", old, false},
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		tls_certificate_credentials_t cred = credentials(rows[i].key);
		struct call c;

		call_init12(&c, NULL, 0);
		c.serv.ask = true;
		c.serv.types = rows[i].types;
		c.serv.schemes = rows[i].schemes;
		assert_int_equal(tls_credentials_set(c.client, TLS_CRD_CERTIFICATE, cred), 0);
		call_connect(&c);
		assert_true(c.serv.got_certificate);
		assert_int_equal(c.serv.proved, rows[i].given);
		call_clear(&c);
		tls_certificate_free_credentials(cred);
	}
}

static void not_asked_not_given(void **state)
{
	tls_certificate_credentials_t cred = credentials(0);
	struct call c;

	(void)state;
	call_init12(&c, NULL, 0);
	assert_int_equal(tls_credentials_set(c.client, TLS_CRD_CERTIFICATE, cred), 0);
	call_connect(&c);
	assert_false(c.serv.got_certificate);
	assert_int_equal(tls_certificate_client_get_request_status(c.client), 0);
	call_clear(&c);
	tls_certificate_free_credentials(cred);
}

/* ---- Verified */

static unsigned n_verified;
static int verdict;

static int verify(tls_session_t s)
{
	unsigned n;

	n_verified++;
	assert_non_null(tls_certificate_get_peers(s, &n));
	assert_int_equal(n, 1);
	return verdict;
}

static void server_verifies_clients(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		tls_certificate_credentials_t cred = credentials(0), server_cred = credentials(0);
		struct duo d;

		assert_int_equal(tls_certificate_set_verify_function(server_cred, verify), 0);
		duo_init(&d, server_cred, i < 2 ? cred : NULL);
		duo_only12(&d);
		tls_certificate_server_set_request(d.server, TLS_CERT_REQUEST);
		n_verified = 0;
		verdict = i == 1;
		(void)duo_handshake(&d);
		assert_int_equal(d.server_err, i == 1 ? TLS_E_CERTIFICATE_VERIFICATION_ERROR : 0);
		assert_int_equal(d.client_err, i == 1 ? TLS_E_FATAL_ALERT_RECEIVED : 0);
		assert_int_equal(n_verified, i < 2); /* with none given, there is nothing to verify */
		duo_clear(&d);
		tls_certificate_free_credentials(cred);
		tls_certificate_free_credentials(server_cred);
	}
}

static size_t extra_len; /* of the greatest thing in the CertificateRequest */

static void enlarge(struct serv *v, unsigned type, struct tls_buf *body)
{
	size_t len = type == TLS_HANDSHAKE_CERTIFICATE_PKT ? 65000 : extra_len, list;

	(void)v;
	if (type == TLS_HANDSHAKE_CERTIFICATE_PKT) {
		list = body->len - 3 + 3 + len;
		body->p[0] = (uint8_t)(list >> 16);
		body->p[1] = (uint8_t)(list >> 8);
		body->p[2] = (uint8_t)list;
		tls_buf_u24(body, (uint32_t)len); /* a second certificate, which nobody looks into */
	} else if (type == TLS_HANDSHAKE_CERTIFICATE_REQUEST) {
		body->len -= 2;
		tls_buf_u16(body, (unsigned)(2 + len));
		tls_buf_u16(body, (unsigned)len); /* an authority */
	} else {
		return;
	}
	(void)tls_buf_room(body, len);
}

/* All messages that a client would sign over: as long as they may be, and longer. */
static void limit_kept_len_12_client(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		tls_certificate_credentials_t cred = credentials(0);
		struct call c;

		extra_len = i == 0 ? 63000 : 65400;
		call_init12(&c, NULL, 0);
		c.serv.ask = true;
		c.serv.change = enlarge;
		assert_int_equal(tls_credentials_set(c.client, TLS_CRD_CERTIFICATE, cred), 0);
		if (i == 0)
			call_connect(&c);
		else
			call_refused(&c, call_handshake(&c), TLS_E_HANDSHAKE_TOO_LARGE);
		call_clear(&c);
		tls_certificate_free_credentials(cred);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(mutual_with_every_key_and_suite),
		cmocka_unit_test(proof_to_a_scripted_server),
		cmocka_unit_test(proof_to_our_server),
		cmocka_unit_test(the_request),
		cmocka_unit_test(none_to_give),
		cmocka_unit_test(only_what_was_asked_for),
		cmocka_unit_test(not_asked_not_given),
		cmocka_unit_test(server_verifies_clients),
		cmocka_unit_test(limit_kept_len_12_client),
	};

	return cmocka_run_group_tests_name("client_auth12", tests, NULL, NULL);
}
