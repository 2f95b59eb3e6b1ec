/* certificate_request12_test.c - CertificateRequest of TLS 1.2 against OpenSSL's and RFC 5246 section 7.4.4. */
#include "codec.h"

#include "tls/msg/certificate_request12.h"

/* What OpenSSL 3.0.19 (s_server -tls1_2 -Verify 2) sends for a CA named expired.example. */
static const char openssl_request[] = "0d00004e03010240002804030503060308070808"
				      "0809080a080b080408050806040105010601030303010302040205020602001e001c"
				      "301a311830160603550403130f657870697265642e6578616d706c65";

static struct tls_certificate_request12 kept;

static int decode(struct tls_span body)
{
	return tls_certificate_request12_decode(&kept, body);
}

static void encode(struct tls_buf *b)
{
	tls_certificate_request12_encode(b, &kept);
}

static void round_trip(void **state)
{
	struct hex h = codec_body(openssl_request, TLS_HANDSHAKE_CERTIFICATE_REQUEST);

	(void)state;
	codec_cut(decode, h.p, h.len, 0);
	codec_longer(decode, h.p, h.len);
	codec_length(decode, h.p, h.len, 0, 1);
	codec_length(decode, h.p, h.len, 4, 2);
	codec_length(decode, h.p, h.len, 46, 2);
	codec_length(decode, h.p, h.len, 48, 2);
	assert_int_equal(tls_certificate_request12_decode(&kept, tls_span(h.p, h.len)), 0);
	assert_int_equal(kept.types.len, 3);
	assert_memory_equal(kept.types.p, "\x01\x02\x40", 3);
	assert_int_equal(kept.schemes.len, 40);
	assert_memory_equal(kept.schemes.p, "\x04\x03\x05\x03", 4);
	assert_int_equal(kept.authorities.len, 30);
	codec_writes(encode, h.p, h.len);
}

static const struct codec_rule rules[] = {
    {"no authority: any", "0140 0002 0403 0000", 0},
    {"two of them", "0140 0002 0403 0007 00023000 000130", 0},
    {"a kind that nobody knows", "01ee 0002 0403 0000", 0},
    {"no kind", "00 0002 0403 0000", TLS_E_UNEXPECTED_PACKET_LENGTH},
    {"no scheme", "0140 0000 0000", TLS_E_UNEXPECTED_PACKET_LENGTH},
    {"half a scheme", "0140 0003 040308 0000", TLS_E_UNEXPECTED_PACKET_LENGTH},
    {"one byte of a scheme", "0140 0001 04 0000", TLS_E_UNEXPECTED_PACKET_LENGTH},
    {"an empty name", "0140 0002 0403 0002 0000", TLS_E_UNEXPECTED_PACKET_LENGTH},
    {"a name cut short", "0140 0002 0403 0003 000230", TLS_E_UNEXPECTED_PACKET_LENGTH},
    {"as before TLS 1.2, without schemes", "0140 0000", TLS_E_UNEXPECTED_PACKET_LENGTH},
    {"something behind it", "0140 0002 0403 0000 00", TLS_E_UNEXPECTED_PACKET_LENGTH},
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
	    cmocka_unit_test(rule_by_rule),
	};

	return cmocka_run_group_tests_name("certificate_request12", tests, NULL, NULL);
}
