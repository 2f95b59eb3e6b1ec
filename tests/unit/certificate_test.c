/* certificate_test.c - Certificate of TLS 1.3 against RFC 8448 and RFC 8446 section 4.4.2. */
#include "codec.h"

#include "tests/vectors/rfc8448_3.h"
#include "tests/vectors/rfc8448_6.h"
#include "tls/msg/certificate.h"

static const char *const rfc8448[] = {
    rfc8448_3_server_certificate, rfc8448_6_server_certificate, rfc8448_6_client_certificate};

static struct tls_certificate kept;

static int decode(struct tls_span body)
{
	return tls_certificate_decode(&kept, body);
}

static void encode(struct tls_buf *b)
{
	tls_certificate_encode(b, &kept);
}

static void round_trip(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rfc8448) / sizeof(rfc8448[0]); i++) {
		struct hex h = codec_body(rfc8448[i], TLS_HANDSHAKE_CERTIFICATE_PKT);
		size_t cert_len;

		assert_int_equal(tls_certificate_decode(&kept, tls_span(h.p, h.len)), 0);
		assert_int_equal(kept.n, 1);
		assert_int_equal(kept.context.len, 0);
		/* a SEQUENCE of exactly that length: the certificate itself */
		assert_int_equal(kept.cert[0].p[0], 0x30);
		assert_int_equal(
		    kept.cert[0].len, 4u + (unsigned)(kept.cert[0].p[2] << 8 | kept.cert[0].p[3]));
		cert_len = kept.cert[0].len;
		codec_writes(encode, h.p, h.len);
		codec_cut(decode, h.p, h.len, 0);
		codec_longer(decode, h.p, h.len);
		codec_length(decode, h.p, h.len, 0, 1);
		codec_length(decode, h.p, h.len, 1, 3);
		codec_length(decode, h.p, h.len, 4, 3);
		codec_length(decode, h.p, h.len, 7 + cert_len, 2);
	}
}

static const struct codec_rule rules[] = {
    {"none", "00 000000", 0},
    {"context", "02 abcd 000000", 0},
    {"an empty certificate", "00 000005 000000 0000", TLS_E_UNEXPECTED_PACKET_LENGTH},
    {"no extensions' length", "00 000004 000001 30", TLS_E_UNEXPECTED_PACKET_LENGTH},
    {"two", "00 00000c 000001 30 0000 000001 31 0000", 0},
    {"status", "00 00000f 000001 30 0009 0005 0005 01 000001 30", 0},
    {"status of no type", "00 00000a 000001 30 0004 0005 0000", TLS_E_UNEXPECTED_PACKET_LENGTH},
    {"status of an unknown type", "00 00000f 000001 30 0009 0005 0005 02 000001 30", TLS_E_ILLEGAL_PARAMETER},
    {"no response", "00 00000e 000001 30 0008 0005 0004 01 000000", TLS_E_UNEXPECTED_PACKET_LENGTH},
    {"name", "00 00000a 000001 30 0004 0000 0000", TLS_E_ILLEGAL_EXTENSION},
    {"status twice", "00 000018 000001 30 0012 0005 0005 01 000001 30 0005 0005 01 000001 30",
	TLS_E_ILLEGAL_PARAMETER},
    {"behind the list", "00 000006 000001 30 0000 00", TLS_E_UNEXPECTED_PACKET_LENGTH},
};

static void rule_by_rule(void **state)
{
	(void)state;
	codec_rules(decode, rules, sizeof(rules) / sizeof(rules[0]));
}

/* The leaf's response is kept; others are looked at, and nothing is made of them. */
static void whose_status(void **state)
{
	struct hex h = unhex("00 00001e 000001 30 0009 0005 0005 01 000001 31 000001 32 0009 0005 0005 01 000001 33");
	struct hex second = unhex("00 000015 000001 30 0000 000001 32 0009 0005 0005 01 000001 33");
	struct hex encoded = unhex("00 000015 000001 30 0009 0005 0005 01 000001 31 000001 32 0000");
	struct hex sct = unhex("00 00000c 000001 30 0006 0012 0002 0000");

	(void)state;
	assert_int_equal(decode(tls_span(h.p, h.len)), 0);
	assert_true(kept.has_status && !kept.has_unknown);
	assert_hex(kept.status.p, kept.status.len, "31");
	codec_writes(encode, encoded.p, encoded.len);
	assert_int_equal(decode(tls_span(second.p, second.len)), 0);
	assert_true(kept.has_status && kept.status.len == 0);
	assert_int_equal(decode(tls_span(sct.p, sct.len)), 0);
	assert_true(!kept.has_status && kept.has_unknown);
}

static void at_most(void **state)
{
	uint8_t body[4 + 6 * (TLS_CERTIFICATE_MAX + 1)] = {0};

	(void)state;
	for (unsigned n = TLS_CERTIFICATE_MAX; n <= TLS_CERTIFICATE_MAX + 1; n++) {
		body[3] = (uint8_t)(6 * n);
		for (unsigned i = 0; i < n; i++)
			tls_mem_copy(body + 4 + 6 * i, "\0\0\1\x30\0\0", 6);
		assert_int_equal(codec_try(decode, body, 4 + 6 * n),
		    n <= TLS_CERTIFICATE_MAX ? 0 : TLS_E_UNEXPECTED_PACKET_LENGTH);
	}
}

/* ---- TLS 1.2, RFC 5246 section 7.4.2 */

static int decode12(struct tls_span body)
{
	return tls_certificate_decode12(&kept, body);
}

static void encode12(struct tls_buf *b)
{
	tls_certificate_encode12(b, &kept);
}

static void tls12(void **state)
{
	struct hex h = unhex("00000a 000003 30aabb 000001 31");
	uint8_t body[3 + 4 * (TLS_CERTIFICATE_MAX + 1)] = {0};

	(void)state;
	assert_int_equal(tls_certificate_decode12(&kept, tls_span(h.p, h.len)), 0);
	assert_int_equal(kept.n, 2);
	assert_hex(kept.cert[0].p, kept.cert[0].len, "30aabb");
	assert_hex(kept.cert[1].p, kept.cert[1].len, "31");
	codec_writes(encode12, h.p, h.len);
	codec_cut(decode12, h.p, h.len, 0);
	codec_longer(decode12, h.p, h.len);
	codec_length(decode12, h.p, h.len, 0, 3);
	assert_int_equal(codec_try_hex(decode12, "000000"), 0);
	assert_int_equal(codec_try_hex(decode12, "000003 000000"), TLS_E_UNEXPECTED_PACKET_LENGTH);
	for (unsigned n = TLS_CERTIFICATE_MAX; n <= TLS_CERTIFICATE_MAX + 1; n++) {
		body[2] = (uint8_t)(4 * n);
		for (unsigned i = 0; i < n; i++)
			tls_mem_copy(body + 3 + 4 * i, "\0\0\1\x30", 4);
		assert_int_equal(codec_try(decode12, body, 3 + 4 * n),
		    n <= TLS_CERTIFICATE_MAX ? 0 : TLS_E_UNEXPECTED_PACKET_LENGTH);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(round_trip),
	    cmocka_unit_test(rule_by_rule),
	    cmocka_unit_test(whose_status),
	    cmocka_unit_test(at_most),
	    cmocka_unit_test(tls12),
	};

	return cmocka_run_group_tests_name("certificate", tests, NULL, NULL);
}
