/* transcript.c - see transcript.h. */
#include "transcript.h"

#include "../limits.h"
#include "../tls.h"

#define HEADER_LEN 4

void tls_transcript_init(struct tls_transcript *t)
{
	t->chosen = t->keeps = t->too_long = false;
	tls_buf_init(&t->kept, 0);
	tls_hash_init(&t->sha256, TLS_HASH_SHA256);
	tls_hash_init(&t->sha384, TLS_HASH_SHA384);
}

void tls_transcript_keep(struct tls_transcript *t)
{
	t->keeps = true;
}

void tls_transcript_forget(struct tls_transcript *t)
{
	t->keeps = t->too_long = false;
	tls_buf_clear(&t->kept);
}

static void keep(struct tls_transcript *t, struct tls_span msg)
{
	if (!t->keeps)
		return;
	t->too_long = t->too_long || msg.len > TLS_LIMIT_KEPT_LEN - t->kept.len;
	if (!t->too_long)
		tls_buf_span(&t->kept, msg);
}

bool tls_transcript_ok(const struct tls_transcript *t)
{
	return tls_buf_ok(&t->kept);
}

int tls_transcript_messages(const struct tls_transcript *t, struct tls_span *messages)
{
	if (!t->keeps)
		return TLS_E_INTERNAL_ERROR;
	if (t->too_long)
		return TLS_E_HANDSHAKE_TOO_LARGE;
	*messages = tls_buf_as_span(&t->kept);
	return tls_transcript_ok(t) ? 0 : TLS_E_MEMORY_ERROR;
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
	keep(t, msg);
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

struct tls_span tls_transcript_with(const struct tls_transcript *t, uint8_t out[TLS_HASH_MAX_LEN],
    enum tls_hash hash, struct tls_span a, struct tls_span b)
{
	struct tls_hash_ctx ctx = hash == TLS_HASH_SHA384 ? t->sha384 : t->sha256;

	tls_hash_update(&ctx, a.p, a.len);
	tls_hash_update(&ctx, b.p, b.len);
	tls_hash_peek(&ctx, out);
	return tls_span(out, tls_hash_len(hash));
}
