/* master_test.c - the master with workers and a keeper that do as the configuration tells them: this program, called by
 * their names. Reloads that everybody takes, that somebody refuses, dies over, or has no memory for. */
#include "config.h" /* GNU extensions */

#include "unit.h"
#include "open_fds.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "conf_case.h"
#include "daemon/ask.h"
#include "daemon/crew.h"
#include "daemon/deliver.h"
#include "daemon/log.h"
#include "daemon/master.h"
#include "daemon/reload.h"
#include "tests/lib/alloc.h"

/* ---- A child. Words in the bundle's main file say what it does ---- */

static struct px_control *mine;
static struct event_base *my_base;
static const char *my_name;
static struct px_bundle *bundle;
static uint32_t owed, committed; /* serials: of a DONE, of the last COMMIT */

static bool told(const char *what)
{
	struct px_bundle_entry e;
	char word[64];

	snprintf(word, sizeof(word), "# %s %s\n", my_name, what);
	return bundle && px_bundle_find(&e, bundle, PX_BUNDLE_FILE, "q.conf", 6) &&
	    memmem(e.bytes, e.len, word, strlen(word));
}

static void prepared(uint32_t serial)
{
	if (told("dies"))
		_exit(7);
	if (told("is silent"))
		return;
	owed = serial;
	if (told("waits to be asked"))
		return;
	px_control_done(mine, serial, told("refuses") ? "no, thanks" : NULL);
}

static void list(uint32_t serial)
{
	struct px_control_msg msg = { .head = { .type = PX_CONTROL_ANSWER, .serial = serial }, .body = "[ one,", .len = 6 };
	char text[32];

	if (told("dies when asked"))
		_exit(8);
	if (told("keeps silent"))
		return;
	if (told("waits to be asked"))
		px_control_done(mine, owed, NULL);
	if (told("tells its serial")) {
		msg.len = (size_t)snprintf(text, sizeof(text), "committed %u", committed);
		msg.body = text;
	}
	px_control_send(mine, &msg);
	msg.head.flags = PX_CONTROL_LAST;
	msg.body = " two ]";
	msg.len = 6;
	px_control_send(mine, &msg);
}

static void child_msg(void *arg, struct px_control_msg *msg)
{
	(void)arg;
	if (msg->head.type == PX_CONTROL_PREPARE) {
		px_bundle_close(bundle);
		px_bundle_open(&bundle, msg->fds[0]);
	}
	if (msg->head.type == PX_CONTROL_LISTENERS && (msg->head.flags & PX_CONTROL_LAST))
		prepared(msg->head.serial);
	if (msg->head.type == PX_CONTROL_COMMIT)
		committed = msg->head.serial;
	if (msg->head.type == PX_CONTROL_KEYS || msg->head.type == PX_CONTROL_COMMIT)
		px_control_done(mine, msg->head.serial, NULL);
	if (msg->head.type == PX_CONTROL_PING)
		px_control_tell(mine, PX_CONTROL_PONG, 0, NULL, 0);
	if (msg->head.type == PX_CONTROL_CONNECTIONS)
		list(msg->head.serial);
	if (msg->head.type == PX_CONTROL_DRAIN)
		event_base_loopbreak(my_base);
	px_control_drop_fds(msg);
}

static void child_eof(void *arg)
{
	(void)arg;
	_exit(4);
}

static int be_child(const char *name)
{
	my_name = name;
	my_base = event_base_new();
	if (px_control_open(&mine, my_base, PX_CONTROL_FD, child_msg, child_eof, NULL) != 0)
		return 5;
	event_base_dispatch(my_base);
	return 0;
}

/* ---- The master ---- */

static struct px_master *master;
static int good, n_outcomes;
static char outcome[PX_RELOAD_TEXT_LEN];

static void done(void *arg, bool is_good, const char *text)
{
	(void)arg;
	good = is_good;
	n_outcomes++;
	snprintf(outcome, sizeof(outcome), "%s", text);
}

static void write_conf(const char *top, const char *words)
{
	static char text[CASE_MAX_LEN];

	snprintf(text, sizeof(text),
	    "user = \"\"; group = \"\"; admin: { socket = \"\"; }; log: { target = \"stderr\"; level = \"error\"; };\n"
	    "%s\nservices = ( { name = \"w\"; listen = [ \"127.0.0.1:0\", \"127.0.0.2:0\" ];\n"
	    "certificates = ( { chain = \"c.pem\"; key = \"k.pem\"; } ); backends = ( \"127.0.0.1:80\" ); } );\n%s\n",
	    top, words);
	case_put("q.conf", text);
}

static void run_for(unsigned ms)
{
	const struct timeval slice = { .tv_usec = (suseconds_t)ms * 1000 };

	event_base_loopexit(master->base, &slice);
	event_base_dispatch(master->base);
}

static void run_until(const int *counter, int n)
{
	for (int i = 0; i < 1000 && *counter < n; i++)
		run_for(10);
	assert_int_equal(*counter, n);
}

static bool reload(const char *top, const char *words)
{
	int before = n_outcomes;

	write_conf(top, words);
	px_master_reload(master, done, NULL);
	run_until(&n_outcomes, before + 1);
	return good;
}

static void begin(const char *top, const char *words)
{
	master = calloc(1, sizeof(*master));
	master->path = "q.conf";
	master->demo_fd = -1;
	assert_int_equal(px_master_init(master), 0);
	reload(top, words);
}

static void finish(void)
{
	px_log_close();
	px_master_clear(master);
	free(master);
}

static unsigned n_workers(unsigned *n_running)
{
	static struct px_master_status status;

	px_master_status(&status, master);
	*n_running = 0;
	for (unsigned i = 0; i < status.n_workers; i++)
		*n_running += status.workers[i].state == PX_CHILD_RUNNING && status.workers[i].pid > 0;
	return status.n_workers;
}

static void test_start_and_drain(void **state)
{
	unsigned running;

	(void)state;
	begin("workers = 3;", "");
	assert_true(good);
	assert_string_equal(outcome, "started");
	assert_int_equal(n_workers(&running), 3);
	assert_int_equal(running, 3);
	assert_true(master->keeper && master->keeper->state == PX_CHILD_RUNNING);
	assert_int_equal(master->current->sockets->n, 2);
	px_master_drain(master);
	for (int i = 0; i < 500 && !px_children_is_empty(&master->children); i++)
		run_for(10);
	assert_true(px_children_is_empty(&master->children));
	assert_false(master->failed);
	/* Nothing more is taken on. */
	px_master_reload(master, done, NULL);
	assert_string_equal(outcome, "the daemon ends");
	finish();
}

static void test_start_refused(void **state)
{
	(void)state;
	begin("workers = 2;", "# worker 1 refuses");
	assert_false(good);
	assert_string_equal(outcome, "worker 1: no, thanks");
	assert_true(master->failed);
	assert_null(master->current);
	finish();
}

static void test_more_and_fewer(void **state)
{
	unsigned running, fds;

	(void)state;
	begin("workers = 1;", "");
	fds = open_fds();
	assert_true(reload("workers = 3;", ""));
	assert_int_equal(n_workers(&running), 3);
	assert_int_equal(running, 3);
	assert_true(reload("workers = 2; keeper = false;", ""));
	for (int i = 0; i < 200 && n_workers(&running) > 2; i++)
		run_for(10);
	assert_int_equal(n_workers(&running), 2);
	assert_null(master->keeper);
	assert_true(reload("workers = 1;", ""));
	assert_non_null(master->keeper);
	for (int i = 0; i < 200 && n_workers(&running) > 1; i++)
		run_for(10);
	assert_true(open_fds() >= fds);
	assert_int_equal(master->current->serial, 4);
	finish();
}

static void test_refused(void **state)
{
	const struct px_generation *before;
	unsigned fds;

	(void)state;
	begin("workers = 2;", "");
	before = master->current;
	fds = open_fds();
	for (int i = 0; i < 5; i++) {
		assert_false(reload("workers = 2;", "# worker 1 refuses"));
		assert_non_null(strstr(outcome, "the settings stay as they were: worker 1: no, thanks"));
		assert_ptr_equal(master->current, before);
		assert_int_equal(open_fds(), fds);
	}
	assert_true(reload("workers = 2;", ""));
	finish();
}

/* One that was to come is sent away again; one that was there comes back with what was in force. */
static void test_dies(void **state)
{
	unsigned running;

	(void)state;
	begin("workers = 2;", "");
	assert_false(reload("workers = 4;", "# worker 2 dies"));
	assert_non_null(strstr(outcome, "worker 2 has died over the new settings"));
	for (int i = 0; i < 200 && n_workers(&running) != 2; i++)
		run_for(10);
	assert_int_equal(n_workers(&running), 2);
	assert_false(reload("workers = 2;", "# worker 0 dies"));
	assert_non_null(strstr(outcome, "worker 0 has died over the new settings"));
	for (int i = 0; i < 200 && (n_workers(&running) != 2 || running != 2); i++)
		run_for(10);
	assert_int_equal(running, 2);
	assert_true(reload("workers = 2;", ""));
	assert_int_equal(master->children.n_restarts, 1);
	finish();
}

static void test_silent(void **state)
{
	(void)state;
	begin("workers = 2;", "");
	write_conf("workers = 2;", "# worker 1 is silent");
	px_master_reload(master, done, NULL);
	for (int i = 0; i < 500 && master->reload.stage != PX_RELOAD_PREPARING; i++)
		run_for(10);
	run_for(50);
	assert_int_equal(master->reload.stage, PX_RELOAD_PREPARING);
	/* The time is over. */
	event_active(&master->reload.limit, EV_TIMEOUT, 1);
	run_for(10);
	assert_int_equal(master->reload.stage, PX_RELOAD_NONE);
	assert_non_null(strstr(outcome, "worker 1 doesn't answer in time"));
	assert_true(reload("workers = 2;", ""));
	finish();
}

static void test_several_askers(void **state)
{
	int before;

	(void)state;
	begin("workers = 1;", "");
	before = n_outcomes;
	for (int i = 0; i < 5; i++)
		px_master_reload(master, done, NULL);
	run_until(&n_outcomes, before + 5);
	/* The first one, and one for the other four. */
	assert_int_equal(master->current->serial, 3);
	finish();
}

static char answer[64];
static int n_answers;

static void answered(void *arg, const char *text, size_t len, bool last)
{
	assert_ptr_equal(arg, &n_answers);
	snprintf(answer + strlen(answer), sizeof(answer) - strlen(answer), "%.*s",
	    text ? (int)len : 6, text ? text : "(none)");
	n_answers += last;
}

static void ask(unsigned slot)
{
	answer[0] = '\0';
	px_master_ask_connections(master, slot, answered, &n_answers);
}

static void test_ask(void **state)
{
	(void)state;
	n_answers = 0;
	begin("workers = 2;", "");
	ask(1);
	run_until(&n_answers, 1);
	assert_string_equal(answer, "[ one, two ]");
	ask(7);
	assert_int_equal(n_answers, 2);
	assert_string_equal(answer, "(none)");
	assert_true(reload("workers = 2;", "# worker 1 dies when asked"));
	ask(2);
	run_until(&n_answers, 3);
	assert_string_equal(answer, "(none)");
	/* It lives and says nothing: so does its answer, after a while. */
	assert_true(reload("workers = 2;", "# worker 0 keeps silent"));
	ask(1);
	run_for(100);
	assert_int_equal(n_answers, 3);
	event_active(&TAILQ_FIRST(&master->asks)->limit, EV_TIMEOUT, 1);
	run_for(10);
	assert_int_equal(n_answers, 4);
	assert_string_equal(answer, "(none)");
	assert_true(TAILQ_EMPTY(&master->asks));
	/* Nobody wants it any more. */
	ask(1);
	px_master_forget_asks(master, &n_answers);
	run_for(100);
	assert_int_equal(n_answers, 4);
	finish();
}

/* Back with the old settings while the others prepare the new ones: it gets those as well, and serves with them. */
static void test_back_meanwhile(void **state)
{
	struct px_child *worker;
	int before;

	(void)state;
	n_answers = 0;
	begin("workers = 2;", "");
	worker = px_crew_worker(master, 0);
	kill(worker->pid, SIGKILL);
	while (worker->pid)
		px_children_reap(&master->children);
	event_del(&worker->timer);
	write_conf("workers = 2;", "# worker 1 waits to be asked\n# worker 0 tells its serial");
	before = n_outcomes;
	px_master_reload(master, done, NULL);
	for (int i = 0; i < 500 && master->reload.stage != PX_RELOAD_PREPARING; i++)
		run_for(10);
	px_children_start(worker);
	for (int i = 0; i < 500 && worker->state != PX_CHILD_RUNNING; i++)
		run_for(10);
	assert_int_equal(worker->given, 1);
	assert_int_equal(master->reload.stage, PX_RELOAD_PREPARING);
	ask(2);
	run_until(&n_outcomes, before + 1);
	assert_true(good);
	ask(1);
	run_until(&n_answers, 2);
	assert_string_equal(answer, "committed 2 two ]");
	finish();
}

/* A keeper that has died, which nobody has noticed yet, takes no worker along that is to be led to it. */
static void test_channel_to_a_dead_keeper(void **state)
{
	siginfo_t info;

	(void)state;
	begin("workers = 1;", "");
	kill(master->keeper->pid, SIGKILL);
	assert_int_equal(waitid(P_PID, (id_t)master->keeper->pid, &info, WEXITED | WNOWAIT), 0);
	assert_int_equal(px_deliver_channel(px_crew_worker(master, 0), master->keeper), 0);
	for (int i = 0; i < 500 && (master->children.n_restarts < 1 || master->keeper->state != PX_CHILD_RUNNING); i++)
		run_for(10);
	assert_int_equal(master->keeper->state, PX_CHILD_RUNNING);
	assert_int_equal(master->children.n_restarts, 1);
	finish();
}

/* Each allocation of a reload fails in turn, with all behind it: nothing changes, nothing is left over, and the next
 * one is taken. */
static void test_no_memory(void **state)
{
	unsigned fds, running, n_good = 0, serial;
	long n = 0;

	(void)state;
	begin("workers = 2;", "");
	for (int i = 0; i < 3; i++)
		assert_true(reload("workers = 2;", ""));
	fds = open_fds();
	write_conf("workers = 3;", "");
	for (; n < 5000 && !n_good; n += n < 40 ? 1 : 7) {
		int before = n_outcomes;

		serial = master->current->serial;
		alloc_fail_at(n);
		px_master_reload(master, done, NULL);
		run_until(&n_outcomes, before + 1);
		n_good += !alloc_has_failed();
		alloc_fail_at(-1);
		if (good)
			break;
		assert_int_equal(master->current->serial, serial);
		for (int i = 0; i < 300 && (n_workers(&running) != 2 || running != 2 || open_fds() != fds); i++)
			run_for(10);
		assert_int_equal(n_workers(&running), 2);
		assert_int_equal(open_fds(), fds);
	}
	assert_true(n > 20 && n < 5000);
	print_message("# %ld allocations\n", n);
	assert_true(reload("workers = 2;", ""));
	finish();
}

static int make_folder(void **state)
{
	if (case_enter(state) != 0)
		return -1;
	case_data("p256.crt.pem", "c.pem");
	case_data("p256.pkcs8.pem", "k.pem");
	return 0;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_start_and_drain),
		cmocka_unit_test(test_start_refused),
		cmocka_unit_test(test_more_and_fewer),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_dies),
		cmocka_unit_test(test_silent),
		cmocka_unit_test(test_several_askers),
		cmocka_unit_test(test_ask),
		cmocka_unit_test(test_back_meanwhile),
		cmocka_unit_test(test_channel_to_a_dead_keeper),
		cmocka_unit_test(test_no_memory),
	};

	(void)argc;
	if (strncmp(argv[0], "quenchd: ", 9) == 0)
		return be_child(argv[0] + 9);
	return cmocka_run_group_tests(tests, make_folder, case_leave);
}
