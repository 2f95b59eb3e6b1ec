/* crew.h - the master's keeper and workers: what each begins with, and what follows when one has come, answers or
 * dies.
 */
#ifndef DAEMON_CREW_H
#define DAEMON_CREW_H

#include "daemon/master.h"

/* The children's owner is master from now on. */
void px_crew_init(struct px_master *master);

/* The worker of this position, or NULL. */
struct px_child *px_crew_worker(const struct px_master *master, unsigned position);

/* To be called while the daemon ends, whenever a child has died: the keeper ends behind the last worker. */
void px_crew_end(struct px_master *master);

#endif
