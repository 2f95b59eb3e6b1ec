/* constraints_test.c - tls/x509/constraints.c: constraints of issuers against all that is below them. */
#include "unit.h"

#include "judge.h"
#include "tls/x509/constraints.h"

static struct tls_constrained of(struct tls_node *node, const struct mint *m, struct tls_span *der)
{
	*der = mint_cert(m);
	assert_int_equal(tls_node_init(node, *der), 0);
	return (struct tls_constrained){.cert = &node->cert, .exts = &node->exts, .self_issued = node->self_issued};
}

/* The trio's verdict, and where. */
static enum tls_flaw check(const struct trio *t, size_t *at)
{
	struct tls_constrained path[3];
	struct tls_node nodes[3];
	struct tls_span der[3];
	enum tls_flaw fault;
	unsigned work = 0;

	for (size_t i = 0; i < 3; i++)
		path[i] = of(&nodes[i], &t->c[i], &der[i]);
	fault = tls_constraints_check(at, &work, path, 3);
	for (size_t i = 0; i < 3; i++)
		mint_free(der[i]);
	return fault;
}

static const struct row {
	const char *root_permitted, *root_excluded, *middle_permitted, *middle_excluded, *name, *subject;
	enum tls_flaw fault;
	size_t at;
} rows[] = {
    {NULL, NULL, NULL, NULL, "dns:a.example", "leaf", TLS_FLAW_NONE, 0},
    {"dns:example", NULL, NULL, NULL, "dns:a.example", "leaf", TLS_FLAW_NONE, 0},
    {"dns:other", NULL, NULL, NULL, "dns:a.example", "leaf", TLS_FLAW_NAME_CONSTRAINTS, 0},
    {NULL, "dns:example", NULL, NULL, "dns:a.example", "leaf", TLS_FLAW_NAME_CONSTRAINTS, 0},
    {NULL, "dns:EXAMPLE", NULL, NULL, "dns:a.example", "leaf", TLS_FLAW_NAME_CONSTRAINTS, 0},
    {"dns:example", "dns:a.example", NULL, NULL, "dns:a.example", "leaf", TLS_FLAW_NAME_CONSTRAINTS, 0},
    {"dns:example", "dns:b.example", NULL, NULL, "dns:a.example", "leaf", TLS_FLAW_NONE, 0},
    /* both must hold: neither widens nor replaces the other */
    {"dns:example", NULL, "dns:a.example", NULL, "dns:a.example", "leaf", TLS_FLAW_NONE, 0},
    {"dns:example", NULL, "dns:b.example", NULL, "dns:a.example", "leaf", TLS_FLAW_NAME_CONSTRAINTS, 0},
    {"dns:b.example", NULL, "dns:example", NULL, "dns:a.example", "leaf", TLS_FLAW_NAME_CONSTRAINTS, 0},
    {"dns:x.org", NULL, "dns:y.net", NULL, "dns:a.example", "leaf", TLS_FLAW_NAME_CONSTRAINTS, 0},
    {NULL, NULL, NULL, "dns:a.example", "dns:a.example", "leaf", TLS_FLAW_NAME_CONSTRAINTS, 0},
    /* kinds don't mix */
    {"ip:c0000200ffffff00", NULL, NULL, NULL, "dns:a.example", "leaf", TLS_FLAW_NONE, 0},
    {"ip:c0000200ffffff00", NULL, NULL, NULL, "ip:c0000201", "leaf", TLS_FLAW_NONE, 0},
    {"ip:c0000200ffffff00", NULL, NULL, NULL, "ip:c0000301", "leaf", TLS_FLAW_NAME_CONSTRAINTS, 0},
    {"ip:c0000200ffffff00", NULL, NULL, NULL, "ip:20010db8000000000000000000000001", "leaf",
	TLS_FLAW_NAME_CONSTRAINTS, 0},
    {"email:example.com", NULL, NULL, NULL, "email:a@example.com", "leaf", TLS_FLAW_NONE, 0},
    {"email:example.com", NULL, NULL, NULL, "email:a@b@example.com", "leaf", TLS_FLAW_NAME_CONSTRAINTS, 0},
    {NULL, "email:example.org", NULL, NULL, "email:a@b@example.com", "leaf", TLS_FLAW_NAME_CONSTRAINTS, 0},
    {"uri:.example.com", NULL, NULL, NULL, "uri:https://a.example.com/", "leaf", TLS_FLAW_NONE, 0},
    {NULL, "uri:.example.com", NULL, NULL, "uri:urn:x", "leaf", TLS_FLAW_NAME_CONSTRAINTS, 0},
    {NULL, "other:", NULL, NULL, "other:", "leaf", TLS_FLAW_NAME_CONSTRAINTS, 0},
    {"other:", NULL, NULL, NULL, "other:", "leaf", TLS_FLAW_NAME_CONSTRAINTS, 0},
    {"other:", NULL, NULL, NULL, "dns:a.example", "leaf", TLS_FLAW_NONE, 0},
    /* directory names: the subject and those in subjectAltName */
    {"dn:leaf", NULL, NULL, NULL, "dns:a.example", "LEAF", TLS_FLAW_NAME_CONSTRAINTS, 1},
    {NULL, NULL, "dn:leaf", NULL, "dns:a.example", "LEAF", TLS_FLAW_NONE, 0},
    {NULL, NULL, "dn:leaf", NULL, "dn:other", "leaf", TLS_FLAW_NAME_CONSTRAINTS, 0},
    {NULL, "dn:Middle", NULL, NULL, "dns:a.example", "leaf", TLS_FLAW_NAME_CONSTRAINTS, 1},
    {NULL, "dn:LEAF", NULL, NULL, "dns:a.example", "leaf", TLS_FLAW_NAME_CONSTRAINTS, 0},
    {NULL, NULL, "dn:x", NULL, "dns:a.example", "", TLS_FLAW_NONE, 0},
    /* constraints that make no sense */
    {"dns:.example", NULL, NULL, NULL, "dns:a.example", "leaf", TLS_FLAW_MALFORMED, 2},
    {NULL, NULL, NULL, "ip:c0000200ff00ff00", "dns:a.example", "leaf", TLS_FLAW_MALFORMED, 1},
    /* wildcards */
    {"dns:example", NULL, NULL, NULL, "dns:*.example", "leaf", TLS_FLAW_NONE, 0},
    {"dns:a.example", NULL, NULL, NULL, "dns:*.example", "leaf", TLS_FLAW_NAME_CONSTRAINTS, 0},
    {NULL, "dns:a.example", NULL, NULL, "dns:*.example", "leaf", TLS_FLAW_NAME_CONSTRAINTS, 0},
    {NULL, "dns:x.a.example", NULL, NULL, "dns:*.example", "leaf", TLS_FLAW_NONE, 0},
};

static void follows_the_table(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *r = &rows[i];
		struct trio t = good_trio();
		size_t at = 0;

		t.c[LEAF].subject = r->subject;
		t.c[LEAF].names[0] = r->name;
		t.c[ROOT].permitted[0] = r->root_permitted;
		t.c[ROOT].excluded[0] = r->root_excluded;
		t.c[MIDDLE].permitted[0] = r->middle_permitted;
		t.c[MIDDLE].excluded[0] = r->middle_excluded;
		if (check(&t, &at) != r->fault || (r->fault != TLS_FLAW_NONE && at != r->at))
			fail_msg("row %zu: at %zu", i, at);
	}
}

/* RFC 5280 section 4.2.1.10: self-issued certificates are free, unless they end the path. */
static void lets_self_issued_ones_pass(void **state)
{
	struct trio t = good_trio();
	size_t at = 0;

	(void)state;
	t.c[ROOT].excluded[0] = "dns:a.example";
	t.c[MIDDLE].names[0] = "dns:a.example";
	assert_int_equal(check(&t, &at), TLS_FLAW_NAME_CONSTRAINTS);
	assert_int_equal(at, 1);
	t.c[MIDDLE].issuer = "Middle";
	assert_int_equal(check(&t, &at), TLS_FLAW_NONE);
	t.c[LEAF].subject = t.c[LEAF].issuer = "x";
	t.c[LEAF].names[0] = "dns:a.example";
	assert_int_equal(check(&t, &at), TLS_FLAW_NAME_CONSTRAINTS);
	assert_int_equal(at, 0);
}

/* Section 4.2.1.6: an emailAddress in the subject counts when there is no subjectAltName. */
static void reads_addresses_of_the_subject(void **state)
{
	static const char subject[] = "\x30\x20\x31\x1e\x30\x1c\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x09\x01\x16\x0f"
				      "bad@example.org";
	struct trio t = good_trio();
	struct tls_constrained path[2];
	struct tls_node nodes[2];
	struct tls_span der[2];
	unsigned work = 0;
	size_t at;

	(void)state;
	t.c[ROOT].permitted[0] = "email:example.com";
	t.c[LEAF].names[0] = NULL;
	path[0] = of(&nodes[0], &t.c[LEAF], &der[0]);
	path[1] = of(&nodes[1], &t.c[ROOT], &der[1]);
	assert_int_equal(tls_constraints_check(&at, &work, path, 2), TLS_FLAW_NONE);
	nodes[0].cert.subject = tls_span(subject, sizeof(subject) - 1);
	assert_int_equal(tls_constraints_check(&at, &work, path, 2), TLS_FLAW_NAME_CONSTRAINTS);
	nodes[0].cert.san = tls_span("\x82\x01x", 3);
	assert_int_equal(tls_constraints_check(&at, &work, path, 2), TLS_FLAW_NONE);
	mint_free(der[0]);
	mint_free(der[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(follows_the_table),
	    cmocka_unit_test(lets_self_issued_ones_pass),
	    cmocka_unit_test(reads_addresses_of_the_subject),
	};

	return cmocka_run_group_tests_name("constraints", tests, make_keys, free_keys);
}
