/* dn.c - see dn.h. */
#include "dn.h"

#include "../bytes/mem.h"
#include "der.h"
#include "oid.h"

#define TAG_UTF8 0x0c
#define TAG_PRINTABLE 0x13
#define TAG_TELETEX 0x14
#define TAG_IA5 0x16
#define TAG_UNIVERSAL 0x1c
#define TAG_BMP 0x1e

#define FNV_BASIS 2166136261U
#define FNV_PRIME 16777619U

#define PRINT_MAX_RDNS 64

struct tls_dn_walk tls_dn_begin(struct tls_span name)
{
	struct tls_dn_walk walk = {.rdns = tls_der_take(&name, TLS_DER_SEQUENCE)};

	if (!tls_span_end(&name))
		tls_span_fail(&walk.rdns);
	return walk;
}

bool tls_dn_next(struct tls_dn_walk *walk, struct tls_dn_attribute *attribute)
{
	struct tls_span seq;

	attribute->first = walk->set.len == 0;
	if (attribute->first) {
		if (!tls_span_more(&walk->rdns))
			return false;
		walk->set = tls_der_take(&walk->rdns, TLS_DER_SET);
	}
	seq = tls_der_take(&walk->set, TLS_DER_SEQUENCE);
	attribute->type = tls_der_take(&seq, TLS_DER_OID);
	attribute->value = tls_der_take_any(&seq, &attribute->tag);
	if (!tls_span_end(&seq) || attribute->type.len == 0)
		tls_span_fail(&walk->rdns);
	return !walk->rdns.failed;
}

bool tls_dn_is_valid(struct tls_span name)
{
	struct tls_dn_walk walk = tls_dn_begin(name);
	struct tls_dn_attribute a;
	unsigned n = 0;

	while (tls_dn_next(&walk, &a)) {
		n = a.first ? 1 : n + 1;
		if (n > TLS_DN_RDN_MAX)
			return false;
	}
	return tls_span_end(&walk.rdns);
}

bool tls_dn_is_empty(struct tls_span name)
{
	struct tls_dn_walk walk = tls_dn_begin(name);

	return walk.rdns.len == 0;
}

/* ---- Characters ----------------------------------------------------------------------------------- */

static bool is_text(unsigned tag)
{
	return tag == TAG_UTF8 || tag == TAG_PRINTABLE || tag == TAG_TELETEX || tag == TAG_IA5 ||
	    tag == TAG_UNIVERSAL || tag == TAG_BMP;
}

/* The rest of a character of UTF-8 whose first byte was c. Bytes that are none stand for themselves. */
static uint32_t take_utf8(struct tls_span *s, uint32_t c)
{
	unsigned n = c < 0xc2 ? 0 : c < 0xe0 ? 1 : c < 0xf0 ? 2 : c < 0xf5 ? 3 : 0;
	uint32_t v = c & (0x3fU >> n);

	if (n == 0 || s->len < n)
		return c;
	for (unsigned i = 0; i < n; i++) {
		if ((s->p[i] & 0xc0) != 0x80)
			return c;
		v = v << 6 | (s->p[i] & 0x3f);
	}
	tls_span_take(s, n);
	return v;
}

static uint32_t take_character(struct tls_span *s, unsigned tag)
{
	if (tag == TAG_BMP)
		return tls_span_u16(s);
	if (tag == TAG_UNIVERSAL)
		return tls_span_u32(s);
	return tag == TAG_UTF8 ? take_utf8(s, tls_span_u8(s)) : tls_span_u8(s);
}

static bool is_space(uint32_t c)
{
	return c == ' ' || (c >= '\t' && c <= '\r') || c == 0xa0;
}

/* A value as it is compared: no white space at the ends, one space for more inside, small letters. */
struct text {
	struct tls_span rest;
	unsigned tag;
	uint32_t next; /* read ahead behind a space */
	bool has_next, started;
};

#define TEXT_END UINT32_MAX

static uint32_t next_character(struct text *t)
{
	uint32_t c;
	bool space = false;

	if (t->has_next) {
		t->has_next = false;
		return t->next;
	}
	do {
		if (!tls_span_more(&t->rest))
			return TEXT_END;
		c = take_character(&t->rest, t->tag);
		space = space || is_space(c);
	} while (is_space(c));
	c = c >= 'A' && c <= 'Z' ? c | 0x20 : c;
	if (space && t->started) {
		t->has_next = true;
		t->next = c;
		c = ' ';
	}
	t->started = true;
	return c;
}

/* ---- Comparison ------------------------------------------------------------------------------------- */

static bool same_value(const struct tls_dn_attribute *a, const struct tls_dn_attribute *b)
{
	struct text x = {.rest = a->value, .tag = a->tag}, y = {.rest = b->value, .tag = b->tag};
	uint32_t c;

	if (a->tag == b->tag && tls_mem_same(a->value.p, a->value.len, b->value.p, b->value.len))
		return true;
	if (!is_text(a->tag) || !is_text(b->tag))
		return false;
	do {
		c = next_character(&x);
		if (c != next_character(&y))
			return false;
	} while (c != TEXT_END);
	return true;
}

/* How often the set has the attribute; *n: how many attributes it has. */
static unsigned count(unsigned *n, struct tls_span set, const struct tls_dn_attribute *wanted)
{
	struct tls_dn_walk walk = {.set = set};
	struct tls_dn_attribute a;
	unsigned found = 0;

	for (*n = 0; walk.set.len > 0 && tls_dn_next(&walk, &a); ++*n)
		found += tls_mem_same(a.type.p, a.type.len, wanted->type.p, wanted->type.len) && same_value(&a, wanted);
	return found;
}

/* Sets of TLS_DN_RDN_MAX attributes at most; their order in DER may differ with their spelling, and one may be there more
 * than once. */
static bool same_set(struct tls_span a, struct tls_span b)
{
	struct tls_dn_walk x = {.set = a};
	struct tls_dn_attribute attribute;
	unsigned n_a = 0, n_b = 0;

	while (x.set.len > 0 && tls_dn_next(&x, &attribute)) {
		if (count(&n_a, a, &attribute) != count(&n_b, b, &attribute) || n_a != n_b)
			return false;
	}
	return (a.len == 0) == (b.len == 0);
}

/* True if a's sets are those that b begins with; *rest: what b has behind them. */
static bool is_front(struct tls_span a, struct tls_span b, struct tls_span *rest)
{
	struct tls_span x = tls_dn_begin(a).rdns, y = tls_dn_begin(b).rdns;

	while (tls_span_more(&x)) {
		if (!tls_span_more(&y) ||
		    !same_set(tls_der_take(&x, TLS_DER_SET), tls_der_take(&y, TLS_DER_SET)))
			return false;
	}
	*rest = y;
	return !x.failed && !y.failed;
}

bool tls_dn_same(struct tls_span a, struct tls_span b)
{
	struct tls_span rest;

	if (tls_mem_same(a.p, a.len, b.p, b.len))
		return true;
	return is_front(a, b, &rest) && rest.len == 0;
}

bool tls_dn_is_within(struct tls_span name, struct tls_span base)
{
	struct tls_span rest;

	return is_front(base, name, &rest);
}

static uint32_t mix(uint32_t h, uint32_t v)
{
	return (h ^ v) * FNV_PRIME;
}

static uint32_t hash_attribute(const struct tls_dn_attribute *a)
{
	struct text t = {.rest = a->value, .tag = a->tag};
	uint32_t h = FNV_BASIS, c;

	for (size_t i = 0; i < a->type.len; i++)
		h = mix(h, a->type.p[i]);
	if (is_text(a->tag)) {
		while ((c = next_character(&t)) != TEXT_END)
			h = mix(h, c);
		return h;
	}
	for (size_t i = 0; i < a->value.len; i++)
		h = mix(h, a->value.p[i]);
	return h;
}

uint32_t tls_dn_hash(struct tls_span name)
{
	struct tls_dn_walk walk = tls_dn_begin(name);
	struct tls_dn_attribute a;
	uint32_t h = FNV_BASIS, set = 0;

	while (tls_dn_next(&walk, &a)) {
		if (a.first) {
			h = mix(h, set);
			set = 0;
		}
		set += hash_attribute(&a);
	}
	return mix(h, set);
}

/* ---- Text --------------------------------------------------------------------------------------------- */

static const struct {
	const char *oid, *text;
} types[] = {
    {TLS_OID_COMMON_NAME, "CN"},
    {"\x55\x04\x06", "C"},
    {"\x55\x04\x07", "L"},
    {"\x55\x04\x08", "ST"},
    {"\x55\x04\x0a", "O"},
    {"\x55\x04\x0b", "OU"},
    {"\x55\x04\x05", "serialNumber"},
    {"\x09\x92\x26\x89\x93\xf2\x2c\x64\x01\x19", "DC"},
    {"\x09\x92\x26\x89\x93\xf2\x2c\x64\x01\x01", "UID"},
    {TLS_OID_EMAIL, "emailAddress"},
};

static size_t text_len(const char *text)
{
	size_t n = 0;

	while (text[n] != '\0')
		n++;
	return n;
}

static void put_text(struct tls_buf *out, const char *text)
{
	tls_buf_bytes(out, text, text_len(text));
}

static void put_hex(struct tls_buf *out, unsigned byte)
{
	static const char digits[] = "0123456789abcdef";

	tls_buf_u8(out, (unsigned char)digits[byte >> 4 & 0xf]);
	tls_buf_u8(out, (unsigned char)digits[byte & 0xf]);
}

static void print_type(struct tls_buf *out, struct tls_span type)
{
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (tls_mem_same(type.p, type.len, types[i].oid, text_len(types[i].oid))) {
			put_text(out, types[i].text);
			return;
		}
	}
	put_text(out, "oid.");
	for (size_t i = 0; i < type.len; i++)
		put_hex(out, type.p[i]);
}

static void print_attribute(struct tls_buf *out, const struct tls_dn_attribute *a)
{
	print_type(out, a->type);
	tls_buf_u8(out, '=');
	for (size_t i = 0; i < a->value.len; i++) {
		uint8_t c = a->value.p[i];

		if (c >= ' ' && c < 0x7f && c != '\\' && c != ',' && c != '+' && c != '"') {
			tls_buf_u8(out, c);
			continue;
		}
		tls_buf_u8(out, '\\');
		put_hex(out, c);
	}
}

static void print_set(struct tls_buf *out, struct tls_span set)
{
	struct tls_dn_walk walk = {.set = set};
	struct tls_dn_attribute a;
	bool more = false;

	while (walk.set.len > 0 && tls_dn_next(&walk, &a)) {
		if (more)
			tls_buf_u8(out, '+');
		print_attribute(out, &a);
		more = true;
	}
}

void tls_dn_print(struct tls_buf *out, struct tls_span name)
{
	struct tls_span rdns = tls_dn_begin(name).rdns, sets[PRINT_MAX_RDNS];
	unsigned n = 0;

	while (tls_span_more(&rdns) && n < PRINT_MAX_RDNS)
		sets[n++] = tls_der_take(&rdns, TLS_DER_SET);
	for (unsigned i = n; i > 0; i--) {
		print_set(out, sets[i - 1]);
		if (i > 1)
			put_text(out, ", ");
	}
}

/* ---- The common name ------------------------------------------------------------------------------------ */

static bool is_character(uint32_t c)
{
	bool control = c < ' ' || (c >= 0x7f && c < 0xa0), surrogate = c >= 0xd800 && c < 0xe000;

	return !control && !surrogate && c <= 0x10ffff;
}

/* RFC 3629 section 3 */
static void put_utf8(struct tls_buf *out, uint32_t c)
{
	static const uint8_t firsts[] = {0, 0xc0, 0xe0, 0xf0};
	unsigned n = c < 0x80 ? 0 : c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;

	tls_buf_u8(out, firsts[n] | c >> 6 * n);
	while (n-- > 0)
		tls_buf_u8(out, 0x80 | (c >> 6 * n & 0x3f));
}

static bool put_value(struct tls_buf *out, const struct tls_dn_attribute *a)
{
	struct tls_span rest = a->value;
	size_t before = out->len;
	uint32_t c;

	if (!is_text(a->tag) || rest.len == 0)
		return false;
	while (tls_span_more(&rest)) {
		c = take_character(&rest, a->tag);
		if (rest.failed || !is_character(c))
			return false;
		put_utf8(out, c);
	}
	/* bytes of UTF-8 that are none don't come out as they went in */
	return tls_buf_ok(out) &&
	    (a->tag != TAG_UTF8 || tls_mem_same(out->p + before, out->len - before, a->value.p, a->value.len));
}

bool tls_dn_common_name(struct tls_buf *out, struct tls_span name)
{
	struct tls_dn_walk walk = tls_dn_begin(name);
	struct tls_dn_attribute a, found = {.tag = 0};
	unsigned n = 0;

	while (tls_dn_next(&walk, &a)) {
		if (!tls_mem_same(a.type.p, a.type.len, TLS_OID_COMMON_NAME, text_len(TLS_OID_COMMON_NAME)))
			continue;
		found = a;
		n++;
	}
	return n == 1 && put_value(out, &found);
}
