/* sockets.h - the master's listening sockets: one for each worker and address, shared ones for unix paths and those
 * that systemd has bound.
 *
 * A set belongs to one configuration. The next one's set takes over what stays the same, so that a socket is open
 * from the first configuration that wants it to the last one; connections wait in it while a worker is away.
 */
#ifndef DAEMON_SOCKETS_H
#define DAEMON_SOCKETS_H

#include <stdbool.h>

#include "conf/conf.h"

struct px_place; /* where we listen */

struct px_sockets_entry {
	struct px_place *place;
	unsigned n_fds; /* those of the place that are this set's: the first ones */
	unsigned service, address; /* in the configuration */
};

struct px_sockets {
	struct px_sockets_entry *list;
	unsigned n;
};

#define PX_SOCKETS_PROBLEM_LEN 1024

/* The sockets that conf wants for n_workers, with those of old (NULL: none) that fit; new ones are bound, but don't
 * listen. 0, or -1 with a line in problem, and nothing has changed. */
int px_sockets_open(struct px_sockets **out, char problem[PX_SOCKETS_PROBLEM_LEN], const struct px_sockets *old,
    const struct conf *conf, unsigned n_workers);

/* All listen. 0, or -1 with a line in problem. */
int px_sockets_listen(struct px_sockets *sockets, char problem[PX_SOCKETS_PROBLEM_LEN], const struct conf *conf);

/* They listen again, where a worker has put an end to that: it shares them, and may have been taken over. */
void px_sockets_revive(const struct px_sockets *sockets);

/* Says in the log where it listens now, but did not with old (NULL: nowhere), and where no more. */
void px_sockets_tell(const struct px_sockets *sockets, const struct px_sockets *old, const struct conf *conf);

/* Closes those that next doesn't have, before the workers do, who have them from us: the last one to close is the one
 * that accepts, so that nobody can connect who isn't accepted from any more. */
void px_sockets_part(const struct px_sockets *sockets, const struct px_sockets *next);

/* Closes those that keep (NULL: none) doesn't have, too. NULL is fine. */
void px_sockets_free(struct px_sockets *sockets, const struct px_sockets *keep);

/* The same at our end: what systemd keeps for the next of us stays there. */
void px_sockets_leave(struct px_sockets *sockets);

/* After the first configuration is in force: what was kept over the restart and nobody wants is given up. */
void px_sockets_settle(void);

/* The sockets of one of n_workers, one call each: every socket has a worker, however many there are. */
typedef void (*px_sockets_func)(void *arg, unsigned service, unsigned address, int fd);
void px_sockets_each(const struct px_sockets *sockets, unsigned worker, unsigned n_workers, px_sockets_func func,
    void *arg);

/* Those of the workers that are away (by position; one of n_workers each), one call each, but for the sockets that all
 * accept from anyway. */
void px_sockets_each_away(const struct px_sockets *sockets, const bool *away, unsigned n_workers,
    px_sockets_func func, void *arg);

/* As bound: with the port the kernel chose. */
const char *px_sockets_text(const struct px_sockets_entry *entry);

#endif
