/* privileges.h - what the master keeps of root: to bind, to read the files of the configuration, to start its
 * children as another user. */
#ifndef DAEMON_PRIVILEGES_H
#define DAEMON_PRIVILEGES_H

/* For good, and for all that it starts: no core dumps, nobody looks into its memory, no new privileges, of the
 * capabilities only those that are needed. Lets it open as many files as the system allows. 0, or -1 with errno. */
int px_privileges_limit(void);

#endif
