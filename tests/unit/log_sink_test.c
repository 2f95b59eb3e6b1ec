/* log_sink_test.c - a sink takes a line whole, or none of it and says that it has to wait. */
#include "config.h" /* GNU extensions */

#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/log_sink.h"

static char path[] = "log_sink_test.XXXXXX";
static const struct px_log_record record = { .level = CONF_LOG_INFO };

static int make_file(void **state)
{
	int fd = mkstemp(path);

	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	if (fd < 0)
		return -1;
	close(fd);
	return 0;
}

static int remove_file(void **state)
{
	(void)state;
	unlink(path);
	strcpy(path, "log_sink_test.XXXXXX");
	return 0;
}

static struct px_line line_of(const char *text)
{
	struct px_line line;

	px_line_init(&line);
	px_line_add(&line, text);
	px_line_end(&line);
	return line;
}

static int put(struct px_log_sink *sink, const char *text)
{
	struct px_line line = line_of(text);

	sink->n_out = 0;
	return px_log_sink_write(sink, &record, &line, "master");
}

static off_t size_of(const char *name)
{
	struct stat st;

	assert_int_equal(stat(name, &st), 0);
	return st.st_size;
}

static void test_file(void **state)
{
	static char missing[] = "no-such-folder/log";
	struct conf_log conf = { .target = CONF_LOG_FILE, .path = path, .format = CONF_LOG_JSON };
	struct px_log_sink sink;

	(void)state;
	assert_int_equal(px_log_sink_open(&sink, &conf), 0);
	assert_int_equal(sink.kind, PX_LOG_SINK_FILE);
	assert_int_equal(sink.format, CONF_LOG_JSON);
	assert_int_equal(put(&sink, "123"), 0);
	assert_int_equal(put(&sink, "456"), 0);
	assert_int_equal(size_of(path), 8);
	px_log_sink_close(&sink);
	conf.path = missing;
	assert_int_equal(px_log_sink_open(&sink, &conf), -1);
	assert_int_equal(errno, ENOENT);
}

/* The disk is full in the middle of a line: no part of it stays, and it comes again. */
static void test_full_disk(void **state)
{
	struct conf_log conf = { .target = CONF_LOG_FILE, .path = path };
	struct rlimit before, limit;
	struct px_log_sink sink;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	assert_int_equal(px_log_sink_open(&sink, &conf), 0);
	assert_int_equal(put(&sink, "123456789"), 0);
	limit = before;
	limit.rlim_cur = 15;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	assert_int_equal(put(&sink, "123456789"), ENOSPC);
	assert_int_equal(size_of(path), 10);
	assert_int_equal(sink.n_out, 0);
	assert_int_equal(put(&sink, "1234"), 0);
	assert_int_equal(put(&sink, "1"), EFBIG);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_int_equal(put(&sink, "1"), 0);
	assert_int_equal(size_of(path), 17);
	px_log_sink_close(&sink);
}

/* Always full. */
static void test_dev_full(void **state)
{
	static char full[] = "/dev/full";
	struct conf_log conf = { .target = CONF_LOG_FILE, .path = full };
	struct px_log_sink sink;

	(void)state;
	if (access(full, W_OK) != 0)
		skip();
	assert_int_equal(px_log_sink_open(&sink, &conf), 0);
	for (int i = 0; i < 3; i++)
		assert_int_equal(put(&sink, "line"), ENOSPC);
	px_log_sink_close(&sink);
}

static void test_pipe(void **state)
{
	struct px_log_sink sink = { .kind = PX_LOG_SINK_PIPE, .own = true };
	char text[65536];
	int fds[2], n = 0, r;

	(void)state;
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	assert_true(fcntl(fds[1], F_SETPIPE_SZ, 8192) > 0);
	sink.fd = fds[1];
	while ((r = put(&sink, "a line of some length")) == 0)
		n++;
	assert_int_equal(r, EAGAIN);
	assert_int_equal(sink.n_out, 0);
	assert_int_equal(read(fds[0], text, sizeof(text)), n * 22);
	assert_int_equal(put(&sink, "more"), 0);
	close(fds[0]);
	assert_int_equal(put(&sink, "nobody"), EPIPE);
	px_log_sink_close(&sink);
	assert_int_equal(sink.fd, -1);
}

/* A stream takes a part: the rest follows, when the same line comes again. */
static void test_stream(void **state)
{
	struct px_log_sink sink = { .kind = PX_LOG_SINK_SOCKET };
	static char text[1 << 20];
	char long_text[4000];
	struct px_line line;
	size_t len = 0;
	int fds[2], n = 0;
	ssize_t got;

	(void)state;
	memset(long_text, 'x', sizeof(long_text) - 1);
	long_text[sizeof(long_text) - 1] = '\0';
	line = line_of(long_text);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds), 0);
	sink.fd = fds[0];
	for (n = 0; n < 100; n++) {
		sink.n_out = 0;
		while (px_log_sink_write(&sink, &record, &line, "") != 0) {
			got = read(fds[1], text + len, 777);
			assert_true(got > 0);
			len += (size_t)got;
		}
	}
	while ((got = read(fds[1], text + len, sizeof(text) - len)) > 0)
		len += (size_t)got;
	assert_int_equal(len, 100 * line.len);
	for (n = 0; n < 100; n++)
		assert_memory_equal(text + (size_t)n * line.len, line.text, line.len);
	close(fds[0]);
	close(fds[1]);
}

static void test_kinds(void **state)
{
	struct conf_log conf = { .target = CONF_LOG_SYSLOG };
	struct px_log_sink sink;

	(void)state;
	assert_int_equal(px_log_sink_open(&sink, &conf), 0);
	assert_int_equal(sink.kind, PX_LOG_SINK_SYSLOG);
	assert_string_equal(sink.socket_path, "/dev/log");
	conf.target = CONF_LOG_JOURNAL;
	assert_int_equal(px_log_sink_open(&sink, &conf), 0);
	assert_int_equal(sink.kind, PX_LOG_SINK_JOURNAL);
	conf.target = CONF_LOG_STDERR;
	assert_int_equal(px_log_sink_open(&sink, &conf), 0);
	assert_int_equal(sink.fd, STDERR_FILENO);
	px_log_sink_close(&sink);
	assert_int_not_equal(fcntl(STDERR_FILENO, F_GETFD), -1);
	/* syslog(3): err, warning, info, debug */
	assert_int_equal(px_log_sink_priority(CONF_LOG_ERROR), 3);
	assert_int_equal(px_log_sink_priority(CONF_LOG_WARNING), 4);
	assert_int_equal(px_log_sink_priority(CONF_LOG_INFO), 6);
	assert_int_equal(px_log_sink_priority(CONF_LOG_DEBUG), 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_file, make_file, remove_file),
		cmocka_unit_test_setup_teardown(test_full_disk, make_file, remove_file),
		cmocka_unit_test(test_dev_full),
		cmocka_unit_test(test_pipe),
		cmocka_unit_test(test_stream),
		cmocka_unit_test(test_kinds),
	};

	return cmocka_run_group_tests_name("log_sink", tests, NULL, NULL);
}
