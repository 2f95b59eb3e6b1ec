/* ocsp_test.c - tls/x509/ocsp.c: responses of openssl (tests/data), and hand-made ones with one fault each. */
#include "unit.h"

#include "data.h"
#include "judge.h"
#include "tls/x509/ocsp.h"

#define IN_2028 1830000000

/* ---- Of openssl -------------------------------------------------------------------------------------------------- */

static enum tls_flaw ask_openssl(const char *response, const char *subject, int64_t now)
{
	struct tls_node leaf, ca;
	struct data leaf_der, ca_der, der;
	struct tls_ocsp_ask ask = {.subject = &leaf, .issuer = &ca, .now = now};
	struct tls_pubkey *key;
	enum tls_flaw flaw;

	data_read_der(&leaf_der, subject, 0);
	data_read_der(&ca_der, "ocsp-ca.crt.pem", 0);
	data_read(&der, response);
	assert_int_equal(tls_node_init(&leaf, data_span(&leaf_der)), 0);
	assert_int_equal(tls_node_init(&ca, data_span(&ca_der)), 0);
	assert_int_equal(tls_cert_new_pubkey(&key, &ca.cert), 0);
	ask.issuer_key = key;
	flaw = tls_ocsp_check(data_span(&der), &ask);
	tls_pubkey_free(key);
	return flaw;
}

static void understands_openssl(void **state)
{
	(void)state;
	assert_int_equal(ask_openssl("ocsp-good.der", "ocsp-leaf.crt.pem", IN_2028), TLS_FLAW_NONE);
	assert_int_equal(ask_openssl("ocsp-delegated.der", "ocsp-leaf.crt.pem", IN_2028), TLS_FLAW_NONE);
	assert_int_equal(ask_openssl("ocsp-revoked.der", "ocsp-leaf.crt.pem", IN_2028), TLS_FLAW_REVOKED);
	assert_int_equal(ask_openssl("ocsp-unknown.der", "ocsp-responder.crt.pem", IN_2028), TLS_FLAW_OCSP_UNUSABLE);
	/* about another certificate; too early; too late (years later than the certificates) */
	assert_int_equal(ask_openssl("ocsp-good.der", "ocsp-responder.crt.pem", IN_2028), TLS_FLAW_OCSP_UNUSABLE);
	assert_int_equal(ask_openssl("ocsp-good.der", "ocsp-leaf.crt.pem", MINT_START), TLS_FLAW_OCSP_STALE);
	assert_int_equal(ask_openssl("ocsp-good.der", "ocsp-leaf.crt.pem", 6000000000), TLS_FLAW_OCSP_STALE);
	assert_int_equal(ask_openssl("ocsp-delegated.der", "ocsp-leaf.crt.pem", 6000000000), TLS_FLAW_OCSP_UNUSABLE);
}

/* ---- Our own -------------------------------------------------------------------------------------------------------- */

struct desk {
	struct tls_node leaf, ca;
	struct tls_span leaf_der, ca_der;
	struct tls_ocsp_ask ask;
};

static void desk_open(struct desk *d)
{
	struct trio t = good_trio();

	d->leaf_der = mint_cert(&t.c[LEAF]);
	d->ca_der = mint_cert(&t.c[MIDDLE]);
	assert_int_equal(tls_node_init(&d->leaf, d->leaf_der), 0);
	assert_int_equal(tls_node_init(&d->ca, d->ca_der), 0);
	d->ask = (struct tls_ocsp_ask){.subject = &d->leaf, .issuer = &d->ca,
	    .issuer_key = tls_privkey_public(keys[MIDDLE]), .now = MINT_NOW};
}

static void desk_close(struct desk *d)
{
	mint_free(d->leaf_der);
	mint_free(d->ca_der);
}

static struct mint_ocsp good_response(void)
{
	struct mint_ocsp_entry e = {.issuer = "Middle", .issuer_key = keys[MIDDLE], .serial = "\x01", .status = 'g'};

	return (struct mint_ocsp){.signer = keys[MIDDLE], .entries = {e, e, e, e}, .n_entries = 1};
}

static enum tls_flaw check(const struct mint_ocsp *m)
{
	struct tls_span der = mint_ocsp(m);
	enum tls_flaw flaw;
	struct desk d;

	desk_open(&d);
	flaw = tls_ocsp_check(der, &d.ask);
	desk_close(&d);
	mint_free(der);
	return flaw;
}

static void hashes(struct mint_ocsp *m)
{
	m->entries[0].sha256 = true;
}

static void revoked(struct mint_ocsp *m)
{
	m->entries[0].status = 'r';
}

static void unknown(struct mint_ocsp *m)
{
	m->entries[0].status = 'u';
}

static void other_serial(struct mint_ocsp *m)
{
	m->entries[0].serial = "\x02";
}

static void other_issuer_name(struct mint_ocsp *m)
{
	m->entries[0].issuer = "middle";
}

static void other_issuer_key(struct mint_ocsp *m)
{
	m->entries[0].issuer_key = keys[ROOT];
}

static void expired(struct mint_ocsp *m)
{
	m->entries[0].next_update = MINT_NOW - 1;
}

static void last_second(struct mint_ocsp *m)
{
	m->entries[0].next_update = MINT_NOW;
}

static void future(struct mint_ocsp *m)
{
	m->entries[0].this_update = MINT_NOW + TLS_OCSP_MAX_SKEW + 1;
}

static void nearly_now(struct mint_ocsp *m)
{
	m->entries[0].this_update = MINT_NOW + TLS_OCSP_MAX_SKEW;
}

static void endless_and_old(struct mint_ocsp *m)
{
	m->entries[0].next_update = -1;
}

static void endless_and_fresh(struct mint_ocsp *m)
{
	m->entries[0].next_update = -1;
	m->entries[0].this_update = MINT_NOW - TLS_OCSP_MAX_AGE;
}

static void no_entries(struct mint_ocsp *m)
{
	m->n_entries = 0;
}

static void second_entry(struct mint_ocsp *m)
{
	m->n_entries = 2;
	m->entries[0].serial = "\x07";
}

static void second_entry_revokes(struct mint_ocsp *m)
{
	m->n_entries = 2;
	m->entries[1].status = 'r';
}

static void second_entry_is_stale(struct mint_ocsp *m)
{
	m->n_entries = 2;
	m->entries[1].next_update = MINT_NOW - 1;
}

static void first_entry_is_stale(struct mint_ocsp *m)
{
	m->n_entries = 2;
	m->entries[0].next_update = MINT_NOW - 1;
}

static void revoked_elsewhere(struct mint_ocsp *m)
{
	m->n_entries = 3;
	m->entries[1].serial = "\x09";
	m->entries[1].status = 'r';
	m->entries[2].issuer = "Other";
	m->entries[2].status = 'r';
}

static void spoiled(struct mint_ocsp *m)
{
	m->spoil_signature = true;
}

static void other_signer(struct mint_ocsp *m)
{
	m->signer = keys[ROOT];
}

static void try_later(struct mint_ocsp *m)
{
	m->status = 3;
}

static void other_type(struct mint_ocsp *m)
{
	m->other_type = true;
}

static void named_by_name(struct mint_ocsp *m)
{
	m->responder_name = "MIDDLE ";
}

static void named_by_another_name(struct mint_ocsp *m)
{
	m->responder_name = "Root";
}

static void named_by_another_key(struct mint_ocsp *m)
{
	m->responder = keys[ROOT];
}

static void critical_extension(struct mint_ocsp *m)
{
	m->critical = true;
}

static void critical_entry(struct mint_ocsp *m)
{
	m->entries[0].critical = true;
}

static const struct row {
	const char *what;
	void (*change)(struct mint_ocsp *m);
	enum tls_flaw flaw;
} rows[] = {
#define ROW(change, flaw) {#change, change, TLS_FLAW_##flaw}
    ROW(hashes, NONE),
    ROW(revoked, REVOKED),
    ROW(unknown, OCSP_UNUSABLE),
    ROW(other_serial, OCSP_UNUSABLE),
    ROW(other_issuer_name, OCSP_UNUSABLE),
    ROW(other_issuer_key, OCSP_UNUSABLE),
    ROW(expired, OCSP_STALE),
    ROW(last_second, NONE),
    ROW(future, OCSP_STALE),
    ROW(nearly_now, NONE),
    ROW(endless_and_old, OCSP_STALE),
    ROW(endless_and_fresh, NONE),
    ROW(no_entries, OCSP_UNUSABLE),
    ROW(second_entry, NONE),
    ROW(second_entry_revokes, REVOKED),
    ROW(second_entry_is_stale, OCSP_STALE),
    ROW(first_entry_is_stale, OCSP_STALE),
    ROW(revoked_elsewhere, NONE),
    ROW(spoiled, OCSP_UNUSABLE),
    ROW(other_signer, OCSP_UNUSABLE),
    ROW(try_later, OCSP_UNUSABLE),
    ROW(other_type, OCSP_UNUSABLE),
    ROW(named_by_name, NONE),
    ROW(named_by_another_name, OCSP_UNUSABLE),
    ROW(named_by_another_key, OCSP_UNUSABLE),
    ROW(critical_extension, OCSP_UNUSABLE),
    ROW(critical_entry, OCSP_UNUSABLE),
};

/* The names of these tests: SECURITY 2.3, OCSP: each entry, serial number, dates, signer, type. */
static void security_x509_ocsp_responses(void **state)
{
	struct mint_ocsp m = good_response();

	(void)state;
	assert_int_equal(check(&m), TLS_FLAW_NONE);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		m = good_response();
		rows[i].change(&m);
		if (check(&m) != rows[i].flaw)
			fail_msg("%s: %s", rows[i].what, tls_flaw_text(check(&m)));
	}
}

/* A responder that somebody has certified, with one fault each. */
static enum tls_flaw delegate(const struct mint *responder, const struct tls_privkey *signer)
{
	struct mint_ocsp m = good_response();
	enum tls_flaw flaw;

	m.signer = signer;
	m.cert = mint_cert(responder);
	flaw = check(&m);
	mint_free(m.cert);
	return flaw;
}

static void security_x509_ocsp_delegates(void **state)
{
	const struct mint good = {.subject = "Responder", .issuer = "Middle", .key = keys[5], .signer = keys[MIDDLE],
	    .purposes = "o", .usage = TLS_USAGE_DIGITAL_SIGNATURE};
	struct mint m = good;

	(void)state;
	assert_int_equal(delegate(&m, keys[5]), TLS_FLAW_NONE);
	assert_int_equal(delegate(&m, keys[6]), TLS_FLAW_OCSP_UNUSABLE);
	m.purposes = NULL;
	assert_int_equal(delegate(&m, keys[5]), TLS_FLAW_OCSP_UNUSABLE);
	m.purposes = "a";
	assert_int_equal(delegate(&m, keys[5]), TLS_FLAW_OCSP_UNUSABLE);
	m.purposes = "sc";
	assert_int_equal(delegate(&m, keys[5]), TLS_FLAW_OCSP_UNUSABLE);
	m = good;
	m.usage = TLS_USAGE_CERT_SIGN;
	assert_int_equal(delegate(&m, keys[5]), TLS_FLAW_OCSP_UNUSABLE);
	m = good;
	m.signer = keys[ROOT]; /* says Middle, but is not its work */
	assert_int_equal(delegate(&m, keys[5]), TLS_FLAW_OCSP_UNUSABLE);
	m = good;
	m.issuer = "Root"; /* not directly the issuer's */
	m.signer = keys[ROOT];
	assert_int_equal(delegate(&m, keys[5]), TLS_FLAW_OCSP_UNUSABLE);
	m = good;
	m.not_after = MINT_NOW - 1;
	assert_int_equal(delegate(&m, keys[5]), TLS_FLAW_OCSP_UNUSABLE);
	m = good;
	m.not_before = MINT_NOW + 1;
	assert_int_equal(delegate(&m, keys[5]), TLS_FLAW_OCSP_UNUSABLE);
	m = good;
	m.spoil_signature = true;
	assert_int_equal(delegate(&m, keys[5]), TLS_FLAW_OCSP_UNUSABLE);
	m = good;
	m.more = tls_span("\x30\x0a\x06\x02\x2a\x03\x01\x01\xff\x04\x01x", 12);
	assert_int_equal(delegate(&m, keys[5]), TLS_FLAW_OCSP_UNUSABLE);
}

static enum tls_flaw delegate_called(const struct mint *responder, const char *name, bool listed)
{
	static const struct tls_span serial = {.p = (const uint8_t *)"\x55", .len = 1};
	struct mint_ocsp m = good_response();
	struct tls_crls crls;
	struct tls_span der, crl;
	enum tls_flaw flaw;
	struct desk d;

	m.signer = keys[5];
	m.cert = mint_cert(responder);
	m.responder_name = name;
	der = mint_ocsp(&m);
	crl = mint_crl(&(struct mint_crl){.issuer = "Middle", .signer = keys[MIDDLE], .serials = &serial, .n_serials = listed});
	desk_open(&d);
	tls_crls_init(&crls);
	assert_int_equal(tls_crls_add(&crls, crl), 0);
	d.ask.crls = &crls;
	flaw = tls_ocsp_check(der, &d.ask);
	tls_crls_clear(&crls);
	desk_close(&d);
	mint_free(m.cert);
	mint_free(der);
	mint_free(crl);
	return flaw;
}

/* RFC 6960 sections 4.2.2.3 and 4.2.2.2.1. */
static void security_x509_ocsp_delegate_is_named_and_not_revoked(void **state)
{
	const struct mint m = {.subject = "Responder", .issuer = "Middle", .key = keys[5], .signer = keys[MIDDLE],
	    .purposes = "o", .usage = TLS_USAGE_DIGITAL_SIGNATURE, .serial = tls_span("\x55", 1)};

	(void)state;
	assert_int_equal(delegate_called(&m, NULL, false), TLS_FLAW_NONE);
	assert_int_equal(delegate_called(&m, "Responder", false), TLS_FLAW_NONE);
	assert_int_equal(delegate_called(&m, "Middle", false), TLS_FLAW_OCSP_UNUSABLE);
	assert_int_equal(delegate_called(&m, "Responder", true), TLS_FLAW_OCSP_UNUSABLE);
	assert_int_equal(delegate_called(&m, NULL, true), TLS_FLAW_OCSP_UNUSABLE);
}

/* The leaf that the response is about can't vouch for itself. */
static void the_certificate_itself_is_no_responder(void **state)
{
	struct mint_ocsp m = good_response();
	struct trio t = good_trio();

	(void)state;
	m.signer = keys[LEAF];
	m.cert = mint_cert(&t.c[LEAF]);
	assert_int_equal(check(&m), TLS_FLAW_OCSP_UNUSABLE);
	mint_free(m.cert);
}

static void survives_every_change(void **state)
{
	struct mint_ocsp m = good_response();
	struct tls_span der = mint_ocsp(&m);
	struct desk d;

	(void)state;
	desk_open(&d);
	for (size_t i = 0; i < der.len; i++) {
		uint8_t *copy = malloc(der.len), *part = malloc(i + 1);

		memcpy(copy, der.p, der.len);
		memcpy(part, der.p, i);
		copy[i] ^= 0x01;
		/* One changed bit is never good: all of it is signed, or is the signature, or a length or type. */
		assert_int_not_equal(tls_ocsp_check(tls_span(copy, der.len), &d.ask), TLS_FLAW_NONE);
		assert_int_equal(tls_ocsp_check(tls_span(part, i), &d.ask), TLS_FLAW_OCSP_UNUSABLE);
		free(copy);
		free(part);
	}
	desk_close(&d);
	mint_free(der);
}

/* ---- In a judgement ----------------------------------------------------------------------------------------------- */

static void judges_with_a_staple(void **state)
{
	struct mint_ocsp m = good_response();
	struct trio t = good_trio();
	struct tls_span good = mint_ocsp(&m), bad;
	struct court c;

	(void)state;
	m.entries[0].status = 'r';
	bad = mint_ocsp(&m);
	court_trio(&c, &t);
	c.ask.staple_asked = true;
	assert_int_equal(court_judge(&c), TLS_FLAW_NONE);
	c.ask.staple_required = true;
	assert_int_equal(court_judge(&c), TLS_FLAW_OCSP_MISSING);
	c.ask.staple = good;
	assert_int_equal(court_judge(&c), TLS_FLAW_NONE);
	c.ask.staple = bad;
	assert_int_equal(court_judge(&c), TLS_FLAW_REVOKED);
	assert_int_equal(c.verdict.depth, 0);
	c.ask.staple = tls_span("x", 1);
	assert_int_equal(court_judge(&c), TLS_FLAW_OCSP_UNUSABLE);
	court_clear(&c);
	mint_free(good);
	mint_free(bad);
}

/* RFC 7633: TLS feature status_request in the leaf. */
static void obeys_must_staple(void **state)
{
	static const char feature[] = "\x30\x11\x06\x08\x2b\x06\x01\x05\x05\x07\x01\x18\x04\x05\x30\x03\x02\x01\x05";
	struct mint_ocsp m = good_response();
	struct trio t = good_trio();
	struct court c;

	(void)state;
	t.c[LEAF].more = tls_span(feature, sizeof(feature) - 1);
	court_trio(&c, &t);
	assert_int_equal(court_judge(&c), TLS_FLAW_NONE); /* nobody asked */
	c.ask.staple_asked = true;
	assert_int_equal(court_judge(&c), TLS_FLAW_OCSP_MISSING);
	c.ask.staple = mint_ocsp(&m);
	assert_int_equal(court_judge(&c), TLS_FLAW_NONE);
	mint_free(c.ask.staple);
	court_clear(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(understands_openssl),
	    cmocka_unit_test(security_x509_ocsp_responses),
	    cmocka_unit_test(security_x509_ocsp_delegates),
    cmocka_unit_test(security_x509_ocsp_delegate_is_named_and_not_revoked),
	    cmocka_unit_test(the_certificate_itself_is_no_responder),
	    cmocka_unit_test(survives_every_change),
	    cmocka_unit_test(judges_with_a_staple),
	    cmocka_unit_test(obeys_must_staple),
	};

	return cmocka_run_group_tests_name("ocsp", tests, make_keys, free_keys);
}
