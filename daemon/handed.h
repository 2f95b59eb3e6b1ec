/* handed.h - what systemd hands over at the start: sockets it has bound (socket units), and what we gave it to keep
 * over a restart (its file descriptor store). sd_listen_fds_with_names(3).
 *
 * Names: those of the store are "quench-..." (notify.h), all others are for "fd:NAME" in the configuration.
 */
#ifndef DAEMON_HANDED_H
#define DAEMON_HANDED_H

#include <stdbool.h>
#include <sys/socket.h>

#define PX_HANDED_LISTEN "quench-listen-" /* and a number: a listening socket */
#define PX_HANDED_SEED "quench-seed" /* what ticket keys are made of */

/* Takes them up, once, before any other descriptor is opened; the variables are gone from the environment then. How
 * many, or -1 with errno. */
int px_handed_init(void);

/* A copy of the nth listening socket of this name; -1 if there is none, with errno 0, or errno. The socket stays
 * handed over: a later configuration can have it again. */
int px_handed_named(const char *name, unsigned nth);

/* A listening socket of the store that is bound to sa, for the caller to own, with the number of its name; -1: none. */
int px_handed_bound(unsigned *number, const struct sockaddr *sa, socklen_t len, bool both_families);

/* The seed's descriptor, for the caller to own; -1: none. */
int px_handed_seed(void);

/* A number for the name of one more, which no other one in the store has or has had. */
unsigned px_handed_new_number(void);

/* Closes what the store gave and nobody took, calling drop with its name. */
void px_handed_settle(void (*drop)(const char *name));

/* The name of a socket that no name in the configuration was found for, the nth of them; NULL at the end. */
const char *px_handed_unused(unsigned nth);

void px_handed_clear(void);

#endif
