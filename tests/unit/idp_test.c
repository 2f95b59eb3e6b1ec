/* idp_test.c - tls/x509/idp.c: what a part of a revocation list speaks of; DER by hand from X.690 and RFC 5280. What openssl
 * says of such lists: tests/wire/chains.py. */
#include "unit.h"

#include "judge.h"
#include "tls/x509/idp.h"

#define LITERAL(s) s, sizeof(s) - 1

/* GeneralNames of one URI, of two; of the directory name CN=a; of an address. */
#define URI_U "\x86\x01u"
#define URI_V "\x86\x01v"
#define DIR_A "\xa4\x0e\x30\x0c\x31\x0a\x30\x08\x06\x03\x55\x04\x03\x0c\x01" "a"
#define DIR_A_OTHERWISE "\xa4\x0e\x30\x0c\x31\x0a\x30\x08\x06\x03\x55\x04\x03\x13\x01" "A"
#define IP "\x87\x01u"

#define POINT_U "\x30\x07\xa0\x05\xa0\x03" URI_U
#define POINT_V "\x30\x07\xa0\x05\xa0\x03" URI_V
#define POINT_A "\x30\x14\xa0\x12\xa0\x10" DIR_A

static const struct {
	const char *what;
	const char *idp;
	size_t idp_len;
	const char *points; /* content of cRLDistributionPoints */
	size_t points_len;
	bool covers;
} rows[] = {
    {"all", LITERAL("\x30\x00"), LITERAL(""), true},
    {"the same point", LITERAL(POINT_U), LITERAL(POINT_U), true},
    {"another", LITERAL(POINT_U), LITERAL(POINT_V), false},
    {"the second of its points", LITERAL(POINT_U), LITERAL(POINT_V POINT_U), true},
    {"the second name of its point", LITERAL(POINT_U), LITERAL("\x30\x0a\xa0\x08\xa0\x06" URI_V URI_U), true},
    {"one of the list's names", LITERAL("\x30\x0a\xa0\x08\xa0\x06" URI_V URI_U), LITERAL(POINT_U), true},
    {"no points", LITERAL(POINT_U), LITERAL(""), false},
    {"the same bytes as another kind", LITERAL(POINT_U), LITERAL("\x30\x07\xa0\x05\xa0\x03" IP), false},
    {"a directory name", LITERAL(POINT_A), LITERAL(POINT_A), true},
    {"the same, written otherwise", LITERAL(POINT_A), LITERAL("\x30\x14\xa0\x12\xa0\x10" DIR_A_OTHERWISE), true},
    {"a point for some reasons", LITERAL(POINT_U), LITERAL("\x30\x0b\xa0\x05\xa0\x03" URI_U "\x81\x02\x06\x40"), false},
    {"a point of another issuer", LITERAL(POINT_U), LITERAL("\x30\x0c\xa0\x05\xa0\x03" URI_U "\xa2\x03" URI_U), false},
    {"a point with another issuer alone", LITERAL(POINT_U), LITERAL("\x30\x05\xa2\x03" URI_U), false},
    {"a relative name", LITERAL(POINT_U), LITERAL("\x30\x04\xa0\x02\xa1\x00"), false},
    {"points that don't parse", LITERAL(POINT_U), LITERAL("\x30\x07\xa0\x05\xa0\x09" URI_U), false},
};

/* A leaf with these points; len 0: without the extension. */
static struct tls_span leaf_with(const char *points, size_t len)
{
	uint8_t more[128] = {0x30, (uint8_t)(len + 9), 0x06, 0x03, 0x55, 0x1d, 0x1f, 0x04, (uint8_t)(len + 2), 0x30,
	    (uint8_t)len};
	struct mint m = good_trio().c[LEAF];

	memcpy(more + 11, points, len);
	m.more = tls_span(more, len > 0 ? 11 + len : 0);
	return mint_cert(&m);
}

static void knows_whom_it_is_about(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct tls_span der = leaf_with(rows[i].points, rows[i].points_len);
		struct tls_node node;
		struct tls_idp idp;

		assert_int_equal(tls_node_init(&node, der), 0);
		tls_idp_decode(&idp, tls_span(rows[i].idp, rows[i].idp_len));
		assert_int_equal(idp.fault, TLS_FLAW_NONE);
		if (tls_idp_covers(&idp, &node) != rows[i].covers)
			fail_msg("%s", rows[i].what);
		mint_free(der);
	}
}

static void knows_users_from_cas(void **state)
{
	static const char *const idps[] = {"\x30\x03\x81\x01\xff", "\x30\x03\x82\x01\xff"};
	struct trio t = good_trio();

	(void)state;
	for (unsigned of_ca = 0; of_ca < 2; of_ca++) {
		struct tls_span der = mint_cert(&t.c[of_ca ? MIDDLE : LEAF]);
		struct tls_node node;

		assert_int_equal(tls_node_init(&node, der), 0);
		for (unsigned i = 0; i < 2; i++) {
			struct tls_idp idp;

			tls_idp_decode(&idp, tls_span(idps[i], 5));
			assert_int_equal(idp.fault, TLS_FLAW_NONE);
			assert_int_equal(tls_idp_covers(&idp, &node), i == of_ca);
		}
		mint_free(der);
	}
}

static void refuses_what_it_cannot_read(void **state)
{
	static const struct {
		const char *der;
		size_t len;
		enum tls_flaw fault;
	} bad[] = {
	    {LITERAL(""), TLS_FLAW_CRL_UNUSABLE},
	    {LITERAL("\x30\x00\x00"), TLS_FLAW_CRL_UNUSABLE},
	    {LITERAL("\x30\x04\x81\x02\xff\xff"), TLS_FLAW_CRL_UNUSABLE},
	    {LITERAL("\x30\x03\x81\x01\x01"), TLS_FLAW_CRL_UNUSABLE},
	    {LITERAL("\x30\x06\x82\x01\xff\x81\x01\xff"), TLS_FLAW_CRL_UNUSABLE}, /* out of order */
	    {LITERAL("\x30\x04\xa0\x02\xa1\x00"), TLS_FLAW_CRL_UNUSABLE},
	    {LITERAL("\x30\x04\xa0\x02\xa0\x00"), TLS_FLAW_CRL_UNUSABLE},
	    {LITERAL("\x30\x03\x85\x01\xff"), TLS_FLAW_CRL_UNUSABLE},
	    {LITERAL("\x30\x03\x84\x01\xff"), TLS_FLAW_CRL_INDIRECT},
	    {LITERAL("\x30\x04\x83\x02\x06\x40"), TLS_FLAW_CRL_REASONS},
	};
	struct tls_idp idp;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		tls_idp_decode(&idp, tls_span(bad[i].der, bad[i].len));
		assert_string_equal(tls_flaw_text(idp.fault), tls_flaw_text(bad[i].fault));
	}
	for (size_t n = 0; n < sizeof(POINT_U) - 1; n++) {
		tls_idp_decode(&idp, tls_span(POINT_U, n));
		assert_int_equal(idp.fault, TLS_FLAW_CRL_UNUSABLE);
	}
}

static void takes_no_more_names_than_it_may(void **state)
{
	uint8_t der[6 + 3 * (TLS_IDP_MAX_NAMES + 1)];

	(void)state;
	for (unsigned n = TLS_IDP_MAX_NAMES; n <= TLS_IDP_MAX_NAMES + 1; n++) {
		struct tls_idp idp;

		memcpy(der, (const uint8_t[]){0x30, (uint8_t)(4 + 3 * n), 0xa0, (uint8_t)(2 + 3 * n), 0xa0, (uint8_t)(3 * n)}, 6);
		for (unsigned i = 0; i < n; i++)
			memcpy(der + 6 + 3 * i, URI_U, 3);
		tls_idp_decode(&idp, tls_span(der, 6 + 3 * n));
		assert_int_equal(idp.fault, n > TLS_IDP_MAX_NAMES ? TLS_FLAW_CRL_UNUSABLE : TLS_FLAW_NONE);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(knows_whom_it_is_about),
	    cmocka_unit_test(knows_users_from_cas),
	    cmocka_unit_test(refuses_what_it_cannot_read),
	    cmocka_unit_test(takes_no_more_names_than_it_may),
	};

	return cmocka_run_group_tests_name("idp", tests, make_keys, free_keys);
}
