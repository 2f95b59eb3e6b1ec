/* span_fuzz.c - the bounded reader and the growing writer under arbitrary operations.
 *
 * The input is a program: each step is an operation and its argument; the reader works on the whole
 * input. Checked: nothing is read outside the input, a failed span stays failed and gives nothing,
 * and what was read and written again is the same bytes.
 */
#include <assert.h>

#include "fuzz.h"
#include "tls/bytes/buf.h"
#include "tls/bytes/mem.h"
#include "tls/bytes/span.h"

static struct tls_span read_block(struct tls_span *s, unsigned prefix_len, size_t min, size_t max)
{
	if (prefix_len == 1)
		return tls_span_block8(s, min, max);
	if (prefix_len == 2)
		return tls_span_block16(s, min, max);
	return tls_span_block24(s, min, max);
}

static void copy_number(struct tls_span *s, struct tls_buf *b, unsigned size)
{
	if (size == 0)
		tls_buf_u8(b, tls_span_u8(s));
	else if (size == 1)
		tls_buf_u16(b, tls_span_u16(s));
	else if (size == 2)
		tls_buf_u24(b, tls_span_u24(s));
	else
		tls_buf_u32(b, tls_span_u32(s));
}

static void copy_block(struct tls_span *s, struct tls_buf *b, unsigned prefix_len, size_t max)
{
	struct tls_span in = read_block(s, prefix_len, 0, max);
	struct tls_block block = tls_buf_open(b, prefix_len);

	tls_buf_span(b, in);
	tls_buf_close(b, block);
	assert(in.failed == s->failed);
	assert(!in.failed || in.len == 0);
}

static void copy_step(struct tls_span *s, struct tls_buf *b, unsigned op, unsigned arg)
{
	if (op < 4)
		copy_number(s, b, op);
	else if (op < 7)
		copy_block(s, b, op - 3, arg * 7u);
	else
		tls_buf_span(b, tls_span_take(s, arg));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tls_span program = tls_span(data, size);
	struct tls_span s = program;
	struct tls_buf b;

	tls_buf_init(&b, 0);
	while (tls_span_more(&program) && !s.failed) {
		uint8_t step = tls_span_u8(&program);
		size_t before = s.len;

		copy_step(&s, &b, step & 7u, step >> 3);
		assert(s.len <= before);
	}
	assert(!s.failed || (s.len == 0 && tls_span_u32(&s) == 0 && !tls_span_end(&s)));
	if (!s.failed) {
		assert(tls_buf_ok(&b) && b.len == size - s.len);
		assert(tls_mem_same(b.p, b.len, data, b.len));
	}
	tls_buf_clear(&b);
	return 0;
}
