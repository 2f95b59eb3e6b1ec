/* error_test.c - every error has a number, a name and a reason of its own, and its alert by
 * arithmetic. */
#include "unit.h"

#include <stdbool.h>
#include <string.h>

#include "tls/error.h"

static const struct {
	int error;
	unsigned serial, alert;
	const char *name;
} all[] = {
#define ROW(name, serial, alert, text) {TLS_E_##name, serial, alert, "TLS_E_" #name},
    TLS_ERROR_MAP(ROW)
#undef ROW
};

#define N (sizeof(all) / sizeof(all[0]))

static void numbers_are_unique(void **state)
{
	(void)state;
	for (size_t i = 0; i < N; i++) {
		assert_true(all[i].error < 0);
		assert_int_equal(-all[i].error, all[i].serial * 256 + all[i].alert);
		for (size_t k = 0; k < i; k++)
			assert_true(all[i].serial != all[k].serial);
	}
}

static void names_and_reasons(void **state)
{
	(void)state;
	for (size_t i = 0; i < N; i++) {
		assert_string_equal(tls_strerror_name(all[i].error), all[i].name);
		assert_true(strlen(tls_strerror(all[i].error)) > 0);
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(
			    tls_strerror(all[i].error), tls_strerror(all[k].error));
	}
	assert_string_equal(tls_strerror_name(0), "TLS_E_SUCCESS");
	assert_null(tls_strerror_name(1));
	assert_null(tls_strerror_name(-1));
	assert_null(tls_strerror_name(-1000000));
	assert_non_null(tls_strerror(-1));
	assert_non_null(tls_strerror(1000000));
}

/* RFC 8446 section 6: what each of these reasons is answered with. */
static void alerts(void **state)
{
	static const struct {
		int error, alert;
	} rfc8446[] = {
	    {TLS_E_UNEXPECTED_PACKET, 10},
	    {TLS_E_UNEXPECTED_HANDSHAKE_PACKET, 10},
	    {TLS_E_UNEXPECTED_CCS, 10},
	    {TLS_E_MESSAGE_CROSSES_KEY_CHANGE, 10},
	    {TLS_E_DECRYPTION_FAILED, 20},
	    {TLS_E_RECORD_OVERFLOW, 22},
	    {TLS_E_NO_COMMON_CIPHER_SUITE, 40},
	    {TLS_E_NO_COMMON_GROUP, 40},
	    {TLS_E_NO_COMMON_SIGNATURE_ALGORITHM, 40},
	    {TLS_E_ILLEGAL_PARAMETER, 47},
	    {TLS_E_ILLEGAL_KEY_SHARE, 47},
	    {TLS_E_ILLEGAL_EXTENSION, 47},
	    {TLS_E_HELLO_CHANGED, 47},
	    {TLS_E_UNEXPECTED_PACKET_LENGTH, 50},
	    {TLS_E_FINISHED_VERIFY_FAILED, 51},
	    {TLS_E_SIGNATURE_VERIFY_FAILED, 51},
	    {TLS_E_UNSUPPORTED_VERSION, 70},
	    {TLS_E_INTERNAL_ERROR, 80},
	    {TLS_E_MEMORY_ERROR, 80},
	    {TLS_E_MISSING_EXTENSION, 109},
	    {TLS_E_UNRECOGNIZED_NAME, 112},
	    {TLS_E_NO_APPLICATION_PROTOCOL, 120},
	    {TLS_E_AGAIN, 0},
	    {TLS_E_PREMATURE_TERMINATION, 0},
	    {TLS_E_FATAL_ALERT_RECEIVED, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rfc8446) / sizeof(rfc8446[0]); i++)
		assert_int_equal(tls_error_alert(rfc8446[i].error), rfc8446[i].alert);
	for (size_t i = 0; i < N; i++)
		assert_true(all[i].alert == 0 ||
			    tls_alert_get_name((tls_alert_description_t)all[i].alert) != NULL);
}

/* The list in tls.h. */
static void fatal_or_not(void **state)
{
	static const int harmless[] = {TLS_E_AGAIN, TLS_E_INTERRUPTED, TLS_E_WARNING_ALERT_RECEIVED,
	    TLS_E_REHANDSHAKE, TLS_E_GOT_APPLICATION_DATA, TLS_E_LARGE_PACKET,
	    TLS_E_INVALID_REQUEST, TLS_E_SHORT_MEMORY_BUFFER, TLS_E_REQUESTED_DATA_NOT_AVAILABLE,
	    TLS_E_DB_ERROR};

	(void)state;
	for (size_t i = 0; i < N; i++) {
		bool fatal = true;

		for (size_t k = 0; k < sizeof(harmless) / sizeof(harmless[0]); k++)
			fatal = fatal && all[i].error != harmless[k];
		assert_int_equal(tls_error_is_fatal(all[i].error) != 0, fatal);
		/* an error with an alert ends the session */
		assert_true(fatal || all[i].alert == 0);
	}
	assert_false(tls_error_is_fatal(0));
	assert_false(tls_error_is_fatal(100));
	assert_true(tls_error_is_fatal(-1));
}

static void results_of_callbacks(void **state)
{
	(void)state;
	assert_int_equal(tls_error_of_callback(0), 0);
	assert_int_equal(tls_error_of_callback(TLS_E_UNRECOGNIZED_NAME), TLS_E_UNRECOGNIZED_NAME);
	assert_int_equal(tls_error_of_callback(TLS_E_TIMEDOUT), TLS_E_TIMEDOUT);
	/* none that ends a session, none at all */
	assert_int_equal(tls_error_of_callback(TLS_E_AGAIN), TLS_E_INTERNAL_ERROR);
	assert_int_equal(tls_error_of_callback(TLS_E_INVALID_REQUEST), TLS_E_INTERNAL_ERROR);
	assert_int_equal(tls_error_of_callback(1), TLS_E_INTERNAL_ERROR);
	assert_int_equal(tls_error_of_callback(-1), TLS_E_INTERNAL_ERROR);
	assert_int_equal(tls_error_of_callback(INT32_MIN), TLS_E_INTERNAL_ERROR);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(numbers_are_unique),
	    cmocka_unit_test(names_and_reasons),
	    cmocka_unit_test(alerts),
	    cmocka_unit_test(fatal_or_not),
	    cmocka_unit_test(results_of_callbacks),
	};

	return cmocka_run_group_tests_name("error", tests, NULL, NULL);
}
