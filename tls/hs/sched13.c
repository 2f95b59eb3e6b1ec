/* sched13.c - see sched13.h. */
#include "sched13.h"

#include "../bytes/mem.h"
#include "../crypto/hkdf.h"

static const uint8_t zeros[TLS_HASH_MAX_LEN];

/* No input keying material is a string of Hash.length zeros (section 7.1). */
static void extract(struct tls_sched13 *s, const uint8_t *salt, size_t salt_len, const uint8_t *ikm,
    size_t ikm_len)
{
	size_t len = tls_hash_len(s->hash);

	s->current.len = (uint8_t)len;
	tls_hkdf_extract(s->hash, s->current.b, salt, salt_len, ikm_len > 0 ? ikm : zeros,
	    ikm_len > 0 ? ikm_len : len);
}

void tls_sched13_start(struct tls_sched13 *s, enum tls_hash hash, const uint8_t *psk, size_t psk_len)
{
	s->hash = hash;
	extract(s, NULL, 0, psk, psk_len);
}

void tls_sched13_next(struct tls_sched13 *s, const uint8_t *ikm, size_t ikm_len)
{
	uint8_t empty[TLS_HASH_MAX_LEN];
	struct tls_secret derived;

	tls_hash_once(s->hash, empty, NULL, 0);
	tls_sched13_derive(&derived, s, "derived", tls_span(empty, tls_hash_len(s->hash)));
	extract(s, derived.b, derived.len, ikm, ikm_len);
	tls_mem_wipe(&derived, sizeof(derived));
}

void tls_sched13_derive(struct tls_secret *out, const struct tls_sched13 *s, const char *label,
    struct tls_span transcript_hash)
{
	out->len = s->current.len;
	tls_hkdf_expand_label(s->hash, out->b, out->len, s->current.b, label, transcript_hash.p,
	    transcript_hash.len);
}

void tls_sched13_finished(uint8_t *out, enum tls_hash hash, const struct tls_secret *traffic,
    struct tls_span transcript_hash)
{
	uint8_t key[TLS_HASH_MAX_LEN];
	size_t len = tls_hash_len(hash);

	tls_hkdf_expand_label(hash, key, len, traffic->b, "finished", NULL, 0);
	tls_hmac(hash, out, key, len, transcript_hash.p, transcript_hash.len);
	tls_mem_wipe(key, sizeof(key));
}

void tls_sched13_update(enum tls_hash hash, struct tls_secret *traffic)
{
	struct tls_secret next = {.len = traffic->len};

	tls_hkdf_expand_label(hash, next.b, next.len, traffic->b, "traffic upd", NULL, 0);
	*traffic = next;
	tls_mem_wipe(&next, sizeof(next));
}

void tls_sched13_export(uint8_t *out, size_t out_len, enum tls_hash hash, const struct tls_secret *exporter,
    const char *label, struct tls_span context)
{
	uint8_t digest[TLS_HASH_MAX_LEN];
	size_t len = tls_hash_len(hash);
	struct tls_secret derived;

	tls_hash_once(hash, digest, NULL, 0);
	tls_hkdf_expand_label(hash, derived.b, len, exporter->b, label, digest, len);
	tls_hash_once(hash, digest, context.p, context.len);
	tls_hkdf_expand_label(hash, out, out_len, derived.b, "exporter", digest, len);
	tls_mem_wipe(&derived, sizeof(derived));
}

void tls_sched13_clear(struct tls_sched13 *s)
{
	tls_mem_wipe(s, sizeof(*s));
}
