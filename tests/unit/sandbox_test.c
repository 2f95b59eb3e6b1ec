/* sandbox_test.c - a process behind px_sandbox_enter, as the kernel describes it. */
#include "config.h" /* GNU extensions */

#include "unit.h"

#include <fcntl.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "daemon/sandbox.h"
#include "tests/lib/inmate.h"

struct cell {
	enum px_sandbox_role role;
	struct px_drop drop;
	char status[8192]; /* /proc/self/status, and /proc/self/limits */
};

static bool has(const struct cell *c, const char *name, const char *value)
{
	const char *at = strstr(c->status, name);

	if (!at)
		return false;
	at += strlen(name);
	at += strspn(at, " \t");
	return strncmp(at, value, strlen(value)) == 0;
}

static bool has_landlock(void)
{
	return syscall(SYS_landlock_create_ruleset, NULL, (size_t)0, 1u) >= 1;
}

static const char *entered(void *arg)
{
	struct cell *c = arg;
	/* opened while they still may be */
	int fd = open("/proc/self/status", O_RDONLY), limits = open("/proc/self/limits", O_RDONLY);
	bool may_drop = prctl(PR_CAPBSET_READ, 0, 0, 0, 0) == 1 && geteuid() == 0;
	ssize_t n;

	if (fd < 0 || limits < 0)
		return "not prepared";
	if (px_sandbox_enter(c->role, &c->drop) != 0)
		return "refused";
	px_sandbox_close(c->role, true);
	n = read(fd, c->status, sizeof(c->status) / 2);
	if (n <= 0)
		return inmate_says("status", n);
	n += read(limits, c->status + n, sizeof(c->status) / 2 - 1);
	c->status[n] = '\0';
	if (!has(c, "\nMax core file size", "0                    0 "))
		return "core dumps";
	if (!has(c, "\nNoNewPrivs:", "1"))
		return "NoNewPrivs";
	if (!has(c, "\nCapEff:", "0000000000000000\n") || !has(c, "\nCapPrm:", "0000000000000000\n") ||
	    !has(c, "\nCapInh:", "0000000000000000\n") || !has(c, "\nCapAmb:", "0000000000000000\n"))
		return "capabilities";
	if (may_drop && !has(c, "\nCapBnd:", "0000000000000000\n"))
		return "bounding set";
	if (c->drop.user && (!has(c, "\nUid:", "65534\t65534\t65534\t65534\n") ||
				!has(c, "\nGid:", "65533\t65533\t65533\t65533\n") || !has(c, "\nGroups:", "65532 65533")))
		return "user";
	if (!QUENCH_SANITIZED && !has(c, "\nSeccomp:", "2"))
		return "seccomp";
	if (!QUENCH_SANITIZED && syscall(SYS_openat, AT_FDCWD, "/dev/null", O_RDONLY) >= 0)
		return "open";
	return NULL;
}

static void each_role(void **state)
{
	struct cell c = {.role = PX_SANDBOX_WORKER};

	(void)state;
	if (!has_landlock())
		print_message("# Landlock is missing here\n");
	inmate_run(entered, &c);
	c.role = PX_SANDBOX_KEEPER;
	inmate_run(entered, &c);
}

static void as_another_user(void **state)
{
	struct cell c = {.role = PX_SANDBOX_WORKER,
	    .drop = {.user = true, .group = true, .uid = 65534, .gid = 65533, .n_groups = 2, .groups = {65532, 65533}}};

	(void)state;
	if (geteuid() != 0) {
		print_message("needs root\n");
		skip();
	}
	inmate_run(entered, &c);
	c.role = PX_SANDBOX_KEEPER;
	inmate_run(entered, &c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_role),
	    cmocka_unit_test(as_another_user),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
