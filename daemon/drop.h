/* drop.h - from root to the user that the configuration names. */
#ifndef DAEMON_DROP_H
#define DAEMON_DROP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "conf/conf.h"

#define PX_DROP_GROUPS_MAX 256

/* Whom to become; unless started as root, and told to, nobody else. In plain numbers, for a child that
 * can't look names up any more. */
struct px_drop {
	bool user; /* uid is to be taken on */
	bool group; /* gid as well, and groups instead of root's */
	uid_t uid;
	gid_t gid;
	uint32_t n_groups;
	gid_t groups[PX_DROP_GROUPS_MAX];
};

#define PX_DROP_PROBLEM_LEN 1024

/* Looks user and group up ("" leaves it; group "": the user's own). 0, or -1 with a line in problem:
 * where the name stands, what is wrong with it, what helps. */
int px_drop_find(struct px_drop *drop, char problem[PX_DROP_PROBLEM_LEN], const struct conf *conf);

/* Whether px_drop_find can have made it. */
bool px_drop_holds(const struct px_drop *drop);

/* What is done between the two is done by that user. 0, or -1 with errno. */
int px_drop_begin_as(const struct px_drop *drop);
int px_drop_end_as(const struct px_drop *drop);

/* For good. A child still dies with its parent. 0, or -1 after logging why not. */
int px_drop_privileges(const struct px_drop *drop);

#endif
