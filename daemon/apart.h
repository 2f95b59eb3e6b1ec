/* apart.h - a configuration is loaded in a process of its own, which ends behind it: what its memory held of private keys
 * goes with it. The master gets what it may have: the bundle for the workers, the one with the keys as a descriptor that it
 * never maps, and what there is to tell.
 */
#ifndef DAEMON_APART_H
#define DAEMON_APART_H

#include "daemon/load.h"

/* As px_load_here, by job->program; job->files is NULL. */
void px_apart_load(struct px_loaded *out, const struct px_load_job *job);

/* The role "quenchd: loader": its exit status. */
int px_apart_main(int control_fd);

#endif
