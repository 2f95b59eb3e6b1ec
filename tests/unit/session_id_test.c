/* session_id_test.c - session ids of every length that one byte can say, to both roles in both versions (GnuTLS,
 * CVE-2014-3466); TLS 1.2's client: client12_test.c. RFC 8446 sections 4.1.2 and 4.1.3, RFC 5246 section 7.4.1.2: at
 * most 32. */
#include "unit.h"

#include <string.h>

#include "tests/lib/call.h"
#include "tests/lib/pair.h"
#include "tls/error.h"

#define HEADER_LEN 4
#define ID_LEN_AT (2 + 32) /* behind version and random */

/* A hello with an id of len bytes, built from one with 32. */
static void send_hello(struct peer *p, unsigned len)
{
	static const uint8_t more[255];
	struct tls_buf hello = {0}, out = {0};
	struct tls_span rest;
	struct tls_block body;

	p->session_id_len = len < 32 ? len : 32;
	if (len <= 32) {
		peer_hello(p);
		return;
	}
	peer_encode_hello(p, &hello);
	rest = tls_span(hello.p + HEADER_LEN, hello.len - HEADER_LEN);
	tls_buf_u8(&out, TLS_HANDSHAKE_CLIENT_HELLO);
	body = tls_buf_open(&out, 3);
	tls_buf_span(&out, tls_span_take(&rest, ID_LEN_AT));
	assert_int_equal(tls_span_u8(&rest), 32);
	tls_buf_u8(&out, len);
	tls_buf_bytes(&out, more, len - 32);
	tls_buf_span(&out, rest);
	tls_buf_close(&out, body);
	peer_send_plain_record(p, 22, out.p, out.len);
	tls_buf_clear(&hello);
	tls_buf_clear(&out);
}

static void every_size_to_the_server(void (*init)(struct pair *p, tls_certificate_credentials_t cred))
{
	for (unsigned len = 0; len <= 255; len++) {
		struct pair p;
		int err;

		init(&p, NULL);
		send_hello(&p.peer, len);
		err = pair_run_handshake(&p);
		if (len > 32) {
			pair_refused(&p, err, TLS_E_UNEXPECTED_PACKET_LENGTH);
		} else {
			assert_int_equal(err, 0);
			assert_null(p.peer.wrong); /* in TLS 1.3 it has got it back */
		}
		pair_clear(&p);
	}
}

static void security_session_id_size_12_server(void **state)
{
	(void)state;
	every_size_to_the_server(pair_init12);
}

static void security_session_id_size_13_server(void **state)
{
	(void)state;
	every_size_to_the_server(pair_init);
}

static void resize(struct serv *v, unsigned type, struct tls_buf *body)
{
	struct tls_buf out = {0};
	struct tls_span rest = tls_buf_as_span(body);

	if (type != TLS_HANDSHAKE_SERVER_HELLO)
		return;
	tls_buf_span(&out, tls_span_take(&rest, ID_LEN_AT));
	(void)tls_span_block8(&rest, 32, 32);
	tls_buf_u8(&out, (unsigned)v->n);
	(void)tls_buf_room(&out, v->n);
	tls_buf_span(&out, rest);
	tls_buf_clear(body);
	*body = out;
}

/* Ours has 32 bytes, and comes back as it was. */
static void security_session_id_size_13_client(void **state)
{
	(void)state;
	for (unsigned len = 0; len <= 255; len++) {
		struct call c;

		call_init(&c, NULL, 0);
		c.serv.change = resize;
		c.serv.n = len;
		c.serv.stop_before = TLS_HANDSHAKE_ENCRYPTED_EXTENSIONS;
		call_refused(&c, call_handshake(&c),
		    len <= 32 ? TLS_E_ILLEGAL_PARAMETER : TLS_E_UNEXPECTED_PACKET_LENGTH);
		call_clear(&c);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(security_session_id_size_12_server),
		cmocka_unit_test(security_session_id_size_13_server),
		cmocka_unit_test(security_session_id_size_13_client),
	};

	return cmocka_run_group_tests_name("session_id", tests, NULL, NULL);
}
