/* end_test.c - a plain end over sockets, with a reactor that reports edges only. TLS ends are
 * tested with real clients in tests/daemon and tests/wire. */
#include "unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/end.h"

struct fixture {
	struct event_base *base;
	struct px_end end;
	int peer;
	int n_wakes;
};

static void on_wake(evutil_socket_t fd, short what, void *arg)
{
	struct fixture *f = arg;

	(void)fd;
	px_end_ready(&f->end, what);
	f->n_wakes++;
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	int fds[2];

	assert_non_null(f);
	f->base = event_base_new();
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
	px_end_init(&f->end);
	assert_int_equal(px_end_open(&f->end, f->base, fds[0], on_wake, f), 0);
	f->peer = fds[1];
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	px_end_close(&f->end, false);
	if (f->peer >= 0)
		close(f->peer);
	event_base_free(f->base);
	free(f);
	return 0;
}

static int poll_events(struct fixture *f)
{
	f->n_wakes = 0;
	event_base_loop(f->base, EVLOOP_NONBLOCK);
	return f->n_wakes;
}

static ssize_t end_recv(struct fixture *f, void *buf, size_t len)
{
	return f->end.port.ops->recv(&f->end.port, buf, len);
}

static ssize_t end_send(struct fixture *f, const void *buf, size_t len)
{
	return f->end.port.ops->send(&f->end.port, buf, len);
}

static void test_reads_when_told(void **state)
{
	struct fixture *f = *state;
	char buf[16];

	assert_int_equal(write(f->peer, "hello", 5), 5);
	/* Nobody has told yet: no call is made. */
	assert_int_equal(end_recv(f, buf, sizeof(buf)), PX_AGAIN);
	assert_int_equal(poll_events(f), 1);
	assert_int_equal(end_recv(f, buf, sizeof(buf)), 5);
	assert_memory_equal(buf, "hello", 5);
	assert_int_equal(end_recv(f, buf, sizeof(buf)), PX_AGAIN);
	assert_false(f->end.readable);
	assert_int_equal(f->end.n_in, 5);
	/* An edge is told once. */
	assert_int_equal(poll_events(f), 0);
	assert_int_equal(write(f->peer, "x", 1), 1);
	assert_int_equal(poll_events(f), 1);
	assert_int_equal(end_recv(f, buf, sizeof(buf)), 1);
}

static void test_end_of_input(void **state)
{
	struct fixture *f = *state;
	char buf[16];

	assert_int_equal(write(f->peer, "x", 1), 1);
	shutdown(f->peer, SHUT_WR);
	poll_events(f);
	assert_int_equal(end_recv(f, buf, sizeof(buf)), 1);
	assert_false(f->end.eof);
	assert_int_equal(end_recv(f, buf, sizeof(buf)), 0);
	assert_true(f->end.eof);
	/* The other direction goes on. */
	assert_int_equal(end_send(f, "y", 1), 1);
	assert_int_equal(read(f->peer, buf, sizeof(buf)), 1);
}

static void test_full_and_room_again(void **state)
{
	static char much[1 << 20];
	struct fixture *f = *state;
	size_t n_sent = 0;
	ssize_t n;

	poll_events(f);
	assert_true(f->end.writable);
	while ((n = end_send(f, much, sizeof(much))) > 0)
		n_sent += (size_t)n;
	assert_int_equal(n, PX_AGAIN);
	assert_false(f->end.writable);
	assert_int_equal(f->end.n_out, n_sent);
	while (n_sent > 0) {
		n = read(f->peer, much, sizeof(much));
		assert_true(n > 0);
		n_sent -= (size_t)n;
	}
	assert_int_equal(end_send(f, much, 1), PX_AGAIN);
	assert_true(poll_events(f) >= 1);
	assert_int_equal(end_send(f, much, 1), 1);
}

static void test_shut_ends_sending_only(void **state)
{
	struct fixture *f = *state;
	char buf[16];

	assert_int_equal(f->end.port.ops->shut(&f->end.port), 0);
	assert_int_equal(read(f->peer, buf, sizeof(buf)), 0);
	assert_int_equal(write(f->peer, "still", 5), 5);
	poll_events(f);
	assert_int_equal(end_recv(f, buf, sizeof(buf)), 5);
	assert_int_equal(f->end.port.ops->flush(&f->end.port), 0);
}

/* A unix peer that has closed: what it said before is still there, and its end is clean. */
static void test_peer_has_closed(void **state)
{
	struct fixture *f = *state;
	char buf[16];

	poll_events(f);
	assert_int_equal(write(f->peer, "bye", 3), 3);
	close(f->peer);
	f->peer = -1;
	assert_int_equal(end_send(f, "x", 1), PX_FAILED);
	assert_int_equal(f->end.os_error, EPIPE);
	assert_true(px_end_was_reset(&f->end));
	poll_events(f);
	assert_int_equal(end_recv(f, buf, sizeof(buf)), 3);
	assert_int_equal(end_recv(f, buf, sizeof(buf)), 0);
}

/* A connected pair of TCP sockets in place of the fixture's. */
static void use_tcp(struct fixture *f)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t len = sizeof(in);
	int listener = socket(AF_INET, SOCK_STREAM, 0), fd = socket(AF_INET, SOCK_STREAM, 0);

	px_end_close(&f->end, false);
	close(f->peer);
	assert_int_equal(bind(listener, (struct sockaddr *)&in, len), 0);
	assert_int_equal(listen(listener, 1), 0);
	assert_int_equal(getsockname(listener, (struct sockaddr *)&in, &len), 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&in, len), 0);
	assert_int_equal(evutil_make_socket_nonblocking(fd), 0);
	f->peer = accept(listener, NULL, NULL);
	close(listener);
	assert_int_equal(px_end_open(&f->end, f->base, fd, on_wake, f), 0);
	poll_events(f);
}

/* A send meets the reset first; the receive after it must not take it for a clean end. */
static void test_reset_is_no_end(void **state)
{
	const struct linger at_once = { .l_onoff = 1 };
	struct fixture *f = *state;
	char buf[16];

	use_tcp(f);
	assert_int_equal(write(f->peer, "bye", 3), 3);
	setsockopt(f->peer, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	close(f->peer);
	f->peer = -1;
	assert_int_equal(end_send(f, "x", 1), PX_FAILED);
	assert_int_equal(f->end.os_error, ECONNRESET);
	poll_events(f);
	assert_int_equal(end_recv(f, buf, sizeof(buf)), 3);
	assert_int_equal(end_recv(f, buf, sizeof(buf)), PX_FAILED);
	assert_false(f->end.eof);
}

/* The peer ended properly, and only then refused what we send: a clean end. */
static void test_reset_after_the_end(void **state)
{
	struct fixture *f = *state;
	char buf[16];

	use_tcp(f);
	assert_int_equal(write(f->peer, "bye", 3), 3);
	close(f->peer);
	f->peer = -1;
	assert_int_equal(end_send(f, "x", 1), 1);
	usleep(20000);
	assert_int_equal(end_send(f, "x", 1), PX_FAILED);
	assert_int_equal(f->end.os_error, EPIPE);
	poll_events(f);
	assert_int_equal(end_recv(f, buf, sizeof(buf)), 3);
	assert_int_equal(end_recv(f, buf, sizeof(buf)), 0);
	assert_true(f->end.eof);
}

static void test_drain(void **state)
{
	static char much[100000];
	struct fixture *f = *state;
	bool over = true;

	assert_int_equal(write(f->peer, much, sizeof(much)), sizeof(much));
	poll_events(f);
	/* The limit may be passed by less than one buffer. */
	assert_in_range(px_end_drain(&f->end, &over, 50000), 50000, 54096);
	assert_false(over);
	assert_in_range(px_end_drain(&f->end, &over, 1000000), 45904, 50000);
	assert_false(over);
	shutdown(f->peer, SHUT_WR);
	poll_events(f);
	assert_int_equal(px_end_drain(&f->end, &over, 1), 0);
	assert_true(over);
}

static void test_close_is_final(void **state)
{
	struct fixture *f = *state;
	char buf[16];

	px_end_close(&f->end, true);
	assert_int_equal(f->end.fd, -1);
	assert_int_equal(read(f->peer, buf, sizeof(buf)), 0);
	px_end_close(&f->end, true);
	assert_int_equal(poll_events(f), 0);
}

/* The budget of an idle relay is 2 KiB with both ends and their session. */
static void test_size(void **state)
{
	(void)state;
	assert_true(sizeof(struct px_end) <= 256);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_reads_when_told, setup, teardown),
		cmocka_unit_test_setup_teardown(test_end_of_input, setup, teardown),
		cmocka_unit_test_setup_teardown(test_full_and_room_again, setup, teardown),
		cmocka_unit_test_setup_teardown(test_shut_ends_sending_only, setup, teardown),
		cmocka_unit_test_setup_teardown(test_peer_has_closed, setup, teardown),
		cmocka_unit_test_setup_teardown(test_reset_is_no_end, setup, teardown),
		cmocka_unit_test_setup_teardown(test_reset_after_the_end, setup, teardown),
		cmocka_unit_test_setup_teardown(test_drain, setup, teardown),
		cmocka_unit_test_setup_teardown(test_close_is_final, setup, teardown),
		cmocka_unit_test(test_size),
	};

	return cmocka_run_group_tests_name("end", tests, NULL, NULL);
}
