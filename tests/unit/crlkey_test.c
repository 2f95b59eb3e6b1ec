/* crlkey_test.c - tls/x509/crlkey.c: lists that another key of the issuer has signed, as NIST's suite for path validation
 * has them in its sections 4.4 (separate keys) and 4.5 (self-issued). */
#include "unit.h"

#include "judge.h"
#include "tls/x509/crlkey.h"

#define OTHER 5
#define STRANGER 6

static const struct tls_span one = {.p = (const uint8_t *)"\x01", .len = 1};
static const struct tls_span other_serial = {.p = (const uint8_t *)"\x66", .len = 1};

/* Another key of Middle, certified by Root; its certificate is sent with the chain. */
static struct mint twin(void)
{
	return (struct mint){.subject = "Middle", .issuer = "Root", .key = keys[OTHER], .signer = keys[ROOT],
	    .usage = TLS_USAGE_CRL_SIGN, .serial = other_serial, .key_id = tls_span("other", 5)};
}

struct scene {
	struct mint twin;
	struct mint_crl crl;
	bool in_trust; /* where the certificate of the other key is */
};

static struct scene good_scene(bool revoked)
{
	/* authorityKeyIdentifier: "other" */
	static const char id[] = "\x30\x10\x06\x03\x55\x1d\x23\x04\x09\x30\x07\x80\x05other";

	return (struct scene){.twin = twin(),
	    .crl = {.issuer = "Middle", .signer = keys[OTHER], .serials = &one, .n_serials = revoked,
		.more = tls_span(id, sizeof(id) - 1)}};
}

static void set(struct court *c, const struct scene *s)
{
	struct trio t = good_trio();

	court_trio(c, &t);
	if (s->in_trust)
		court_trust(c, &s->twin);
	else
		court_send(c, &s->twin);
	court_crl(c, &s->crl);
}

static enum tls_flaw judge(const struct scene *s)
{
	enum tls_flaw fault;
	struct court c;

	set(&c, s);
	fault = court_judge(&c);
	assert_int_equal(court_judge(&c), fault); /* now the list's key may be known */
	court_clear(&c);
	return fault;
}

static void takes_a_key_that_the_issuers_issuer_has_certified(void **state)
{
	struct scene s = good_scene(false);

	(void)state;
	assert_int_equal(judge(&s), TLS_FLAW_NONE);
	s.in_trust = true;
	assert_int_equal(judge(&s), TLS_FLAW_NONE);
	s.crl.more = tls_span(NULL, 0);
	assert_int_equal(judge(&s), TLS_FLAW_NONE);
	s = good_scene(true);
	assert_int_equal(judge(&s), TLS_FLAW_REVOKED);
	s.crl.more = tls_span(NULL, 0);
	assert_int_equal(judge(&s), TLS_FLAW_REVOKED);
}

/* RFC 5280 section 3.2: after a change of its key, new with old. */
static void takes_a_key_that_the_issuer_has_certified(void **state)
{
	struct scene s = good_scene(false);

	(void)state;
	s.twin.issuer = "Middle";
	s.twin.signer = keys[MIDDLE];
	assert_int_equal(judge(&s), TLS_FLAW_NONE);
	s.crl.n_serials = 1;
	assert_int_equal(judge(&s), TLS_FLAW_REVOKED);
}

/* RFC 5280 section 6.3.3 (f): a list that nobody in the path answers for says nothing; the certificate isn't taken for
 * good then. */
static void security_x509_crl_of_another_key(void **state)
{
	struct scene s;

	(void)state;
#define REFUSED(change, flaw) \
	do { \
		s = good_scene(false); \
		change; \
		assert_int_equal(judge(&s), TLS_FLAW_##flaw); \
	} while (0)
	REFUSED(s.crl.signer = keys[STRANGER], CRL_SIGNER);
	REFUSED(s.crl.spoil_signature = true, CRL_SIGNER);
	REFUSED((s.crl.spoil_signature = true, s.crl.more = tls_span(NULL, 0)), CRL_UNUSABLE);
	REFUSED(s.twin.signer = keys[STRANGER], CRL_SIGNER);
	REFUSED(s.twin.spoil_signature = true, CRL_SIGNER);
	REFUSED((s.twin.issuer = "Middle", s.twin.signer = keys[STRANGER]), CRL_SIGNER);
	REFUSED((s.twin.issuer = "Middle", s.twin.signer = keys[OTHER]), CRL_SIGNER);
	REFUSED((s.twin.issuer = "Middle", s.twin.signer = keys[OTHER], s.in_trust = true), CRL_SIGNER);
	REFUSED((s.twin.issuer = "Other", s.twin.signer = keys[ROOT]), CRL_SIGNER);
	REFUSED(s.twin.subject = "Muddle", CRL_SIGNER);
	REFUSED(s.twin.usage = TLS_USAGE_CERT_SIGN, CRL_SIGNER);
	REFUSED(s.twin.not_after = MINT_NOW - 1, CRL_SIGNER);
	REFUSED(s.twin.not_before = MINT_NOW + 1, CRL_SIGNER);
	REFUSED(s.twin.key_id = tls_span("elsewhere", 9), CRL_SIGNER);
	REFUSED(s.twin.more = tls_span("\x30\x0a\x06\x02\x2a\x03\x01\x01\xff\x04\x01x", 12), CRL_SIGNER);
}

/* Root has revoked the key that signs Middle's lists; Middle the one that it has certified itself. */
static void security_x509_crl_of_a_revoked_key(void **state)
{
	struct scene s = good_scene(false);
	struct court c;

	(void)state;
	set(&c, &s);
	court_crl(&c, &(struct mint_crl){.issuer = "Root", .signer = keys[ROOT], .serials = &other_serial, .n_serials = 1});
	assert_int_equal(court_judge(&c), TLS_FLAW_CRL_SIGNER);
	court_clear(&c);
	s.twin.issuer = "Middle";
	s.twin.signer = keys[MIDDLE];
	set(&c, &s);
	court_crl(&c, &(struct mint_crl){.issuer = "Middle", .signer = keys[MIDDLE], .serials = &other_serial,
			  .n_serials = 1});
	assert_int_equal(court_judge(&c), TLS_FLAW_NONE); /* by that second list */
	court_clear(&c);
}

/* What somebody sends has its bound, however many lists there are. */
static void security_x509_crl_keys_are_bounded(void **state)
{
	struct scene s = good_scene(false);
	struct trio t = good_trio();
	struct court c;

	(void)state;
	s.crl.signer = keys[STRANGER];
	court_trio(&c, &t);
	for (size_t i = 0; i < 12; i++)
		court_send(&c, &s.twin);
	for (size_t i = 0; i < 12; i++)
		court_crl(&c, &s.crl);
	assert_int_equal(court_judge(&c), TLS_FLAW_CRL_SIGNER);
	assert_int_equal(c.verdict.n_list_keys, TLS_CRLKEY_MAX);
	court_clear(&c);
}

static void survives_failed_allocations(void **state)
{
	struct scene s = good_scene(false);
	struct court c;
	int ret = -1;

	(void)state;
	for (unsigned long n = 1; ret != 0 || c.verdict.fault != TLS_FLAW_NONE; n++) {
		set(&c, &s);
		tls_mem_fail_at(n);
		ret = tls_judge(&c.verdict, &c.ask);
		tls_mem_fail_at(0);
		assert_true(ret == TLS_E_MEMORY_ERROR || c.verdict.fault == TLS_FLAW_CRL_SIGNER ||
		    c.verdict.fault == TLS_FLAW_NONE);
		court_clear(&c);
		assert_true(n < 100);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(takes_a_key_that_the_issuers_issuer_has_certified),
	    cmocka_unit_test(takes_a_key_that_the_issuer_has_certified),
	    cmocka_unit_test(security_x509_crl_of_another_key),
	    cmocka_unit_test(security_x509_crl_of_a_revoked_key),
	    cmocka_unit_test(security_x509_crl_keys_are_bounded),
	    cmocka_unit_test(survives_failed_allocations),
	};

	return cmocka_run_group_tests_name("crlkey", tests, make_keys, free_keys);
}
