/* privileges_test.c - what the master has given up, looked at from inside a process that did. */
#include "config.h" /* GNU extensions */

#include "unit.h"

#include <inttypes.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/privileges.h"

/* A number behind a name in /proc/self/status, or ~0. */
static uint64_t status_of(const char *name, int base)
{
	char line[256];
	uint64_t value = ~0ull;
	FILE *f = fopen("/proc/self/status", "r");

	while (f && fgets(line, sizeof(line), f)) {
		if (strncmp(line, name, strlen(name)) == 0)
			value = strtoumax(line + strlen(name), NULL, base);
	}
	if (f)
		fclose(f);
	return value;
}

/* In a process of its own: it is for good. The answer is its exit status. */
static int in_child(int (*func)(void))
{
	int status;
	pid_t pid = fork();

	if (pid == 0)
		_exit(func());
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static int look(void)
{
	const uint64_t never = 1ull << CAP_SYS_ADMIN | 1ull << CAP_DAC_OVERRIDE | 1ull << CAP_NET_ADMIN |
	    1ull << CAP_SYS_MODULE | 1ull << CAP_NET_RAW;
	struct rlimit limit;
	int failed = 0;

	if (px_privileges_limit() != 0)
		return 1;
	failed |= (status_of("NoNewPrivs:", 10) != 1) << 1;
	failed |= ((status_of("CapPrm:", 16) & never) != 0) << 2;
	failed |= ((status_of("CapEff:", 16) & never) != 0) << 3;
	failed |= (status_of("CapInh:", 16) != 0) << 4;
	/* Without the right to change it it stays, and nothing can be gained from it. */
	failed |= (geteuid() == 0 && (status_of("CapBnd:", 16) & never) != 0) << 5;
	failed |= (getrlimit(RLIMIT_CORE, &limit) != 0 || limit.rlim_max != 0) << 6;
	failed |= (!QUENCH_SANITIZED && prctl(PR_GET_DUMPABLE) != 0) << 7;
	return failed;
}

static int files(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return 1;
	limit.rlim_cur = limit.rlim_max / 2;
	if (setrlimit(RLIMIT_NOFILE, &limit) != 0 || px_privileges_limit() != 0)
		return 2;
	getrlimit(RLIMIT_NOFILE, &limit);
	return limit.rlim_cur == limit.rlim_max ? 0 : 3;
}

static int twice(void)
{
	return px_privileges_limit() != 0 || px_privileges_limit() != 0;
}

static void test_security_given_up(void **state)
{
	(void)state;
	assert_int_equal(in_child(look), 0);
}

static void test_as_many_files_as_there_are(void **state)
{
	(void)state;
	assert_int_equal(in_child(files), 0);
}

static void test_twice(void **state)
{
	(void)state;
	assert_int_equal(in_child(twice), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_security_given_up),
		cmocka_unit_test(test_as_many_files_as_there_are),
		cmocka_unit_test(test_twice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
