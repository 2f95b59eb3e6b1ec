/* finish.h - the end of a handshake: tickets, the last bytes, and nothing of the handshake stays; or, in a false start,
 * an end before it. */
#ifndef TLS_HS_FINISH_H
#define TLS_HS_FINISH_H

#include "hs.h"

/* All rows are done: established. 0, or TLS_E_AGAIN: to be called again. */
int tls_finish(struct tls_session_st *s) __attribute__((warn_unused_result));

/* True if data may be sent behind this row, before the handshake is complete; then, whether it can be. */
bool tls_finish_may_be_early(const struct tls_session_st *s, const struct tls_step *step);
int tls_finish_early(struct tls_session_st *s) __attribute__((warn_unused_result));

#endif
