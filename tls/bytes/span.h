/* span.h - the bounded reader: a borrowed piece of bytes that is read from the front.
 *
 * It latches its failure: a read past the end yields zeros and an empty span, and the span stays
 * failed. A decoder reads its whole structure without a check and ends with
 * `return tls_span_end(&s)`: no failure and nothing left over. A block (length-prefixed) is a span
 * of its own and needs its own tls_span_end.
 */
#ifndef TLS_BYTES_SPAN_H
#define TLS_BYTES_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tls_span {
	const uint8_t *p;
	size_t len;
	bool failed;
};

/* A span over len bytes at p; borrows them. */
struct tls_span tls_span(const void *p, size_t len);

/* Big-endian numbers of 1, 2, 3, 4 bytes; 0 after a failure. */
uint8_t tls_span_u8(struct tls_span *s);
uint16_t tls_span_u16(struct tls_span *s);
uint32_t tls_span_u24(struct tls_span *s);
uint32_t tls_span_u32(struct tls_span *s);

/* The next n bytes, as a span; an empty and failed one if there are fewer. */
struct tls_span tls_span_take(struct tls_span *s, size_t n);

/* Copies the next n bytes to dst; zeros if there are fewer. */
void tls_span_copy(struct tls_span *s, void *dst, size_t n);

/* A block: a length of 1, 2 or 3 bytes and that many bytes. A length below min or above max is a
 * failure of both (RFC 8446 section 3.4: vectors <min..max>). */
struct tls_span tls_span_block8(struct tls_span *s, size_t min, size_t max);
struct tls_span tls_span_block16(struct tls_span *s, size_t min, size_t max);
struct tls_span tls_span_block24(struct tls_span *s, size_t min, size_t max);

/* Marks the span as failed, for a value that makes no sense. */
void tls_span_fail(struct tls_span *s);

/* True while there is something to read: the condition of loops over lists. */
bool tls_span_more(const struct tls_span *s);

/* True if nothing failed and nothing is left. */
bool tls_span_end(const struct tls_span *s) __attribute__((warn_unused_result));

#endif
