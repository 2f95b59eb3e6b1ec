/* ctl_problem_test.c - daemon/ctl/problem.c. */
#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "daemon/ctl/problem.h"

static void is_one_line_of_ascii(void **state)
{
	struct px_problem p;

	(void)state;
	assert_int_equal(px_problem_set(&p, "%s:%u: %s", "a\nb\x1b\xc3\xa9", 12U, "malformed"), -1);
	assert_string_equal(p.text, "a\\x0ab\\x1b\\xc3\\xa9:12: malformed");
	assert_int_equal(px_problem_set(&p, "%s", ""), -1);
	assert_string_equal(p.text, "");
}

static void is_cut_where_it_ends(void **state)
{
	char name[3 * PX_PROBLEM_LEN];
	struct px_problem p;

	(void)state;
	memset(name, '\n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	px_problem_set(&p, "%s", name);
	assert_int_equal(strlen(p.text) % 4, 0);
	assert_in_range(strlen(p.text), PX_PROBLEM_LEN - 8, PX_PROBLEM_LEN - 1);
	memset(name, 'x', sizeof(name) - 1);
	px_problem_set(&p, "%s", name);
	assert_in_range(strlen(p.text), PX_PROBLEM_LEN - 8, PX_PROBLEM_LEN - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(is_one_line_of_ascii),
	    cmocka_unit_test(is_cut_where_it_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
