/* loader_test.c - the thread that loads: one job at a time, in the background, and left alone when it hangs. */
#include "config.h" /* GNU extensions */

#include "unit.h"

#include <semaphore.h>
#include <stdio.h>
#include <string.h>

/* Loading takes until the test says so. */
static sem_t may_go, is_there;

#include "daemon/loader.h"
static void slow_load_run(struct px_loaded *out, const struct px_load_job *job);
static void count_clear(struct px_loaded *loaded);
#define px_load_run slow_load_run
#define px_load_clear count_clear
#include "daemon/errand.c"
#include "daemon/loader.c"
#undef px_load_run
#undef px_load_clear

static int n_cleared, n_done;
static char path_seen[32];

static void slow_load_run(struct px_loaded *out, const struct px_load_job *job)
{
	memset(out, 0, sizeof(*out));
	snprintf(path_seen, sizeof(path_seen), "%s", job->path);
	sem_post(&is_there);
	sem_wait(&may_go);
	out->n_workers = 7;
}

static void count_clear(struct px_loaded *loaded)
{
	(void)loaded;
	n_cleared++;
	sem_post(&is_there);
}

static struct event_base *base;

static void done(void *arg, struct px_loaded *loaded)
{
	assert_ptr_equal(arg, &n_done);
	assert_int_equal(loaded->n_workers, 7);
	n_done++;
	event_base_loopbreak(base);
}

static struct px_loader *begin(void)
{
	struct px_loader *loader;

	base = event_base_new();
	n_done = n_cleared = 0;
	assert_int_equal(px_loader_new(&loader, base, done, &n_done), 0);
	return loader;
}

static void test_one_after_the_other(void **state)
{
	const struct px_load_job a = { .path = "a" }, b = { .path = "b" };
	struct px_loader *loader = begin();

	(void)state;
	assert_int_equal(px_loader_start(loader, &a), 0);
	sem_wait(&is_there);
	assert_int_equal(px_loader_start(loader, &b), -1);
	event_base_loop(base, EVLOOP_NONBLOCK);
	assert_int_equal(n_done, 0);
	sem_post(&may_go);
	event_base_dispatch(base);
	assert_int_equal(n_done, 1);
	assert_string_equal(path_seen, "a");
	sem_post(&may_go);
	assert_int_equal(px_loader_start(loader, &b), 0);
	event_base_dispatch(base);
	assert_int_equal(n_done, 2);
	assert_string_equal(path_seen, "b");
	sem_wait(&is_there);
	assert_true(px_loader_free(loader));
	assert_int_equal(n_cleared, 0);
	event_base_free(base);
}

static void test_left_alone(void **state)
{
	const struct px_load_job job = { .path = "hangs" };
	struct px_loader *loader = begin();

	(void)state;
	assert_int_equal(px_loader_start(loader, &job), 0);
	sem_wait(&is_there);
	assert_false(px_loader_free(loader));
	event_base_free(base);
	sem_post(&may_go);
	sem_wait(&is_there);
	assert_int_equal(n_cleared, 1);
	assert_int_equal(n_done, 0);
	assert_true(px_loader_free(NULL));
}

/* Through, but the loop hasn't heard of it. */
static void test_freed_with_a_result(void **state)
{
	const struct px_load_job job = { .path = "x" };
	struct px_loader *loader = begin();

	(void)state;
	sem_post(&may_go);
	assert_int_equal(px_loader_start(loader, &job), 0);
	sem_wait(&is_there);
	while (loader->errand->state != READY)
		usleep(1000);
	assert_true(px_loader_free(loader));
	assert_int_equal(n_cleared, 1);
	sem_wait(&is_there);
	event_base_free(base);
}

static int make_semaphores(void **state)
{
	(void)state;
	return sem_init(&may_go, 0, 0) | sem_init(&is_there, 0, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_after_the_other),
		cmocka_unit_test(test_freed_with_a_result),
		cmocka_unit_test(test_left_alone),
	};

	return cmocka_run_group_tests(tests, make_semaphores, NULL);
}
