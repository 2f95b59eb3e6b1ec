/* admin_peer.h - who may use the admin socket, and the socket for them. */
#ifndef DAEMON_ADMIN_PEER_H
#define DAEMON_ADMIN_PEER_H

#include <stdbool.h>
#include <sys/types.h>

#define PX_ADMIN_PEER_LEN 64

/* The process that connected; 0: unknown, or in another namespace. */
pid_t px_admin_peer_pid(int fd);

/* True for root, for our own user and for who is in group gid, as the kernel tells. who: in words, for the log. */
bool px_admin_peer_is_allowed(int fd, gid_t gid, char who[PX_ADMIN_PEER_LEN]);

#endif
