/* subtree_test.c - tls/x509/subtree.c: the rules of RFC 5280 section 4.2.1.10, one row each. */
#include "unit.h"

#include <string.h>

#include "tls/tls.h"
#include "tls/x509/cert.h"
#include "tls/x509/subtree.h"

enum { NONE, SOME, ALL };

struct row {
	unsigned kind;
	const char *base, *name;
	int has;
};

#define D TLS_CERT_NAME_DNS
#define E TLS_CERT_NAME_EMAIL
#define U TLS_CERT_NAME_URI

static const struct row rows[] = {
    {D, "example.com", "example.com", ALL},
    {D, "example.com", "EXAMPLE.com", ALL},
    {D, "example.com", "a.b.example.com", ALL},
    {D, "example.com", "badexample.com", NONE},
    {D, "example.com", "com", NONE},
    {D, "example.com", "example.com.evil", NONE},
    {D, "", "anything.example", ALL},
    {D, "example.com", "*.example.com", ALL},
    {D, "foo.example.com", "*.example.com", SOME},
    {D, "a.foo.example.com", "*.example.com", NONE},
    {D, "foo.example.org", "*.example.com", NONE},
    {D, "foo.example.com", "*.foo.example.com", ALL},
    {D, "com", "*.example.com", ALL},
    {E, "user@example.com", "user@EXAMPLE.com", ALL},
    {E, "user@example.com", "User@example.com", NONE},
    {E, "user@example.com", "user@sub.example.com", NONE},
    {E, "example.com", "any@example.com", ALL},
    {E, "example.com", "any@sub.example.com", NONE},
    {E, ".example.com", "any@sub.example.com", ALL},
    {E, ".example.com", "any@example.com", NONE},
    {E, "*@example.com", "user@example.com", NONE},
    {U, "example.com", "https://example.com/path?q", ALL},
    {U, "example.com", "https://user:pw@example.com:8443/", ALL},
    {U, "example.com", "https://sub.example.com/", NONE},
    {U, ".example.com", "spiffe://sub.example.com#f", ALL},
    {U, ".example.com", "https://example.com/", NONE},
    {U, "example.com", "https://evil.org/@example.com", NONE},
    {U, "example.com", "https://evil.org?@example.com", NONE},
    {U, "example.com", "https://example.com.evil.org", NONE},
};

static struct tls_span span(const char *s)
{
	return tls_span(s, strlen(s));
}

static void follows_the_table(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *r = &rows[i];

		assert_true(tls_subtree_is_valid(r->kind, span(r->base)));
		assert_true(tls_subtree_is_comparable(r->kind, span(r->name)));
		if (tls_subtree_has_all(r->kind, span(r->base), span(r->name)) != (r->has == ALL) ||
		    tls_subtree_has_some(r->kind, span(r->base), span(r->name)) != (r->has != NONE))
			fail_msg("%s in %s", r->name, r->base);
	}
}

static void refuses_bad_bases(void **state)
{
	static const struct {
		unsigned kind;
		const char *base;
	} bad[] = {
	    {D, ".example.com"}, {D, "*.example.com"}, {D, "example..com"}, {D, "exa mple.com"}, {D, "example.com."},
	    {E, "@example.com"}, {E, "a@b@example.com"}, {E, "user@"}, {E, ""}, {E, "a b@example.com"}, {E, "."},
	    {U, ""}, {U, "https://example.com"}, {U, "*.example.com"}, {U, ".."},
	    {TLS_CERT_NAME_DIRECTORY, "x"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(tls_subtree_is_valid(bad[i].kind, span(bad[i].base)));
	assert_true(tls_subtree_is_valid(0xa0, span("whatever")));
	assert_true(tls_subtree_is_valid(0x88, span("whatever")));
	/* no GeneralName: what a name would never be compared with */
	assert_false(tls_subtree_is_valid(0xa2, span("example.com")));
	assert_false(tls_subtree_is_valid(0x02, span("example.com")));
	assert_false(tls_subtree_is_valid(0x89, span("example.com")));
}

static void tells_what_cannot_be_compared(void **state)
{
	static const struct {
		unsigned kind;
		const char *name;
	} bad[] = {
	    {D, "a..b"}, {D, "foo.*.com"}, {D, "b*.example.com"}, {D, "\xf0\x9f\x98\x9c.example.com"}, {D, ""},
	    {E, "a@b@example.com"}, {E, "nobody"}, {E, "\"a\"@example.com"}, {E, "a@[192.0.2.1]"}, {E, "@example.com"},
	    {U, "mailto:a@example.com"}, {U, "https:///path"}, {U, "https://192.0.2.1/"}, {U, "urn:x"},
	    {U, "https://[::1]/"}, {U, "example.com"}, {0xa0, "other"}, {TLS_CERT_NAME_DIRECTORY, "x"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (tls_subtree_is_comparable(bad[i].kind, span(bad[i].name)))
			fail_msg("%s", bad[i].name);
	}
	assert_false(tls_subtree_is_comparable(D, tls_span("a\0b.example", 11)));
}

static bool v4(const char *base, const char *ip)
{
	struct tls_span b = tls_span(base, 8), i = tls_span(ip, 4);

	assert_true(tls_subtree_is_valid(TLS_CERT_NAME_IP, b));
	assert_int_equal(tls_subtree_has_all(TLS_CERT_NAME_IP, b, i), tls_subtree_has_some(TLS_CERT_NAME_IP, b, i));
	return tls_subtree_has_all(TLS_CERT_NAME_IP, b, i);
}

static void masks_addresses(void **state)
{
	static const uint8_t v6[32] = {0x20, 0x01, 0x0d, 0xb8, [16] = 0xff, 0xff, 0xff, 0xff};
	static const uint8_t inside[16] = {0x20, 0x01, 0x0d, 0xb8, 1}, outside[16] = {0x20, 0x01, 0x0d, 0xb9};

	(void)state;
	assert_true(v4("\xc0\x00\x02\x00\xff\xff\xff\x00", "\xc0\x00\x02\x63"));
	assert_false(v4("\xc0\x00\x02\x00\xff\xff\xff\x00", "\xc0\x00\x03\x00"));
	assert_true(v4("\xc0\x00\x02\x01\xff\xff\xff\xff", "\xc0\x00\x02\x01"));
	assert_true(v4("\x00\x00\x00\x00\x00\x00\x00\x00", "\xc0\x00\x02\x01"));
	assert_true(v4("\x0a\x80\x00\x00\xff\x80\x00\x00", "\x0a\xff\x02\x01"));
	assert_true(tls_subtree_has_all(TLS_CERT_NAME_IP, tls_span(v6, 32), tls_span(inside, 16)));
	assert_false(tls_subtree_has_all(TLS_CERT_NAME_IP, tls_span(v6, 32), tls_span(outside, 16)));
	assert_false(tls_subtree_has_all(TLS_CERT_NAME_IP, tls_span(v6, 32), tls_span(inside, 4)));
	assert_false(tls_subtree_is_valid(TLS_CERT_NAME_IP, tls_span("\xc0\x00\x02\x00\xff\x00\xff\x00", 8)));
	assert_false(tls_subtree_is_valid(TLS_CERT_NAME_IP, tls_span("\xc0\x00\x02\x00\xff\xff\xff\x01", 8)));
	assert_false(tls_subtree_is_valid(TLS_CERT_NAME_IP, tls_span("\xc0\x00\x02\x00", 4)));
}

static void compares_directory_names(void **state)
{
	static const char org[] = "\x30\x0c\x31\x0a\x30\x08\x06\x03\x55\x04\x0a\x0c\x01O";
	static const char leaf[] = "\x30\x18\x31\x0a\x30\x08\x06\x03\x55\x04\x0a\x13\x01o"
				   "\x31\x0a\x30\x08\x06\x03\x55\x04\x03\x0c\x01x";
	struct tls_span base = tls_span(org, sizeof(org) - 1), name = tls_span(leaf, sizeof(leaf) - 1);
	unsigned kind = TLS_CERT_NAME_DIRECTORY;

	(void)state;
	assert_true(tls_subtree_is_valid(kind, base));
	assert_true(tls_subtree_is_comparable(kind, name));
	assert_true(tls_subtree_has_all(kind, base, name));
	assert_false(tls_subtree_has_all(kind, name, base));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(follows_the_table),
	    cmocka_unit_test(refuses_bad_bases),
	    cmocka_unit_test(tells_what_cannot_be_compared),
	    cmocka_unit_test(masks_addresses),
	    cmocka_unit_test(compares_directory_names),
	};

	return cmocka_run_group_tests_name("subtree", tests, NULL, NULL);
}
