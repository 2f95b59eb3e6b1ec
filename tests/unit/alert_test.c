/* alert_test.c - the alerts' names against RFC 8446 section 6, and what each received alert means.
 */
#include "unit.h"

#include "tls/alert.h"
#include "tls/limits.h"

static const struct {
	unsigned number;
	const char *name;
} rfc8446[] = {
    {0, "close_notify"},
    {10, "unexpected_message"},
    {20, "bad_record_mac"},
    {22, "record_overflow"},
    {40, "handshake_failure"},
    {42, "bad_certificate"},
    {43, "unsupported_certificate"},
    {44, "certificate_revoked"},
    {45, "certificate_expired"},
    {46, "certificate_unknown"},
    {47, "illegal_parameter"},
    {48, "unknown_ca"},
    {49, "access_denied"},
    {50, "decode_error"},
    {51, "decrypt_error"},
    {70, "protocol_version"},
    {71, "insufficient_security"},
    {80, "internal_error"},
    {86, "inappropriate_fallback"},
    {90, "user_canceled"},
    {100, "no_renegotiation"}, /* RFC 5246 */
    {109, "missing_extension"},
    {110, "unsupported_extension"},
    {112, "unrecognized_name"},
    {113, "bad_certificate_status_response"},
    {115, "unknown_psk_identity"},
    {116, "certificate_required"},
    {120, "no_application_protocol"},
};

static void names_are_rfc8446(void **state)
{
	(void)state;
	for (unsigned number = 0; number <= 300; number++) {
		const char *want = NULL, *got = tls_alert_get_name((tls_alert_description_t)number);

		for (size_t i = 0; i < sizeof(rfc8446) / sizeof(rfc8446[0]); i++)
			if (rfc8446[i].number == number)
				want = rfc8446[i].name;
		if (want == NULL)
			assert_null(got);
		else
			assert_string_equal(got, want);
	}
}

static int receive(struct tls_session_st *s, unsigned level, unsigned description)
{
	uint8_t alert[] = {(uint8_t)level, (uint8_t)description};

	return tls_alert_recv(s, tls_span(alert, sizeof(alert)));
}

/* In TLS 1.3 all but close_notify and user_canceled end the session, whatever their level says. */
static void in_tls13(void **state)
{
	(void)state;
	for (unsigned level = 1; level <= 2; level++)
		for (unsigned number = 0; number <= 255; number++) {
			struct tls_session_st s = {.version = TLS_1_3, .alert_received = -1};
			int err = receive(&s, level, number);

			assert_int_equal(tls_alert_get(&s), number);
			if (number == 0)
				assert_int_equal(err, TLS_E_SESSION_EOF);
			else if (number == 90)
				assert_int_equal(err, TLS_E_WARNING_ALERT_RECEIVED);
			else
				assert_int_equal(err, TLS_E_FATAL_ALERT_RECEIVED);
		}
}

/* RFC 5246 section 7.2: a fatal alert ends the connection, whatever it says. */
static void in_tls12(void **state)
{
	(void)state;
	for (unsigned number = 1; number <= 255; number++) {
		struct tls_session_st s = {.version = TLS_1_2, .alert_received = -1};

		assert_int_equal(receive(&s, 1, number), TLS_E_WARNING_ALERT_RECEIVED);
		assert_int_equal(receive(&s, 2, number), TLS_E_FATAL_ALERT_RECEIVED);
	}
}

static void before_the_version_is_known(void **state)
{
	struct tls_session_st s = {.alert_received = -1};

	(void)state;
	assert_int_equal(receive(&s, 1, 112), TLS_E_WARNING_ALERT_RECEIVED);
	assert_int_equal(receive(&s, 2, 112), TLS_E_FATAL_ALERT_RECEIVED);
}

static void malformed(void **state)
{
	struct tls_session_st s = {.version = TLS_1_3, .alert_received = -1};

	(void)state;
	/* RFC 8446 section 5.4: an empty one is an unexpected_message */
	assert_int_equal(tls_alert_recv(&s, tls_span("", 0)), TLS_E_UNEXPECTED_PACKET);
	assert_int_equal(tls_alert_recv(&s, tls_span("\1", 1)), TLS_E_UNEXPECTED_PACKET_LENGTH);
	assert_int_equal(tls_alert_recv(&s, tls_span("\1\0\1", 3)), TLS_E_UNEXPECTED_PACKET_LENGTH);
	for (unsigned level = 0; level <= 255; level++)
		if (level != 1 && level != 2)
			assert_int_equal(receive(&s, level, 0), TLS_E_ILLEGAL_PARAMETER);
	assert_int_equal(s.alert_received, -1);
}

static void warnings_are_bounded(void **state)
{
	struct tls_session_st s = {.version = TLS_1_3};

	(void)state;
	for (unsigned i = 0; i < TLS_LIMIT_WARNING_ALERTS; i++)
		assert_int_equal(receive(&s, 1, 90), TLS_E_WARNING_ALERT_RECEIVED);
	assert_int_equal(receive(&s, 1, 90), TLS_E_TOO_MANY_ALERTS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(names_are_rfc8446),
	    cmocka_unit_test(in_tls13),
	    cmocka_unit_test(in_tls12),
	    cmocka_unit_test(before_the_version_is_known),
	    cmocka_unit_test(malformed),
	    cmocka_unit_test(warnings_are_bounded),
	};

	return cmocka_run_group_tests_name("alert", tests, NULL, NULL);
}
