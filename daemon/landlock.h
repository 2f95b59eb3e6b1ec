/* landlock.h - no path, no TCP port to listen on, no signal to others: Landlock, as much of it as the kernel has. */
#ifndef DAEMON_LANDLOCK_H
#define DAEMON_LANDLOCK_H

#include "daemon/sandbox.h"

/* For good; no_new_privs has been set. A worker may still connect, the keeper may not. 0, or an errno: it isn't so. */
int px_landlock_restrict(enum px_sandbox_role role);

#endif
