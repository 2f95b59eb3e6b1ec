/* span_test.c - the bounded reader: every read at, before and past the end; a failure that latches. */
#include "unit.h"

#include "tls/bytes/span.h"

static const uint8_t bytes[] = {0x01, 0x02, 0x03, 0x04, 0xff, 0xfe, 0xfd, 0xfc, 0xfb, 0xfa};

static void numbers_are_big_endian(void **state)
{
	struct tls_span s = tls_span(bytes, sizeof(bytes));

	(void)state;
	assert_int_equal(tls_span_u8(&s), 0x01);
	assert_int_equal(tls_span_u16(&s), 0x0203);
	assert_int_equal(tls_span_u24(&s), 0x04fffe);
	assert_int_equal(tls_span_u32(&s), 0xfdfcfbfa);
	assert_true(tls_span_end(&s));
	assert_false(tls_span_more(&s));
}

static uint32_t read_number(struct tls_span *s, unsigned size)
{
	switch (size) {
	case 1:
		return tls_span_u8(s);
	case 2:
		return tls_span_u16(s);
	case 3:
		return tls_span_u24(s);
	default:
		return tls_span_u32(s);
	}
}

/* A number of size bytes out of fewer: 0, failed, empty; and so for every read after it. */
static void a_short_number_fails(void **state)
{
	(void)state;
	for (unsigned size = 1; size <= 4; size++) {
		for (size_t len = 0; len < size; len++) {
			struct tls_span s = tls_span(bytes + 4, len);

			assert_int_equal(read_number(&s, size), 0);
			assert_true(s.failed);
			assert_int_equal(s.len, 0);
			assert_int_equal(read_number(&s, 1), 0);
			assert_false(tls_span_end(&s));
			assert_false(tls_span_more(&s));
		}
	}
}

static void take_gives_a_piece(void **state)
{
	struct tls_span s = tls_span(bytes, sizeof(bytes));
	struct tls_span piece = tls_span_take(&s, 3);

	(void)state;
	assert_ptr_equal(piece.p, bytes);
	assert_int_equal(piece.len, 3);
	assert_int_equal(s.len, sizeof(bytes) - 3);
	piece = tls_span_take(&s, 0);
	assert_false(piece.failed);
	assert_int_equal(piece.len, 0);
	piece = tls_span_take(&s, sizeof(bytes) - 2);
	assert_true(piece.failed);
	assert_int_equal(piece.len, 0);
	assert_true(s.failed);
}

static void take_of_a_huge_length_fails(void **state)
{
	struct tls_span s = tls_span(bytes, sizeof(bytes));

	(void)state;
	assert_true(tls_span_take(&s, SIZE_MAX).failed);
	assert_true(s.failed);
}

static void copy_gives_bytes_or_zeros(void **state)
{
	struct tls_span s = tls_span(bytes, 5);
	uint8_t dst[3] = {9, 9, 9};

	(void)state;
	tls_span_copy(&s, dst, 3);
	assert_memory_equal(dst, bytes, 3);
	tls_span_copy(&s, dst, 3);
	assert_memory_equal(dst, "\0\0\0", 3);
	assert_true(s.failed);
}

typedef struct tls_span block_func(struct tls_span *s, size_t min, size_t max);
static block_func *const block[] = {tls_span_block8, tls_span_block16, tls_span_block24};

/* A block of five bytes behind a prefix of 1, 2 or 3, with limits around it and input around it. */
static void blocks_keep_their_limits(void **state)
{
	static const uint8_t wire[] = {0, 0, 5, 'a', 'b', 'c', 'd', 'e', 'f'};
	static const struct {
		size_t min, max, len; /* len: bytes there are behind the prefix */
		bool good;
	} table[] = {
	    {0, 5, 5, true}, {5, 5, 6, true}, {0, 9, 6, true}, /* fits */
	    {6, 9, 6, false}, {0, 4, 6, false}, /* below min, above max */
	    {0, 9, 4, false}, {0, 9, 0, false}, /* cut */
	};

	(void)state;
	for (unsigned prefix = 1; prefix <= 3; prefix++) {
		for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
			struct tls_span s = tls_span(wire + 3 - prefix, prefix + table[i].len);
			struct tls_span in = block[prefix - 1](&s, table[i].min, table[i].max);

			assert_int_equal(in.failed, !table[i].good);
			assert_int_equal(s.failed, !table[i].good);
			assert_int_equal(in.len, table[i].good ? 5 : 0);
			assert_int_equal(s.len, table[i].good ? table[i].len - 5 : 0);
		}
	}
}

static void a_cut_prefix_fails(void **state)
{
	static const uint8_t zeros[2];

	(void)state;
	for (unsigned prefix = 1; prefix <= 3; prefix++) {
		for (size_t len = 0; len < prefix; len++) {
			struct tls_span s = tls_span(zeros, len);

			assert_true(block[prefix - 1](&s, 0, 10).failed);
			assert_true(s.failed);
		}
	}
}

static void fail_empties(void **state)
{
	struct tls_span s = tls_span(bytes, 4);

	(void)state;
	tls_span_fail(&s);
	assert_false(tls_span_more(&s));
	assert_false(tls_span_end(&s));
	assert_int_equal(tls_span_u16(&s), 0);
	assert_true(tls_span_take(&s, 0).failed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(numbers_are_big_endian),
	    cmocka_unit_test(a_short_number_fails),
	    cmocka_unit_test(take_gives_a_piece),
	    cmocka_unit_test(take_of_a_huge_length_fails),
	    cmocka_unit_test(copy_gives_bytes_or_zeros),
	    cmocka_unit_test(blocks_keep_their_limits),
	    cmocka_unit_test(a_cut_prefix_fails),
	    cmocka_unit_test(fail_empties),
	};

	return cmocka_run_group_tests_name("span", tests, NULL, NULL);
}
