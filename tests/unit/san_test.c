/* san_test.c - tls/x509/san.c: identities by RFC 9525 section 6. */
#include "unit.h"

#include <string.h>

#include "tls/tls.h"
#include "tls/x509/san.h"

struct row {
	unsigned kind;
	const char *presented;
	size_t len;
	const char *wanted;
	bool has;
};

#define N(text) text, sizeof(text) - 1
#define D TLS_CERT_NAME_DNS
#define E TLS_CERT_NAME_EMAIL

static const struct row rows[] = {
    {D, N("host.example"), "host.example", true},
    {D, N("HOST.example"), "host.EXAMPLE", true},
    {D, N("host.example"), "other.example", false},
    {D, N("host.example"), "host.example.org", false},
    {D, N("*.example.com"), "host.example.com", true},
    {D, N("*.example.com"), "a.host.example.com", false},
    {D, N("*.example.com"), "example.com", false},
    {D, N("*.com"), "example.com", false},
    {D, N("*"), "example", false},
    {D, N("*."), "example", false},
    {D, N("h*.example.com"), "host.example.com", false},
    {D, N("*t.example.com"), "host.example.com", false},
    {D, N("host.*.com"), "host.example.com", false},
    {D, N("*.*.com"), "host.example.com", false},
    {D, N("*.example.com"), "*.example.com", false}, /* nobody is called so */
    {D, N("host.example\0.evil.org"), "host.example", false},
    {D, N("host.example\n"), "host.example", false},
    {D, N("host.example."), "host.example", false},
    {D, N("host.example"), "host.example.", false},
    {D, N("xn--bcher-kva.example"), "xn--bcher-kva.example", true},
    {D, N("b\xc3\xbc""cher.example"), "b\xc3\xbc""cher.example", false}, /* A-labels only */
    {D, N("*.xn--bcher-kva.example"), "a.xn--bcher-kva.example", true},
    {D, N(""), "", false},
    {D, N("192.0.2.1"), "192.0.2.1", false},
    {E, N("user@example.com"), "user@EXAMPLE.COM", true},
    {E, N("User@example.com"), "user@example.com", false},
    {E, N("user@example.com"), "user@example.org", false},
    {E, N("a@b@example.com"), "a@b@example.com", false},
};

/* A certificate with one name, of which only the list is read. */
static bool has(unsigned tag, const void *presented, size_t len, unsigned kind, struct tls_span wanted)
{
	struct tls_san_wanted w = {.kind = kind, .value = wanted};
	uint8_t list[64] = {(uint8_t)tag, (uint8_t)len};
	struct tls_cert cert = {.san = tls_span(list, len + 2)};

	memcpy(list + 2, presented, len);
	return tls_san_has(&cert, &w);
}

static void follows_the_table(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *r = &rows[i];

		if (has(r->kind, r->presented, r->len, r->kind, tls_span(r->wanted, strlen(r->wanted))) != r->has)
			fail_msg("%s in %s", r->wanted, r->presented);
	}
}

static void security_x509_name_with_nul(void **state)
{
	static const char text[] = "victim.example\0.attacker.example";

	(void)state;
	assert_false(has(D, text, sizeof(text) - 1, D, tls_span("victim.example", 14)));
	assert_false(has(D, text, sizeof(text) - 1, D, tls_span(text, sizeof(text) - 1)));
	assert_false(has(E, "a@victim.example\0.x", 19, E, tls_span("a@victim.example", 16)));
}

static void compares_addresses_as_bytes(void **state)
{
	unsigned kind = TLS_CERT_NAME_IP;
	static const uint8_t mapped[16] = {[10] = 0xff, 0xff, 192, 0, 2, 1};

	(void)state;
	assert_true(has(kind, "\xc0\x00\x02\x01", 4, kind, tls_span("\xc0\x00\x02\x01", 4)));
	assert_false(has(kind, "\xc0\x00\x02\x01", 4, kind, tls_span("\xc0\x00\x02\x02", 4)));
	assert_false(has(kind, "\xc0\x00\x02\x01", 4, kind, tls_span(mapped, 16)));
	assert_false(has(D, "192.0.2.1", 9, kind, tls_span("\xc0\x00\x02\x01", 4)));
	assert_false(has(kind, "host", 4, D, tls_span("host", 4)));
}

static void nothing_has_nothing(void **state)
{
	struct tls_cert cert = {.version = 3};
	struct tls_san_wanted w = {.kind = TLS_CERT_NAME_IP};

	(void)state;
	assert_false(tls_san_has(&cert, &w));
	assert_false(has(0x88, "x", 1, 0x88, tls_span("x", 1)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(follows_the_table),
	    cmocka_unit_test(security_x509_name_with_nul),
	    cmocka_unit_test(compares_addresses_as_bytes),
	    cmocka_unit_test(nothing_has_nothing),
	};

	return cmocka_run_group_tests_name("san", tests, NULL, NULL);
}
