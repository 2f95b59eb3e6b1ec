/* ip.c - see ip.h. */
#include "ip.h"

#include "../bytes/mem.h"

#define V4_LEN 4
#define V6_LEN 16
#define NO_DIGIT 16
#define NO_GAP SIZE_MAX

static unsigned digit_value(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10U;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10U : NO_DIGIT;
}

/* A number of 1..max_digits digits; the span fails if there is none. The digit after it is left. */
static unsigned take_number(struct tls_span *s, unsigned base, unsigned max_digits)
{
	unsigned v = 0, n = 0;

	while (n < max_digits && tls_span_more(s) && digit_value(s->p[0]) < base) {
		v = v * base + digit_value(tls_span_u8(s));
		n++;
	}
	if (n == 0)
		tls_span_fail(s);
	return v;
}

static bool read_v4(uint8_t ip[V4_LEN], struct tls_span s)
{
	for (unsigned i = 0; i < V4_LEN; i++) {
		bool zero_first = tls_span_more(&s) && s.p[0] == '0';
		unsigned v;

		v = take_number(&s, 10, zero_first ? 1 : 3);
		if (v > 255 || (i < V4_LEN - 1 && tls_span_u8(&s) != '.'))
			return false;
		ip[i] = (uint8_t)v;
	}
	return tls_span_end(&s);
}

/* "::" from the front of s. */
static bool take_gap(struct tls_span *s)
{
	if (s->len < 2 || s->p[0] != ':' || s->p[1] != ':')
		return false;
	tls_span_take(s, 2);
	return true;
}

/* True if what is left is the IPv4 part that may end an IPv6 address. */
static bool is_v4_next(struct tls_span s)
{
	take_number(&s, 10, 3);
	return tls_span_u8(&s) == '.';
}

/* After a group: the end, ':' and more, or the one "::", whose place goes to *gap. */
static void take_separator(struct tls_span *s, size_t *gap, size_t n)
{
	if (s->len == 0)
		return;
	if (*gap == NO_GAP && take_gap(s)) {
		*gap = n;
		return;
	}
	if (tls_span_u8(s) != ':' || s->len == 0)
		tls_span_fail(s);
}

static bool read_v6(uint8_t ip[V6_LEN], struct tls_span s)
{
	uint8_t groups[V6_LEN + V4_LEN] = {0};
	size_t n = 0, gap = take_gap(&s) ? 0 : NO_GAP;

	while (tls_span_more(&s) && n < V6_LEN) {
		if (is_v4_next(s)) {
			if (!read_v4(groups + n, s))
				return false;
			n += V4_LEN;
			s = tls_span(s.p, 0);
		} else {
			unsigned v = take_number(&s, 16, 4);

			groups[n++] = (uint8_t)(v >> 8);
			groups[n++] = (uint8_t)v;
			take_separator(&s, &gap, n);
		}
	}
	if (!tls_span_end(&s) || n > V6_LEN || (gap == NO_GAP) != (n == V6_LEN))
		return false;
	gap = gap == NO_GAP ? n : gap;
	tls_mem_zero(ip, V6_LEN);
	tls_mem_copy(ip, groups, gap);
	tls_mem_copy(ip + V6_LEN - (n - gap), groups + gap, n - gap);
	return true;
}

size_t tls_ip_read(uint8_t ip[16], struct tls_span text)
{
	if (read_v4(ip, text))
		return V4_LEN;
	return read_v6(ip, text) ? V6_LEN : 0;
}
