/* notify_test.c - what systemd gets to read, and nothing without it. */
#include "config.h" /* GNU extensions */

#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "daemon/notify.h"

static int manager;
static char text[1000];
static int got_fd;

static void receive(void)
{
	char control[CMSG_SPACE(sizeof(int))];
	struct iovec iov = { .iov_base = text, .iov_len = sizeof(text) - 1 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control,
		.msg_controllen = sizeof(control) };
	struct cmsghdr *c;
	ssize_t n;

	px_notify_flush(10000);
	n = recvmsg(manager, &msg, MSG_DONTWAIT);

	text[n > 0 ? n : 0] = '\0';
	got_fd = -1;
	for (c = CMSG_FIRSTHDR(&msg); n > 0 && c; c = CMSG_NXTHDR(&msg, c)) {
		if (c->cmsg_type == SCM_RIGHTS)
			memcpy(&got_fd, CMSG_DATA(c), sizeof(got_fd));
	}
}

static int begin(void **state)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	char name[64];

	(void)state;
	snprintf(name, sizeof(name), "@quench-notify-test-%d", (int)getpid());
	memcpy(sa.sun_path + 1, name + 1, strlen(name) - 1);
	manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	setenv("NOTIFY_SOCKET", name, 1);
	return bind(manager, (struct sockaddr *)&sa, (socklen_t)(sizeof(sa_family_t) + strlen(name)));
}

static int end(void **state)
{
	(void)state;
	unsetenv("NOTIFY_SOCKET");
	return close(manager);
}

static void messages(void **state)
{
	unsigned long long us;

	(void)state;
	assert_true(px_notify_stores());
	px_notify_ready();
	receive();
	assert_string_equal(text, "READY=1");
	px_notify_reloading();
	receive();
	assert_int_equal(sscanf(text, "RELOADING=1\nMONOTONIC_USEC=%llu", &us), 1);
	assert_true(us > 0);
	px_notify_status("%d connections", 3);
	receive();
	assert_string_equal(text, "STATUS=3 connections");
	px_notify_status("%s", "worker 1: no\nMAINPID=1\r\x1b[0m\x7f");
	receive();
	assert_string_equal(text, "STATUS=worker 1: no?MAINPID=1??[0m?");
	px_notify_stopping();
	receive();
	assert_string_equal(text, "STOPPING=1");
	px_notify_watchdog();
	receive();
	assert_string_equal(text, "WATCHDOG=1");
}

static void descriptors(void **state)
{
	(void)state;
	px_notify_store("quench-listen-1", manager);
	receive();
	assert_string_equal(text, "FDSTORE=1\nFDNAME=quench-listen-1");
	assert_true(got_fd >= 0);
	close(got_fd);
	px_notify_unstore("quench-listen-1");
	receive();
	assert_string_equal(text, "FDSTOREREMOVE=1\nFDNAME=quench-listen-1");
	assert_int_equal(got_fd, -1);
}

static void watchdog(void **state)
{
	char pid[16];

	(void)state;
	assert_int_equal(px_notify_watchdog_ms(), 0);
	snprintf(pid, sizeof(pid), "%d", (int)getpid());
	setenv("WATCHDOG_PID", pid, 1);
	setenv("WATCHDOG_USEC", "30000000", 1);
	assert_int_equal(px_notify_watchdog_ms(), 30000);
	unsetenv("WATCHDOG_PID");
	unsetenv("WATCHDOG_USEC");
}

static uint64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* Its queue is full, as of one that hangs: nothing here waits, and what waits is bounded. Order is kept. */
static void the_manager_hangs(void **state)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	const char *name = getenv("NOTIFY_SOCKET");
	int s = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	uint64_t start = now_ms();
	unsigned n = 0;

	(void)state;
	memcpy(sa.sun_path + 1, name + 1, strlen(name) - 1);
	assert_int_equal(connect(s, (struct sockaddr *)&sa, (socklen_t)(sizeof(sa_family_t) + strlen(name))), 0);
	while (send(s, "x", 1, 0) == 1)
		n++;
	close(s);
	for (int i = 0; i < 2000; i++) {
		px_notify_watchdog();
		px_notify_status("%d", i);
	}
	for (int i = 0; i < 2000; i++)
		px_notify_reloading();
	px_notify_store("quench-listen-1", manager);
	px_notify_ready();
	px_notify_flush(200);
	assert_in_range(now_ms() - start, 200, 60000);
	while (recv(manager, text, 1, 0) == 1 && n > 1)
		n--;
	/* the one that was being sent when it began to hang, then what is left of the rest */
	for (n = 0; n < 1000; n++) {
		memset(text, 0, sizeof(text));
		assert_true(recv(manager, text, sizeof(text) - 1, 0) > 0);
		if (strcmp(text, "READY=1") == 0)
			break;
	}
	assert_in_range(n, 3, 300);
	receive();
	assert_string_equal(text, "");
}

static void nobody_is_there(void **state)
{
	(void)state;
	unsetenv("NOTIFY_SOCKET");
	assert_false(px_notify_stores());
	px_notify_ready();
	px_notify_status("x");
	px_notify_store("quench-listen-1", 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(messages, begin, end),
		cmocka_unit_test_setup_teardown(descriptors, begin, end),
		cmocka_unit_test_setup_teardown(the_manager_hangs, begin, end),
		cmocka_unit_test(watchdog),
		cmocka_unit_test(nobody_is_there),
	};

	return cmocka_run_group_tests_name("notify", tests, NULL, NULL);
}
