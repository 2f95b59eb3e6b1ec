/* x509_security_test.c - hostile chains: what they cost is counted, not timed. Each test is a row of our list of
 * vulnerability classes. */
#include "unit.h"

#include "judge.h"
#include "tls/x509/constraints.h"
#include "tls/x509/der.h"

#define N_CAS 14

static const char *const names[N_CAS] = {
    "A", "B", "C", "D", "E", "F", "G", "H", "I", "J", "K", "L", "M", "N"};

static void within_the_limits(const struct court *c)
{
	assert_true(c->verdict.n_checks <= TLS_JUDGE_MAX_CHECKS);
	assert_true(c->verdict.n_steps <= TLS_JUDGE_MAX_STEPS + 1);
	assert_true(c->verdict.n_paths <= TLS_JUDGE_MAX_PATHS + 1);
	assert_true(c->verdict.n_comparisons <= TLS_CONSTRAINTS_MAX_WORK + 2 * TLS_CONSTRAINTS_MAX_NAMES);
}

static void send_leaf_of(struct court *c, const char *issuer, const struct tls_privkey *signer)
{
	struct trio t = good_trio();

	t.c[LEAF].issuer = issuer;
	t.c[LEAF].signer = signer;
	court_send(c, &t.c[LEAF]);
}

/* Certificates of one name and many keys, each signed by each: every edge of the graph wants a signature check. */
static void security_x509_path_bomb_of_look_alikes(void **state)
{
	struct court c;

	(void)state;
	court_init(&c);
	send_leaf_of(&c, "A", keys[0]);
	for (size_t i = 0; i < N_CAS; i++)
		court_send(&c, &(struct mint){.subject = "A", .key = keys[i], .signer = keys[(i + 1) % N_CAS], .ca = true});
	assert_int_equal(court_judge(&c), TLS_FLAW_LIMIT);
	within_the_limits(&c);
	assert_int_equal(c.verdict.n_checks, TLS_JUDGE_MAX_CHECKS);
	court_clear(&c);
}

/* Few CAs that all certify each other truly: all orders of them are paths, none ends at an anchor. */
static void security_x509_path_bomb_of_cross_certificates(void **state)
{
	struct court c;

	(void)state;
	court_init(&c);
	send_leaf_of(&c, names[0], keys[0]);
	for (size_t i = 0; i < 4; i++) {
		for (size_t j = 0; j < 4; j++) {
			struct mint cross = {.subject = names[i], .issuer = names[j], .key = keys[i], .signer = keys[j],
			    .ca = true};

			if (i != j)
				court_send(&c, &cross);
		}
	}
	assert_int_equal(court_judge(&c), TLS_FLAW_NO_ISSUER);
	within_the_limits(&c);
	/* The same with a way out that is refused at the very end of each path. */
	court_trust(&c, &(struct mint){.subject = names[3], .key = keys[3], .ca = true, .excluded = {"dns:leaf.example"}});
	assert_int_equal(court_judge(&c), TLS_FLAW_NAME_CONSTRAINTS);
	within_the_limits(&c);
	court_clear(&c);
}

/* A chain that is good, behind 100 other certificates, or before them. */
static void security_x509_hundred_certificates(void **state)
{
	struct trio t = good_trio();
	struct court c;

	(void)state;
	for (int good_first = 0; good_first < 2; good_first++) {
		court_init(&c);
		court_send(&c, &t.c[LEAF]);
		if (good_first)
			court_send(&c, &t.c[MIDDLE]);
		for (size_t i = 0; i < 100; i++)
			court_send(&c, &(struct mint){.subject = "Middle", .issuer = "Root", .key = keys[i % N_CAS],
					   .signer = keys[3], .ca = true});
		if (!good_first)
			court_send(&c, &t.c[MIDDLE]);
		court_trust(&c, &t.c[ROOT]);
		assert_int_equal(court_judge(&c) == TLS_FLAW_NONE, good_first);
		within_the_limits(&c);
		assert_true(c.verdict.n_steps <= 2 * TLS_JUDGE_MAX_KEPT * TLS_JUDGE_MAX_KEPT);
		court_clear(&c);
	}
	assert_true(sizeof(struct tls_node) * TLS_JUDGE_MAX_KEPT < 65536);
}

/* ---- Names against constraints ------------------------------------------------------------------------------- */

struct list {
	uint8_t p[60000];
	size_t len;
};

static void wrap(struct list *l, uint8_t tag)
{
	const uint8_t long_head[] = {tag, 0x82, (uint8_t)(l->len >> 8), (uint8_t)l->len};
	const uint8_t short_head[] = {tag, (uint8_t)l->len};
	size_t n = l->len < 128 ? sizeof(short_head) : sizeof(long_head);

	assert_true(l->len < 128 || l->len > 255);
	memmove(l->p + n, l->p, l->len);
	memcpy(l->p, l->len < 128 ? short_head : long_head, n);
	l->len += n;
}

/* n elements of a few bytes "xNNNN.example", each in a subtree or not; an extension of that. */
static void fill(struct list *l, unsigned n, bool subtrees, char first)
{
	static const uint8_t san[] = {0x06, 0x03, 0x55, 0x1d, 0x11}, constraints[] = {0x06, 0x03, 0x55, 0x1d, 0x1e};

	l->len = 0;
	for (unsigned i = 0; i < n; i++) {
		uint8_t row[] = {0x30, 15, 0x82, 13, (uint8_t)first, '0', '0', '0', '0', '.', 'e', 'x', 'a', 'm', 'p', 'l', 'e'};
		size_t skip = subtrees ? 0 : 2;

		row[5] = (uint8_t)('0' + i / 1000);
		row[6] = (uint8_t)('0' + i / 100 % 10);
		row[7] = (uint8_t)('0' + i / 10 % 10);
		row[8] = (uint8_t)('0' + i % 10);
		memcpy(l->p + l->len, row + skip, sizeof(row) - skip);
		l->len += sizeof(row) - skip;
	}
	if (subtrees)
		wrap(l, 0xa1);
	wrap(l, 0x30);
	wrap(l, 0x04);
	memmove(l->p + 5, l->p, l->len);
	memcpy(l->p, subtrees ? constraints : san, 5);
	l->len += 5;
	wrap(l, 0x30);
}

static enum tls_flaw judge_product(struct court *c, unsigned n_names, unsigned n_constraints)
{
	static struct list san, constraints;
	struct trio t = good_trio();
	enum tls_flaw fault;

	fill(&san, n_names, false, 'x');
	fill(&constraints, n_constraints, true, 'y');
	t.c[LEAF].names[0] = NULL;
	t.c[LEAF].more = tls_span(san.p, san.len);
	t.c[ROOT].more = tls_span(constraints.p, constraints.len);
	court_trio(c, &t);
	c->ask.n_names = 0;
	fault = court_judge(c);
	within_the_limits(c);
	court_clear(c);
	return fault;
}

static void security_x509_thousand_names_and_constraints(void **state)
{
	struct court c;

	(void)state;
	assert_int_equal(judge_product(&c, 100, 100), TLS_FLAW_NONE);
	assert_true(c.verdict.n_comparisons >= 100 * 100);
	assert_int_equal(judge_product(&c, 400, 400), TLS_FLAW_NONE);
	assert_int_equal(judge_product(&c, 1000, 1000), TLS_FLAW_LIMIT);
	assert_int_equal(judge_product(&c, 513, 1), TLS_FLAW_LIMIT);
	assert_int_equal(judge_product(&c, 1, 513), TLS_FLAW_LIMIT);
	assert_int_equal(judge_product(&c, 512, 512), TLS_FLAW_LIMIT); /* with the intermediate's name */
}

/* ---- Encodings ------------------------------------------------------------------------------------------------- */

static void security_x509_many_small_elements(void **state)
{
	static uint8_t der[65536];
	struct tls_cert cert;
	struct court c;

	(void)state;
	/* SEQUENCE of 32 766 NULLs */
	der[0] = 0x30;
	der[1] = 0x82;
	der[2] = (uint8_t)((sizeof(der) - 4) >> 8);
	der[3] = (uint8_t)(sizeof(der) - 4);
	for (size_t i = 4; i < sizeof(der); i += 2)
		der[i] = TLS_DER_NULL;
	assert_false(tls_der_check(tls_span(der, sizeof(der)), TLS_DER_MAX_DEPTH, TLS_DER_MAX_ELEMENTS));
	assert_true(tls_der_check(tls_span(der, sizeof(der)), TLS_DER_MAX_DEPTH, sizeof(der)));
	assert_int_equal(tls_cert_decode(&cert, tls_span(der, sizeof(der))), TLS_E_CERTIFICATE_ERROR);
	court_init(&c);
	c.chain[c.ask.n_chain++] = tls_span(memcpy(malloc(sizeof(der)), der, sizeof(der)), sizeof(der));
	assert_int_equal(court_judge(&c), TLS_FLAW_MALFORMED);
	assert_int_equal(c.verdict.n_steps, 0);
	court_clear(&c);
}

/* A list that never ends a certificate: extensions by the thousand, where a test for repetition is quadratic. */
static void security_x509_many_extensions(void **state)
{
	static uint8_t list[60000];
	struct trio t = good_trio();
	struct court c;
	size_t len = 0;

	(void)state;
	for (unsigned i = 0; i < 5000; i++) {
		const uint8_t ext[] = {0x30, 9, 0x06, 4, 0x2a, (uint8_t)(i >> 7 & 0x7f), (uint8_t)(i & 0x7f), 1, 0x04, 1, 'x'};

		memcpy(list + len, ext, sizeof(ext));
		len += sizeof(ext);
	}
	t.c[LEAF].more = tls_span(list, len);
	court_trio(&c, &t);
	assert_int_equal(court_judge(&c), TLS_FLAW_MALFORMED);
	assert_int_equal(c.verdict.n_steps, 0);
	court_clear(&c);
}

/* A common name is no name: with an unusable subjectAltName nothing takes its place. */
static void security_x509_no_common_name_fallback(void **state)
{
	static const char *const names_of_leaf[] = {NULL, "other:", "dns:", "dns:bad..name", "email:a@example.com"};

	(void)state;
	for (size_t i = 0; i < sizeof(names_of_leaf) / sizeof(names_of_leaf[0]); i++) {
		struct trio t = good_trio();
		struct court c;

		t.c[LEAF].subject = "leaf.example";
		t.c[LEAF].names[0] = names_of_leaf[i];
		court_trio(&c, &t);
		assert_int_equal(court_judge(&c), TLS_FLAW_NAME);
		court_clear(&c);
	}
}

/* ---- Rules that others have let be gone around ------------------------------------------------------------------- */

static enum tls_flaw judge_trio(const struct trio *t)
{
	enum tls_flaw flaw;
	struct court c;

	court_trio(&c, t);
	c.ask.n_names = 0;
	flaw = court_judge(&c);
	court_clear(&c);
	return flaw;
}

/* Another case, an intersection that is empty, a wildcard that covers an excluded host, spaces in a directory name. */
static void security_x509_constraint_bypass(void **state)
{
	static const struct {
		const char *root_permitted, *root_excluded, *middle_permitted, *name, *subject;
	} ways[] = {
	    {NULL, "dns:bad.example", NULL, "dns:BAD.example", "leaf"},
	    {NULL, "dns:bad.example", NULL, "dns:x.Bad.Example", "leaf"},
	    {NULL, "email:bad.example", NULL, "email:a@BAD.example", "leaf"},
	    {NULL, "uri:.bad.example", NULL, "uri:https://A.BAD.example/", "leaf"},
	    {"dns:a.example", NULL, "dns:b.example", "dns:a.example", "leaf"},
	    {"dns:a.example", NULL, "dns:b.example", "dns:b.example", "leaf"},
	    {"ip:0a000000ff000000", NULL, "ip:c0a80000ffff0000", "ip:0a000001", "leaf"},
	    {NULL, "dns:bad.example", NULL, "dns:*.example", "leaf"},
	    {"dns:good.example", NULL, NULL, "dns:*.example", "leaf"},
	    {NULL, "dn:bad  guy", NULL, "dns:a.example", "BAD GUY"},
	    {"dn:good", NULL, NULL, "dns:a.example", "good bad"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		struct trio t = good_trio();

		t.c[ROOT].permitted[0] = ways[i].root_permitted;
		t.c[ROOT].excluded[0] = ways[i].root_excluded;
		t.c[MIDDLE].permitted[0] = ways[i].middle_permitted;
		t.c[LEAF].names[0] = ways[i].name;
		t.c[LEAF].subject = ways[i].subject;
		if (judge_trio(&t) != TLS_FLAW_NAME_CONSTRAINTS)
			fail_msg("way %zu", i);
	}
}

/* Who is no CA signs nothing: a leaf, a certificate without or with empty basicConstraints, one of version 1, one whose
 * key is for something else. */
static void security_x509_non_ca_signs(void **state)
{
	static const char no_ca[] = "\x30\x09\x06\x03\x55\x1d\x13\x04\x02\x30\x00";
	struct trio good = good_trio(), t = good;

	(void)state;
	assert_int_equal(judge_trio(&t), TLS_FLAW_NONE);
	t.c[MIDDLE].ca = false;
	assert_int_equal(judge_trio(&t), TLS_FLAW_NOT_A_CA);
	t.c[MIDDLE].more = tls_span(no_ca, sizeof(no_ca) - 1);
	assert_int_equal(judge_trio(&t), TLS_FLAW_NOT_A_CA);
	t = good;
	t.c[MIDDLE].version = 1;
	assert_int_equal(judge_trio(&t), TLS_FLAW_VERSION);
	t = good;
	t.c[MIDDLE].usage = TLS_USAGE_DIGITAL_SIGNATURE;
	assert_int_equal(judge_trio(&t), TLS_FLAW_NO_CERT_SIGN);
	t = good;
	t.c[MIDDLE].purposes = "c";
	assert_int_equal(judge_trio(&t), TLS_FLAW_PURPOSE);
	t = good;
	t.c[MIDDLE].purposes = "s";
	t.c[MIDDLE].ca = false;
	t.c[MIDDLE].usage = TLS_USAGE_DIGITAL_SIGNATURE;
	assert_int_equal(judge_trio(&t), TLS_FLAW_NOT_A_CA);
}

/* Policies make trees elsewhere. Here there are none: what would constrain them is refused if critical, and many of them are
 * read once. */
static void security_x509_policy_tree(void **state)
{
	static const char constraints[] = "\x30\x0f\x06\x03\x55\x1d\x24\x01\x01\xff\x04\x05\x30\x03\x80\x01\x00";
	static const char mappings[] = "\x30\x16\x06\x03\x55\x1d\x21\x01\x01\xff\x04\x0c\x30\x0a\x30\x08"
				       "\x06\x02\x2a\x03\x06\x02\x2a\x04";
	static const char inhibit[] = "\x30\x0d\x06\x03\x55\x1d\x36\x01\x01\xff\x04\x03\x02\x01\x00";
	const struct tls_span critical[] = {tls_span(constraints, sizeof(constraints) - 1),
	    tls_span(mappings, sizeof(mappings) - 1), tls_span(inhibit, sizeof(inhibit) - 1)};
	static struct list policies;
	struct trio t = good_trio();

	(void)state;
	for (size_t i = 0; i < sizeof(critical) / sizeof(critical[0]); i++) {
		t.c[MIDDLE].more = critical[i];
		assert_int_equal(judge_trio(&t), TLS_FLAW_UNKNOWN_EXTENSION);
	}
	for (unsigned i = 0; i < 2000; i++) {
		const uint8_t policy[] = {0x30, 6, 0x06, 4, 0x2a, 3, (uint8_t)(i >> 7 & 0x7f), (uint8_t)(i & 0x7f)};

		memcpy(policies.p + policies.len, policy, sizeof(policy));
		policies.len += sizeof(policy);
	}
	wrap(&policies, 0x30);
	wrap(&policies, 0x04);
	memmove(policies.p + 5, policies.p, policies.len);
	memcpy(policies.p, "\x06\x03\x55\x1d\x20", 5);
	policies.len += 5;
	wrap(&policies, 0x30);
	t.c[LEAF].more = t.c[MIDDLE].more = t.c[ROOT].more = tls_span(policies.p, policies.len);
	assert_int_equal(judge_trio(&t), TLS_FLAW_NONE);
}

/* There is no decoder of Punycode that could be overrun: A-labels are letters like others. */
static void security_x509_punycode(void **state)
{
	static const char *const labels[] = {"dns:xn--a.example", "dns:xn--999999999999999999999999999999.example",
	    "dns:xn--aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.example", "dns:xn--0000h.example",
	    "dns:xn---.example", "email:a@xn--a.example"};

	(void)state;
	for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++) {
		struct trio t = good_trio();

		t.c[LEAF].names[0] = labels[i];
		t.c[ROOT].permitted[0] = "dns:example";
		t.c[ROOT].permitted[1] = "email:xn--a.example";
		/* 63 bytes are a label, and one may not end with '-' */
		assert_int_equal(judge_trio(&t), i == 2 || i == 4 ? TLS_FLAW_NAME_CONSTRAINTS : TLS_FLAW_NONE);
	}
}

/* Keys over 8,192 bits are refused before any arithmetic: an RSA key of 16,384 bits that isn't even one. */
static void security_x509_huge_key(void **state)
{
	static uint8_t spki[3000];
	static const uint8_t head[] = {0x30, 0x82, 0x08, 0x22, 0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d,
	    0x01, 0x01, 0x01, 0x05, 0x00, 0x03, 0x82, 0x08, 0x0f, 0x00, 0x30, 0x82, 0x08, 0x0a, 0x02, 0x82, 0x08, 0x01,
	    0x00};
	struct tls_cert cert = {.version = 3};
	struct tls_pubkey *key;

	(void)state;
	memset(spki, 0xff, sizeof(spki));
	memcpy(spki, head, sizeof(head));
	memcpy(spki + sizeof(head) + 2048, "\x02\x03\x01\x00\x01", 5);
	cert.spki = tls_span(spki, sizeof(head) + 2048 + 5);
	assert_int_equal(tls_cert_new_pubkey(&key, &cert), TLS_E_UNSUPPORTED_KEY);
	assert_null(key);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(security_x509_path_bomb_of_look_alikes),
	    cmocka_unit_test(security_x509_path_bomb_of_cross_certificates),
	    cmocka_unit_test(security_x509_hundred_certificates),
	    cmocka_unit_test(security_x509_thousand_names_and_constraints),
	    cmocka_unit_test(security_x509_many_small_elements),
	    cmocka_unit_test(security_x509_many_extensions),
	    cmocka_unit_test(security_x509_no_common_name_fallback),
	    cmocka_unit_test(security_x509_constraint_bypass),
	    cmocka_unit_test(security_x509_non_ca_signs),
	    cmocka_unit_test(security_x509_policy_tree),
	    cmocka_unit_test(security_x509_punycode),
	    cmocka_unit_test(security_x509_huge_key),
	};

	return cmocka_run_group_tests_name("x509_security", tests, make_keys, free_keys);
}
