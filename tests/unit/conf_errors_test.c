#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "conf/errors.h"
#include "conf/mem.h"

static void test_form(void **state)
{
	struct conf_errors errs = {0};
	struct conf_origin here = {.file = "a.conf", .line = 12, .place = 3};
	struct conf_origin file = {.file = "a.conf"};

	(void)state;
	conf_errors_add(&errs, CONF_ERROR, &here, "%s is %d", "x", 1);
	conf_errors_add(&errs, CONF_WARNING, &file, "all of it");
	assert_int_equal(errs.n, 2);
	assert_int_equal(errs.n_errors, 1);
	assert_string_equal(errs.list[0].text, "a.conf:12: x is 1");
	assert_int_equal(errs.list[0].severity, CONF_ERROR);
	assert_string_equal(errs.list[1].text, "a.conf: all of it");
	assert_int_equal(errs.list[1].severity, CONF_WARNING);
	conf_errors_clear(&errs);
	assert_null(errs.list);
}

static void test_one_printable_line(void **state)
{
	struct conf_errors errs = {0};
	struct conf_origin here = {.file = "a\nb", .line = 1};
	char text[5000];

	(void)state;
	conf_errors_add(&errs, CONF_ERROR, &here, "%s", "\x1b[31m\r\x7f\xc3\xa4~");
	assert_string_equal(errs.list[0].text, "a\\x0ab:1: \\x1b[31m\\x0d\\x7f\\xc3\\xa4~");
	memset(text, '\n', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	here.file = text;
	conf_errors_add(&errs, CONF_ERROR, &here, "%s", text);
	assert_true(strlen(errs.list[1].text) < 4096);
	assert_null(strchr(errs.list[1].text, '\n'));
	conf_errors_clear(&errs);
}

static void test_bound(void **state)
{
	struct conf_errors errs = {0};
	struct conf_origin here = {.file = "f", .line = 1};

	(void)state;
	for (int i = 0; i < 1000; i++)
		conf_errors_add(&errs, CONF_ERROR, &here, "%d", i);
	assert_int_equal(errs.n, CONF_MAX_ERRORS);
	assert_int_equal(errs.n_errors, 1000);
	assert_string_equal(errs.list[198].text, "f:1: 198");
	assert_string_equal(errs.list[199].text, "too many errors: the rest is not shown");
	conf_errors_clear(&errs);
}

/* However many warnings there are, the errors behind them are shown. */
static void test_warnings_leave_room(void **state)
{
	struct conf_errors errs = {0};
	struct conf_origin here = {.file = "f", .line = 1};

	(void)state;
	for (int i = 0; i < 1000; i++)
		conf_errors_add(&errs, CONF_WARNING, &here, "%d", i);
	assert_int_equal(errs.n, CONF_MAX_WARNINGS);
	assert_int_equal(errs.n_warnings, 1000);
	assert_int_equal(errs.n_errors, 0);
	assert_string_equal(errs.list[98].text, "f:1: 98");
	assert_string_equal(errs.list[99].text, "too many warnings: the rest is not shown");
	assert_int_equal(errs.list[99].severity, CONF_WARNING);
	conf_errors_add(&errs, CONF_ERROR, &here, "wrong");
	assert_string_equal(errs.list[100].text, "f:1: wrong");
	assert_int_equal(errs.n_errors, 1);
	conf_errors_clear(&errs);
}

static void test_sort(void **state)
{
	static const unsigned places[] = {9, 5, 5, 1, 7, 5};
	struct conf_errors errs = {0};
	struct conf_origin here = {.file = "f"};
	char all[64] = "";

	(void)state;
	for (unsigned i = 0; i < 6; i++) {
		here.place = places[i];
		conf_errors_add(&errs, CONF_ERROR, &here, "%c", 'a' + (int)i);
	}
	conf_errors_sort(&errs, 1);
	for (unsigned i = 0; i < 6; i++)
		strcat(all, errs.list[i].text + 3);
	assert_string_equal(all, "adbcfe");
	conf_errors_clear(&errs);
}

static void test_memory(void **state)
{
	struct conf_errors errs = {0};
	struct conf_origin here = {.file = "f"};

	(void)state;
	for (long n = 0; n < 2; n++) {
		conf_mem_fail_at(n);
		conf_errors_add(&errs, CONF_WARNING, &here, "x");
		conf_mem_fail_at(-1);
		assert_true(errs.no_memory);
		assert_int_equal(errs.n_errors, 1);
		assert_int_equal(errs.n, 0);
		conf_errors_clear(&errs);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_form),
	    cmocka_unit_test(test_one_printable_line),
	    cmocka_unit_test(test_bound),
	    cmocka_unit_test(test_warnings_leave_room),
	    cmocka_unit_test(test_sort),
	    cmocka_unit_test(test_memory),
	};

	return cmocka_run_group_tests_name("conf_errors", tests, NULL, NULL);
}
