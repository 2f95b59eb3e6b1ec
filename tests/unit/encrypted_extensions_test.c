/* encrypted_extensions_test.c - EncryptedExtensions against RFC 8448 and RFC 8446 section 4.3.1,
 * RFC 7301, RFC 8449, RFC 6066. */
#include "codec.h"

#include "tests/vectors/rfc8448_3.h"
#include "tests/vectors/rfc8448_5.h"
#include "tests/vectors/rfc8448_6.h"
#include "tests/vectors/rfc8448_7.h"
#include "tls/msg/encrypted_extensions.h"

static const char *const rfc8448[] = {rfc8448_3_encrypted_extensions,
    rfc8448_5_encrypted_extensions, rfc8448_6_encrypted_extensions, rfc8448_7_encrypted_extensions};

#define N_RFC8448 (sizeof(rfc8448) / sizeof(rfc8448[0]))

static struct tls_encrypted_extensions kept;

static int decode(struct tls_span body)
{
	return tls_encrypted_extensions_decode(&kept, body);
}

static void encode(struct tls_buf *b)
{
	tls_encrypted_extensions_encode(b, &kept);
}

static void fields(void **state)
{
	struct hex h =
	    codec_body(rfc8448_3_encrypted_extensions, TLS_HANDSHAKE_ENCRYPTED_EXTENSIONS);
	struct tls_encrypted_extensions m;

	(void)state;
	assert_int_equal(tls_encrypted_extensions_decode(&m, tls_span(h.p, h.len)), 0);
	assert_hex(m.groups.p, m.groups.len, "001d 0017 0018 0019 0100 0101 0102 0103 0104");
	assert_int_equal(m.record_size_limit, 0x4001);
	assert_true(m.server_name);
	assert_int_equal(m.alpn.len, 0);
}

static void round_trip(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_RFC8448; i++) {
		struct hex h = codec_body(rfc8448[i], TLS_HANDSHAKE_ENCRYPTED_EXTENSIONS);

		assert_int_equal(tls_encrypted_extensions_decode(&kept, tls_span(h.p, h.len)), 0);
		codec_writes(encode, h.p, h.len);
		codec_cut(decode, h.p, h.len, 0);
		codec_longer(decode, h.p, h.len);
		codec_length(decode, h.p, h.len, 0, 2);
		for (size_t at = 2; at < h.len; at += 4u + (size_t)(h.p[at + 2] << 8 | h.p[at + 3]))
			codec_length(decode, h.p, h.len, at + 2, 2);
	}
}

static void with_protocol(void **state)
{
	struct hex h = unhex("0009 0010 0005 0003 02 6832");

	(void)state;
	kept = (struct tls_encrypted_extensions){.alpn = tls_span("h2", 2)};
	codec_writes(encode, h.p, h.len);
	assert_int_equal(tls_encrypted_extensions_decode(&kept, tls_span(h.p, h.len)), 0);
	assert_hex(kept.alpn.p, kept.alpn.len, "6832");
	codec_cut(decode, h.p, h.len, 0);
	codec_length(decode, h.p, h.len, 6, 2);
	codec_length(decode, h.p, h.len, 8, 1);
}

static const struct codec_rule rules[] = {
    {"none", "0000", 0},
    {"two protocols", "000c 0010 0008 0006 02 6832 02 6833", TLS_E_UNEXPECTED_PACKET_LENGTH},
    {"no protocol", "0006 0010 0002 0000", TLS_E_UNEXPECTED_PACKET_LENGTH},
    {"name with a body", "0005 0000 0001 00", TLS_E_UNEXPECTED_PACKET_LENGTH},
    {"half a group", "0009 000a 0005 0003 001d00", TLS_E_UNEXPECTED_PACKET_LENGTH},
    {"no group", "0006 000a 0002 0000", TLS_E_UNEXPECTED_PACKET_LENGTH},
    {"record size 63", "0006 001c 0002 003f", TLS_E_ILLEGAL_PARAMETER},
    {"record size 64", "0006 001c 0002 0040", 0},
    {"record size cut", "0005 001c 0001 40", TLS_E_UNEXPECTED_PACKET_LENGTH},
    {"share", "0006 0033 0002 001d", TLS_E_ILLEGAL_EXTENSION},
    {"versions", "0006 002b 0002 0304", TLS_E_ILLEGAL_EXTENSION},
    {"name twice", "0008 0000 0000 0000 0000", TLS_E_ILLEGAL_PARAMETER},
    {"unknown", "0004 fafa 0000", 0},
};

static void rule_by_rule(void **state)
{
	(void)state;
	codec_rules(decode, rules, sizeof(rules) / sizeof(rules[0]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(fields),
	    cmocka_unit_test(round_trip),
	    cmocka_unit_test(with_protocol),
	    cmocka_unit_test(rule_by_rule),
	};

	return cmocka_run_group_tests_name("encrypted_extensions", tests, NULL, NULL);
}
