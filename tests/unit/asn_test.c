/* asn_test.c - tls/x509/asn.c with the smallest structures of pkix.asn; encodings by hand from X.690. */
#include "unit.h"

#include <string.h>

#include "tls/bytes/mem.h"
#include "tls/tls.h"
#include "tls/x509/asn.h"

static const char constraints[] = "\x30\x06\x01\x01\xff\x02\x01\x05"; /* CA, path length 5 */

static void encodes_what_was_filled_in(void **state)
{
	struct tls_buf out;
	asn1_node node;

	(void)state;
	tls_buf_init(&out, 64);
	assert_int_equal(tls_asn_new(&node, "QUENCH.BasicConstraints"), 0);
	assert_int_equal(tls_asn_encode(&out, node, ""), TLS_E_INTERNAL_ERROR);
	assert_int_equal(asn1_write_value(node, "cA", "TRUE", 1), ASN1_SUCCESS);
	assert_int_equal(asn1_write_value(node, "pathLenConstraint", "\x05", 1), ASN1_SUCCESS);
	assert_int_equal(tls_asn_encode(&out, node, ""), 0);
	assert_true(tls_mem_same(out.p, out.len, constraints, sizeof(constraints) - 1));
	asn1_delete_structure(&node);
	tls_buf_clear(&out);
}

static void tells_when_there_is_no_room(void **state)
{
	struct tls_buf out;
	asn1_node node;

	(void)state;
	tls_buf_init(&out, 4);
	assert_int_equal(tls_asn_new(&node, "QUENCH.BasicConstraints"), 0);
	assert_int_equal(asn1_write_value(node, "cA", "TRUE", 1), ASN1_SUCCESS);
	assert_int_equal(asn1_write_value(node, "pathLenConstraint", "\x05", 1), ASN1_SUCCESS);
	assert_int_equal(tls_asn_encode(&out, node, ""), TLS_E_MEMORY_ERROR);
	asn1_delete_structure(&node);
	tls_buf_clear(&out);
}

static void keeps_the_first_failure(void **state)
{
	struct tls_asn_form form;
	struct tls_buf out;

	(void)state;
	tls_buf_init(&out, 64);
	tls_asn_begin(&form, "QUENCH.BasicConstraints");
	tls_asn_put_text(&form, "cA", "TRUE");
	tls_asn_put(&form, "pathLenConstraint", "\x05", 1);
	assert_int_equal(tls_asn_finish(&form, &out), 0);
	assert_true(tls_mem_same(out.p, out.len, constraints, sizeof(constraints) - 1));
	tls_asn_begin(&form, "QUENCH.BasicConstraints");
	tls_asn_fail(&form, 0);
	tls_asn_put_text(&form, "nothing", "TRUE");
	tls_asn_fail(&form, TLS_E_RANDOM_FAILED);
	assert_int_equal(tls_asn_finish(&form, &out), TLS_E_INTERNAL_ERROR);
	assert_int_equal(out.len, sizeof(constraints) - 1);
	tls_buf_clear(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(encodes_what_was_filled_in),
	    cmocka_unit_test(tells_when_there_is_no_room),
	    cmocka_unit_test(keeps_the_first_failure),
	};

	return cmocka_run_group_tests_name("asn", tests, NULL, NULL);
}
