/* credentials_common_test.c - tls/credentials_common.c: what chains share is kept once; one chain by itself. */
#include "unit.h"

#include "cred.h"
#include "tls/credentials.h"

static void load(tls_certificate_credentials_t cred, const char *crt, const char *key)
{
	assert_int_equal(cred_add_files(cred, crt, key), 0);
}

static void keeps_what_chains_share_once(void **state)
{
	tls_certificate_credentials_t cred = cred_new();

	(void)state;
	load(cred, "chain.crt.pem", "p256.pkcs8.pem");
	load(cred, "p384.crt.pem", "p384.pkcs8.pem");
	load(cred, "chain.crt.pem", "p256.sec1.pem");
	assert_int_equal(cred->entries[0]->n_chain, 3);
	assert_int_equal(cred->common.n, 2);
	assert_ptr_equal(cred->entries[0]->chain[1].p, cred->entries[2]->chain[1].p);
	assert_ptr_equal(cred->entries[0]->chain[2].p, cred->entries[2]->chain[2].p);
	/* the leaves are each chain's own: names point into them */
	assert_ptr_not_equal(cred->entries[0]->chain[0].p, cred->entries[2]->chain[0].p);
	tls_certificate_free_credentials(cred);
}

static void gives_whole_chains_back(void **state)
{
	tls_certificate_credentials_t cred = cred_new();
	tls_datum_t chain[16];
	struct data der;
	unsigned n = 16;

	(void)state;
	load(cred, "chain.crt.pem", "p256.pkcs8.pem");
	load(cred, "chain.crt.pem", "p256.pkcs8.pem");
	assert_int_equal(tls_certificate_get_chain(cred, 1, chain, &n), 0);
	assert_int_equal(n, 3);
	for (unsigned i = 0; i < n; i++) {
		data_read_der(&der, "chain.crt.pem", i);
		assert_true(tls_mem_same(chain[i].data, chain[i].size, der.bytes, der.len));
	}
	tls_certificate_free_credentials(cred);
}

/* Many of them, that differ in one byte: each is found again behind every growth of the table. */
static void finds_each_of_many(void **state)
{
	static struct tls_span kept[1000];
	struct tls_cred_common common = {.slots = NULL};

	(void)state;
	for (unsigned round = 0; round < 2; round++) {
		for (unsigned i = 0; i < 1000; i++) {
			uint8_t bytes[3] = {7, (uint8_t)(i >> 8), (uint8_t)i};
			struct tls_span der = tls_span(tls_mem_dup(bytes, 3), 3);

			assert_int_equal(tls_credentials_reserve_common(&common, 1), 0);
			der = tls_credentials_make_common(&common, der);
			assert_int_equal(der.len, 3);
			assert_memory_equal(der.p, bytes, 3);
			if (round == 0)
				kept[i] = der;
			assert_ptr_equal(der.p, kept[i].p);
		}
		assert_int_equal(common.n, 1000);
	}
	assert_true(common.n_slots >= 2 * common.n);
	tls_credentials_clear_common(&common);
}

static void takes_one_chain_out(void **state)
{
	tls_certificate_credentials_t cred = cred_new(), one;
	const uint16_t schemes[] = {TLS_SIGN_ECDSA_SECP384R1_SHA384, TLS_SIGN_ECDSA_SECP256R1_SHA256};
	const struct tls_cred_entry *entry;
	uint16_t scheme;

	(void)state;
	load(cred, "p256.crt.pem", "p256.pkcs8.pem");
	load(cred, "p384.crt.pem", "p384.pkcs8.pem");
	assert_int_equal(tls_certificate_take_one(&one, cred, 2), TLS_E_REQUESTED_DATA_NOT_AVAILABLE);
	assert_null(one);
	assert_int_equal(tls_certificate_take_one(&one, cred, 1), 0);
	/* frozen, both: what is lent doesn't change */
	assert_int_equal(tls_certificate_set_strict_sni(cred, true), TLS_E_INVALID_REQUEST);
	assert_int_equal(tls_certificate_set_strict_sni(one, true), TLS_E_INVALID_REQUEST);
	assert_int_equal(cred_add_files(one, "p256.crt.pem", "p256.pkcs8.pem"), TLS_E_INVALID_REQUEST);
	/* the lender may be let go first */
	tls_certificate_free_credentials(cred);
	assert_int_equal(tls_credentials_choose(one, &entry, &scheme, tls_span("any", 3), schemes, 2, schemes, 2), 0);
	assert_int_equal(scheme, TLS_SIGN_ECDSA_SECP384R1_SHA384);
	assert_int_equal(tls_credentials_choose(one, &entry, &scheme, tls_span("any", 3), schemes + 1, 1, schemes, 2),
	    TLS_E_NO_COMMON_SIGNATURE_ALGORITHM);
	tls_certificate_free_credentials(one);
}

static void survives_without_memory(void **state)
{
	tls_certificate_credentials_t cred = cred_new(), one;
	struct tls_cred_common common = {.slots = NULL};

	(void)state;
	load(cred, "p256.crt.pem", "p256.pkcs8.pem");
	for (unsigned long n = 1; n <= 2; n++) {
		tls_mem_fail_at(n);
		assert_int_equal(tls_certificate_take_one(&one, cred, 0), TLS_E_MEMORY_ERROR);
		assert_null(one);
	}
	tls_mem_fail_at(1);
	assert_int_equal(tls_credentials_reserve_common(&common, 1), TLS_E_MEMORY_ERROR);
	tls_mem_fail_at(0);
	assert_null(common.slots);
	/* nothing was lent */
	assert_int_equal(tls_certificate_set_strict_sni(cred, true), 0);
	tls_certificate_free_credentials(cred);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(keeps_what_chains_share_once),
	    cmocka_unit_test(gives_whole_chains_back),
	    cmocka_unit_test(finds_each_of_many),
	    cmocka_unit_test(takes_one_chain_out),
	    cmocka_unit_test(survives_without_memory),
	};

	return cmocka_run_group_tests_name("credentials_common", tests, NULL, NULL);
}
