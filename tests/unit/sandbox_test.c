/* sandbox_test.c - a process behind px_sandbox_enter, as the kernel describes it. */
#include "config.h" /* GNU extensions */

#include "unit.h"

#include <fcntl.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "daemon/seccomp.h"
#include "tests/lib/inmate.h"

static int seccomp_says; /* 0: what it does */

static int maybe_seccomp(enum px_sandbox_role role)
{
	return seccomp_says ? seccomp_says : px_seccomp_restrict(role);
}

#define px_seccomp_restrict maybe_seccomp
#include "daemon/log_ring.h"
#include "daemon/sandbox.c"
#undef px_seccomp_restrict

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
	if (px_sandbox_close(c->role, true) != 0)
		return "not closed";
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

/* What the kernel has and couldn't give now is no reason to go on without it. */
static const char *no_descriptor(void *arg)
{
	const struct rlimit none = {0, 0};
	const struct px_drop nobody = {0};

	(void)arg;
	if (setrlimit(RLIMIT_NOFILE, &none) != 0)
		return "not prepared";
	return px_sandbox_enter(PX_SANDBOX_WORKER, &nobody) == 0 ? "without Landlock" : NULL;
}

static const char *no_list(void *arg)
{
	(void)arg;
	seccomp_says = ENOMEM;
	if (px_sandbox_close(PX_SANDBOX_KEEPER, false) == 0)
		return "without a list";
	seccomp_says = ENOSYS;
	return px_sandbox_close(PX_SANDBOX_KEEPER, false) == 0 ? NULL : "an old kernel";
}

static void security_not_without(void **state)
{
	(void)state;
	if (QUENCH_SANITIZED) {
		print_message("a build with sanitizers has neither\n");
		skip();
	}
	if (has_landlock())
		inmate_run(no_descriptor, NULL);
	inmate_run(no_list, NULL);
}

/* Who has a ring has no use for the master's descriptors; who hasn't says there what is wrong. */
static const char *standard_fds(void *arg)
{
	const struct px_drop nobody = {0};
	struct stat null, st;
	struct px_log_ring *ring;
	int fd, i;

	(void)arg;
	if (stat("/dev/null", &null) != 0 || px_log_ring_new(&ring, &fd) != 0 || dup2(fd, STDERR_FILENO) < 0)
		return "not prepared";
	leave_standard_fds();
	if (fstat(STDERR_FILENO, &st) != 0 || S_ISCHR(st.st_mode))
		return "given away without a ring";
	if (px_log_attach(fd, dup(fd)) != 0 || px_sandbox_enter(PX_SANDBOX_WORKER, &nobody) != 0)
		return "not entered";
	for (i = 0; i < 3; i++)
		if (fstat(i, &st) != 0 || st.st_rdev != null.st_rdev)
			return "the master's";
	return NULL;
}

static void security_standard_descriptors(void **state)
{
	(void)state;
	if (QUENCH_SANITIZED) {
		print_message("a sanitizer needs standard error\n");
		skip();
	}
	inmate_run(standard_fds, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_role),
	    cmocka_unit_test(as_another_user),
	    cmocka_unit_test(security_not_without),
	    cmocka_unit_test(security_standard_descriptors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
