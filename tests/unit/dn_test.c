/* dn_test.c - tls/x509/dn.c: names as RFC 5280 section 7.1 compares them; encodings by hand from X.690. */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "tls/bytes/mem.h"
#include "tls/tls.h"
#include "tls/x509/dn.h"

struct dn {
	uint8_t bytes[512];
	size_t len;
};

/* One attribute in a set of its own: last byte of the type's arc 2.5.4, tag, value. */
static void add(struct dn *d, uint8_t type, uint8_t tag, const char *value, size_t n)
{
	const uint8_t head[] = {0x31, (uint8_t)(n + 9), 0x30, (uint8_t)(n + 7), 6, 3, 0x55, 4, type, tag, (uint8_t)n};

	memcpy(d->bytes + d->len, head, sizeof(head));
	memcpy(d->bytes + d->len + sizeof(head), value, n);
	d->len += sizeof(head) + n;
}

static struct tls_span done(struct dn *d)
{
	memmove(d->bytes + 2, d->bytes, d->len);
	d->bytes[0] = 0x30;
	d->bytes[1] = (uint8_t)d->len;
	return tls_span(d->bytes, d->len + 2);
}

static struct tls_span one(struct dn *d, uint8_t tag, const char *value, size_t n)
{
	d->len = 0;
	add(d, 10, tag, value, n);
	return done(d);
}

#define ONE(d, tag, literal) one(d, tag, literal, sizeof(literal) - 1)

enum { UTF8 = 12, PRINTABLE = 19, TELETEX = 20, IA5 = 22, UNIVERSAL = 28, BMP = 30 };

static void same(struct tls_span a, struct tls_span b)
{
	assert_true(tls_dn_same(a, b));
	assert_true(tls_dn_same(b, a));
	assert_int_equal(tls_dn_hash(a), tls_dn_hash(b));
}

static void other(struct tls_span a, struct tls_span b)
{
	assert_false(tls_dn_same(a, b));
	assert_false(tls_dn_same(b, a));
}

static void ignores_case_and_white_space(void **state)
{
	struct dn a, b;

	(void)state;
	same(ONE(&a, PRINTABLE, "Good CA"), ONE(&b, PRINTABLE, "  gOOD \t  ca "));
	same(ONE(&a, PRINTABLE, ""), ONE(&b, PRINTABLE, "   "));
	other(ONE(&a, PRINTABLE, "Good CA"), ONE(&b, PRINTABLE, "GoodCA"));
	other(ONE(&a, PRINTABLE, "Good CA"), ONE(&b, PRINTABLE, "Good CA2"));
}

static void compares_characters_and_not_their_encoding(void **state)
{
	struct dn a, b;

	(void)state;
	same(ONE(&a, PRINTABLE, "Abc"), ONE(&b, UTF8, "aBC"));
	same(ONE(&a, IA5, "Abc"), ONE(&b, BMP, "\0a\0B\0c"));
	same(ONE(&a, UTF8, "\xc3\xa9\xe2\x82\xac"), ONE(&b, BMP, "\0\xe9\x20\xac"));
	same(ONE(&a, TELETEX, "\xe9"), ONE(&b, UNIVERSAL, "\0\0\0\xe9"));
	same(ONE(&a, UTF8, "\xf0\x9f\x98\x9c"), ONE(&b, UNIVERSAL, "\0\1\xf6\x1c"));
	other(ONE(&a, UTF8, "\xc3\xa9"), ONE(&b, UTF8, "\xc3\x89")); /* only ASCII has no case */
	other(ONE(&a, UTF8, "\xc3"), ONE(&b, UTF8, "\xc3\xa9"));
	other(ONE(&a, 2, "a"), ONE(&b, UTF8, "a")); /* an INTEGER is no text */
	same(ONE(&a, 2, "a"), ONE(&b, 2, "a"));
	other(ONE(&a, 2, "a"), ONE(&b, 2, "A"));
}

static void compares_set_by_set(void **state)
{
	struct dn a = {.len = 0}, b = {.len = 0}, c = {.len = 0};
	struct tls_span x, y, z, none = tls_span("\x30\x00", 2);

	(void)state;
	add(&a, 6, PRINTABLE, "US", 2);
	add(&b, 6, PRINTABLE, "us", 2);
	add(&b, 10, UTF8, "Org", 3);
	add(&c, 10, UTF8, "Org", 3);
	add(&c, 6, PRINTABLE, "US", 2);
	x = done(&a);
	y = done(&b);
	z = done(&c);
	other(x, y);
	other(y, z);
	assert_true(tls_dn_is_within(y, x));
	assert_false(tls_dn_is_within(x, y));
	assert_false(tls_dn_is_within(z, x));
	assert_true(tls_dn_is_within(x, none));
	assert_true(tls_dn_is_empty(none));
	assert_false(tls_dn_is_empty(x));
}

#define ATTRIBUTE_A "\x30\x08\x06\x03\x55\x04\x03\x0c\x01" "a"
#define ATTRIBUTE_B "\x30\x08\x06\x03\x55\x04\x0a\x0c\x01" "b"
#define LITERAL(text) tls_span(text, sizeof(text) - 1)

static void the_order_in_a_set_does_not_matter(void **state)
{
	struct tls_span ab = LITERAL("\x30\x16\x31\x14" ATTRIBUTE_A ATTRIBUTE_B);
	struct tls_span ba = LITERAL("\x30\x16\x31\x14" ATTRIBUTE_B ATTRIBUTE_A);
	struct tls_span a_b = LITERAL("\x30\x18\x31\x0a" ATTRIBUTE_A "\x31\x0a" ATTRIBUTE_B);
	struct tls_span a = LITERAL("\x30\x0c\x31\x0a" ATTRIBUTE_A);
	struct tls_span aa = LITERAL("\x30\x16\x31\x14" ATTRIBUTE_A ATTRIBUTE_A);
	struct tls_span aab = LITERAL("\x30\x20\x31\x1e" ATTRIBUTE_A ATTRIBUTE_A ATTRIBUTE_B);
	struct tls_span abb = LITERAL("\x30\x20\x31\x1e" ATTRIBUTE_A ATTRIBUTE_B ATTRIBUTE_B);
	struct tls_span none = LITERAL("\x30\x02\x31\x00");

	(void)state;
	same(ab, ba);
	/* the same as often */
	other(aa, ab);
	other(ab, aa);
	other(aa, a);
	other(aab, abb);
	other(none, a);
	other(a, none);
	other(ab, a_b);
	other(ab, a);
	assert_false(tls_dn_is_within(ab, a)); /* whole sets only */
	assert_true(tls_dn_is_within(a_b, a));
}

static void refuses_what_is_no_name(void **state)
{
	static const char eight[] = "\x30\x52\x31\x50" ATTRIBUTE_A ATTRIBUTE_A ATTRIBUTE_A ATTRIBUTE_A
	    ATTRIBUTE_A ATTRIBUTE_A ATTRIBUTE_A ATTRIBUTE_A;
	static const char nine[] = "\x30\x5c\x31\x5a" ATTRIBUTE_A ATTRIBUTE_A ATTRIBUTE_A ATTRIBUTE_A
	    ATTRIBUTE_A ATTRIBUTE_A ATTRIBUTE_A ATTRIBUTE_A ATTRIBUTE_A;

	(void)state;
	assert_true(tls_dn_is_valid(LITERAL("\x30\x00")));
	assert_true(tls_dn_is_valid(LITERAL("\x30\x0c\x31\x0a" ATTRIBUTE_A)));
	assert_true(tls_dn_is_valid(LITERAL(eight)));
	assert_false(tls_dn_is_valid(LITERAL(nine)));
	assert_false(tls_dn_is_valid(LITERAL("")));
	assert_false(tls_dn_is_valid(LITERAL("\x31\x00")));
	assert_false(tls_dn_is_valid(LITERAL("\x30\x02\x31\x00"))); /* an empty set */
	assert_false(tls_dn_is_valid(LITERAL("\x30\x0c\x30\x0a" ATTRIBUTE_A)));
	assert_false(tls_dn_is_valid(LITERAL("\x30\x0c\x31\x0a" ATTRIBUTE_A "\x00")));
	assert_false(tls_dn_is_valid(LITERAL("\x30\x09\x31\x07\x30\x05\x06\x03\x55\x04\x03"))); /* no value */
}

static void prints(struct tls_span name, const char *text)
{
	char room[200];
	struct tls_buf b;

	tls_buf_init_fixed(&b, room, sizeof(room));
	tls_dn_print(&b, name);
	assert_true(tls_buf_ok(&b));
	assert_true(tls_mem_same(b.p, b.len, text, strlen(text)));
}

static void prints_the_last_first(void **state)
{
	struct dn d = {.len = 0};
	struct tls_buf small;
	uint8_t room[8];

	(void)state;
	add(&d, 6, PRINTABLE, "DE", 2);
	add(&d, 10, UTF8, "a, \xc3\xa9\n\0", 7);
	add(&d, 3, UTF8, "host", 4);
	done(&d);
	prints(tls_span(d.bytes, d.bytes[1] + 2U), "CN=host, O=a\\2c \\c3\\a9\\0a\\00, C=DE");
	prints(LITERAL("\x30\x0b\x31\x09\x30\x07\x06\x02\x2a\x03\x0c\x01x"), "oid.2a03=x");
	prints(LITERAL("\x30\x16\x31\x14" ATTRIBUTE_A ATTRIBUTE_B), "CN=a+O=b");
	prints(LITERAL("\x30\x00"), "");
	tls_buf_init_fixed(&small, room, sizeof(room));
	tls_dn_print(&small, tls_span(d.bytes, d.bytes[1] + 2U));
	assert_false(tls_buf_ok(&small));
}

static void common_name(struct tls_span name, const char *text)
{
	char room[20];
	struct tls_buf b;

	tls_buf_init_fixed(&b, room, sizeof(room));
	assert_int_equal(tls_dn_common_name(&b, name), text != NULL);
	if (text != NULL)
		assert_true(tls_mem_same(b.p, b.len, text, strlen(text)));
}

static struct tls_span cn(struct dn *d, uint8_t tag, const char *value, size_t n)
{
	d->len = 0;
	add(d, 6, PRINTABLE, "DE", 2);
	add(d, 3, tag, value, n);
	add(d, 10, PRINTABLE, "Org", 3);
	return done(d);
}

#define CN(tag, literal) cn(&d, tag, literal, sizeof(literal) - 1)

static void the_common_name_is_utf8(void **state)
{
	struct dn d;

	(void)state;
	common_name(CN(PRINTABLE, "joe"), "joe");
	common_name(CN(UTF8, "Ren\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x9c"), "Ren\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x9c");
	common_name(CN(BMP, "\0R\0\xe9\x20\xac"), "R\xc3\xa9\xe2\x82\xac");
	common_name(CN(TELETEX, "Ren\xe9"), "Ren\xc3\xa9");
	common_name(CN(UNIVERSAL, "\0\1\xf6\x1c"), "\xf0\x9f\x98\x9c");
	common_name(CN(UTF8, "just twenty bytes 20"), "just twenty bytes 20");
}

static void a_common_name_of_two_meanings_is_none(void **state)
{
	struct dn d;

	(void)state;
	common_name(LITERAL("\x30\x00"), NULL);
	common_name(ONE(&d, PRINTABLE, "Org"), NULL);
	common_name(LITERAL("\x30\x16\x31\x14" ATTRIBUTE_A ATTRIBUTE_A), NULL);
	common_name(LITERAL("\x30\x18\x31\x0a" ATTRIBUTE_A "\x31\x0a" ATTRIBUTE_A), NULL);
	common_name(CN(UTF8, ""), NULL);
	common_name(CN(2, "1"), NULL);
	common_name(CN(UTF8, "joe\0.evil"), NULL);
	common_name(CN(UTF8, "joe\nroot"), NULL);
	common_name(CN(UTF8, "joe\x7f"), NULL);
	common_name(CN(UTF8, "\xc2\x85"), NULL); /* NEL */
	common_name(CN(UTF8, "\xc0\xaf"), NULL); /* overlong */
	common_name(CN(UTF8, "\xe0\x80\xaf"), NULL);
	common_name(CN(UTF8, "\xed\xa0\x80"), NULL); /* a surrogate */
	common_name(CN(UTF8, "\xf4\x90\x80\x80"), NULL); /* past the last */
	common_name(CN(UTF8, "Ren\xe9"), NULL); /* Latin-1 */
	common_name(CN(UTF8, "Ren\xc3"), NULL);
	common_name(CN(BMP, "\0j\0"), NULL);
	common_name(CN(UNIVERSAL, "\0\0j"), NULL);
	common_name(CN(UTF8, "just twenty bytes 201"), NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(ignores_case_and_white_space),
	    cmocka_unit_test(compares_characters_and_not_their_encoding),
	    cmocka_unit_test(compares_set_by_set),
	    cmocka_unit_test(the_order_in_a_set_does_not_matter),
	    cmocka_unit_test(refuses_what_is_no_name),
	    cmocka_unit_test(prints_the_last_first),
	    cmocka_unit_test(the_common_name_is_utf8),
	    cmocka_unit_test(a_common_name_of_two_meanings_is_none),
	};

	return cmocka_run_group_tests_name("dn", tests, NULL, NULL);
}
