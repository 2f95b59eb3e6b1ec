/* buf.h - the growing writer.
 *
 * It latches its failure (no memory, over the limit, a block too long for its prefix): everything
 * after that is ignored, and one check of tls_buf_ok at the end suffices. Length prefixes are
 * never computed by hand: open a block, write, close it. Memory that is given up is wiped.
 */
#ifndef TLS_BYTES_BUF_H
#define TLS_BYTES_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "span.h"

struct tls_buf {
	uint8_t *p;
	size_t len, cap;
	size_t max; /* grows no further than this; 0: no limit */
	bool failed;
	bool fixed; /* p is the caller's: never grown, never freed */
};

/* An open length prefix: where it is and how many bytes it has. */
struct tls_block {
	size_t at;
	unsigned prefix_len;
};

/* An empty writer that allocates as it goes, up to max bytes (0: no limit). */
void tls_buf_init(struct tls_buf *b, size_t max);

/* A writer over cap bytes of the caller's, which it never frees. */
void tls_buf_init_fixed(struct tls_buf *b, void *p, size_t cap);

/* Wipes and releases what it owns; the writer is empty and usable again. */
void tls_buf_clear(struct tls_buf *b);

/* Forgets the content (wiped), keeps the memory and forgets a failure. */
void tls_buf_reset(struct tls_buf *b);

/* Big-endian numbers, bytes, zeros. */
void tls_buf_u8(struct tls_buf *b, unsigned v);
void tls_buf_u16(struct tls_buf *b, unsigned v);
void tls_buf_u24(struct tls_buf *b, uint32_t v);
void tls_buf_u32(struct tls_buf *b, uint32_t v);
void tls_buf_bytes(struct tls_buf *b, const void *src, size_t n);
void tls_buf_span(struct tls_buf *b, struct tls_span s);

/* Room for n bytes (zeroed), already counted in len; NULL after a failure. The pointer is valid
 * until the next write. */
uint8_t *tls_buf_room(struct tls_buf *b, size_t n);

/* A length prefix of prefix_len bytes (1, 2 or 3) is reserved, and filled in by close. Blocks nest;
 * the inner one is closed first. */
struct tls_block tls_buf_open(struct tls_buf *b, unsigned prefix_len);
void tls_buf_close(struct tls_buf *b, struct tls_block block);

/* Drops the first n bytes (n <= len), moving the rest to the front. */
void tls_buf_drop(struct tls_buf *b, size_t n);

/* Marks the writer as failed. */
void tls_buf_fail(struct tls_buf *b);

/* True if every write so far was carried out. */
bool tls_buf_ok(const struct tls_buf *b) __attribute__((warn_unused_result));

/* What has been written, as a span; valid until the next write. */
struct tls_span tls_buf_as_span(const struct tls_buf *b);

#endif
