/* record_figures_test.c - records byte for byte: those of RFC 8448, in both directions, and of
 * another implementation for the suites that the RFC doesn't use. */
#include "halves.h"

#include "tests/vectors/rfc8448_3.h"
#include "tests/vectors/rfc8448_5.h"
#include "tests/vectors/rfc8448_6.h"
#include "tests/vectors/rfc8448_7.h"

#define MAX_LEN TLS_RECORD_MAX_LEN

/* Records under one secret, in order: type, content, record. */
static const struct {
	const char *secret;
	struct {
		enum tls_content type;
		const char *content, *record;
	} r[4];
} rfc8448[] = {
#define ONE(n, secret, type, content)                                                              \
	{                                                                                          \
		rfc8448_##n##_##secret,                                                            \
		{                                                                                  \
			{                                                                          \
				TLS_CONTENT_##type, rfc8448_##n##_##content,                       \
				    rfc8448_##n##_##content##_record                               \
			}                                                                          \
		}                                                                                  \
	}
    ONE(3, s_hs_traffic, HANDSHAKE, server_flight),
    ONE(3, c_hs_traffic, HANDSHAKE, client_finished),
    {rfc8448_3_s_ap_traffic,
	{{TLS_CONTENT_HANDSHAKE, rfc8448_3_new_session_ticket, rfc8448_3_new_session_ticket_record},
	    {TLS_CONTENT_DATA, rfc8448_3_server_application_data,
		rfc8448_3_server_application_data_record},
	    {TLS_CONTENT_ALERT, rfc8448_3_server_alert, rfc8448_3_server_alert_record}}},
    {rfc8448_3_c_ap_traffic,
	{{TLS_CONTENT_DATA, rfc8448_3_client_application_data,
	     rfc8448_3_client_application_data_record},
	    {TLS_CONTENT_ALERT, rfc8448_3_client_alert, rfc8448_3_client_alert_record}}},
    ONE(5, s_hs_traffic, HANDSHAKE, server_flight),
    ONE(5, c_hs_traffic, HANDSHAKE, client_finished),
    ONE(5, s_ap_traffic, ALERT, server_alert),
    ONE(5, c_ap_traffic, ALERT, client_alert),
    ONE(6, s_hs_traffic, HANDSHAKE, server_flight),
    ONE(6, c_hs_traffic, HANDSHAKE, client_flight),
    ONE(7, s_hs_traffic, HANDSHAKE, server_flight),
    ONE(7, c_hs_traffic, HANDSHAKE, client_finished),
};

static void seals(
    struct tls_half *half, enum tls_content type, const char *content, const char *record)
{
	struct hex in = unhex(content);
	uint8_t out[1200];
	size_t len;

	assert_int_equal(tls_record_seal(half, ws, out, &len, type, in.p, in.len), 0);
	assert_hex(out, len, record);
}

static void opens(
    struct tls_half *half, enum tls_content type, const char *content, const char *record)
{
	struct hex in = unhex(record);
	struct tls_record_header h;
	struct tls_span out;
	uint8_t got;

	assert_int_equal(tls_record_header(&h, in.p, true), 0);
	assert_int_equal(h.type, TLS_CONTENT_DATA);
	assert_int_equal(h.len, in.len - TLS_RECORD_HEADER_LEN);
	assert_int_equal(
	    tls_record_open(half, ws, &got, &out, &h, in.p + TLS_RECORD_HEADER_LEN, MAX_LEN), 0);
	assert_int_equal(got, type);
	assert_hex(out.p, out.len, content);
}

static void rfc8448_both_ways(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rfc8448) / sizeof(rfc8448[0]); i++) {
		struct tls_half wr = {0}, rd = {0};

		halves_install(&wr, TLS_CIPHER_AES_128_GCM_SHA256, rfc8448[i].secret);
		halves_install(&rd, TLS_CIPHER_AES_128_GCM_SHA256, rfc8448[i].secret);
		for (size_t k = 0; k < 4 && rfc8448[i].r[k].content != NULL; k++) {
			seals(&wr, rfc8448[i].r[k].type, rfc8448[i].r[k].content,
			    rfc8448[i].r[k].record);
			opens(&rd, rfc8448[i].r[k].type, rfc8448[i].r[k].content,
			    rfc8448[i].r[k].record);
		}
		tls_record_forget(&wr, ws);
		tls_record_forget(&rd, ws);
	}
}

static void plain_record(void **state)
{
	struct tls_half half = {0};

	(void)state;
	seals(&half, TLS_CONTENT_HANDSHAKE, rfc8448_3_server_hello, rfc8448_3_server_hello_record);
	assert_int_equal(half.seq, 0);
}

/* Python's cryptography 48.0.0 (HKDFExpand, AESGCM, ChaCha20Poly1305), put together as
 * sections 5.2, 5.3 and 7.3 of RFC 8446 say. */
static const struct {
	uint16_t suite;
	const char *secret;
	uint64_t seq;
	enum tls_content type;
	const char *record;
} others[] = {
    {TLS_CIPHER_AES_256_GCM_SHA384,
	"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
	"202122232425262728292a2b2c2d2e2f",
	1, TLS_CONTENT_DATA,
	"1703030027fc7f1684ac2b7f093d31aab7cd2048fea7a88b5a14d0bd15a8b74a62bfc21b02b9acae03380324"},
    {TLS_CIPHER_CHACHA20_POLY1305_SHA256,
	"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f", 258,
	TLS_CONTENT_HANDSHAKE,
	"17030300277a822d5fd6bc21f83414eac351e8750ed0096468216d14ce91debd6fe218b06a71ffc267cc3e90"},
};

/* "another implementation" */
static const char content[] = "616e6f7468657220696d706c656d656e746174696f6e";

static void another_implementation(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		struct tls_half wr = {0}, rd = {0};

		halves_install(&wr, others[i].suite, others[i].secret);
		halves_install(&rd, others[i].suite, others[i].secret);
		wr.seq = rd.seq = others[i].seq;
		seals(&wr, others[i].type, content, others[i].record);
		opens(&rd, others[i].type, content, others[i].record);
		tls_record_forget(&wr, ws);
		tls_record_forget(&rd, ws);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(rfc8448_both_ways),
	    cmocka_unit_test(plain_record),
	    cmocka_unit_test(another_implementation),
	};

	return cmocka_run_group_tests_name("record_figures", tests, halves_start, halves_stop);
}
