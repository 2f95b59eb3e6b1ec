/* log_syslog_test.c - datagrams as syslog(3) sends them; a listener that is slow, gone, back again. */
#include "config.h" /* GNU extensions */

#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "daemon/log_format.h"
#include "daemon/log_sink.h"

static const char path[] = "log_syslog_test.socket";
static struct px_log_sink sink;
static int server;

static int listen_there(void)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };

	unlink(path);
	snprintf(sun.sun_path, sizeof(sun.sun_path), "%s", path);
	server = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	return bind(server, (struct sockaddr *)&sun, sizeof(sun));
}

static int start(void **state)
{
	(void)state;
	setenv("TZ", "UTC", 1);
	tzset();
	sink = (struct px_log_sink){ .kind = PX_LOG_SINK_SYSLOG, .fd = -1, .socket_path = path };
	return listen_there();
}

static int stop(void **state)
{
	(void)state;
	px_log_sink_close(&sink);
	close(server);
	unlink(path);
	return 0;
}

static int put(enum conf_log_level level, const char *text)
{
	struct px_log_record record;
	struct px_log_item item;
	struct px_line line;

	px_log_item_begin(&item, PX_LOG_MESSAGE, level);
	px_log_item_add_text(&item, PX_LOG_FIELD_TEXT, text);
	assert_true(px_log_record_read(&record, item.bytes, item.len));
	record.time_us = 1767323045678901u; /* 2026-01-02T03:04:05Z */
	px_log_format_line(&line, &record, sink.format);
	return px_log_sink_write(&sink, &record, &line, "master");
}

static void expect(const char *priority, const char *message)
{
	char text[5000], wanted[5000];
	ssize_t n = recv(server, text, sizeof(text) - 1, 0);

	assert_true(n > 0);
	text[n] = '\0';
	snprintf(wanted, sizeof(wanted), "<%s>Jan  2 03:04:05 quenchd[%ld]: %s", priority, (long)getpid(), message);
	assert_string_equal(text, wanted);
}

static void test_text(void **state)
{
	(void)state;
	assert_int_equal(put(CONF_LOG_ERROR, "it\nfailed"), 0);
	expect("27", "it\\x0afailed"); /* daemon.err */
	assert_int_equal(put(CONF_LOG_INFO, "fine"), 0);
	expect("30", "fine");
}

static void test_json(void **state)
{
	(void)state;
	sink.format = CONF_LOG_JSON;
	assert_int_equal(put(CONF_LOG_WARNING, "it \"is\""), 0);
	expect("28", "{\"time\":\"2026-01-02T03:04:05.678Z\",\"level\":\"warning\",\"message\":\"it \\\"is\\\"\"}");
}

static void test_slow_listener(void **state)
{
	int n = 0, r;

	(void)state;
	while ((r = put(CONF_LOG_INFO, "x")) == 0 && n < 100000)
		n++;
	assert_int_equal(r, EAGAIN);
	assert_true(n > 0);
	expect("30", "x");
	assert_int_equal(put(CONF_LOG_INFO, "y"), 0);
}

static void test_listener_gone_and_back(void **state)
{
	(void)state;
	assert_int_equal(put(CONF_LOG_INFO, "before"), 0);
	close(server);
	assert_int_equal(put(CONF_LOG_INFO, "nobody"), ECONNREFUSED);
	assert_int_equal(put(CONF_LOG_INFO, "nobody"), ECONNREFUSED);
	unlink(path);
	assert_int_equal(put(CONF_LOG_INFO, "nobody"), ENOENT);
	assert_int_equal(listen_there(), 0);
	assert_int_equal(put(CONF_LOG_INFO, "again"), 0);
	expect("30", "again");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_text, start, stop),
		cmocka_unit_test_setup_teardown(test_json, start, stop),
		cmocka_unit_test_setup_teardown(test_slow_listener, start, stop),
		cmocka_unit_test_setup_teardown(test_listener_gone_and_back, start, stop),
	};

	return cmocka_run_group_tests_name("log_syslog", tests, NULL, NULL);
}
