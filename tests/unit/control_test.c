/* control_test.c - messages and their descriptors between two ends; queues; peers that go or send nonsense. */
#include "config.h" /* GNU extensions */

#include "unit.h"
#include "open_fds.h"

#include <stdio.h>
#include <stdlib.h>

static int fail_calloc;

static void *maybe_calloc(size_t n, size_t size)
{
	return fail_calloc ? NULL : calloc(n, size);
}

#define calloc maybe_calloc
#include "daemon/control.c"
#undef calloc

struct side {
	struct px_control *control;
	unsigned n_msgs, n_eofs, n_fds, n_lost;
	struct px_control_head last;
	char body[64];
	size_t len;
	int fd; /* the last one received */
	uint32_t next_serial; /* they come in order */
	bool close_on_msg, close_on_eof, keep_none;
};

static struct event_base *base;
static struct side a, b;

static void got_msg(void *arg, struct px_control_msg *msg)
{
	struct side *side = arg;
	size_t n = msg->len < sizeof(side->body) ? msg->len : sizeof(side->body);

	assert_int_equal(msg->head.serial, side->next_serial++);
	side->n_msgs++;
	side->n_fds += msg->n_fds;
	side->n_lost += msg->lost_fds;
	side->last = msg->head;
	side->len = msg->len;
	memcpy(side->body, msg->body, n);
	if (msg->n_fds) {
		assert_int_equal(fcntl(msg->fds[0], F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
		side->fd = side->keep_none ? -1 : dup(msg->fds[0]);
	}
	px_control_drop_fds(msg);
	if (side->close_on_msg) {
		px_control_close(side->control);
		side->control = NULL;
	}
}

static void got_eof(void *arg)
{
	struct side *side = arg;

	side->n_eofs++;
	if (side->close_on_eof) {
		px_control_close(side->control);
		side->control = NULL;
	}
}

static void run(void)
{
	event_base_loop(base, EVLOOP_NONBLOCK);
}

static void begin_one(struct side *side, int fd)
{
	memset(side, 0, sizeof(*side));
	side->fd = -1;
	assert_int_equal(px_control_open(&side->control, base, fd, got_msg, got_eof, side), 0);
}

static int begin(void **state)
{
	int fds[2];

	(void)state;
	base = event_base_new();
	assert_int_equal(px_control_pair(fds), 0);
	begin_one(&a, fds[0]);
	begin_one(&b, fds[1]);
	return 0;
}

static int finish(void **state)
{
	(void)state;
	px_control_close(a.control);
	px_control_close(b.control);
	event_base_free(base);
	return 0;
}

static void test_there_and_back(void **state)
{
	(void)state;
	assert_int_equal(px_control_tell(a.control, PX_CONTROL_PING, 0, NULL, 0), 0);
	run();
	assert_int_equal(b.n_msgs, 1);
	assert_int_equal(b.last.type, PX_CONTROL_PING);
	assert_int_equal(b.len, 0);
	assert_int_equal(px_control_done(b.control, 0, "no listeners"), 0);
	assert_int_equal(px_control_done(b.control, 1, NULL), 0);
	run();
	run();
	assert_int_equal(a.n_msgs, 2);
	assert_int_equal(a.last.status, 0);
	assert_memory_equal(a.body, "no listeners", 12);
}

static void test_fds(void **state)
{
	struct px_control_msg msg = { .head = { .type = PX_CONTROL_LISTENERS, .flags = PX_CONTROL_LAST },
		.body = "x", .len = 1, .n_fds = PX_CONTROL_FDS_MAX };
	unsigned before = open_fds();
	char byte = 0;
	int fds[2];

	(void)state;
	assert_int_equal(pipe(fds), 0);
	for (unsigned i = 0; i < msg.n_fds; i++)
		msg.fds[i] = fds[1];
	assert_int_equal(px_control_send(a.control, &msg), 0);
	run();
	assert_int_equal(b.n_fds, PX_CONTROL_FDS_MAX);
	assert_int_equal(b.last.flags, PX_CONTROL_LAST);
	assert_int_equal(write(b.fd, "y", 1), 1);
	assert_int_equal(read(fds[0], &byte, 1), 1);
	assert_int_equal(byte, 'y');
	close(b.fd);
	close(fds[0]);
	close(fds[1]);
	assert_int_equal(open_fds(), before);
}

static void test_fds_refused(void **state)
{
	struct px_control_msg msg = { .head = { .type = PX_CONTROL_DONE }, .n_fds = 3 };
	unsigned before = open_fds();

	(void)state;
	for (unsigned i = 0; i < msg.n_fds; i++)
		msg.fds[i] = STDERR_FILENO;
	px_control_refuse_fds(b.control);
	assert_int_equal(px_control_send(a.control, &msg), 0);
	run();
	assert_int_equal(b.n_msgs, 1);
	assert_int_equal(b.n_fds, 0);
	assert_int_equal(open_fds(), before);
}

/* More than the socket takes: queued, in order, with descriptors that the sender has closed since. */
static void test_queue(void **state)
{
	static char body[PX_CONTROL_BODY_MAX];
	struct px_control_msg msg = { .head = { .type = PX_CONTROL_ANSWER }, .body = body, .len = sizeof(body) };
	unsigned n = 0, before = open_fds();
	int fds[2];

	(void)state;
	b.keep_none = true;
	for (; n < 40; n++) {
		assert_int_equal(pipe(fds), 0);
		msg.head.serial = n;
		msg.fds[0] = fds[1];
		msg.n_fds = 1;
		assert_int_equal(px_control_send(a.control, &msg), 0);
		close(fds[0]);
		close(fds[1]);
	}
	assert_true(a.control->queue_len > 0);
	for (int i = 0; i < 200 && b.n_msgs < n; i++)
		run();
	assert_int_equal(b.n_msgs, n);
	assert_int_equal(b.n_fds, n);
	assert_int_equal(a.control->queue_len, 0);
	assert_int_equal(open_fds(), before);
}

static void test_queue_is_bounded(void **state)
{
	static char body[PX_CONTROL_BODY_MAX];
	unsigned n = 0;

	(void)state;
	while (n < 1000 && px_control_tell(a.control, PX_CONTROL_ANSWER, n, body, sizeof(body)) == 0)
		n++;
	assert_true(n > PX_CONTROL_QUEUE_MAX / sizeof(body) / 2 && n < 200);
	assert_true(a.control->queue_len <= PX_CONTROL_QUEUE_MAX);
	for (int i = 0; i < 200 && b.n_msgs < n; i++)
		run();
	assert_int_equal(b.n_msgs, n);
}

static void test_too_long(void **state)
{
	static char body[PX_CONTROL_BODY_MAX + 1];
	struct px_control_msg msg = { .head = { .type = PX_CONTROL_PING }, .n_fds = PX_CONTROL_FDS_MAX + 1 };

	(void)state;
	assert_int_equal(px_control_tell(a.control, PX_CONTROL_PING, 0, body, sizeof(body)), -1);
	assert_int_equal(px_control_send(a.control, &msg), -1);
	run();
	assert_int_equal(b.n_msgs, 0);
}

static void test_eof(void **state)
{
	(void)state;
	assert_int_equal(px_control_tell(a.control, PX_CONTROL_PING, 0, NULL, 0), 0);
	px_control_close(a.control);
	a.control = NULL;
	run();
	run();
	assert_int_equal(b.n_msgs, 1);
	assert_int_equal(b.n_eofs, 1);
	run();
	assert_int_equal(b.n_eofs, 1);
	assert_int_equal(px_control_tell(b.control, PX_CONTROL_PONG, 0, NULL, 0), -1);
}

static void test_closed_in_callbacks(void **state)
{
	(void)state;
	b.close_on_msg = true;
	a.close_on_eof = true;
	for (uint32_t i = 0; i < 3; i++)
		assert_int_equal(px_control_tell(a.control, PX_CONTROL_PING, i, NULL, 0), 0);
	run();
	assert_int_equal(b.n_msgs, 1);
	assert_int_equal(b.n_eofs, 0);
	run();
	assert_int_equal(a.n_eofs, 1);
	assert_null(a.control);
}

static void send_raw(const void *bytes, size_t len)
{
	assert_int_equal(send(a.control->fd, bytes, len, 0), (ssize_t)len);
	run();
}

static void test_nonsense_ends_it(void **state)
{
	static unsigned char raw[sizeof(struct px_control_head) + PX_CONTROL_BODY_MAX + 1];
	static const uint32_t types[] = { 0, PX_CONTROL_END, 0xffffffff };

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		memcpy(raw, &types[i], sizeof(types[i]));
		send_raw(raw, sizeof(struct px_control_head));
		assert_int_equal(b.n_eofs, 1);
		finish(state);
		begin(state);
	}
	raw[0] = PX_CONTROL_PING;
	raw[1] = raw[2] = raw[3] = 0;
	send_raw(raw, sizeof(struct px_control_head) - 1);
	assert_int_equal(b.n_eofs, 1);
	finish(state);
	begin(state);
	send_raw(raw, sizeof(raw));
	assert_int_equal(b.n_eofs, 1);
	assert_int_equal(b.n_msgs, 0);
}

/* What was received is gone from memory, whoever looks at it later. */
static void test_security_received_bytes_are_wiped(void **state)
{
	(void)state;
	assert_int_equal(px_control_tell(a.control, PX_CONTROL_TICKETS, 0, "secret", 6), 0);
	run();
	assert_memory_equal(b.body, "secret", 6);
	assert_memory_equal(received.body, "\0\0\0\0\0\0", 6);
}

static void test_no_memory(void **state)
{
	static char body[PX_CONTROL_BODY_MAX];
	struct px_control *control;
	int fds[2], r = 0;

	(void)state;
	assert_int_equal(px_control_pair(fds), 0);
	fail_calloc = 1;
	assert_int_equal(px_control_open(&control, base, fds[0], got_msg, got_eof, NULL), -1);
	assert_null(control);
	assert_int_equal(fcntl(fds[0], F_GETFD), -1);
	close(fds[1]);
	for (uint32_t i = 0; i < 40 && r == 0; i++)
		r = px_control_tell(a.control, PX_CONTROL_ANSWER, i, body, sizeof(body));
	fail_calloc = 0;
	assert_int_equal(r, -1);
	assert_int_equal(a.control->queue_len, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_there_and_back, begin, finish),
		cmocka_unit_test_setup_teardown(test_fds, begin, finish),
		cmocka_unit_test_setup_teardown(test_fds_refused, begin, finish),
		cmocka_unit_test_setup_teardown(test_queue, begin, finish),
		cmocka_unit_test_setup_teardown(test_queue_is_bounded, begin, finish),
		cmocka_unit_test_setup_teardown(test_too_long, begin, finish),
		cmocka_unit_test_setup_teardown(test_eof, begin, finish),
		cmocka_unit_test_setup_teardown(test_closed_in_callbacks, begin, finish),
		cmocka_unit_test_setup_teardown(test_nonsense_ends_it, begin, finish),
		cmocka_unit_test_setup_teardown(test_security_received_bytes_are_wiped, begin, finish),
		cmocka_unit_test_setup_teardown(test_no_memory, begin, finish),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
