/* call.c - see call.h. */
#include "tests/unit/unit.h"

#include "call.h"

#include "pair.h"
#include "tls/error.h"

#define MAX_CALLS 1000000

tls_protocol_t call_version = TLS_1_3;

static void init_client(struct call *c)
{
	assert_int_equal(tls_init(&c->client, TLS_CLIENT | TLS_NONBLOCK), 0);
	tls_transport_set_ptr(c->client, &c->wire);
	tls_transport_set_pull_function(c->client, wire_client_pull);
	tls_transport_set_push_function(c->client, wire_client_push);
	assert_int_equal(tls_server_name_set(c->client, TLS_NAME_DNS, "localhost", 9), 0);
}

void call_init12(struct call *c, tls_certificate_credentials_t cred, uint16_t scheme)
{
	tls_policy_t policy;

	wire_init(&c->wire);
	serv_init12(&c->serv, &c->wire, cred != NULL ? cred : pair_credentials(),
	    cred != NULL ? scheme : TLS_SIGN_ECDSA_SECP256R1_SHA256);
	init_client(c);
	assert_int_equal(tls_policy_init(&policy, "intermediate"), 0);
	assert_int_equal(tls_policy_set(c->client, policy), 0);
	tls_policy_deinit(policy);
}

void call_init(struct call *c, tls_certificate_credentials_t cred, uint16_t scheme)
{
	if (call_version == TLS_1_2) {
		call_init12(c, cred, scheme);
		return;
	}
	wire_init(&c->wire);
	serv_init(&c->serv, &c->wire, cred != NULL ? cred : pair_credentials(),
	    cred != NULL ? scheme : TLS_SIGN_ECDSA_SECP256R1_SHA256);
	init_client(c);
}

void call_clear(struct call *c)
{
	tls_deinit(c->client);
	serv_clear(&c->serv);
	wire_clear(&c->wire);
}

static void flush(struct call *c)
{
	for (unsigned i = 0; i < 1000 && tls_alert_flush(c->client) != 0; i++)
		serv_run(&c->serv);
	serv_run(&c->serv);
}

int call_handshake(struct call *c)
{
	unsigned idle = 0;

	for (unsigned i = 0; i < MAX_CALLS && idle < 200; i++) {
		size_t in = wire_len(&c->wire.s2c), out = wire_len(&c->wire.c2s);
		int err = tls_handshake(c->client);

		if (err != TLS_E_AGAIN && err != TLS_E_INTERRUPTED) {
			flush(c);
			return err;
		}
		idle = in == wire_len(&c->wire.s2c) && out == wire_len(&c->wire.c2s) ? idle + 1 : 0;
		/* CONTRACT H2 */
		if (tls_record_get_direction(c->client) == 1)
			assert_true(c->wire.again_percent > 0 || c->wire.c2s.window > 0);
		serv_run(&c->serv);
	}
	return TLS_E_AGAIN;
}

void call_connect(struct call *c)
{
	assert_int_equal(call_handshake(c), 0);
	assert_null(c->serv.wrong);
	assert_true(c->serv.done);
}

void call_refused(struct call *c, int got, int expected)
{
	int alert = (int)tls_error_alert(expected);

	assert_string_equal(tls_strerror_name(got), tls_strerror_name(expected));
	assert_int_equal(tls_handshake(c->client), expected);
	serv_run(&c->serv);
	assert_null(c->serv.wrong);
	assert_false(c->serv.done && !c->serv.tls12); /* there the server has the last word */
	assert_int_equal(c->serv.alert, alert != 0 ? alert : -1);
	assert_int_equal(tls_alert_get_sent(c->client), alert != 0 ? alert : -1);
}

void call_refuses(struct call *c, int expected)
{
	call_refused(c, call_handshake(c), expected);
	call_clear(c);
}

int call_answer(struct call *c, bool established)
{
	uint8_t byte;
	int err = established ? (int)call_recv(c, &byte, 1) : call_handshake(c);

	(void)tls_alert_flush(c->client);
	serv_run(&c->serv);
	return err;
}

void call_answers(struct call *c, bool established, int expected)
{
	assert_string_equal(tls_strerror_name(call_answer(c, established)), tls_strerror_name(expected));
	assert_int_equal(tls_handshake(c->client), expected);
	assert_null(c->serv.wrong);
	assert_int_equal(c->serv.alert, tls_error_alert(expected) != 0 ? (int)tls_error_alert(expected) : -1);
	call_clear(c);
}

ssize_t call_recv(struct call *c, void *data, size_t len)
{
	ssize_t n = TLS_E_AGAIN;

	for (unsigned i = 0; i < MAX_CALLS && (n == TLS_E_AGAIN || n == TLS_E_INTERRUPTED); i++) {
		n = tls_record_recv(c->client, data, len);
		/* CONTRACT Q1 */
		if (n == TLS_E_AGAIN)
			assert_int_equal(tls_record_get_direction(c->client), 0);
		if (n == TLS_E_AGAIN && wire_len(&c->wire.s2c) == 0)
			break;
	}
	return n;
}
