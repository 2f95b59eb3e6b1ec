/* admin_connections.h - the command connections: each worker is asked in turn, its lines are passed on. */
#ifndef DAEMON_ADMIN_CONNECTIONS_H
#define DAEMON_ADMIN_CONNECTIONS_H

#include "daemon/admin.h"

void px_admin_connections(void *master, struct px_admin_call *call, const char *arg);

#endif
