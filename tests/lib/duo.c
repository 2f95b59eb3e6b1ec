/* duo.c - see duo.h. */
#include "tests/unit/unit.h"

#include "duo.h"

#include <stdlib.h>

#include "pair.h"

#define MAX_CALLS 1000000

void duo_init(struct duo *d, tls_certificate_credentials_t cred, tls_certificate_credentials_t client_cred)
{
	wire_init(&d->wire);
	assert_int_equal(tls_init(&d->server, TLS_SERVER | TLS_NONBLOCK), 0);
	tls_transport_set_ptr(d->server, &d->wire);
	tls_transport_set_pull_function(d->server, wire_pull);
	tls_transport_set_push_function(d->server, wire_push);
	assert_int_equal(tls_credentials_set(d->server, TLS_CRD_CERTIFICATE,
	                     cred != NULL ? cred : pair_credentials()),
	    0);
	assert_int_equal(tls_init(&d->client, TLS_CLIENT | TLS_NONBLOCK), 0);
	tls_transport_set_ptr(d->client, &d->wire);
	tls_transport_set_pull_function(d->client, wire_client_pull);
	tls_transport_set_push_function(d->client, wire_client_push);
	assert_int_equal(tls_server_name_set(d->client, TLS_NAME_DNS, "localhost", 9), 0);
	if (client_cred != NULL)
		assert_int_equal(tls_credentials_set(d->client, TLS_CRD_CERTIFICATE, client_cred), 0);
	d->client_err = d->server_err = TLS_E_AGAIN;
}

void duo_set_version(struct duo *d, tls_protocol_t version)
{
	tls_policy_t policy;

	assert_int_equal(tls_policy_init(&policy, "intermediate"), 0);
	assert_int_equal(tls_policy_set_versions(policy, version, version), 0);
	assert_int_equal(tls_policy_set(d->client, policy), 0);
	assert_int_equal(tls_policy_set(d->server, policy), 0);
	tls_policy_deinit(policy);
}

void duo_only12(struct duo *d)
{
	duo_set_version(d, TLS_1_2);
}

void duo_clear(struct duo *d)
{
	tls_deinit(d->client);
	tls_deinit(d->server);
	wire_clear(&d->wire);
}

static bool waits(int err)
{
	return err == TLS_E_AGAIN || err == TLS_E_INTERRUPTED;
}

static void step(struct duo *d, tls_session_t s, int *err)
{
	const struct wire_pipe *out = s == d->client ? &d->wire.c2s : &d->wire.s2c;

	if (waits(*err))
		*err = tls_handshake(s);
	else
		(void)tls_alert_flush(s);
	/* CONTRACT H2 */
	if (*err == TLS_E_AGAIN && tls_record_get_direction(s) == 1)
		assert_true(d->wire.again_percent > 0 || out->window > 0);
}

bool duo_handshake(struct duo *d)
{
	unsigned idle = 0;

	for (unsigned i = 0; i < MAX_CALLS && idle < 200; i++) {
		uint64_t moved = d->wire.c2s.total + d->wire.s2c.total;
		size_t under_way = wire_len(&d->wire.c2s) + wire_len(&d->wire.s2c);

		step(d, d->client, &d->client_err);
		step(d, d->server, &d->server_err);
		if (!waits(d->client_err) && !waits(d->server_err))
			break;
		idle = moved == d->wire.c2s.total + d->wire.s2c.total &&
		        under_way == wire_len(&d->wire.c2s) + wire_len(&d->wire.s2c)
		    ? idle + 1
		    : 0;
	}
	return d->client_err == 0 && d->server_err == 0;
}

void duo_connect(struct duo *d)
{
	if (!duo_handshake(d))
		fail_msg("client: %s, server: %s", tls_strerror(d->client_err), tls_strerror(d->server_err));
}

void duo_pass(tls_session_t from, tls_session_t to, const void *data, size_t len)
{
	uint8_t *got = malloc(len);
	size_t sent = 0, n_got = 0;

	assert_non_null(got);
	for (unsigned i = 0; n_got < len; i++) {
		ssize_t n;

		assert_true(i < MAX_CALLS);
		if (sent < len || tls_record_flush_pending(from)) {
			n = tls_record_send(from, (const uint8_t *)data + sent, len - sent);
			/* CONTRACT Q2 */
			if (n == TLS_E_AGAIN)
				assert_int_equal(tls_record_get_direction(from), 1);
			assert_true(n >= 0 || waits((int)n));
			sent += n > 0 ? (size_t)n : 0;
		}
		n = tls_record_recv(to, got + n_got, len - n_got);
		/* CONTRACT Q1 */
		if (n == TLS_E_AGAIN)
			assert_int_equal(tls_record_get_direction(to), 0);
		assert_true(n > 0 || waits((int)n));
		n_got += n > 0 ? (size_t)n : 0;
	}
	assert_memory_equal(got, data, len);
	free(got);
}
