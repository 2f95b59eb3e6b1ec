/* ctl_alert_help_test.c - daemon/ctl/alert_help.c: each alert that the core knows, and those that others still send. */
#include "unit.h"

#include <string.h>

#include "daemon/ctl/alert_help.h"
#include "tls/tls.h"

static void every_alert_has_help(void **state)
{
	static const struct {
		unsigned number;
		const char *name;
	} known[] = {
#define ROW(name, number, text) {number, text},
	    TLS_ALERT_MAP(ROW)
#undef ROW
		/* RFC 5246 section 7.2, with those it reserves; RFC 6066 section 9 */
		{21, "decryption_failed"},
	    {30, "decompression_failure"}, {41, "no_certificate"}, {60, "export_restriction"},
	    {111, "certificate_unobtainable"}, {114, "bad_certificate_hash_value"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		const struct px_alert *alert = px_alert_help(known[i].number);

		assert_int_equal(alert->number, known[i].number);
		assert_string_equal(alert->name, known[i].name);
	}
}

static void help_is_sentences(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 256; i++) {
		const struct px_alert *alert = px_alert_help(i);

		assert_true(alert->number == i || strcmp(alert->name, "unknown") == 0);
		assert_int_equal(alert->meaning[strlen(alert->meaning) - 1], '.');
		assert_int_equal(alert->help[strlen(alert->help) - 1], '.');
		assert_in_range(alert->meaning[0], 'A', 'Z');
		assert_in_range(alert->help[0], 'A', 'Z');
	}
}

static void others_are_unknown(void **state)
{
	(void)state;
	assert_string_equal(px_alert_help(1)->name, "unknown");
	assert_string_equal(px_alert_help(255)->name, "unknown");
	assert_string_equal(px_alert_help(1000)->name, "unknown");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_alert_has_help),
	    cmocka_unit_test(help_is_sentences),
	    cmocka_unit_test(others_are_unknown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
