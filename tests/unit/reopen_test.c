/* reopen_test.c - daemon/reopen.c: the log's file opened again, however long that takes. */
#include "config.h" /* GNU extensions */

#include "unit.h"

#include <errno.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/log.h"
#include "daemon/master.h"
#include "daemon/spot.h"

/* Opening takes until the test says so, and then fails as it says. */
static sem_t may_go;
static int error_to_give;
static char path_opened[64];
static int n_opened;

static int slow_open(struct px_log_sink *sink, const struct conf_log *conf, const struct px_drop *drop)
{
	(void)drop;
	*sink = (struct px_log_sink){ .fd = -1 };
	sem_wait(&may_go);
	n_opened++;
	snprintf(path_opened, sizeof(path_opened), "%s", conf->path);
	errno = error_to_give;
	return error_to_give ? -1 : 0;
}

static int n_used;

static int use(struct px_log_sink *sink)
{
	(void)sink;
	n_used++;
	return 0;
}

#undef PX_SPOT_LONG_MS
#define PX_SPOT_LONG_MS 1000
#define px_log_sink_open_as slow_open
#define px_log_use use
#include "daemon/reopen.c"
#undef px_log_sink_open_as
#undef px_log_use

static struct px_master master;
static struct px_generation generation;
static struct conf conf;
static struct px_reopen *reopen;
static char path[] = "a.log", other_path[] = "b.log", said[2][200];
static int n_good, n_told;

static void told(void *arg, bool good, const char *outcome)
{
	n_good += good;
	n_told++;
	snprintf(arg, sizeof(said[0]), "%s", outcome);
}

static int open_up(void **state)
{
	(void)state;
	memset(&master, 0, sizeof(master));
	memset(said, 0, sizeof(said));
	n_opened = n_used = n_good = n_told = error_to_give = 0;
	conf = (struct conf){ .log = { .target = CONF_LOG_FILE, .path = path } };
	generation.loaded.conf = &conf;
	master.current = &generation;
	master.base = event_base_new();
	return sem_init(&may_go, 0, 0) | px_reopen_new(&reopen, &master);
}

static int close_down(void **state)
{
	(void)state;
	px_reopen_free(reopen);
	event_base_free(master.base);
	return 0;
}

static void run_until_told(int n)
{
	while (n_told < n)
		event_base_loop(master.base, EVLOOP_ONCE);
}

static void opens_and_tells(void **state)
{
	(void)state;
	px_reopen_ask(reopen, told, said[0]);
	event_base_loop(master.base, EVLOOP_NONBLOCK);
	assert_int_equal(n_told, 0);
	sem_post(&may_go);
	run_until_told(1);
	assert_string_equal(said[0], "the log is open again");
	assert_string_equal(path_opened, "a.log");
	assert_int_equal(n_good, 1);
	assert_int_equal(n_used, 1);
}

/* Asked for meanwhile: once more, with what is in force by then, and the answer is to those. */
static void several_are_two(void **state)
{
	(void)state;
	px_reopen_ask(reopen, told, said[0]);
	conf.log.path = other_path;
	px_reopen_ask(reopen, NULL, NULL);
	px_reopen_ask(reopen, told, said[1]);
	sem_post(&may_go);
	run_until_told(1);
	assert_string_equal(path_opened, "a.log");
	assert_string_equal(said[1], "");
	sem_post(&may_go);
	run_until_told(2);
	assert_string_equal(path_opened, "b.log");
	assert_int_equal(n_opened, 2);
	assert_int_equal(n_good, 2);
}

static void fails_by_name(void **state)
{
	(void)state;
	error_to_give = ENOTCONN;
	px_reopen_ask(reopen, told, said[0]);
	sem_post(&may_go);
	run_until_told(1);
	assert_string_equal(said[0], "the log a.log can't be opened again, the old one stays: "
	                             "Transport endpoint is not connected");
	assert_int_equal(n_good, 0);
	assert_int_equal(n_used, 0);
}

static void nothing_is_open_yet(void **state)
{
	(void)state;
	master.current = NULL;
	px_reopen_ask(reopen, told, said[0]);
	assert_int_equal(n_good, 1);
	assert_int_equal(n_opened, 0);
}

/* The thread is left at it. */
static void ends_meanwhile(void **state)
{
	px_reopen_ask(reopen, told, said[0]);
	px_reopen_ask(reopen, told, said[1]);
	close_down(state);
	assert_string_equal(said[0], "the daemon ends");
	assert_string_equal(said[1], "the daemon ends");
	sem_post(&may_go);
	while (!n_opened)
		usleep(1000);
	reopen = NULL;
	master.base = event_base_new();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(opens_and_tells, open_up, close_down),
		cmocka_unit_test_setup_teardown(several_are_two, open_up, close_down),
		cmocka_unit_test_setup_teardown(fails_by_name, open_up, close_down),
		cmocka_unit_test_setup_teardown(nothing_is_open_yet, open_up, close_down),
		cmocka_unit_test_setup_teardown(ends_meanwhile, open_up, close_down),
	};

	return cmocka_run_group_tests_name("reopen", tests, NULL, NULL);
}
