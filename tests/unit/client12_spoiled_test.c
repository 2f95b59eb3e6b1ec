/* client12_spoiled_test.c - messages of a TLS 1.2 server that are cut or altered, and everything that may fail
 * inside our client, with the exact error and alert. */
#include "spoiled.h"

#include <string.h>

#include "tests/lib/duo.h"
#include "tests/lib/pair.h"
#include "tls/bytes/mem.h"
#include "tls/error.h"
#include "tls/msg/key_exchange.h"

static const uint8_t types[] = {TLS_HANDSHAKE_SERVER_HELLO, TLS_HANDSHAKE_CERTIFICATE_PKT,
    TLS_HANDSHAKE_SERVER_KEY_EXCHANGE, TLS_HANDSHAKE_CERTIFICATE_REQUEST, TLS_HANDSHAKE_SERVER_HELLO_DONE,
    TLS_HANDSHAKE_FINISHED};

#define HELLO_LEN (2 + 32 + 1 + 2 + 1) /* without extensions */

static void every_message_truncated_at_every_byte(void **state)
{
	size_t n = 0;

	(void)state;
	for (unsigned i = 0; i < sizeof(types); i++) {
		spoiled = types[i];
		spoiled_len = spoiled == TLS_HANDSHAKE_SERVER_HELLO_DONE ? 0 : 1;
		for (size_t at = 0; at < spoiled_len; at++, n++) {
			struct call c;

			call_init12(&c, NULL, 0);
			c.serv.ask = true;
			c.serv.change = cut_message;
			c.serv.n = at;
			/* in front of its extensions a ServerHello may end */
			call_refuses(&c, spoiled == TLS_HANDSHAKE_SERVER_HELLO && at == HELLO_LEN
			        ? TLS_E_SAFE_RENEGOTIATION_FAILED
			        : TLS_E_UNEXPECTED_PACKET_LENGTH);
		}
	}
	assert_true(n > 450);
}

static void every_message_a_byte_too_long(void **state)
{
	(void)state;
	for (unsigned i = 0; i < sizeof(types); i++) {
		struct call c;

		spoiled = types[i];
		call_init12(&c, NULL, 0);
		c.serv.ask = true;
		c.serv.change = longer;
		call_refuses(&c, TLS_E_UNEXPECTED_PACKET_LENGTH);
	}
}

static void flip(struct serv *v, unsigned type, struct tls_buf *body)
{
	if (type != spoiled)
		return;
	spoiled_len = body->len;
	body->p[v->n / 8 < body->len ? v->n / 8 : body->len - 1] ^= (uint8_t)(1 << v->n % 8);
}

static void wrong_finished(void **state)
{
	(void)state;
	spoiled = TLS_HANDSHAKE_FINISHED;
	for (unsigned bit = 0; bit < 8 * TLS_VERIFY_DATA_LEN; bit++) {
		struct call c;

		call_init12(&c, NULL, 0);
		c.serv.change = flip;
		c.serv.n = bit;
		call_refuses(&c, TLS_E_FINISHED_VERIFY_FAILED);
	}
	assert_int_equal(spoiled_len, TLS_VERIFY_DATA_LEN);
}

static void reflect(struct serv *v, unsigned type, struct tls_buf *body)
{
	uint8_t h[TLS_HASH_MAX_LEN];

	if (type == TLS_HANDSHAKE_FINISHED)
		tls_sched12_finished(body->p, &v->sched12, false, scripted_hash(&v->io, h));
}

/* The label tells the roles apart. */
static void reflected_finished(void **state)
{
	struct call c;

	(void)state;
	call_init12(&c, NULL, 0);
	c.serv.change = reflect;
	call_refuses(&c, TLS_E_FINISHED_VERIFY_FAILED);
}

#define POINT_AT 4 /* curve type, curve, length */
#define SCHEME_AT (POINT_AT + 32)
#define SIGNATURE_AT (SCHEME_AT + 4)

/* All bits of the point, which is signed, and of the signature; the numbers around them lead elsewhere. */
static void damaged_signature(void **state)
{
	unsigned n = 0;

	(void)state;
	spoiled = TLS_HANDSHAKE_SERVER_KEY_EXCHANGE;
	spoiled_len = SIGNATURE_AT + 60;
	for (size_t bit = 8 * POINT_AT; bit < 8 * spoiled_len; bit += bit < 8 * SIGNATURE_AT ? 1 : 5) {
		struct call c;

		if (bit >= 8 * SCHEME_AT && bit < 8 * SIGNATURE_AT)
			continue;
		call_init12(&c, NULL, 0);
		c.serv.change = flip;
		c.serv.n = bit;
		call_refuses(&c, TLS_E_SIGNATURE_VERIFY_FAILED);
		n++;
	}
	assert_true(n > 300);
}

static void other_random(struct serv *v, unsigned type, struct tls_buf *body)
{
	if (type == TLS_HANDSHAKE_SERVER_HELLO)
		body->p[2 + v->n] ^= 1;
}

/* The randoms are signed, too: a signature is good for one handshake. */
static void signature_over_other_randoms(void **state)
{
	(void)state;
	for (unsigned at = 0; at < 32; at++) {
		struct call c;

		call_init12(&c, NULL, 0);
		c.serv.change = other_random;
		c.serv.n = at;
		call_refuses(&c, TLS_E_SIGNATURE_VERIFY_FAILED);
	}
}

/* A point that is signed and is none: not on the curve, of another length, of order 1. */
static void sign_bad_point(struct serv *v, unsigned type, struct tls_buf *body)
{
	static const size_t lens[] = {65, 64, 66, 1, 33, 32, 31, 33};
	uint8_t point[70] = {4, 1, 2, 3}, sig[TLS_SIG_MAX_LEN];
	struct tls_server_key_exchange m = {.group = v->group, .scheme = v->scheme};
	struct tls_buf input = {0};
	size_t sig_len = sizeof(sig);

	if (type != TLS_HANDSHAKE_SERVER_KEY_EXCHANGE)
		return;
	if (v->n == 4)
		point[0] = 2; /* compressed */
	if (v->n >= 5)
		memset(point, 0, sizeof(point)); /* x25519 */
	m.share = tls_span(point, lens[v->n]);
	tls_buf_span(&input, v->hello.random);
	tls_buf_bytes(&input, v->random, sizeof(v->random));
	tls_server_key_exchange_params(&input, m.group, m.share);
	assert_int_equal(
	    tls_sig_sign(sig, &sig_len, v->entry->key, m.scheme, input.p, input.len, NULL), 0);
	m.signature = tls_span(sig, sig_len);
	tls_buf_clear(body);
	tls_server_key_exchange_encode(body, &m);
	tls_buf_clear(&input);
}

static void security_zero_secret_and_bad_points_12_client(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 8; i++) {
		struct call c;

		call_init12(&c, NULL, 0);
		c.serv.group = i < 5 ? TLS_GROUP_SECP256R1 : TLS_GROUP_X25519;
		c.serv.change = sign_bad_point;
		c.serv.n = i;
		call_refuses(&c, TLS_E_ILLEGAL_KEY_SHARE);
	}
}

static void connection_cut_at_every_byte(void **state)
{
	uint8_t flight[4000];

	(void)state;
	for (unsigned second = 0; second < 2; second++) {
		size_t len = 1;

		for (size_t at = 0; at < len; at++) {
			struct call c;

			call_init12(&c, NULL, 0);
			assert_int_equal(tls_handshake(c.client), TLS_E_AGAIN);
			serv_run(&c.serv);
			if (second == 1) {
				assert_int_equal(tls_handshake(c.client), TLS_E_AGAIN);
				serv_run(&c.serv);
			}
			len = wire_get(&c.wire.s2c, flight, sizeof(flight));
			wire_put(&c.wire.s2c, flight, at < len ? at : len - 1);
			c.wire.s2c.closed = true;
			call_refuses(&c, TLS_E_PREMATURE_TERMINATION);
		}
		assert_true(len > (second == 0 ? 500 : 40));
	}
}

static void announced_length(void **state)
{
	static const struct {
		unsigned place;
		const char *header;
	} rows[] = {
		{TLS_HANDSHAKE_SERVER_HELLO, "\x02\x00\x40\x01"},
		{TLS_HANDSHAKE_CERTIFICATE_PKT, "\x0b\x01\x00\x01"},
		{TLS_HANDSHAKE_SERVER_KEY_EXCHANGE, "\x0c\x00\x40\x01"},
		{TLS_HANDSHAKE_SERVER_HELLO_DONE, "\x0e\x00\x40\x01"},
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct call c;

		call_init12(&c, NULL, 0);
		c.serv.stop_before = rows[i].place;
		assert_int_equal(call_handshake(&c), TLS_E_AGAIN);
		serv_send_record(&c.serv, 22, rows[i].header, 4);
		call_refuses(&c, TLS_E_HANDSHAKE_TOO_LARGE);
	}
}

/* ---- Everything that can fail inside */

static void security_random_failure_12_client(void **state)
{
	unsigned n = 0;

	(void)state;
	for (bool failed = true; failed; n++) {
		struct testrng rng = {.counter = 7, .fail_at = n + 1};
		struct call c;
		int err;

		call_init12(&c, NULL, 0);
		tls_session_set_random_function(c.client, testrng_fill, &rng);
		err = call_handshake(&c);
		failed = err != 0;
		if (failed)
			call_refused(&c, err, TLS_E_RANDOM_FAILED);
		call_clear(&c);
	}
	assert_int_equal(n, 6); /* random, session id, a hybrid share's two keys, another share; and the good one */
}

static void every_allocation_may_fail(void **state)
{
	(void)state;
	for (unsigned mutual = 0; mutual < 2; mutual++) {
		unsigned n_failed = 0;
		bool failed = true;

		for (unsigned long n = 1; failed; n++) {
			struct call c;
			int err;

			call_init12(&c, NULL, 0);
			c.serv.cut = 100;
			c.serv.ask = mutual != 0;
			if (mutual != 0)
				assert_int_equal(
				    tls_credentials_set(c.client, TLS_CRD_CERTIFICATE, pair_credentials()), 0);
			failed = fail_at(&c, n, &err);
			assert_int_equal(err, failed ? TLS_E_MEMORY_ERROR : 0);
			n_failed += failed;
			call_clear(&c);
		}
		assert_true(n_failed > 12 + 4 * mutual);
	}
}

/* The same in a server that asks for a certificate, with a client that gives one. */
static void every_allocation_of_the_server_may_fail(void **state)
{
	unsigned n_failed = 0;
	bool failed = true;

	(void)state;
	for (unsigned long n = 1; failed; n++) {
		struct duo d;

		duo_init(&d, NULL, pair_credentials());
		duo_only12(&d);
		tls_certificate_server_set_request(d.server, TLS_CERT_REQUIRE);
		assert_int_equal(tls_handshake(d.client), TLS_E_AGAIN);
		tls_mem_fail_at(n);
		d.server_err = tls_handshake(d.server);
		failed = tls_mem_fail_left() == 0;
		if (!failed) {
			unsigned long left = tls_mem_fail_left();

			tls_mem_fail_at(0);
			assert_int_equal(tls_handshake(d.client), TLS_E_AGAIN);
			tls_mem_fail_at(left);
			d.server_err = tls_handshake(d.server);
			failed = tls_mem_fail_left() == 0;
		}
		tls_mem_fail_at(0);
		assert_int_equal(d.server_err, failed ? TLS_E_MEMORY_ERROR : 0);
		n_failed += failed;
		duo_clear(&d);
	}
	assert_true(n_failed > 15);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_message_truncated_at_every_byte),
		cmocka_unit_test(every_message_a_byte_too_long),
		cmocka_unit_test(wrong_finished),
		cmocka_unit_test(reflected_finished),
		cmocka_unit_test(damaged_signature),
		cmocka_unit_test(signature_over_other_randoms),
		cmocka_unit_test(security_zero_secret_and_bad_points_12_client),
		cmocka_unit_test(connection_cut_at_every_byte),
		cmocka_unit_test(announced_length),
		cmocka_unit_test(security_random_failure_12_client),
		cmocka_unit_test(every_allocation_may_fail),
		cmocka_unit_test(every_allocation_of_the_server_may_fail),
	};

	return cmocka_run_group_tests_name("client12_spoiled", tests, NULL, NULL);
}
