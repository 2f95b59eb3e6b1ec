/* pair.c - see pair.h. */
#include "tests/unit/unit.h"

#include "pair.h"

#include <time.h>

#include "tls/error.h"

#define MAX_CALLS 1000000

tls_certificate_credentials_t pair_credentials(void)
{
	static tls_certificate_credentials_t cred;
	static const char *const names[] = {"localhost"};

	if (cred == NULL) {
		assert_int_equal(tls_certificate_allocate_credentials(&cred), 0);
		assert_int_equal(tls_certificate_set_self_signed(cred, names, 1, time(NULL), 30), 0);
	}
	return cred;
}

tls_protocol_t pair_version = TLS_1_3;

static void init_server(struct pair *p, tls_certificate_credentials_t cred)
{
	assert_int_equal(tls_init(&p->server, TLS_SERVER | TLS_NONBLOCK), 0);
	tls_transport_set_ptr(p->server, &p->wire);
	tls_transport_set_pull_function(p->server, wire_pull);
	tls_transport_set_push_function(p->server, wire_push);
	assert_int_equal(tls_credentials_set(p->server, TLS_CRD_CERTIFICATE,
	                     cred != NULL ? cred : pair_credentials()),
	    0);
}

void pair_init12(struct pair *p, tls_certificate_credentials_t cred)
{
	tls_policy_t policy;

	wire_init(&p->wire);
	peer_init12(&p->peer, &p->wire);
	init_server(p, cred);
	assert_int_equal(tls_policy_init(&policy, "intermediate"), 0);
	assert_int_equal(tls_policy_set(p->server, policy), 0);
	tls_policy_deinit(policy);
}

void pair_init(struct pair *p, tls_certificate_credentials_t cred)
{
	if (pair_version == TLS_1_2) {
		pair_init12(p, cred);
		return;
	}
	wire_init(&p->wire);
	peer_init(&p->peer, &p->wire);
	init_server(p, cred);
}

void pair_clear(struct pair *p)
{
	tls_deinit(p->server);
	peer_clear(&p->peer);
	wire_clear(&p->wire);
}

int pair_run_handshake(struct pair *p)
{
	unsigned idle = 0;

	for (unsigned i = 0; i < MAX_CALLS && idle < 200; i++) {
		size_t in = wire_len(&p->wire.c2s), out = wire_len(&p->wire.s2c);
		int err = tls_handshake(p->server);

		if (err != TLS_E_AGAIN && err != TLS_E_INTERRUPTED) {
			pair_flush(p);
			return err;
		}
		idle = in == wire_len(&p->wire.c2s) && out == wire_len(&p->wire.s2c) ? idle + 1 : 0;
		/* CONTRACT H2: it says "write" only when the transport took not everything */
		if (tls_record_get_direction(p->server) == 1)
			assert_true(p->wire.again_percent > 0 || p->wire.s2c.window > 0);
		peer_run(&p->peer);
	}
	return TLS_E_AGAIN;
}

int pair_handshake(struct pair *p)
{
	peer_hello(&p->peer);
	return pair_run_handshake(p);
}

void pair_connect(struct pair *p)
{
	assert_int_equal(pair_handshake(p), 0);
	peer_run(&p->peer);
	assert_null(p->peer.wrong);
	assert_true(p->peer.done);
}

ssize_t pair_recv(struct pair *p, void *data, size_t len)
{
	ssize_t n = TLS_E_AGAIN;

	for (unsigned i = 0; i < MAX_CALLS && (n == TLS_E_AGAIN || n == TLS_E_INTERRUPTED); i++) {
		n = tls_record_recv(p->server, data, len);
		/* CONTRACT Q1 */
		if (n == TLS_E_AGAIN)
			assert_int_equal(tls_record_get_direction(p->server), 0);
		if (n == TLS_E_AGAIN && wire_len(&p->wire.c2s) == 0 && !p->wire.c2s.closed)
			break;
	}
	return n;
}

ssize_t pair_send(struct pair *p, const void *data, size_t len)
{
	ssize_t n = tls_record_send(p->server, data, len);

	for (unsigned i = 0; i < MAX_CALLS && (n == TLS_E_AGAIN || n == TLS_E_INTERRUPTED); i++) {
		/* CONTRACT Q2 */
		if (n == TLS_E_AGAIN)
			assert_int_equal(tls_record_get_direction(p->server), 1);
		if (n == TLS_E_AGAIN && p->wire.s2c.window > 0 &&
		    wire_len(&p->wire.s2c) >= p->wire.s2c.window)
			break;
		n = tls_record_send(p->server, NULL, 0);
	}
	return n;
}

void pair_flush(struct pair *p)
{
	for (unsigned i = 0; i < 1000 && tls_alert_flush(p->server) != 0; i++)
		peer_run(&p->peer);
	peer_run(&p->peer);
}

void pair_refused(struct pair *p, int got, int expected)
{
	assert_string_equal(tls_strerror_name(got), tls_strerror_name(expected));
	assert_int_equal(tls_handshake(p->server), expected);
	peer_run(&p->peer);
	if (tls_error_alert(expected) != 0) {
		assert_int_equal(p->peer.alert, tls_error_alert(expected));
		assert_int_equal(p->peer.alert_level, TLS_AL_FATAL);
	}
	assert_int_equal(tls_alert_get_sent(p->server),
	    tls_error_alert(expected) != 0 ? (int)tls_error_alert(expected) : -1);
}

void pair_refuses(struct pair *p, int expected)
{
	pair_refused(p, pair_run_handshake(p), expected);
	pair_clear(p);
}

void pair_hold(struct pair *p)
{
	p->peer.hold_finished = true;
	assert_int_equal(pair_handshake(p), TLS_E_AGAIN);
}

size_t pair_hello_len(void)
{
	struct pair p;
	struct tls_buf hello = {0};
	size_t len;

	pair_init(&p, NULL);
	peer_encode_hello(&p.peer, &hello);
	len = hello.len;
	tls_buf_clear(&hello);
	pair_clear(&p);
	return len;
}
