/* exts_test.c - tls/x509/exts.c: extension values by hand from RFC 5280 section 4.2 and X.690. */
#include "unit.h"

#include <string.h>

#include "tls/bytes/mem.h"
#include "tls/tls.h"
#include "tls/x509/exts.h"

/* Decodes a list of one extension: last byte of 2.5.29, value. */
static enum tls_flaw decode(struct tls_exts *e, uint8_t id, bool critical, const char *value, size_t n)
{
	static uint8_t list[128];
	uint8_t head[] = {0x30, 0, 0x06, 0x03, 0x55, 0x1d, id, 0x01, 0x01, 0xff, 0x04, (uint8_t)n};
	struct tls_cert cert = {.version = 3};
	size_t head_len = sizeof(head);

	if (!critical) {
		head[7] = 0x04;
		head[8] = (uint8_t)n;
		head_len -= 3;
	}
	head[1] = (uint8_t)(head_len - 2 + n);
	memcpy(list, head, head_len);
	memcpy(list + head_len, value, n);
	cert.extensions = tls_span(list, head_len + n);
	return tls_exts_decode(e, &cert);
}

#define DECODE(e, id, literal) decode(e, id, false, literal, sizeof(literal) - 1)
#define GOOD(e, id, literal) assert_int_equal(DECODE(e, id, literal), TLS_FLAW_NONE)
#define BAD(id, literal) assert_int_equal(DECODE(&bad, id, literal), TLS_FLAW_MALFORMED)

static void without_extensions_all_is_allowed_but_ca(void **state)
{
	struct tls_cert cert = {.version = 3};
	struct tls_exts e;

	(void)state;
	assert_int_equal(tls_exts_decode(&e, &cert), TLS_FLAW_NONE);
	assert_false(e.ca);
	assert_int_equal(e.path_len, TLS_EXTS_NO_PATH_LEN);
	assert_int_equal(e.usage & TLS_USAGE_CERT_SIGN, TLS_USAGE_CERT_SIGN);
	assert_true(tls_exts_has_purpose(&e, tls_span("x", 1), false));
	assert_int_equal(e.seen, 0);
}

static void reads_basic_constraints(void **state)
{
	struct tls_exts e, bad;

	(void)state;
	GOOD(&e, 0x13, "\x30\x00");
	assert_false(e.ca);
	assert_int_equal(e.seen, TLS_EXT_BASIC_CONSTRAINTS);
	GOOD(&e, 0x13, "\x30\x03\x01\x01\xff");
	assert_true(e.ca);
	assert_int_equal(e.path_len, TLS_EXTS_NO_PATH_LEN);
	GOOD(&e, 0x13, "\x30\x06\x01\x01\xff\x02\x01\x07");
	assert_int_equal(e.path_len, 7);
	GOOD(&e, 0x13, "\x30\x07\x01\x01\xff\x02\x02\x01\x00"); /* 256: more than any path has */
	assert_int_equal(e.path_len, TLS_EXTS_NO_PATH_LEN);
	GOOD(&e, 0x13, "\x30\x03\x01\x01\x00");
	BAD(0x13, "\x30\x03\x01\x01\x01");
	BAD(0x13, "\x30\x06\x01\x01\xff\x02\x01\xff");
	BAD(0x13, "\x30\x04\x01\x01\xff\x05");
	BAD(0x13, "\x30\x03\x01\x01\xff\x00");
	BAD(0x13, "");
}

static void reads_key_usage(void **state)
{
	struct tls_exts e, bad;

	(void)state;
	GOOD(&e, 0x0f, "\x03\x02\x07\x80");
	assert_int_equal(e.usage, TLS_USAGE_DIGITAL_SIGNATURE);
	GOOD(&e, 0x0f, "\x03\x02\x01\x06");
	assert_int_equal(e.usage, TLS_USAGE_CERT_SIGN | TLS_USAGE_CRL_SIGN);
	GOOD(&e, 0x0f, "\x03\x03\x07\x00\x80");
	assert_int_equal(e.usage, 0x80);
	BAD(0x0f, "\x03\x01\x00"); /* section 4.2.1.3: at least one bit */
	BAD(0x0f, "\x03\x02\x07\x00");
	BAD(0x0f, "\x03\x02\x08\x80");
	BAD(0x0f, "\x03\x02\x07\x81");
	BAD(0x0f, "\x03\x04\x00\x80\x00\x01");
	BAD(0x0f, "\x03\x02\x07\x80\x00");
}

static void reads_purposes(void **state)
{
	static const char server[] = "\x2b\x06\x01\x05\x05\x07\x03\x01", client[] = "\x2b\x06\x01\x05\x05\x07\x03\x02";
	struct tls_exts e, bad;

	(void)state;
	GOOD(&e, 0x25, "\x30\x0a\x06\x08\x2b\x06\x01\x05\x05\x07\x03\x01");
	assert_true(tls_exts_has_purpose(&e, tls_span(server, 8), false));
	assert_false(tls_exts_has_purpose(&e, tls_span(client, 8), true));
	assert_false(tls_exts_has_purpose(&e, tls_span(server, 7), true)); /* a prefix is another one */
	GOOD(&e, 0x25, "\x30\x0b\x06\x04\x55\x1d\x25\x00\x06\x03\x2a\x03\x04");
	assert_true(tls_exts_has_purpose(&e, tls_span(server, 8), true));
	assert_false(tls_exts_has_purpose(&e, tls_span(server, 8), false));
	BAD(0x25, "\x30\x00");
	BAD(0x25, "\x30\x03\x05\x01\x00");
	BAD(0x25, "\x30\x02\x06\x05");
}

static void reads_key_identifiers(void **state)
{
	struct tls_exts e, bad;

	(void)state;
	GOOD(&e, 0x0e, "\x04\x02" "ab");
	assert_true(tls_mem_same(e.key_id.p, e.key_id.len, "ab", 2));
	BAD(0x0e, "\x04\x00");
	BAD(0x0e, "\x03\x01" "a");
	GOOD(&e, 0x23, "\x30\x04\x80\x02" "cd");
	assert_true(tls_mem_same(e.issuer_key_id.p, e.issuer_key_id.len, "cd", 2));
	assert_false(e.issuer_named);
	GOOD(&e, 0x23, "\x30\x07\xa1\x02\x82\x00\x82\x01\x01");
	assert_true(e.issuer_named);
	assert_int_equal(e.issuer_key_id.len, 0);
	GOOD(&e, 0x23, "\x30\x00");
	BAD(0x23, "\x30\x03\x82\x01\x01"); /* a serial number without issuer */
	BAD(0x23, "\x30\x04\xa1\x02\x82\x00");
}

static void reads_name_constraints(void **state)
{
	struct tls_exts e, bad;
	struct tls_span base;
	unsigned kind;

	(void)state;
	GOOD(&e, 0x1e, "\x30\x0e\xa0\x05\x30\x03\x82\x01x\xa1\x05\x30\x03\x81\x01y");
	assert_true(tls_exts_next_subtree(&e.permitted, &kind, &base));
	assert_int_equal(kind, TLS_CERT_NAME_DNS);
	assert_true(tls_mem_same(base.p, base.len, "x", 1));
	assert_false(tls_exts_next_subtree(&e.permitted, &kind, &base));
	assert_true(tls_exts_next_subtree(&e.excluded, &kind, &base));
	assert_int_equal(kind, TLS_CERT_NAME_EMAIL);
	BAD(0x1e, "\x30\x00");
	BAD(0x1e, "\x30\x02\xa0\x00");
	BAD(0x1e, "\x30\x0a\xa0\x08\x30\x06\x82\x01x\x80\x01\x00"); /* minimum is encoded */
	BAD(0x1e, "\x30\x0a\xa0\x08\x30\x06\x82\x01x\x81\x01\x09"); /* maximum */
	BAD(0x1e, "\x30\x0e\xa1\x05\x30\x03\x82\x01x\xa0\x05\x30\x03\x81\x01y");
	BAD(0x1e, "\x30\x04\xa0\x02\x30\x00");
}

static void tells_unknown_critical_ones(void **state)
{
	struct tls_exts e;

	(void)state;
	assert_int_equal(decode(&e, 0x7f, false, "x", 1), TLS_FLAW_NONE);
	assert_false(e.unknown_critical);
	assert_int_equal(decode(&e, 0x7f, true, "x", 1), TLS_FLAW_NONE);
	assert_true(e.unknown_critical);
	assert_int_equal(decode(&e, 0x13, true, "\x30\x00", 2), TLS_FLAW_NONE);
	assert_false(e.unknown_critical);
	assert_int_equal(e.critical, TLS_EXT_BASIC_CONSTRAINTS);
	assert_int_equal(decode(&e, 0x24, true, "\x30\x03\x80\x01\x00", 5), TLS_FLAW_NONE);
	assert_true(e.unknown_critical); /* policy constraints are not processed */
	assert_int_equal(decode(&e, 0x20, true, "\x30\x04\x30\x02\x06\x00", 6), TLS_FLAW_NONE);
	assert_false(e.unknown_critical);
}

static void checks_what_it_does_not_use(void **state)
{
	static const char info[] = "\x30\x15\x06\x08\x2b\x06\x01\x05\x05\x07\x01\x01\x04\x09malformed";
	static const char good[] = "\x30\x1d\x06\x08\x2b\x06\x01\x05\x05\x07\x01\x01\x04\x11\x30\x0f\x30\x0d\x06\x08"
				   "\x2b\x06\x01\x05\x05\x07\x30\x01\x86\x01x";
	struct tls_cert cert = {.version = 3, .extensions = tls_span(info, sizeof(info) - 1)};
	struct tls_exts e, bad;

	(void)state;
	assert_int_equal(tls_exts_decode(&e, &cert), TLS_FLAW_MALFORMED);
	cert.extensions = tls_span(good, sizeof(good) - 1);
	assert_int_equal(tls_exts_decode(&e, &cert), TLS_FLAW_NONE);
	BAD(0x20, "\x30\x00");
	BAD(0x20, "\x30\x02\x31\x00");
	BAD(0x24, "\x30\x00");
}

static void reads_tls_features(void **state)
{
	/* RFC 7633 section 4.1: status_request; status_request_v2 and that; others */
	static const struct {
		const char *list;
		size_t len;
		bool must_staple;
	} lists[] = {
	    {"\x30\x11\x06\x08\x2b\x06\x01\x05\x05\x07\x01\x18\x04\x05\x30\x03\x02\x01\x05", 19, true},
	    {"\x30\x14\x06\x08\x2b\x06\x01\x05\x05\x07\x01\x18\x04\x08\x30\x06\x02\x01\x05\x02\x01\x11", 22, true},
	    {"\x30\x11\x06\x08\x2b\x06\x01\x05\x05\x07\x01\x18\x04\x05\x30\x03\x02\x01\x11", 19, false},
	};
	struct tls_cert cert = {.version = 3};
	struct tls_exts e;

	(void)state;
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		cert.extensions = tls_span(lists[i].list, lists[i].len);
		assert_int_equal(tls_exts_decode(&e, &cert), TLS_FLAW_NONE);
		assert_int_equal(e.must_staple, lists[i].must_staple);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(without_extensions_all_is_allowed_but_ca),
	    cmocka_unit_test(reads_basic_constraints),
	    cmocka_unit_test(reads_key_usage),
	    cmocka_unit_test(reads_purposes),
	    cmocka_unit_test(reads_key_identifiers),
	    cmocka_unit_test(reads_name_constraints),
	    cmocka_unit_test(tells_unknown_critical_ones),
	    cmocka_unit_test(checks_what_it_does_not_use),
	    cmocka_unit_test(reads_tls_features),
	};

	return cmocka_run_group_tests_name("exts", tests, NULL, NULL);
}
