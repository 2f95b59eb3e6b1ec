/* data_test.c - application data beyond the contract's rows: sizes, limits, order, failing memory. */
#include "unit.h"

#include <errno.h>
#include <string.h>

#include "tests/lib/pair.h"
#include "tls/bytes/mem.h"
#include "tls/limits.h"
#include "tls/state.h"

static uint8_t pattern[200000], got[200000];

static int setup(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(pattern); i++)
		pattern[i] = (uint8_t)(i * 13 + i / 255);
	return 0;
}

static void every_length_to_send(void **state)
{
	static const size_t lens[] = {1, 2, 15, 16, 17, 16383, 16384, 16385, 32768, 65535, 65536, 65537, 150000};

	(void)state;
	for (unsigned i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
		size_t expected = lens[i] < TLS_SEND_MAX_LEN ? lens[i] : TLS_SEND_MAX_LEN;
		struct pair p;
		unsigned pushes;

		pair_init(&p, NULL);
		pair_connect(&p);
		pushes = p.wire.n_pushes;
		assert_int_equal(tls_record_send(p.server, pattern, lens[i]), expected);
		assert_int_equal(p.wire.n_pushes, pushes + 1); /* many records, one call */
		peer_run(&p.peer);
		assert_int_equal(p.peer.data.len, expected);
		assert_memory_equal(p.peer.data.p, pattern, expected);
		pair_clear(&p);
	}
}

static void every_size_of_reads(void **state)
{
	static const size_t sizes[] = {1, 7, 100, 16383, 16384, 16385, 50000, 200000};

	(void)state;
	for (unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct pair p;
		size_t have = 0;

		pair_init(&p, NULL);
		pair_connect(&p);
		for (size_t at = 0; at < 60000; at += 6000)
			peer_send_record(&p.peer, 23, pattern + at, 6000);
		while (have < 60000) {
			ssize_t n = tls_record_recv(p.server, got + have, sizes[i]);

			assert_true(n > 0 && (size_t)n <= sizes[i]);
			have += (size_t)n;
		}
		assert_memory_equal(got, pattern, 60000);
		assert_int_equal(tls_record_recv(p.server, got, 1), TLS_E_AGAIN);
		pair_clear(&p);
	}
}

static void one_read_takes_many_records(void **state)
{
	struct pair p;
	unsigned pulls;

	(void)state;
	pair_init(&p, NULL);
	pair_connect(&p);
	for (size_t at = 0; at < 60000; at += 6000)
		peer_send_record(&p.peer, 23, pattern + at, 6000);
	pulls = p.wire.n_pulls;
	assert_int_equal(tls_record_recv(p.server, got, sizeof(got)), 60000);
	assert_int_equal(p.wire.n_pulls, pulls + 1);
	pair_clear(&p);
}

static void before_the_handshake(void **state)
{
	struct pair p;

	(void)state;
	pair_init(&p, NULL);
	assert_int_equal(tls_record_send(p.server, "x", 1), TLS_E_INVALID_REQUEST);
	assert_int_equal(tls_record_recv(p.server, got, 1), TLS_E_INVALID_REQUEST);
	assert_int_equal(tls_record_uncork(p.server, 0), TLS_E_INVALID_REQUEST);
	assert_int_equal(tls_record_check_pending(p.server), 0);
	pair_connect(&p);
	assert_int_equal(tls_record_recv(p.server, got, 0), TLS_E_INVALID_REQUEST);
	pair_clear(&p);
}

/* SECURITY 2.1, empty-record flood. */
static void empty_records(void **state)
{
	struct pair p;

	(void)state;
	pair_init(&p, NULL);
	pair_connect(&p);
	for (unsigned i = 0; i < TLS_LIMIT_EMPTY_RECORDS; i++)
		peer_send_record(&p.peer, 23, pattern, 0);
	peer_send_record(&p.peer, 23, "x", 1);
	assert_int_equal(pair_recv(&p, got, 10), 1);
	for (unsigned i = 0; i <= TLS_LIMIT_EMPTY_RECORDS; i++)
		peer_send_record(&p.peer, 23, pattern, 0);
	assert_int_equal(pair_recv(&p, got, 10), TLS_E_TOO_MANY_EMPTY_PACKETS);
	pair_clear(&p);
}

static void what_came_before_an_error_is_given_first(void **state)
{
	struct pair p;

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		pair_init(&p, NULL);
		pair_connect(&p);
		peer_send_record(&p.peer, 23, "last words", 10);
		peer_send_raw(&p.peer, "\x17\x03\x03\x00\x20 this is not a record of ours .", 37);
		if (i == 0) {
			assert_int_equal(tls_record_recv(p.server, got, 100), 10);
			assert_memory_equal(got, "last words", 10);
		} else {
			assert_int_equal(tls_record_recv(p.server, got, 4), 4);
			assert_int_equal(tls_record_recv(p.server, got, 100), 6);
		}
		assert_int_equal(tls_record_check_pending(p.server), 1);
		assert_int_equal(tls_record_recv(p.server, got, 100), TLS_E_DECRYPTION_FAILED);
		assert_int_equal(tls_record_recv(p.server, got, 100), TLS_E_DECRYPTION_FAILED);
		pair_flush(&p);
		assert_int_equal(p.peer.alert, TLS_ALERT_BAD_RECORD_MAC);
		pair_clear(&p);
	}
}

/* A record that is replayed, dropped or swapped with its neighbour doesn't open. */
static void records_have_an_order(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		struct wire_pipe *pipe;
		struct pair p;
		uint8_t first[32], second[32];

		pair_init(&p, NULL);
		pair_connect(&p);
		pipe = &p.wire.c2s;
		peer_send_record(&p.peer, 23, "0123456789", 10);
		assert_int_equal(wire_get(pipe, first, 32), 32);
		peer_send_record(&p.peer, 23, "abcdefghij", 10);
		assert_int_equal(wire_get(pipe, second, 32), 32);
		if (i != 1)
			wire_put(pipe, i == 0 ? second : first, 32);
		wire_put(pipe, i == 1 ? second : first, 32);
		if (i == 2)
			assert_int_equal(pair_recv(&p, got, 10), 10);
		assert_int_equal(pair_recv(&p, got, 100), TLS_E_DECRYPTION_FAILED);
		pair_clear(&p);
	}
}

static void corked_beyond_the_buffer(void **state)
{
	struct pair p;
	size_t out = 0;

	(void)state;
	pair_init(&p, NULL);
	pair_connect(&p);
	tls_record_cork(p.server);
	while (out < sizeof(pattern)) {
		ssize_t n = tls_record_send(p.server, pattern + out, sizeof(pattern) - out < 5000
		        ? sizeof(pattern) - out
		        : 5000);

		assert_true(n > 0);
		out += (size_t)n;
	}
	assert_true(tls_record_uncork(p.server, 0) > 0);
	peer_run(&p.peer);
	assert_int_equal(p.peer.data.len, sizeof(pattern));
	assert_memory_equal(p.peer.data.p, pattern, sizeof(pattern));
	pair_clear(&p);
}

static void nothing_to_flush_needs_no_call(void **state)
{
	struct pair p;
	unsigned pushes;

	(void)state;
	pair_init(&p, NULL);
	pair_connect(&p);
	pushes = p.wire.n_pushes;
	assert_int_equal(tls_record_send(p.server, NULL, 0), 0);
	assert_int_equal(tls_record_send(p.server, "x", 0), 0);
	assert_int_equal(p.wire.n_pushes, pushes);
	pair_clear(&p);
}

/* Each allocation while data flows fails once: an error or nothing, never a wrong byte. */
static void every_allocation_may_fail(void **state)
{
	bool failed = true;
	unsigned n_failed = 0;

	(void)state;
	for (unsigned long n = 1; failed; n++) {
		struct pair p;
		ssize_t in, out;

		pair_init(&p, NULL);
		pair_connect(&p);
		p.wire.s2c.window = 100;
		peer_send_record(&p.peer, 23, pattern, 9000);
		peer_send_record(&p.peer, 23, pattern, 9000);
		p.wire.c2s.end -= 50;
		tls_mem_fail_at(n);
		out = tls_record_send(p.server, pattern, 5000);
		in = tls_record_recv(p.server, got, 4000);
		failed = tls_mem_fail_left() == 0;
		tls_mem_fail_at(0);
		n_failed += failed;
		if (failed)
			assert_true(out == TLS_E_MEMORY_ERROR || in == TLS_E_MEMORY_ERROR);
		else
			assert_true(out == TLS_E_AGAIN && in == 4000);
		pair_clear(&p);
	}
	assert_int_equal(n_failed, 2); /* the wire buffer, and what is kept of the input */
}

/* The count is an int, and a corked session may send for ever. */
static void corked_for_very_long(void **state)
{
	struct pair p;

	(void)state;
	pair_init(&p, NULL);
	pair_connect(&p);
	tls_record_cork(p.server);
	p.server->out.corked_len = (size_t)INT32_MAX + 1;
	assert_int_equal(tls_record_uncork(p.server, 0), INT32_MAX);
	assert_int_equal(tls_record_check_corked(p.server), 0);
	pair_clear(&p);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_length_to_send),
		cmocka_unit_test(every_size_of_reads),
		cmocka_unit_test(one_read_takes_many_records),
		cmocka_unit_test(before_the_handshake),
		cmocka_unit_test(empty_records),
		cmocka_unit_test(what_came_before_an_error_is_given_first),
		cmocka_unit_test(records_have_an_order),
		cmocka_unit_test(corked_beyond_the_buffer),
		cmocka_unit_test(corked_for_very_long),
		cmocka_unit_test(nothing_to_flush_needs_no_call),
		cmocka_unit_test(every_allocation_may_fail),
	};

	return cmocka_run_group_tests_name("data", tests, setup, NULL);
}
