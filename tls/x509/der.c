/* der.c - see der.h. */
#include "der.h"

#define CONSTRUCTED 0x20
#define CLASS_MASK 0xc0
#define HIGH_TAG 0x1f

/* X.690 section 10.1: the length in as few bytes as possible, never indefinite. */
static size_t take_length(struct tls_span *s)
{
	size_t n = tls_span_u8(s);
	unsigned n_bytes = n & 0x7f;

	if (n < 0x80)
		return n;
	if (n_bytes == 0 || n_bytes > 4) {
		tls_span_fail(s);
		return 0;
	}
	n = 0;
	for (unsigned i = 0; i < n_bytes; i++)
		n = n << 8 | tls_span_u8(s);
	if (n < 0x80 || n >> 8 * (n_bytes - 1) == 0)
		tls_span_fail(s);
	return n;
}

struct tls_span tls_der_take_any(struct tls_span *s, unsigned *tag)
{
	size_t n;

	*tag = tls_span_u8(s);
	if ((*tag & HIGH_TAG) == HIGH_TAG)
		tls_span_fail(s);
	n = take_length(s);
	return tls_span_take(s, n);
}

struct tls_span tls_der_take(struct tls_span *s, unsigned tag)
{
	if (!tls_der_is(s, tag))
		tls_span_fail(s);
	return tls_der_take_any(s, &tag);
}

struct tls_span tls_der_take_whole(struct tls_span *s, unsigned tag)
{
	struct tls_span whole = *s;

	tls_der_take(s, tag);
	if (s->failed)
		return (struct tls_span){.failed = true};
	return tls_span_take(&whole, whole.len - s->len);
}

bool tls_der_is(const struct tls_span *s, unsigned tag)
{
	return tls_span_more(s) && s->p[0] == tag;
}

/* A value that makes no sense fails its element and what it was read from. */
static struct tls_span refuse(struct tls_span *s)
{
	tls_span_fail(s);
	return (struct tls_span){.failed = true};
}

struct tls_span tls_der_take_integer(struct tls_span *s)
{
	struct tls_span v = tls_der_take(s, TLS_DER_INTEGER);

	if (v.len == 0 ||
	    (v.len > 1 && (v.p[0] == 0 || v.p[0] == 0xff) && (v.p[0] & 0x80) == (v.p[1] & 0x80)))
		return refuse(s);
	return v;
}

struct tls_span tls_der_take_unsigned(struct tls_span *s)
{
	struct tls_span v = tls_der_take_integer(s);

	if (v.failed || (v.p[0] & 0x80) != 0)
		return refuse(s);
	if (v.len > 1 && v.p[0] == 0)
		tls_span_u8(&v);
	return v;
}

uint32_t tls_der_take_number(struct tls_span *s, uint32_t max)
{
	struct tls_span v = tls_der_take_unsigned(s);
	uint32_t n = 0;

	if (v.len > sizeof(n))
		refuse(s);
	while (tls_span_more(&v))
		n = n << 8 | tls_span_u8(&v);
	if (n > max)
		refuse(s);
	return s->failed ? 0 : n;
}

bool tls_der_take_bool(struct tls_span *s)
{
	struct tls_span v = tls_der_take(s, TLS_DER_BOOLEAN);
	uint8_t b = tls_span_u8(&v);

	if (!tls_span_end(&v) || (b != 0 && b != 0xff))
		refuse(s);
	return !s->failed && b != 0;
}

struct tls_span tls_der_take_bits(struct tls_span *s)
{
	struct tls_span v = tls_der_take(s, TLS_DER_BIT_STRING);

	if (tls_span_u8(&v) != 0 || v.failed)
		return refuse(s);
	return v;
}

static unsigned take_digits(struct tls_span *s, unsigned n)
{
	unsigned v = 0;

	for (unsigned i = 0; i < n; i++) {
		unsigned c = tls_span_u8(s);

		if (c < '0' || c > '9')
			tls_span_fail(s);
		v = v * 10 + (c - '0');
	}
	return s->failed ? 0 : v;
}

static bool is_leap(unsigned year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static unsigned days_in(unsigned year, unsigned month)
{
	static const uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

	return days[month - 1] + (month == 2 && is_leap(year) ? 1U : 0U);
}

/* Days from 1970-01-01 to the first of January of that year, in the Gregorian calendar. */
static int64_t days_to_year(unsigned year)
{
	int64_t y = (int64_t)year - 1;

	return y * 365 + y / 4 - y / 100 + y / 400 - 719162;
}

static int64_t take_moment(struct tls_span *v, unsigned year)
{
	unsigned month = take_digits(v, 2), day = take_digits(v, 2);
	unsigned hour = take_digits(v, 2), minute = take_digits(v, 2), second = take_digits(v, 2);
	int64_t days = days_to_year(year);

	if (tls_span_u8(v) != 'Z' || year == 0 || month < 1 || month > 12 || day < 1)
		tls_span_fail(v);
	if (hour > 23 || minute > 59 || second > 59)
		tls_span_fail(v);
	if (v->failed || day > days_in(year, month)) {
		tls_span_fail(v);
		return 0;
	}
	for (unsigned m = 1; m < month; m++)
		days += days_in(year, m);
	return (days + day - 1) * 86400 + hour * 3600 + minute * 60 + second;
}

int64_t tls_der_take_time(struct tls_span *s)
{
	unsigned tag, year;
	struct tls_span v = tls_der_take_any(s, &tag);
	int64_t t;

	if (tag == TLS_DER_UTC_TIME) {
		year = take_digits(&v, 2);
		year += year < 50 ? 2000 : 1900;
	} else if (tag == TLS_DER_GENERALIZED_TIME) {
		year = take_digits(&v, 4);
	} else {
		refuse(s);
		return 0;
	}
	t = take_moment(&v, year);
	if (!tls_span_end(&v))
		refuse(s);
	return s->failed ? 0 : t;
}

/* X.690 section 8: SEQUENCE and SET are constructed, every other universal type is primitive in DER
 * (section 10.2); number 0 is no type. */
static bool form_is_right(unsigned tag)
{
	unsigned number = tag & HIGH_TAG;
	bool constructed = (tag & CONSTRUCTED) != 0;

	if ((tag & CLASS_MASK) != 0)
		return true;
	return number != 0 && constructed == (number == 16 || number == 17);
}

bool tls_der_check(struct tls_span s, unsigned max_depth, size_t max_elements)
{
	struct tls_span open[TLS_DER_MAX_DEPTH + 1];
	unsigned depth = 0, tag;
	size_t n = 0;

	if (s.failed || max_depth > TLS_DER_MAX_DEPTH)
		return false;
	open[0] = s;
	while (depth > 0 || tls_span_more(&open[0])) {
		struct tls_span *at = &open[depth], inside;

		if (!tls_span_more(at)) {
			depth--;
			continue;
		}
		if (depth == 0 && n > 0)
			return false;
		inside = tls_der_take_any(at, &tag);
		if (inside.failed || depth == max_depth || ++n > max_elements || !form_is_right(tag))
			return false;
		if ((tag & CONSTRUCTED) != 0)
			open[++depth] = inside;
	}
	return n > 0;
}
