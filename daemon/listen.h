/* listen.h - listening sockets and accepting. Running out of descriptors pauses accepting, it never spins. */
#ifndef DAEMON_LISTEN_H
#define DAEMON_LISTEN_H

#include <event2/event.h>
#include <event2/event_struct.h>
#include <stdbool.h>

#include "conf/conf.h"
#include "daemon/addr.h"

struct px_service;

struct px_listener {
	struct px_service *service;
	const struct conf_address *address;
	int fd;
	bool bound_path; /* a unix socket that is ours to remove */
	bool wanted; /* accepting, or pausing for a while */
	unsigned pause_ms; /* 0: not pausing */
	struct event accept;
	struct event pause;
	char text[PX_ADDR_TEXT_LEN]; /* as bound: with the port the kernel chose */
};

/* Binds and listens; accepting starts with px_listener_resume. 0, or -1 after logging why not. A
 * listener on [::] takes IPv4 as well, unless both_families is false. */
int px_listener_open(struct px_listener *listener, struct px_service *service,
    const struct conf_address *address, bool both_families);
void px_listener_close(struct px_listener *listener);

/* Starts and stops accepting. */
void px_listener_resume(struct px_listener *listener);
void px_listener_stop(struct px_listener *listener);

/* Accepts what the kernel has accepted already: who has connected before the end is served. */
void px_listener_take_rest(struct px_listener *listener);

/* Descriptors have come free: a long pause becomes a short one. */
void px_listener_hurry(struct px_listener *listener);

#endif
