/* admin_peer_test.c - the admin socket's file, and whom the kernel says is at the other end. */
#include "config.h" /* GNU extensions */

#include "unit.h"

#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/admin.h"
#include "daemon/admin_peer.h"

#define OTHER 12345
#define GROUP 23456

static char path[64], problem[PX_ADMIN_PROBLEM_LEN], who[PX_ADMIN_PEER_LEN];

static int name_path(void **state)
{
	(void)state;
	snprintf(path, sizeof(path), "admin_peer_test-%d.sock", (int)getpid());
	return 0;
}

static int remove_path(void **state)
{
	(void)state;
	unlink(path);
	return 0;
}

static void socket_is_for_its_group(void **state)
{
	struct stat st;
	int fd;

	(void)state;
	fd = px_admin_bind(problem, path, geteuid() == 0 ? GROUP : getegid());
	assert_true(fd >= 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0660);
	assert_int_equal(st.st_gid, geteuid() == 0 ? GROUP : getegid());
	/* somebody listens there: it stays his */
	assert_int_equal(px_admin_bind(problem, path, getegid()), -1);
	assert_non_null(strstr(problem, ": Address already in use"));
	close(fd);
	/* and now nobody does */
	fd = px_admin_bind(problem, path, getegid());
	assert_true(fd >= 0);
	close(fd);
}

static void paths_that_cannot_be_had(void **state)
{
	char text[200];

	(void)state;
	assert_int_equal(px_admin_bind(problem, "no-such-folder/x.sock", getegid()), -1);
	assert_string_equal(problem, "no-such-folder/x.sock: No such file or directory");
	memset(text, 'x', sizeof(text));
	text[108] = '\0';
	assert_int_equal(px_admin_bind(problem, text, getegid()), -1);
	assert_non_null(strstr(problem, "File name too long"));
	/* a file of somebody is not removed */
	fclose(fopen(path, "w"));
	assert_int_equal(px_admin_bind(problem, path, getegid()), -1);
	assert_int_equal(access(path, F_OK), 0);
}

/* What the socket of a child says that has become somebody else before it connected. */
static bool is_allowed(uid_t uid, gid_t gid, gid_t further)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0), peer, status;
	bool allowed;
	pid_t pid;

	/* an abstract one: everybody can reach it, wherever the tree is */
	strcpy(sa.sun_path + 1, path);
	assert_int_equal(bind(fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
	assert_int_equal(listen(fd, 1), 0);
	pid = fork();
	if (pid == 0) {
		int mine = socket(AF_UNIX, SOCK_STREAM, 0);

		if (setgroups(1, &further) != 0 || setresgid(gid, gid, gid) != 0 || setresuid(uid, uid, uid) != 0 ||
		    connect(mine, (struct sockaddr *)&sa, sizeof(sa)) != 0)
			_exit(1);
		pause();
	}
	peer = accept(fd, NULL, NULL);
	assert_true(peer >= 0);
	allowed = px_admin_peer_is_allowed(peer, GROUP, who);
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	close(peer);
	close(fd);
	return allowed;
}

static void strangers_are_refused(void **state)
{
	(void)state;
	if (geteuid() != 0) {
		print_message("needs root, to be somebody else\n");
		skip();
	}
	assert_true(is_allowed(0, 0, 0));
	assert_false(is_allowed(OTHER, OTHER, OTHER));
	assert_non_null(strstr(who, "of user 12345"));
	assert_true(is_allowed(OTHER, GROUP, OTHER));
	assert_true(is_allowed(OTHER, OTHER, GROUP));
}

static void a_pipe_is_nobody(void **state)
{
	int fds[2];

	(void)state;
	assert_int_equal(pipe(fds), 0);
	assert_false(px_admin_peer_is_allowed(fds[0], GROUP, who));
	assert_string_equal(who, "somebody unknown");
	close(fds[0]);
	close(fds[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(socket_is_for_its_group, name_path, remove_path),
		cmocka_unit_test_setup_teardown(paths_that_cannot_be_had, name_path, remove_path),
		cmocka_unit_test_setup_teardown(strangers_are_refused, name_path, remove_path),
		cmocka_unit_test(a_pipe_is_nobody),
	};

	return cmocka_run_group_tests_name("admin_peer", tests, NULL, NULL);
}
