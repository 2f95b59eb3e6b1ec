/* new_session_ticket_test.c - NewSessionTicket against RFC 8448 section 3 and RFC 8446 section 4.6.1. */
#include "codec.h"

#include "tests/vectors/rfc8448_3.h"
#include "tls/msg/new_session_ticket.h"

static struct tls_new_session_ticket kept;

static int decode(struct tls_span body)
{
	return tls_new_session_ticket_decode(&kept, body);
}

static void rfc8448_ticket(void **state)
{
	struct hex h = codec_body(rfc8448_3_new_session_ticket, TLS_HANDSHAKE_NEW_SESSION_TICKET);

	(void)state;
	codec_cut(decode, h.p, h.len, 0);
	codec_longer(decode, h.p, h.len);
	codec_length(decode, h.p, h.len, 8, 1);
	codec_length(decode, h.p, h.len, 11, 2);
	codec_length(decode, h.p, h.len, h.len - 10, 2);
	codec_length(decode, h.p, h.len, h.len - 6, 2);
	assert_int_equal(tls_new_session_ticket_decode(&kept, tls_span(h.p, h.len)), 0);
	assert_int_equal(kept.lifetime, 30);
	assert_int_equal(kept.age_add, 0xfad6aac5);
	assert_int_equal(kept.nonce.len, 2);
	assert_int_equal(kept.ticket.len, 0xb2);
	assert_memory_equal(kept.ticket.p, "\x2c\x03\x5d\x82", 4);
	assert_int_equal(kept.max_early_data, 1024);
}

static const struct codec_rule rules[] = {
    {"seven days", "00093a80 00000000 00 0001 61 0000", 0},
    {"a second more", "00093a81 00000000 00 0001 61 0000", TLS_E_ILLEGAL_PARAMETER},
    {"no ticket", "00000001 00000000 00 0000 0000", TLS_E_UNEXPECTED_PACKET_LENGTH},
    {"unknown extension", "00000001 00000000 00 0001 61 0005 fafa0001 07", 0},
    {"server_name", "00000001 00000000 00 0001 61 0004 00000000", TLS_E_ILLEGAL_EXTENSION},
    {"early_data of 3 bytes", "00000001 00000000 00 0001 61 0007 002a0003 000001", TLS_E_UNEXPECTED_PACKET_LENGTH},
    {"early_data of 5 bytes", "00000001 00000000 00 0001 61 0009 002a0005 0000000001",
        TLS_E_UNEXPECTED_PACKET_LENGTH},
    {"early_data twice", "00000001 00000000 00 0001 61 0010 002a000400000001 002a000400000001",
        TLS_E_ILLEGAL_PARAMETER},
};

static void rule_by_rule(void **state)
{
	(void)state;
	codec_rules(decode, rules, sizeof(rules) / sizeof(rules[0]));
}

static void largest(void **state)
{
	static uint8_t body[4 + 4 + 1 + 255 + 2 + 65535 + 2] = {[8] = 255};

	(void)state;
	body[9 + 255] = body[9 + 256] = 0xff;
	assert_int_equal(codec_try(decode, body, sizeof(body)), 0);
	assert_int_equal(kept.nonce.len, 255);
	assert_int_equal(kept.ticket.len, 65535);
}

/* Written without extensions; RFC 8448's has one, of 8 bytes. */
static void encode(struct tls_buf *b)
{
	struct hex h = codec_body(rfc8448_3_new_session_ticket, TLS_HANDSHAKE_NEW_SESSION_TICKET);
	struct tls_new_session_ticket m = {.lifetime = 30,
	    .age_add = 0xfad6aac5,
	    .nonce = tls_span("\0\0", 2),
	    .ticket = tls_span(h.p + 13, 0xb2)};

	tls_new_session_ticket_encode(b, &m);
}

static void writes_what_is_read(void **state)
{
	struct hex h = codec_body(rfc8448_3_new_session_ticket, TLS_HANDSHAKE_NEW_SESSION_TICKET);

	(void)state;
	h.len -= 8;
	h.p[h.len - 1] = 0;
	codec_writes(encode, h.p, h.len);
	assert_int_equal(codec_try(decode, h.p, h.len), 0);
}

/* ---- TLS 1.2, RFC 5077 section 3.3 */

static struct tls_new_session_ticket12 kept12;

static int decode12(struct tls_span body)
{
	return tls_new_session_ticket12_decode(&kept12, body);
}

static void encode12(struct tls_buf *b)
{
	struct tls_new_session_ticket12 m = {.lifetime = 0x01020304, .ticket = tls_span("ticket", 6)};

	tls_new_session_ticket12_encode(b, &m);
}

static void ticket_of_tls12(void **state)
{
	struct hex h = unhex("01020304 0006 7469636b6574");

	(void)state;
	codec_writes(encode12, h.p, h.len);
	codec_cut(decode12, h.p, h.len, 0);
	codec_longer(decode12, h.p, h.len);
	codec_length(decode12, h.p, h.len, 4, 2);
	assert_int_equal(tls_new_session_ticket12_decode(&kept12, tls_span(h.p, h.len)), 0);
	assert_int_equal(kept12.lifetime, 0x01020304);
	assert_int_equal(kept12.ticket.len, 6);
	/* none after all */
	assert_int_equal(codec_try_hex(decode12, "00000000 0000"), 0);
	assert_int_equal(kept12.ticket.len, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(rfc8448_ticket),
	    cmocka_unit_test(rule_by_rule),
	    cmocka_unit_test(largest),
	    cmocka_unit_test(writes_what_is_read),
	    cmocka_unit_test(ticket_of_tls12),
	};

	return cmocka_run_group_tests_name("new_session_ticket", tests, NULL, NULL);
}
