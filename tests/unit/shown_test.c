/* shown_test.c - whose certificates a session tells of: those of a peer that has proved that they are its own,
 * and that the application has taken. In both versions. */
#include "unit.h"

#include "cred.h"
#include "tests/lib/call.h"
#include "tests/lib/duo.h"
#include "tests/lib/keeper.h"
#include "tls/error.h"
#include "tls/state.h"

static int verdict;
static unsigned n_seen;

static int verify(tls_session_t s)
{
	unsigned n;

	assert_non_null(tls_certificate_get_peers(s, &n));
	assert_true(n > 0);
	n_seen++;
	return verdict;
}

static tls_certificate_credentials_t credentials(bool verified)
{
	tls_certificate_credentials_t cred = cred_new();

	assert_int_equal(cred_add_files(cred, "p256.crt.pem", "p256.pkcs8.pem"), 0);
	if (verified)
		assert_int_equal(tls_certificate_set_verify_function(cred, verify), 0);
	return cred;
}

static void shows(tls_session_t s, bool somebody)
{
	unsigned n = 99;
	const tls_datum_t *peers = tls_certificate_get_peers(s, &n);

	assert_int_equal(peers != NULL, somebody);
	assert_int_equal(n, somebody);
}

/* The verify function sees them; with its refusal they are gone. */
static void refused_by_the_function(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 8; i++) {
		bool is_12 = (i & 1) != 0, of_client = (i & 2) != 0;
		tls_certificate_credentials_t server = credentials(of_client), client = credentials(!of_client);
		struct duo d;
		tls_session_t judge;

		duo_init(&d, server, client);
		if (is_12)
			duo_only12(&d);
		tls_certificate_server_set_request(d.server, of_client ? TLS_CERT_REQUIRE : TLS_CERT_IGNORE);
		judge = of_client ? d.server : d.client;
		verdict = (i & 4) != 0 ? -1 : 0;
		n_seen = 0;
		assert_int_equal(duo_handshake(&d), verdict == 0);
		assert_int_equal(n_seen, 1);
		shows(judge, verdict == 0);
		duo_clear(&d);
		tls_certificate_free_credentials(server);
		tls_certificate_free_credentials(client);
	}
}

static void spoil(struct serv *v, unsigned type, struct tls_buf *body)
{
	unsigned signed_in = v->tls12 ? TLS_HANDSHAKE_SERVER_KEY_EXCHANGE : TLS_HANDSHAKE_CERTIFICATE_VERIFY;

	if (type == (v->n == 0 ? signed_in : TLS_HANDSHAKE_FINISHED))
		body->p[body->len - 1] ^= 1;
}

/* A chain that anybody can show, with a signature or a Finished that isn't its owner's. */
static void not_proved(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		static const int errors[] = {TLS_E_SIGNATURE_VERIFY_FAILED, TLS_E_FINISHED_VERIFY_FAILED};
		struct call c;

		if ((i & 1) != 0)
			call_init12(&c, NULL, 0);
		else
			call_init(&c, NULL, 0);
		c.serv.change = spoil;
		c.serv.n = i / 2;
		assert_int_equal(call_handshake(&c), errors[i / 2]);
		shows(c.client, false);
		call_clear(&c);
	}
}

/* Between the chain, which anybody can show, and the proof. */
static void not_proved_yet(void **state)
{
	(void)state;
	for (unsigned role = CLIENT13; role < N_ROLES; role += CLIENT12 - CLIENT13) {
		unsigned status;
		struct scene c;

		scene_init(&c, role, KEY_P256);
		c.keeper.not_yet = 1;
		assert_int_equal(scene_run_to_key(&c), TLS_E_AGAIN);
		scene_run_other(&c);
		assert_non_null(c.duo.server->peers);
		shows(c.duo.server, false);
		assert_int_equal(tls_certificate_verify_peers2(c.duo.server, &status), TLS_E_NO_CERTIFICATE_FOUND);
		assert_int_equal(status, TLS_CERT_INVALID);
		assert_int_equal(scene_run(&c), 0);
		scene_run_other(&c);
		shows(c.duo.server, true);
		scene_clear(&c);
	}
}

/* What a session was stays known when it ends, however it ends. */
static void established_and_over(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		tls_certificate_credentials_t server = credentials(false);
		struct duo d;
		char byte;

		duo_init(&d, server, NULL);
		if (i == 1)
			duo_only12(&d);
		duo_connect(&d);
		shows(d.client, true);
		shows(d.server, false);
		d.wire.s2c.closed = true;
		while (tls_record_recv(d.client, &byte, 1) == TLS_E_AGAIN)
			continue;
		assert_int_equal(tls_record_recv(d.client, &byte, 1), TLS_E_PREMATURE_TERMINATION);
		shows(d.client, true);
		duo_clear(&d);
		tls_certificate_free_credentials(server);
	}
}

static int give_way(tls_session_t s, unsigned type, unsigned when, unsigned incoming, const tls_datum_t *msg)
{
	(void)type;
	(void)when;
	(void)incoming;
	(void)msg;
	tls_certificate_server_set_request(s, TLS_CERT_IGNORE);
	n_seen++;
	return 0;
}

/* What was required when the handshake began is required to its end, whatever a callback says of it; before it is
 * chosen by, it may be changed. */
static void required_to_the_end(void **state)
{
	static const unsigned types[] = {TLS_HANDSHAKE_CERTIFICATE_REQUEST, TLS_HANDSHAKE_CERTIFICATE_PKT,
	    TLS_HANDSHAKE_SERVER_HELLO};
	struct duo d;

	(void)state;
	for (unsigned i = 0; i < 6; i++) {
		tls_certificate_credentials_t server = credentials(false);

		duo_init(&d, server, NULL);
		if (i % 2 != 0)
			duo_only12(&d);
		tls_certificate_server_set_request(d.server, TLS_CERT_IGNORE);
		tls_certificate_server_set_request(d.server, TLS_CERT_REQUIRE);
		tls_handshake_set_hook_function(d.server, types[i / 2], TLS_HOOK_BOTH, give_way);
		n_seen = 0;
		assert_false(duo_handshake(&d));
		assert_true(n_seen > 0);
		assert_int_equal(d.server_err, i % 2 != 0 ? TLS_E_NO_PEER_CERTIFICATE : TLS_E_CERTIFICATE_REQUIRED);
		duo_clear(&d);
		tls_certificate_free_credentials(server);
	}
}

/* Names of CAs in a CertificateRequest: {u16 length, DER}; a SEQUENCE of a SET is a name and nothing else. */
static int count_names(tls_session_t s, unsigned type, unsigned when, unsigned incoming, const tls_datum_t *msg)
{
	(void)s;
	(void)type;
	(void)when;
	assert_int_equal(incoming, 1);
	for (unsigned i = 0; i + 5 < msg->size; i++) {
		const unsigned char *p = msg->data + i;

		n_seen += p[0] == 0 && p[2] == 0x30 && p[1] == p[3] + 2 && p[4] == 0x31;
	}
	return 0;
}

static void names_whom_it_trusts(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 8; i++) {
		tls_certificate_credentials_t server = credentials(false);
		bool trusts = (i & 2) != 0, told = (i & 4) != 0;
		struct data ca;
		struct duo d;

		data_read(&ca, "ocsp-ca.crt.pem");
		if (trusts)
			assert_int_equal(tls_certificate_set_x509_trust_mem(server,
					     &(tls_datum_t){ca.bytes, (unsigned)ca.len}, TLS_X509_FMT_PEM), 1);
		duo_init(&d, server, NULL);
		if ((i & 1) != 0)
			duo_only12(&d);
		tls_certificate_server_set_request(d.server, TLS_CERT_REQUEST);
		tls_certificate_send_x509_rdn_sequence(d.server, told ? 0 : 1);
		tls_handshake_set_hook_function(
		    d.client, TLS_HANDSHAKE_CERTIFICATE_REQUEST, TLS_HOOK_POST, count_names);
		n_seen = 0;
		duo_connect(&d);
		assert_int_equal(n_seen, trusts && told);
		duo_clear(&d);
		tls_certificate_free_credentials(server);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(refused_by_the_function),
		cmocka_unit_test(not_proved),
		cmocka_unit_test(not_proved_yet),
		cmocka_unit_test(established_and_over),
		cmocka_unit_test(required_to_the_end),
		cmocka_unit_test(names_whom_it_trusts),
	};

	return cmocka_run_group_tests_name("shown", tests, NULL, NULL);
}
