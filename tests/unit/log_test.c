/* log_test.c - lines arrive whole or not at all, and are counted when they don't. */
#include "config.h" /* GNU extensions */

#include "unit.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
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

static size_t read_file(char *text, size_t size)
{
	int fd = open(path, O_RDONLY);
	ssize_t n = read(fd, text, size - 1);

	close(fd);
	assert_true(n >= 0);
	text[n] = '\0';
	return (size_t)n;
}

static void test_levels_and_text(void **state)
{
	struct conf_log conf = { .target = CONF_LOG_FILE, .path = path, .level = CONF_LOG_WARNING };
	char text[4096];

	(void)state;
	assert_int_equal(px_log_open(&conf), 0);
	px_log(CONF_LOG_ERROR, "number %d", 1);
	px_log(CONF_LOG_WARNING, "two\nlines");
	px_log(CONF_LOG_INFO, "not wanted");
	assert_true(px_log_has(CONF_LOG_WARNING));
	assert_false(px_log_has(CONF_LOG_INFO));
	read_file(text, sizeof(text));
	/* 2026-01-02T03:04:05.678Z */
	assert_int_equal(strspn(text, "0123456789-:.TZ"), 24);
	assert_non_null(strstr(text, "Z error: number 1\n"));
	assert_non_null(strstr(text, "Z warning: two\\x0alines\n"));
	assert_null(strstr(text, "not wanted"));
}

static void test_json(void **state)
{
	struct conf_log conf = { .target = CONF_LOG_FILE, .path = path, .level = CONF_LOG_INFO,
		.format = CONF_LOG_JSON };
	char text[4096];

	(void)state;
	assert_int_equal(px_log_open(&conf), 0);
	px_log(CONF_LOG_INFO, "say \"%s\"", "x\x01");
	read_file(text, sizeof(text));
	assert_int_equal(strncmp(text, "{\"time\":\"2", 10), 0);
	assert_non_null(strstr(text, "Z\",\"level\":\"info\",\"message\":\"say \\\"x\\u0001\\\"\"}\n"));
}

static void test_file_mode_and_errors(void **state)
{
	static char missing[] = "no-such-folder/log";
	struct conf_log conf = { .target = CONF_LOG_FILE, .path = path };
	struct stat st;

	(void)state;
	unlink(path);
	assert_int_equal(px_log_open(&conf), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07, 0);
	assert_int_equal(px_log_reopen(), 0);
	conf.path = missing;
	assert_int_equal(px_log_reopen(), -1);
}

/* A FIFO that nobody reads: lines are lost and counted, and later the count is told. */
static void test_stalled_reader(void **state)
{
	struct conf_log conf = { .target = CONF_LOG_FILE, .path = path, .level = CONF_LOG_INFO };
	uint64_t before = px_log_dropped();
	char text[65536];
	unsigned n_lost;
	ssize_t n;
	int fd;

	(void)state;
	unlink(path);
	assert_int_equal(mkfifo(path, 0600), 0);
	fd = open(path, O_RDONLY | O_NONBLOCK);
	assert_true(fd >= 0);
	assert_true(fcntl(fd, F_SETPIPE_SZ, 8192) > 0);
	assert_int_equal(px_log_open(&conf), 0);
	for (int i = 0; i < 1000; i++)
		px_log(CONF_LOG_INFO, "line %d of a thousand that are all about as long as this", i);
	n_lost = (unsigned)(px_log_dropped() - before);
	assert_in_range(n_lost, 800, 999);
	n = read(fd, text, sizeof(text));
	assert_true(n > 0 && text[n - 1] == '\n');
	px_log(CONF_LOG_INFO, "after");
	n = read(fd, text, sizeof(text) - 1);
	assert_true(n > 0);
	text[n] = '\0';
	assert_int_equal(atoi(strstr(text, "warning: ") + 9), n_lost);
	assert_non_null(strstr(text, " log lines were dropped\n"));
	assert_non_null(strstr(text, "info: after\n"));
	assert_int_equal(px_log_dropped() - before, n_lost);
	close(fd);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_levels_and_text, make_file, remove_file),
		cmocka_unit_test_setup_teardown(test_json, make_file, remove_file),
		cmocka_unit_test_setup_teardown(test_file_mode_and_errors, make_file, remove_file),
		cmocka_unit_test_setup_teardown(test_stalled_reader, make_file, remove_file),
		cmocka_unit_test(test_repeats),
	};

	return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
