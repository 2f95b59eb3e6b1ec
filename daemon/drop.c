/* drop.c - see drop.h. */

#include "config.h" /* GNU extensions */

#include "daemon/drop.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "daemon/log.h"

/* Where the first ones took numbers of 16 bits. */
#ifdef SYS_setresuid32
#define SYS_SETRESUID SYS_setresuid32
#define SYS_SETRESGID SYS_setresgid32
#define SYS_SETGROUPS SYS_setgroups32
#else
#define SYS_SETRESUID SYS_setresuid
#define SYS_SETRESGID SYS_setresgid
#define SYS_SETGROUPS SYS_setgroups
#endif

/* ---- Whom ---------------------------------------------------------------------------------------- */

static int unknown(char *problem, const struct conf_origin *origin, const char *key, const char *name,
    const char *remedy)
{
	char place[PX_DROP_PROBLEM_LEN / 2];

	if (origin->line)
		snprintf(place, sizeof(place), "%s:%u", origin->file, origin->line);
	else
		snprintf(place, sizeof(place), "%s", origin->file);
	snprintf(problem, PX_DROP_PROBLEM_LEN, "%s: %s: \"%s\"%s does not exist here: %s", place, key, name,
	    origin->line ? "" : ", the default,", remedy);
	return -1;
}

/* Root's further groups are given up, root needs none of them; the user's own are what the socket of a
 * backend may ask for. */
static int find_groups(struct px_drop *drop, const char *name)
{
	int n = PX_DROP_GROUPS_MAX;

	if (!drop->user)
		return 0;
	if (getgrouplist(name, drop->gid, drop->groups, &n) < 0)
		return -1;
	drop->n_groups = (uint32_t)n;
	return 0;
}

int px_drop_find(struct px_drop *drop, char problem[PX_DROP_PROBLEM_LEN], const struct conf *conf)
{
	const struct passwd *pw = NULL;
	const struct group *gr = NULL;

	memset(drop, 0, sizeof(*drop));
	if (geteuid() != 0)
		return 0;
	if (conf->user[0] && !(pw = getpwnam(conf->user)))
		return unknown(problem, &conf->user_origin, "user", conf->user,
		    "create it (useradd --system), name another, or stay root with user = \"\"");
	drop->user = pw != NULL;
	drop->uid = pw ? pw->pw_uid : 0;
	drop->gid = pw ? pw->pw_gid : 0;
	if (conf->group[0] && !(gr = getgrnam(conf->group)))
		return unknown(problem, &conf->group_origin, "group", conf->group,
		    "create it, name another, or take the user's own with group = \"\"");
	drop->group = pw || gr;
	drop->gid = gr ? gr->gr_gid : drop->gid;
	if (find_groups(drop, conf->user) == 0)
		return 0;
	snprintf(problem, PX_DROP_PROBLEM_LEN, "user \"%s\" is in more than %d groups", conf->user,
	    PX_DROP_GROUPS_MAX);
	return -1;
}

bool px_drop_holds(const struct px_drop *drop)
{
	return drop->n_groups <= PX_DROP_GROUPS_MAX && (drop->group || !drop->user);
}

static int take_groups(const struct px_drop *drop)
{
	return setgroups(drop->n_groups, drop->groups);
}

/* ---- For a while ----------------------------------------------------------------------------------- */

/* By the calls themselves: the library's functions make all threads do it, and wait for each. The loader's may be
 * reading a key that is root's just now. */
static int set_own_euid(uid_t uid)
{
	return (int)syscall(SYS_SETRESUID, (uid_t)-1, uid, (uid_t)-1);
}

static int set_own_egid(gid_t gid)
{
	return (int)syscall(SYS_SETRESGID, (gid_t)-1, gid, (gid_t)-1);
}

static int take_own_groups(const struct px_drop *drop)
{
	return (int)syscall(SYS_SETGROUPS, (size_t)drop->n_groups, drop->groups);
}

int px_drop_begin_as(const struct px_drop *drop)
{
	if (drop->group && (take_own_groups(drop) != 0 || set_own_egid(drop->gid) != 0))
		return -1;
	return drop->user ? set_own_euid(drop->uid) : 0;
}

int px_drop_end_as(const struct px_drop *drop)
{
	if (drop->user && set_own_euid(0) != 0)
		return -1;
	return drop->group ? set_own_egid(getgid()) : 0;
}

/* ---- For good -------------------------------------------------------------------------------------- */

static int failed(const char *what)
{
	px_log(CONF_LOG_ERROR, "%s: %s", what, strerror(errno));
	return -1;
}

/* The kernel forgets it when the user changes. The parent may have gone meanwhile: a child sees that by its
 * control socket. */
static int keep_dying_with_parent(int death_signal)
{
	return death_signal ? prctl(PR_SET_PDEATHSIG, death_signal) : 0;
}

int px_drop_privileges(const struct px_drop *drop)
{
	int death_signal = 0;

	prctl(PR_GET_PDEATHSIG, &death_signal);
	if (drop->group && take_groups(drop) != 0)
		return failed("taking on the user's groups");
	if (drop->group && setresgid(drop->gid, drop->gid, drop->gid) != 0)
		return failed("taking on the group");
	if (drop->user && setresuid(drop->uid, drop->uid, drop->uid) != 0)
		return failed("taking on the user");
	/* It has to be for good. */
	if (drop->user && drop->uid != 0 && setuid(0) == 0) {
		px_log(CONF_LOG_ERROR, "root could be taken on again");
		return -1;
	}
	if (keep_dying_with_parent(death_signal) != 0)
		return failed("dying with the parent");
	return 0;
}
