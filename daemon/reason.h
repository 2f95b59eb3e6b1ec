/* reason.h - how a connection ended, in the words of the log. */
#ifndef DAEMON_REASON_H
#define DAEMON_REASON_H

#include "daemon/end.h"

#define PX_REASON_LEN 128

/* side: 0 is the client, 1 the backend. */
void px_reason_broken(char reason[PX_REASON_LEN], const struct px_end *end, unsigned side);

/* "handshake: no common group" */
void px_reason_handshake(char reason[PX_REASON_LEN], const struct px_end *client);

/* "handshake timeout", with whom or what it waited for if that tells more. */
const char *px_reason_handshake_timeout(const struct px_end *client);

/* "backend: connection refused" */
void px_reason_backend(char reason[PX_REASON_LEN], int os_error);

#endif
