/* log_journal_test.c - the fields that the journal gets, seen from its end: a socket in its place, in a mount
 * namespace of our own; needs root. Without a journal the writer is told to wait. */
#include "config.h" /* GNU extensions */

#include "unit.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "daemon/log_sink.h"

static const char path[] = "/run/systemd/journal/socket";

static int listen_there(void)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	snprintf(sun.sun_path, sizeof(sun.sun_path), "%s", path);
	assert_int_equal(bind(fd, (struct sockaddr *)&sun, sizeof(sun)), 0);
	return fd;
}

/* A /run that only we see. */
static bool own_run(void)
{
	return unshare(CLONE_NEWNS) == 0 && mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
	    mount("none", "/run", "tmpfs", 0, NULL) == 0 && mkdir("/run/systemd", 0755) == 0 &&
	    mkdir("/run/systemd/journal", 0755) == 0;
}

static struct px_log_record connection(struct px_log_item *item)
{
	const struct px_conn_record conn = { .service = "web", .peer = "192.0.2.1:5", .sni = { "a\nPRIORITY=0", 12 },
		.version = "TLS1.3", .n_in = 7, .end = "client closed" };
	struct px_log_record record;

	px_log_item_connection(item, &conn);
	assert_true(px_log_record_read(&record, item->bytes, item->len));
	return record;
}

/* A datagram of NAME=value lines; the value of one, "" without. */
static const char *value_of(const char *name, const char *datagram)
{
	static char value[5000];
	size_t len = strlen(name);
	const char *p = datagram;

	while (p && !(strncmp(p, name, len) == 0 && p[len] == '=')) {
		p = strchr(p, '\n');
		p = p ? p + 1 : NULL;
	}
	snprintf(value, sizeof(value), "%.*s", p ? (int)strcspn(p + len + 1, "\n") : 0, p ? p + len + 1 : "");
	return value;
}

static void check_connection(int server, const struct px_log_record *record)
{
	char text[20000];
	ssize_t n;

	assert_int_equal(px_log_journal_write(record, "worker 3"), 0);
	n = recv(server, text, sizeof(text) - 1, 0);
	assert_true(n > 0);
	text[n] = '\0';
	assert_int_equal(strncmp(value_of("MESSAGE", text), "connection service=web peer=192.0.2.1:5 backend=- ", 50), 0);
	assert_int_equal(strlen(value_of("MESSAGE_ID", text)), 32);
	assert_string_equal(value_of("PRIORITY", text), "6");
	assert_string_equal(value_of("SYSLOG_IDENTIFIER", text), "quenchd");
	assert_string_equal(value_of("QUENCH_PROCESS", text), "worker 3");
	assert_string_equal(value_of("QUENCH_SERVICE", text), "web");
	assert_string_equal(value_of("QUENCH_SNI", text), "a\\x0aPRIORITY=0");
	assert_string_equal(value_of("QUENCH_VERSION", text), "TLS1.3");
	assert_string_equal(value_of("QUENCH_IN", text), "7");
	assert_string_equal(value_of("QUENCH_RESUMED", text), "false");
	assert_string_equal(value_of("QUENCH_END", text), "client closed");
	assert_int_equal(strspn(value_of("QUENCH_TIME", text), "0123456789-:.TZ"), 24);
	assert_null(strstr(text, "QUENCH_GROUP="));
	assert_null(strstr(text, "CODE_FILE="));
}

static void check_message(int server)
{
	struct px_log_record record;
	struct px_log_item item;
	char text[20000];
	ssize_t n;

	px_log_item_begin(&item, PX_LOG_MESSAGE, CONF_LOG_ERROR);
	px_log_item_add_text(&item, PX_LOG_FIELD_TEXT, "all is lost");
	assert_true(px_log_record_read(&record, item.bytes, item.len));
	record.n_repeats = 4;
	assert_int_equal(px_log_journal_write(&record, "master"), 0);
	n = recv(server, text, sizeof(text) - 1, 0);
	assert_true(n > 0);
	text[n] = '\0';
	assert_string_equal(value_of("MESSAGE", text), "all is lost (repeated 4 times)");
	assert_string_equal(value_of("PRIORITY", text), "3");
	assert_string_equal(value_of("QUENCH_REPEATED", text), "4");
	assert_null(strstr(text, "MESSAGE_ID="));
}

static void test_fields(void **state)
{
	struct px_log_record record;
	struct px_log_item item;
	int server;

	(void)state;
	if (!own_run())
		skip();
	record = connection(&item);
	assert_int_equal(px_log_journal_write(&record, "worker 3"), ENOENT);
	server = listen_there();
	check_connection(server, &record);
	check_message(server);
	close(server);
	assert_int_equal(px_log_journal_write(&record, "worker 3"), ECONNREFUSED);
	unlink(path);
	assert_int_equal(px_log_journal_write(&record, "worker 3"), ENOENT);
	server = listen_there();
	check_connection(server, &record);
	close(server);
}

static void test_is_stderr(void **state)
{
	struct stat st;
	char text[64];

	(void)state;
	assert_int_equal(fstat(STDERR_FILENO, &st), 0);
	unsetenv("JOURNAL_STREAM");
	assert_false(px_log_journal_is_stderr());
	setenv("JOURNAL_STREAM", "nonsense", 1);
	assert_false(px_log_journal_is_stderr());
	snprintf(text, sizeof(text), "%llu:%llu", (unsigned long long)st.st_dev, (unsigned long long)st.st_ino);
	setenv("JOURNAL_STREAM", text, 1);
	assert_true(px_log_journal_is_stderr());
	snprintf(text, sizeof(text), "%llu:%llu", (unsigned long long)st.st_dev, (unsigned long long)st.st_ino + 1);
	setenv("JOURNAL_STREAM", text, 1);
	assert_false(px_log_journal_is_stderr());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_is_stderr),
		cmocka_unit_test(test_fields),
	};

	return cmocka_run_group_tests_name("log_journal", tests, NULL, NULL);
}
