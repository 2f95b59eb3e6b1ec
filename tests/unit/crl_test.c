/* crl_test.c - tls/x509/crl.c: lists made by hand; the rules of RFC 5280 sections 5 and 6.3.3. */
#include "unit.h"

#include "judge.h"

#define CRITICAL "\x01\x01\xff"

/* An issuer, a certificate with serial number 1, and lists. */
struct office {
	struct tls_crls crls;
	struct tls_node ca, leaf;
	struct tls_span ca_der, leaf_der;
	struct tls_crls_ask ask;
};

static void office_init(struct office *o, const struct mint *ca, const struct mint *leaf)
{
	tls_crls_init(&o->crls);
	o->ca_der = mint_cert(ca);
	o->leaf_der = mint_cert(leaf);
	assert_int_equal(tls_node_init(&o->ca, o->ca_der), 0);
	assert_int_equal(tls_node_init(&o->leaf, o->leaf_der), 0);
	o->ask = (struct tls_crls_ask){.subject = &o->leaf,
	    .issuer = &o->ca,
	    .issuer_key = tls_privkey_public(ca->key),
	    .now = MINT_NOW};
}

static void office_open(struct office *o)
{
	struct trio t = good_trio();

	office_init(o, &t.c[MIDDLE], &t.c[LEAF]);
}

static void office_clear(struct office *o)
{
	tls_crls_clear(&o->crls);
	mint_free(o->ca_der);
	mint_free(o->leaf_der);
}

static int add(struct office *o, const struct mint_crl *m)
{
	struct tls_span der = mint_crl(m);
	int ret = tls_crls_add(&o->crls, der);

	mint_free(der);
	return ret;
}

static const struct tls_span one = {.p = (const uint8_t *)"\x01", .len = 1};

/* A list of one kind, that names the leaf or not: the verdicts. */
static const struct row {
	const char *what;
	struct mint_crl crl;
	const char *more, *entry;
	size_t more_len, entry_len;
	enum tls_flaw listed, unlisted, strict;
} rows[] = {
#define VERDICTS(a, b, c) .listed = TLS_FLAW_##a, .unlisted = TLS_FLAW_##b, .strict = TLS_FLAW_##c
#define MORE(literal) .more = literal, .more_len = sizeof(literal) - 1
/* issuingDistributionPoint with an element of three bytes */
#define IDP(literal) MORE("\x30\x0f\x06\x03\x55\x1d\x1c" CRITICAL "\x04\x05\x30\x03" literal)
#define ENTRY(literal) .entry = literal, .entry_len = sizeof(literal) - 1
    {.what = "good", VERDICTS(REVOKED, NONE, NONE)},
    {.what = "old_version", .crl = {.first_version = true}, VERDICTS(REVOKED, NONE, CRL_UNUSABLE)},
    {.what = "no_number", .crl = {.no_number = true}, MORE("\x30\x07\x06\x02\x2a\x03\x04\x01x"),
	VERDICTS(REVOKED, NONE, CRL_UNUSABLE)},
    {.what = "critical_number", .crl = {.no_number = true},
	MORE("\x30\x0d\x06\x03\x55\x1d\x14" CRITICAL "\x04\x03\x02\x01\x01"),
	VERDICTS(CRL_UNUSABLE, CRL_UNUSABLE, CRL_UNUSABLE)},
    {.what = "unknown_critical", MORE("\x30\x0a\x06\x02\x2a\x03" CRITICAL "\x04\x01x"),
	VERDICTS(CRL_UNUSABLE, CRL_UNUSABLE, CRL_UNUSABLE)},
    {.what = "delta", MORE("\x30\x0a\x06\x03\x55\x1d\x1b\x04\x03\x02\x01\x01"),
	VERDICTS(REVOKED, CRL_UNUSABLE, CRL_UNUSABLE)},
    {.what = "critical_delta", MORE("\x30\x0d\x06\x03\x55\x1d\x1b" CRITICAL "\x04\x03\x02\x01\x01"),
	VERDICTS(REVOKED, CRL_UNUSABLE, CRL_UNUSABLE)},
    {.what = "delta_hold", MORE("\x30\x0d\x06\x03\x55\x1d\x1b" CRITICAL "\x04\x03\x02\x01\x01"),
	ENTRY("\x30\x0c\x30\x0a\x06\x03\x55\x1d\x15\x04\x03\x0a\x01\x06"), VERDICTS(REVOKED, CRL_UNUSABLE, CRL_UNUSABLE)},
    {.what = "delta_removal", MORE("\x30\x0d\x06\x03\x55\x1d\x1b" CRITICAL "\x04\x03\x02\x01\x01"),
	ENTRY("\x30\x0c\x30\x0a\x06\x03\x55\x1d\x15\x04\x03\x0a\x01\x08"), VERDICTS(CRL_UNUSABLE, CRL_UNUSABLE, CRL_UNUSABLE)},
    {.what = "removal", ENTRY("\x30\x0c\x30\x0a\x06\x03\x55\x1d\x15\x04\x03\x0a\x01\x08"), VERDICTS(REVOKED, NONE, NONE)},
    {.what = "users_only", IDP("\x81\x01\xff"), VERDICTS(REVOKED, NONE, NONE)},
    {.what = "cas_only", IDP("\x82\x01\xff"), VERDICTS(CRL_SCOPE, CRL_SCOPE, CRL_SCOPE)},
    {.what = "two_scopes", MORE("\x30\x0f\x06\x03\x55\x1d\x1c" CRITICAL "\x04\x05\x30\x03\x82\x01\xff"
	"\x30\x0c\x06\x03\x55\x1d\x1c\x04\x05\x30\x03\x81\x01\xff"),
	VERDICTS(CRL_UNUSABLE, CRL_UNUSABLE, CRL_UNUSABLE)},
    {.what = "both_falsely_false", MORE("\x30\x12\x06\x03\x55\x1d\x1c" CRITICAL "\x04\x08\x30\x06\x81\x01\x00\x82\x01\x00"),
	VERDICTS(REVOKED, NONE, NONE)},
    {.what = "some_reasons", MORE("\x30\x10\x06\x03\x55\x1d\x1c" CRITICAL "\x04\x06\x30\x04\x83\x02\x06\x40"),
	VERDICTS(CRL_REASONS, CRL_REASONS, CRL_REASONS)},
    {.what = "indirect", IDP("\x84\x01\xff"), VERDICTS(CRL_INDIRECT, CRL_INDIRECT, CRL_INDIRECT)},
    {.what = "attributes_only", IDP("\x85\x01\xff"), VERDICTS(CRL_UNUSABLE, CRL_UNUSABLE, CRL_UNUSABLE)},
    {.what = "no_boolean", IDP("\x81\x01\x01"), VERDICTS(CRL_UNUSABLE, CRL_UNUSABLE, CRL_UNUSABLE)},
    {.what = "relative_name", IDP("\xa0\x01\xa1"), VERDICTS(CRL_UNUSABLE, CRL_UNUSABLE, CRL_UNUSABLE)},
    {.what = "of_a_point", MORE("\x30\x13\x06\x03\x55\x1d\x1c" CRITICAL "\x04\x09\x30\x07\xa0\x05\xa0\x03\x86\x01u"),
	VERDICTS(CRL_SCOPE, CRL_SCOPE, CRL_SCOPE)},
    {.what = "other_key_id", MORE("\x30\x0c\x06\x03\x55\x1d\x23\x04\x05\x30\x03\x80\x01x"),
	VERDICTS(CRL_SIGNER, CRL_SIGNER, CRL_SIGNER)},
    {.what = "stale", .crl = {.next_update = MINT_NOW - 1}, VERDICTS(REVOKED, CRL_STALE, CRL_STALE)},
    {.what = "last_second", .crl = {.next_update = MINT_NOW}, VERDICTS(REVOKED, NONE, NONE)},
    {.what = "future", .crl = {.this_update = MINT_NOW + 1}, VERDICTS(REVOKED, CRL_FUTURE, CRL_FUTURE)},
    {.what = "without_end", .crl = {.next_update = -1}, VERDICTS(REVOKED, NONE, CRL_UNUSABLE)},
    {.what = "spoiled", .crl = {.spoil_signature = true}, VERDICTS(CRL_UNUSABLE, CRL_UNUSABLE, CRL_UNUSABLE)},
    {.what = "of_another", .crl = {.issuer = "Other"}, VERDICTS(NONE, NONE, NONE)},
    {.what = "reason", ENTRY("\x30\x0c\x30\x0a\x06\x03\x55\x1d\x15\x04\x03\x0a\x01\x01"), VERDICTS(REVOKED, NONE, NONE)},
    {.what = "critical_entry", ENTRY("\x30\x0f\x30\x0d\x06\x03\x55\x1d\x1d" CRITICAL "\x04\x03\x0a\x01\x01"),
	VERDICTS(CRL_UNUSABLE, NONE, NONE)},
};

static enum tls_flaw verdict(const struct row *row, bool listed, bool strict)
{
	struct mint_crl m = row->crl;
	enum tls_flaw fault;
	struct office o;

	m.issuer = m.issuer != NULL ? m.issuer : "Middle";
	m.signer = keys[MIDDLE];
	m.serials = &one;
	m.n_serials = listed;
	m.more = tls_span(row->more, row->more_len);
	m.entry_extensions = tls_span(row->entry, row->entry_len);
	office_open(&o);
	o.ask.strict = strict;
	assert_int_equal(add(&o, &m), 0);
	fault = tls_crls_check(&o.crls, &o.ask);
	assert_int_equal(tls_crls_check(&o.crls, &o.ask), fault); /* the key is known now */
	office_clear(&o);
	return fault;
}

static void judges_each_list(void **state)
{
	const struct row *row = *state;

	assert_string_equal(tls_flaw_text(verdict(row, true, false)), tls_flaw_text(row->listed));
	assert_string_equal(tls_flaw_text(verdict(row, false, false)), tls_flaw_text(row->unlisted));
	assert_string_equal(tls_flaw_text(verdict(row, false, true)), tls_flaw_text(row->strict));
}

static void dates_may_not_matter(void **state)
{
	struct office o;

	(void)state;
	office_open(&o);
	assert_int_equal(add(&o, &(struct mint_crl){.issuer = "Middle", .signer = keys[MIDDLE], .next_update = MINT_NOW - 1}),
	    0);
	assert_int_equal(tls_crls_check(&o.crls, &o.ask), TLS_FLAW_CRL_STALE);
	o.ask.any_time = true;
	assert_int_equal(tls_crls_check(&o.crls, &o.ask), TLS_FLAW_NONE);
	office_clear(&o);
}

/* The list of one that can be used counts, whatever others there are. */
static void any_good_list_will_do(void **state)
{
	struct office o;

	(void)state;
	office_open(&o);
	assert_false(tls_crls_have(&o.crls, &o.ca));
	assert_false(tls_crls_have(NULL, &o.ca));
	assert_int_equal(tls_crls_check(NULL, &o.ask), TLS_FLAW_NONE);
	o.ask.required = true;
	assert_int_equal(tls_crls_check(NULL, &o.ask), TLS_FLAW_CRL_MISSING);
	assert_int_equal(add(&o, &(struct mint_crl){.issuer = "Middle", .signer = keys[MIDDLE], .next_update = MINT_NOW - 1}),
	    0);
	assert_int_equal(add(&o, &(struct mint_crl){.issuer = "Middle", .signer = keys[9]}), 0);
	assert_true(tls_crls_have(&o.crls, &o.ca));
	assert_int_equal(tls_crls_check(&o.crls, &o.ask), TLS_FLAW_CRL_STALE);
	assert_int_equal(add(&o, &(struct mint_crl){.issuer = "Middle", .signer = keys[MIDDLE]}), 0);
	assert_int_equal(tls_crls_check(&o.crls, &o.ask), TLS_FLAW_NONE);
	office_clear(&o);
}

static void needs_crl_sign(void **state)
{
	struct trio t = good_trio();
	struct office o;

	(void)state;
	t.c[MIDDLE].usage = TLS_USAGE_CERT_SIGN;
	office_init(&o, &t.c[MIDDLE], &t.c[LEAF]);
	assert_int_equal(add(&o, &(struct mint_crl){.issuer = "Middle", .signer = keys[MIDDLE]}), 0);
	assert_int_equal(tls_crls_check(&o.crls, &o.ask), TLS_FLAW_CRL_UNUSABLE);
	office_clear(&o);
}

#define N_MANY 2000

static void finds_one_in_many(void **state)
{
	static uint8_t numbers[N_MANY][3];
	static struct tls_span serials[N_MANY];
	struct trio t = good_trio();

	(void)state;
	for (uint32_t i = 0; i < N_MANY; i++) {
		numbers[i][0] = 1;
		numbers[i][1] = (uint8_t)(i >> 8);
		numbers[i][2] = (uint8_t)i;
		serials[i] = tls_span(numbers[i], 3);
	}
	for (uint32_t i = 0; i < N_MANY + 2; i += 667) {
		uint8_t serial[3] = {1, (uint8_t)(i >> 8), (uint8_t)i};
		struct office o;

		t.c[LEAF].serial = tls_span(serial, 3);
		office_init(&o, &t.c[MIDDLE], &t.c[LEAF]);
		assert_int_equal(add(&o, &(struct mint_crl){.issuer = "Middle", .signer = keys[MIDDLE], .serials = serials,
					     .n_serials = N_MANY}),
		    0);
		assert_int_equal(tls_crls_check(&o.crls, &o.ask), i < N_MANY ? TLS_FLAW_REVOKED : TLS_FLAW_NONE);
		office_clear(&o);
	}
}

/* FNV-1a, which crl.c's table goes by. */
static uint32_t fnv(const uint8_t *p, size_t n)
{
	uint32_t h = 2166136261U;

	for (size_t i = 0; i < n; i++)
		h = (h ^ p[i]) * 16777619U;
	return h;
}

#define N_CHOSEN 1500
#define TABLE_MASK 4095 /* of that many */

/* Serial numbers that somebody chose so that each of them is looked for behind all others: the list is refused before it
 * takes quadratic time. One of as many others is taken. */
static void security_x509_crl_chosen_serial_numbers(void **state)
{
	static uint8_t numbers[N_CHOSEN][5];
	static struct tls_span serials[N_CHOSEN];
	struct mint_crl m = {.issuer = "Middle", .signer = keys[MIDDLE], .serials = serials, .n_serials = N_CHOSEN};
	struct office o;

	(void)state;
	for (int chosen = 0; chosen < 2; chosen++) {
		uint32_t v = 0;

		for (size_t i = 0; i < N_CHOSEN; i++) {
			do {
				v++;
				memcpy(numbers[i], (uint8_t[]){1, (uint8_t)(v >> 24), (uint8_t)(v >> 16), (uint8_t)(v >> 8), (uint8_t)v}, 5);
			} while (chosen == 1 && (fnv(numbers[i], 5) & TABLE_MASK) != 0);
			serials[i] = tls_span(numbers[i], 5);
		}
		office_open(&o);
		assert_int_equal(add(&o, &m), chosen == 1 ? TLS_E_CRL_ERROR : 0);
		office_clear(&o);
	}
}

/* X.690 section 8.3.2: a number has one form; another would not be found. */
static void refuses_long_serial_numbers(void **state)
{
	static const struct tls_span bad[] = {{.p = (const uint8_t *)"\x00\x01", .len = 2},
	    {.p = (const uint8_t *)"\xff\x80", .len = 2}, {.p = (const uint8_t *)"", .len = 0}};
	static const struct tls_span good[] = {{.p = (const uint8_t *)"\x00", .len = 1},
	    {.p = (const uint8_t *)"\x00\x80", .len = 2}, {.p = (const uint8_t *)"\xff\x7f", .len = 2}};
	struct mint_crl m = {.issuer = "Middle", .signer = keys[MIDDLE], .n_serials = 1};
	struct office o;

	(void)state;
	office_open(&o);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		m.serials = &bad[i];
		assert_int_equal(add(&o, &m), TLS_E_CRL_ERROR);
		m.serials = &good[i];
		assert_int_equal(add(&o, &m), 0);
	}
	office_clear(&o);
}

static void judge_bytes(struct tls_span der)
{
	struct tls_crls crls;
	int ret;

	tls_crls_init(&crls);
	ret = tls_crls_add(&crls, der);
	assert_true(ret == 0 || ret == TLS_E_CRL_ERROR);
	tls_crls_clear(&crls);
}

static void security_x509_crl_with_every_change(void **state)
{
	struct mint_crl m = {.issuer = "Middle", .signer = keys[MIDDLE], .serials = &one, .n_serials = 1};
	struct tls_span der = mint_crl(&m);

	(void)state;
	for (size_t i = 0; i < der.len; i++) {
		uint8_t *copy = malloc(der.len), *part = malloc(i + 1);

		memcpy(copy, der.p, der.len);
		memcpy(part, der.p, i);
		for (unsigned bit = 0; bit < 8; bit++) {
			copy[i] = (uint8_t)(der.p[i] ^ 1U << bit);
			judge_bytes(tls_span(copy, der.len));
		}
		judge_bytes(tls_span(part, i));
		free(copy);
		free(part);
	}
	mint_free(der);
}

static void reads_pem(void **state)
{
	struct tls_span der = mint_crl(&(struct mint_crl){.issuer = "Middle", .signer = keys[MIDDLE]});
	char *text = mint_pem(der, "X509 CRL"), *other = mint_pem(der, "CERTIFICATE");
	struct tls_crls crls;
	unsigned line = 9;
	int ret = -1;

	(void)state;
	tls_crls_init(&crls);
	assert_int_equal(tls_crls_add_pem(&crls, &line, tls_span(text, strlen(text))), 1);
	assert_int_equal(line, 0);
	assert_int_equal(tls_crls_add_pem(&crls, &line, tls_span(other, strlen(other))), TLS_E_NO_CRL_FOUND);
	text[100] = '*';
	assert_int_equal(tls_crls_add_pem(&crls, &line, tls_span(text, strlen(text))), TLS_E_BASE64_DECODING_ERROR);
	assert_true(line > 1);
	tls_crls_clear(&crls);
	for (unsigned long n = 1; ret < 0; n++) {
		tls_mem_fail_at(n);
		ret = tls_crls_add(&crls, der);
		assert_true(ret == 0 || (ret == TLS_E_MEMORY_ERROR && crls.first == NULL));
		assert_true(n < 20);
	}
	tls_mem_fail_at(0);
	tls_crls_clear(&crls);
	mint_free(der);
	free(text);
	free(other);
}

#define N_ROWS (sizeof(rows) / sizeof(rows[0]))

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(dates_may_not_matter),
    cmocka_unit_test(any_good_list_will_do),
    cmocka_unit_test(needs_crl_sign),
    cmocka_unit_test(finds_one_in_many),
    cmocka_unit_test(security_x509_crl_chosen_serial_numbers),
    cmocka_unit_test(refuses_long_serial_numbers),
    cmocka_unit_test(security_x509_crl_with_every_change),
    cmocka_unit_test(reads_pem),
};

#define N_TESTS (sizeof(tests) / sizeof(tests[0]))

int main(void)
{
	struct CMUnitTest all[N_ROWS + N_TESTS];

	for (size_t i = 0; i < N_ROWS; i++)
		all[i] = (struct CMUnitTest){.name = rows[i].what,
		    .test_func = judges_each_list,
		    .initial_state = (void *)(uintptr_t)&rows[i]};
	memcpy(all + N_ROWS, tests, sizeof(tests));
	return _cmocka_run_group_tests("crl", all, N_ROWS + N_TESTS, make_keys, free_keys);
}
