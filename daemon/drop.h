/* drop.h - from root to the user that the configuration names. */
#ifndef DAEMON_DROP_H
#define DAEMON_DROP_H

#include <stdbool.h>
#include <sys/types.h>

#include "conf/conf.h"

/* Whom to become; unless started as root, and told to, nobody else. */
struct px_drop {
	bool user; /* uid is to be taken on */
	bool group; /* gid as well */
	const char *name; /* of the user: the configuration's */
	uid_t uid;
	gid_t gid;
};

#define PX_DROP_PROBLEM_LEN 1024

/* Looks user and group up ("" leaves it; group "": the user's own). 0, or -1 with a line in problem:
 * where the name stands, what is wrong with it, what helps. */
int px_drop_find(struct px_drop *drop, char problem[PX_DROP_PROBLEM_LEN], const struct conf *conf);

/* What is done between the two is done by that user. 0, or -1 with errno. */
int px_drop_begin_as(const struct px_drop *drop);
int px_drop_end_as(const struct px_drop *drop);

/* For good. 0, or -1 after logging why not. */
int px_drop_privileges(const struct px_drop *drop);

#endif
