/* landlock.c - see landlock.h. A right that is handled and granted for nothing is denied everywhere. The numbers are
 * the kernel's (include/uapi/linux/landlock.h): headers are often older than the kernel that runs. Connecting to a
 * socket that has a path is no right of files. */

#include "daemon/landlock.h"

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define CREATE_RULESET_VERSION 1u

#define NET_BIND_TCP 1u
#define NET_CONNECT_TCP 2u
#define SCOPE_ABSTRACT_UNIX_SOCKET 1u
#define SCOPE_SIGNAL 2u

struct ruleset {
	uint64_t fs, net, scope;
};

/* What each version of the interface can handle, added to those before it. */
static const struct {
	long version;
	unsigned n_fs; /* that many rights of files, from bit 0 on */
	size_t size; /* of the structure */
} versions[] = {
	{ 1, 13, offsetof(struct ruleset, net) }, /* execute ... make_sym */
	{ 2, 14, offsetof(struct ruleset, net) }, /* refer */
	{ 3, 15, offsetof(struct ruleset, net) }, /* truncate */
	{ 4, 15, offsetof(struct ruleset, scope) }, /* TCP */
	{ 5, 16, offsetof(struct ruleset, scope) }, /* ioctl_dev */
	{ 6, 16, sizeof(struct ruleset) }, /* scopes */
};

#define N_VERSIONS (sizeof(versions) / sizeof(versions[0]))

static int new_ruleset(enum px_sandbox_role role, long version)
{
	struct ruleset all = { .net = NET_BIND_TCP, .scope = SCOPE_ABSTRACT_UNIX_SOCKET | SCOPE_SIGNAL };
	size_t i = N_VERSIONS - 1;

	while (i > 0 && versions[i].version > version)
		i--;
	all.fs = ((uint64_t)1 << versions[i].n_fs) - 1;
	if (role == PX_SANDBOX_KEEPER)
		all.net |= NET_CONNECT_TCP;
	return (int)syscall(SYS_landlock_create_ruleset, &all, versions[i].size, 0u);
}

int px_landlock_restrict(enum px_sandbox_role role)
{
	long version = syscall(SYS_landlock_create_ruleset, NULL, (size_t)0, CREATE_RULESET_VERSION);
	int fd, error = 0;

	if (version < 1)
		return version < 0 ? errno : EINVAL;
	fd = new_ruleset(role, version);
	if (fd < 0)
		return errno;
	if (syscall(SYS_landlock_restrict_self, fd, 0u) != 0)
		error = errno;
	close(fd);
	return error;
}
