/* server_hello_test.c - ServerHello and HelloRetryRequest against RFC 8448 sections 3, 5, 7 and the
 * rules of RFC 8446 sections 4.1.3 and 4.1.4. */
#include "codec.h"

#include "tests/vectors/rfc8448_3.h"
#include "tests/vectors/rfc8448_5.h"
#include "tests/vectors/rfc8448_7.h"
#include "tls/msg/server_hello.h"

static const char *const rfc8448[] = {rfc8448_3_server_hello, rfc8448_5_hello_retry_request,
    rfc8448_5_server_hello, rfc8448_7_server_hello};

#define N_RFC8448 (sizeof(rfc8448) / sizeof(rfc8448[0]))

static struct tls_server_hello kept;

static int decode(struct tls_span body)
{
	return tls_server_hello_decode(&kept, body);
}

static void encode(struct tls_buf *b)
{
	tls_server_hello_encode(b, &kept);
}

static void fields(void **state)
{
	struct hex h = codec_body(rfc8448_3_server_hello, TLS_HANDSHAKE_SERVER_HELLO);
	struct tls_server_hello m;

	(void)state;
	assert_int_equal(tls_server_hello_decode(&m, tls_span(h.p, h.len)), 0);
	assert_false(m.is_retry);
	assert_hex(m.random.p, m.random.len, rfc8448_3_server_random);
	assert_int_equal(m.session_id.len, 0);
	assert_int_equal(m.suite, 0x1301);
	assert_int_equal(m.version, 0x0304);
	assert_int_equal(m.group, 0x001d);
	assert_hex(m.share.p, m.share.len, rfc8448_3_server_x25519_public);
	assert_int_equal(m.cookie.len, 0);
}

static void fields_of_retry(void **state)
{
	struct hex h = codec_body(rfc8448_5_hello_retry_request, TLS_HANDSHAKE_SERVER_HELLO);
	struct tls_server_hello m;

	(void)state;
	assert_int_equal(tls_server_hello_decode(&m, tls_span(h.p, h.len)), 0);
	assert_true(m.is_retry);
	assert_int_equal(m.group, 0x0017);
	assert_int_equal(m.share.len, 0);
	assert_int_equal(m.version, 0x0304);
	assert_true(m.cookie.len > 0);
}

static void round_trip(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_RFC8448; i++) {
		struct hex h = codec_body(rfc8448[i], TLS_HANDSHAKE_SERVER_HELLO);

		assert_int_equal(tls_server_hello_decode(&kept, tls_span(h.p, h.len)), 0);
		codec_writes(encode, h.p, h.len);
	}
}

static void cut_and_lengths(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_RFC8448; i++) {
		struct hex h = codec_body(rfc8448[i], TLS_HANDSHAKE_SERVER_HELLO);
		size_t at = 2 + TLS_RANDOM_LEN;

		/* in TLS 1.2 a hello may end in front of its extensions; a retry is none */
		codec_cut(decode, h.p, h.len, i == 1 ? 0 : at + 1u + h.p[at] + 3);
		codec_longer(decode, h.p, h.len);
		codec_length(decode, h.p, h.len, at, 1);
		at += 1u + h.p[at] + 3;
		codec_length(decode, h.p, h.len, at, 2);
		for (at += 2; at < h.len; at += 4u + (size_t)(h.p[at + 2] << 8 | h.p[at + 3]))
			codec_length(decode, h.p, h.len, at + 2, 2);
	}
}

#define RANDOM " 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f "
/* SHA-256 of "HelloRetryRequest", RFC 8446 section 4.1.3 */
#define RETRY " cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c "
#define SHORT TLS_E_UNEXPECTED_PACKET_LENGTH
#define ILLEGAL TLS_E_ILLEGAL_PARAMETER

static const struct codec_rule rules[] = {
    {"version only", "0303" RANDOM "00 1301 00 0006 002b 0002 0304", 0},
    {"legacy version", "0304" RANDOM "00 1301 00 0006 002b 0002 0304", ILLEGAL},
    {"TLS 1.1", "0302" RANDOM "00 c014 00", TLS_E_UNSUPPORTED_VERSION},
    {"TLS 1.0", "0301" RANDOM "00 c014 00 0005 ff01 0001 00", TLS_E_UNSUPPORTED_VERSION},
    {"SSL 3.0", "0300" RANDOM "00 0035 00", TLS_E_UNSUPPORTED_VERSION},
    {"SSL 2.0", "0002" RANDOM "00 0035 00", ILLEGAL},
    {"compression", "0303" RANDOM "00 1301 01 0006 002b 0002 0304", ILLEGAL},
    {"version twice", "0303" RANDOM "00 1301 00 000c 002b 0002 0304 002b 0002 0304", ILLEGAL},
    {"version cut", "0303" RANDOM "00 1301 00 0005 002b 0001 03", SHORT},
    {"version too long", "0303" RANDOM "00 1301 00 0007 002b 0003 030400", SHORT},
    {"share", "0303" RANDOM "00 1301 00 000f 0033 0005 001d 0001 aa 002b 0002 0304", 0},
    {"empty share", "0303" RANDOM "00 1301 00 000e 0033 0004 001d 0000 002b 0002 0304", SHORT},
    {"share without key", "0303" RANDOM "00 1301 00 000c 0033 0002 001d 002b 0002 0304", SHORT},
    {"share behind", "0303" RANDOM "00 1301 00 0010 0033 0006 001d 0001 aa00 002b 0002 0304", SHORT},
    {"cookie in ServerHello", "0303" RANDOM "00 1301 00 0007 002c 0003 0001 61",
	TLS_E_ILLEGAL_EXTENSION},
    {"name in ServerHello", "0303" RANDOM "00 1301 00 000a 002b 0002 0304 0000 0000",
	TLS_E_ILLEGAL_EXTENSION},
    {"PSK in ServerHello", "0303" RANDOM "00 1301 00 000c 002b 0002 0304 0029 0002 0000", 0},
    {"share in TLS 1.2", "0303" RANDOM "00 c02b 00 0009 0033 0005 001d 0001 aa",
	TLS_E_ILLEGAL_EXTENSION},
    {"retry", "0303" RETRY "00 1301 00 0006 0033 0002 001d", 0},
    {"retry with a share", "0303" RETRY "00 1301 00 0009 0033 0005 001d 0001 aa", SHORT},
    {"retry with a cookie", "0303" RETRY "00 1301 00 0007 002c 0003 0001 61", 0},
    {"retry with an empty cookie", "0303" RETRY "00 1301 00 0006 002c 0002 0000", SHORT},
    {"retry with a PSK", "0303" RETRY "00 1301 00 0006 0029 0002 0000", TLS_E_ILLEGAL_EXTENSION},
};

static void rules_of_section_4_1_3(void **state)
{
	(void)state;
	codec_rules(decode, rules, sizeof(rules) / sizeof(rules[0]));
}

/* TLS 1.2: RFC 5246 section 7.4.1.3 and the extensions' own RFCs (5746, 7627, 8422, 6066, 7301, 8449). */
#define HELLO12 "0303" RANDOM "01 77 c02b 00 "
#define ALL12 "ff01 0001 00 0017 0000 000b 0002 0100 0000 0000 0010 0005 0003 02 6832 001c 0002 4000"

static void fields12(void **state)
{
	struct hex h = unhex(HELLO12 "0022 " ALL12);

	(void)state;
	assert_int_equal(decode(tls_span(h.p, h.len)), 0);
	assert_int_equal(kept.version, 0);
	assert_int_equal(kept.suite, 0xc02b);
	assert_hex(kept.session_id.p, kept.session_id.len, "77");
	assert_true(kept.has_renegotiation_info && kept.renegotiation_info.len == 0);
	assert_true(kept.extended_master_secret && kept.server_name);
	assert_hex(kept.point_formats.p, kept.point_formats.len, "00");
	assert_hex(kept.alpn.p, kept.alpn.len, "6832");
	assert_int_equal(kept.record_size_limit, 0x4000);
	codec_writes(encode, h.p, h.len);
	codec_cut(decode, h.p, h.len, 2 + 32 + 2 + 3);
	codec_longer(decode, h.p, h.len);
}

static void rules12(void **state)
{
	(void)state;
	assert_int_equal(codec_try_hex(decode, HELLO12), 0);
	assert_int_equal(codec_try_hex(decode, HELLO12 "0000"), 0);
	assert_false(kept.has_renegotiation_info || kept.extended_master_secret || kept.server_name);
	assert_int_equal(codec_try_hex(decode, HELLO12 "0006 ff01 0002 0177"), 0);
	assert_hex(kept.renegotiation_info.p, kept.renegotiation_info.len, "77");
	assert_int_equal(codec_try_hex(decode, HELLO12 "0006 ff01 0002 0077"), SHORT);
	assert_int_equal(codec_try_hex(decode, HELLO12 "0005 0017 0001 00"), SHORT);
	assert_int_equal(codec_try_hex(decode, HELLO12 "0005 000b 0001 00"), SHORT);
	assert_int_equal(codec_try_hex(decode, HELLO12 "0006 001c 0002 003f"), ILLEGAL);
	/* what TLS 1.3 says elsewhere may not stand beside its version */
	assert_int_equal(
	    codec_try_hex(decode, HELLO12 "000a 002b 0002 0304 0017 0000"), TLS_E_ILLEGAL_EXTENSION);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(fields),
	    cmocka_unit_test(fields_of_retry),
	    cmocka_unit_test(round_trip),
	    cmocka_unit_test(cut_and_lengths),
	    cmocka_unit_test(rules_of_section_4_1_3),
	    cmocka_unit_test(fields12),
	    cmocka_unit_test(rules12),
	};

	return cmocka_run_group_tests_name("server_hello", tests, NULL, NULL);
}
