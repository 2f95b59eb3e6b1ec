/* reopen.h - opens the log file again, after it was moved away: in a thread, as the file system may be dead. */
#ifndef DAEMON_REOPEN_H
#define DAEMON_REOPEN_H

#include <stdbool.h>

struct px_master;
struct px_reopen;

/* Called once; outcome is a line. */
typedef void (*px_reopen_func)(void *arg, bool good, const char *outcome);

/* 0, or -1 with errno. */
int px_reopen_new(struct px_reopen **reopen, struct px_master *master);

/* Who still waits is told that the daemon ends. NULL is fine. */
void px_reopen_free(struct px_reopen *reopen);

/* Opens what the configuration in force names. The log tells the outcome, and done (NULL: nobody) does. While one is
 * under way the next one follows it, once for all that ask. */
void px_reopen_ask(struct px_reopen *reopen, px_reopen_func done, void *arg);

#endif
