/* proxy_send.h - tells a backend whom it talks to: the PROXY header in front of a connection's data. */
#ifndef DAEMON_PROXY_SEND_H
#define DAEMON_PROXY_SEND_H

#include "daemon/relay.h"

/* Sends it, or what is left of it (relay->n_header), to the backend that relay is connected to, if its service wants
 * one. 0 when all of it is out, EAGAIN (again when it is writable), or another errno: the backend doesn't take it, and
 * has got nothing of the client's. */
int px_proxy_send(struct px_relay *relay);

#endif
