/* drop_test.c - whom the configuration names; another user for a while: only the thread that asked for it; and for good.
 * Most of it needs root. */
#include "config.h" /* GNU extensions */

#include "unit.h"

#include <pthread.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/drop.h"

#define OTHER 12345
#define GROUP 23456

static pthread_barrier_t step;
static uid_t seen_uid;
static gid_t seen_gid;

static void *look(void *arg)
{
	pthread_barrier_wait(&step);
	pthread_barrier_wait(&step);
	seen_uid = geteuid();
	seen_gid = getegid();
	return arg;
}

static void others_stay_who_they_are(void **state)
{
	const struct px_drop drop = { .user = true, .group = true, .uid = OTHER, .gid = GROUP, .n_groups = 1,
		.groups = { GROUP } };
	gid_t groups[8];
	pthread_t thread;

	(void)state;
	if (geteuid() != 0)
		skip();
	assert_int_equal(pthread_barrier_init(&step, NULL, 2), 0);
	assert_int_equal(pthread_create(&thread, NULL, look, NULL), 0);
	pthread_barrier_wait(&step);
	assert_int_equal(px_drop_begin_as(&drop), 0);
	assert_int_equal(geteuid(), OTHER);
	assert_int_equal(getegid(), GROUP);
	assert_int_equal(getgroups(8, groups), 1);
	assert_int_equal(groups[0], GROUP);
	pthread_barrier_wait(&step);
	pthread_join(thread, NULL);
	assert_int_equal(seen_uid, 0);
	assert_int_not_equal(seen_gid, GROUP);
	assert_int_equal(px_drop_end_as(&drop), 0);
	assert_int_equal(geteuid(), 0);
	assert_int_equal(getegid(), getgid());
	pthread_barrier_destroy(&step);
}

static void nobody_else(void **state)
{
	const struct px_drop none = { .user = false };

	(void)state;
	assert_int_equal(px_drop_begin_as(&none), 0);
	assert_int_equal(geteuid(), getuid());
	assert_int_equal(px_drop_end_as(&none), 0);
}

static char nobody[] = "nobody", nothing[] = "", unknown[] = "no such user";

static int find(struct px_drop *drop, char *user, char *group)
{
	const struct conf conf = { .user = user, .group = group, .user_origin = { .file = "x.conf", .line = 3 },
		.group_origin = { .file = "x.conf", .line = 4 } };
	static char problem[PX_DROP_PROBLEM_LEN];
	int r = px_drop_find(drop, problem, &conf);

	if (r != 0)
		assert_non_null(strstr(problem, "x.conf:3: user: \"no such user\" does not exist here"));
	return r;
}

static void test_find(void **state)
{
	const struct passwd *pw = getpwnam("nobody");
	struct px_drop drop;

	(void)state;
	assert_int_equal(find(&drop, nothing, nothing), 0);
	assert_false(drop.user || drop.group);
	assert_true(px_drop_holds(&drop));
	if (geteuid() != 0 || !pw)
		skip();
	assert_int_equal(find(&drop, unknown, nothing), -1);
	assert_int_equal(find(&drop, nobody, nothing), 0);
	assert_true(drop.user && drop.group && drop.n_groups >= 1);
	assert_int_equal(drop.uid, pw->pw_uid);
	assert_int_equal(drop.gid, pw->pw_gid);
	assert_true(px_drop_holds(&drop));
	drop.n_groups = PX_DROP_GROUPS_MAX + 1;
	assert_false(px_drop_holds(&drop));
}

static int for_good(void)
{
	struct px_drop drop;

	if (find(&drop, nobody, nothing) != 0 || px_drop_privileges(&drop) != 0)
		return 1;
	if (getuid() != drop.uid || geteuid() != drop.uid || getegid() != drop.gid)
		return 2;
	return setuid(0) == 0 ? 3 : 0;
}

static int in_child(int (*func)(void))
{
	int status;
	pid_t pid = fork();

	if (pid == 0)
		_exit(func());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void test_for_good(void **state)
{
	(void)state;
	if (geteuid() != 0 || !getpwnam("nobody"))
		skip();
	assert_int_equal(in_child(for_good), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(others_stay_who_they_are),
		cmocka_unit_test(nobody_else),
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_for_good),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
