/* client_proof12_test.c - what a server of TLS 1.2 refuses of a client that is asked for a certificate: messages left
 * out or out of order, certificates and signatures that are none. RFC 5246 sections 7.4.6 and 7.4.8. */
#include "unit.h"

#include "cred.h"
#include "tests/lib/duo.h"
#include "tests/lib/pair.h"
#include "tls/bytes/mem.h"
#include "tls/error.h"

static tls_certificate_credentials_t credentials(void)
{
	tls_certificate_credentials_t cred = cred_new();

	assert_int_equal(cred_add_files(cred, "p256.crt.pem", "p256.pkcs8.pem"), 0);
	return cred;
}

/* A client with a P-256 certificate that stands behind ServerHelloDone. */
static tls_certificate_credentials_t asked(struct pair *p, tls_certificate_request_t how)
{
	static const uint16_t own = 0x0403;
	tls_certificate_credentials_t cred = credentials();
	uint16_t chosen;

	pair_init12(p, NULL);
	p->peer.hold_finished = true;
	p->peer.client_scheme = own;
	assert_int_equal(
	    tls_credentials_choose(cred, &p->peer.entry, &chosen, tls_span(NULL, 0), &own, 1, &own, 1), 0);
	tls_certificate_server_set_request(p->server, how);
	assert_int_equal(pair_handshake(p), TLS_E_AGAIN);
	return cred;
}

static tls_certificate_credentials_t at_certificate(struct pair *p)
{
	return asked(p, TLS_CERT_REQUIRE);
}

static void clear(struct pair *p, tls_certificate_credentials_t cred)
{
	pair_clear(p);
	tls_certificate_free_credentials(cred);
}

/* SMACK: leaving out what would have to be proved. */
static void security_state_confusion_client_certificate_12_server(void **state)
{
	tls_certificate_credentials_t cred;
	struct pair p;

	(void)state;
	cred = at_certificate(&p); /* no Certificate */
	peer12_key_exchange(&p.peer);
	pair_refused(&p, pair_run_handshake(&p), TLS_E_UNEXPECTED_HANDSHAKE_PACKET);
	clear(&p, cred);
	cred = at_certificate(&p); /* an empty one: wolfSSL, CVE-2021-3336 */
	p.peer.entry = NULL;
	peer12_certificate(&p.peer);
	peer12_key_exchange(&p.peer);
	pair_refused(&p, pair_run_handshake(&p), TLS_E_NO_PEER_CERTIFICATE);
	clear(&p, cred);
	cred = at_certificate(&p); /* no CertificateVerify */
	peer12_certificate(&p.peer);
	peer12_key_exchange(&p.peer);
	peer12_ccs(&p.peer);
	pair_refused(&p, pair_run_handshake(&p), TLS_E_UNEXPECTED_CCS);
	clear(&p, cred);
	cred = asked(&p, TLS_CERT_REQUEST); /* one with nothing to prove */
	p.peer.entry = NULL;
	peer12_certificate(&p.peer);
	peer12_key_exchange(&p.peer);
	peer_send_message(&p.peer, TLS_HANDSHAKE_CERTIFICATE_VERIFY, "\4\3\0\0", 4);
	pair_refused(&p, pair_run_handshake(&p), TLS_E_UNEXPECTED_HANDSHAKE_PACKET);
	clear(&p, cred);
}

/* A client that nobody asked. */
static void certificate_not_asked_for(void **state)
{
	tls_certificate_credentials_t cred = credentials();
	struct pair p;

	(void)state;
	pair_init12(&p, NULL);
	pair_hold(&p);
	peer12_certificate(&p.peer);
	pair_refused(&p, pair_run_handshake(&p), TLS_E_UNEXPECTED_HANDSHAKE_PACKET);
	clear(&p, cred);
}

static void contract_H9_every_other_message_behind_a_request_12_server(void **state)
{
	static const uint8_t body[64];

	(void)state;
	for (unsigned place = 0; place < 3; place++) {
		for (unsigned type = 0; type < 256; type++) {
			static const unsigned expected[] = {11, 16, 15};
			tls_certificate_credentials_t cred;
			struct pair p;

			if (type == expected[place])
				continue;
			cred = at_certificate(&p);
			if (place >= 1)
				peer12_certificate(&p.peer);
			if (place >= 2)
				peer12_key_exchange(&p.peer);
			peer_send_message(&p.peer, type, body, sizeof(body));
			pair_refused(&p, pair_run_handshake(&p), TLS_E_UNEXPECTED_HANDSHAKE_PACKET);
			clear(&p, cred);
		}
	}
}

/* What a CertificateVerify of this scheme and signature leads to; spoil: the bit that is turned over, -1: none. */
static void verify_is(uint16_t scheme, uint16_t sign_with, int spoil, int expected)
{
	uint8_t sig[TLS_SIG_MAX_LEN];
	size_t sig_len;
	struct tls_span input;
	struct tls_buf b = {0};
	struct pair p;
	tls_certificate_credentials_t cred = at_certificate(&p);

	peer12_certificate(&p.peer);
	peer12_key_exchange(&p.peer);
	assert_int_equal(tls_transcript_messages(&p.peer.io.transcript, &input), 0);
	assert_int_equal(
	    tls_sig_sign(sig, &sig_len, p.peer.entry->key, sign_with, input.p, input.len, NULL), 0);
	if (spoil >= 0)
		sig[(size_t)spoil / 8 % sig_len] ^= (uint8_t)(1 << spoil % 8);
	tls_buf_u16(&b, scheme);
	tls_buf_u16(&b, (unsigned)sig_len);
	tls_buf_bytes(&b, sig, sig_len);
	peer_send_message(&p.peer, TLS_HANDSHAKE_CERTIFICATE_VERIFY, b.p, b.len);
	tls_buf_clear(&b);
	if (expected == 0) {
		peer12_ccs(&p.peer);
		peer12_finished(&p.peer);
		assert_int_equal(pair_run_handshake(&p), 0);
	} else {
		pair_refused(&p, pair_run_handshake(&p), expected);
	}
	clear(&p, cred);
}

static void security_wrong_client_signature_12_server(void **state)
{
	static const uint16_t foreign[] = {0, 0x0201, 0x0203, 0x0303, 0x0401, 0x0804, 0x0807, 0x0808, 0xffff};

	(void)state;
	verify_is(0x0403, 0x0403, -1, 0);
	verify_is(0x0503, 0x0503, -1, 0);
	verify_is(0x0503, 0x0403, -1, TLS_E_SIGNATURE_VERIFY_FAILED);
	for (int bit = 0; bit < 8 * 70; bit += 3)
		verify_is(0x0403, 0x0403, bit, TLS_E_SIGNATURE_VERIFY_FAILED);
	for (unsigned i = 0; i < sizeof(foreign) / sizeof(foreign[0]); i++)
		verify_is(foreign[i], 0x0403, -1, TLS_E_ILLEGAL_PARAMETER);
}

/* A good signature over the messages of another handshake. */
static void security_replayed_client_signature_12_server(void **state)
{
	tls_certificate_credentials_t cred;
	struct pair p;

	(void)state;
	cred = at_certificate(&p);
	peer12_certificate(&p.peer);
	peer12_key_exchange(&p.peer);
	p.peer.io.transcript.kept.p[10] ^= 1; /* of the random in its hello */
	peer12_verify(&p.peer);
	pair_refused(&p, pair_run_handshake(&p), TLS_E_SIGNATURE_VERIFY_FAILED);
	clear(&p, cred);
}

static void wrong_certificates(void **state)
{
	static const struct {
		const char *file;
		int error;
	} rows[] = {
		{"rsa1024.crt.pem", TLS_E_PEER_CERTIFICATE_UNSUPPORTED},
		{"ed448.crt.pem", TLS_E_PEER_CERTIFICATE_UNSUPPORTED},
		{NULL, TLS_E_PEER_CERTIFICATE_ERROR},
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct data der = {.len = 3, .bytes = {0x30, 0x01, 0x00}};
		struct tls_buf b = {0};
		struct tls_block list, one;
		struct pair p;
		tls_certificate_credentials_t cred = at_certificate(&p);

		if (rows[i].file != NULL)
			data_read_der(&der, rows[i].file, 0);
		list = tls_buf_open(&b, 3);
		one = tls_buf_open(&b, 3);
		tls_buf_bytes(&b, der.bytes, der.len);
		tls_buf_close(&b, one);
		tls_buf_close(&b, list);
		peer_send_message(&p.peer, TLS_HANDSHAKE_CERTIFICATE_PKT, b.p, b.len);
		pair_refused(&p, pair_run_handshake(&p), rows[i].error);
		tls_buf_clear(&b);
		clear(&p, cred);
	}
}

static int asks_late(tls_session_t s, unsigned htype, unsigned when, unsigned incoming, const tls_datum_t *msg)
{
	(void)htype;
	(void)when;
	(void)incoming;
	(void)msg;
	tls_certificate_server_set_request(s, TLS_CERT_REQUIRE);
	return 0;
}

/* Asked for behind the hello, when the messages that prove it are gone: nothing is proved by a signature of none. */
static void security_client_certificate_asked_for_too_late_12_server(void **state)
{
	tls_certificate_credentials_t server = credentials(), client = credentials();
	struct duo d;
	unsigned n;

	(void)state;
	duo_init(&d, server, client);
	duo_only12(&d);
	tls_handshake_set_hook_function(d.server, TLS_HANDSHAKE_CLIENT_HELLO, TLS_HOOK_POST, asks_late);
	assert_true(duo_handshake(&d));
	assert_int_equal(tls_certificate_client_get_request_status(d.client), 0);
	assert_null(tls_certificate_get_peers(d.server, &n));
	duo_clear(&d);
	tls_certificate_free_credentials(server);
	tls_certificate_free_credentials(client);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(security_state_confusion_client_certificate_12_server),
		cmocka_unit_test(certificate_not_asked_for),
		cmocka_unit_test(contract_H9_every_other_message_behind_a_request_12_server),
		cmocka_unit_test(security_wrong_client_signature_12_server),
		cmocka_unit_test(security_replayed_client_signature_12_server),
		cmocka_unit_test(wrong_certificates),
		cmocka_unit_test(security_client_certificate_asked_for_too_late_12_server),
	};

	return cmocka_run_group_tests_name("client_proof12", tests, NULL, NULL);
}
