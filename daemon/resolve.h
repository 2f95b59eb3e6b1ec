/* resolve.h - names of backends become addresses. */
#ifndef DAEMON_RESOLVE_H
#define DAEMON_RESOLVE_H

#include <sys/socket.h>

#include "conf/conf.h"

/* Who knows the addresses of a name. */
struct px_resolver {
	/* The addresses of address (an inet one, sa_len 0), with its port: *list of *n, released with
	 * free(3). NULL when good and n > 0, otherwise a reason that lives on, and *list NULL. */
	const char *(*find)(void *ptr, struct sockaddr_storage **list, unsigned *n,
	    const struct conf_address *address);
	void *ptr;
};

#define PX_RESOLVE_MAX 64 /* addresses kept of a name */

/* Asks the system, and blocks while it does. ptr isn't used. */
const char *px_resolve_by_system(void *ptr, struct sockaddr_storage **list, unsigned *n,
    const struct conf_address *address);

#endif
