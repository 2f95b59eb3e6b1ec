/* sandbox.c - see sandbox.h. */

#include "config.h" /* GNU extensions */

#include "daemon/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "daemon/landlock.h"
#include "daemon/log.h"
#include "daemon/seccomp.h"

#define MISSING_LEN 256
#define SANITIZED "a build with sanitizers"

static int failed(const char *what)
{
	px_log(CONF_LOG_ERROR, "sandbox: %s: %s", what, strerror(errno));
	return -1;
}

/* ---- Being looked into ------------------------------------------------------------------------------ */

/* Also nobody else of the same user may trace us, or read our memory: a worker that is taken over. */
static int stay_private(void)
{
	const struct rlimit none = { 0, 0 };

	if (setrlimit(RLIMIT_CORE, &none) != 0)
		return failed("no core dumps");
	if (!QUENCH_SANITIZED && prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
		return failed("not dumpable");
	return 0;
}

/* ---- Capabilities ------------------------------------------------------------------------------------- */

/* Needs CAP_SETPCAP; who doesn't have it has no way to others either, once no_new_privs is set. */
static void drop_bounding(void)
{
	for (unsigned long cap = 0; prctl(PR_CAPBSET_READ, cap, 0, 0, 0) >= 0; cap++)
		prctl(PR_CAPBSET_DROP, cap, 0, 0, 0);
}

/* Who has none need not ask: the call itself may be denied to us. What could be inherited by a program is nothing, as
 * no_new_privs holds. */
static int clear_capabilities(void)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct now[_LINUX_CAPABILITY_U32S_3], none[_LINUX_CAPABILITY_U32S_3];

	memset(now, 0, sizeof(now));
	memset(none, 0, sizeof(none));
	if (syscall(SYS_capset, &head, none) == 0)
		return 0;
	if (syscall(SYS_capget, &head, now) != 0)
		return -1;
	for (unsigned i = 0; i < _LINUX_CAPABILITY_U32S_3; i++)
		now[i].inheritable = 0;
	errno = EPERM;
	return memcmp(now, none, sizeof(now)) == 0 ? 0 : -1;
}

static int drop_capabilities(void)
{
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0 && errno != EINVAL)
		return failed("no ambient capabilities");
	if (clear_capabilities() != 0)
		return failed("no capabilities");
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return failed("no new privileges");
	return 0;
}

/* ---- Files and system calls ----------------------------------------------------------------------------- */

static int landlock_error;

static void note(char missing[MISSING_LEN], const char *what, int error)
{
	size_t len = strlen(missing);

	if (QUENCH_SANITIZED || error)
		snprintf(missing + len, MISSING_LEN - len, "%s%s (%s)", len ? ", " : "", what,
		    QUENCH_SANITIZED ? SANITIZED : strerror(error));
}

/* It isn't there, is turned off, or a container keeps it away: the next try would be no better. */
static bool is_lacking(int error)
{
	return error == ENOSYS || error == EOPNOTSUPP || error == EPERM || error == EINVAL || error == E2BIG;
}

static int refuse(const char *what, int error)
{
	if (error == 0 || is_lacking(error))
		return 0;
	errno = error;
	return failed(what);
}

/* They are the master's: a terminal, a file whose place is shared, the journal under its name. */
static void leave_standard_fds(void)
{
	int fd = QUENCH_SANITIZED || !px_log_is_attached() ? -1 : open("/dev/null", O_RDWR | O_CLOEXEC);

	if (fd < 0)
		return;
	for (int i = STDIN_FILENO; i <= STDERR_FILENO; i++)
		dup2(fd, i);
	close(fd);
}

int px_sandbox_enter(enum px_sandbox_role role, const struct px_drop *drop)
{
	/* Times are UTC; what the C library wants to know of the zone it reads now or never. */
	tzset();
	drop_bounding();
	if (px_drop_privileges(drop) != 0 || drop_capabilities() != 0)
		return -1;
	/* Behind the change of the user, which would undo it. */
	if (stay_private() != 0)
		return -1;
	leave_standard_fds();
	landlock_error = QUENCH_SANITIZED ? 0 : px_landlock_restrict(role);
	return refuse("Landlock", landlock_error);
}

int px_sandbox_close(enum px_sandbox_role role, bool tell)
{
	char missing[MISSING_LEN] = "";
	int error = QUENCH_SANITIZED ? 0 : px_seccomp_restrict(role);

	note(missing, "Landlock", landlock_error);
	note(missing, "seccomp", error);
	if (tell && missing[0])
		px_log(CONF_LOG_WARNING, "the sandbox is without %s", missing);
	return refuse("seccomp", error);
}
