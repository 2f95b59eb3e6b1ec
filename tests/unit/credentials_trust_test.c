/* credentials_trust_test.c - tls/credentials_trust.c. */
#include "unit.h"

#include "cred.h"
#include "tests/lib/mint.h"
#include "tls/credentials.h"
#include "tls/x509/trust.h"

static int add(tls_certificate_credentials_t cred, const char *text, bool crl)
{
	tls_datum_t d = {.data = (unsigned char *)(uintptr_t)text, .size = (unsigned)strlen(text)};

	return crl ? tls_certificate_set_x509_crl_mem(cred, &d, TLS_X509_FMT_PEM)
		   : tls_certificate_set_x509_trust_mem(cred, &d, TLS_X509_FMT_PEM);
}

static void takes_what_is_trusted(void **state)
{
	tls_certificate_credentials_t cred = cred_new();
	uint8_t before[32], after[32], zeros[32] = {0};
	struct data file;
	tls_datum_t d;

	(void)state;
	assert_null(tls_credentials_trust(cred));
	assert_null(tls_credentials_crls(cred));
	assert_int_equal(tls_credentials_verify_flags(cred), 0);
	tls_credentials_trust_digest(cred, before);
	assert_memory_equal(before, zeros, 32);
	data_read(&file, "chain.crt.pem");
	d = cred_datum(&file);
	assert_int_equal(tls_certificate_set_x509_trust_mem(cred, &d, TLS_X509_FMT_PEM), 3);
	assert_int_equal(tls_credentials_trust(cred)->n_anchors, 3);
	tls_credentials_trust_digest(cred, after);
	assert_memory_not_equal(before, after, 32);
	data_read_der(&file, "p256.crt.pem", 0);
	d = cred_datum(&file);
	assert_int_equal(tls_certificate_set_x509_trust_mem(cred, &d, TLS_X509_FMT_DER), 1);
	assert_int_equal(tls_credentials_trust(cred)->n_anchors, 4);
	assert_int_equal(tls_certificate_set_verify_flags(cred, TLS_VERIFY_STRICT), 0);
	assert_int_equal(tls_credentials_verify_flags(cred), TLS_VERIFY_STRICT);
	tls_credentials_trust_digest(NULL, after);
	assert_memory_equal(after, zeros, 32);
	tls_certificate_free_credentials(cred);
}

/* Through the lists in the order in which they were read; one that doesn't say is left to whoever asks. */
static void tells_until_when_lists_are_good(void **state)
{
	static const int64_t ends[] = {MINT_END, -1, MINT_NOW};
	tls_certificate_credentials_t cred = cred_new();
	struct tls_privkey *key = mint_key(TLS_PK_ECDSA_P256);
	int64_t last = 0;

	(void)state;
	assert_int_equal(tls_certificate_get_crl_expiration(cred, 0, &last), TLS_E_REQUESTED_DATA_NOT_AVAILABLE);
	for (unsigned i = 0; i < 3; i++) {
		struct mint_crl crl = {.issuer = "CA", .signer = key, .next_update = ends[i]};
		struct tls_span der = mint_crl(&crl);
		tls_datum_t d = {.data = (unsigned char *)(uintptr_t)der.p, .size = (unsigned)der.len};

		assert_int_equal(tls_certificate_set_x509_crl_mem(cred, &d, TLS_X509_FMT_DER), 1);
		mint_free(der);
	}
	assert_int_equal(tls_certificate_get_crl_expiration(cred, 0, &last), 0);
	assert_int_equal(last, MINT_END);
	assert_int_equal(tls_certificate_get_crl_expiration(cred, 1, &last), TLS_E_REQUESTED_DATA_NOT_AVAILABLE);
	assert_int_equal(tls_certificate_get_crl_expiration(cred, 2, &last), 0);
	assert_int_equal(last, MINT_NOW);
	assert_int_equal(tls_certificate_get_crl_expiration(cred, 3, &last), TLS_E_REQUESTED_DATA_NOT_AVAILABLE);
	tls_privkey_free(key);
	tls_certificate_free_credentials(cred);
}

static void tells_what_is_wrong_and_where(void **state)
{
	static const char bad[] = "\n-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n";
	static const char bad_crl[] = "-----BEGIN X509 CRL-----\nMAA=\n-----END X509 CRL-----\n";
	tls_certificate_credentials_t cred = cred_new();
	bool in_key = true;

	(void)state;
	assert_int_equal(add(cred, "nothing", false), TLS_E_NO_CERTIFICATE_FOUND);
	assert_int_equal(add(cred, "nothing", true), TLS_E_NO_CRL_FOUND);
	assert_int_equal(add(cred, bad, false), TLS_E_CERTIFICATE_ERROR);
	assert_int_equal(tls_certificate_error_line(cred, &in_key), 2);
	assert_false(in_key);
	assert_int_equal(add(cred, bad_crl, true), TLS_E_CRL_ERROR);
	assert_int_equal(tls_certificate_error_line(cred, NULL), 1);
	assert_int_equal(add(cred, "-----BEGIN X509 CRL-----\n?\n", true), TLS_E_BASE64_DECODING_ERROR);
	assert_int_equal(tls_certificate_error_line(cred, NULL), 2);
	tls_certificate_free_credentials(cred);
}

static void a_hold_freezes(void **state)
{
	tls_certificate_credentials_t cred = cred_new();

	(void)state;
	tls_credentials_hold(cred);
	assert_int_equal(add(cred, "nothing", false), TLS_E_INVALID_REQUEST);
	assert_int_equal(add(cred, "nothing", true), TLS_E_INVALID_REQUEST);
	assert_int_equal(tls_certificate_set_verify_flags(cred, 0), TLS_E_INVALID_REQUEST);
	tls_credentials_release(cred);
	tls_certificate_free_credentials(cred);
}

static void survives_failed_allocations(void **state)
{
	tls_certificate_credentials_t cred = cred_new();

	(void)state;
	tls_mem_fail_at(1);
	assert_int_equal(add(cred, "nothing", false), TLS_E_MEMORY_ERROR);
	tls_mem_fail_at(0);
	assert_null(tls_credentials_trust(cred));
	tls_certificate_free_credentials(cred);
}

/* As openssl prints it, but last attribute first; short room cuts it, and what is no certificate has none. */
static void tells_whose_a_certificate_is(void **state)
{
	struct data file;
	tls_datum_t d;
	char text[64] = "x";

	(void)state;
	data_read_der(&file, "p256.crt.pem", 0);
	d = cred_datum(&file);
	assert_int_equal(tls_certificate_get_subject(&d, text, sizeof(text)), 0);
	assert_string_equal(text, "CN=p256, O=Quench test");
	assert_int_equal(tls_certificate_get_subject(&d, text, 8), 0);
	assert_true(strlen(text) <= 7 && strncmp(text, "CN=p256", strlen(text)) == 0);
	assert_int_equal(tls_certificate_get_subject(&d, text, 1), 0);
	assert_string_equal(text, "");
	assert_int_equal(tls_certificate_get_common_name(&d, text, sizeof(text)), 0);
	assert_string_equal(text, "p256");
	assert_int_equal(tls_certificate_get_common_name(&d, text, 5), 0);
	assert_int_equal(tls_certificate_get_common_name(&d, text, 4), TLS_E_REQUESTED_DATA_NOT_AVAILABLE);
	assert_string_equal(text, "");
	d.size--;
	text[0] = 'x';
	assert_int_equal(tls_certificate_get_subject(&d, text, sizeof(text)), TLS_E_CERTIFICATE_ERROR);
	assert_string_equal(text, "");
	text[0] = 'x';
	assert_int_equal(tls_certificate_get_common_name(&d, text, sizeof(text)), TLS_E_CERTIFICATE_ERROR);
	assert_string_equal(text, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(takes_what_is_trusted),
	    cmocka_unit_test(tells_until_when_lists_are_good),
	    cmocka_unit_test(tells_what_is_wrong_and_where),
	    cmocka_unit_test(a_hold_freezes),
	    cmocka_unit_test(survives_failed_allocations),
	    cmocka_unit_test(tells_whose_a_certificate_is),
	};

	return cmocka_run_group_tests_name("credentials_trust", tests, NULL, NULL);
}
