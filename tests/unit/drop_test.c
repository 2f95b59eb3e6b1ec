/* drop_test.c - another user for a while: only the thread that asked for it. Needs root; what is for good is tried with
 * the whole daemon. */
#include "config.h" /* GNU extensions */

#include "unit.h"

#include <pthread.h>
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(others_stay_who_they_are),
		cmocka_unit_test(nobody_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
