/* handed_test.c - sockets as systemd hands them over: descriptors from 3 on, their names in the environment. */
#include "config.h" /* GNU extensions */

#include "unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "daemon/handed.h"

static char dropped[200];

static void note_dropped(const char *name)
{
	strcat(strcat(dropped, name), " ");
}

static int listening(struct sockaddr_in *sa, bool listens)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	socklen_t len = sizeof(*sa);

	memset(sa, 0, sizeof(*sa));
	sa->sin_family = AF_INET;
	sa->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)sa, sizeof(*sa)), 0);
	if (listens)
		assert_int_equal(listen(fd, 1), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)sa, &len), 0);
	return fd;
}

/* In a process of its own, since it is about the descriptors from 3 on. */
static void hand_over(const int *fds, unsigned n, const char *names)
{
	char text[16];

	for (unsigned i = 0; i < n; i++)
		assert_int_equal(dup2(fds[i], 100 + (int)i), 100 + (int)i);
	for (unsigned i = 0; i < n; i++)
		assert_int_equal(dup2(100 + (int)i, 3 + (int)i), 3 + (int)i);
	for (unsigned i = 0; i < n; i++)
		close(100 + (int)i);
	snprintf(text, sizeof(text), "%d", (int)getpid());
	setenv("LISTEN_PID", text, 1);
	snprintf(text, sizeof(text), "%u", n);
	setenv("LISTEN_FDS", text, 1);
	setenv("LISTEN_FDNAMES", names, 1);
}

static bool same_socket(int a, int b)
{
	int one = 7, other = 0;
	socklen_t len = sizeof(other);

	setsockopt(a, SOL_SOCKET, SO_RCVLOWAT, &one, sizeof(one));
	getsockopt(b, SOL_SOCKET, SO_RCVLOWAT, &other, &len);
	return other == one;
}

static void nothing_is_handed_over(void **state)
{
	(void)state;
	unsetenv("LISTEN_PID");
	assert_int_equal(px_handed_init(), 0);
	assert_int_equal(px_handed_named("web", 0), -1);
	assert_int_equal(errno, 0);
	assert_int_equal(px_handed_seed(), -1);
	assert_null(px_handed_unused(0));
	assert_int_equal(px_handed_new_number(), 0);
	px_handed_settle(note_dropped);
	assert_int_equal(px_handed_new_number(), 1);
	px_handed_clear();
}

static void everything(void **state)
{
	struct sockaddr_in a, b, c, d, e;
	int fds[7] = { listening(&a, true), listening(&b, true), listening(&c, true), listening(&d, true),
		memfd_create("seed", 0), listening(&e, false), open("/dev/null", O_RDONLY) };
	unsigned number;
	int fd;

	(void)state;
	hand_over(fds, 7, "web:quench-listen-4:web:quench-listen-11:quench-seed:web:quench-listen-2");
	assert_int_equal(px_handed_init(), 7);
	assert_null(getenv("LISTEN_FDS"));

	/* by name: copies, as often as wanted, of those that listen */
	assert_string_equal(px_handed_unused(0), "web");
	fd = px_handed_named("web", 0);
	assert_true(fd > 9 && same_socket(fd, 3));
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	assert_true(fcntl(fd, F_GETFL) & O_NONBLOCK);
	close(fd);
	fd = px_handed_named("web", 1);
	assert_true(same_socket(fd, 5));
	close(fd);
	assert_int_equal(px_handed_named("web", 2), -1);
	assert_int_equal(errno, 0);
	assert_int_equal(px_handed_named("quench-listen-4", 0), -1);
	assert_string_equal(px_handed_unused(0), "web"); /* the one that doesn't listen */
	assert_null(px_handed_unused(1));

	/* by address: once */
	fd = px_handed_bound(&number, (struct sockaddr *)&d, sizeof(d), true);
	assert_int_equal(fd, 6);
	assert_int_equal(number, 11);
	assert_int_equal(px_handed_bound(&number, (struct sockaddr *)&d, sizeof(d), true), -1);
	assert_int_equal(px_handed_bound(&number, (struct sockaddr *)&a, sizeof(a), true), -1);
	close(fd);

	fd = px_handed_seed();
	assert_int_equal(fd, 7);
	assert_int_equal(px_handed_seed(), -1);
	close(fd);

	/* new names have new numbers, before and after the rest of the store has gone */
	assert_int_equal(px_handed_new_number(), 12);
	px_handed_settle(note_dropped);
	assert_int_equal(px_handed_new_number(), 13);
	assert_string_equal(dropped, "quench-listen-4 quench-listen-2 ");
	assert_int_equal(fcntl(4, F_GETFD), -1);
	assert_true(fcntl(3, F_GETFD) >= 0);
	px_handed_clear();
	assert_int_equal(fcntl(3, F_GETFD), -1);
}

static void six_and_both(void **state)
{
	struct sockaddr_in6 sa = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	int fd = socket(AF_INET6, SOCK_STREAM, 0), on = 1;
	socklen_t len = sizeof(sa);
	unsigned number;

	(void)state;
	assert_int_equal(setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on)), 0);
	if (bind(fd, (struct sockaddr *)&sa, sizeof(sa)) != 0) {
		close(fd);
		print_message("no IPv6 here\n");
		skip();
	}
	assert_int_equal(listen(fd, 1), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&sa, &len), 0);
	hand_over(&fd, 1, "quench-listen-0");
	assert_int_equal(px_handed_init(), 1);
	assert_int_equal(px_handed_bound(&number, (struct sockaddr *)&sa, sizeof(sa), true), -1);
	assert_int_equal(px_handed_bound(&number, (struct sockaddr *)&sa, sizeof(sa), false), 3);
	assert_int_equal(number, 0);
	close(3);
	px_handed_clear();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_handed_over),
		cmocka_unit_test(everything),
		cmocka_unit_test(six_and_both),
	};

	return cmocka_run_group_tests_name("handed", tests, NULL, NULL);
}
