/* transcript.h - the hash over the handshake messages, RFC 8446 section 4.4.1.
 *
 * Until the suite is known two hashes run side by side; choosing keeps one of them.
 *
 * A client's signature in TLS 1.2 is made over all messages so far, by any hash or (Ed25519) without one, and the
 * scheme is known last: where there may be one, and only there, the messages themselves are kept for it.
 */
#ifndef TLS_HS_TRANSCRIPT_H
#define TLS_HS_TRANSCRIPT_H

#include "../bytes/buf.h"
#include "../crypto/hash.h"

struct tls_transcript {
	bool chosen;
	enum tls_hash hash;
	struct tls_hash_ctx sha256, sha384;
	bool keeps, too_long;
	struct tls_buf kept;
};

void tls_transcript_init(struct tls_transcript *t);

/* From here on the messages are kept, too: before the first one is added. Forget releases them; harmless when
 * there are none. */
void tls_transcript_keep(struct tls_transcript *t);
void tls_transcript_forget(struct tls_transcript *t);

/* False if there was no memory to keep one of them. */
bool tls_transcript_ok(const struct tls_transcript *t) __attribute__((warn_unused_result));

/* The messages kept, valid until the next one is added. 0, TLS_E_HANDSHAKE_TOO_LARGE when they are longer than
 * TLS_LIMIT_KEPT_LEN together, TLS_E_MEMORY_ERROR; TLS_E_INTERNAL_ERROR when they aren't kept: a signature over
 * nothing proves nothing. */
int tls_transcript_messages(const struct tls_transcript *t, struct tls_span *messages)
    __attribute__((warn_unused_result));

/* Adds a message with its header. */
void tls_transcript_add(struct tls_transcript *t, struct tls_span msg);

/* From here on only this hash (SHA-256 or SHA-384) runs. */
void tls_transcript_choose(struct tls_transcript *t, enum tls_hash hash);

/* HelloRetryRequest: what came so far (the first ClientHello) is replaced by a message_hash message
 * over it. After tls_transcript_choose. */
void tls_transcript_retry(struct tls_transcript *t);

/* The hash so far; tls_hash_len bytes, at most TLS_HASH_MAX_LEN. */
struct tls_span tls_transcript_hash(const struct tls_transcript *t, uint8_t out[TLS_HASH_MAX_LEN]);

/* The same over what came so far and two pieces behind it, which are not added. hash: the chosen one; before
 * one is chosen either. */
struct tls_span tls_transcript_with(const struct tls_transcript *t, uint8_t out[TLS_HASH_MAX_LEN],
    enum tls_hash hash, struct tls_span a, struct tls_span b);

#endif
