/* relay_log.h - from a relay to its line in the log. */
#ifndef DAEMON_RELAY_LOG_H
#define DAEMON_RELAY_LOG_H

#include "daemon/relay.h"

/* Writes the line, if connections are logged. The client's session is still there. */
void px_relay_log(const struct px_relay *relay, const char *reason);

/* When nobody else asks for the client's certificate any more: keeps of it what the line will say, and the session no
 * more of it. */
void px_relay_log_keep(struct px_relay *relay);

#endif
