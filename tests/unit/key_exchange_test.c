/* key_exchange_test.c - ServerKeyExchange, ClientKeyExchange and ServerHelloDone, written out by hand from RFC 8422
 * sections 5.4 and 5.7 and RFC 5246 section 7.4.5. */
#include "codec.h"

#include "tls/msg/key_exchange.h"

#define SKE "03 0017 04 04aabbcc 0403 0005 3003020100"

static struct tls_server_key_exchange kept;
static struct tls_span kept_share;

static int decode_server(struct tls_span body)
{
	return tls_server_key_exchange_decode(&kept, body);
}

static void encode_server(struct tls_buf *b)
{
	tls_server_key_exchange_encode(b, &kept);
}

static int decode_client(struct tls_span body)
{
	return tls_client_key_exchange_decode(&kept_share, body);
}

static void encode_client(struct tls_buf *b)
{
	tls_client_key_exchange_encode(b, kept_share);
}

static void server_key_exchange(void **state)
{
	struct hex h = unhex(SKE);

	(void)state;
	assert_int_equal(decode_server(tls_span(h.p, h.len)), 0);
	assert_int_equal(kept.group, 0x0017);
	assert_hex(kept.share.p, kept.share.len, "04aabbcc");
	assert_hex(kept.params.p, kept.params.len, "03 0017 04 04aabbcc");
	assert_int_equal(kept.scheme, 0x0403);
	assert_hex(kept.signature.p, kept.signature.len, "3003020100");
	codec_writes(encode_server, h.p, h.len);
	codec_cut(decode_server, h.p, h.len, 0);
	codec_longer(decode_server, h.p, h.len);
	codec_length(decode_server, h.p, h.len, 3, 1);
	codec_length(decode_server, h.p, h.len, 10, 2);
}

/* RFC 8422 section 5.4: explicit_prime and explicit_char2 are gone. */
static void only_named_curves(void **state)
{
	(void)state;
	assert_int_equal(codec_try_hex(decode_server, "01 0017 04 04aabbcc 0403 0001 30"),
	    TLS_E_ILLEGAL_PARAMETER);
	assert_int_equal(codec_try_hex(decode_server, "02 0017 04 04aabbcc 0403 0001 30"),
	    TLS_E_ILLEGAL_PARAMETER);
	assert_int_equal(
	    codec_try_hex(decode_server, "03 0017 00 0403 0001 30"), TLS_E_UNEXPECTED_PACKET_LENGTH);
}

static void client_key_exchange(void **state)
{
	struct hex h = unhex("04 04aabbcc");

	(void)state;
	assert_int_equal(decode_client(tls_span(h.p, h.len)), 0);
	assert_hex(kept_share.p, kept_share.len, "04aabbcc");
	codec_writes(encode_client, h.p, h.len);
	codec_cut(decode_client, h.p, h.len, 0);
	codec_longer(decode_client, h.p, h.len);
	codec_length(decode_client, h.p, h.len, 0, 1);
	assert_int_equal(codec_try_hex(decode_client, "00"), TLS_E_UNEXPECTED_PACKET_LENGTH);
}

static void server_hello_done_is_empty(void **state)
{
	(void)state;
	assert_int_equal(tls_server_hello_done_decode(tls_span("", 0)), 0);
	assert_int_equal(tls_server_hello_done_decode(tls_span("", 1)), TLS_E_UNEXPECTED_PACKET_LENGTH);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(server_key_exchange),
	    cmocka_unit_test(only_named_curves),
	    cmocka_unit_test(client_key_exchange),
	    cmocka_unit_test(server_hello_done_is_empty),
	};

	return cmocka_run_group_tests_name("key_exchange", tests, NULL, NULL);
}
