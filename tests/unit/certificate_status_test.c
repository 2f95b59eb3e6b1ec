/* certificate_status_test.c - CertificateStatus and status_request against RFC 6066 section 8. */
#include "codec.h"

#include "tls/msg/certificate_status.h"

static struct tls_span kept;
static bool ocsp;

static int decode(struct tls_span body)
{
	return tls_certificate_status_decode(&kept, body);
}

static void encode(struct tls_buf *b)
{
	tls_certificate_status_encode(b, kept);
}

static int decode_request(struct tls_span body)
{
	return tls_certificate_status_request_decode(&ocsp, body);
}

static void encode_request(struct tls_buf *b)
{
	tls_certificate_status_request_encode(b);
}

static void response(void **state)
{
	struct hex h = unhex("01 000005 30030a0103");

	(void)state;
	assert_int_equal(decode(tls_span(h.p, h.len)), 0);
	assert_hex(kept.p, kept.len, "30030a0103");
	codec_writes(encode, h.p, h.len);
	codec_cut(decode, h.p, h.len, 0);
	codec_longer(decode, h.p, h.len);
	codec_length(decode, h.p, h.len, 1, 3);
	assert_int_equal(codec_try_hex(decode, "01 000000"), TLS_E_UNEXPECTED_PACKET_LENGTH);
	assert_int_equal(codec_try_hex(decode, "00 000001 30"), TLS_E_ILLEGAL_PARAMETER);
	assert_int_equal(codec_try_hex(decode, "02 000001 30"), TLS_E_ILLEGAL_PARAMETER); /* ocsp_multi */
}

static const struct {
	const char *body;
	int err;
	bool ocsp;
} requests[] = {
	{"01 0000 0000", 0, true},
	{"01 0003 0001 aa 0000", 0, true},
	{"01 0007 0001 aa 0002 bbcc 0002 3000", 0, true},
	{"01 0002 0000 0000", TLS_E_UNEXPECTED_PACKET_LENGTH, false}, /* an empty responder */
	{"01 0003 0002 aa 0000", TLS_E_UNEXPECTED_PACKET_LENGTH, false},
	{"01 0001 aa 0000", TLS_E_UNEXPECTED_PACKET_LENGTH, false},
	{"01 0000 0000 00", TLS_E_UNEXPECTED_PACKET_LENGTH, false},
	{"01 0000 0001", TLS_E_UNEXPECTED_PACKET_LENGTH, false},
	{"", TLS_E_UNEXPECTED_PACKET_LENGTH, false},
	{"00", 0, false},
	{"02 abcdef", 0, false}, /* what another type holds is its own */
};

static void request(void **state)
{
	struct hex h = unhex("01 0000 0000");

	(void)state;
	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
		assert_int_equal(codec_try_hex(decode_request, requests[i].body), requests[i].err);
		assert_true(requests[i].err != 0 || ocsp == requests[i].ocsp);
	}
	codec_writes(encode_request, h.p, h.len);
	codec_cut(decode_request, h.p, h.len, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(response),
		cmocka_unit_test(request),
	};

	return cmocka_run_group_tests_name("certificate_status", tests, NULL, NULL);
}
