/* name_test.c - tls/x509/name.c: RFC 9525 section 6.3, RFC 6066 section 3. */
#include "unit.h"

#include <string.h>

#include "tls/bytes/mem.h"
#include "tls/x509/name.h"

static struct tls_span text(const char *s)
{
	return tls_span(s, strlen(s));
}

static void knows_valid_names(void **state)
{
	static const char *const good[] = {"a", "localhost", "a.example", "A.Example.NET", "xn--bcher-kva.example",
	    "_dmarc.example", "a-b.example", "1.example", "1.2.3.4.example", "1.2.3", "256.1.1.1"};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_true(tls_name_is_valid_sni(text(good[i])));
}

static void knows_invalid_names(void **state)
{
	static const char *const bad[] = {"", ".", "a.", ".a", "a..b", "-a", "a-", "a.-b", "a b", "a/b", "*",
	    "*.example", "a:443", "[::1]", "::1", "127.0.0.1", "255.255.255.255", "b\xc3\xbc.example", "a\n"};
	char label[TLS_NAME_LABEL_MAX_LEN + 1];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(tls_name_is_valid_sni(text(bad[i])));
	assert_false(tls_name_is_valid_sni(tls_span("victim\0.example", 15)));
	memset(label, 'a', sizeof(label));
	assert_true(tls_name_is_valid_sni(tls_span(label, sizeof(label) - 1)));
	assert_false(tls_name_is_valid_sni(tls_span(label, sizeof(label))));
}

static void bounds_the_length(void **state)
{
	char name[TLS_NAME_MAX_LEN + 1];

	(void)state;
	for (size_t i = 0; i < sizeof(name); i++)
		name[i] = i % 2 == 0 ? 'a' : '.';
	assert_true(tls_name_is_valid_sni(tls_span(name, TLS_NAME_MAX_LEN)));
	name[TLS_NAME_MAX_LEN] = 'b';
	name[TLS_NAME_MAX_LEN - 1] = 'b';
	assert_false(tls_name_is_valid_sni(tls_span(name, TLS_NAME_MAX_LEN + 1)));
}

static void refuses_every_other_byte(void **state)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";

	(void)state;
	for (unsigned c = 0; c < 256; c++) {
		char name[] = {'a', (char)c, 'b'};
		bool ok = c == '.' || (c != 0 && strchr(allowed, (int)c) != NULL);

		assert_int_equal(tls_name_is_valid_sni(tls_span(name, sizeof(name))), ok);
	}
}

static void matches_as_rfc_9525_says(void **state)
{
	static const struct {
		const char *pattern, *name;
		bool matches;
	} rows[] = {
	    {"a.example", "a.example", true},
	    {"A.eXample", "a.Example", true},
	    {"a.example", "b.example", false},
	    {"a.example", "a.example.net", false},
	    {"example", "a.example", false},
	    {"*.example", "a.example", true},
	    {"*.example", "A.EXAMPLE", true},
	    {"*.example", "xn--bcher-kva.example", true},
	    {"*.example", "example", false},
	    {"*.example", "a.b.example", false},
	    {"*.b.example", "a.b.example", true},
	    {"*.example", "a.notexample", false},
	    {"*.*.example", "a.b.example", false},
	    {"a.*.example", "a.b.example", false},
	    {"a*.example", "ab.example", false},
	    {"*a.example", "ba.example", false},
	    {"*", "a", false},
	    {"*.", "a.", false},
	    {"*.example.", "a.example.", false},
	    {"*.example", ".example", false},
	    {"*.example", "*.example", false},
	    {"127.0.0.1", "127.0.0.1", false},
	    {"*.0.0.1", "127.0.0.1", false},
	    {"a@example", "a@example", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(tls_name_matches(text(rows[i].pattern), text(rows[i].name)), rows[i].matches);
}

static void a_nul_byte_never_matches(void **state)
{
	struct tls_span hostile = tls_span("victim.example\0.attacker.example", 32);

	(void)state;
	assert_false(tls_name_matches(hostile, text("victim.example")));
	assert_false(tls_name_matches(hostile, hostile));
	assert_false(tls_name_matches(text("victim.example"), hostile));
}

static void compares_letters_only_without_case(void **state)
{
	(void)state;
	assert_true(tls_name_same(text("aZ-_9"), text("Az-_9")));
	assert_false(tls_name_same(text("a@"), text("a`")));
	assert_false(tls_name_same(text("a["), text("a{")));
	assert_false(tls_name_same(text("a"), text("ab")));
	assert_false(tls_name_same((struct tls_span){.failed = true}, text("")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(knows_valid_names),
	    cmocka_unit_test(knows_invalid_names),
	    cmocka_unit_test(bounds_the_length),
	    cmocka_unit_test(refuses_every_other_byte),
	    cmocka_unit_test(matches_as_rfc_9525_says),
	    cmocka_unit_test(a_nul_byte_never_matches),
	    cmocka_unit_test(compares_letters_only_without_case),
	};

	return cmocka_run_group_tests_name("name", tests, NULL, NULL);
}
