/* sandbox.h - what a worker and the keeper give up before anything from outside reaches them: user, capabilities,
 * files, most system calls, and to be looked into. For good. */
#ifndef DAEMON_SANDBOX_H
#define DAEMON_SANDBOX_H

#include <stdbool.h>

#include "daemon/drop.h"

enum px_sandbox_role { PX_SANDBOX_WORKER, PX_SANDBOX_KEEPER };

/* Takes on drop's user and leaves behind: all capabilities and the ways back to any, core dumps and being traced by
 * others of the same user (not in a build with sanitizers, which need it), paths and signals to others (Landlock),
 * and all system calls but those that the role needs (seccomp; the others give EPERM). What the kernel doesn't have is
 * left out; tell: with a line in the log. 0, or -1 after logging why not. */
int px_sandbox_enter(enum px_sandbox_role role, const struct px_drop *drop, bool tell);

#endif
