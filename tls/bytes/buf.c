/* buf.c - see buf.h. */
#include "buf.h"

#include "mem.h"

#define FIRST_CAP 256

void tls_buf_init(struct tls_buf *b, size_t max)
{
	*b = (struct tls_buf){.max = max};
}

void tls_buf_init_fixed(struct tls_buf *b, void *p, size_t cap)
{
	*b = (struct tls_buf){.p = p, .cap = cap, .max = cap, .fixed = true};
}

void tls_buf_clear(struct tls_buf *b)
{
	if (b->p != NULL)
		tls_mem_wipe(b->p, b->len);
	if (!b->fixed)
		tls_mem_free(b->p);
	*b = b->fixed ? (struct tls_buf){.p = b->p, .cap = b->cap, .max = b->max, .fixed = true}
		      : (struct tls_buf){.max = b->max};
}

void tls_buf_reset(struct tls_buf *b)
{
	if (b->p != NULL)
		tls_mem_wipe(b->p, b->len);
	b->len = 0;
	b->failed = false;
}

void tls_buf_fail(struct tls_buf *b)
{
	b->failed = true;
}

bool tls_buf_ok(const struct tls_buf *b)
{
	return !b->failed;
}

struct tls_span tls_buf_as_span(const struct tls_buf *b)
{
	return tls_span(b->p, b->len);
}

static bool grow(struct tls_buf *b, size_t need)
{
	size_t cap = b->cap > 0 ? b->cap : FIRST_CAP;
	uint8_t *p;

	if (b->fixed || (b->max > 0 && need > b->max) || need > SIZE_MAX / 4)
		return false;
	while (cap < need)
		cap *= 2;
	if (b->max > 0 && cap > b->max)
		cap = b->max;
	p = tls_mem_alloc(cap);
	if (p == NULL)
		return false;
	tls_mem_copy(p, b->p, b->len);
	tls_mem_free_wiped(b->p, b->len);
	b->p = p;
	b->cap = cap;
	return true;
}

uint8_t *tls_buf_room(struct tls_buf *b, size_t n)
{
	uint8_t *at;

	if (b->failed)
		return NULL;
	if (n > SIZE_MAX / 4 || ((b->p == NULL || n > b->cap - b->len) && !grow(b, b->len + n))) {
		b->failed = true;
		return NULL;
	}
	at = b->p + b->len;
	tls_mem_zero(at, n);
	b->len += n;
	return at;
}

static void number(struct tls_buf *b, uint32_t v, unsigned n)
{
	uint8_t *at = tls_buf_room(b, n);

	for (unsigned i = 0; at != NULL && i < n; i++)
		at[i] = (uint8_t)(v >> 8 * (n - 1 - i));
}

void tls_buf_u8(struct tls_buf *b, unsigned v)
{
	number(b, v, 1);
}

void tls_buf_u16(struct tls_buf *b, unsigned v)
{
	number(b, v, 2);
}

void tls_buf_u24(struct tls_buf *b, uint32_t v)
{
	number(b, v, 3);
}

void tls_buf_u32(struct tls_buf *b, uint32_t v)
{
	number(b, v, 4);
}

void tls_buf_bytes(struct tls_buf *b, const void *src, size_t n)
{
	uint8_t *at = tls_buf_room(b, n);

	if (at != NULL)
		tls_mem_copy(at, src, n);
}

void tls_buf_span(struct tls_buf *b, struct tls_span s)
{
	if (s.failed)
		b->failed = true;
	tls_buf_bytes(b, s.p, s.len);
}

struct tls_block tls_buf_open(struct tls_buf *b, unsigned prefix_len)
{
	struct tls_block block = {.at = b->len, .prefix_len = prefix_len};

	tls_buf_room(b, prefix_len);
	return block;
}

void tls_buf_close(struct tls_buf *b, struct tls_block block)
{
	size_t body;

	if (b->failed)
		return;
	body = b->len - block.at - block.prefix_len;
	if (body >> 8 * block.prefix_len != 0) {
		b->failed = true;
		return;
	}
	for (unsigned i = 0; i < block.prefix_len; i++)
		b->p[block.at + i] = (uint8_t)(body >> 8 * (block.prefix_len - 1 - i));
}

void tls_buf_drop(struct tls_buf *b, size_t n)
{
	if (n == 0)
		return;
	tls_mem_move(b->p, b->p + n, b->len - n);
	tls_mem_wipe(b->p + b->len - n, n);
	b->len -= n;
}
