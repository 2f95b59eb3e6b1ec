/* last_word_test.c - an alert that a function of the application sends while the session calls it: when it is fatal
 * the session has ended, whether or not the transport took it, and nothing follows it. In each role and version. */
#include "unit.h"

#include "cred.h"
#include "tests/lib/duo.h"
#include "tls/error.h"
#include "tls/output.h"
#include "tls/state.h"

static struct wire_pipe *out; /* of the session that is called */
static unsigned n_left; /* calls until it speaks */
static uint64_t sealed; /* bytes that it had sealed then */
static int said;
static bool blocked, spoke;

static uint64_t sealed_by(tls_session_t s)
{
	return out->total + tls_output_waiting(s);
}

static void speak(tls_session_t s)
{
	if (n_left == 0 || --n_left > 0)
		return;
	if (blocked)
		out->window = wire_len(out) + 1;
	said = tls_alert_send(s, TLS_AL_FATAL, TLS_ALERT_ACCESS_DENIED);
	sealed = sealed_by(s);
	spoke = true;
}

static int hook(tls_session_t s, unsigned htype, unsigned when, unsigned incoming, const tls_datum_t *msg)
{
	(void)htype;
	(void)when;
	(void)incoming;
	(void)msg;
	speak(s);
	return 0;
}

static int verify(tls_session_t s)
{
	speak(s);
	return 0;
}

static void check_ended(struct duo *d, tls_session_t s, int err)
{
	char byte;

	assert_int_equal(err, TLS_E_INVALID_SESSION);
	assert_int_equal(said, blocked ? TLS_E_AGAIN : 0);
	assert_int_equal(sealed_by(s), sealed);
	assert_int_equal(tls_record_recv(s, &byte, 1), TLS_E_INVALID_SESSION);
	assert_int_equal(tls_handshake(s), TLS_E_INVALID_SESSION);
	out->window = 0;
	assert_int_equal(tls_alert_flush(s), 0);
	s = s == d->server ? d->client : d->server;
	if ((tls_session_get_flags(s) & TLS_SFLAGS_ESTABLISHED) == 0)
		(void)tls_handshake(s);
	if ((tls_session_get_flags(s) & TLS_SFLAGS_ESTABLISHED) != 0)
		(void)tls_record_recv(s, &byte, 1);
	assert_int_equal(s->err, TLS_E_FATAL_ALERT_RECEIVED);
	assert_int_equal(tls_alert_get(s), TLS_ALERT_ACCESS_DENIED);
}

static tls_certificate_credentials_t credentials(bool asks)
{
	tls_certificate_credentials_t cred = cred_new();

	assert_int_equal(cred_add_files(cred, "p256.crt.pem", "p256.pkcs8.pem"), 0);
	if (asks)
		assert_int_equal(tls_certificate_set_verify_function(cred, verify), 0);
	return cred;
}

/* At the nth call of the hook, or else of the verify function. False if there is none. */
static bool speaks_at(unsigned n, bool of_server, bool only12, bool in_hook)
{
	tls_certificate_credentials_t server = credentials(!in_hook && of_server);
	tls_certificate_credentials_t client = credentials(!in_hook && !of_server);
	tls_session_t s;
	struct duo d;

	duo_init(&d, server, client);
	if (only12)
		duo_only12(&d);
	tls_certificate_server_set_request(d.server, TLS_CERT_REQUIRE);
	s = of_server ? d.server : d.client;
	out = of_server ? &d.wire.s2c : &d.wire.c2s;
	if (in_hook)
		tls_handshake_set_hook_function(s, TLS_HANDSHAKE_ANY, TLS_HOOK_BOTH, hook);
	n_left = n;
	spoke = false;
	for (unsigned i = 0; i < 20 && !spoke; i++) {
		if ((tls_session_get_flags(d.client) & TLS_SFLAGS_ESTABLISHED) == 0)
			(void)tls_handshake(d.client);
		if (!spoke)
			(void)tls_handshake(d.server);
	}
	if (spoke)
		check_ended(&d, s, s->err);
	duo_clear(&d);
	tls_certificate_free_credentials(server);
	tls_certificate_free_credentials(client);
	return spoke;
}

static void ends_the_handshake(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 16; i++) {
		unsigned n = 1;

		blocked = (i & 1) != 0;
		while (speaks_at(n, (i & 2) != 0, (i & 4) != 0, (i & 8) != 0))
			n++;
		/* every message is told twice */
		assert_true((i & 8) != 0 ? n > 16 : n == 2);
	}
}

/* And what is received behind it isn't handed out. */
static void ends_receiving(void **state)
{
	(void)state;
	for (unsigned i = 1; i <= 4; i++) {
		struct duo d;
		char text[8];

		duo_init(&d, NULL, NULL);
		duo_connect(&d);
		blocked = i > 2;
		out = &d.wire.s2c;
		n_left = i > 2 ? i - 2 : i;
		tls_handshake_set_hook_function(d.server, TLS_HANDSHAKE_KEY_UPDATE, TLS_HOOK_BOTH, hook);
		assert_int_equal(tls_record_send(d.client, "first", 5), 5);
		assert_int_equal(tls_session_key_update(d.client, 0), 0);
		assert_int_equal(tls_record_send(d.client, "data", 4), 4);
		/* what had come before is handed out, and the secrets are gone all the same */
		assert_int_equal(tls_record_recv(d.server, text, sizeof(text)), 5);
		assert_memory_equal(text, "first", 5);
		assert_null(d.server->rd.suite);
		check_ended(&d, d.server, TLS_E_INVALID_SESSION);
		duo_clear(&d);
	}
}

/* Repeated it is pushed, as any alert. */
static void may_be_repeated(void **state)
{
	struct duo d;

	(void)state;
	duo_init(&d, NULL, NULL);
	duo_connect(&d);
	d.wire.s2c.window = wire_len(&d.wire.s2c) + 1;
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(tls_alert_send(d.server, TLS_AL_FATAL, TLS_ALERT_ACCESS_DENIED), TLS_E_AGAIN);
	assert_int_equal(tls_record_get_direction(d.server), 1);
	assert_int_equal(tls_alert_send(d.server, TLS_AL_FATAL, TLS_ALERT_USER_CANCELED), TLS_E_INVALID_SESSION);
	d.wire.s2c.window = 0;
	assert_int_equal(tls_alert_send(d.server, TLS_AL_FATAL, TLS_ALERT_ACCESS_DENIED), 0);
	assert_int_equal(tls_alert_send(d.server, TLS_AL_FATAL, TLS_ALERT_ACCESS_DENIED), TLS_E_INVALID_SESSION);
	duo_clear(&d);
}

/* close_notify in the midst of a handshake: no message behind it, either. */
static void closing_stops_the_handshake(void **state)
{
	(void)state;
	for (unsigned only12 = 0; only12 < 2; only12++) {
		struct duo d;

		duo_init(&d, NULL, NULL);
		if (only12)
			duo_only12(&d);
		out = &d.wire.s2c;
		assert_int_equal(tls_handshake(d.client), TLS_E_AGAIN);
		assert_int_equal(tls_alert_send(d.server, TLS_AL_WARNING, TLS_ALERT_CLOSE_NOTIFY), 0);
		sealed = sealed_by(d.server);
		assert_int_equal(tls_handshake(d.server), TLS_E_INVALID_SESSION);
		assert_int_equal(sealed_by(d.server), sealed);
		duo_clear(&d);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(ends_the_handshake),
		cmocka_unit_test(ends_receiving),
		cmocka_unit_test(may_be_repeated),
		cmocka_unit_test(closing_stops_the_handshake),
	};

	return cmocka_run_group_tests_name("last_word", tests, NULL, NULL);
}
