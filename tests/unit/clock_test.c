/* clock_test.c - daemon/clock.c against the clocks of the C library and of the kernel. */
#include "unit.h"

#include <stdio.h>
#include <time.h>

#include "daemon/clock.h"

static void the_time_of_the_world(void **state)
{
	uint64_t before = (uint64_t)time(NULL), ms = px_clock_real_ms(), us = px_clock_real_us();
	uint64_t after = (uint64_t)time(NULL);

	(void)state;
	/* time() may be a tick behind */
	assert_in_range(ms / 1000, before - 1, after + 1);
	assert_in_range(us / 1000000, before - 1, after + 1);
	assert_in_range(us / 1000 - ms, 0, 60000);
}

/* The one of /proc/uptime, but for time spent asleep, and never back. */
static void the_clock_that_never_jumps(void **state)
{
	FILE *file = fopen("/proc/uptime", "r");
	uint64_t ms = px_clock_ms(), us = px_clock_us();
	double up = 0;

	(void)state;
	assert_in_range(us / 1000 - ms, 0, 60000);
	assert_true(px_clock_us() >= us);
	assert_non_null(file);
	assert_int_equal(fscanf(file, "%lf", &up), 1);
	fclose(file);
	assert_true((double)ms / 1000 < up + 2);
	assert_true(ms > 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_time_of_the_world),
	    cmocka_unit_test(the_clock_that_never_jumps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
