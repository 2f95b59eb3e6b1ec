/* certificate_request_test.c - CertificateRequest against RFC 8448 section 6 and RFC 8446 section 4.3.2. */
#include "codec.h"

#include "tests/vectors/rfc8448_6.h"
#include "tls/msg/certificate_request.h"

static struct tls_certificate_request kept;

static int decode(struct tls_span body)
{
	return tls_certificate_request_decode(&kept, body);
}

static void encode(struct tls_buf *b)
{
	tls_certificate_request_encode(b, &kept);
}

static void round_trip(void **state)
{
	struct hex h = codec_body(rfc8448_6_certificate_request, TLS_HANDSHAKE_CERTIFICATE_REQUEST);

	(void)state;
	codec_cut(decode, h.p, h.len, 0);
	codec_longer(decode, h.p, h.len);
	codec_length(decode, h.p, h.len, 0, 1);
	codec_length(decode, h.p, h.len, 1, 2);
	codec_length(decode, h.p, h.len, 5, 2);
	codec_length(decode, h.p, h.len, 7, 2);
	assert_int_equal(tls_certificate_request_decode(&kept, tls_span(h.p, h.len)), 0);
	assert_int_equal(kept.context.len, 0);
	assert_int_equal(kept.schemes.len, 30);
	assert_memory_equal(kept.schemes.p, "\x04\x03\x05\x03", 4);
	assert_int_equal(kept.cert_schemes.len, 0);
	assert_int_equal(kept.authorities.len, 0);
	codec_writes(encode, h.p, h.len);
}

static void all_of_it(void **state)
{
	struct hex h = unhex("02abcd 0021 000d00060004 04030804 003200040002 0401 002f000b0009 000430020500 00013f");

	(void)state;
	assert_int_equal(tls_certificate_request_decode(&kept, tls_span(h.p, h.len)), 0);
	assert_int_equal(kept.context.len, 2);
	assert_int_equal(kept.schemes.len, 4);
	assert_int_equal(kept.cert_schemes.len, 2);
	assert_int_equal(kept.authorities.len, 9);
	codec_writes(encode, h.p, h.len);
	codec_cut(decode, h.p, h.len, 0);
}

static const struct codec_rule rules[] = {
    {"no signature_algorithms", "00 0000", TLS_E_MISSING_EXTENSION},
    {"only those for certificates", "00 0008 003200040002 0401", TLS_E_MISSING_EXTENSION},
    {"an empty list", "00 0006 000d00020000", TLS_E_UNEXPECTED_PACKET_LENGTH},
    {"half a scheme", "00 0009 000d00050003 040308", TLS_E_UNEXPECTED_PACKET_LENGTH},
    {"twice", "00 0010 000d00040002 0403 000d00040002 0403", TLS_E_ILLEGAL_PARAMETER},
    {"an unknown extension", "00 000d 000d00040002 0403 fafa000107", 0},
    {"oid_filters", "00 000e 000d00040002 0403 003000020000", 0},
    {"key_share", "00 000c 000d00040002 0403 00330000", TLS_E_ILLEGAL_EXTENSION},
    {"no authority", "00 000e 000d00040002 0403 002f00020000", TLS_E_UNEXPECTED_PACKET_LENGTH},
    {"an empty name", "00 0013 000d00040002 0403 002f00070005 0000000130", TLS_E_UNEXPECTED_PACKET_LENGTH},
    {"a name cut short", "00 0011 000d00040002 0403 002f00050003 000230", TLS_E_UNEXPECTED_PACKET_LENGTH},
};

static void rule_by_rule(void **state)
{
	(void)state;
	codec_rules(decode, rules, sizeof(rules) / sizeof(rules[0]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(round_trip),
	    cmocka_unit_test(all_of_it),
	    cmocka_unit_test(rule_by_rule),
	};

	return cmocka_run_group_tests_name("certificate_request", tests, NULL, NULL);
}
