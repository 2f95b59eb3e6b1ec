#include "unit.h"

#include "conf_case.h"

#include <time.h>

#include "conf/when.h"

#define DAY 86400

static void check(int64_t last, int64_t soon_s, const char *verb)
{
	struct conf_origin origin = {.file = "f", .line = 7};
	struct conf_when when = {&origin, "key", "path", "it"};
	struct conf_errors errs = {0};
	char expected[128], date[32];
	time_t at = (time_t)last;

	strftime(date, sizeof(date), "%F %T", gmtime(&at));
	conf_when_warn(&errs, &when, last, soon_s);
	assert_int_equal(errs.n, verb != NULL);
	assert_int_equal(errs.n_errors, 0);
	snprintf(expected, sizeof(expected), "f:7: key: path: it %s at %s UTC", verb != NULL ? verb : "", date);
	if (verb != NULL)
		assert_string_equal(errs.list[0].text, expected);
	conf_errors_clear(&errs);
}

static void test_when(void **state)
{
	int64_t now = (int64_t)time(NULL);

	(void)state;
	check(0, 0, "expired");
	check(now - 10, 0, "expired");
	check(now + 10, 0, NULL);
	check(now + DAY, DAY - 10, NULL);
	check(now + DAY, DAY + 10, "expires");
	check(now - 10, DAY, "expired");
	/* certificates for ever: RFC 5280 section 4.1.2.5 */
	check(253402300799, DAY, NULL);
}

static void test_odd_times(void **state)
{
	struct conf_origin origin = {.file = "f"};
	struct conf_when when = {&origin, "key", "path", "it"};
	struct conf_errors errs = {0};

	(void)state;
	conf_when_warn(&errs, &when, INT64_MAX, CONF_WHEN_SOON_S);
	/* before there were any years */
	conf_when_warn(&errs, &when, INT64_MIN, CONF_WHEN_SOON_S);
	assert_int_equal(errs.n, 0);
	conf_errors_clear(&errs);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_when),
	    cmocka_unit_test(test_odd_times),
	};

	return cmocka_run_group_tests_name("conf_when", tests, NULL, NULL);
}
