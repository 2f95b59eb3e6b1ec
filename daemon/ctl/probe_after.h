/* probe_after.h - what is done with a connection once it stands: the first messages behind the handshake, new keys, another
 * handshake, data, the end. */
#ifndef DAEMON_CTL_PROBE_AFTER_H
#define DAEMON_CTL_PROBE_AFTER_H

#include "probe_session.h"

/* Each gives true if the connection goes on; what failed, or has ended, is told. */
bool px_probe_after_settle(struct px_probe_session *s);
bool px_probe_after_key_update(struct px_probe_session *s);
bool px_probe_after_renegotiate(struct px_probe_session *s);

/* Receives once: a count, 0 at the end, or TLS_E_*; warnings and requests to renegotiate are told, and are TLS_E_AGAIN.
 * Data goes to the answer. */
ssize_t px_probe_after_receive(struct px_probe_session *s);

#endif
