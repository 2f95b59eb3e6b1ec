/* client_hello_test.c - ClientHello against the messages of RFC 8448 and the rules of RFC 8446
 * sections 4.1.2 and 4.2, RFC 6066 section 3, RFC 7301 and RFC 8449. */
#include "codec.h"

#include <stdio.h>

#include "tests/vectors/rfc8448_3.h"
#include "tests/vectors/rfc8448_5.h"
#include "tests/vectors/rfc8448_6.h"
#include "tests/vectors/rfc8448_7.h"
#include "tls/msg/client_hello.h"

static const char *const rfc8448[] = {rfc8448_3_client_hello, rfc8448_5_client_hello1,
    rfc8448_5_client_hello2, rfc8448_6_client_hello, rfc8448_7_client_hello};

#define N_RFC8448 (sizeof(rfc8448) / sizeof(rfc8448[0]))

static struct tls_client_hello kept;

static int decode(struct tls_span body)
{
	return tls_client_hello_decode(&kept, body);
}

static void encode(struct tls_buf *b)
{
	tls_client_hello_encode(b, &kept);
}

/* ---- RFC 8448 */

static void rfc8448_3_field_by_field(void **state)
{
	struct hex h = codec_body(rfc8448_3_client_hello, TLS_HANDSHAKE_CLIENT_HELLO);
	struct tls_client_hello m;
	struct tls_span share;

	(void)state;
	assert_int_equal(tls_client_hello_decode(&m, tls_span(h.p, h.len)), 0);
	assert_int_equal(m.legacy_version, 0x0303);
	assert_hex(m.random.p, m.random.len, rfc8448_3_client_random);
	assert_int_equal(m.session_id.len, 0);
	assert_hex(m.suites.p, m.suites.len, "1301 1303 1302");
	assert_hex(m.compression.p, m.compression.len, "00");
	assert_int_equal(m.ext.n, 9);
	assert_int_equal(m.server_name.len, 6);
	assert_memory_equal(m.server_name.p, "server", 6);
	assert_hex(m.versions.p, m.versions.len, "0304");
	assert_hex(m.groups.p, m.groups.len, "001d 0017 0018 0019 0100 0101 0102 0103 0104");
	assert_hex(m.schemes.p, m.schemes.len,
	    "0403 0503 0603 0203 0804 0805 0806 0401 0501 0601 0201 0402 0502 0602 0202");
	assert_int_equal(m.alpn.len, 0);
	assert_true(m.has_key_share);
	assert_false(m.has_early_data);
	assert_int_equal(m.record_size_limit, 0x4001);
	assert_true(tls_client_hello_share(&m, 0x001d, &share));
	assert_hex(share.p, share.len, rfc8448_3_client_x25519_public);
	assert_false(tls_client_hello_share(&m, 0x0017, &share));
	assert_true(tls_client_hello_has(m.groups, 0x0104));
	assert_false(tls_client_hello_has(m.groups, 0x0105));
}

static void rfc8448_round_trip(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_RFC8448; i++) {
		struct hex h = codec_body(rfc8448[i], TLS_HANDSHAKE_CLIENT_HELLO);

		assert_int_equal(tls_client_hello_decode(&kept, tls_span(h.p, h.len)), 0);
		codec_writes(encode, h.p, h.len);
	}
}

static size_t behind_compression(const struct hex *h)
{
	size_t at = 2 + TLS_RANDOM_LEN;

	at += 1u + h->p[at];
	at += 2u + (size_t)(h->p[at] << 8 | h->p[at + 1]);
	return at + 1 + h->p[at];
}

static void rfc8448_cut(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_RFC8448; i++) {
		struct hex h = codec_body(rfc8448[i], TLS_HANDSHAKE_CLIENT_HELLO);
		size_t end = behind_compression(&h);

		/* RFC 5246 section 7.4.1.2: a hello may end without extensions */
		codec_cut(decode, h.p, h.len, end);
		assert_int_equal(codec_try(decode, h.p, end), 0);
		assert_int_equal(kept.ext.n, 0);
		codec_longer(decode, h.p, h.len);
	}
}

/* Lists inside an extension whose own length must fit: type, where, bytes. */
static const struct {
	unsigned type, at, width;
} inner[] = {{0, 0, 2}, {0, 3, 2}, {10, 0, 2}, {13, 0, 2}, {43, 0, 1}, {51, 0, 2}, {51, 4, 2}};

static void rfc8448_lengths(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_RFC8448; i++) {
		struct hex h = codec_body(rfc8448[i], TLS_HANDSHAKE_CLIENT_HELLO);
		size_t ext = behind_compression(&h), at = 2 + TLS_RANDOM_LEN;

		codec_length(decode, h.p, h.len, at, 1);
		at += 1u + h.p[at];
		codec_length(decode, h.p, h.len, at, 2);
		at += 2u + (size_t)(h.p[at] << 8 | h.p[at + 1]);
		codec_length(decode, h.p, h.len, at, 1);
		codec_length(decode, h.p, h.len, ext, 2);
		for (at = ext + 2; at < h.len;
		     at += 4u + (size_t)(h.p[at + 2] << 8 | h.p[at + 3])) {
			unsigned type = (unsigned)h.p[at] << 8 | h.p[at + 1];

			codec_length(decode, h.p, h.len, at + 2, 2);
			for (size_t k = 0; k < sizeof(inner) / sizeof(inner[0]); k++)
				if (inner[k].type == type)
					codec_length(decode, h.p, h.len, at + 4 + inner[k].at,
					    inner[k].width);
		}
	}
}

/* ---- The rules, one by one */

#define START "0303 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f "
#define SHORT TLS_E_UNEXPECTED_PACKET_LENGTH
#define ILLEGAL TLS_E_ILLEGAL_PARAMETER

static const struct {
	const char *what, *hello;
	int err;
} hellos[] = {
    {"without extensions", START "00 0002 1301 01 00", 0},
    {"with an empty list of them", START "00 0002 1301 01 00 0000", 0},
    {"no suite", START "00 0000 01 00", SHORT},
    {"half a suite", START "00 0003 130113 01 00", SHORT},
    {"no compression", START "00 0002 1301 00", SHORT},
    {"two compressions", START "00 0002 1301 02 0100", 0},
    {"session id of 32",
	START "20 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f 0002 1301 01 00",
	0},
    {"session id of 33",
	START
	"21 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20 0002 1301 01 00",
	SHORT},
    {"half a length of extensions", START "00 0002 1301 01 00 00", SHORT},
    {"a byte behind the extensions", START "00 0002 1301 01 00 0000 00", SHORT},
};

#define PSK                                                                                        \
	"0029 002c 0007 0001 61 00000000 0021 20 "                                                 \
	"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

/* Extensions alone; START, one suite and no compression stand before them. */
static const struct {
	const char *what, *ext;
	int err;
} rules[] = {
    {"twice the same", "ff01 0001 00 ff01 0001 00", ILLEGAL},
    {"not for this message", "0030 0002 0000", TLS_E_ILLEGAL_EXTENSION},
    {"PSK last", "0015 0000 " PSK, 0},
    {"PSK not last", PSK " 0015 0000", ILLEGAL},
    {"PSK without a body", "0029 0000", SHORT},
    {"PSK modes", "002d 0002 0101", 0},
    {"PSK modes: none", "002d 0001 00", SHORT},
    {"name", "0000 0006 0004 00 0001 61", 0},
    {"name: no body", "0000 0000", SHORT},
    {"name: empty list", "0000 0002 0000", SHORT},
    {"name: empty", "0000 0005 0003 00 0000", SHORT},
    {"name: longer than its list", "0000 0006 0004 00 0002 61", SHORT},
    {"name: behind the list", "0000 0007 0004 00 0001 61 00", SHORT},
    {"name: half an entry behind it", "0000 0007 0005 00 0001 61 00", SHORT},
    {"name: twice", "0000 000a 0008 00 0001 61 00 0001 62", ILLEGAL},
    {"name: of another kind only", "0000 0006 0004 01 0001 00", 0},
    {"name: of another kind before", "0000 000a 0008 01 0001 00 00 0001 62", 0},
    {"name: dot at the end", "0000 0007 0005 00 0002 612e", ILLEGAL},
    {"name: only a dot", "0000 0006 0004 00 0001 2e", ILLEGAL},
    {"name: NUL inside", "0000 0008 0006 00 0003 610062", ILLEGAL},
    {"versions: empty body", "002b 0000", SHORT},
    {"versions: empty", "002b 0001 00", SHORT},
    {"versions: half", "002b 0004 03 030403", SHORT},
    {"versions: behind the list", "002b 0004 02 0304 00", SHORT},
    {"versions: two", "002b 0005 04 0304 0303", 0},
    {"groups: empty", "000a 0002 0000", SHORT},
    {"groups: half", "000a 0005 0003 001d00", SHORT},
    {"groups: behind the list", "000a 0005 0002 001d 00", SHORT},
    {"groups: one", "000a 0004 0002 001d", 0},
    {"schemes: empty", "000d 0002 0000", SHORT},
    {"schemes: half", "000d 0005 0003 080408", SHORT},
    {"schemes: one", "000d 0004 0002 0804", 0},
    {"protocols: one", "0010 0005 0003 02 6832", 0},
    {"protocols: empty", "0010 0002 0000", SHORT},
    {"protocols: empty name", "0010 0006 0004 02 6832 00", SHORT},
    {"protocols: name behind its list", "0010 0005 0003 03 6832", SHORT},
    {"protocols: behind the list", "0010 0006 0003 02 6832 00", SHORT},
    {"shares: none", "0033 0002 0000", 0},
    {"shares: no body", "0033 0000", SHORT},
    {"shares: an empty one", "0033 0006 0004 001d 0000", SHORT},
    {"shares: one", "0033 0007 0005 001d 0001 aa", 0},
    {"shares: half a group", "0033 0003 0001 00", SHORT},
    {"shares: behind the list", "0033 0008 0005 001d 0001 aa 00", SHORT},
    {"record size 63", "001c 0002 003f", ILLEGAL},
    {"record size 64", "001c 0002 0040", 0},
    {"record size 65535", "001c 0002 ffff", 0},
    {"record size: cut", "001c 0001 40", SHORT},
    {"record size: longer", "001c 0003 004000", SHORT},
    {"early data", "002a 0000", 0},
    {"early data with a body", "002a 0001 00", SHORT},
    {"padding", "0015 0004 00000000", 0},
    {"unknown, empty", "fafa 0000", 0},
};

static void hello_rules(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(hellos) / sizeof(hellos[0]); i++) {
		int err = codec_try_hex(decode, hellos[i].hello);

		if (err != hellos[i].err)
			fail_msg("%s: %d", hellos[i].what, err);
	}
}

static void extension_rules(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		struct hex ext = unhex(rules[i].ext);
		char text[1024];
		int err;

		snprintf(
		    text, sizeof(text), START "00 0002 1301 01 00 %04zx %s", ext.len, rules[i].ext);
		err = codec_try_hex(decode, text);
		if (err != rules[i].err)
			fail_msg("%s: %d", rules[i].what, err);
	}
}

/* A hello with this server name; what decoding it gives. */
static int try_name(const uint8_t *name, size_t len)
{
	struct tls_buf b;
	struct tls_block ext, one, list, value;
	struct hex start = unhex(START "00 0002 1301 01 00");
	int err;

	tls_buf_init(&b, 0);
	tls_buf_bytes(&b, start.p, start.len);
	ext = tls_buf_open(&b, 2);
	one = tls_ext_open(&b, TLS_EXT_SERVER_NAME);
	list = tls_buf_open(&b, 2);
	tls_buf_u8(&b, 0);
	value = tls_buf_open(&b, 2);
	tls_buf_bytes(&b, name, len);
	tls_buf_close(&b, value);
	tls_buf_close(&b, list);
	tls_buf_close(&b, one);
	tls_buf_close(&b, ext);
	assert_true(tls_buf_ok(&b));
	err = codec_try(decode, b.p, b.len);
	tls_buf_clear(&b);
	return err;
}

static void name_bytes(void **state)
{
	const char *good = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";

	(void)state;
	for (unsigned c = 0; c <= 255; c++) {
		uint8_t name[] = {'a', (uint8_t)c, 'b'};
		bool fine = c != 0 && strchr(good, (int)c) != NULL;

		assert_int_equal(try_name(name, sizeof(name)), fine ? 0 : ILLEGAL);
	}
}

static void name_length(void **state)
{
	uint8_t name[256];

	(void)state;
	memset(name, 'a', sizeof(name));
	assert_int_equal(try_name(name, 255), 0);
	assert_int_equal(try_name(name, 256), ILLEGAL);
}

/* ---- The second hello after a retry, RFC 8446 section 4.1.2 */

#define RANDOM "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

static const struct {
	const char *what, *first, *second;
	bool repeats;
} pairs[] = {
#define BASE(ext) "0303" RANDOM "0101 0002 1301 01 00 " ext
    {"the same", BASE("0008 000a 0004 0002 001d"), BASE("0008 000a 0004 0002 001d"), true},
    {"another share", BASE("0013 000a 0004 0002 001d 0033 0007 0005 001d 0001 aa"),
	BASE("0013 000a 0004 0002 001d 0033 0007 0005 001d 0001 bb"), true},
    {"share added", BASE("0008 000a 0004 0002 001d"),
	BASE("0013 000a 0004 0002 001d 0033 0007 0005 001d 0001 bb"), true},
    {"cookie added", BASE("0000"), BASE("0007 002c 0003 0001 61"), true},
    {"early data gone", BASE("0004 002a 0000"), BASE("0000"), true},
    {"PSK gone", BASE("0030 " PSK), BASE("0000"), true},
    {"padding shorter", BASE("0005 0015 0001 00"), BASE("0004 0015 0000"), true},
    {"other order", BASE("000c 000a 0004 0002 001d fafa 0000"),
	BASE("000c fafa 0000 000a 0004 0002 001d"), true},
    {"another random", BASE("0000"),
	"0303 ff0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
	"0101 0002 1301 01 00 0000",
	false},
    {"another version", BASE("0000"), "0302" RANDOM "0101 0002 1301 01 00 0000", false},
    {"another session id", BASE("0000"), "0303" RANDOM "0102 0002 1301 01 00 0000", false},
    {"another suite", BASE("0000"), "0303" RANDOM "0101 0002 1302 01 00 0000", false},
    {"a suite more", BASE("0000"), "0303" RANDOM "0101 0004 1301 1302 01 00 0000", false},
    {"another compression", BASE("0000"), "0303" RANDOM "0101 0002 1301 01 01 0000", false},
    {"another group", BASE("0008 000a 0004 0002 001d"), BASE("0008 000a 0004 0002 0017"), false},
    {"groups gone", BASE("0008 000a 0004 0002 001d"), BASE("0000"), false},
    {"groups added", BASE("0000"), BASE("0008 000a 0004 0002 001d"), false},
    {"unknown one changed", BASE("0005 fafa 0001 00"), BASE("0005 fafa 0001 01"), false},
    {"name gone", BASE("000a 0000 0006 0004 00 0001 61"), BASE("0000"), false},
};

static void second_hello(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		struct hex a = unhex(pairs[i].first), b = unhex(pairs[i].second);
		struct tls_client_hello first, second;

		assert_int_equal(tls_client_hello_decode(&first, tls_span(a.p, a.len)), 0);
		assert_int_equal(tls_client_hello_decode(&second, tls_span(b.p, b.len)), 0);
		if (tls_client_hello_repeats(&second, &first) != pairs[i].repeats)
			fail_msg("%s", pairs[i].what);
	}
}

static void rfc8448_5_repeats(void **state)
{
	struct hex a = codec_body(rfc8448_5_client_hello1, TLS_HANDSHAKE_CLIENT_HELLO);
	struct hex b = codec_body(rfc8448_5_client_hello2, TLS_HANDSHAKE_CLIENT_HELLO);
	struct tls_client_hello first, second;

	(void)state;
	assert_int_equal(tls_client_hello_decode(&first, tls_span(a.p, a.len)), 0);
	assert_int_equal(tls_client_hello_decode(&second, tls_span(b.p, b.len)), 0);
	assert_true(tls_client_hello_repeats(&second, &first));
}

/* What TLS 1.2 reads of it: RFC 8422 section 5.1.2, RFC 7627 section 5.1, RFC 5746 section 3.2. */
#define HELLO12                                                                                    \
	"0303 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f 00 0002 c02b 0100 "

static void extensions_of_tls12(void **state)
{
	struct hex h = unhex(HELLO12 "0011 ff01 0002 01aa 0017 0000 000b 0003 020001 ");
	struct tls_client_hello m;

	(void)state;
	assert_int_equal(tls_client_hello_decode(&m, tls_span(h.p, h.len)), 0);
	assert_true(m.has_renegotiation_info && m.has_extended_master_secret);
	assert_hex(m.renegotiation_info.p, m.renegotiation_info.len, "aa");
	assert_hex(m.point_formats.p, m.point_formats.len, "0001");
	assert_int_equal(codec_try_hex(decode, HELLO12), 0);
	assert_int_equal(
	    codec_try_hex(decode, HELLO12 "0006 ff01 0002 00aa"), TLS_E_UNEXPECTED_PACKET_LENGTH);
	assert_int_equal(codec_try_hex(decode, HELLO12 "0005 ff01 0001 00"), 0);
	assert_int_equal(codec_try_hex(decode, HELLO12 "0004 ff01 0000"), TLS_E_UNEXPECTED_PACKET_LENGTH);
	assert_int_equal(codec_try_hex(decode, HELLO12 "0005 0017 0001 00"), TLS_E_UNEXPECTED_PACKET_LENGTH);
	assert_int_equal(codec_try_hex(decode, HELLO12 "0005 000b 0001 00"), TLS_E_UNEXPECTED_PACKET_LENGTH);
	assert_int_equal(
	    codec_try_hex(decode, HELLO12 "0008 0017 0000 0017 0000"), TLS_E_ILLEGAL_PARAMETER);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(rfc8448_3_field_by_field),
	    cmocka_unit_test(rfc8448_round_trip),
	    cmocka_unit_test(rfc8448_cut),
	    cmocka_unit_test(rfc8448_lengths),
	    cmocka_unit_test(hello_rules),
	    cmocka_unit_test(extension_rules),
	    cmocka_unit_test(name_bytes),
	    cmocka_unit_test(name_length),
	    cmocka_unit_test(second_hello),
	    cmocka_unit_test(rfc8448_5_repeats),
	    cmocka_unit_test(extensions_of_tls12),
	};

	return cmocka_run_group_tests_name("client_hello", tests, NULL, NULL);
}
