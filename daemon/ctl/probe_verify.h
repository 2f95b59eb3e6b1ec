/* probe_verify.h - what the judgement of the peer's chain says. */
#ifndef DAEMON_CTL_PROBE_VERIFY_H
#define DAEMON_CTL_PROBE_VERIFY_H

#include "probe_session.h"

/* The verify function of a probe's credentials: called when the chain is good; or, if that doesn't matter, to judge. */
int px_probe_verify_function(tls_session_t tls);

/* Tells of the path from the peer's certificate to a trusted one, if there is one. */
void px_probe_verify_tell_path(struct px_probe_session *s);

/* True, and told, if err is the handshake's because the chain is not good. */
bool px_probe_verify_failed(struct px_probe_session *s, int err);

#endif
