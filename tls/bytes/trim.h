/* trim.h - the length of a byte string without the zeros at its end, found in constant time. */
#ifndef TLS_BYTES_TRIM_H
#define TLS_BYTES_TRIM_H

#include <stddef.h>

#define TLS_TRIM_MAX_LEN (64u * 65535) /* blocks are counted with sixteen bits */

/* How many of n bytes at p are left without the zeros behind the last other one; 0 if there is none. The time it takes
 * depends on n alone, at most TLS_TRIM_MAX_LEN: which bytes are zero is nobody's business. */
size_t tls_trim_zeros(const void *p, size_t n) __attribute__((warn_unused_result));

#endif
