/* admin_peer.c - see admin_peer.h: unix(7), SO_PEERCRED and SO_PEERGROUPS. The mode of the socket says the same; this holds
 * also where somebody has changed it. */

#include "config.h" /* GNU extensions */

#include "daemon/admin_peer.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "daemon/admin.h"

#define GROUPS_MAX 1024
#define BACKLOG 16

static bool has_group(int fd, gid_t gid)
{
	gid_t groups[GROUPS_MAX];
	socklen_t len = sizeof(groups);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &len) != 0)
		return false;
	for (socklen_t i = 0; i < len / sizeof(*groups); i++) {
		if (groups[i] == gid)
			return true;
	}
	return false;
}

pid_t px_admin_peer_pid(int fd)
{
	struct ucred cred = { .pid = 0 };
	socklen_t len = sizeof(cred);

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) == 0 ? cred.pid : 0;
}

bool px_admin_peer_is_allowed(int fd, gid_t gid, char who[PX_ADMIN_PEER_LEN])
{
	struct ucred cred = { .uid = (uid_t)-1 };
	socklen_t len = sizeof(cred);

	snprintf(who, PX_ADMIN_PEER_LEN, "somebody unknown");
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) != 0 || cred.uid == (uid_t)-1)
		return false;
	snprintf(who, PX_ADMIN_PEER_LEN, "process %ld of user %lu", (long)cred.pid, (unsigned long)cred.uid);
	return cred.uid == 0 || cred.uid == geteuid() || cred.gid == gid || has_group(fd, gid);
}

/* Nobody listens there: it is of one of us that died. */
static bool is_stale(const struct sockaddr_un *sa)
{
	struct stat st;
	bool stale;
	int fd;

	if (lstat(sa->sun_path, &st) != 0 || !S_ISSOCK(st.st_mode))
		return false;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return false;
	stale = connect(fd, (const struct sockaddr *)sa, sizeof(*sa)) != 0 && errno == ECONNREFUSED;
	close(fd);
	return stale;
}

/* Who can't give it away keeps it for itself. */
int px_admin_give(const char *path, gid_t gid)
{
	return lchown(path, (uid_t)-1, gid) == 0 || errno == EPERM ? 0 : -1;
}

/* Nobody else may connect between its making and the change of its mode. */
static int bind_closed(int fd, const struct sockaddr_un *sa, gid_t gid)
{
	mode_t old = umask(0777);
	int r = bind(fd, (const struct sockaddr *)sa, sizeof(*sa)), error = errno;

	umask(old);
	errno = error;
	if (r != 0)
		return -1;
	if (gid != getegid() && px_admin_give(sa->sun_path, gid) != 0)
		return -1;
	if (chmod(sa->sun_path, 0660) != 0)
		return -1;
	return listen(fd, BACKLOG);
}

int px_admin_bind(char problem[PX_ADMIN_PROBLEM_LEN], const char *path, gid_t gid)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd >= 0 && strlen(path) < sizeof(sa.sun_path)) {
		memcpy(sa.sun_path, path, strlen(path) + 1);
		if (is_stale(&sa))
			unlink(path);
		if (bind_closed(fd, &sa, gid) == 0)
			return fd;
	} else {
		errno = fd >= 0 ? ENAMETOOLONG : errno;
	}
	snprintf(problem, PX_ADMIN_PROBLEM_LEN, "%s: %s", path, strerror(errno));
	if (fd >= 0)
		close(fd);
	return -1;
}
