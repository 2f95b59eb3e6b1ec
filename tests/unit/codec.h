/* codec.h - what every test of a message's decoder and encoder does.
 *
 * A message is decoded from memory of exactly its size, so that a sanitizer sees a read behind it.
 */
#ifndef TESTS_UNIT_CODEC_H
#define TESTS_UNIT_CODEC_H

#include "hex.h"

#include "tls/bytes/buf.h"
#include "tls/bytes/mem.h"
#include "tls/bytes/span.h"
#include "tls/tls.h"

#define CODEC_HEADER_LEN 4

/* Decodes and forgets. */
typedef int (*codec_decode)(struct tls_span body);
/* Writes a message that the test keeps. */
typedef void (*codec_encode)(struct tls_buf *b);

static inline int codec_try(codec_decode decode, const uint8_t *p, size_t len)
{
	uint8_t *copy = malloc(len > 0 ? len : 1);
	int err;

	assert_non_null(copy);
	tls_mem_copy(copy, p, len);
	err = decode(tls_span(copy, len));
	free(copy);
	return err;
}

static inline int codec_try_hex(codec_decode decode, const char *text)
{
	struct hex h = unhex(text);

	return codec_try(decode, h.p, h.len);
}

struct codec_rule {
	const char *what, *body;
	int err; /* what decoding gives */
};

static inline void codec_rules(codec_decode decode, const struct codec_rule *rules, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int err = codec_try_hex(decode, rules[i].body);

		if (err != rules[i].err)
			fail_msg("%s: %s", rules[i].what, tls_strerror_name(err));
	}
}

/* Cut at every byte: a decode error, but for the one length that may end there (0: none). */
static inline void codec_cut(codec_decode decode, const uint8_t *p, size_t len, size_t may_end)
{
	assert_int_equal(codec_try(decode, p, len), 0);
	for (size_t n = 0; n < len; n++)
		if (may_end == 0 || n != may_end)
			assert_int_equal(codec_try(decode, p, n), TLS_E_UNEXPECTED_PACKET_LENGTH);
}

/* One byte too many at the end. */
static inline void codec_longer(codec_decode decode, const uint8_t *p, size_t len)
{
	uint8_t longer[1200] = {0};

	assert_true(len < sizeof(longer));
	tls_mem_copy(longer, p, len);
	assert_int_equal(codec_try(decode, longer, len + 1), TLS_E_UNEXPECTED_PACKET_LENGTH);
}

/* The length field of width bytes at one off, at its ends: never good. */
static inline void codec_length(
    codec_decode decode, const uint8_t *p, size_t len, size_t at, unsigned width)
{
	uint8_t changed[1200];
	uint32_t v = 0, max = width == 3 ? 0xffffff : width == 2 ? 0xffff : 0xff;

	assert_true(len < sizeof(changed));
	for (unsigned i = 0; i < width; i++)
		v = v << 8 | p[at + i];
	for (unsigned k = 0; k < 4; k++) {
		uint32_t values[] = {v - 1, v + 1, 0, max};

		if ((v == 0 && k != 1 && k != 3) || (values[k] & max) == v)
			continue;
		tls_mem_copy(changed, p, len);
		for (unsigned i = 0; i < width; i++)
			changed[at + i] = (uint8_t)(values[k] >> 8 * (width - 1 - i));
		assert_int_not_equal(codec_try(decode, changed, len), 0);
	}
}

/* Encodes to exactly these bytes; into every smaller buffer, and with every allocation failing, it
 * says so. */
static inline void codec_writes(codec_encode encode, const uint8_t *p, size_t len)
{
	uint8_t room[1200];
	struct tls_buf b;
	unsigned long n = 0, left;

	tls_buf_init(&b, 0);
	encode(&b);
	assert_true(tls_buf_ok(&b));
	assert_int_equal(b.len, len);
	assert_memory_equal(b.p, p, len);
	tls_buf_clear(&b);
	for (size_t cap = 0; cap < len; cap++) {
		tls_buf_init_fixed(&b, room, cap);
		encode(&b);
		assert_false(tls_buf_ok(&b));
	}
	do {
		tls_buf_init(&b, 0);
		tls_mem_fail_at(++n);
		encode(&b);
		left = tls_mem_fail_left();
		tls_mem_fail_at(0);
		assert_int_equal(tls_buf_ok(&b), left > 0);
		tls_buf_clear(&b);
	} while (left == 0);
	assert_true(n > 1);
}

/* The body of a message whose header names its type and its length. */
static inline struct hex codec_body(const char *message, unsigned type)
{
	struct hex h = unhex(message);

	assert_true(h.len >= CODEC_HEADER_LEN);
	assert_int_equal(h.p[0], type);
	assert_int_equal(h.p[1] << 16 | h.p[2] << 8 | h.p[3], h.len - CODEC_HEADER_LEN);
	h.len -= CODEC_HEADER_LEN;
	tls_mem_move(h.p, h.p + CODEC_HEADER_LEN, h.len);
	return h;
}

#endif
