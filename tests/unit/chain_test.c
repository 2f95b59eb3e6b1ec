/* chain_test.c - tls/x509/chain.c over the chain in tests/data. */
#include "unit.h"

#include "data.h"
#include "tls/x509/chain.h"

/* Leaf, intermediate and root, in memory that stays. */
static struct data ders[3];
static struct tls_cert leaf, middle, root;

static int load(void **state)
{
	struct tls_cert *certs[] = {&leaf, &middle, &root};

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		data_read_der(&ders[i], "chain.crt.pem", i);
		assert_int_equal(tls_cert_decode(certs[i], data_span(&ders[i])), 0);
	}
	return 0;
}

static int check(size_t *at, size_t n, const struct tls_cert *a, const struct tls_cert *b,
    const struct tls_cert *c, const struct tls_cert *d)
{
	const struct tls_cert certs[] = {*a, *b, *c, *d};

	return tls_chain_check(at, certs, n);
}

static void takes_chains_in_order(void **state)
{
	size_t at;

	(void)state;
	assert_int_equal(check(&at, 1, &leaf, &leaf, &leaf, &leaf), 0);
	assert_int_equal(check(&at, 1, &root, &leaf, &leaf, &leaf), 0);
	assert_int_equal(check(&at, 2, &leaf, &middle, &leaf, &leaf), 0);
	assert_int_equal(check(&at, 3, &leaf, &middle, &root, &leaf), 0);
}

static void tells_where_the_order_breaks(void **state)
{
	size_t at;

	(void)state;
	assert_int_equal(check(&at, 2, &leaf, &root, &leaf, &leaf), TLS_E_CERTIFICATE_LIST_UNSORTED);
	assert_int_equal(at, 1);
	assert_int_equal(check(&at, 3, &leaf, &middle, &leaf, &leaf), TLS_E_CERTIFICATE_LIST_UNSORTED);
	assert_int_equal(at, 2);
	assert_int_equal(check(&at, 2, &leaf, &leaf, &leaf, &leaf), TLS_E_CERTIFICATE_LIST_UNSORTED);
	assert_int_equal(check(&at, 2, &root, &middle, &leaf, &leaf), TLS_E_CERTIFICATE_LIST_UNSORTED);
	assert_int_equal(check(&at, 4, &leaf, &middle, &root, &root), TLS_E_CERTIFICATE_LIST_UNSORTED);
	assert_int_equal(at, 3);
}

static void takes_none_and_too_many_apart(void **state)
{
	static struct tls_cert many[TLS_CHAIN_MAX + 1];
	size_t at;

	(void)state;
	assert_int_equal(tls_chain_check(&at, many, 0), TLS_E_NO_CERTIFICATE_FOUND);
	/* A self-issued name with another key each time is a chain of roll-overs. */
	for (size_t i = 0; i <= TLS_CHAIN_MAX; i++) {
		many[i] = root;
		many[i].spki.len -= i;
	}
	assert_int_equal(tls_chain_check(&at, many, TLS_CHAIN_MAX), 0);
	assert_int_equal(tls_chain_check(&at, many, TLS_CHAIN_MAX + 1), TLS_E_TOO_MANY_CERTIFICATES);
	assert_int_equal(at, TLS_CHAIN_MAX);
}

static void knows_self_issued(void **state)
{
	(void)state;
	assert_true(tls_chain_is_self_issued(&root));
	assert_false(tls_chain_is_self_issued(&middle));
	assert_false(tls_chain_is_self_issued(&leaf));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(takes_chains_in_order),
	    cmocka_unit_test(tells_where_the_order_breaks),
	    cmocka_unit_test(takes_none_and_too_many_apart),
	    cmocka_unit_test(knows_self_issued),
	};

	return cmocka_run_group_tests_name("chain", tests, load, NULL);
}
