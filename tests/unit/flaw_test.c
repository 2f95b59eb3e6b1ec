/* flaw_test.c - tls/x509/flaw.c: every fault has its bit, its alert and its words. The alerts are those of RFC
 * 8446 section 6.2. */
#include "unit.h"

#include <string.h>

#include "tls/error.h"
#include "tls/x509/flaw.h"

static void nothing_is_wrong_with_none(void **state)
{
	(void)state;
	assert_int_equal(tls_flaw_status(TLS_FLAW_NONE), 0);
	assert_int_equal(tls_flaw_error(TLS_FLAW_NONE), 0);
	assert_string_equal(tls_flaw_text(TLS_FLAW_NONE), "valid");
}

static void every_fault_is_invalid_and_fatal(void **state)
{
	(void)state;
	for (int f = TLS_FLAW_MALFORMED; f <= TLS_FLAW_LIMIT; f++) {
		assert_int_equal(tls_flaw_status((enum tls_flaw)f) & TLS_CERT_INVALID, TLS_CERT_INVALID);
		assert_true(tls_error_is_fatal(tls_flaw_error((enum tls_flaw)f)));
		assert_true(tls_error_alert(tls_flaw_error((enum tls_flaw)f)) > 0);
		assert_true(strlen(tls_flaw_text((enum tls_flaw)f)) > 5);
	}
}

static void sends_the_alert_that_names_the_reason(void **state)
{
	static const struct {
		enum tls_flaw fault;
		int alert;
	} rows[] = {
	    {TLS_FLAW_EXPIRED, TLS_ALERT_CERTIFICATE_EXPIRED},
	    {TLS_FLAW_NOT_ACTIVATED, TLS_ALERT_CERTIFICATE_EXPIRED},
	    {TLS_FLAW_NO_ISSUER, TLS_ALERT_UNKNOWN_CA},
	    {TLS_FLAW_REVOKED, TLS_ALERT_CERTIFICATE_REVOKED},
	    {TLS_FLAW_SIGNATURE, TLS_ALERT_BAD_CERTIFICATE},
	    {TLS_FLAW_MALFORMED, TLS_ALERT_BAD_CERTIFICATE},
	    {TLS_FLAW_NAME, TLS_ALERT_BAD_CERTIFICATE},
	    {TLS_FLAW_PURPOSE, TLS_ALERT_UNSUPPORTED_CERTIFICATE},
	    {TLS_FLAW_UNKNOWN_EXTENSION, TLS_ALERT_UNSUPPORTED_CERTIFICATE},
	    {TLS_FLAW_CRL_STALE, TLS_ALERT_CERTIFICATE_UNKNOWN},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(tls_error_alert(tls_flaw_error(rows[i].fault)), rows[i].alert);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(nothing_is_wrong_with_none),
	    cmocka_unit_test(every_fault_is_invalid_and_fatal),
	    cmocka_unit_test(sends_the_alert_that_names_the_reason),
	};

	return cmocka_run_group_tests_name("flaw", tests, NULL, NULL);
}
