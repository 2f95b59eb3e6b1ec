/* policy_test.c - named policies, lists of one's own, and that a policy in use stays as it is. */
#include "unit.h"

#include "tls/bytes/mem.h"
#include "tls/policy.h"

static void is_list(const struct tls_policy_list *list, const uint16_t *want, unsigned n)
{
	assert_int_equal(list->n, n);
	for (unsigned i = 0; i < n; i++)
		assert_int_equal(list->id[i], want[i]);
}

static void named_policies(void **state)
{
	/* the order that policy.c promises */
	static const uint16_t suites[] = {
	    0x1301, 0x1302, 0x1303, 0xc02b, 0xc02c, 0xcca9, 0xc02f, 0xc030, 0xcca8};
	static const uint16_t groups[] = {0x11ec, 0x11eb, 0x001d, 0x0017, 0x0018, 0x0019};
	static const uint16_t schemes[] = {0x0403, 0x0807, 0x0503, 0x0603, 0x0804, 0x0805, 0x0806,
	    0x0401, 0x0501, 0x0601};
	static const char *const names[] = {"modern", "intermediate"};

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		tls_policy_t p;

		assert_int_equal(tls_policy_init(&p, names[i]), 0);
		is_list(&p->suites, suites, i == 0 ? 3 : 9);
		is_list(&p->groups, groups, 6);
		is_list(&p->schemes, schemes, i == 0 ? 7 : 10);
		assert_int_equal(p->min_version, i == 0 ? 0x0304 : 0x0303);
		assert_int_equal(p->max_version, 0x0304);
		tls_policy_deinit(p);
	}
}

static void unknown_names(void **state)
{
	static const char *const wrong[] = {"", "Modern", "modern ", "modernx", "moder", "NORMAL"};
	tls_policy_t p = NULL;

	(void)state;
	for (unsigned i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(tls_policy_init(&p, wrong[i]), TLS_E_UNKNOWN_ALGORITHM);
	assert_null(p);
	assert_int_equal(tls_policy_init(&p, "modern"), 0);
	assert_int_equal(
	    tls_policy_add_ciphersuite(p, "TLS_RSA_WITH_AES_128_CBC_SHA"), TLS_E_UNKNOWN_ALGORITHM);
	assert_int_equal(tls_policy_add_group(p, "secp192r1"), TLS_E_UNKNOWN_ALGORITHM);
	assert_int_equal(
	    tls_policy_add_sign_algorithm(p, "rsa_pkcs1_md5"), TLS_E_UNKNOWN_ALGORITHM);
	/* a name that is refused empties no list */
	assert_int_equal(p->suites.n, 3);
	assert_int_equal(p->groups.n, 6);
	assert_int_equal(p->schemes.n, 7);
	tls_policy_deinit(p);
}

static void lists_of_ones_own(void **state)
{
	static const uint16_t suites[] = {0x1303, 0x1301}, groups[] = {0x0018},
			      schemes[] = {0x0804};
	tls_policy_t p;

	(void)state;
	assert_int_equal(tls_policy_init(&p, "modern"), 0);
	assert_int_equal(tls_policy_add_ciphersuite(p, "TLS_CHACHA20_POLY1305_SHA256"), 0);
	assert_int_equal(tls_policy_add_ciphersuite(p, "TLS_AES_128_GCM_SHA256"), 0);
	assert_int_equal(tls_policy_add_ciphersuite(p, "TLS_CHACHA20_POLY1305_SHA256"), 0);
	assert_int_equal(tls_policy_add_group(p, "secp384r1"), 0);
	assert_int_equal(tls_policy_add_sign_algorithm(p, "rsa_pss_rsae_sha256"), 0);
	is_list(&p->suites, suites, 2);
	is_list(&p->groups, groups, 1);
	is_list(&p->schemes, schemes, 1);
	tls_policy_deinit(p);
}

static void versions(void **state)
{
	tls_policy_t p;

	(void)state;
	assert_int_equal(tls_policy_init(&p, "intermediate"), 0);
	assert_int_equal(tls_policy_set_versions(p, TLS_1_3, TLS_1_2), TLS_E_INVALID_REQUEST);
	assert_int_equal(
	    tls_policy_set_versions(p, (tls_protocol_t)0x0302, TLS_1_3), TLS_E_INVALID_REQUEST);
	assert_int_equal(
	    tls_policy_set_versions(p, TLS_1_3, (tls_protocol_t)0x0305), TLS_E_INVALID_REQUEST);
	assert_int_equal(p->min_version, TLS_1_2);
	assert_int_equal(tls_policy_set_versions(p, TLS_1_2, TLS_1_2), 0);
	assert_int_equal(p->max_version, TLS_1_2);
	tls_policy_deinit(p);
	assert_int_equal(tls_policy_init(&p, "intermediate"), 0);
	assert_true(tls_policy_speaks(p, TLS_1_2) && tls_policy_speaks(p, TLS_1_3));
	assert_int_equal(tls_policy_add_ciphersuite(p, "TLS_AES_128_GCM_SHA256"), 0);
	assert_true(!tls_policy_speaks(p, TLS_1_2) && tls_policy_speaks(p, TLS_1_3));
	tls_policy_deinit(p);
	assert_int_equal(tls_policy_init(&p, "modern"), 0);
	assert_true(!tls_policy_speaks(p, TLS_1_2) && tls_policy_speaks(p, TLS_1_3));
	tls_policy_deinit(p);
}

static void in_use_it_stays(void **state)
{
	tls_policy_t p;

	(void)state;
	assert_int_equal(tls_policy_init(&p, "modern"), 0);
	tls_policy_hold(p);
	tls_policy_deinit(p); /* the caller's hold; a session has another one */
	assert_int_equal(
	    tls_policy_add_ciphersuite(p, "TLS_AES_128_GCM_SHA256"), TLS_E_INVALID_REQUEST);
	assert_int_equal(tls_policy_add_group(p, "x25519"), TLS_E_INVALID_REQUEST);
	assert_int_equal(tls_policy_add_sign_algorithm(p, "ed25519"), TLS_E_INVALID_REQUEST);
	assert_int_equal(tls_policy_set_versions(p, TLS_1_3, TLS_1_3), TLS_E_INVALID_REQUEST);
	assert_int_equal(p->suites.n, 3);
	tls_policy_deinit(p);
	tls_policy_deinit(NULL);
}

static void without_memory(void **state)
{
	tls_policy_t p = NULL;

	(void)state;
	tls_mem_fail_at(1);
	assert_int_equal(tls_policy_init(&p, "modern"), TLS_E_MEMORY_ERROR);
	assert_null(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(named_policies),
	    cmocka_unit_test(unknown_names),
	    cmocka_unit_test(lists_of_ones_own),
	    cmocka_unit_test(versions),
	    cmocka_unit_test(in_use_it_stays),
	    cmocka_unit_test(without_memory),
	};

	return cmocka_run_group_tests_name("policy", tests, NULL, NULL);
}
