/* proxy_header.h - the header of the PROXY protocol, versions 1 and 2, as a proxy sends it. */
#ifndef DAEMON_PROXY_HEADER_H
#define DAEMON_PROXY_HEADER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

/* Section 2: what fits into the smallest segment of TCP that every host takes. Readers have limits of their own, none
 * below this one. */
#define PX_PROXY_HEADER_MAX 536

struct px_proxy_header {
	char bytes[PX_PROXY_HEADER_MAX];
	size_t len;
	bool bare; /* no values can follow: version 1, or LOCAL */
	bool skips; /* within a value that had no room */
};

/* The header of a connection from from to to. Addresses of different families, or neither IPv4 nor IPv6: version 1
 * says UNKNOWN, version 2 LOCAL, which is what receivers take. version: 1 or 2. */
void px_proxy_header_begin(struct px_proxy_header *h, unsigned version, const struct sockaddr *from,
    const struct sockaddr *to);

/* Version 2 (section 2.2): a value with its type, behind the addresses. One that has no room is left out. */
void px_proxy_header_add(struct px_proxy_header *h, unsigned type, const void *value, size_t len);

/* A value that has others in it, behind len bytes of its own; what is added until close (with what open gave) is in it,
 * and left out with it. */
size_t px_proxy_header_open(struct px_proxy_header *h, unsigned type, const void *value, size_t len);
void px_proxy_header_close(struct px_proxy_header *h, size_t mark);

#endif
