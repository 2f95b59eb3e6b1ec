/* case_test.c - tls/case.c: chains judged outside of a session. The verdicts themselves are judge_test's. */
#include "unit.h"

#include <stdio.h>

#include "judge.h"

static tls_datum_t datum(struct tls_span s)
{
	return (tls_datum_t){.data = (unsigned char *)(uintptr_t)s.p, .size = (unsigned)s.len};
}

static int add_der(tls_x509_case_t c, tls_x509_case_input_t input, struct tls_span der)
{
	tls_datum_t d = datum(der);

	return tls_x509_case_add(c, input, &d, TLS_X509_FMT_DER);
}

static int add_text(tls_x509_case_t c, tls_x509_case_input_t input, const char *text)
{
	tls_datum_t d = datum(tls_span(text, strlen(text)));

	return tls_x509_case_add(c, input, &d, TLS_X509_FMT_PEM);
}

static struct tls_span mint_leaf(void)
{
	return mint_cert(&(struct mint){.subject = "leaf", .issuer = "middle", .key = keys[LEAF], .signer = keys[MIDDLE],
	    .names = {"dns:leaf.example", "ip:c0000201", "email:me@leaf.example"}, .purposes = "s",
	    .serial = tls_span("\x05", 1)});
}

static struct tls_span mint_ca(const char *subject, const char *issuer, unsigned key, unsigned signer)
{
	return mint_cert(&(struct mint){.subject = subject, .issuer = issuer, .key = keys[key], .signer = keys[signer],
	    .ca = true, .usage = CA_USAGE});
}

static void add_minted(tls_x509_case_t c, tls_x509_case_input_t input, struct tls_span der)
{
	assert_int_equal(add_der(c, input, der), 1);
	mint_free(der);
}

/* The leaf, trusted through its middle, which is left to the test. */
static tls_x509_case_t open_case(void)
{
	tls_x509_case_t c;

	assert_int_equal(tls_x509_case_init(&c), 0);
	add_minted(c, TLS_X509_CASE_TRUST, mint_ca("root", "root", ROOT, ROOT));
	add_minted(c, TLS_X509_CASE_CHAIN, mint_leaf());
	return c;
}

static void assert_reason(tls_x509_case_t c, const tls_x509_case_terms_t *terms, unsigned bit, unsigned at,
    const char *name, const char *words)
{
	const char *subject, *reason;
	unsigned status, depth;

	assert_int_equal(tls_x509_case_judge(c, &status, terms), 0);
	assert_int_equal(status, bit | TLS_CERT_INVALID);
	assert_int_equal(tls_x509_case_get_fault(c, &depth, &subject, &reason), 0);
	assert_int_equal(depth, at);
	assert_string_equal(subject, name);
	assert_string_equal(reason, words);
	assert_null(tls_x509_case_get_path(c, 0));
}

static void assert_good(tls_x509_case_t c, const tls_x509_case_terms_t *terms)
{
	const char *subject, *reason;
	unsigned status, depth;

	assert_int_equal(tls_x509_case_judge(c, &status, terms), 0);
	assert_int_equal(status, 0);
	assert_int_equal(tls_x509_case_get_fault(c, &depth, &subject, &reason), TLS_E_REQUESTED_DATA_NOT_AVAILABLE);
	assert_string_equal(tls_x509_case_get_path(c, 0), "CN=leaf");
	assert_string_equal(tls_x509_case_get_path(c, 1), "CN=middle");
	assert_string_equal(tls_x509_case_get_path(c, 2), "CN=root");
	assert_null(tls_x509_case_get_path(c, 3));
}

static const tls_x509_case_terms_t now = {.now = MINT_NOW};

static void a_path_is_found_and_told(void **state)
{
	tls_x509_case_t c = open_case();

	(void)state;
	assert_reason(c, &now, TLS_CERT_SIGNER_NOT_FOUND, 0, "CN=leaf", "issuer is not trusted");
	add_minted(c, TLS_X509_CASE_CHAIN, mint_ca("middle", "root", MIDDLE, ROOT));
	assert_good(c, &now);
	tls_x509_case_deinit(c);
	tls_x509_case_deinit(NULL);
}

/* Among more strangers than a search looks at. */
static void an_untrusted_certificate_helps(void **state)
{
	tls_x509_case_t c = open_case();
	unsigned status;
	char name[16];

	(void)state;
	for (unsigned i = 0; i < 40; i++) {
		snprintf(name, sizeof(name), "stranger %u", i);
		add_minted(c, TLS_X509_CASE_UNTRUSTED, mint_ca(name, "root", 5, ROOT));
	}
	add_minted(c, TLS_X509_CASE_UNTRUSTED, mint_ca("middle", "second", MIDDLE, 4));
	assert_reason(c, &now, TLS_CERT_SIGNER_NOT_FOUND, 1, "CN=middle", "issuer is not trusted");
	add_minted(c, TLS_X509_CASE_UNTRUSTED, mint_ca("second", "root", 4, ROOT));
	assert_int_equal(tls_x509_case_judge(c, &status, &now), 0);
	assert_int_equal(status, 0);
	assert_string_equal(tls_x509_case_get_path(c, 2), "CN=second");
	tls_x509_case_deinit(c);
}

static void terms_decide(void **state)
{
	tls_x509_case_terms_t t = {.now = MINT_END + 1};
	tls_x509_case_t c = open_case();

	(void)state;
	add_minted(c, TLS_X509_CASE_UNTRUSTED, mint_ca("middle", "root", MIDDLE, ROOT));
	assert_reason(c, &t, TLS_CERT_EXPIRED, 0, "CN=leaf", "expired");
	t.flags = TLS_VERIFY_DISABLE_TIME_CHECKS;
	assert_good(c, &t);
	t = (tls_x509_case_terms_t){.now = MINT_NOW, .of_client = true};
	assert_reason(c, &t, TLS_CERT_PURPOSE_MISMATCH, 0, "CN=leaf", "not meant for this purpose");
	t = (tls_x509_case_terms_t){.now = MINT_NOW, .limited = true, .max_intermediates = 1};
	assert_good(c, &t);
	t.max_intermediates = 0;
	assert_reason(c, &t, TLS_CERT_SIGNER_CONSTRAINTS_FAILURE, 1, "CN=middle", "chain is too long");
	t = (tls_x509_case_terms_t){.now = MINT_NOW, .flags = TLS_VERIFY_REQUIRE_CRLS};
	assert_reason(c, &t, 0, 1, "CN=middle", "no revocation list of the issuer");
	t.flags = TLS_VERIFY_REQUIRE_OCSP;
	assert_reason(c, &t, TLS_CERT_MISSING_OCSP_STATUS, 0, "CN=leaf", "no OCSP response came with it, and must");
	tls_x509_case_deinit(c);
}

static void lists_and_responses_count(void **state)
{
	struct tls_span serial = tls_span("\x05", 1);
	tls_x509_case_terms_t t = {.now = MINT_NOW};
	tls_x509_case_t c = open_case();

	(void)state;
	add_minted(c, TLS_X509_CASE_UNTRUSTED, mint_ca("middle", "root", MIDDLE, ROOT));
	add_minted(c, TLS_X509_CASE_STAPLE, mint_ocsp(&(struct mint_ocsp){.signer = keys[MIDDLE], .n_entries = 1,
	    .entries = {{.issuer = "middle", .issuer_key = keys[MIDDLE], .serial = "\x05", .status = 'r'}}}));
	assert_reason(c, &t, TLS_CERT_REVOKED, 0, "CN=leaf", "revoked");
	add_minted(c, TLS_X509_CASE_STAPLE, mint_ocsp(&(struct mint_ocsp){.signer = keys[MIDDLE], .n_entries = 1,
	    .entries = {{.issuer = "middle", .issuer_key = keys[MIDDLE], .serial = "\x05", .status = 'g'}}}));
	assert_good(c, &t);
	add_minted(c, TLS_X509_CASE_CRL, mint_crl(&(struct mint_crl){.issuer = "middle", .signer = keys[MIDDLE],
	    .serials = &serial, .n_serials = 1}));
	assert_reason(c, &t, TLS_CERT_REVOKED, 0, "CN=leaf", "revoked");
	t.flags = TLS_VERIFY_DISABLE_CRL_CHECKS;
	assert_good(c, &t);
	tls_x509_case_deinit(c);
}

/* The certificate of a key for lists issues nothing, and helps all the same. */
static void an_untrusted_key_of_lists_helps(void **state)
{
	tls_x509_case_t c = open_case();

	(void)state;
	add_minted(c, TLS_X509_CASE_UNTRUSTED, mint_ca("middle", "root", MIDDLE, ROOT));
	assert_good(c, &now);
	add_minted(c, TLS_X509_CASE_CRL, mint_crl(&(struct mint_crl){.issuer = "middle", .signer = keys[5]}));
	assert_reason(c, &now, TLS_CERT_INVALID, 0, "CN=leaf", "revocation list is not acceptable");
	add_minted(c, TLS_X509_CASE_UNTRUSTED,
	    mint_cert(&(struct mint){.subject = "middle", .issuer = "root", .key = keys[5], .signer = keys[ROOT],
		.usage = TLS_USAGE_CRL_SIGN, .key_id = tls_span("other", 5)}));
	assert_good(c, &now);
	tls_x509_case_deinit(c);
}

static void all_names_must_be_there(void **state)
{
	static const char *const many = "leaf.example";
	tls_x509_case_t c = open_case();
	int n = 3;

	(void)state;
	add_minted(c, TLS_X509_CASE_UNTRUSTED, mint_ca("middle", "root", MIDDLE, ROOT));
	assert_int_equal(tls_x509_case_add_name(c, TLS_SAN_DNSNAME, "leaf.example"), 0);
	assert_int_equal(tls_x509_case_add_name(c, TLS_SAN_IPADDRESS, "192.0.2.1"), 0);
	assert_int_equal(tls_x509_case_add_name(c, TLS_SAN_RFC822NAME, "me@leaf.example"), 0);
	assert_good(c, &now);
	assert_int_equal(tls_x509_case_add_name(c, TLS_SAN_IPADDRESS, "192.0.2.300"), TLS_E_INVALID_REQUEST);
	assert_int_equal(tls_x509_case_add_name(c, (tls_x509_subject_alt_name_t)3, "x"), TLS_E_INVALID_REQUEST);
	while (tls_x509_case_add_name(c, TLS_SAN_DNSNAME, many) == 0)
		n++;
	assert_int_equal(n, 64);
	assert_good(c, &now);
	tls_x509_case_deinit(c);
	c = open_case();
	add_minted(c, TLS_X509_CASE_UNTRUSTED, mint_ca("middle", "root", MIDDLE, ROOT));
	assert_int_equal(tls_x509_case_add_name(c, TLS_SAN_DNSNAME, "other.example"), 0);
	assert_reason(c, &now, TLS_CERT_UNEXPECTED_OWNER, 0, "CN=leaf", "name does not match");
	tls_x509_case_deinit(c);
}

/* ---- Unreadable inputs --------------------------------------------------------------------------------------- */

static void assert_position(tls_x509_case_t c, unsigned line, long byte)
{
	unsigned at_line;
	long at_byte;

	tls_x509_case_error_position(c, &at_line, &at_byte);
	assert_int_equal(at_line, line);
	assert_int_equal(at_byte, byte);
}

#define BLOCK(label, body) "-----BEGIN " label "-----\n" body "\n-----END " label "-----\n"

static void pem_is_told_by_line(void **state)
{
	static const struct {
		tls_x509_case_input_t input;
		const char *text;
		int err;
		unsigned line;
		long byte;
	} rows[] = {
	    {TLS_X509_CASE_TRUST, "text", TLS_E_NO_CERTIFICATE_FOUND, 0, -1},
	    {TLS_X509_CASE_CHAIN, "text", TLS_E_NO_CERTIFICATE_FOUND, 0, -1},
	    {TLS_X509_CASE_UNTRUSTED, BLOCK("X509 CRL", "MAA="), TLS_E_NO_CERTIFICATE_FOUND, 0, -1},
	    {TLS_X509_CASE_CRL, "text", TLS_E_NO_CRL_FOUND, 0, -1},
	    {TLS_X509_CASE_CHAIN, "\n-----BEGIN CERTIFICATE-----\nMAA=\n?\n", TLS_E_BASE64_DECODING_ERROR, 4, -1},
	    {TLS_X509_CASE_TRUST, "\n-----BEGIN CERTIFICATE-----\nMAA=\n?\n", TLS_E_BASE64_DECODING_ERROR, 4, -1},
	    {TLS_X509_CASE_CRL, "-----BEGIN X509 CRL-----\n?\n", TLS_E_BASE64_DECODING_ERROR, 2, -1},
	    /* 30 00: sound, but nothing */
	    {TLS_X509_CASE_TRUST, "\n" BLOCK("CERTIFICATE", "MAA="), TLS_E_CERTIFICATE_ERROR, 2, -1},
	    {TLS_X509_CASE_CRL, BLOCK("X509 CRL", "MAA="), TLS_E_CRL_ERROR, 1, -1},
	    /* 30 04 30 03 02 01: an element that is longer than what it stands in */
	    {TLS_X509_CASE_TRUST, "\n" BLOCK("CERTIFICATE", "MAQwAwIB"), TLS_E_CERTIFICATE_ERROR, 2, 2},
	    {TLS_X509_CASE_CHAIN, "\n\n" BLOCK("CERTIFICATE", "MAQwAwIB"), TLS_E_CERTIFICATE_ERROR, 3, 2},
	    {TLS_X509_CASE_CRL, BLOCK("X509 CRL", "MAQwAwIB"), TLS_E_CRL_ERROR, 1, 2},
	    {TLS_X509_CASE_STAPLE, BLOCK("OCSP RESPONSE", "MAA="), TLS_E_INVALID_REQUEST, 0, -1},
	};
	tls_x509_case_t c = open_case();

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(add_text(c, rows[i].input, rows[i].text), rows[i].err);
		assert_position(c, rows[i].line, rows[i].byte);
	}
	tls_x509_case_deinit(c);
}

static void der_is_told_by_byte(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
		long at;
	} rows[] = {
	    {"", 0, 0},
	    {"\x30", 1, 0},
	    {"\x30\x80\0\0", 4, 0}, /* indefinite */
	    {"\x30\x81\x01\x05", 4, 0}, /* not the shortest length */
	    {"\x30\x02\x05", 3, 0},
	    {"\x30\0\x05\0", 4, 2}, /* more behind it */
	    {"\x30\x04\x30\0\x1f\0", 6, 4}, /* a long tag */
	    {"\x30\x06\x04\x02zz\x02\x01", 8, 6},
	};
	static const uint8_t deep[34] = {48, 32, 48, 30, 48, 28, 48, 26, 48, 24, 48, 22, 48, 20, 48, 18, 48, 16, 48, 14, 48, 12,
	    48, 10, 48, 8, 48, 6, 48, 4, 48, 2, 48, 0};
	tls_x509_case_t c = open_case();

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct tls_span der = tls_span(rows[i].bytes, rows[i].len);

		assert_int_equal(add_der(c, TLS_X509_CASE_CHAIN, der), TLS_E_CERTIFICATE_ERROR);
		assert_position(c, 0, rows[i].at);
		assert_int_equal(add_der(c, TLS_X509_CASE_TRUST, der), TLS_E_CERTIFICATE_ERROR);
		assert_position(c, 0, rows[i].at);
		assert_int_equal(add_der(c, TLS_X509_CASE_STAPLE, der), TLS_E_OCSP_RESPONSE_ERROR);
		assert_position(c, 0, rows[i].at);
	}
	assert_int_equal(add_der(c, TLS_X509_CASE_UNTRUSTED, tls_span(deep, sizeof(deep))), TLS_E_CERTIFICATE_ERROR);
	assert_position(c, 0, 30);
	assert_int_equal(add_der(c, TLS_X509_CASE_CRL, tls_span("\x30\0", 2)), TLS_E_CRL_ERROR);
	assert_position(c, 0, -1);
	assert_int_equal(add_der(c, (tls_x509_case_input_t)77, tls_span("\x30\0", 2)), TLS_E_INVALID_REQUEST);
	assert_int_equal(add_text(c, (tls_x509_case_input_t)77, "x"), TLS_E_INVALID_REQUEST);
	tls_x509_case_deinit(c);
}

/* What is DER but no certificate is judged; and only if it is the peer's own, it is at fault. */
static void nonsense_is_judged(void **state)
{
	tls_x509_case_t c = open_case();
	unsigned status;

	(void)state;
	assert_int_equal(add_der(c, TLS_X509_CASE_CHAIN, tls_span("\x30\0", 2)), 1);
	add_minted(c, TLS_X509_CASE_CHAIN, mint_ca("middle", "root", MIDDLE, ROOT));
	assert_good(c, &now);
	tls_x509_case_deinit(c);
	assert_int_equal(tls_x509_case_init(&c), 0);
	assert_int_equal(tls_x509_case_judge(c, &status, &now), TLS_E_NO_CERTIFICATE_FOUND);
	assert_int_equal(status, TLS_CERT_INVALID);
	assert_int_equal(add_der(c, TLS_X509_CASE_CHAIN, tls_span("\x30\0", 2)), 1);
	assert_reason(c, &now, 0, 0, "", "certificate is malformed");
	tls_x509_case_deinit(c);
}

static void there_is_an_end_to_it(void **state)
{
	tls_x509_case_t c = open_case();
	unsigned n = 1;

	(void)state;
	while (n < 1000 && add_der(c, TLS_X509_CASE_CHAIN, tls_span("\x30\0", 2)) == 1)
		n++;
	assert_int_equal(n, 256);
	assert_int_equal(add_text(c, TLS_X509_CASE_CHAIN, "\n" BLOCK("CERTIFICATE", "MAA=")), TLS_E_TOO_MANY_CERTIFICATES);
	assert_position(c, 2, -1);
	tls_x509_case_deinit(c);
}

/* ---- Memory -------------------------------------------------------------------------------------------------- */

static struct {
	char *root, *leaf, *middle;
	struct tls_span ocsp;
} kept;

static int whole_case(void)
{
	tls_x509_case_t c;
	unsigned status;
	int ret = tls_x509_case_init(&c);

	if (ret == 0)
		ret = add_text(c, TLS_X509_CASE_TRUST, kept.root);
	if (ret >= 0)
		ret = add_text(c, TLS_X509_CASE_CHAIN, kept.leaf);
	if (ret >= 0)
		ret = add_text(c, TLS_X509_CASE_UNTRUSTED, kept.middle);
	if (ret >= 0)
		ret = add_der(c, TLS_X509_CASE_STAPLE, kept.ocsp);
	if (ret >= 0)
		ret = tls_x509_case_add_name(c, TLS_SAN_DNSNAME, "leaf.example");
	if (ret >= 0)
		ret = tls_x509_case_judge(c, &status, &now);
	if (ret == 0)
		assert_int_equal(status, 0);
	tls_x509_case_deinit(c);
	return ret;
}

static void survives_failed_allocations(void **state)
{
	struct tls_span root = mint_ca("root", "root", ROOT, ROOT), middle = mint_ca("middle", "root", MIDDLE, ROOT);
	struct tls_span leaf = mint_leaf();
	unsigned long n = 0;
	bool failed;

	(void)state;
	kept.root = mint_pem(root, "CERTIFICATE");
	kept.middle = mint_pem(middle, "CERTIFICATE");
	kept.leaf = mint_pem(leaf, "CERTIFICATE");
	kept.ocsp = mint_ocsp(&(struct mint_ocsp){.signer = keys[MIDDLE], .n_entries = 1,
	    .entries = {{.issuer = "middle", .issuer_key = keys[MIDDLE], .serial = "\x05", .status = 'g'}}});
	do {
		int ret;

		tls_mem_fail_at(++n);
		ret = whole_case();
		failed = tls_mem_fail_left() == 0;
		tls_mem_fail_at(0);
		assert_int_equal(ret, failed ? TLS_E_MEMORY_ERROR : 0);
	} while (failed);
	assert_true(n > 10);
	free(kept.root);
	free(kept.middle);
	free(kept.leaf);
	mint_free(kept.ocsp);
	mint_free(root);
	mint_free(middle);
	mint_free(leaf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_path_is_found_and_told),
	    cmocka_unit_test(an_untrusted_certificate_helps),
	    cmocka_unit_test(terms_decide),
	    cmocka_unit_test(lists_and_responses_count),
	    cmocka_unit_test(an_untrusted_key_of_lists_helps),
	    cmocka_unit_test(all_names_must_be_there),
	    cmocka_unit_test(pem_is_told_by_line),
	    cmocka_unit_test(der_is_told_by_byte),
	    cmocka_unit_test(nonsense_is_judged),
	    cmocka_unit_test(there_is_an_end_to_it),
	    cmocka_unit_test(survives_failed_allocations),
	};

	return cmocka_run_group_tests(tests, make_keys, free_keys);
}
