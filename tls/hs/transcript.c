/* transcript.c - see transcript.h. */
#include "transcript.h"

#include "../tls.h"

#define HEADER_LEN 4

void tls_transcript_init(struct tls_transcript *t)
{
	t->chosen = false;
	tls_hash_init(&t->sha256, TLS_HASH_SHA256);
	tls_hash_init(&t->sha384, TLS_HASH_SHA384);
}

static bool runs(const struct tls_transcript *t, enum tls_hash hash)
{
	return !t->chosen || t->hash == hash;
}

void tls_transcript_add(struct tls_transcript *t, struct tls_span msg)
{
	if (runs(t, TLS_HASH_SHA256))
		tls_hash_update(&t->sha256, msg.p, msg.len);
	if (runs(t, TLS_HASH_SHA384))
		tls_hash_update(&t->sha384, msg.p, msg.len);
}

void tls_transcript_choose(struct tls_transcript *t, enum tls_hash hash)
{
	t->chosen = true;
	t->hash = hash;
}

static struct tls_hash_ctx *running(struct tls_transcript *t)
{
	return t->hash == TLS_HASH_SHA384 ? &t->sha384 : &t->sha256;
}

void tls_transcript_retry(struct tls_transcript *t)
{
	size_t len = tls_hash_len(t->hash);
	uint8_t header[HEADER_LEN] = {TLS_HANDSHAKE_MESSAGE_HASH, 0, 0, (uint8_t)len};
	uint8_t first[TLS_HASH_MAX_LEN];

	tls_hash_peek(running(t), first);
	tls_hash_init(running(t), t->hash);
	tls_hash_update(running(t), header, sizeof(header));
	tls_hash_update(running(t), first, len);
}

struct tls_span tls_transcript_hash(const struct tls_transcript *t, uint8_t out[TLS_HASH_MAX_LEN])
{
	tls_hash_peek(t->hash == TLS_HASH_SHA384 ? &t->sha384 : &t->sha256, out);
	return tls_span(out, tls_hash_len(t->hash));
}
