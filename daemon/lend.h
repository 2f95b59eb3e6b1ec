/* lend.h - while a worker doesn't serve, for whatever reason, others accept from its sockets: nobody waits for its
 * return. With nobody left who serves they do wait, in the sockets.
 *
 * Its queues stay what they are. A connection that has been accepted belongs to the borrower; all others find the
 * worker when it is back. A borrower that dies is one more whose sockets are lent, with what it had borrowed.
 */
#ifndef DAEMON_LEND_H
#define DAEMON_LEND_H

#include "daemon/master.h"

/* To be called whenever a worker has begun or ceased to serve, and when other settings are in force. */
void px_lend_settle(struct px_master *master);

#endif
