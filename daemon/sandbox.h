/* sandbox.h - what a worker and the keeper give up before anything from outside reaches them: user, capabilities,
 * files, most system calls, and to be looked into. For good. */
#ifndef DAEMON_SANDBOX_H
#define DAEMON_SANDBOX_H

#include <stdbool.h>

#include "daemon/drop.h"

enum px_sandbox_role { PX_SANDBOX_WORKER, PX_SANDBOX_KEEPER };

/* First: takes on drop's user and leaves behind all capabilities and the ways back to any, core dumps, being looked into
 * by others of the same user, paths, and signals to others (Landlock); who has a ring to log to leaves the master's
 * standard descriptors as well. Threads that are started later have left it, too. 0, or -1 after logging why not. */
int px_sandbox_enter(enum px_sandbox_role role, const struct px_drop *drop);

/* Then: all system calls but those that the role needs, for every thread; the others give EPERM, and there can be no
 * new threads. What the kernel doesn't have of both steps, or what it is in doesn't let through, is left out; tell: with
 * a line in the log. A build with sanitizers, which need files and more, keeps paths, calls, being looked into, and
 * standard error. 0, or -1 after logging why not: what the kernel has, and couldn't give now, isn't done without. */
int px_sandbox_close(enum px_sandbox_role role, bool tell);

#endif
