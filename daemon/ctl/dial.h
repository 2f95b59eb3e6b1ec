/* dial.h - an address as people write it, what it resolves to, a connection to one of those. */
#ifndef DAEMON_CTL_DIAL_H
#define DAEMON_CTL_DIAL_H

#include <netdb.h>
#include <stdbool.h>
#include <sys/socket.h>

#include "problem.h"

#define PX_DIAL_HOST_LEN 256
#define PX_DIAL_PORT_LEN 8
#define PX_DIAL_TEXT_LEN 128
#define PX_DIAL_LIST_MAX 16

struct px_dial_address {
	bool is_unix; /* host is a path */
	char host[PX_DIAL_HOST_LEN];
	char port[PX_DIAL_PORT_LEN];
};

struct px_dial_target {
	struct sockaddr_storage sa;
	socklen_t len;
};

struct px_dial_list {
	struct px_dial_target at[PX_DIAL_LIST_MAX];
	unsigned n;
};

/* HOST:PORT, [HOST]:PORT, HOST (then port), an IPv6 address alone, unix:PATH. 0, or -1 and the problem. */
int px_dial_parse(struct px_dial_address *a, struct px_problem *problem, const char *text, const char *port)
    __attribute__((warn_unused_result));

/* True if host is an IP address as text. */
bool px_dial_is_ip(const char *host);

/* All it resolves to, in the resolver's order, at most PX_DIAL_LIST_MAX; waits for the resolver. NULL, or why not. */
const char *px_dial_resolve(struct px_dial_list *list, const struct px_dial_address *a)
    __attribute__((warn_unused_result));

/* Connects within ms. A descriptor that doesn't block, or -errno (-ETIMEDOUT). */
int px_dial_connect(const struct px_dial_target *target, unsigned ms) __attribute__((warn_unused_result));

/* "192.0.2.1:443", "[2001:db8::1]:443", "unix:PATH". */
void px_dial_text(char text[PX_DIAL_TEXT_LEN], const struct sockaddr *sa, socklen_t len);

#endif
