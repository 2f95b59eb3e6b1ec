/* proxy_header.h - the header of the PROXY protocol, versions 1 and 2, as a proxy sends it. */
#ifndef DAEMON_CTL_PROXY_HEADER_H
#define DAEMON_CTL_PROXY_HEADER_H

#include <stddef.h>
#include <sys/socket.h>

#define PX_PROXY_HEADER_MAX 107 /* version 1 is at most this, version 2 is shorter */

/* Writes the header of a connection from from to to; its length. Addresses of different families, or neither IPv4 nor
 * IPv6: version 1 says UNKNOWN, version 2 LOCAL. version: 1 or 2. */
size_t px_proxy_header_make(char out[PX_PROXY_HEADER_MAX], unsigned version, const struct sockaddr *from,
    const struct sockaddr *to);

#endif
