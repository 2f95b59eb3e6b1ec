/* prepare_test.c - what becomes of new settings: in force, cancelled, refused with a reason, out of memory. What is in
 * force stays, and nothing is left behind. */
#include "unit.h"
#include "open_fds.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/prepare.h"
#include "tests/lib/alloc.h"
#include "tests/lib/bundled.h"

static const char text[] = "user = \"\"; services = ( { name = \"one\"; listen = [ \"127.0.0.1:0\" ];\n"
			   "  certificates = ( { chain = \"a.pem\"; key = \"a.key\"; } );\n"
			   "  backends = ( \"127.0.0.1:80\" ); } );\n";

static struct bundled_pair pair;
static struct px_worker worker;
static struct px_prepare prepare;
static struct px_control *master; /* the other end */
static unsigned n_done, before_fds;
static struct px_control_head done;
static char reason[500];

static unsigned n_settings(void)
{
	const struct px_settings *settings;
	unsigned n = 0;

	TAILQ_FOREACH(settings, &worker.all_settings, link)
		n++;
	return n;
}

static void on_done(void *arg, struct px_control_msg *msg)
{
	(void)arg;
	assert_int_equal(msg->head.type, PX_CONTROL_DONE);
	done = msg->head;
	snprintf(reason, sizeof(reason), "%.*s", (int)msg->len, (const char *)msg->body);
	n_done++;
	event_base_loopbreak(worker.base);
}

static void on_msg(void *arg, struct px_control_msg *msg)
{
	(void)arg;
	switch (msg->head.type) {
	case PX_CONTROL_PREPARE:
		px_prepare_begin(&prepare, msg);
		break;
	case PX_CONTROL_LISTENERS:
		px_prepare_add(&prepare, msg);
		break;
	case PX_CONTROL_COMMIT:
		px_prepare_commit(&prepare, msg);
		break;
	case PX_CONTROL_CANCEL:
		px_prepare_cancel(&prepare, msg);
		break;
	}
}

static void on_eof(void *arg)
{
	(void)arg;
}

static int begin(void **state)
{
	int fds[2];

	(void)state;
	assert_int_equal(px_worker_init(&worker), 0);
	memset(&prepare, 0, sizeof(prepare));
	assert_int_equal(px_control_pair(fds), 0);
	assert_int_equal(px_control_open(&prepare.control, worker.base, fds[0], on_msg, on_eof, NULL), 0);
	assert_int_equal(px_control_open(&master, worker.base, fds[1], on_done, on_eof, NULL), 0);
	assert_int_equal(px_builder_start(&prepare.builder, worker.base, px_prepare_built, &prepare), 0);
	prepare.worker = &worker;
	n_done = 0;
	done.serial = 0;
	before_fds = open_fds();
	return 0;
}

static int end(void **state)
{
	(void)state;
	px_prepare_clear(&prepare);
	px_builder_stop(prepare.builder);
	prepare.builder = NULL;
	px_control_close(master);
	px_control_close(prepare.control);
	px_worker_clear(&worker);
	return 0;
}

static int begin_all(void **state)
{
	(void)state;
	bundled_pair_make(&pair, "example.test");
	return 0;
}

static int end_all(void **state)
{
	(void)state;
	bundled_pair_clear(&pair);
	return 0;
}

/* ---- The master's part ---------------------------------------------------------------------------- */

static void send_fds(uint32_t type, uint32_t serial, uint32_t flags, const void *body, size_t len, const int *fds,
    unsigned n)
{
	struct px_control_msg msg = { .head = { .type = type, .serial = serial, .flags = flags }, .body = body,
		.len = len, .n_fds = n };

	for (unsigned i = 0; i < n; i++)
		msg.fds[i] = fds[i];
	assert_int_equal(px_control_send(master, &msg), 0);
	for (unsigned i = 0; i < n; i++)
		close(fds[i]);
}

static void send_bundle(uint32_t serial, const char *what)
{
	const int fd = bundled_make(what, &pair);

	send_fds(PX_CONTROL_PREPARE, serial, 0, NULL, 0, &fd, 1);
}

static void send_listener(uint32_t serial, uint32_t service, uint32_t address)
{
	const struct px_control_listener what = { service, address };
	const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	assert_int_equal(listen(fd, 16), 0);
	send_fds(PX_CONTROL_LISTENERS, serial, PX_CONTROL_LAST, &what, sizeof(what), &fd, 1);
}

/* The status of the next DONE. */
static int answer(uint32_t serial)
{
	unsigned n = n_done;

	while (n_done == n)
		event_base_loop(worker.base, EVLOOP_ONCE);
	assert_int_equal(done.serial, serial);
	return done.status;
}

/* Until nothing more happens. */
static void settle(void)
{
	for (int i = 0; i < 5; i++) {
		usleep(2000);
		event_base_loop(worker.base, EVLOOP_NONBLOCK);
	}
}

/* The builder may be at something that nobody waits for: it ends, and leaves no descriptor. */
static void check_fds(unsigned expected)
{
	for (int i = 0; i < 5000 && open_fds() != expected; i++) {
		usleep(2000);
		event_base_loop(worker.base, EVLOOP_NONBLOCK);
	}
	assert_int_equal(open_fds(), expected);
}

static int commit(uint32_t serial)
{
	send_fds(PX_CONTROL_COMMIT, serial, 0, NULL, 0, NULL, 0);
	return answer(serial);
}

/* ---- Tests ---------------------------------------------------------------------------------------- */

static void test_in_force(void **state)
{
	const struct px_settings *first;

	(void)state;
	send_bundle(1, text);
	send_listener(1, 0, 0);
	assert_int_equal(answer(1), 0);
	assert_null(worker.settings);
	assert_int_equal(commit(1), 0);
	first = worker.settings;
	assert_non_null(first);
	assert_int_equal(first->n_listeners, 1);
	assert_int_equal(first->n_refs, 1);
	send_listener(2, 0, 0); /* of nothing: closed */
	send_bundle(3, text);
	send_listener(3, 0, 0);
	assert_int_equal(answer(3), 0);
	assert_ptr_equal(worker.settings, first);
	assert_int_equal(commit(3), 0);
	assert_ptr_not_equal(worker.settings, first);
	assert_int_equal(n_settings(), 1);
	check_fds(before_fds + 1);
	assert_int_equal(commit(3), -1);
	assert_string_equal(reason, "nothing is prepared");
}

static void test_no_listeners(void **state)
{
	(void)state;
	send_bundle(1, text);
	send_fds(PX_CONTROL_LISTENERS, 1, PX_CONTROL_LAST, NULL, 0, NULL, 0);
	assert_int_equal(answer(1), 0);
	assert_int_equal(commit(1), 0);
	assert_int_equal(worker.settings->n_listeners, 0);
	check_fds(before_fds);
}

static void refused(uint32_t serial, const char *why)
{
	assert_int_equal(answer(serial), -1);
	if (!strstr(reason, why))
		fail_msg("%s", reason);
	assert_int_equal(commit(serial), -1);
	settle();
	assert_int_equal(n_settings(), 0);
	check_fds(before_fds);
}

static void test_refused(void **state)
{
	const struct px_control_listener what = { 0, 0 };
	int fd;

	(void)state;
	send_bundle(1, "services = 3;");
	send_listener(1, 0, 0);
	refused(1, "t/main.conf:1: ");
	send_bundle(2, text);
	send_listener(2, 1, 0);
	refused(2, "a service that isn't there");
	send_bundle(3, text);
	send_listener(3, 0, 1);
	refused(3, "a service that isn't there");
	send_fds(PX_CONTROL_PREPARE, 4, 0, NULL, 0, NULL, 0);
	refused(4, "no bundle");
	send_bundle(5, text);
	send_fds(PX_CONTROL_LISTENERS, 5, PX_CONTROL_LAST, &what, sizeof(what), NULL, 0);
	refused(5, "without descriptors");
	send_bundle(6, text);
	fd = dup(0);
	send_fds(PX_CONTROL_LISTENERS, 6, PX_CONTROL_LAST, &what, sizeof(what) - 1, &fd, 1);
	refused(6, "without descriptors");
}

static void test_cancelled(void **state)
{
	(void)state;
	/* while it is built */
	send_bundle(1, text);
	send_listener(1, 0, 0);
	send_fds(PX_CONTROL_CANCEL, 1, 0, NULL, 0, NULL, 0);
	settle();
	assert_int_equal(n_done, 0);
	check_fds(before_fds);
	/* built, and the listeners still to come */
	send_bundle(2, text);
	settle();
	send_fds(PX_CONTROL_CANCEL, 2, 0, NULL, 0, NULL, 0);
	send_listener(2, 0, 0);
	settle();
	assert_int_equal(n_done, 0);
	/* prepared; and one that is of another serial */
	send_bundle(3, text);
	send_listener(3, 0, 0);
	assert_int_equal(answer(3), 0);
	send_fds(PX_CONTROL_CANCEL, 2, 0, NULL, 0, NULL, 0);
	settle();
	assert_int_equal(n_settings(), 1);
	send_fds(PX_CONTROL_CANCEL, 3, 0, NULL, 0, NULL, 0);
	settle();
	assert_int_equal(n_settings(), 0);
	check_fds(before_fds);
	assert_int_equal(commit(3), -1);
}

/* A master that changes its mind without a word. */
static void test_replaced(void **state)
{
	(void)state;
	for (uint32_t i = 1; i < 20; i++) {
		send_bundle(i, i % 3 ? text : "broken");
		send_listener(i, 0, 0);
		if (i % 4 == 0)
			settle();
	}
	while (done.serial != 19)
		event_base_loop(worker.base, EVLOOP_ONCE);
	assert_int_equal(done.status, 0);
	assert_int_equal(commit(19), 0);
	settle();
	assert_int_equal(n_settings(), 1);
	check_fds(before_fds + 1);
}

/* Each allocation fails in turn, and all that follow it: the reason is told, what is in force stays. */
static void test_no_memory(void **state)
{
	const struct px_settings *first;
	unsigned fds, n_failed = 0;
	uint32_t serial = 1;
	int status = -1;

	(void)state;
	send_bundle(serial, text);
	send_listener(serial, 0, 0);
	assert_int_equal(answer(serial), 0);
	assert_int_equal(commit(serial), 0);
	first = worker.settings;
	fds = open_fds();
	for (long n = 0; status != 0 || n_failed < 30; n++) {
		serial++;
		send_bundle(serial, text);
		send_listener(serial, 0, 0);
		alloc_fail_at(n);
		status = answer(serial);
		alloc_fail_at(-1);
		n_failed += status != 0;
		send_fds(PX_CONTROL_CANCEL, serial, 0, NULL, 0, NULL, 0);
		event_base_loop(worker.base, EVLOOP_NONBLOCK);
		assert_ptr_equal(worker.settings, first);
		assert_int_equal(n_settings(), 1);
		assert_true(n < 5000);
	}
	settle();
	check_fds(fds);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_in_force, begin, end),
		cmocka_unit_test_setup_teardown(test_no_listeners, begin, end),
		cmocka_unit_test_setup_teardown(test_refused, begin, end),
		cmocka_unit_test_setup_teardown(test_cancelled, begin, end),
		cmocka_unit_test_setup_teardown(test_replaced, begin, end),
		cmocka_unit_test_setup_teardown(test_no_memory, begin, end),
	};

	return cmocka_run_group_tests_name("prepare", tests, begin_all, end_all);
}
