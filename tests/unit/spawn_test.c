/* spawn_test.c - a child is this program again, with nothing but 0 to 3, and dies with who started it. */
#include "config.h" /* GNU extensions */

#include "unit.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/control.h"
#include "daemon/spawn.h"

/* ---- What the children do ---- */

static unsigned fds_beyond_control(void)
{
	DIR *dir = opendir("/proc/self/fd");
	const struct dirent *entry;
	unsigned n = 0;

	while ((entry = readdir(dir)) != NULL) {
		int fd = atoi(entry->d_name);

		n += fd > PX_CONTROL_FD && fd != dirfd(dir);
	}
	closedir(dir);
	return n;
}

static int tell(void)
{
	char text[100];
	sigset_t mask;
	int death = 0;

	sigprocmask(SIG_SETMASK, NULL, &mask);
	prctl(PR_GET_PDEATHSIG, &death);
	snprintf(text, sizeof(text), "%u %d %d %d %d", fds_beyond_control(), death == SIGKILL,
	    signal(SIGTERM, SIG_DFL) == SIG_IGN, sigismember(&mask, SIGINT),
	    signal(SIGCHLD, SIG_DFL) == SIG_DFL);
	return send(PX_CONTROL_FD, text, strlen(text), 0) < 0;
}

/* Lives on alone, unless it dies with its parent; the master's end tells. */
static int be_parent(void)
{
	int program = px_spawn_program();
	pid_t pid = px_spawn_child(program, "child: wait", PX_CONTROL_FD);

	send(PX_CONTROL_FD, &pid, sizeof(pid), 0);
	return pid < 0;
}

/* ---- The tests ---- */

static pid_t start(int *fd, const char *argv0)
{
	int pair[2], program = px_spawn_program();
	pid_t pid;

	assert_true(program > PX_CONTROL_FD);
	assert_int_equal(fcntl(program, F_GETFD), FD_CLOEXEC);
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	pid = px_spawn_child(program, argv0, pair[1]);
	assert_true(pid > 0);
	close(pair[1]);
	close(program);
	*fd = pair[0];
	return pid;
}

static void test_child(void **state)
{
	int fd, stray = dup(STDERR_FILENO), status;
	char text[100] = "";
	pid_t pid;

	(void)state;
	assert_int_equal(fcntl(stray, F_GETFD), 0);
	pid = start(&fd, "child: tell");
	assert_true(recv(fd, text, sizeof(text) - 1, 0) > 0);
	assert_string_equal(text, "0 1 1 0 1");
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	close(stray);
	close(fd);
}

static void test_dies_with_its_parent(void **state)
{
	struct pollfd p = { .events = POLLIN };
	pid_t pid, grandchild = 0;
	char byte;
	int status;

	(void)state;
	pid = start(&p.fd, "child: parent");
	assert_int_equal(recv(p.fd, &grandchild, sizeof(grandchild), 0), sizeof(grandchild));
	assert_true(grandchild > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	/* The end comes when nobody holds the other side any more. */
	assert_int_equal(poll(&p, 1, 120000), 1);
	assert_int_equal(recv(p.fd, &byte, 1, 0), 0);
	close(p.fd);
}

static void test_no_program(void **state)
{
	int status, null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	pid_t pid;

	(void)state;
	pid = px_spawn_child(null, "child: none", null);
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 127);
	close(null);
}

static void test_name(void **state)
{
	char name[16] = "";

	(void)state;
	px_spawn_set_name("quench-worker");
	assert_int_equal(prctl(PR_GET_NAME, name), 0);
	assert_string_equal(name, "quench-worker");
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_child),
		cmocka_unit_test(test_dies_with_its_parent),
		cmocka_unit_test(test_no_program),
		cmocka_unit_test(test_name),
	};

	(void)argc;
	if (strcmp(argv[0], "child: tell") == 0)
		return tell();
	if (strcmp(argv[0], "child: parent") == 0)
		return be_parent();
	if (strcmp(argv[0], "child: wait") == 0)
		return poll(NULL, 0, 60000);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
