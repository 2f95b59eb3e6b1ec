/* rogue_child_test.c - the master and the keeper as they are, and a worker that was taken over: it says on its control socket
 * and to the keeper what no worker says. Neither of the two dies, the log names what was wrong, the other worker is
 * served, the next reload is taken, and nothing is left over. This program is its own children. */
#include "config.h" /* GNU extensions */

#include "unit.h"
#include "open_fds.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "conf_case.h"
#include "daemon/apart.h"
#include "daemon/crew.h"
#include "daemon/keeper.h"
#include "daemon/log.h"
#include "daemon/master.h"
#include "tests/lib/rogue_child.h"

#define N_SEEDS 40

static struct px_master *master;
static int good, n_outcomes, n_answers, n_heard;
static char outcome[PX_RELOAD_TEXT_LEN], answer[64];
static pid_t keeper, honest;
static unsigned fds;

/* ---- The master -------------------------------------------------------------------------------------- */

static void done(void *arg, bool is_good, const char *text)
{
	(void)arg;
	good = is_good;
	n_outcomes++;
	snprintf(outcome, sizeof(outcome), "%s", text);
}

static void answered(void *arg, const char *text, size_t len, bool last)
{
	(void)arg;
	snprintf(answer, sizeof(answer), "%.*s", text && len < sizeof(answer) ? (int)len : 0, text ? text : "");
	n_answers += last;
}

/* What the rogue answers at last, or doesn't. */
static void heard(void *arg, const char *text, size_t len, bool last)
{
	(void)arg;
	(void)text;
	(void)len;
	n_heard += last;
}

static void run_for(unsigned ms)
{
	const struct timeval slice = { .tv_usec = (suseconds_t)ms * 1000 };

	event_base_loopexit(master->base, &slice);
	event_base_dispatch(master->base);
}

static void run_until(const int *counter, int n)
{
	for (int i = 0; i < 24000 && *counter < n; i++)
		run_for(5);
	assert_true(*counter >= n);
}

static bool reload(void)
{
	int before = n_outcomes;

	px_master_reload(master, done, NULL);
	run_until(&n_outcomes, before + 1);
	return good;
}

static struct px_child *rogue(void)
{
	return px_crew_worker(master, 0);
}

/* The other worker, whether the keeper signs for it. */
static void ask_honest(void)
{
	int before = n_answers;

	px_master_ask_connections(master, 2, answered, NULL);
	run_until(&n_answers, before + 1);
}

static void provoke(void)
{
	px_master_ask_connections(master, 1, heard, NULL);
}

/* Until it has answered, or died. */
static void provoke_and_wait(void)
{
	int before = n_heard;

	provoke();
	run_until(&n_heard, before + 1);
}

static bool serves(const struct px_child *child)
{
	return child && child->state == PX_CHILD_RUNNING && child->control && !child->waiting_for;
}

static void wait_for_rogue(pid_t other_than)
{
	for (int i = 0; i < 24000 && (!serves(rogue()) || rogue()->pid == other_than); i++)
		run_for(5);
	assert_true(serves(rogue()) && rogue()->pid != other_than);
}

/* Everything is as it was before the rogue spoke, but for itself. */
static void check_well(void)
{
	wait_for_rogue(0);
	assert_int_equal(master->keeper->pid, keeper);
	assert_int_equal(px_crew_worker(master, 1)->pid, honest);
	ask_honest();
	assert_string_equal(answer, "signed");
	assert_true(reload());
	for (int i = 0; i < 24000 && open_fds() != fds; i++)
		run_for(5);
	assert_int_equal(open_fds(), fds);
}

/* Another process takes its place, which is to do this; none that follows does. */
static void become(const char *how)
{
	pid_t old = rogue()->pid;

	memset(&master->children.backoff, 0, sizeof(master->children.backoff));
	setenv("ROGUE", how, 1);
	px_children_kill(rogue());
	wait_for_rogue(old);
	setenv("ROGUE", "good", 1);
}

static size_t log_len(void)
{
	struct stat st;

	return stat("log", &st) == 0 ? (size_t)st.st_size : 0;
}

static bool log_has(size_t since, const char *words)
{
	static char text[1 << 20];
	FILE *f = fopen("log", "rb");
	size_t n;

	assert_non_null(f);
	assert_int_equal(fseek(f, (long)since, SEEK_SET), 0);
	n = fread(text, 1, sizeof(text) - 1, f);
	text[n] = '\0';
	fclose(f);
	return strstr(text, words) != NULL;
}

static void wait_log(size_t since, const char *words)
{
	for (int i = 0; i < 24000 && !log_has(since, words); i++)
		run_for(5);
	if (!log_has(since, words))
		fail_msg("the log doesn't say: %s", words);
}

/* It does it once; words: why it is killed, NULL: it isn't. */
static void play(const char *how, const char *words)
{
	size_t since;
	pid_t pid;

	become(how);
	pid = rogue()->pid;
	since = log_len();
	provoke_and_wait();
	if (words) {
		wait_log(since, words);
		wait_for_rogue(pid);
	} else {
		assert_int_equal(rogue()->pid, pid);
	}
	check_well();
}

/* ---- What is no message, and what nobody has to say ------------------------------------------------------ */

static void security_no_messages(void **state)
{
	char how[32], words[64];

	(void)state;
	play("short", "sends what is no message: it is too short; it is killed");
	play("long", "sends what is no message: it is too long; it is killed");
	play("type 0", "sends what is no message: there is no such type");
	snprintf(how, sizeof(how), "type %d", PX_CONTROL_END);
	play(how, "sends what is no message: there is no such type");
	play("type 4294967295", "sends what is no message: there is no such type");
	for (int type = PX_CONTROL_BOOT; type < PX_CONTROL_DONE; type++) {
		if (type == PX_CONTROL_CHANNEL)
			continue;
		snprintf(how, sizeof(how), "type %d", type);
		snprintf(words, sizeof(words), "sends what no child has to say, message %d; it is killed", type);
		play(how, words);
	}
}

static void security_unasked(void **state)
{
	static const int types[] = { PX_CONTROL_DONE, PX_CONTROL_ANSWER, PX_CONTROL_PONG, PX_CONTROL_CHANNEL };
	char how[32];

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		snprintf(how, sizeof(how), "type %d", types[i]);
		play(how, NULL);
		snprintf(how, sizeof(how), "flood %d", types[i]);
		play(how, "doesn't stop saying what nobody has asked for; it is killed");
	}
	play("descriptors", NULL);
}

/* A turn of the watch, which the others answer however busy the machine is. */
static void tick(void)
{
	event_active(&master->children.watch, EV_TIMEOUT, 1);
	do
		run_for(5);
	while (px_crew_worker(master, 1)->n_unanswered || master->keeper->n_unanswered);
}

/* One that hangs up and lives on is found by its silence; the watch is called by hand, the clock would take its time. */
static void security_gone(void **state)
{
	size_t since;
	pid_t pid;

	(void)state;
	become("gone");
	pid = rogue()->pid;
	since = log_len();
	provoke();
	for (int k = 0; k < 2000 && rogue()->control; k++)
		run_for(5);
	assert_null(rogue()->control);
	for (int k = 0; k < 10 && rogue()->pid == pid; k++)
		tick();
	wait_log(since, "hasn't answered for");
	wait_for_rogue(pid);
	check_well();
	/* the kernel tells an empty message as an end */
	become("empty");
	pid = rogue()->pid;
	provoke();
	wait_for_rogue(pid);
	check_well();
}

static void security_wild_messages(void **state)
{
	unsigned n_killed = 0;
	pid_t pid;

	(void)state;
	become("random");
	pid = rogue()->pid;
	for (unsigned i = 0; i < N_SEEDS; i++) {
		provoke_and_wait();
		tick();
		check_well();
	}
	assert_int_equal(rogue()->pid, pid);
	/* Some are not dead yet, on a busy machine, when we look. */
	for (unsigned i = 0; i < N_SEEDS || (n_killed <= N_SEEDS / 2 && i < 20 * N_SEEDS); i++) {
		become("random wild");
		pid = rogue()->pid;
		provoke_and_wait();
		run_for(20);
		n_killed += rogue()->pid != pid;
		check_well();
	}
	assert_true(n_killed > N_SEEDS / 2);
}

/* ---- Reloads --------------------------------------------------------------------------------------------- */

static void time_is_over(void)
{
	for (int i = 0; i < 24000 && master->reload.stage != PX_RELOAD_PREPARING; i++)
		run_for(5);
	while (px_crew_worker(master, 1)->waiting_for || master->keeper->waiting_for)
		run_for(5);
	event_active(&master->reload.limit, EV_TIMEOUT, 1);
}

/* Silence stops one reload, and another one, and then no more. */
static void security_silent(void **state)
{
	pid_t pid;

	(void)state;
	become("silent");
	pid = rogue()->pid;
	for (int i = 0; i < 2; i++) {
		int before = n_outcomes;

		assert_int_equal(rogue()->pid, pid);
		px_master_reload(master, done, NULL);
		time_is_over();
		run_until(&n_outcomes, before + 1);
		assert_false(good);
		assert_non_null(strstr(outcome, "worker 0 doesn't answer in time"));
	}
	wait_log(0, "has kept silent on new settings again; it is killed");
	wait_for_rogue(pid);
	check_well();
}

/* The reason is told, as far as it goes, and harms nobody who reads it. */
static void security_reasons(void **state)
{
	size_t since;

	(void)state;
	become("reasons");
	since = log_len();
	assert_false(reload());
	assert_non_null(strstr(outcome, "the settings stay as they were: worker 0: "));
	wait_log(since, "the reload has failed, the settings stay as they were: worker 0: ");
	become("good");
	check_well();
}

/* It has agreed, and then doesn't take them: the reload is through, and it is replaced by one that has them. */
static void security_takes_back(void **state)
{
	size_t since;
	pid_t pid;

	(void)state;
	become("takes back");
	pid = rogue()->pid;
	since = log_len();
	assert_true(reload());
	wait_log(since, "doesn't take what it has agreed to");
	wait_for_rogue(pid);
	assert_int_equal(rogue()->given, master->current->serial);
	check_well();
}

/* ---- The keeper -------------------------------------------------------------------------------------------- */

static void security_keeper(void **state)
{
	pid_t pid;

	(void)state;
	become("key random");
	for (unsigned i = 0; i < 4; i++)
		provoke_and_wait();
	check_well();
	become("key flood");
	pid = rogue()->pid;
	provoke();
	for (unsigned i = 0; i < 5; i++)
		check_well();
	provoke_and_wait();
	check_well();
	assert_int_equal(rogue()->pid, pid);
	play("key empty", NULL);
	play("channels", NULL);
}

/* ---- Leaving ------------------------------------------------------------------------------------------------ */

static int begin(void **state)
{
	static const char text[] = "user = \"\"; group = \"\"; workers = 2; admin: { socket = \"\"; };\n"
				   "log: { target = \"file:log\"; };\n"
				   "services = ( { name = \"w\"; listen = [ \"127.0.0.1:0\", \"127.0.0.2:0\" ];\n"
				   "certificates = ( { chain = \"c.pem\"; key = \"k.pem\"; } );\n"
				   "backends = ( \"127.0.0.1:80\" ); timeouts: { drain = 0.0; }; } );\n";

	if (case_enter(state) != 0)
		return -1;
	case_data("p256.crt.pem", "c.pem");
	case_data("p256.pkcs8.pem", "k.pem");
	case_put("q.conf", text);
	setenv("ROGUE", "good", 1);
	master = calloc(1, sizeof(*master));
	master->path = "q.conf";
	master->demo_fd = -1;
	if (px_master_init(master) != 0 || !reload() || !reload())
		return -1;
	wait_for_rogue(0);
	keeper = master->keeper->pid;
	honest = px_crew_worker(master, 1)->pid;
	fds = open_fds();
	return 0;
}

/* One that doesn't leave when it is told to keeps nobody from ending. */
static void security_stays(void **state)
{
	size_t since;

	(void)state;
	become("stays");
	since = log_len();
	px_master_drain(master);
	for (int i = 0; i < 24000 && master->children.slots[2]; i++)
		run_for(5);
	assert_non_null(master->children.slots[1]);
	assert_true(evtimer_pending(&master->children.slots[1]->timer, NULL));
	event_active(&master->children.slots[1]->timer, EV_TIMEOUT, 1);
	for (int i = 0; i < 24000 && !px_children_is_empty(&master->children); i++)
		run_for(5);
	assert_true(px_children_is_empty(&master->children));
	wait_log(since, "hasn't ended in time: it is killed");
}

static int end(void **state)
{
	px_log_close();
	px_master_clear(master);
	free(master);
	return case_leave(state);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(security_no_messages),
		cmocka_unit_test(security_unasked),
		cmocka_unit_test(security_gone),
		cmocka_unit_test(security_wild_messages),
		cmocka_unit_test(security_silent),
		cmocka_unit_test(security_reasons),
		cmocka_unit_test(security_takes_back),
		cmocka_unit_test(security_keeper),
		cmocka_unit_test(security_stays),
	};

	(void)argc;
	if (strcmp(argv[0], "quenchd: keeper") == 0)
		return px_keeper_main(PX_CONTROL_FD);
	if (strcmp(argv[0], "quenchd: loader") == 0)
		return px_apart_main(PX_CONTROL_FD);
	if (strcmp(argv[0], "quenchd: worker 0") == 0)
		return rogue_child_main();
	if (strncmp(argv[0], "quenchd: ", 9) == 0)
		return rogue_child_honest();
	return cmocka_run_group_tests(tests, begin, end);
}
