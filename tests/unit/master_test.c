/* master_test.c - the master with workers and a keeper that do as the configuration tells them: this program, called by
 * their names. Reloads that everybody takes, that somebody refuses, dies over, or has no memory for. */
#include "config.h" /* GNU extensions */

#include "unit.h"
#include "open_fds.h"

#include <signal.h>
#include <sys/wait.h>

#include "crew.h"
#include "daemon/ask.h"
#include "daemon/crew.h"
#include "daemon/deliver.h"
#include "tests/lib/alloc.h"

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
	for (int i = 0; i < PATIENCE && !px_children_is_empty(&master->children); i++)
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
	for (int i = 0; i < PATIENCE && n_workers(&running) > 2; i++)
		run_for(10);
	assert_int_equal(n_workers(&running), 2);
	assert_null(master->keeper);
	assert_true(reload("workers = 1;", ""));
	assert_non_null(master->keeper);
	for (int i = 0; i < PATIENCE && n_workers(&running) > 1; i++)
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
	for (int i = 0; i < PATIENCE && n_workers(&running) != 2; i++)
		run_for(10);
	assert_int_equal(n_workers(&running), 2);
	assert_false(reload("workers = 2;", "# worker 0 dies"));
	assert_non_null(strstr(outcome, "worker 0 has died over the new settings"));
	for (int i = 0; i < PATIENCE && (n_workers(&running) != 2 || running != 2); i++)
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
	for (int i = 0; i < PATIENCE && master->reload.stage != PX_RELOAD_PREPARING; i++)
		run_for(10);
	for (int i = 0; i < PATIENCE && px_crew_worker(master, 0)->waiting_for; i++)
		run_for(10);
	assert_int_equal(master->reload.stage, PX_RELOAD_PREPARING);
	/* The time is over. */
	event_active(&master->reload.limit, EV_TIMEOUT, 1);
	run_for(10);
	assert_int_equal(master->reload.stage, PX_RELOAD_NONE);
	assert_non_null(strstr(outcome, "worker 1 doesn't answer in time"));
	assert_true(reload("workers = 2;", ""));
	finish();
}

/* It is decided; one that doesn't say so is not waited for. */
static void test_silent_over_the_commit(void **state)
{
	int before;

	(void)state;
	begin("workers = 2;", "");
	before = n_outcomes;
	write_conf("workers = 2;", "# worker 1 takes it silently");
	px_master_reload(master, done, NULL);
	for (int i = 0; i < PATIENCE && master->reload.stage != PX_RELOAD_COMMITTING; i++)
		run_for(10);
	run_for(50);
	assert_int_equal(master->reload.stage, PX_RELOAD_COMMITTING);
	assert_int_equal(n_outcomes, before);
	event_active(&master->reload.limit, EV_TIMEOUT, 1);
	run_until(&n_outcomes, before + 1);
	assert_true(good);
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
	for (int i = 0; i < PATIENCE && master->reload.stage != PX_RELOAD_PREPARING; i++)
		run_for(10);
	px_children_start(worker);
	for (int i = 0; i < PATIENCE && worker->state != PX_CHILD_RUNNING; i++)
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
	for (int i = 0; i < PATIENCE && (master->children.n_restarts < 1 || master->keeper->state != PX_CHILD_RUNNING); i++)
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
		for (int i = 0; i < PATIENCE && (n_workers(&running) != 2 || running != 2 || open_fds() != fds); i++)
			run_for(10);
		assert_int_equal(n_workers(&running), 2);
		assert_int_equal(open_fds(), fds);
	}
	assert_true(n > 20 && n < 5000);
	print_message("# %ld allocations\n", n);
	assert_true(reload("workers = 2;", ""));
	finish();
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
		cmocka_unit_test(test_silent_over_the_commit),
		cmocka_unit_test(test_several_askers),
		cmocka_unit_test(test_ask),
		cmocka_unit_test(test_back_meanwhile),
		cmocka_unit_test(test_channel_to_a_dead_keeper),
		cmocka_unit_test(test_no_memory),
	};

	(void)argc;
	if (strncmp(argv[0], "quenchd: ", 9) == 0)
		return be_child(argv[0] + 9);
	return cmocka_run_group_tests(tests, crew_enter, case_leave);
}
