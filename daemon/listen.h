/* listen.h - accepting on listening sockets that were made elsewhere. Running out of descriptors pauses
 * accepting, it never spins. */
#ifndef DAEMON_LISTEN_H
#define DAEMON_LISTEN_H

#include <event2/event.h>
#include <event2/event_struct.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "daemon/addr.h"

struct px_service;

struct px_listener {
	TAILQ_ENTRY(px_listener) link; /* those of the settings */
	struct px_service *service;
	int fd;
	uint64_t cookie; /* which socket this is, by the kernel's count */
	bool borrowed; /* of a worker that will be back */
	bool wanted; /* accepting, or pausing for a while */
	unsigned pause_ms; /* 0: not pausing */
	struct event accept;
	struct event pause;
	char text[PX_ADDR_TEXT_LEN]; /* as bound: with the port the kernel chose */
};

/* Takes a listening, non-blocking descriptor over; accepting starts with px_listener_resume. NULL when memory
 * is out: fd is then still the caller's. free closes it; another descriptor of the same socket goes on. */
struct px_listener *px_listener_new(struct px_service *service, int fd);
void px_listener_free(struct px_listener *listener);

/* Starts and stops accepting. */
void px_listener_resume(struct px_listener *listener);
void px_listener_stop(struct px_listener *listener);

/* Accepts what the kernel has accepted already: who has connected before the end is served, when freeing it is the next
 * thing that happens to it.
 *
 * Between the last accept(2) and close(2) there remain some microseconds, and handshakes of TCP that have only begun: who
 * connects then is reset. Linux lets nobody close a listener to SYNs alone without privileges: a filter on a TCP socket
 * wants CAP_NET_ADMIN in newer kernels, moving to a neighbour a sysctl and a neighbour (net.ipv4.tcp_migrate_req), and
 * what else turns packets away (IP_MINTTL) is inherited by connections, and would be a worker's to set. */
void px_listener_take_rest(struct px_listener *listener);

/* Descriptors have come free: a long pause becomes a short one. */
void px_listener_hurry(struct px_listener *listener);

#endif
