/* export_test.c - exported keying material and channel bindings: what two sides share, and who gets none. The
 * figures of the formulas are in sched12_test and sched13_test, other stacks' in tests/wire. */
#include "hex.h"

#include "cred.h"
#include "tests/lib/duo.h"
#include "tests/lib/pair.h"
#include "tests/lib/resumed.h"
#include "tls/bytes/mem.h"
#include "tls/crypto/prf.h"
#include "tls/error.h"
#include "tls/state.h"

#define LABEL "EXPORTER-test"

static char a[TLS_EXPORT_MAX_LEN + 1], b[TLS_EXPORT_MAX_LEN + 1];

static int export(tls_session_t s, const char *label, const char *context, size_t context_len, char *out, size_t n)
{
	memset(out, 0, sizeof(a));
	return tls_prf_rfc5705(s, strlen(label), label, context_len, context, n, out);
}

static const struct {
	const char *label, *context;
	size_t context_len;
} asked[] = {
	{LABEL, NULL, 0},
	{LABEL, "", 0},
	{LABEL, "c", 1},
	{LABEL, "context", 7},
	{LABEL "2", "context", 7},
	{"x", NULL, 0},
};

#define N_ASKED (sizeof(asked) / sizeof(asked[0]))

/* Both sides make the same, and something else for each question; but for an empty context, no context is
 * one in TLS 1.3 only. */
static void both_sides_13(void **state)
{
	char first[N_ASKED][64];
	struct duo d;

	(void)state;
	duo_init(&d, NULL, NULL);
	duo_connect(&d);
	for (size_t i = 0; i < N_ASKED; i++) {
		assert_int_equal(export(d.client, asked[i].label, asked[i].context, asked[i].context_len, a, 64), 0);
		assert_int_equal(export(d.server, asked[i].label, asked[i].context, asked[i].context_len, b, 64), 0);
		assert_memory_equal(a, b, 64);
		memcpy(first[i], a, 64);
		for (size_t j = 0; j < i; j++)
			assert_int_equal(memcmp(first[j], a, 64) == 0, i == 1 && j == 0);
	}
	/* a key update changes nothing */
	assert_int_equal(tls_session_key_update(d.client, TLS_KU_PEER), 0);
	duo_pass(d.client, d.server, "x", 1);
	duo_pass(d.server, d.client, "x", 1);
	assert_int_equal(export(d.server, "x", NULL, 0, a, 64), 0);
	assert_memory_equal(first[N_ASKED - 1], a, 64);
	duo_clear(&d);
}

/* The scripted client knows the master secret; the formula is typed out here. */
static void against_the_formula_12(void **state)
{
	uint8_t seed[64 + 2 + 7];
	struct pair p;

	(void)state;
	pair_init12(&p, NULL);
	pair_connect(&p);
	memcpy(seed, p.peer.random, 32);
	memcpy(seed + 32, p.peer.server_random, 32);
	for (size_t i = 0; i < N_ASKED; i++) {
		size_t n = asked[i].context_len;

		seed[64] = 0;
		seed[65] = (uint8_t)n;
		memcpy(seed + 66, asked[i].context != NULL ? asked[i].context : "", n);
		tls_prf(p.peer.chosen->hash, (uint8_t *)b, 64, tls_span(p.peer.sched12.master, 48), asked[i].label,
		    tls_span(seed, asked[i].context != NULL ? 66 + n : 64), tls_span(NULL, 0));
		assert_int_equal(export(p.server, asked[i].label, asked[i].context, n, a, 64), 0);
		assert_memory_equal(a, b, 64);
	}
	pair_clear(&p);
}

static void without_extended_master_secret(void **state)
{
	tls_datum_t cb;
	struct pair p;

	(void)state;
	pair_init12(&p, NULL);
	p.peer.no_extended_master_secret = true;
	pair_connect(&p);
	assert_int_equal(export(p.server, LABEL, NULL, 0, a, 32), TLS_E_INVALID_REQUEST);
	assert_int_equal(tls_session_channel_binding(p.server, TLS_CB_TLS_EXPORTER, &cb), TLS_E_INVALID_REQUEST);
	assert_int_equal(tls_session_channel_binding(p.server, TLS_CB_TLS_SERVER_END_POINT, &cb), 0);
	tls_free(cb.data);
	pair_clear(&p);
}

static void only_when_established(void **state)
{
	tls_datum_t cb;
	struct duo d;

	(void)state;
	duo_init(&d, NULL, NULL);
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(export(d.server, LABEL, NULL, 0, a, 32), TLS_E_INVALID_REQUEST);
		assert_int_equal(tls_session_channel_binding(d.server, TLS_CB_TLS_EXPORTER, &cb), TLS_E_INVALID_REQUEST);
		assert_int_equal(
		    tls_session_channel_binding(d.server, TLS_CB_TLS_SERVER_END_POINT, &cb), TLS_E_INVALID_REQUEST);
		assert_null(cb.data);
		if (i == 0) { /* and with the server's Finished sent */
			assert_int_equal(tls_handshake(d.client), TLS_E_AGAIN);
			assert_int_equal(tls_handshake(d.server), TLS_E_AGAIN);
		}
	}
	duo_connect(&d);
	assert_int_equal(export(d.server, LABEL, NULL, 0, a, 32), 0);
	assert_int_equal(tls_alert_send(d.server, TLS_AL_FATAL, TLS_ALERT_ACCESS_DENIED), 0);
	assert_int_equal(export(d.server, LABEL, NULL, 0, a, 32), TLS_E_INVALID_SESSION);
	assert_int_equal(
	    tls_session_channel_binding(d.server, TLS_CB_TLS_SERVER_END_POINT, &cb), TLS_E_INVALID_SESSION);
	assert_int_equal(d.server->exporter.len, 0);
	duo_clear(&d);
}

static void lengths(void **state)
{
	static char context[65536], label[251];
	struct duo d;
	struct pair p;

	(void)state;
	memset(label, 'l', 250);
	duo_init(&d, NULL, NULL);
	duo_connect(&d);
	pair_init12(&p, NULL);
	pair_connect(&p);
	for (unsigned i = 0; i < 2; i++) {
		tls_session_t s = i == 0 ? d.server : p.server;

		assert_int_equal(export(s, LABEL, context, 65535, a, TLS_EXPORT_MAX_LEN), 0);
		assert_int_equal(export(s, LABEL, context, 65536, a, 32), TLS_E_INVALID_REQUEST);
		assert_int_equal(export(s, LABEL, NULL, 0, a, TLS_EXPORT_MAX_LEN + 1), TLS_E_INVALID_REQUEST);
		assert_int_equal(export(s, LABEL, NULL, 0, a, 0), 0);
		assert_int_equal(export(s, "", NULL, 0, a, 32), TLS_E_INVALID_REQUEST);
		assert_int_equal(export(s, label, NULL, 0, a, 32), TLS_E_INVALID_REQUEST);
		assert_int_equal(export(s, label + 1, NULL, 0, a, 32), 0);
		assert_int_equal(tls_prf_rfc5705(s, 3, "a\0b", 0, NULL, 32, a), TLS_E_INVALID_REQUEST);
	}
	duo_clear(&d);
	pair_clear(&p);
}

static void reserved_labels_12(void **state)
{
	static const char *const labels[] = {"client finished", "server finished", "master secret",
	    "extended master secret", "key expansion", "key expansion and more", "master secretly"};
	struct pair p;

	(void)state;
	pair_init12(&p, NULL);
	pair_connect(&p);
	for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++)
		assert_int_equal(export(p.server, labels[i], NULL, 0, a, 32), TLS_E_INVALID_REQUEST);
	assert_int_equal(export(p.server, "key expansio", NULL, 0, a, 32), 0);
	assert_int_equal(export(p.server, "a master secret", NULL, 0, a, 32), 0);
	pair_clear(&p);
}

static void no_memory(void **state)
{
	tls_datum_t cb;
	struct pair p;

	(void)state;
	pair_init12(&p, NULL);
	pair_connect(&p);
	tls_mem_fail_at(1);
	assert_int_equal(export(p.server, LABEL, NULL, 0, a, 32), TLS_E_MEMORY_ERROR);
	for (unsigned n = 1; n <= 2; n++) {
		tls_mem_fail_at(n);
		assert_int_equal(tls_session_channel_binding(p.server, TLS_CB_TLS_EXPORTER, &cb), TLS_E_MEMORY_ERROR);
		assert_null(cb.data);
	}
	tls_mem_fail_at(0);
	assert_int_equal(export(p.server, LABEL, NULL, 0, a, 32), 0);
	pair_clear(&p);
}

/* ---- Channel bindings */

static void exporter_binding(void **state)
{
	tls_datum_t client, server;
	struct duo d;

	(void)state;
	duo_init(&d, NULL, NULL);
	duo_connect(&d);
	assert_int_equal(tls_session_channel_binding(d.client, TLS_CB_TLS_EXPORTER, &client), 0);
	assert_int_equal(tls_session_channel_binding(d.server, TLS_CB_TLS_EXPORTER, &server), 0);
	assert_int_equal(client.size, 32);
	assert_int_equal(server.size, 32);
	assert_memory_equal(client.data, server.data, 32);
	/* RFC 9266 section 3: label, context and length */
	assert_int_equal(export(d.client, "EXPORTER-Channel-Binding", "", 0, a, 32), 0);
	assert_memory_equal(client.data, a, 32);
	tls_free(client.data);
	tls_free(server.data);
	assert_int_equal(tls_session_channel_binding(d.client, TLS_CB_TLS_UNIQUE, &client), TLS_E_INVALID_REQUEST);
	duo_clear(&d);
}

/* RFC 9266 section 3 has an empty context, not none. */
static void exporter_binding_12(void **state)
{
	tls_datum_t cb;
	struct pair p;

	(void)state;
	pair_init12(&p, NULL);
	pair_connect(&p);
	assert_int_equal(tls_session_channel_binding(p.server, TLS_CB_TLS_EXPORTER, &cb), 0);
	assert_int_equal(export(p.server, "EXPORTER-Channel-Binding", "", 0, a, 32), 0);
	assert_memory_equal(cb.data, a, 32);
	tls_free(cb.data);
	pair_clear(&p);
}

/* The hashes are what "openssl x509 -fingerprint" gives. */
static const struct {
	const char *crt, *key, *hash;
} files[] = {
	{"p256.crt.pem", "p256.pkcs8.pem", "9eccccb4824eb89460298d866039858a07a3155b5dc7c0675bd2b0023db00800"},
	{"p384.crt.pem", "p384.sec1.pem", "f7fb99a7fbd5b601ce75a03b669e604a508ffa1dc655d68c797dab61980d50d9"},
	{"rsa.crt.pem", "rsa.pkcs1.pem", "9642f0b29b2f5b9536095963d4b32933ee41e5a2a60252435cbbb78cc6dbff18"},
	{"ed25519.crt.pem", "ed25519.pkcs8.pem", NULL},
};

static void end_point(tls_session_t s, const char *hash)
{
	tls_datum_t cb;

	if (hash == NULL) {
		assert_int_equal(tls_session_channel_binding(s, TLS_CB_TLS_SERVER_END_POINT, &cb),
		    TLS_E_REQUESTED_DATA_NOT_AVAILABLE);
		return;
	}
	assert_int_equal(tls_session_channel_binding(s, TLS_CB_TLS_SERVER_END_POINT, &cb), 0);
	assert_hex(cb.data, cb.size, hash);
	tls_free(cb.data);
}

static void server_end_point(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		tls_certificate_credentials_t cred = cred_new(), client_cred = cred_new();
		struct duo d;
		struct pair p;

		assert_int_equal(cred_add_files(cred, files[i].crt, files[i].key), 0);
		assert_int_equal(cred_add_files(client_cred, "p521.crt.pem", "p521.pkcs8.pem"), 0);
		duo_init(&d, cred, client_cred);
		/* the client's own certificate has nothing to do with it */
		tls_certificate_server_set_request(d.server, TLS_CERT_REQUIRE);
		duo_connect(&d);
		end_point(d.client, files[i].hash);
		end_point(d.server, files[i].hash);
		duo_clear(&d);
		pair_init12(&p, cred);
		pair_connect(&p);
		end_point(p.server, files[i].hash);
		pair_clear(&p);
		tls_certificate_free_credentials(cred);
		tls_certificate_free_credentials(client_cred);
	}
}

/* The bindings of a resumed session: another secret, the same server. */
static void resumed_bindings(void **state)
{
	tls_certificate_credentials_t cred = cred_new();
	tls_datum_t first, again, other;
	struct resumed r;
	struct duo d;

	(void)state;
	assert_int_equal(cred_add_files(cred, files[0].crt, files[0].key), 0);
	resumed_init(&r, TLS_1_3, RESUMED_TICKETS);
	r.cred = cred;
	resumed_begin(&r, &d);
	assert_false(resumed_connect(&r, &d));
	assert_int_equal(tls_session_channel_binding(d.client, TLS_CB_TLS_EXPORTER, &first), 0);
	duo_clear(&d);
	resumed_begin(&r, &d);
	assert_true(resumed_connect(&r, &d));
	assert_int_equal(tls_session_channel_binding(d.client, TLS_CB_TLS_EXPORTER, &again), 0);
	assert_int_equal(tls_session_channel_binding(d.server, TLS_CB_TLS_EXPORTER, &other), 0);
	assert_memory_equal(again.data, other.data, 32);
	assert_memory_not_equal(again.data, first.data, 32);
	end_point(d.client, files[0].hash);
	end_point(d.server, files[0].hash);
	duo_clear(&d);
	tls_free(first.data);
	tls_free(again.data);
	tls_free(other.data);
	resumed_clear(&r);
	tls_certificate_free_credentials(cred);
}

/* The exporter is of the last handshake, and there is none under way; RFC 9266 section 4.2 has no binding. */
static void renegotiated(void **state)
{
	tls_datum_t cb;
	struct duo d;
	char byte;

	(void)state;
	duo_init(&d, NULL, NULL);
	duo_only12(&d);
	duo_connect(&d);
	assert_int_equal(export(d.server, LABEL, NULL, 0, a, 32), 0);
	assert_int_equal(tls_session_channel_binding(d.server, TLS_CB_TLS_EXPORTER, &cb), 0);
	tls_free(cb.data);
	assert_int_equal(tls_rehandshake(d.server), 0);
	assert_int_equal(tls_record_recv(d.client, &byte, 1), TLS_E_REHANDSHAKE);
	assert_int_equal(tls_handshake(d.client), TLS_E_AGAIN);
	assert_int_equal(export(d.client, LABEL, NULL, 0, b, 32), TLS_E_INVALID_REQUEST);
	d.client_err = d.server_err = TLS_E_AGAIN;
	duo_connect(&d);
	assert_int_equal(export(d.server, LABEL, NULL, 0, b, 32), 0);
	assert_memory_not_equal(a, b, 32);
	assert_int_equal(export(d.client, LABEL, NULL, 0, a, 32), 0);
	assert_memory_equal(a, b, 32);
	assert_int_equal(tls_session_channel_binding(d.server, TLS_CB_TLS_EXPORTER, &cb), TLS_E_INVALID_REQUEST);
	assert_int_equal(tls_session_channel_binding(d.client, TLS_CB_TLS_EXPORTER, &cb), TLS_E_INVALID_REQUEST);
	assert_int_equal(tls_session_channel_binding(d.client, TLS_CB_TLS_SERVER_END_POINT, &cb), 0);
	tls_free(cb.data);
	duo_clear(&d);
	/* nor where there may be one */
	duo_init(&d, NULL, NULL);
	duo_only12(&d);
	d.server->flags |= TLS_ALLOW_RENEGOTIATION;
	duo_connect(&d);
	assert_int_equal(tls_session_channel_binding(d.server, TLS_CB_TLS_EXPORTER, &cb), TLS_E_INVALID_REQUEST);
	duo_clear(&d);
}

/* A renegotiation that tls_bye has ended: before the answer all is as it was; in its midst there is nothing that both
 * sides have. */
static void renegotiation_given_up(void **state)
{
	(void)state;
	for (unsigned midst = 0; midst < 2; midst++) {
		tls_datum_t cb;
		struct duo d;

		duo_init(&d, NULL, NULL);
		duo_only12(&d);
		d.server->flags |= TLS_ALLOW_RENEGOTIATION;
		duo_connect(&d);
		assert_int_equal(export(d.server, LABEL, NULL, 0, b, 32), 0);
		assert_int_equal(tls_handshake(d.client), TLS_E_AGAIN);
		if (midst) {
			char byte;

			assert_int_equal(tls_record_recv(d.server, &byte, 1), TLS_E_REHANDSHAKE);
			assert_int_equal(tls_handshake(d.server), TLS_E_AGAIN);
			assert_int_equal(tls_session_channel_binding(d.server, TLS_CB_TLS_SERVER_END_POINT, &cb),
			    TLS_E_INVALID_REQUEST);
			d.wire.c2s.window = wire_len(&d.wire.c2s) + 1;
			assert_int_equal(tls_handshake(d.client), TLS_E_AGAIN);
			d.wire.c2s.window = 0;
		}
		assert_int_equal(tls_bye(d.client, TLS_SHUT_WR), 0);
		if (midst) {
			assert_int_equal(export(d.client, LABEL, NULL, 0, a, 32), TLS_E_INVALID_REQUEST);
			assert_int_equal(tls_session_channel_binding(d.client, TLS_CB_TLS_SERVER_END_POINT, &cb),
			    TLS_E_INVALID_REQUEST);
		} else {
			assert_int_equal(export(d.client, LABEL, NULL, 0, a, 32), 0);
			assert_memory_equal(a, b, 32);
		}
		duo_clear(&d);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_sides_13),
		cmocka_unit_test(against_the_formula_12),
		cmocka_unit_test(without_extended_master_secret),
		cmocka_unit_test(only_when_established),
		cmocka_unit_test(lengths),
		cmocka_unit_test(reserved_labels_12),
		cmocka_unit_test(no_memory),
		cmocka_unit_test(exporter_binding),
		cmocka_unit_test(exporter_binding_12),
		cmocka_unit_test(server_end_point),
		cmocka_unit_test(resumed_bindings),
		cmocka_unit_test(renegotiated),
		cmocka_unit_test(renegotiation_given_up),
	};

	return cmocka_run_group_tests_name("export", tests, NULL, NULL);
}
