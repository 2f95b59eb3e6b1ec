/* ctl_when_test.c - daemon/ctl/when.c. The seconds are those of date(1). */
#include "unit.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "daemon/ctl/when.h"

static void reads_times(void **state)
{
	static const struct {
		const char *text;
		int64_t seconds;
	} rows[] = {
	    {"1970-01-01T00:00:00Z", 0},
	    {"1970-01-01T00:00:03+00:00", 3},
	    {"1969-12-31T23:59:59z", -1},
	    {"1969-12-31t23:59:59.5Z", -1},
	    {"2026-11-21T14:06:07Z", 1795269967},
	    {"2026-11-21T15:06:07.999999999999999999999+01:00", 1795269967},
	    {"2026-11-21T13:36:07-00:30", 1795269967},
	    {"2000-02-29T12:00:00Z", 951825600},
	    {"1900-03-01T00:00:00Z", -2203891200},
	    {"9999-12-31T23:59:59Z", 253402300799},
	    {"0001-01-01T00:00:00Z", -62135596800},
	    {"0000-12-31T23:59:59Z", -62135596801},
	    {"0000-01-01T00:00:00Z", -62167219200},
	    /* RFC 3339 section 5.8: a leap second, in two zones */
	    {"1990-12-31T23:59:60Z", 662687999},
	    {"1990-12-31T15:59:60-08:00", 662687999},
	};
	int64_t seconds;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		seconds = 77;
		assert_true(px_when_read(&seconds, rows[i].text));
		assert_int_equal(seconds, rows[i].seconds);
	}
}

/* Every day that the C library knows how to count. */
static void counts_as_the_library_does(void **state)
{
	char text[64];
	int64_t seconds;

	(void)state;
	for (int64_t day = -719162; day < 2932896; day += 13) {
		time_t t = (time_t)(day * 86400 + day % 86400);
		struct tm tm;

		assert_non_null(gmtime_r(&t, &tm));
		snprintf(text, sizeof(text), "%04d-%02d-%02dT%02d:%02d:%02dZ", tm.tm_year + 1900, tm.tm_mon + 1,
		    tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
		assert_true(px_when_read(&seconds, text));
		assert_int_equal(seconds, t);
	}
}

static void refuses_everything_else(void **state)
{
	static const char *const rows[] = {"", "now", "2026", "2026-11-21", "2026-11-21T14:06Z", "2026-11-21T14:06:07",
	    "2026-11-21 14:06:07Z", "2026-11-21T14:06:07.Z", "2026-11-21T14:06:07,5Z", "2026-13-21T14:06:07Z",
	    "2026-00-21T14:06:07Z", "2026-11-31T14:06:07Z", "2026-11-00T14:06:07Z", "2026-02-29T14:06:07Z",
	    "2100-02-29T14:06:07Z", "2026-11-21T24:00:00Z", "2026-11-21T14:60:07Z", "2026-11-21T14:06:61Z",
	    "2026-11-21T14:06:60Z", "2026-11-21T23:59:60+01:00", "2026-11-21T14:06:07+24:00", "2026-11-21T14:06:07+1:00",
	    "2026-11-21T14:06:07+0100", "2026-11-21T14:06:07+01:60", "2026-11-21T14:06:07Z ", " 2026-11-21T14:06:07Z",
	    "26-11-21T14:06:07Z", "+026-11-21T14:06:07Z", "20261-11-21T14:06:07Z", "2026-1-21T14:06:07Z",
	    "1795269967"};
	int64_t seconds;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_false(px_when_read(&seconds, rows[i]));
}

/* Reads nothing behind the end of a text that is cut. */
static void refuses_every_beginning(void **state)
{
	static const char whole[] = "1990-12-31T15:59:60.25-08:00";
	int64_t seconds;
	char text[sizeof(whole)];

	(void)state;
	for (size_t n = 0; n < sizeof(whole) - 1; n++) {
		snprintf(text, sizeof(text), "%.*s", (int)n, whole);
		assert_false(px_when_read(&seconds, text));
	}
	assert_true(px_when_read(&seconds, whole));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reads_times),
	    cmocka_unit_test(counts_as_the_library_does),
	    cmocka_unit_test(refuses_everything_else),
	    cmocka_unit_test(refuses_every_beginning),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
