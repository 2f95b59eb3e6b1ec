/* padding_test.c - padding of TLS 1.3 records, as it is on the wire: RFC 8446 section 5.4, RFC 8449 section 4. */
#include "unit.h"

#include <string.h>

#include "tests/lib/duo.h"
#include "tests/lib/pair.h"
#include "tls/error.h"
#include "tls/record.h"

#define LEN 40000

static uint8_t data[LEN], got[LEN];

static int setup(void **state)
{
	(void)state;
	for (size_t i = 0; i < LEN; i++)
		data[i] = (uint8_t)(i % 251 + 1);
	return 0;
}

/* The lengths of content, content type and padding of the records that are under way; what isn't protected is
 * left out. */
static unsigned inner_lengths(const struct wire_pipe *pipe, size_t *lens, unsigned max)
{
	unsigned n = 0;

	for (size_t at = pipe->start; at < pipe->end;) {
		size_t len = (size_t)pipe->p[at + 3] << 8 | pipe->p[at + 4];

		assert_true(pipe->end - at >= TLS_RECORD_HEADER_LEN + len);
		if (pipe->p[at] == TLS_CONTENT_DATA) {
			assert_true(n < max);
			lens[n++] = len - TLS_AEAD_TAG_LEN;
		}
		at += TLS_RECORD_HEADER_LEN + len;
	}
	return n;
}

static size_t only_length(const struct wire_pipe *pipe)
{
	size_t len;

	assert_int_equal(inner_lengths(pipe, &len, 1), 1);
	return len;
}

static void receive(tls_session_t s, size_t len)
{
	for (size_t n = 0; n < len;) {
		ssize_t r = tls_record_recv(s, got + n, LEN - n);

		assert_true(r > 0);
		n += (size_t)r;
		assert_true(n <= len);
	}
	assert_memory_equal(got, data, len);
	assert_int_equal(tls_record_recv(s, got, 1), TLS_E_AGAIN);
}

/* What a record of len bytes has: typed from the documentation in tls.h. */
static size_t expected(size_t len, size_t block, size_t max)
{
	size_t inner = len + 1;

	while (block > 1 && inner % block != 0 && inner < max + 1)
		inner++;
	return inner;
}

static void to_multiples(void **state)
{
	static const size_t blocks[] = {0, 1, 2, 16, 255, 256, 1000, 4096, 16384};
	static const size_t lens[] = {1, 2, 15, 16, 254, 255, 256, 999, 4095, 4096, 16000, 16382, 16383, 16384};
	struct duo d;

	(void)state;
	duo_init(&d, NULL, NULL);
	duo_connect(&d);
	for (unsigned i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++) {
		assert_int_equal(tls_record_set_padding(d.client, blocks[i]), 0);
		for (unsigned j = 0; j < sizeof(lens) / sizeof(lens[0]); j++) {
			assert_int_equal(tls_record_send(d.client, data, lens[j]), lens[j]);
			assert_int_equal(only_length(&d.wire.c2s), expected(lens[j], blocks[i], TLS_RECORD_MAX_LEN));
			receive(d.server, lens[j]);
		}
	}
	assert_int_equal(tls_record_set_padding(d.client, TLS_RECORD_MAX_LEN + 1), TLS_E_INVALID_REQUEST);
	duo_clear(&d);
}

/* Whatever limits it: the peer's record_size_limit, or ours. */
static void within_the_limit(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 60; i++) {
		size_t limit = 64 + i * 7, block = 1 + (i * 37) % 500, max = i % 2 == 0 ? limit : limit - i / 2;
		size_t inner[700], sum = 0;
		struct duo d;
		unsigned n;

		duo_init(&d, NULL, NULL);
		assert_int_equal(tls_record_set_max_recv_size(d.server, limit), 0);
		duo_connect(&d);
		if (max >= 64)
			assert_int_equal(tls_record_set_max_size(d.client, max), 0);
		else
			max = limit;
		assert_int_equal(tls_record_set_padding(d.client, block), 0);
		assert_int_equal(tls_record_send(d.client, data, 1000), 1000);
		n = inner_lengths(&d.wire.c2s, inner, 700);
		for (unsigned k = 0; k < n; k++) {
			size_t len = 1000 - sum < max ? 1000 - sum : max;

			assert_int_equal(inner[k], expected(len, block, max));
			assert_true(inner[k] <= max + 1);
			sum += len;
		}
		assert_int_equal(sum, 1000);
		receive(d.server, 1000);
		duo_clear(&d);
	}
}

/* Set before it, also the protected part of the handshake is padded, and a KeyUpdate; an alert isn't. */
static void handshake_and_alerts(void **state)
{
	size_t inner[10];
	struct duo d;
	unsigned n;

	(void)state;
	duo_init(&d, NULL, NULL);
	assert_int_equal(tls_record_set_padding(d.server, 512), 0);
	assert_int_equal(tls_record_set_padding(d.client, 128), 0);
	assert_int_equal(tls_handshake(d.client), TLS_E_AGAIN);
	assert_int_equal(inner_lengths(&d.wire.c2s, inner, 10), 0);
	assert_int_equal(tls_handshake(d.server), TLS_E_AGAIN);
	n = inner_lengths(&d.wire.s2c, inner, 10);
	assert_int_equal(n, 4); /* EncryptedExtensions to Finished */
	for (unsigned i = 0; i < n; i++)
		assert_int_equal(inner[i] % 512, 0);
	assert_int_equal(tls_handshake(d.client), 0);
	assert_int_equal(only_length(&d.wire.c2s), 128);
	duo_connect(&d);
	assert_int_equal(tls_session_key_update(d.client, 0), 0);
	assert_int_equal(tls_record_send(d.client, NULL, 0), 0);
	assert_int_equal(only_length(&d.wire.c2s), 128);
	assert_int_equal(tls_record_recv(d.server, got, 1), TLS_E_AGAIN);
	assert_int_equal(tls_bye(d.client, TLS_SHUT_WR), 0);
	assert_int_equal(only_length(&d.wire.c2s), 3);
	duo_clear(&d);
}

/* ---- tls_record_send2 */

static void by_the_call(void **state)
{
	static const struct {
		size_t len, pad, block, taken, inner;
	} rows[] = {
		{1, 1, 0, 1, 3},
		{100, 900, 0, 100, 1001},
		{100, 900, 256, 100, 1024},
		{100, 0, 256, 100, 256},
		{16384, 1, 0, 16383, 16385},
		{LEN, 16383, 0, 1, 16385},
		{LEN, 10000, 512, 6384, 16385},
		{LEN, 10, 0, 16374, 16385},
		{0, 7, 0, 0, 8},
		{0, 7, 100, 0, 100},
		{0, 16383, 0, 0, 16384},
	};
	struct duo d;

	(void)state;
	duo_init(&d, NULL, NULL);
	duo_connect(&d);
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(tls_record_set_padding(d.client, rows[i].block), 0);
		assert_int_equal(tls_record_send2(d.client, data, rows[i].len, rows[i].pad, 0), rows[i].taken);
		assert_int_equal(only_length(&d.wire.c2s), rows[i].inner);
		receive(d.server, rows[i].taken);
	}
	assert_int_equal(tls_record_send2(d.client, NULL, 0, 0, 0), 0);
	assert_int_equal(wire_len(&d.wire.c2s), 0);
	assert_int_equal(tls_record_send2(d.client, data, 1, 1, 1), TLS_E_INVALID_REQUEST);
	assert_int_equal(tls_record_send2(d.client, data, 1, TLS_RECORD_MAX_LEN, 0), TLS_E_INVALID_REQUEST);
	assert_int_equal(tls_record_set_max_size(d.client, 100), 0);
	assert_int_equal(tls_record_send2(d.client, data, 1, 100, 0), TLS_E_INVALID_REQUEST);
	assert_int_equal(tls_record_send2(d.client, data, 50, 99, 0), 1);
	assert_int_equal(only_length(&d.wire.c2s), 101);
	assert_int_equal(tls_alert_send(d.client, TLS_AL_FATAL, TLS_ALERT_USER_CANCELED), 0);
	assert_int_equal(tls_record_send2(d.client, data, 1, 100, 0), TLS_E_INVALID_SESSION);
	duo_clear(&d);
}

/* CONTRACT A2 and A4 with padding. */
static void interrupted(void **state)
{
	struct duo d;

	(void)state;
	duo_init(&d, NULL, NULL);
	duo_connect(&d);
	d.wire.c2s.window = 10;
	assert_int_equal(tls_record_send2(d.client, data, 100, 900, 0), TLS_E_AGAIN);
	assert_int_equal(tls_record_get_direction(d.client), 1);
	assert_int_equal(tls_record_check_queued(d.client), 100);
	d.wire.c2s.window = 0;
	assert_int_equal(tls_record_send(d.client, NULL, 0), 100);
	assert_int_equal(only_length(&d.wire.c2s), 1001);
	receive(d.server, 100);
	d.wire.c2s.window = 1;
	wire_put(&d.wire.c2s, "\x17", 1); /* full: nothing of it goes out */
	assert_int_equal(tls_record_send2(d.client, data, 100, 900, 0), TLS_E_AGAIN);
	assert_int_equal(tls_record_discard_queued(d.client), 100);
	assert_false(tls_record_flush_pending(d.client));
	d.wire.c2s.start++;
	d.wire.c2s.window = 0;
	assert_int_equal(tls_record_send2(d.client, data, 3, 0, 0), 3);
	receive(d.server, 3);
	d.wire.c2s.window = 10;
	assert_int_equal(tls_record_send2(d.client, NULL, 0, 50, 0), TLS_E_AGAIN);
	assert_int_equal(tls_record_check_queued(d.client), 0);
	d.wire.c2s.window = 0;
	assert_int_equal(tls_record_send(d.client, NULL, 0), 0);
	assert_int_equal(only_length(&d.wire.c2s), 51);
	duo_clear(&d);
}

/* A wire buffer takes padding, too. */
static void a_full_buffer(void **state)
{
	struct duo d;

	(void)state;
	duo_init(&d, NULL, NULL);
	duo_connect(&d);
	assert_int_equal(tls_record_set_padding(d.client, TLS_RECORD_MAX_LEN), 0);
	tls_record_cork(d.client);
	for (unsigned i = 0; i < 20; i++)
		assert_int_equal(tls_record_send(d.client, data + i, 1), 1);
	assert_true(tls_record_uncork(d.client, 0) > 0);
	receive(d.server, 20);
	duo_clear(&d);
}

static void none_in_tls_12(void **state)
{
	size_t plain;
	struct duo d;

	(void)state;
	duo_init(&d, NULL, NULL);
	duo_only12(&d);
	duo_connect(&d);
	assert_int_equal(tls_record_send(d.client, data, 10), 10);
	plain = only_length(&d.wire.c2s);
	receive(d.server, 10);
	assert_int_equal(tls_record_set_padding(d.client, 256), 0);
	assert_int_equal(tls_record_send(d.client, data, 10), 10);
	assert_int_equal(only_length(&d.wire.c2s), plain);
	receive(d.server, 10);
	assert_int_equal(tls_record_send2(d.client, data, 10, 100, 0), 10);
	assert_int_equal(only_length(&d.wire.c2s), plain);
	receive(d.server, 10);
	assert_int_equal(tls_record_send2(d.client, NULL, 0, 100, 0), 0);
	assert_int_equal(wire_len(&d.wire.c2s), 0);
	duo_clear(&d);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(to_multiples),
		cmocka_unit_test(within_the_limit),
		cmocka_unit_test(handshake_and_alerts),
		cmocka_unit_test(by_the_call),
		cmocka_unit_test(interrupted),
		cmocka_unit_test(a_full_buffer),
		cmocka_unit_test(none_in_tls_12),
	};

	return cmocka_run_group_tests_name("padding", tests, setup, NULL);
}
