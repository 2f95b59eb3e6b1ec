/* log_test.c - what is said arrives as lines, from the master's ring, from a child's, and without any. */
#include "config.h" /* GNU extensions */

#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/log.h"

static char path[] = "log_test.XXXXXX";

static int make_file(void **state)
{
	int fd = mkstemp(path);

	(void)state;
	if (fd < 0)
		return -1;
	close(fd);
	return 0;
}

static int remove_file(void **state)
{
	(void)state;
	px_log_close();
	unlink(path);
	strcpy(path, "log_test.XXXXXX");
	return 0;
}

/* What was said so far, all written. */
static char *written(void)
{
	static char text[1 << 20];
	ssize_t n;
	int fd;

	px_log_close();
	fd = open(path, O_RDONLY);
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	assert_true(n >= 0);
	text[n] = '\0';
	return text;
}

static unsigned n_lines_with(const char *text, const char *what)
{
	unsigned n = 0;

	for (text = strstr(text, what); text; text = strstr(text + 1, what))
		n++;
	return n;
}

static int log_to(const struct conf_log *conf)
{
	struct px_log_sink sink;

	if (px_log_sink_open(&sink, conf) != 0 || px_log_use(&sink) != 0)
		return -1;
	px_log_set_level(conf->level);
	return 0;
}

static void test_levels_and_text(void **state)
{
	struct conf_log conf = { .target = CONF_LOG_FILE, .path = path, .level = CONF_LOG_WARNING };
	char *text;

	(void)state;
	assert_int_equal(log_to(&conf), 0);
	px_log(CONF_LOG_ERROR, "number %d", 1);
	px_log(CONF_LOG_WARNING, "two\nlines");
	px_log(CONF_LOG_INFO, "not wanted");
	assert_true(px_log_has(CONF_LOG_WARNING));
	assert_false(px_log_has(CONF_LOG_INFO));
	px_log_set_level(CONF_LOG_DEBUG);
	px_log_event(PX_LOG_ANSWER, CONF_LOG_DEBUG, "web", "now wanted");
	px_log_event(PX_LOG_ANSWER, CONF_LOG_DEBUG, "web", "%s", "");
	text = written();
	/* 2026-01-02T03:04:05.678Z */
	assert_int_equal(strspn(text, "0123456789-:.TZ"), 24);
	assert_non_null(strstr(text, "Z error: number 1\n"));
	assert_non_null(strstr(text, "Z warning: two\\x0alines\n"));
	assert_null(strstr(text, "not wanted"));
	assert_non_null(strstr(text, "Z debug: now wanted\n"));
	assert_true(px_log_has(CONF_LOG_INFO));
	assert_false(px_log_has(CONF_LOG_DEBUG));
}

static void test_json(void **state)
{
	struct conf_log conf = { .target = CONF_LOG_FILE, .path = path, .level = CONF_LOG_INFO,
		.format = CONF_LOG_JSON };
	char *text;

	(void)state;
	assert_int_equal(log_to(&conf), 0);
	px_log(CONF_LOG_INFO, "say \"%s\"", "x\x01");
	text = written();
	assert_int_equal(strncmp(text, "{\"time\":\"2", 10), 0);
	assert_non_null(strstr(text, "Z\",\"level\":\"info\",\"message\":\"say \\\"x\\u0001\\\"\"}\n"));
}

static void test_connections(void **state)
{
	const struct px_conn_record conn = { .service = "web", .peer = "192.0.2.1:5", .end = "handshake: no common group" };
	struct conf_log conf = { .target = CONF_LOG_FILE, .path = path, .level = CONF_LOG_ERROR };

	(void)state;
	assert_int_equal(log_to(&conf), 0);
	for (int i = 0; i < 500; i++)
		px_log_connection(&conn);
	assert_int_equal(n_lines_with(written(), "Z connection service=web peer=192.0.2.1:5 "), 500);
}

static void test_repeats_fold(void **state)
{
	struct conf_log conf = { .target = CONF_LOG_FILE, .path = path, .level = CONF_LOG_INFO };
	struct px_log_counts counts;
	char *text;

	(void)state;
	assert_int_equal(log_to(&conf), 0);
	for (int i = 0; i < 100; i++)
		px_log(CONF_LOG_INFO, "the same");
	do
		px_log_count(&counts);
	while (counts.n_written + counts.n_folded < 100);
	text = written();
	assert_int_equal(n_lines_with(text, "Z info: the same\n"), 1);
	assert_int_equal(n_lines_with(text, "Z info: the same (repeated 99 times)\n"), 1);
	px_log_count(&counts);
	assert_int_equal(counts.n_written, 0);
}

static void test_file_mode_and_errors(void **state)
{
	static char missing[] = "no-such-folder/log";
	struct conf_log conf = { .target = CONF_LOG_FILE, .path = missing };
	struct stat st;

	(void)state;
	assert_int_equal(log_to(&conf), -1);
	assert_int_equal(errno, ENOENT);
	unlink(path);
	conf.path = path;
	assert_int_equal(log_to(&conf), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07, 0);
	conf.path = missing;
	assert_int_equal(log_to(&conf), -1);
	px_log(CONF_LOG_ERROR, "the old one goes on");
	assert_non_null(strstr(written(), "the old one goes on"));
}

static void test_reopen(void **state)
{
	struct conf_log conf = { .target = CONF_LOG_FILE, .path = path, .level = CONF_LOG_INFO };
	char moved[sizeof(path) + 2];
	struct stat st;

	(void)state;
	snprintf(moved, sizeof(moved), "%s.1", path);
	assert_int_equal(log_to(&conf), 0);
	for (int i = 0; i < 20; i++) {
		px_log(CONF_LOG_INFO, "before %d", i);
		assert_int_equal(rename(path, moved), 0);
		assert_int_equal(log_to(&conf), 0);
		px_log(CONF_LOG_INFO, "after %d", i);
		assert_int_equal(stat(path, &st), 0);
	}
	assert_non_null(strstr(written(), "after 19\n"));
	unlink(moved);
}

/* The threads of the master share its ring. */
static void *say_much(void *arg)
{
	for (int i = 0; i < 300; i++)
		px_log(CONF_LOG_INFO, "thread %s line %d", (const char *)arg, i);
	return NULL;
}

static void test_threads(void **state)
{
	struct conf_log conf = { .target = CONF_LOG_FILE, .path = path, .level = CONF_LOG_INFO };
	static char names[2][2] = { "a", "b" };
	pthread_t threads[2];
	char *text;

	(void)state;
	assert_int_equal(log_to(&conf), 0);
	for (int i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, say_much, names[i]), 0);
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	text = written();
	assert_int_equal(n_lines_with(text, "info: thread a line "), 300);
	assert_int_equal(n_lines_with(text, "info: thread b line "), 300);
}

/* A child that says something and is gone at once, then another in its slot. */
static void test_children(void **state)
{
	struct conf_log conf = { .target = CONF_LOG_FILE, .path = path, .level = CONF_LOG_INFO };
	int fds[2], again[2], status;
	char *text;

	(void)state;
	assert_int_equal(px_log_child(0, "worker 0", fds), -1); /* nothing is open */
	assert_int_equal(log_to(&conf), 0);
	assert_int_equal(px_log_child(1, "worker 1", fds), -1); /* not in order */
	assert_int_equal(px_log_child(0, "worker 0", fds), 0);
	for (int i = 0; i < 2; i++) {
		pid_t pid = fork();

		assert_true(pid >= 0);
		if (pid == 0) {
			if (px_log_attach(fds[0], fds[1]) == 0)
				px_log(CONF_LOG_INFO, "child %d", i);
			_exit(0);
		}
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_int_equal(px_log_child(0, "worker 0", again), 0);
		assert_memory_equal(fds, again, sizeof(fds));
	}
	px_log(CONF_LOG_INFO, "parent");
	text = written();
	assert_non_null(strstr(text, "info: child 0\n"));
	assert_non_null(strstr(text, "info: child 1\n"));
	assert_true(strstr(text, "child 1") < strstr(text, "parent"));
}

static void test_repeats(void **state)
{
	struct px_log_limit limit = { 0 };
	int n = 0;

	(void)state;
	for (int i = 0; i < 1000; i++)
		n += px_log_may_repeat(&limit);
	assert_in_range(n, 1, 2);
}

/* Without a ring: standard error, which isn't waited for. */
static void test_without_ring(void **state)
{
	char text[65536];
	int fds[2], old = dup(STDERR_FILENO);
	ssize_t n;

	(void)state;
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	assert_int_equal(dup2(fds[1], STDERR_FILENO), STDERR_FILENO);
	for (int i = 0; i < 5000; i++)
		px_log(CONF_LOG_WARNING, "without a ring %d", i);
	assert_int_equal(dup2(old, STDERR_FILENO), STDERR_FILENO);
	n = read(fds[0], text, sizeof(text) - 1);
	assert_true(n > 0);
	text[n] = '\0';
	assert_non_null(strstr(text, "Z warning: without a ring 0\n"));
	close(fds[0]);
	close(fds[1]);
	close(old);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_levels_and_text, make_file, remove_file),
		cmocka_unit_test_setup_teardown(test_json, make_file, remove_file),
		cmocka_unit_test_setup_teardown(test_connections, make_file, remove_file),
		cmocka_unit_test_setup_teardown(test_repeats_fold, make_file, remove_file),
		cmocka_unit_test_setup_teardown(test_file_mode_and_errors, make_file, remove_file),
		cmocka_unit_test_setup_teardown(test_reopen, make_file, remove_file),
		cmocka_unit_test_setup_teardown(test_threads, make_file, remove_file),
		cmocka_unit_test_setup_teardown(test_children, make_file, remove_file),
		cmocka_unit_test(test_without_ring),
		cmocka_unit_test(test_repeats),
	};

	return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
