/* buf_test.c - the growing writer: bytes, blocks, limits, memory that runs out, memory that is wiped. */
#include "unit.h"

#include <string.h>

#include "tls/bytes/buf.h"
#include "tls/bytes/mem.h"

static void numbers_are_big_endian(void **state)
{
	struct tls_buf b;

	(void)state;
	tls_buf_init(&b, 0);
	tls_buf_u8(&b, 0x01);
	tls_buf_u16(&b, 0x0203);
	tls_buf_u24(&b, 0x040506);
	tls_buf_u32(&b, 0x0708090a);
	assert_true(tls_buf_ok(&b));
	assert_int_equal(b.len, 10);
	assert_memory_equal(b.p, "\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a", 10);
	assert_ptr_equal(tls_buf_as_span(&b).p, b.p);
	assert_int_equal(tls_buf_as_span(&b).len, 10);
	tls_buf_clear(&b);
	assert_null(b.p);
	assert_int_equal(b.len, 0);
}

static void it_grows_and_keeps_its_bytes(void **state)
{
	struct tls_buf b;

	(void)state;
	tls_buf_init(&b, 0);
	for (unsigned i = 0; i < 5000; i++)
		tls_buf_u16(&b, i);
	assert_int_equal(b.len, 10000);
	for (unsigned i = 0; i < 5000; i++)
		assert_int_equal(b.p[2 * i] << 8 | b.p[2 * i + 1], i);
	tls_buf_clear(&b);
}

/* Up to max and not one byte more; what comes after the failure is ignored. */
static void max_is_the_limit(void **state)
{
	static const uint8_t bytes[300];

	(void)state;
	for (size_t max = 1; max <= 300; max += 13) {
		struct tls_buf b;

		tls_buf_init(&b, max);
		tls_buf_bytes(&b, bytes, max);
		assert_true(tls_buf_ok(&b));
		tls_buf_u8(&b, 1);
		assert_false(tls_buf_ok(&b));
		assert_int_equal(b.len, max);
		assert_true(b.cap <= max);
		assert_null(tls_buf_room(&b, 0));
		tls_buf_reset(&b);
		assert_true(tls_buf_ok(&b));
		tls_buf_u8(&b, 1);
		assert_int_equal(b.len, 1);
		tls_buf_clear(&b);
	}
}

static void a_fixed_writer_stays_in_its_room(void **state)
{
	uint8_t room[9];
	struct tls_buf b;

	(void)state;
	memset(room, 0xee, sizeof(room));
	tls_buf_init_fixed(&b, room, 8);
	tls_buf_u32(&b, 0x01020304);
	tls_buf_u32(&b, 0x05060708);
	assert_true(tls_buf_ok(&b));
	tls_buf_u8(&b, 9);
	assert_false(tls_buf_ok(&b));
	assert_memory_equal(room, "\x01\x02\x03\x04\x05\x06\x07\x08\xee", 9);
	tls_buf_clear(&b);
	assert_memory_equal(room, "\0\0\0\0\0\0\0\0\xee", 9);
	assert_ptr_equal(b.p, room);
}

static void blocks_get_their_length(void **state)
{
	struct tls_block outer, inner;
	struct tls_buf b;

	(void)state;
	tls_buf_init(&b, 0);
	tls_buf_u8(&b, 0xaa);
	outer = tls_buf_open(&b, 3);
	inner = tls_buf_open(&b, 2);
	tls_buf_bytes(&b, "xyz", 3);
	tls_buf_close(&b, inner);
	inner = tls_buf_open(&b, 1);
	tls_buf_close(&b, inner);
	tls_buf_close(&b, outer);
	assert_true(tls_buf_ok(&b));
	assert_int_equal(b.len, 10);
	assert_memory_equal(b.p, "\xaa\0\0\x06\0\x03xyz\0", 10);
	tls_buf_clear(&b);
}

/* A body of 2^(8 * prefix) - 1 bytes is the longest that its prefix can tell. */
static void a_block_too_long_fails(void **state)
{
	(void)state;
	for (unsigned prefix = 1; prefix <= 3; prefix++) {
		for (size_t over = 0; over <= 1; over++) {
			size_t len = ((size_t)1 << 8 * prefix) - 1 + over;
			struct tls_block block;
			struct tls_buf b;

			tls_buf_init(&b, 0);
			block = tls_buf_open(&b, prefix);
			assert_non_null(tls_buf_room(&b, len));
			tls_buf_close(&b, block);
			assert_int_equal(tls_buf_ok(&b), over == 0);
			tls_buf_clear(&b);
		}
	}
}

static void a_failed_span_fails_the_writer(void **state)
{
	struct tls_span s = tls_span("ab", 2);
	struct tls_buf b;

	(void)state;
	tls_buf_init(&b, 0);
	tls_buf_span(&b, s);
	assert_memory_equal(b.p, "ab", 2);
	tls_span_fail(&s);
	tls_buf_span(&b, s);
	assert_false(tls_buf_ok(&b));
	assert_int_equal(b.len, 2);
	tls_buf_clear(&b);
}

static void drop_moves_the_rest(void **state)
{
	struct tls_buf b;

	(void)state;
	tls_buf_init(&b, 0);
	tls_buf_drop(&b, 0);
	tls_buf_bytes(&b, "abcdef", 6);
	tls_buf_drop(&b, 0);
	tls_buf_drop(&b, 2);
	assert_int_equal(b.len, 4);
	assert_memory_equal(b.p, "cdef\0\0", 6);
	tls_buf_drop(&b, 4);
	assert_int_equal(b.len, 0);
	assert_memory_equal(b.p, "\0\0\0\0", 4);
	tls_buf_clear(&b);
}

static void reset_wipes(void **state)
{
	struct tls_buf b;

	(void)state;
	tls_buf_init(&b, 0);
	tls_buf_bytes(&b, "secret", 6);
	tls_buf_reset(&b);
	assert_int_equal(b.len, 0);
	assert_memory_equal(b.p, "\0\0\0\0\0\0", 6);
	tls_buf_clear(&b);
}

/* Every allocation fails once: the writer is failed, holds what it held, and can be cleared. */
static void memory_that_runs_out(void **state)
{
	static const uint8_t bytes[200];

	(void)state;
	for (unsigned n = 1; n <= 4; n++) {
		struct tls_buf b;

		tls_buf_init(&b, 0);
		tls_mem_fail_at(n);
		for (unsigned i = 0; i < 10; i++)
			tls_buf_bytes(&b, bytes, sizeof(bytes));
		assert_int_equal(tls_mem_fail_left(), 0);
		assert_false(tls_buf_ok(&b));
		assert_true(b.len < 10 * sizeof(bytes) && b.len % sizeof(bytes) == 0);
		tls_buf_clear(&b);
	}
}

static void a_huge_length_fails(void **state)
{
	struct tls_buf b;

	(void)state;
	tls_buf_init(&b, 0);
	tls_buf_u8(&b, 1);
	assert_null(tls_buf_room(&b, SIZE_MAX));
	assert_false(tls_buf_ok(&b));
	tls_buf_clear(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(numbers_are_big_endian),
	    cmocka_unit_test(it_grows_and_keeps_its_bytes),
	    cmocka_unit_test(max_is_the_limit),
	    cmocka_unit_test(a_fixed_writer_stays_in_its_room),
	    cmocka_unit_test(blocks_get_their_length),
	    cmocka_unit_test(a_block_too_long_fails),
	    cmocka_unit_test(a_failed_span_fails_the_writer),
	    cmocka_unit_test(drop_moves_the_rest),
	    cmocka_unit_test(reset_wipes),
	    cmocka_unit_test(memory_that_runs_out),
	    cmocka_unit_test(a_huge_length_fails),
	};

	return cmocka_run_group_tests_name("buf", tests, NULL, NULL);
}
