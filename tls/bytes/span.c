/* span.c - see span.h. RFC 8446 section 3 (presentation language). */
#include "span.h"

#include "mem.h"

struct tls_span tls_span(const void *p, size_t len)
{
	return (struct tls_span){.p = p, .len = len};
}

void tls_span_fail(struct tls_span *s)
{
	s->failed = true;
	s->len = 0;
}

/* The one place where the front moves. NULL when there are fewer than n bytes. */
static const uint8_t *advance(struct tls_span *s, size_t n)
{
	const uint8_t *at = s->p;

	if (s->failed || n > s->len) {
		tls_span_fail(s);
		return NULL;
	}
	if (n > 0)
		s->p += n;
	s->len -= n;
	return at;
}

static uint32_t number(struct tls_span *s, size_t n)
{
	bool ok = !s->failed && n <= s->len;
	const uint8_t *at = advance(s, n);
	uint32_t v = 0;

	for (size_t i = 0; ok && i < n; i++)
		v = v << 8 | at[i];
	return v;
}

uint8_t tls_span_u8(struct tls_span *s)
{
	return (uint8_t)number(s, 1);
}

uint16_t tls_span_u16(struct tls_span *s)
{
	return (uint16_t)number(s, 2);
}

uint32_t tls_span_u24(struct tls_span *s)
{
	return number(s, 3);
}

uint32_t tls_span_u32(struct tls_span *s)
{
	return number(s, 4);
}

struct tls_span tls_span_take(struct tls_span *s, size_t n)
{
	const uint8_t *at = advance(s, n);

	if (s->failed)
		return (struct tls_span){.failed = true};
	return tls_span(at, n);
}

void tls_span_copy(struct tls_span *s, void *dst, size_t n)
{
	struct tls_span piece = tls_span_take(s, n);

	if (piece.failed)
		tls_mem_zero(dst, n);
	else
		tls_mem_copy(dst, piece.p, n);
}

static struct tls_span block(struct tls_span *s, size_t prefix, size_t min, size_t max)
{
	size_t n = number(s, prefix);

	if (n < min || n > max)
		tls_span_fail(s);
	return tls_span_take(s, n);
}

struct tls_span tls_span_block8(struct tls_span *s, size_t min, size_t max)
{
	return block(s, 1, min, max);
}

struct tls_span tls_span_block16(struct tls_span *s, size_t min, size_t max)
{
	return block(s, 2, min, max);
}

struct tls_span tls_span_block24(struct tls_span *s, size_t min, size_t max)
{
	return block(s, 3, min, max);
}

bool tls_span_more(const struct tls_span *s)
{
	return !s->failed && s->len > 0;
}

bool tls_span_end(const struct tls_span *s)
{
	return !s->failed && s->len == 0;
}
