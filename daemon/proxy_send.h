/* proxy_send.h - tells a backend whom it talks to: the PROXY header in front of a connection's data. */
#ifndef DAEMON_PROXY_SEND_H
#define DAEMON_PROXY_SEND_H

#include "daemon/relay.h"

/* Sends it to the backend that relay has just been connected to, if its service wants one. 0, or an errno: nothing
 * can follow then. */
int px_proxy_send(const struct px_relay *relay);

#endif
