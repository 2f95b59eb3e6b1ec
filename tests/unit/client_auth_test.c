/* client_auth_test.c - who proves what to whom: the server's certificate to our client, and client
 * certificates on both sides. RFC 8446 sections 4.3.2 and 4.4. */
#include "unit.h"

#include "cred.h"
#include "tests/lib/call.h"
#include "tests/lib/duo.h"
#include "tests/lib/pair.h"
#include "tls/error.h"

static const struct {
	const char *crt, *key, *scheme;
} keys[] = {
	{"p256.crt.pem", "p256.pkcs8.pem", "ecdsa_secp256r1_sha256"},
	{"p384.crt.pem", "p384.sec1.pem", "ecdsa_secp384r1_sha384"},
	{"p521.crt.pem", "p521.pkcs8.pem", "ecdsa_secp521r1_sha512"},
	{"ed25519.crt.pem", "ed25519.pkcs8.pem", "ed25519"},
	{"rsa.crt.pem", "rsa.pkcs1.pem", "rsa_pss_rsae_sha256"},
	{"rsa.crt.pem", "rsa.pkcs1.pem", "rsa_pss_rsae_sha384"},
	{"rsa.crt.pem", "rsa.pkcs1.pem", "rsa_pss_rsae_sha512"},
};

#define N_KEYS (sizeof(keys) / sizeof(keys[0]))

static tls_certificate_credentials_t credentials(unsigned i)
{
	tls_certificate_credentials_t cred = cred_new();

	assert_int_equal(cred_add_files(cred, keys[i].crt, keys[i].key), 0);
	return cred;
}

static void only_scheme(tls_session_t s, const char *name)
{
	tls_policy_t policy;

	assert_int_equal(tls_policy_init(&policy, "modern"), 0);
	assert_int_equal(tls_policy_add_sign_algorithm(policy, name), 0);
	assert_int_equal(tls_policy_set(s, policy), 0);
	tls_policy_deinit(policy);
}

/* ---- The server's */

static void every_kind_of_key(void **state)
{
	(void)state;
	for (unsigned i = 0; i < N_KEYS; i++) {
		tls_certificate_credentials_t cred = credentials(i);
		struct duo d;

		duo_init(&d, cred, NULL);
		only_scheme(d.client, keys[i].scheme);
		duo_connect(&d);
		assert_string_equal(tls_sign_get_name(tls_sign_algorithm_get(d.client)), keys[i].scheme);
		assert_int_equal(tls_certificate_client_get_request_status(d.client), 0);
		cred_shown(d.client, keys[i].crt);
		cred_shown(d.server, NULL);
		duo_clear(&d);
		tls_certificate_free_credentials(cred);
	}
}

static void a_chain(void **state)
{
	tls_certificate_credentials_t cred = cred_new();
	tls_datum_t chain[16];
	const tls_datum_t *list;
	unsigned n, n_chain = 16;
	struct duo d;

	(void)state;
	assert_int_equal(cred_add_files(cred, "chain.crt.pem", "p256.pkcs8.pem"), 0);
	duo_init(&d, cred, NULL);
	d.wire.max_piece = 50;
	d.wire.again_percent = 30;
	duo_connect(&d);
	list = tls_certificate_get_peers(d.client, &n);
	assert_int_equal(tls_certificate_get_chain(cred, 0, chain, &n_chain), 0);
	assert_true(n > 1);
	assert_int_equal(n, n_chain);
	for (unsigned i = 0; i < n; i++) {
		assert_int_equal(list[i].size, chain[i].size);
		assert_memory_equal(list[i].data, chain[i].data, list[i].size);
	}
	duo_clear(&d);
	tls_certificate_free_credentials(cred);
}

static unsigned spoiled; /* the message that is altered */
static size_t spoiled_len; /* its length */

static void flip(struct serv *v, unsigned type, struct tls_buf *body)
{
	if (type != spoiled)
		return;
	spoiled_len = body->len; /* a signature's differs each time */
	body->p[v->n < body->len ? v->n : body->len - 1] ^= 1;
}

static void wrong_signature(void **state)
{
	(void)state;
	spoiled = TLS_HANDSHAKE_CERTIFICATE_VERIFY;
	spoiled_len = 5;
	for (size_t at = 4; at < spoiled_len; at++) {
		struct call c;

		call_init(&c, NULL, 0);
		c.serv.change = flip;
		c.serv.n = at;
		call_refuses(&c, TLS_E_SIGNATURE_VERIFY_FAILED);
	}
	assert_true(spoiled_len > 60);
}

static void add_to_transcript(struct serv *v, unsigned type, struct tls_buf *body)
{
	(void)body;
	if (type == TLS_HANDSHAKE_CERTIFICATE_PKT)
		tls_transcript_add(&v->io.transcript, tls_span("\x0d\0\0\0", 4));
}

/* A good signature, over another transcript. */
static void signature_of_another_handshake(void **state)
{
	struct call c;

	(void)state;
	call_init(&c, NULL, 0);
	c.serv.change = add_to_transcript;
	call_refuses(&c, TLS_E_SIGNATURE_VERIFY_FAILED);
}

/* ---- Certificates */

static const char *cert_file;

static void other_certificate(struct serv *v, unsigned type, struct tls_buf *body)
{
	struct data der = {.len = 3, .bytes = {0x30, 0x01, 0x00}};
	struct tls_block list, one;

	(void)v;
	if (type != TLS_HANDSHAKE_CERTIFICATE_PKT)
		return;
	if (cert_file[0] != '\0')
		data_read_der(&der, cert_file, 0);
	tls_buf_reset(body);
	tls_buf_u8(body, 0);
	list = tls_buf_open(body, 3);
	one = tls_buf_open(body, 3);
	tls_buf_bytes(body, der.bytes, der.len);
	tls_buf_close(body, one);
	tls_buf_u16(body, 0);
	tls_buf_close(body, list);
}

static void certificates(void **state)
{
	static const struct {
		const char *file;
		int error;
	} rows[] = {
		{"", TLS_E_PEER_CERTIFICATE_ERROR},
		{"rsa1024.crt.pem", TLS_E_PEER_CERTIFICATE_UNSUPPORTED},
		{"ed448.crt.pem", TLS_E_PEER_CERTIFICATE_UNSUPPORTED},
		{"p256.crt.pem", TLS_E_SIGNATURE_VERIFY_FAILED}, /* somebody else's */
		{"rsa.crt.pem", TLS_E_ILLEGAL_PARAMETER}, /* the scheme doesn't go with its key */
	};
	struct call c;

	(void)state;
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		cert_file = rows[i].file;
		call_init(&c, NULL, 0);
		c.serv.change = other_certificate;
		call_refuses(&c, rows[i].error);
	}
	call_init(&c, NULL, 0);
	c.serv.no_chain = true;
	call_refuses(&c, TLS_E_UNEXPECTED_PACKET_LENGTH);
}

static void context_at_front(struct serv *v, unsigned type, struct tls_buf *body)
{
	(void)v;
	if (type != TLS_HANDSHAKE_CERTIFICATE_PKT)
		return;
	tls_buf_u8(body, 0);
	memmove(body->p + 1, body->p, body->len - 1);
	body->p[0] = 1;
	body->p[1] = 'c';
}

static void contexts(void **state)
{
	struct call c;

	(void)state;
	call_init(&c, NULL, 0);
	c.serv.change = context_at_front;
	call_refuses(&c, TLS_E_ILLEGAL_PARAMETER);
	call_init(&c, NULL, 0);
	c.serv.ask = true;
	c.serv.context = "c";
	call_refuses(&c, TLS_E_ILLEGAL_PARAMETER);
}

/* ---- The verify function */

static unsigned n_verified;
static int verdict;

static int verify(tls_session_t s)
{
	unsigned n;

	n_verified++;
	assert_non_null(tls_certificate_get_peers(s, &n));
	assert_int_equal(n, 1);
	assert_true(tls_sign_algorithm_get(s) != 0);
	return verdict;
}

static void verify_function(void **state)
{
	static const int verdicts[] = {0, 1, -1, TLS_E_AGAIN};

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		tls_certificate_credentials_t cred = cred_new();
		struct call c;

		assert_int_equal(tls_certificate_set_verify_function(cred, verify), 0);
		call_init(&c, NULL, 0);
		assert_int_equal(tls_credentials_set(c.client, TLS_CRD_CERTIFICATE, cred), 0);
		assert_int_equal(tls_certificate_set_verify_function(cred, NULL), TLS_E_INVALID_REQUEST);
		n_verified = 0;
		verdict = verdicts[i];
		if (verdict == 0) {
			call_connect(&c);
			call_clear(&c);
		} else {
			call_refuses(&c, TLS_E_CERTIFICATE_VERIFICATION_ERROR);
		}
		assert_int_equal(n_verified, 1);
		tls_certificate_free_credentials(cred);
	}
}

/* Who has not proved its key isn't shown to the function at all. */
static void verify_function_comes_last(void **state)
{
	tls_certificate_credentials_t cred = cred_new();
	struct call c;

	(void)state;
	assert_int_equal(tls_certificate_set_verify_function(cred, verify), 0);
	call_init(&c, NULL, 0);
	assert_int_equal(tls_credentials_set(c.client, TLS_CRD_CERTIFICATE, cred), 0);
	n_verified = 0;
	spoiled = TLS_HANDSHAKE_CERTIFICATE_VERIFY;
	c.serv.change = flip;
	c.serv.n = 40;
	call_refuses(&c, TLS_E_SIGNATURE_VERIFY_FAILED);
	assert_int_equal(n_verified, 0);
	tls_certificate_free_credentials(cred);
}

/* ---- The client's */

static void mutual_with_every_kind_of_key(void **state)
{
	(void)state;
	for (unsigned i = 0; i < N_KEYS; i++) {
		tls_certificate_credentials_t cred = credentials(i);
		struct duo d;

		duo_init(&d, cred, cred);
		only_scheme(d.server, keys[i].scheme);
		tls_certificate_server_set_request(d.server, TLS_CERT_REQUIRE);
		duo_connect(&d);
		assert_int_equal(tls_certificate_client_get_request_status(d.client), 1);
		cred_shown(d.server, keys[i].crt);
		cred_shown(d.client, keys[i].crt);
		duo_pass(d.client, d.server, "question", 8);
		duo_pass(d.server, d.client, "answer", 6);
		duo_clear(&d);
		tls_certificate_free_credentials(cred);
	}
}

/* The same by a server that isn't ours. */
static void proof_to_a_scripted_server(void **state)
{
	(void)state;
	for (unsigned i = 0; i < N_KEYS; i++) {
		tls_certificate_credentials_t cred = credentials(i);
		struct call c;

		call_init(&c, NULL, 0);
		c.serv.ask = true;
		c.serv.retries = i % 2;
		c.serv.cookie = "c";
		assert_int_equal(tls_credentials_set(c.client, TLS_CRD_CERTIFICATE, cred), 0);
		call_connect(&c);
		assert_true(c.serv.proved);
		assert_int_equal(c.serv.client_context.len, 0);
		assert_int_equal(c.serv.n_ccs, 1);
		call_clear(&c);
		tls_certificate_free_credentials(cred);
	}
}

static void none_to_give(void **state)
{
	tls_certificate_credentials_t other = credentials(3);
	struct call c;

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		struct duo d;

		/* none; one that the server doesn't take; none, and none is needed */
		duo_init(&d, NULL, i == 1 ? other : NULL);
		only_scheme(d.server, "ecdsa_secp256r1_sha256");
		tls_certificate_server_set_request(d.server, i == 2 ? TLS_CERT_REQUEST : TLS_CERT_REQUIRE);
		if (i == 2) {
			duo_connect(&d);
			cred_shown(d.server, NULL);
			duo_pass(d.client, d.server, "x", 1);
		} else {
			uint8_t byte;

			assert_false(duo_handshake(&d));
			assert_int_equal(d.server_err, TLS_E_CERTIFICATE_REQUIRED);
			assert_int_equal(d.client_err, 0);
			assert_int_equal(tls_record_recv(d.client, &byte, 1), TLS_E_FATAL_ALERT_RECEIVED);
			assert_int_equal(tls_alert_get(d.client), TLS_ALERT_CERTIFICATE_REQUIRED);
		}
		assert_int_equal(tls_certificate_client_get_request_status(d.client), 1);
		duo_clear(&d);
	}
	call_init(&c, NULL, 0);
	c.serv.ask = true;
	call_connect(&c);
	assert_int_equal(c.serv.client_leaf.len, 0);
	call_clear(&c);
	tls_certificate_free_credentials(other);
}

static void not_asked_not_given(void **state)
{
	tls_certificate_credentials_t cred = credentials(0);
	struct call c;

	(void)state;
	call_init(&c, NULL, 0);
	assert_int_equal(tls_credentials_set(c.client, TLS_CRD_CERTIFICATE, cred), 0);
	call_connect(&c);
	assert_int_equal(c.serv.client_leaf.len, 0);
	call_clear(&c);
	tls_certificate_free_credentials(cred);
}

static void server_verifies_clients(void **state)
{
	tls_certificate_credentials_t cred, server_cred;

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		struct duo d;

		cred = credentials(0);
		server_cred = credentials(0);
		assert_int_equal(tls_certificate_set_verify_function(server_cred, verify), 0);
		duo_init(&d, server_cred, i < 2 ? cred : NULL);
		tls_certificate_server_set_request(d.server, TLS_CERT_REQUEST);
		n_verified = 0;
		verdict = i == 1;
		(void)duo_handshake(&d);
		assert_int_equal(d.server_err, i == 1 ? TLS_E_CERTIFICATE_VERIFICATION_ERROR : 0);
		assert_int_equal(n_verified, i < 2); /* with none given, there is nothing to verify */
		duo_clear(&d);
		tls_certificate_free_credentials(cred);
		tls_certificate_free_credentials(server_cred);
	}
}

/* ---- What a server refuses of a client */

static unsigned alter_type;
static size_t alter_at;
static uint8_t alter_to;

/* The message is the session's own, before it is hashed and sealed. */
static int alter(tls_session_t s, unsigned htype, unsigned when, unsigned incoming, const tls_datum_t *msg)
{
	(void)s;
	if (htype != alter_type || when != TLS_HOOK_PRE || incoming)
		return 0;
	msg->data[alter_at < msg->size ? alter_at : msg->size - 1] ^= alter_to;
	return 0;
}

static int altered(unsigned type, size_t at, uint8_t to)
{
	tls_certificate_credentials_t cred = credentials(0);
	struct duo d;
	int err;

	alter_type = type;
	alter_at = at;
	alter_to = to;
	duo_init(&d, NULL, cred);
	tls_handshake_set_hook_function(d.client, TLS_HANDSHAKE_ANY, TLS_HOOK_PRE, alter);
	tls_certificate_server_set_request(d.server, TLS_CERT_REQUIRE);
	(void)duo_handshake(&d);
	err = d.server_err;
	duo_clear(&d);
	tls_certificate_free_credentials(cred);
	return err;
}

static void altered_proofs(void **state)
{
	(void)state;
	assert_int_equal(altered(TLS_HANDSHAKE_CERTIFICATE_VERIFY, 99999, 0), 0);
	for (size_t at = 4; at < 76; at++)
		assert_int_equal(
		    altered(TLS_HANDSHAKE_CERTIFICATE_VERIFY, at, 1), TLS_E_SIGNATURE_VERIFY_FAILED);
	assert_int_equal(altered(TLS_HANDSHAKE_CERTIFICATE_VERIFY, 0, 1), TLS_E_ILLEGAL_PARAMETER); /* 0x0503 */
	assert_int_equal(altered(TLS_HANDSHAKE_CERTIFICATE_VERIFY, 3, 1), TLS_E_UNEXPECTED_PACKET_LENGTH);
	assert_int_equal(altered(TLS_HANDSHAKE_CERTIFICATE_PKT, 0, 1), TLS_E_UNEXPECTED_PACKET_LENGTH);
	assert_int_equal(altered(TLS_HANDSHAKE_CERTIFICATE_PKT, 7, 1), TLS_E_PEER_CERTIFICATE_ERROR);
	assert_int_equal(altered(TLS_HANDSHAKE_FINISHED, 0, 1), TLS_E_FINISHED_VERIFY_FAILED);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_kind_of_key),
		cmocka_unit_test(a_chain),
		cmocka_unit_test(wrong_signature),
		cmocka_unit_test(signature_of_another_handshake),
		cmocka_unit_test(certificates),
		cmocka_unit_test(contexts),
		cmocka_unit_test(verify_function),
		cmocka_unit_test(verify_function_comes_last),
		cmocka_unit_test(mutual_with_every_kind_of_key),
		cmocka_unit_test(proof_to_a_scripted_server),
		cmocka_unit_test(none_to_give),
		cmocka_unit_test(not_asked_not_given),
		cmocka_unit_test(server_verifies_clients),
		cmocka_unit_test(altered_proofs),
	};

	return cmocka_run_group_tests_name("client_auth", tests, NULL, NULL);
}
