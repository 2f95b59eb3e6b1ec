/* mint_ocsp.c - OCSP responses of mint.h, by hand from RFC 6960. */
#include "mint_out.h"
#include "tls/crypto/hash.h"
#include "tls/crypto/sha1.h"

static void put_general_time(struct out *o, int64_t t)
{
	size_t mark = o->len;

	put_time(o, t);
	memmove(o->p + mark + 4, o->p + mark + 2, o->len - mark - 2); /* from UTCTime of 20xx */
	memcpy(o->p + mark, "\x18\x0f" "20", 4);
	o->len += 2;
}

static void put_digest(struct out *o, const struct mint_ocsp_entry *e, const void *data, size_t len)
{
	uint8_t digest[TLS_HASH_MAX_LEN];

	if (e->sha256)
		tls_hash_once(TLS_HASH_SHA256, digest, data, len);
	else
		tls_sha1(digest, data, len);
	put_element(o, 0x04, digest, e->sha256 ? 32 : TLS_SHA1_LEN);
}

static void put_cert_id(struct out *o, const struct mint_ocsp_entry *e)
{
	size_t mark = o->len, len = 600;
	struct out *name = calloc(1, sizeof(*name));
	uint8_t key[600];

	assert(name != NULL && tls_pubkey_bytes(tls_privkey_public(e->issuer_key), key, &len) == 0);
	put_name(name, e->issuer);
	if (e->sha256)
		PUT(o, "\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00");
	else
		PUT(o, "\x30\x09\x06\x05\x2b\x0e\x03\x02\x1a\x05\x00");
	put_digest(o, e, name->p, name->len);
	put_digest(o, e, key, len);
	put_element(o, 0x02, e->serial, 1);
	wrap(o, mark, 0x30);
	free(name);
}

static void put_entry(struct out *o, const struct mint_ocsp_entry *e)
{
	size_t mark = o->len, start;

	put_cert_id(o, e);
	start = o->len;
	if (e->status == 'r') {
		put_general_time(o, MINT_START);
		wrap(o, start, 0xa1);
	} else {
		put_element(o, e->status == 'g' ? 0x80 : 0x82, NULL, 0);
	}
	put_general_time(o, or_else(e->this_update, MINT_START));
	start = o->len;
	if (e->next_update >= 0) {
		put_general_time(o, or_else(e->next_update, MINT_END));
		wrap(o, start, 0xa0);
	}
	if (e->critical)
		PUT(o, "\xa1\x0e\x30\x0c\x30\x0a\x06\x02\x2a\x03\x01\x01\xff\x04\x01x");
	wrap(o, mark, 0x30);
}

static void put_responder(struct out *o, const struct mint_ocsp *m)
{
	uint8_t key[600], digest[TLS_SHA1_LEN];
	size_t len = sizeof(key);

	if (m->responder_name != NULL) {
		put_name(o, m->responder_name);
		wrap(o, 0, 0xa1);
		return;
	}
	assert(tls_pubkey_bytes(tls_privkey_public(m->responder != NULL ? m->responder : m->signer), key, &len) == 0);
	tls_sha1(digest, key, len);
	put_element(o, 0x04, digest, sizeof(digest));
	wrap(o, 0, 0xa2);
}

static void put_response_data(struct out *o, const struct mint_ocsp *m)
{
	size_t mark;

	put_responder(o, m);
	put_general_time(o, MINT_NOW);
	mark = o->len;
	for (size_t i = 0; i < m->n_entries; i++)
		put_entry(o, &m->entries[i]);
	wrap(o, mark, 0x30);
	if (m->critical)
		PUT(o, "\xa1\x0e\x30\x0c\x30\x0a\x06\x02\x2a\x03\x01\x01\xff\x04\x01x");
	wrap(o, 0, 0x30);
}

/* Bytes in front of all that stands in o. */
static void put_first(struct out *o, const void *bytes, size_t n)
{
	memmove(o->p + n, o->p, o->len);
	memcpy(o->p, bytes, n);
	o->len += n;
}

struct tls_span mint_ocsp(const struct mint_ocsp *m)
{
	static const uint8_t type[] = {0x06, 0x09, 0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x30, 0x01, 0x01};
	const uint8_t status[] = {0x0a, 0x01, (uint8_t)m->status};
	struct out *o = calloc(1, sizeof(*o));
	size_t mark;

	assert(o != NULL);
	put_response_data(o, m);
	put_signature(o, m->signer, tls_span(NULL, 0), m->spoil_signature);
	mark = o->len;
	put_span(o, m->cert);
	if (m->cert.len > 0) {
		wrap(o, mark, 0x30);
		wrap(o, mark, 0xa0);
	}
	wrap(o, 0, 0x30);
	wrap(o, 0, 0x04);
	put_first(o, type, sizeof(type));
	o->p[sizeof(type) - 1] = (uint8_t)(o->p[sizeof(type) - 1] + m->other_type);
	wrap(o, 0, 0x30);
	wrap(o, 0, 0xa0);
	put_first(o, status, sizeof(status));
	return take_out(o);
}
