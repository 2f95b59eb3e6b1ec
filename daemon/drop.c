/* drop.c - see drop.h. */

#include "config.h" /* GNU extensions */

#include "daemon/drop.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <unistd.h>

#include "daemon/log.h"

static int unknown(const char *what, const char *name)
{
	px_log(CONF_LOG_ERROR, "%s %s does not exist", what, name);
	return -1;
}

static int failed(const char *what)
{
	px_log(CONF_LOG_ERROR, "%s: %s", what, strerror(errno));
	return -1;
}

static int take_on(const struct passwd *pw, gid_t gid)
{
	if (setgroups(0, NULL) != 0)
		return failed("giving up groups");
	if (setresgid(gid, gid, gid) != 0)
		return failed("taking on the group");
	if (pw && setresuid(pw->pw_uid, pw->pw_uid, pw->pw_uid) != 0)
		return failed("taking on the user");
	/* It has to be for good. */
	if (pw && pw->pw_uid != 0 && setuid(0) == 0) {
		px_log(CONF_LOG_ERROR, "root could be taken on again");
		return -1;
	}
	return 0;
}

int px_drop_privileges(const char *user, const char *group)
{
	const struct passwd *pw = NULL;
	const struct group *gr = NULL;

	if (geteuid() != 0 || (!user[0] && !group[0]))
		return 0;
	if (user[0] && !(pw = getpwnam(user)))
		return unknown("user", user);
	if (group[0] && !(gr = getgrnam(group)))
		return unknown("group", group);
	return take_on(pw, gr ? gr->gr_gid : pw->pw_gid);
}
