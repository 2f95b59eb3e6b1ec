/* output.h - from plaintext to the transport. */
#ifndef TLS_OUTPUT_H
#define TLS_OUTPUT_H

#include "state.h"

/* Seals one record (len at most s->max_send) behind what waits. 0; TLS_E_AGAIN when the wire buffer is
 * full (nothing was sealed; flush and repeat), TLS_E_MEMORY_ERROR, TLS_E_RECORD_LIMIT_REACHED. */
int tls_output_record(struct tls_session_st *s, enum tls_content type, const uint8_t *src, size_t len)
    __attribute__((warn_unused_result));

/* The same with at least pad bytes of padding, if that is possible: never more than a record of ours may hold. */
int tls_output_padded_record(struct tls_session_st *s, enum tls_content type, const uint8_t *src, size_t len,
    size_t pad) __attribute__((warn_unused_result));

/* As tls_output_record, and may use the room that is reserved for the last word of a session. */
int tls_output_last_record(struct tls_session_st *s, enum tls_content type, const uint8_t *src,
    size_t len) __attribute__((warn_unused_result));

/* Pushes what waits. 0 when nothing is left; TLS_E_AGAIN or TLS_E_INTERRUPTED with direction 1;
 * TLS_E_PUSH_ERROR. */
int tls_output_flush(struct tls_session_st *s) __attribute__((warn_unused_result));

/* Bytes that wait. */
size_t tls_output_waiting(const struct tls_session_st *s);

/* Drops the records from s->out.mark on and takes their sequence numbers back. None of their bytes may
 * have been pushed. */
void tls_output_rewind(struct tls_session_st *s);

void tls_output_clear(struct tls_session_st *s);

#endif
