/* proof_pair_test.c - daemon/proof_pair.c: one handshake in memory, what it asks for and what it finds. */
#include "unit.h"

#include "cred.h"

#include "daemon/proof_pair.h"

static struct px_proof_pair pair;

static void run(const char *name, bool is_address, tls_protocol_t version, int expected, const char *fault)
{
	struct px_proof_ask ask = {.server = cred_new(), .trust = cred_new(), .name = name, .is_address = is_address};
	struct data der;
	tls_datum_t ca;

	data_read_der(&der, "p256.crt.pem", 0);
	ca = cred_datum(&der);
	assert_int_equal(cred_add_files(ask.server, "p256.crt.pem", "p256.pkcs8.pem"), 0);
	assert_int_equal(tls_certificate_set_x509_trust_mem(ask.trust, &ca, TLS_X509_FMT_DER), 1);
	assert_int_equal(tls_certificate_set_verify_flags(ask.trust, TLS_VERIFY_DISABLE_TIME_CHECKS), 0);
	assert_int_equal(tls_policy_init(&ask.policy, "intermediate"), 0);
	assert_int_equal(tls_policy_init(&ask.client_policy, "intermediate"), 0);
	assert_int_equal(tls_policy_set_versions(ask.client_policy, version, version), 0);
	/* a second time with the same: nothing is left over from the first */
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(px_proof_pair_run(&pair, &ask), expected);
		assert_string_equal(pair.fault, fault);
	}
	tls_certificate_free_credentials(ask.server);
	tls_certificate_free_credentials(ask.trust);
	tls_policy_deinit(ask.policy);
	tls_policy_deinit(ask.client_policy);
}

static void shakes_hands_in_both_versions(void **state)
{
	(void)state;
	run(NULL, false, TLS_1_3, 0, "");
	run(NULL, false, TLS_1_2, 0, "");
}

static void finds_the_name(void **state)
{
	(void)state;
	run("www.pair.example", false, TLS_1_3, 0, "");
	run("wrong.example.org", false, TLS_1_3, TLS_E_CERTIFICATE_VERIFICATION_ERROR, "CN=p256, O=Quench test: name does not match");
	run("wrong.example.org", false, TLS_1_2, TLS_E_CERTIFICATE_VERIFICATION_ERROR, "CN=p256, O=Quench test: name does not match");
}

static int enter(void **state)
{
	(void)state;
	return px_proof_pair_init(&pair);
}

static int leave(void **state)
{
	(void)state;
	px_proof_pair_clear(&pair);
	px_proof_pair_clear(&pair);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(shakes_hands_in_both_versions),
	    cmocka_unit_test(finds_the_name),
	};

	return cmocka_run_group_tests_name("proof_pair", tests, enter, leave);
}
