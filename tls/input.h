/* input.h - from the transport to opened records. */
#ifndef TLS_INPUT_H
#define TLS_INPUT_H

#include "state.h"

/* One opened record. content borrows from the input buffer until the next call. */
struct tls_incoming {
	uint8_t type; /* enum tls_content, or what a peer made up */
	bool protect; /* came protected */
	struct tls_span content;
};

/* Begins and ends work on the input: between them s->in.buf may be used. leave gives err, or
 * TLS_E_MEMORY_ERROR when what is left could not be kept. */
int tls_input_enter(struct tls_session_st *s) __attribute__((warn_unused_result));
int tls_input_leave(struct tls_session_st *s, int err) __attribute__((warn_unused_result));

/* The next record, opened. may_pull false: only from what has been read; TLS_E_AGAIN if that holds no
 * whole record. 0 or TLS_E_*; the transport's end is TLS_E_PREMATURE_TERMINATION. */
int tls_input_next(struct tls_session_st *s, struct tls_incoming *rec, bool may_pull)
    __attribute__((warn_unused_result));

/* Reads the transport once, behind what is there. 0 or TLS_E_*, as above. */
int tls_input_pull(struct tls_session_st *s) __attribute__((warn_unused_result));

/* RFC 8446 section 4.2.10: true if a record of len bytes may be dropped as early data that we didn't
 * accept; counts it, with its header. */
bool tls_input_may_skip(struct tls_session_st *s, size_t len);

/* Drops everything and wipes plaintext. */
void tls_input_clear(struct tls_session_st *s);

#endif
