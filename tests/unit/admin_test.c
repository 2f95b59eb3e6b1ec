/* admin_test.c - the admin socket: lines in, JSON out, in any pieces; clients that vanish, flood or don't read. */
#include "config.h" /* GNU extensions */

#include "unit.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static long fail_at = -1;

static void *maybe_calloc(size_t n, size_t size)
{
	return fail_at >= 0 && fail_at-- == 0 ? NULL : calloc(n, size);
}

static char logged[200];

static void note(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void note(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(logged, sizeof(logged), format, args);
	va_end(args);
}

#include "daemon/log.h"
#define px_log(level, ...) note(__VA_ARGS__)
#define calloc maybe_calloc
#include "daemon/admin.c"
#undef calloc

#include <sys/stat.h>
#include <sys/un.h>

static struct event_base *base;
static struct px_admin *admin;
static struct px_admin_call *later;
static char path[64], problem[PX_ADMIN_PROBLEM_LEN];

static void run_echo(void *owner, struct px_admin_call *call, const char *arg)
{
	(void)owner;
	px_admin_done(call, json_pack("{s:s}", "arg", arg));
}

static void run_later(void *owner, struct px_admin_call *call, const char *arg)
{
	(void)owner;
	(void)arg;
	later = call;
}

static void run_lines(void *owner, struct px_admin_call *call, const char *arg)
{
	(void)owner;
	for (int i = 0; i < atoi(arg); i++)
		px_admin_line(call, json_pack("{s:i}", "n", i));
	px_admin_text(call, "{\"as\":\"it is\"}", 14);
	px_admin_done(call, NULL);
}

static void run_fail(void *owner, struct px_admin_call *call, const char *arg)
{
	(void)owner;
	px_admin_fail(call, "no such thing as \"%s\"", arg);
}

static void run_hole(void *owner, struct px_admin_call *call, const char *arg)
{
	(void)owner;
	(void)arg;
	px_admin_line(call, NULL);
	px_admin_done(call, NULL);
}

static void run_flood(void *owner, struct px_admin_call *call, const char *arg)
{
	static char big[1 << 20];

	(void)owner;
	(void)arg;
	memset(big, ' ', sizeof(big));
	for (int i = 0; i < 40; i++)
		px_admin_text(call, big, sizeof(big));
	assert_true(px_admin_is_gone(call));
	px_admin_done(call, NULL);
}

static void run_much(void *owner, struct px_admin_call *call, const char *arg)
{
	static char big[1 << 20];

	(void)owner;
	memset(big, ' ', sizeof(big));
	for (int i = 0; i < atoi(arg); i++)
		px_admin_text(call, big, sizeof(big));
	px_admin_done(call, NULL);
}

static const struct px_admin_command commands[] = { { "much", run_much }, { "echo", run_echo }, { "later", run_later },
	{ "lines", run_lines }, { "fail", run_fail }, { "hole", run_hole }, { "flood", run_flood }, { NULL, NULL } };

static int begin(void **state)
{
	int fd;

	(void)state;
	later = NULL;
	snprintf(path, sizeof(path), "admin_test-%d.sock", (int)getpid());
	base = event_base_new();
	fd = px_admin_bind(problem, path, getegid());
	return fd >= 0 ? px_admin_open(&admin, base, fd, getegid(), commands, NULL) : -1;
}

static int end(void **state)
{
	(void)state;
	px_admin_close(admin);
	event_base_free(base);
	return unlink(path);
}

static int dial(void)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	strcpy(sa.sun_path, path);
	assert_int_equal(connect(fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
	return fd;
}

static void turn(void)
{
	for (int i = 0; i < 20; i++)
		event_base_loop(base, EVLOOP_NONBLOCK);
}

/* What has come so far; "closed" if that is the end of it. */
static const char *answer(int fd)
{
	static char text[65536];
	size_t len = 0;
	ssize_t n;

	turn();
	while ((n = recv(fd, text + len, sizeof(text) - 1 - len, MSG_DONTWAIT)) > 0) {
		len += (size_t)n;
		turn();
	}
	if (n == 0 && len == 0)
		return "closed";
	text[len] = '\0';
	return text;
}

static const char *ask(int fd, const char *text)
{
	assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
	return answer(fd);
}

static void commands_are_answered(void **state)
{
	int fd = dial();

	(void)state;
	assert_string_equal(ask(fd, "echo\n"), "{\"arg\":\"\",\"ok\":true}\n");
	assert_string_equal(ask(fd, "echo a b\r\n"), "{\"arg\":\"a b\",\"ok\":true}\n");
	assert_string_equal(ask(fd, "ec"), "");
	assert_string_equal(ask(fd, "ho x\necho y\n"), "{\"arg\":\"x\",\"ok\":true}\n{\"arg\":\"y\",\"ok\":true}\n");
	assert_string_equal(ask(fd, "lines 2\n"), "{\"n\":0}\n{\"n\":1}\n{\"as\":\"it is\"}\n{\"ok\":true}\n");
	assert_string_equal(ask(fd, "fail x\x01\xff\n"),
	    "{\"ok\":false,\"error\":\"no such thing as \\\"x\?\?\\\"\"}\n");
	assert_string_equal(ask(fd, "what\n"), "{\"ok\":false,\"error\":\"unknown command what\"}\n");
	assert_string_equal(ask(fd, "\n"), "{\"ok\":false,\"error\":\"unknown command \"}\n");
	assert_string_equal(ask(fd, "hole\n"), "{\"ok\":false,\"error\":\"out of memory\"}\n");
	close(fd);
	turn();
	assert_int_equal(admin->n_clients, 0);
}

static void answers_come_in_order_and_later(void **state)
{
	int fd = dial(), other = dial();

	(void)state;
	assert_string_equal(ask(fd, "later\necho 2\n"), "");
	assert_string_equal(ask(other, "echo 1\n"), "{\"arg\":\"1\",\"ok\":true}\n");
	assert_non_null(later);
	assert_false(px_admin_is_gone(later));
	px_admin_line(later, json_pack("{s:i}", "n", 1));
	px_admin_done(later, NULL);
	assert_string_equal(answer(fd), "{\"n\":1}\n{\"ok\":true}\n{\"arg\":\"2\",\"ok\":true}\n");
	close(fd);
	close(other);
}

static void clients_may_vanish(void **state)
{
	int fd = dial();

	(void)state;
	ask(fd, "later\n");
	close(fd);
	turn();
	assert_int_equal(admin->n_clients, 0);
	assert_true(px_admin_is_gone(later));
	px_admin_line(later, json_object());
	px_admin_text(later, "x", 1);
	px_admin_done(later, json_object());
	/* and we may: the call is ended behind it */
	fd = dial();
	ask(fd, "later\n");
	px_admin_close(admin);
	px_admin_fail(later, "too late");
	assert_int_equal(px_admin_open(&admin, base, px_admin_bind(problem, path, getegid()), getegid(), commands, NULL),
	    0);
	close(fd);
}

static void who_is_being_answered_stays(void **state)
{
	int fd = dial(), idle = dial();

	(void)state;
	assert_string_equal(ask(fd, "later\n"), "");
	px_admin_retire(admin);
	assert_string_equal(answer(idle), "closed");
	px_admin_done(later, NULL);
	assert_string_equal(answer(fd), "{\"ok\":true}\n");
	assert_string_equal(answer(fd), "closed");
	close(fd);
	close(idle);
	/* without anybody it goes at once; with one who leaves it goes then */
	assert_int_equal(px_admin_open(&admin, base, px_admin_bind(problem, path, getegid()), getegid(), commands, NULL),
	    0);
	px_admin_retire(admin);
	assert_int_equal(px_admin_open(&admin, base, px_admin_bind(problem, path, getegid()), getegid(), commands, NULL),
	    0);
	fd = dial();
	ask(fd, "later\n");
	px_admin_retire(admin);
	close(fd);
	turn();
	px_admin_done(later, NULL);
	px_admin_retire(NULL);
	assert_int_equal(px_admin_open(&admin, base, px_admin_bind(problem, path, getegid()), getegid(), commands, NULL),
	    0);
}

static bool is_this(void *owner, pid_t pid)
{
	(void)owner;
	return pid == getpid();
}

static bool is_other(void *owner, pid_t pid)
{
	(void)owner;
	return pid != getpid();
}

/* Of the same user as we are, and yet not to be heard. */
static void security_our_own_processes_may_not_ask(void **state)
{
	int fd;

	(void)state;
	px_admin_refuse(admin, is_this);
	fd = dial();
	send(fd, "echo 1\n", 7, MSG_NOSIGNAL);
	assert_string_equal(answer(fd), "{\"ok\":false,\"error\":\"not allowed\"}\n");
	close(fd);
	px_admin_refuse(admin, is_other);
	fd = dial();
	assert_string_equal(ask(fd, "echo 1\n"), "{\"arg\":\"1\",\"ok\":true}\n");
	close(fd);
}

static void long_lines_end_it(void **state)
{
	char text[LINE_MAX_LEN + 2];
	int fd = dial();

	(void)state;
	memset(text, 'x', sizeof(text));
	text[LINE_MAX_LEN] = '\n';
	text[LINE_MAX_LEN + 1] = '\0';
	assert_memory_equal(ask(fd, text), "{\"ok\":false", 11);
	text[LINE_MAX_LEN] = 'x';
	assert_string_equal(ask(fd, text), "closed");
	close(fd);
}

static void who_does_not_read_is_cut_off(void **state)
{
	int fd = dial(), other = dial();

	(void)state;
	send(fd, "flood\n", 6, MSG_NOSIGNAL);
	turn();
	assert_int_equal(admin->n_clients, 1);
	assert_string_equal(ask(other, "echo 1\n"), "{\"arg\":\"1\",\"ok\":true}\n");
	close(fd);
	close(other);
}

/* Asks for so many MiB, and reads nothing of it. */
static int ask_much(const char *command)
{
	int fd = dial();

	assert_int_equal(send(fd, command, strlen(command), MSG_NOSIGNAL), strlen(command));
	turn();
	return fd;
}

/* Each of them within its bound: of all together the one goes that has left most. */
static void who_reads_least_of_all_is_cut_off(void **state)
{
	int fds[3], fd;
	char who[64];

	(void)state;
	fds[0] = ask_much("much 24\n");
	fds[1] = ask_much("much 28\n");
	assert_int_equal(admin->n_clients, 2);
	logged[0] = '\0';
	fds[2] = ask_much("much 20\n");
	assert_int_equal(admin->n_clients, 2);
	snprintf(who, sizeof(who), "process %d of user %d leaves 2", (int)getpid(), (int)getuid());
	assert_memory_equal(logged, who, strlen(who));
	assert_non_null(strstr(logged, " MiB of answers on the admin socket unread: it is cut off"));
	fd = dial();
	assert_string_equal(ask(fd, "echo 1\n"), "{\"arg\":\"1\",\"ok\":true}\n");
	close(fd);
	for (unsigned i = 0; i < 3; i++)
		close(fds[i]);
}

/* The socket stays, its group is another. */
static void the_group_may_change(void **state)
{
	struct stat st;

	(void)state;
	if (geteuid() != 0)
		skip();
	assert_int_equal(px_admin_give(path, 12345), 0);
	px_admin_set_group(admin, 12345);
	assert_int_equal(admin->gid, 12345);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_gid, 12345);
	assert_int_equal(st.st_mode & 0777, 0660);
	assert_int_equal(px_admin_give("gone.sock", 12345), -1);
}

static void clients_are_bounded(void **state)
{
	int fds[CLIENTS_MAX + 5];

	(void)state;
	for (unsigned i = 0; i < CLIENTS_MAX + 5; i++) {
		fds[i] = dial();
		turn();
	}
	assert_int_equal(admin->n_clients, CLIENTS_MAX);
	for (unsigned i = 0; i < CLIENTS_MAX; i++)
		close(fds[i]);
	turn();
	assert_int_equal(admin->n_clients, 5);
	assert_string_equal(ask(fds[CLIENTS_MAX + 4], "echo 1\n"), "{\"arg\":\"1\",\"ok\":true}\n");
	for (unsigned i = CLIENTS_MAX; i < CLIENTS_MAX + 5; i++)
		close(fds[i]);
}

static void no_memory(void **state)
{
	struct px_admin *none;
	int fd;

	(void)state;
	fail_at = 0;
	assert_int_equal(px_admin_open(&none, base, -1, 0, commands, NULL), -1);
	fail_at = 0; /* a client */
	fd = dial();
	assert_string_equal(answer(fd), "closed");
	close(fd);
	fd = dial();
	turn();
	fail_at = 0; /* its call */
	assert_string_equal(ask(fd, "echo\n"), "closed");
	fail_at = -1;
	close(fd);
	assert_int_equal(admin->n_clients, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(commands_are_answered, begin, end),
		cmocka_unit_test_setup_teardown(answers_come_in_order_and_later, begin, end),
		cmocka_unit_test_setup_teardown(clients_may_vanish, begin, end),
		cmocka_unit_test_setup_teardown(who_is_being_answered_stays, begin, end),
		cmocka_unit_test_setup_teardown(security_our_own_processes_may_not_ask, begin, end),
		cmocka_unit_test_setup_teardown(long_lines_end_it, begin, end),
		cmocka_unit_test_setup_teardown(who_does_not_read_is_cut_off, begin, end),
		cmocka_unit_test_setup_teardown(who_reads_least_of_all_is_cut_off, begin, end),
		cmocka_unit_test_setup_teardown(the_group_may_change, begin, end),
		cmocka_unit_test_setup_teardown(clients_are_bounded, begin, end),
		cmocka_unit_test_setup_teardown(no_memory, begin, end),
	};

	return cmocka_run_group_tests_name("admin", tests, NULL, NULL);
}
