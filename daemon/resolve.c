/* resolve.c - see resolve.h. */

#include "config.h" /* GNU extensions */

#include "daemon/resolve.h"

#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char no_memory[] = "out of memory";

static const char *copy(struct sockaddr_storage **list, unsigned *n, const struct addrinfo *all)
{
	const struct addrinfo *ai;

	for (ai = all; ai && *n < PX_RESOLVE_MAX; ai = ai->ai_next)
		(*n)++;
	*list = calloc(*n, sizeof(**list));
	if (!*list)
		return no_memory;
	ai = all;
	for (unsigned i = 0; i < *n; i++, ai = ai->ai_next)
		memcpy(&(*list)[i], ai->ai_addr, ai->ai_addrlen);
	return NULL;
}

const char *px_resolve_by_system(void *ptr, struct sockaddr_storage **list, unsigned *n,
    const struct conf_address *address)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV };
	struct addrinfo *all = NULL;
	const char *reason;
	char port[8];
	int r;

	(void)ptr;
	*list = NULL;
	*n = 0;
	snprintf(port, sizeof(port), "%u", (unsigned)address->port);
	r = getaddrinfo(address->host, port, &hints, &all);
	if (r != 0)
		return gai_strerror(r);
	reason = copy(list, n, all);
	freeaddrinfo(all);
	return reason;
}
