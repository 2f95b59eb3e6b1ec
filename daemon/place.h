/* place.h - one place where the master listens, with all its sockets: a TCP address has one for each worker, a unix
 * path has one, a name of systemd's as many as it has handed over.
 *
 * Sets of sockets share places: each counts.
 */
#ifndef DAEMON_PLACE_H
#define DAEMON_PLACE_H

#include <stdbool.h>
#include <sys/socket.h>

#include "conf/conf.h"
#include "daemon/addr.h"

struct px_place_socket {
	int fd;
	unsigned number; /* in the name under which systemd keeps it; PX_PLACE_NOT_STORED */
};

#define PX_PLACE_NOT_STORED (~0u)

struct px_place {
	unsigned n_refs;
	char *service; /* port 0 only: it is this service's, and the nth of this text there */
	char *asked;
	unsigned nth;
	char *path; /* unix only */
	char *name; /* fd: only: systemd has bound it */
	bool replaced; /* what stands at path is another place's */
	struct sockaddr_storage sa; /* as asked for */
	socklen_t sa_len;
	bool both_families;
	struct px_place_socket *fds;
	unsigned n_fds;
	unsigned n_listening; /* the first ones */
	bool leaving; /* we end: systemd may keep them for the next of us */
	char text[PX_ADDR_TEXT_LEN]; /* as bound: with the port the kernel chose */
};

/* For an address of service, the nth of this text there: with one reference and no sockets. NULL when memory is out. */
struct px_place *px_place_new(const struct conf_service *service, const struct conf_address *address,
    bool both_families, unsigned nth);

/* The last one closes the sockets. */
void px_place_drop(struct px_place *place);

/* Whether it is what new would make; a unix path that somebody has removed isn't. */
bool px_place_fits(const struct px_place *place, const struct conf_service *service,
    const struct conf_address *address, bool both_families, unsigned nth);

/* Opens sockets, bound, until there are n, or as many as there are. Ours: one of our own places may be in the way. 0,
 * or -1 with errno (ENODATA: systemd has handed none over); what was opened is the place's. */
int px_place_grow(struct px_place *place, const struct conf_address *address, unsigned n, bool ours);

/* Closes all but the first n. */
void px_place_close_from(struct px_place *place, unsigned n);

/* All listen. 0, or -1 with errno. */
int px_place_listen(struct px_place *place);

/* Lets go of it, which others may still have open; nothing leads there any more. */
void px_place_part(struct px_place *place);

/* They listen again, where somebody who shares them has put an end to that. */
void px_place_revive(const struct px_place *place);

/* Whether all workers accept from each of its sockets. */
bool px_place_is_shared(const struct px_place *place);

#endif
