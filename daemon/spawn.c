/* spawn.c - see spawn.h. Between fork and exec only what signal-safety(7) allows: the parent has threads. */

#include "config.h" /* GNU extensions */

#include "daemon/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "daemon/control.h"

#define CLOSE_ON_EXEC 4u /* of close_range(2), Linux 5.11 */

int px_spawn_program(void)
{
	int fd = open("/proc/self/exe", O_PATH | O_CLOEXEC), high;

	if (fd < 0)
		return -1;
	high = fcntl(fd, F_DUPFD_CLOEXEC, PX_CONTROL_FD + 1);
	close(fd);
	return high;
}

/* They are the master's to hear, whoever sends them to all of us: a terminal, pkill, systemd. */
static void ignore_signals(void)
{
	static const int numbers[] = { SIGHUP, SIGINT, SIGTERM, SIGUSR1, SIGUSR2, SIGPIPE, SIGXFSZ };

	for (unsigned i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		signal(numbers[i], SIG_IGN);
	signal(SIGCHLD, SIG_DFL);
}

/* Ours are closed on exec anyway; others may have been there before us. */
static void take_fds(int control_fd)
{
	if (control_fd == PX_CONTROL_FD)
		fcntl(control_fd, F_SETFD, 0);
	else
		dup2(control_fd, PX_CONTROL_FD);
	syscall(SYS_close_range, PX_CONTROL_FD + 1u, UINT32_MAX, CLOSE_ON_EXEC);
}

static void __attribute__((noreturn)) become(int program, const char *argv0, int control_fd, pid_t parent)
{
	char *const argv[] = { (char *)argv0, NULL };
	sigset_t none;

	ignore_signals();
	take_fds(control_fd);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* The port below 1024 is the master's: who isn't root has no capability behind the exec. */
	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	/* It may have died before we asked to be told. */
	if (getppid() == parent)
		syscall(SYS_execveat, program, "", argv, environ, AT_EMPTY_PATH);
	_exit(127);
}

pid_t px_spawn_child(int program, const char *argv0, int control_fd)
{
	pid_t parent = getpid(), pid;
	sigset_t all, old;
	int error;

	/* No handler of ours runs in the child: it would write to what they share. */
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &old);
	pid = fork();
	error = errno;
	if (pid == 0)
		become(program, argv0, control_fd, parent);
	sigprocmask(SIG_SETMASK, &old, NULL);
	errno = error;
	return pid;
}

void px_spawn_set_name(const char *name)
{
	prctl(PR_SET_NAME, name);
}
