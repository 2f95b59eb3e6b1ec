/* timeouts_test.c - lengths are known again, and there may be more of them than the base has queues for. */
#include "unit.h"

#include "daemon/timeouts.h"

static void test_known_again(void **state)
{
	struct event_base *base = event_base_new();
	struct px_timeouts timeouts;
	struct timeval own = { 0 };
	const struct timeval *a, *b;

	(void)state;
	px_timeouts_init(&timeouts, base);
	assert_null(px_timeouts_get(&timeouts, &own, 0));
	a = px_timeouts_get(&timeouts, &own, 1500);
	b = px_timeouts_get(&timeouts, &own, 2500);
	assert_ptr_not_equal(a, &own);
	assert_ptr_not_equal(a, b);
	assert_ptr_equal(px_timeouts_get(&timeouts, &own, 1500), a);
	assert_ptr_equal(px_timeouts_get(&timeouts, &own, 2500), b);
	assert_int_equal(timeouts.n, 2);
	event_base_free(base);
}

static void on_time(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(*(int *)arg)++;
}

static void test_more_than_queues(void **state)
{
	struct event_base *base = event_base_new();
	struct px_timeouts timeouts;
	struct timeval own = { 0 };
	const struct timeval *tv = NULL;
	int n = 0;

	(void)state;
	px_timeouts_init(&timeouts, base);
	for (uint64_t ms = 1; ms <= 1000; ms++)
		tv = px_timeouts_get(&timeouts, &own, 1000 + ms);
	assert_int_equal(timeouts.n, PX_TIMEOUTS_MAX);
	assert_ptr_equal(tv, &own);
	assert_int_equal(own.tv_sec, 2);
	tv = px_timeouts_get(&timeouts, &own, 3);
	assert_ptr_equal(tv, &own);
	assert_int_equal(own.tv_usec, 3000);
	assert_int_equal(event_base_once(base, -1, EV_TIMEOUT, on_time, &n, tv), 0);
	assert_int_equal(event_base_dispatch(base), 1);
	assert_int_equal(n, 1);
	event_base_free(base);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known_again),
		cmocka_unit_test(test_more_than_queues),
	};

	return cmocka_run_group_tests_name("timeouts", tests, NULL, NULL);
}
