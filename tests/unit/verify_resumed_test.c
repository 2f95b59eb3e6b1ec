/* verify_resumed_test.c - tls/hs/verify.c again: a resumed session's chain is judged anew, for it may have expired, or be asked
 * for another name, since the first handshake. */
#include "unit.h"

#include "cred.h"
#include "tests/lib/resumed.h"

/* 2050-01-01 00:00:00: the leaf of chain.crt.pem is good until then, its intermediate until a second before. */
#define LAST_MS 2524607999000u
#define HOUR_MS 3600000u

static const tls_protocol_t versions[] = {TLS_1_2, TLS_1_3};

static tls_certificate_credentials_t trusting(const char *file, unsigned index)
{
	tls_certificate_credentials_t cred = cred_new();
	struct data der;
	tls_datum_t d;

	data_read_der(&der, file, index);
	d = cred_datum(&der);
	assert_int_equal(tls_certificate_set_x509_trust_mem(cred, &d, TLS_X509_FMT_DER), 1);
	return cred;
}

static void client_judges(struct resumed *r, struct duo *d)
{
	tls_session_set_verify_cert(d->client, r->ptr, 0);
}

static void begin(struct resumed *r, tls_protocol_t version)
{
	resumed_init(r, version, RESUMED_TICKETS);
	r->cred = cred_new();
	assert_int_equal(cred_add_files(r->cred, "chain.crt.pem", "p256.pkcs8.pem"), 0);
	r->client_cred = trusting("chain.crt.pem", 2);
	r->set_up = client_judges;
	r->ptr = (void *)(uintptr_t)"chain.example";
	r->now = LAST_MS - HOUR_MS;
}

static void end(struct resumed *r)
{
	tls_certificate_free_credentials(r->cred);
	tls_certificate_free_credentials(r->client_cred);
	resumed_clear(r);
}

/* Offers what the last session left; the client's result. */
static int again(struct resumed *r)
{
	struct duo d;
	int err;

	resumed_begin(r, &d);
	duo_handshake(&d);
	err = d.client_err;
	duo_clear(&d);
	return err;
}

static void a_good_chain_stays_good(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct resumed r;

		begin(&r, versions[i]);
		assert_false(resumed_session(&r));
		r.now += HOUR_MS / 2;
		assert_true(resumed_session(&r));
		end(&r);
	}
}

static void a_chain_expires_between_sessions(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct resumed r;

		begin(&r, versions[i]);
		assert_false(resumed_session(&r));
		r.now += 2 * HOUR_MS;
		assert_int_equal(again(&r), TLS_E_CERTIFICATE_EXPIRED);
		end(&r);
	}
}

static void another_name_is_wanted(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct resumed r;

		begin(&r, versions[i]);
		assert_false(resumed_session(&r));
		r.ptr = (void *)(uintptr_t)"other.example";
		assert_int_equal(again(&r), TLS_E_CERTIFICATE_NAME);
		end(&r);
	}
}

/* The first session was nobody's business; the one that resumes it is. */
static void the_first_was_not_judged(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct resumed r;

		begin(&r, versions[i]);
		tls_certificate_free_credentials(r.client_cred);
		r.client_cred = trusting("p384.crt.pem", 0);
		r.set_up = NULL;
		assert_false(resumed_session(&r));
		r.set_up = client_judges;
		assert_int_equal(again(&r), TLS_E_UNKNOWN_CA);
		end(&r);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_good_chain_stays_good),
	    cmocka_unit_test(a_chain_expires_between_sessions),
	    cmocka_unit_test(another_name_is_wanted),
	    cmocka_unit_test(the_first_was_not_judged),
	};

	return cmocka_run_group_tests_name("verify_resumed", tests, NULL, NULL);
}
