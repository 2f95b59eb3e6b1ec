/* seccomp.h - the system calls that a role needs, and no others. */
#ifndef DAEMON_SECCOMP_H
#define DAEMON_SECCOMP_H

#include <stdbool.h>

#include "daemon/sandbox.h"

#define PX_SECCOMP_MAX 40 /* calls of a list */

/* For good, and for all threads; no_new_privs has been set. Other calls give EPERM from now on: a C library that tries something new goes
 * on with what it had before, where a process that is killed takes its connections along. Calls of another architecture
 * end the process. 0, or an errno: it isn't so. */
int px_seccomp_restrict(enum px_sandbox_role role);

/* The name of call number i of a role's list, NULL behind the last. */
const char *px_seccomp_call(enum px_sandbox_role role, unsigned i);

#endif
