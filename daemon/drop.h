/* drop.h - from root to the user that the configuration names. */
#ifndef DAEMON_DROP_H
#define DAEMON_DROP_H

/* Started as root: takes on user and group for good ("" leaves it; group "": the user's own). Otherwise
 * nothing. 0, or -1 after logging why not. */
int px_drop_privileges(const char *user, const char *group);

#endif
