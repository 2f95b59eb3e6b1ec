/* session.h - how a public function of the session begins and ends. */
#ifndef TLS_SESSION_H
#define TLS_SESSION_H

#include "state.h"

/* The session's result for err: a fatal one ends the session and its alert is put on the way. Every
 * public function that moves bytes gives its result through here. */
int tls_session_result(struct tls_session_st *s, int err);

/* What every public call checks first: 0, or the error that ended the session. Provides the workspace. */
int tls_session_enter(struct tls_session_st *s) __attribute__((warn_unused_result));

#endif
