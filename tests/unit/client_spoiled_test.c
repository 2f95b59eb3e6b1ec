/* client_spoiled_test.c - messages of a server that are cut, altered or out of shape, and everything that
 * may fail inside our client, with the exact error and alert. */
#include "spoiled.h"

#include <string.h>

#include "tls/bytes/mem.h"
#include "tls/error.h"

/* ---- Spoiled messages */

static void spoil_hello(struct serv *v, unsigned type, struct tls_buf *body)
{
	if (type != (v->retries > 0 ? SERV_RETRY : TLS_HANDSHAKE_SERVER_HELLO))
		return;
	switch (v->n) {
	case 0: body->p[1] = 2; break; /* legacy_version */
	case 1: body->p[1] = 4; break;
	case 2: body->p[35] ^= 1; break; /* legacy_session_id_echo */
	case 3: body->p[66] ^= 0x80; break;
	case 4: body->p[34] = 31; memmove(body->p + 66, body->p + 67, body->len -= 67 - 66); break;
	case 5: body->p[34] = 0; memmove(body->p + 35, body->p + 67, body->len -= 67 - 35); break;
	default: body->p[69] = 1; break; /* legacy_compression_method */
	}
}

static void hello_fields(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 14; i++) {
		struct call c;

		call_init(&c, NULL, 0);
		c.serv.retries = i % 2;
		c.serv.cookie = "c";
		c.serv.change = spoil_hello;
		c.serv.n = i / 2;
		c.serv.stop_before = TLS_HANDSHAKE_ENCRYPTED_EXTENSIONS;
		call_refuses(&c, TLS_E_ILLEGAL_PARAMETER);
	}
}

static void spoil_share(struct serv *v, unsigned type, struct tls_buf *body)
{
	size_t len = tls_group_by_id(v->group)->server_share_len;

	/* behind it stands supported_versions, 6 bytes; a point keeps its first byte */
	if (type == TLS_HANDSHAKE_SERVER_HELLO)
		memset(body->p + body->len - 6 - len + v->n, 0, len - v->n);
}

static void security_zero_secret_and_bad_shares_13_client(void **state)
{
	struct call c;

	(void)state;
	call_init(&c, NULL, 0);
	c.serv.change = spoil_share;
	c.serv.stop_before = TLS_HANDSHAKE_ENCRYPTED_EXTENSIONS;
	call_refuses(&c, TLS_E_ILLEGAL_KEY_SHARE);
	for (unsigned i = 0; i < 2; i++) {
		call_init(&c, NULL, 0);
		c.serv.change = spoil_share;
		c.serv.n = 1 - i;
		c.serv.retries = 1;
		c.serv.group = c.serv.retry_group = TLS_GROUP_SECP256R1;
		c.serv.stop_before = TLS_HANDSHAKE_ENCRYPTED_EXTENSIONS;
		call_refuses(&c, TLS_E_ILLEGAL_KEY_SHARE);
	}
}

#define HELLO12_LEN (2 + 32 + 1 + 32 + 2 + 1)

static void every_message_truncated_at_every_byte(void **state)
{
	static const uint16_t types[] = {SERV_RETRY, TLS_HANDSHAKE_SERVER_HELLO,
	    TLS_HANDSHAKE_ENCRYPTED_EXTENSIONS, TLS_HANDSHAKE_CERTIFICATE_REQUEST,
	    TLS_HANDSHAKE_CERTIFICATE_PKT, TLS_HANDSHAKE_CERTIFICATE_VERIFY, TLS_HANDSHAKE_FINISHED};
	size_t n = 0;

	(void)state;
	for (unsigned i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		spoiled = types[i];
		spoiled_len = 1;
		for (size_t at = 0; at < spoiled_len; at++, n++) {
			struct call c;

			call_init(&c, NULL, 0);
			c.serv.retries = spoiled == SERV_RETRY;
			c.serv.cookie = "cookie";
			c.serv.ask = true;
			c.serv.change = cut_message;
			c.serv.n = at;
			/* in front of its extensions a ServerHello may end: then it is one of TLS 1.2 */
			call_refuses(&c, spoiled == TLS_HANDSHAKE_SERVER_HELLO && at == HELLO12_LEN
			        ? TLS_E_UNSUPPORTED_VERSION
			        : TLS_E_UNEXPECTED_PACKET_LENGTH);
		}
	}
	assert_true(n > 700);
}

static void every_message_a_byte_too_long(void **state)
{
	static const uint16_t types[] = {SERV_RETRY, TLS_HANDSHAKE_SERVER_HELLO,
	    TLS_HANDSHAKE_ENCRYPTED_EXTENSIONS, TLS_HANDSHAKE_CERTIFICATE_REQUEST,
	    TLS_HANDSHAKE_CERTIFICATE_PKT, TLS_HANDSHAKE_CERTIFICATE_VERIFY, TLS_HANDSHAKE_FINISHED};

	(void)state;
	for (unsigned i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		struct call c;

		spoiled = types[i];
		call_init(&c, NULL, 0);
		c.serv.retries = spoiled == SERV_RETRY;
		c.serv.cookie = "cookie";
		c.serv.ask = true;
		c.serv.change = longer;
		if (spoiled == TLS_HANDSHAKE_SERVER_HELLO)
			c.serv.stop_before = TLS_HANDSHAKE_ENCRYPTED_EXTENSIONS;
		call_refuses(&c, TLS_E_UNEXPECTED_PACKET_LENGTH);
	}
}

static void flip(struct serv *v, unsigned type, struct tls_buf *body)
{
	if (type != spoiled)
		return;
	spoiled_len = body->len;
	body->p[v->n] ^= 1;
}

static void wrong_finished(void **state)
{
	(void)state;
	spoiled = TLS_HANDSHAKE_FINISHED;
	spoiled_len = 1;
	for (size_t at = 0; at < spoiled_len; at++) {
		struct call c;

		call_init(&c, NULL, 0);
		c.serv.suite = TLS_CIPHER_AES_256_GCM_SHA384;
		c.serv.change = flip;
		c.serv.n = at;
		call_refuses(&c, TLS_E_FINISHED_VERIFY_FAILED);
	}
	assert_int_equal(spoiled_len, 48);
}

/* ---- Records */

/* RFC 8446 section 5.1: a message that goes on behind the keys' change. */
static void message_may_not_cross_a_key_change(void **state)
{
	uint8_t rec[300], h[TLS_HASH_MAX_LEN], finished[40] = {TLS_HANDSHAKE_FINISHED, 0, 0, 32};
	struct call c;
	size_t n;

	(void)state;
	call_init(&c, NULL, 0);
	c.serv.stop_before = TLS_HANDSHAKE_ENCRYPTED_EXTENSIONS;
	assert_int_equal(tls_handshake(c.client), TLS_E_AGAIN);
	serv_run(&c.serv);
	n = wire_get(&c.wire.s2c, rec, 5 + 4 + 118); /* the ServerHello, without the CCS */
	assert_int_equal(rec[3] << 8 | rec[4], n - 5);
	wire_get(&c.wire.s2c, h, sizeof(h));
	rec[4]++;
	rec[n++] = TLS_HANDSHAKE_ENCRYPTED_EXTENSIONS;
	wire_put(&c.wire.s2c, rec, n);
	call_refuses(&c, TLS_E_MESSAGE_CROSSES_KEY_CHANGE);

	call_init(&c, NULL, 0);
	c.serv.stop_before = TLS_HANDSHAKE_FINISHED;
	assert_int_equal(call_handshake(&c), TLS_E_AGAIN);
	tls_sched13_finished(finished + 4, TLS_HASH_SHA256, &c.serv.s_hs,
	    scripted_hash(&c.serv.io, h));
	finished[36] = TLS_HANDSHAKE_NEW_SESSION_TICKET;
	serv_send_record(&c.serv, 22, finished, 37);
	call_refuses(&c, TLS_E_MESSAGE_CROSSES_KEY_CHANGE);
}

static void connection_cut_at_every_byte(void **state)
{
	size_t len = 1, n;
	uint8_t flight[4000];

	(void)state;
	for (size_t at = 0; at < len; at++) {
		struct call c;

		call_init(&c, NULL, 0);
		assert_int_equal(tls_handshake(c.client), TLS_E_AGAIN);
		serv_run(&c.serv);
		len = wire_get(&c.wire.s2c, flight, sizeof(flight));
		n = at < len ? at : len - 1; /* the signature's length differs each time */
		wire_put(&c.wire.s2c, flight, n);
		c.wire.s2c.closed = true;
		call_refuses(&c, TLS_E_PREMATURE_TERMINATION);
	}
	assert_true(len > 600);
}

static void announced_length(void **state)
{
	struct call c;

	(void)state;
	call_init(&c, NULL, 0);
	c.serv.stop_before = TLS_HANDSHAKE_SERVER_HELLO;
	assert_int_equal(call_handshake(&c), TLS_E_AGAIN);
	serv_send_record(&c.serv, 22, "\x02\x00\x40\x01", 4);
	call_refuses(&c, TLS_E_HANDSHAKE_TOO_LARGE);
	call_init(&c, NULL, 0);
	c.serv.stop_before = TLS_HANDSHAKE_CERTIFICATE_PKT;
	assert_int_equal(call_handshake(&c), TLS_E_AGAIN);
	serv_send_record(&c.serv, 22, "\x0b\x01\x00\x01", 4);
	call_refuses(&c, TLS_E_HANDSHAKE_TOO_LARGE);
}

/* ---- Everything that can fail inside */

static void security_random_failure_13_client(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		struct testrng rng = {.counter = 7, .fail_at = i + 1};
		struct call c;

		call_init(&c, NULL, 0);
		tls_session_set_random_function(c.client, testrng_fill, &rng);
		call_refuses(&c, TLS_E_RANDOM_FAILED);
	}
}

static void every_allocation_may_fail(void **state)
{
	unsigned n_failed = 0;
	bool failed = true;

	(void)state;
	for (unsigned long n = 1; failed; n++) {
		struct call c;
		int err;

		call_init(&c, NULL, 0);
		c.serv.retries = 1;
		c.serv.cookie = "c";
		failed = fail_at(&c, n, &err);
		assert_int_equal(err, failed ? TLS_E_MEMORY_ERROR : 0);
		n_failed += failed;
		call_clear(&c);
	}
	assert_true(n_failed > 15);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(hello_fields),
		cmocka_unit_test(security_zero_secret_and_bad_shares_13_client),
		cmocka_unit_test(every_message_truncated_at_every_byte),
		cmocka_unit_test(every_message_a_byte_too_long),
		cmocka_unit_test(wrong_finished),
		cmocka_unit_test(message_may_not_cross_a_key_change),
		cmocka_unit_test(connection_cut_at_every_byte),
		cmocka_unit_test(announced_length),
		cmocka_unit_test(security_random_failure_13_client),
		cmocka_unit_test(every_allocation_may_fail),
	};

	return cmocka_run_group_tests_name("client_spoiled", tests, NULL, NULL);
}
