/* errand_test.c - daemon/errand.c: one thing at a time, in the background, and left alone when it hangs. */
#include "config.h" /* GNU extensions */

#include "unit.h"

#include <semaphore.h>
#include <unistd.h>

#include "daemon/errand.h"

/* Each takes until the test says so. */
static sem_t may_go, is_there, is_dropped;
static int n_runs, n_done, n_dropped;
static struct event_base *base;

static void run(void *arg)
{
	assert_ptr_equal(arg, &n_runs);
	sem_post(&is_there);
	sem_wait(&may_go);
	n_runs++;
}

static void done(void *arg)
{
	assert_ptr_equal(arg, &n_runs);
	n_done++;
	event_base_loopbreak(base);
}

static void drop(void *arg)
{
	assert_ptr_equal(arg, &n_runs);
	n_dropped++;
	sem_post(&is_dropped);
}

static const struct px_errand_kind kind = { run, done, drop };

static struct px_errand *begin(void)
{
	struct px_errand *errand;

	base = event_base_new();
	n_runs = n_done = n_dropped = 0;
	assert_int_equal(px_errand_new(&errand, base, &kind, &n_runs), 0);
	return errand;
}

static void one_after_the_other(void **state)
{
	struct px_errand *errand = begin();

	(void)state;
	for (int i = 1; i <= 2; i++) {
		assert_int_equal(px_errand_start(errand), 0);
		sem_wait(&is_there);
		assert_int_equal(px_errand_start(errand), -1);
		event_base_loop(base, EVLOOP_NONBLOCK);
		assert_int_equal(n_done, i - 1);
		sem_post(&may_go);
		event_base_dispatch(base);
		assert_int_equal(n_done, i);
		assert_int_equal(n_runs, i);
	}
	assert_true(px_errand_free(errand));
	assert_int_equal(n_dropped, 0);
	assert_true(px_errand_free(NULL));
	event_base_free(base);
}

static void left_alone(void **state)
{
	struct px_errand *errand = begin();

	(void)state;
	assert_int_equal(px_errand_start(errand), 0);
	sem_wait(&is_there);
	assert_false(px_errand_free(errand));
	event_base_free(base);
	sem_post(&may_go);
	sem_wait(&is_dropped);
	assert_int_equal(n_dropped, 1);
	assert_int_equal(n_done, 0);
}

static int make_semaphores(void **state)
{
	(void)state;
	return sem_init(&may_go, 0, 0) | sem_init(&is_there, 0, 0) | sem_init(&is_dropped, 0, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_after_the_other),
		cmocka_unit_test(left_alone),
	};

	return cmocka_run_group_tests_name("errand", tests, make_semaphores, NULL);
}
