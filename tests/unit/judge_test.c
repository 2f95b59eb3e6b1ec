/* judge_test.c - tls/x509/judge.c. Each rule of its own is in fit_test.c, constraints_test.c, san_test.c and crl_test.c,
 * finding paths in search_test.c. */
#include "unit.h"

#include "judge.h"

#define TWO_YEARS (2 * 365 * 86400L)

static void accepts_a_good_chain(void **state)
{
	struct trio t = good_trio();
	struct court c;

	(void)state;
	court_trio(&c, &t);
	c.ask.strict = true;
	assert_int_equal(court_judge(&c), TLS_FLAW_NONE);
	assert_int_equal(c.verdict.n_path, 3);
	assert_ptr_equal(c.verdict.path[0].p, c.chain[0].p);
	assert_ptr_equal(c.verdict.path[1].p, c.chain[1].p);
	assert_int_equal(c.verdict.n_checks, 2);
	c.ask.now += TWO_YEARS;
	assert_int_equal(court_judge(&c), TLS_FLAW_EXPIRED);
	assert_int_equal(c.verdict.n_path, 0);
	c.ask.any_time = true;
	assert_int_equal(court_judge(&c), TLS_FLAW_NONE);
	c.ask.of_client = true;
	assert_int_equal(court_judge(&c), TLS_FLAW_PURPOSE);
	c.ask.of_client = false;
	c.ask.trust = NULL;
	assert_int_equal(court_judge(&c), TLS_FLAW_NO_ISSUER);
	assert_int_equal(c.verdict.depth, 1);
	court_clear(&c);
}

/* A certificate that the operator trusts by itself; another one of the same name and key isn't it. */
static void trusts_the_leaf_itself(void **state)
{
	struct mint own = {.subject = "own", .key = keys[LEAF], .names = {"dns:leaf.example"}};
	struct court c;

	(void)state;
	court_init(&c);
	court_send(&c, &own);
	court_name(&c, TLS_CERT_NAME_DNS, "leaf.example");
	assert_int_equal(court_judge(&c), TLS_FLAW_NO_ISSUER);
	assert_int_equal(tls_trust_add(&c.trust, c.chain[0]), 0);
	assert_int_equal(court_judge(&c), TLS_FLAW_NONE);
	assert_int_equal(c.verdict.n_checks, 0);
	c.ask.now += TWO_YEARS;
	assert_int_equal(court_judge(&c), TLS_FLAW_EXPIRED);
	c.ask.now = MINT_NOW;
	court_name(&c, TLS_CERT_NAME_DNS, "other.example");
	assert_int_equal(court_judge(&c), TLS_FLAW_NAME);
	court_clear(&c);

	court_init(&c);
	court_trust(&c, &own);
	own.names[0] = "dns:victim.example";
	court_send(&c, &own);
	assert_int_not_equal(court_judge(&c), TLS_FLAW_NONE);
	court_clear(&c);
}

/* RFC 8446 section 4.4.2.2: who signs a handshake needs digitalSignature, be it a CA. */
static void a_ca_that_shakes_hands_needs_the_usage(void **state)
{
	struct trio t = good_trio();
	struct court c;

	(void)state;
	t.c[LEAF].ca = true;
	t.c[LEAF].usage = CA_USAGE;
	court_trio(&c, &t);
	assert_int_equal(court_judge(&c), TLS_FLAW_NONE);
	c.ask.for_handshake = true;
	assert_int_equal(court_judge(&c), TLS_FLAW_PURPOSE);
	court_clear(&c);
	t.c[LEAF].usage = CA_USAGE | TLS_USAGE_DIGITAL_SIGNATURE;
	court_trio(&c, &t);
	c.ask.for_handshake = true;
	assert_int_equal(court_judge(&c), TLS_FLAW_NONE);
	court_clear(&c);
}

static void refuses_what_is_no_certificate(void **state)
{
	struct court c;

	(void)state;
	court_init(&c);
	c.chain[c.ask.n_chain++] = tls_span(strdup("no certificate"), 14);
	assert_int_equal(court_judge(&c), TLS_FLAW_MALFORMED);
	assert_ptr_equal(c.verdict.at.p, c.chain[0].p);
	court_clear(&c);
}

/* The exception of RFC 5280 section 4.2.1.1 is for who has signed itself, whatever it calls its issuer. */
static void knows_who_signed_itself(void **state)
{
	(void)state;
	for (int own = 0; own < 2; own++) {
		struct trio t = good_trio();
		struct court c;

		t.c[ROOT].issuer = "Somebody";
		t.c[ROOT].signer = own ? keys[ROOT] : keys[9];
		t.c[ROOT].no_issuer_key_id = true;
		court_trio(&c, &t);
		assert_int_equal(court_judge(&c), TLS_FLAW_NONE);
		c.ask.strict = true;
		assert_int_equal(court_judge(&c), own ? TLS_FLAW_NONE : TLS_FLAW_NO_KEY_ID);
		court_clear(&c);
	}
}

static void goes_up_with_other_kinds_of_keys(void **state)
{
	struct tls_privkey *ed = mint_key(TLS_PK_ED25519), *p384 = mint_key(TLS_PK_ECDSA_P384);
	struct trio t = good_trio();
	struct court c;

	(void)state;
	t.c[LEAF].signer = t.c[MIDDLE].key = ed;
	t.c[MIDDLE].signer = t.c[ROOT].key = p384;
	t.c[ROOT].signer = p384;
	court_trio(&c, &t);
	assert_int_equal(court_judge(&c), TLS_FLAW_NONE);
	court_clear(&c);
	tls_privkey_free(ed);
	tls_privkey_free(p384);
}

static void asks_the_revocation_lists(void **state)
{
	static const struct tls_span one = {.p = (const uint8_t *)"\x01", .len = 1};
	static const struct tls_span two = {.p = (const uint8_t *)"\x02", .len = 1};
	struct trio t = good_trio();
	struct court c;

	(void)state;
	t.c[MIDDLE].serial = two;
	court_trio(&c, &t);
	c.ask.crls_required = true;
	assert_int_equal(court_judge(&c), TLS_FLAW_CRL_MISSING);
	court_crl(&c, &(struct mint_crl){.issuer = "Root", .signer = keys[ROOT], .serials = &one, .n_serials = 1});
	assert_int_equal(court_judge(&c), TLS_FLAW_CRL_MISSING);
	assert_int_equal(c.verdict.depth, 0);
	court_crl(&c, &(struct mint_crl){.issuer = "Middle", .signer = keys[MIDDLE], .serials = &two, .n_serials = 1});
	assert_int_equal(court_judge(&c), TLS_FLAW_NONE);
	court_crl(&c, &(struct mint_crl){.issuer = "Middle", .signer = keys[MIDDLE], .serials = &one, .n_serials = 1});
	assert_int_equal(court_judge(&c), TLS_FLAW_REVOKED);
	assert_int_equal(c.verdict.depth, 0);
	court_crl(&c, &(struct mint_crl){.issuer = "Root", .signer = keys[ROOT], .serials = &two, .n_serials = 1});
	assert_int_equal(court_judge(&c), TLS_FLAW_REVOKED);
	assert_int_equal(c.verdict.depth, 1);
	court_clear(&c);
}

static void survives_failed_allocations(void **state)
{
	struct trio t = good_trio();
	struct court c;
	int ret = 1;

	(void)state;
	court_trio(&c, &t);
	for (unsigned long n = 1; ret != 0; n++) {
		tls_mem_fail_at(n);
		ret = tls_judge(&c.verdict, &c.ask);
		if (tls_mem_fail_left() == 0)
			assert_int_equal(ret, TLS_E_MEMORY_ERROR);
		tls_mem_fail_at(0);
		assert_true((ret == 0) == (c.verdict.fault == TLS_FLAW_NONE));
		assert_true(n < 100);
	}
	court_clear(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(accepts_a_good_chain),
	    cmocka_unit_test(trusts_the_leaf_itself),
	    cmocka_unit_test(refuses_what_is_no_certificate),
	    cmocka_unit_test(a_ca_that_shakes_hands_needs_the_usage),
	    cmocka_unit_test(knows_who_signed_itself),
	    cmocka_unit_test(goes_up_with_other_kinds_of_keys),
	    cmocka_unit_test(asks_the_revocation_lists),
	    cmocka_unit_test(survives_failed_allocations),
	};

	return cmocka_run_group_tests_name("judge", tests, make_keys, free_keys);
}
