/* addr.h - socket addresses in a small place, and as text. */
#ifndef DAEMON_ADDR_H
#define DAEMON_ADDR_H

#include <netinet/in.h>
#include <stdbool.h>
#include <sys/socket.h>

/* An address of a peer as a relay keeps it; a unix peer has only its family. */
struct px_addr {
	union {
		struct sockaddr sa;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
	};
};

#define PX_ADDR_TEXT_LEN 128

/* Keeps what is kept of sa. */
void px_addr_set(struct px_addr *addr, const struct sockaddr *sa);

/* The length of an inet address. */
socklen_t px_addr_len(const struct sockaddr *sa);

bool px_addr_equal(const struct px_addr *a, const struct px_addr *b);

/* "192.0.2.1:443", "[2001:db8::1]:443", "unix:/path", "unix:". An IPv4 address that came in over IPv6 is
 * shown as what it is. text has room for PX_ADDR_TEXT_LEN bytes. */
void px_addr_text(char *text, const struct sockaddr *sa, socklen_t len);

#endif
