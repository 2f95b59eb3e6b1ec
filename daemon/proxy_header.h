/* proxy_header.h - the header of the PROXY protocol, versions 1 and 2, as a proxy sends it. */
#ifndef DAEMON_PROXY_HEADER_H
#define DAEMON_PROXY_HEADER_H

#include <stddef.h>
#include <sys/socket.h>

#define PX_PROXY_HEADER_MAX 107 /* version 1 is at most this, version 2 is shorter */

/* Writes the header of a connection from from to to; its length. Addresses of different families, or neither IPv4 nor
 * IPv6: version 1 says UNKNOWN, version 2 LOCAL. version: 1 or 2. */
size_t px_proxy_header_make(char out[PX_PROXY_HEADER_MAX], unsigned version, const struct sockaddr *from,
    const struct sockaddr *to);

/* The same with what may stand behind the addresses in version 2 (section 2.2). */
#define PX_PROXY_HEADER_ROOM 1024
struct px_proxy_header {
	char bytes[PX_PROXY_HEADER_ROOM];
	size_t len;
};

void px_proxy_header_begin(struct px_proxy_header *h, unsigned version, const struct sockaddr *from,
    const struct sockaddr *to);

/* Version 2: a value with its type. One that has no room is left out. */
void px_proxy_header_add(struct px_proxy_header *h, unsigned type, const void *value, size_t len);

/* A value that has others in it, behind len bytes of its own; what is added until close (with what open gave) is in it. */
size_t px_proxy_header_open(struct px_proxy_header *h, unsigned type, const void *value, size_t len);
void px_proxy_header_close(struct px_proxy_header *h, size_t mark);

#endif
