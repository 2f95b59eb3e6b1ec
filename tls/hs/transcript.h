/* transcript.h - the hash over the handshake messages, RFC 8446 section 4.4.1.
 *
 * Until the suite is known two hashes run side by side; choosing keeps one of them.
 */
#ifndef TLS_HS_TRANSCRIPT_H
#define TLS_HS_TRANSCRIPT_H

#include "../bytes/span.h"
#include "../crypto/hash.h"

struct tls_transcript {
	bool chosen;
	enum tls_hash hash;
	struct tls_hash_ctx sha256, sha384;
};

void tls_transcript_init(struct tls_transcript *t);

/* Adds a message with its header. */
void tls_transcript_add(struct tls_transcript *t, struct tls_span msg);

/* From here on only this hash (SHA-256 or SHA-384) runs. */
void tls_transcript_choose(struct tls_transcript *t, enum tls_hash hash);

/* HelloRetryRequest: what came so far (the first ClientHello) is replaced by a message_hash message
 * over it. After tls_transcript_choose. */
void tls_transcript_retry(struct tls_transcript *t);

/* The hash so far; tls_hash_len bytes, at most TLS_HASH_MAX_LEN. */
struct tls_span tls_transcript_hash(const struct tls_transcript *t, uint8_t out[TLS_HASH_MAX_LEN]);

#endif
