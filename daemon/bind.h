/* bind.h - listening sockets, one by one. */
#ifndef DAEMON_BIND_H
#define DAEMON_BIND_H

#include <stdbool.h>
#include <sys/socket.h>

#include "conf/conf.h"

/* [::] takes IPv4 as well, unless the same port of 0.0.0.0 is asked for beside it. */
bool px_bind_both_families(const struct conf *conf, const struct conf_address *address);

/* Sockets that are bound and don't listen yet: descriptors, or -1 with errno. join: one of ours is bound there
 * already, and they share the connections; otherwise nobody may be, but one of ours can join it later. A stale
 * unix socket in the way is removed. */
int px_bind_inet(const struct sockaddr *sa, socklen_t len, bool both_families, bool join);
int px_bind_unix(const struct conf_address *address);

/* 0, or -1 with errno. */
int px_bind_listen(int fd);

#endif
