/* children_test.c - this program is its own children: they are started, watched, and started again. */
#include "config.h" /* GNU extensions */

#include "unit.h"
#include "open_fds.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/clock.h"

static int fail_calloc;

static void *maybe_calloc(size_t n, size_t size)
{
	return fail_calloc ? NULL : calloc(n, size);
}

/* However long a child takes here, all deaths are of the same second. */
static uint64_t no_time(void)
{
	return 1000;
}

#define calloc maybe_calloc
#define px_clock_ms no_time
#include "daemon/children.c"
#undef px_clock_ms
#undef calloc

/* ---- A child: does as the flags of BOOT say ---- */

enum { ENDS = 1u << 8 };

static struct px_control *mine;
static struct event_base *my_base;

static void child_msg(void *arg, struct px_control_msg *msg)
{
	const struct px_control_boot *boot = msg->body;

	(void)arg;
	if (msg->head.type == PX_CONTROL_BOOT && (boot->flags & ENDS))
		_exit(3);
	if (msg->head.type == PX_CONTROL_BOOT)
		px_control_done(mine, boot->index, msg->n_fds == 1 ? "one descriptor" : "none");
	if (msg->head.type == PX_CONTROL_PING)
		px_control_tell(mine, PX_CONTROL_PONG, 0, NULL, 0);
	if (msg->head.type == PX_CONTROL_DRAIN)
		event_base_loopbreak(my_base);
	px_control_drop_fds(msg);
}

static void child_eof(void *arg)
{
	(void)arg;
	_exit(4);
}

static int be_child(void)
{
	my_base = event_base_new();
	if (px_control_open(&mine, my_base, PX_CONTROL_FD, child_msg, child_eof, NULL) != 0)
		return 5;
	event_base_dispatch(my_base);
	return 0;
}

/* ---- The master's side ---- */

static struct event_base *base;
static struct px_children set;
static struct event on_sigchld;
static unsigned n_up, n_down, n_done;
static char reason[64];

static void up(void *arg, struct px_child *child)
{
	assert_ptr_equal(arg, &set);
	assert_true(child->pid > 0 && child->control);
	n_up++;
}

static void down(void *arg, struct px_child *child)
{
	(void)arg;
	assert_int_equal(child->pid, 0);
	n_down++;
}

static void msg(void *arg, struct px_child *child, struct px_control_msg *m)
{
	(void)arg;
	(void)child;
	snprintf(reason, sizeof(reason), "%.*s", (int)m->len, (const char *)m->body);
	n_done++;
}

static unsigned one_fd(void *arg, int fds[8], const struct px_child *child)
{
	(void)arg;
	(void)child;
	fds[0] = STDERR_FILENO;
	return 1;
}

static void reap(evutil_socket_t number, short what, void *arg)
{
	(void)number;
	(void)what;
	(void)arg;
	px_children_reap(&set);
}

static int begin(void **state)
{
	(void)state;
	base = event_base_new();
	memset(&set, 0, sizeof(set));
	n_up = n_down = n_done = 0;
	set.program = px_spawn_program();
	set.up = up;
	set.down = down;
	set.msg = msg;
	set.boot_fds = one_fd;
	set.arg = &set;
	evsignal_assign(&on_sigchld, base, SIGCHLD, reap, NULL);
	event_add(&on_sigchld, NULL);
	return px_children_init(&set, base);
}

static int finish(void **state)
{
	(void)state;
	px_children_clear(&set);
	event_del(&on_sigchld);
	event_base_free(base);
	close(set.program);
	return 0;
}

static void run_until(const unsigned *counter, unsigned n)
{
	const struct timeval slice = { .tv_usec = 20000 };

	for (int i = 0; i < 6000 && *counter < n; i++) {
		event_base_loopexit(base, &slice);
		event_base_dispatch(base);
	}
	assert_true(*counter >= n);
}

static void test_life(void **state)
{
	struct px_child *keeper = px_children_add(&set, PX_CHILD_KEEPER);
	struct px_child *a = px_children_add(&set, PX_CHILD_WORKER), *b = px_children_add(&set, PX_CHILD_WORKER);

	(void)state;
	assert_string_equal(keeper->name, "keeper");
	assert_string_equal(a->name, "worker 0");
	assert_string_equal(b->name, "worker 1");
	px_children_start(keeper);
	px_children_start(a);
	px_children_start(b);
	run_until(&n_done, 3);
	assert_string_equal(reason, "one descriptor");
	assert_int_equal(n_up, 3);
	px_children_retire(a, 0);
	px_children_stop(b);
	run_until(&n_down, 2);
	assert_null(set.slots[1]);
	assert_null(set.slots[2]);
	/* The slot is free again, and only then. */
	assert_int_equal(px_children_add(&set, PX_CHILD_WORKER)->slot, 1);
	px_children_stop(set.slots[1]);
	assert_null(set.slots[1]);
	px_children_stop(keeper);
	run_until(&n_down, 3);
	assert_true(px_children_is_empty(&set));
	assert_int_equal(set.n_restarts, 0);
}

static void test_killed_and_back(void **state)
{
	struct px_child *worker = px_children_add(&set, PX_CHILD_WORKER);
	pid_t first;

	(void)state;
	px_children_start(worker);
	run_until(&n_done, 1);
	first = worker->pid;
	kill(first, SIGKILL);
	run_until(&n_done, 2);
	assert_int_equal(n_down, 1);
	assert_int_equal(worker->n_deaths, 1);
	assert_int_not_equal(worker->pid, first);
	assert_int_equal(set.n_restarts, 1);
}

static void test_one_that_ends_each_time(void **state)
{
	struct px_child *worker = px_children_add(&set, PX_CHILD_WORKER);

	(void)state;
	set.boot.flags = ENDS;
	px_children_start(worker);
	run_until(&n_down, 5);
	assert_int_equal(set.backoff.delay_ms, PX_BACKOFF_MIN_MS);
	assert_int_equal(worker->pid, 0);
	assert_int_equal(worker->state, PX_CHILD_AWAY);
	run_until(&n_up, 6);
}

/* Stopped, it doesn't answer; the watch is called by hand, the clock would take its time. */
static void test_stuck(void **state)
{
	struct px_child *worker = px_children_add(&set, PX_CHILD_WORKER);
	pid_t first;

	(void)state;
	px_children_start(worker);
	run_until(&n_done, 1);
	first = worker->pid;
	on_watch(-1, 0, &set);
	assert_int_equal(worker->n_unanswered, 1);
	for (int i = 0; i < 12000 && worker->n_unanswered; i++) {
		usleep(10000);
		event_base_loop(base, EVLOOP_NONBLOCK);
	}
	assert_int_equal(worker->n_unanswered, 0);
	kill(first, SIGSTOP);
	for (int i = 0; i <= PINGS_MAX; i++)
		on_watch(-1, 0, &set);
	run_until(&n_done, 2);
	assert_int_not_equal(worker->pid, first);
}

static void test_no_program(void **state)
{
	struct px_child *worker = px_children_add(&set, PX_CHILD_WORKER);

	(void)state;
	close(set.program);
	set.program = open("/dev/null", O_RDONLY | O_CLOEXEC);
	px_children_start(worker);
	run_until(&n_down, 1);
	assert_int_equal(n_done, 0);
}

static void test_no_memory_and_no_traces(void **state)
{
	struct px_child *worker;
	unsigned before;

	(void)state;
	fail_calloc = 1;
	assert_null(px_children_add(&set, PX_CHILD_WORKER));
	fail_calloc = 0;
	worker = px_children_add(&set, PX_CHILD_WORKER);
	before = open_fds();
	px_children_start(worker);
	for (unsigned i = 0; i < 3; i++) {
		run_until(&n_done, i + 1);
		px_children_kill(worker);
		run_until(&n_down, i + 1);
	}
	px_children_stop(worker);
	run_until(&n_down, 4);
	assert_int_equal(open_fds(), before);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_life, begin, finish),
		cmocka_unit_test_setup_teardown(test_killed_and_back, begin, finish),
		cmocka_unit_test_setup_teardown(test_one_that_ends_each_time, begin, finish),
		cmocka_unit_test_setup_teardown(test_stuck, begin, finish),
		cmocka_unit_test_setup_teardown(test_no_program, begin, finish),
		cmocka_unit_test_setup_teardown(test_no_memory_and_no_traces, begin, finish),
	};

	(void)argc;
	if (strncmp(argv[0], "quenchd: ", 9) == 0)
		return be_child();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
