/* ctl_field_test.c - figures as people read them. */
#include "unit.h"

#include <string.h>

#include "daemon/ctl/field.h"

static void members(void **state)
{
	json_t *json = json_pack("{s:s,s:i,s:n,s:b}", "text", "x", "number", 5, "nothing", "yes", 1);

	(void)state;
	assert_string_equal(px_field_text(json, "text"), "x");
	assert_string_equal(px_field_text(json, "nothing"), "-");
	assert_string_equal(px_field_text(json, "number"), "-");
	assert_string_equal(px_field_text(json, "missing"), "-");
	assert_string_equal(px_field_text(NULL, "missing"), "-");
	assert_int_equal(px_field_number(json, "number"), 5);
	assert_int_equal(px_field_number(json, "text"), 0);
	json_decref(json);
}

/* Escapes of a terminal, also as one character (ECMA-48, 8-bit). */
static void security_terminals_are_not_commanded(void **state)
{
	json_t *json = json_loads("{\"sni\":\"a\\u001b]0;x\\u0007b\\u009b2Jc\\r\\n\\u007f\\u00e4 \\u0080\\u00a0\"}", 0, NULL);

	(void)state;
	assert_string_equal(px_field_text(json, "sni"), "a?]0;x?b??2Jc???\xc3\xa4 ??\xc2\xa0");
	json_decref(json);
}

/* Unicode standard annex 9, table 2, and the separators of lines: what is shown has the order that it is stored in. */
static void security_terminals_are_not_turned_round(void **state)
{
	static const char *const commands[] = {"\xd8\x9c", "\xe2\x80\x8e", "\xe2\x80\x8f", "\xe2\x80\xa8",
	    "\xe2\x80\xaa", "\xe2\x80\xae", "\xe2\x81\xa6", "\xe2\x81\xa9"};
	static const char *const others[] = {"\xd8\x9b", "\xd8\x9d", "\xe2\x80\x8d", "\xe2\x80\x90", "\xe2\x80\xa7",
	    "\xe2\x80\xaf", "\xe2\x81\xa5", "\xe2\x81\xaa", "\xe2\x82\xac", "\xe3\x80\xae"};
	char text[16];

	(void)state;
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		json_t *json = json_string(commands[i]);

		assert_non_null(json);
		assert_string_equal(px_field_plain(json), strlen(commands[i]) == 2 ? "??" : "???");
		json_decref(json);
	}
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		json_t *json;

		snprintf(text, sizeof(text), "a%sb", others[i]);
		json = json_string(text);
		assert_non_null(json);
		assert_string_equal(px_field_plain(json), text);
		json_decref(json);
	}
}

/* 2026-11-21T14:06:07Z by date(1). */
static void times(void **state)
{
	char text[PX_FIELD_TIME_LEN];

	(void)state;
	assert_string_equal(px_field_time(text, 1795269967), "2026-11-21 14:06:07 UTC");
	assert_string_equal(px_field_time(text, 0), "-");
	assert_string_equal(px_field_span(text, 0), "0 s");
	assert_string_equal(px_field_span(text, 119), "119 s");
	assert_string_equal(px_field_span(text, 120), "2 min");
	assert_string_equal(px_field_span(text, 7200), "2 h");
	assert_string_equal(px_field_span(text, 172800), "2 days");
	assert_string_equal(px_field_span(text, 86400 * 400), "400 days");
}

static void sizes(void **state)
{
	static const struct {
		double n;
		int binary;
		const char *text;
	} table[] = { { 0, 0, "0" }, { 999, 0, "999" }, { 1000, 0, "1.0 k" }, { 12345, 0, "12 k" }, { 9.9e9, 0, "9.9 G" },
		{ 0, 1, "0 B" }, { 1023, 1, "1023 B" }, { 1024, 1, "1.0 KiB" }, { 1048576, 1, "1.0 MiB" },
		{ 5e18, 1, "4547474 TiB" } };

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		char text[PX_FIELD_TIME_LEN];

		assert_string_equal(px_field_short(text, table[i].n, table[i].binary), table[i].text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(members),
		cmocka_unit_test(security_terminals_are_not_commanded),
		cmocka_unit_test(security_terminals_are_not_turned_round),
		cmocka_unit_test(times),
		cmocka_unit_test(sizes),
	};

	return cmocka_run_group_tests_name("ctl field", tests, NULL, NULL);
}
