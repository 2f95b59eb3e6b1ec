/* lend_test.c - whose sockets are with whom while workers are away. */
#include "config.h" /* GNU extensions */

#include "unit.h"

#include <signal.h>

#include "crew.h"
#include "daemon/crew.h"

/* It is dead, known to be, and not started again. */
static struct px_child *put_away(unsigned position)
{
	struct px_child *worker = px_crew_worker(master, position);

	kill(worker->pid, SIGKILL);
	while (worker->pid)
		px_children_reap(&master->children);
	event_del(&worker->timer);
	return worker;
}

static void wait_for(const struct px_child *worker, enum px_child_state state)
{
	for (int i = 0; i < PATIENCE && worker->state != state; i++)
		run_for(10);
	assert_int_equal(worker->state, state);
}

/* Worker n has the slot behind n. */
static void check_borrowed(unsigned worker, const char *expected)
{
	n_answers = 0;
	ask(worker + 1);
	run_until(&n_answers, 1);
	assert_string_equal(answer, expected);
}

#define TELL_IT "# worker 0 tells what it has borrowed\n# worker 1 tells what it has borrowed\n" \
		"# worker 2 tells what it has borrowed"

/* There are two addresses, so each worker has two sockets. */
static void test_to_the_others_and_back(void **state)
{
	struct px_child *a, *b;

	(void)state;
	begin("workers = 3;", TELL_IT);
	check_borrowed(2, "0 borrowed two ]");
	a = put_away(0);
	check_borrowed(1, "1 borrowed two ]");
	check_borrowed(2, "1 borrowed two ]");
	/* With what it had borrowed. */
	b = put_away(1);
	check_borrowed(2, "4 borrowed two ]");
	px_children_start(a);
	wait_for(a, PX_CHILD_RUNNING);
	check_borrowed(0, "1 borrowed two ]");
	check_borrowed(2, "1 borrowed two ]");
	px_children_start(b);
	wait_for(b, PX_CHILD_RUNNING);
	for (unsigned i = 0; i < 3; i++)
		check_borrowed(i, "0 borrowed two ]");
	assert_int_equal(master->n_lent, 0);
	finish();
}

/* The master looks after its children, so much later. */
static void look(struct px_child *child, unsigned ms)
{
	child->given_ms -= ms;
	event_active(&master->children.watch, EV_TIMEOUT, 1);
	run_for(200);
}

/* One that is there, answers, and never gets ready. */
static void test_of_one_that_starts(void **state)
{
	struct px_child *worker;
	pid_t pid;

	(void)state;
	begin("workers = 2;", TELL_IT "\n# worker 0 is silent from the second time on");
	worker = put_away(0);
	px_children_start(worker);
	run_for(100);
	assert_int_equal(worker->state, PX_CHILD_STARTING);
	check_borrowed(1, "2 borrowed two ]");
	/* It has a minute. */
	pid = worker->pid;
	look(worker, 58000);
	assert_int_equal(worker->pid, pid);
	look(worker, 2000);
	for (int i = 0; i < PATIENCE && worker->n_deaths < 2; i++)
		run_for(10);
	assert_int_equal(worker->n_deaths, 2);
	check_borrowed(1, "2 borrowed two ]");
	finish();
}

/* What is lent is that of the settings in force. A worker forgets what it has borrowed with a COMMIT. */
static void test_reloads(void **state)
{
	struct px_child *worker;

	(void)state;
	begin("workers = 2;", TELL_IT);
	worker = put_away(0);
	check_borrowed(1, "2 borrowed two ]");
	assert_true(reload("workers = 2;", TELL_IT));
	check_borrowed(1, "2 borrowed two ]");
	assert_false(reload("workers = 2;", TELL_IT "\n# worker 1 refuses"));
	check_borrowed(1, "2 borrowed two ]");
	assert_true(reload("workers = 3;", TELL_IT));
	check_borrowed(1, "1 borrowed two ]");
	check_borrowed(2, "1 borrowed two ]");
	px_children_start(worker);
	wait_for(worker, PX_CHILD_RUNNING);
	check_borrowed(1, "0 borrowed two ]");
	/* Its place goes, and so its sockets are others' for good. */
	put_away(2);
	assert_int_equal(master->n_lent, 2);
	assert_true(reload("workers = 2;", TELL_IT));
	check_borrowed(0, "0 borrowed two ]");
	check_borrowed(1, "0 borrowed two ]");
	assert_int_equal(master->n_lent, 0);
	finish();
}

/* Nobody is left, and then nobody listens. */
static void test_nobody_to_borrow(void **state)
{
	struct px_child *worker;

	(void)state;
	begin("workers = 1;", TELL_IT);
	worker = put_away(0);
	assert_int_equal(master->n_lent, 0);
	px_children_start(worker);
	wait_for(worker, PX_CHILD_RUNNING);
	check_borrowed(0, "0 borrowed two ]");
	px_master_drain(master);
	px_children_kill(worker);
	for (int i = 0; i < PATIENCE && !px_children_is_empty(&master->children); i++)
		run_for(10);
	assert_true(px_children_is_empty(&master->children));
	finish();
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_to_the_others_and_back),
		cmocka_unit_test(test_of_one_that_starts),
		cmocka_unit_test(test_reloads),
		cmocka_unit_test(test_nobody_to_borrow),
	};

	(void)argc;
	if (strncmp(argv[0], "quenchd: ", 9) == 0)
		return be_child(argv[0] + 9);
	return cmocka_run_group_tests(tests, crew_enter, case_leave);
}
