/* borrow.h - sockets of workers that don't serve now: this one accepts from them as from its own, until they are back.
 */
#ifndef DAEMON_BORROW_H
#define DAEMON_BORROW_H

#include "daemon/control.h"
#include "daemon/worker.h"

/* For each BORROW; the descriptors that are wanted are taken over. */
void px_borrow_take(struct px_worker *worker, struct px_control_msg *msg);

#endif
