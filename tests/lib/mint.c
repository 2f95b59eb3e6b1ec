/* mint.c - see mint.h. */
#include "mint_out.h"
#include "tls/x509/pem_write.h"

/* ---- Keys -------------------------------------------------------------------------------------------------- */

static void put_spki(struct out *o, const struct tls_privkey *key)
{
	uint8_t bits[600];
	size_t mark = o->len, len = sizeof(bits), start;

	if (kind_of(key) == TLS_PK_ED25519)
		PUT(o, "\x30\x05\x06\x03\x2b\x65\x70");
	else if (kind_of(key) == TLS_PK_ECDSA_P384)
		PUT(o, "\x30\x10\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x05\x2b\x81\x04\x00\x22");
	else
		PUT(o, "\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07");
	assert(tls_pubkey_bytes(tls_privkey_public(key), bits, &len) == 0);
	start = o->len;
	PUT(o, "\x00");
	put(o, bits, len);
	wrap(o, start, 0x03);
	wrap(o, mark, 0x30);
}

static struct tls_span sign(struct out *o, const struct tls_privkey *signer, struct tls_span algorithm, bool spoil)
{
	put_signature(o, signer, algorithm, spoil);
	return take_out(o);
}

/* ---- Extensions -------------------------------------------------------------------------------------------- */

/* The value stands since mark; id: the last byte of 2.5.29. */
static void wrap_extension(struct out *o, size_t mark, uint8_t id, bool critical)
{
	const uint8_t head[] = {0x06, 0x03, 0x55, 0x1d, id, 0x01, 0x01, 0xff};
	size_t n = critical ? sizeof(head) : 5;

	wrap(o, mark, 0x04);
	memmove(o->p + mark + n, o->p + mark, o->len - mark);
	memcpy(o->p + mark, head, n);
	o->len += n;
	wrap(o, mark, 0x30);
}

static void put_hex(struct out *o, const char *hex)
{
	unsigned byte;

	for (; *hex != '\0'; hex += 2) {
		assert(sscanf(hex, "%2x", &byte) == 1);
		put(o, &(uint8_t){(uint8_t)byte}, 1);
	}
}

static void put_general_name(struct out *o, const char *name)
{
	const char *value = strchr(name, ':') + 1;
	size_t mark = o->len;

	if (strncmp(name, "dns:", 4) == 0) {
		put_element(o, 0x82, value, strlen(value));
	} else if (strncmp(name, "email:", 6) == 0) {
		put_element(o, 0x81, value, strlen(value));
	} else if (strncmp(name, "uri:", 4) == 0) {
		put_element(o, 0x86, value, strlen(value));
	} else if (strncmp(name, "ip:", 3) == 0) {
		put_hex(o, value);
		wrap(o, mark, 0x87);
	} else if (strncmp(name, "dn:", 3) == 0) {
		put_name(o, value);
		wrap(o, mark, 0xa4);
	} else {
		PUT(o, "\x06\x03\x2a\x03\x04\xa0\x03\x0c\x01x");
		wrap(o, mark, 0xa0);
	}
}

static void put_subtrees(struct out *o, const char *const *names, uint8_t tag)
{
	size_t mark = o->len;

	for (size_t i = 0; i < MINT_MAX_NAMES && names[i] != NULL; i++) {
		size_t start = o->len;

		put_general_name(o, names[i]);
		wrap(o, start, 0x30);
	}
	if (o->len > mark)
		wrap(o, mark, tag);
}

static void put_key_ids(struct out *o, const struct mint *m)
{
	const char *issuer = m->issuer != NULL ? m->issuer : m->subject;
	size_t mark = o->len;

	if (!m->no_key_id) {
		if (m->key_id.p != NULL)
			put_element(o, 0x04, m->key_id.p, m->key_id.len);
		else
			put_element(o, 0x04, m->subject, strlen(m->subject) + 1);
		wrap_extension(o, mark, 0x0e, false);
	}
	mark = o->len;
	if (m->no_issuer_key_id)
		return;
	if (m->issuer_key_id.p != NULL)
		put_element(o, 0x80, m->issuer_key_id.p, m->issuer_key_id.len);
	else
		put_element(o, 0x80, issuer, strlen(issuer) + 1);
	wrap(o, mark, 0x30);
	wrap_extension(o, mark, 0x23, false);
}

static void put_ca(struct out *o, const struct mint *m)
{
	size_t mark = o->len;

	if (!m->ca)
		return;
	PUT(o, "\x01\x01\xff");
	if (m->path_len > 0)
		put_element(o, 0x02, &(uint8_t){(uint8_t)(m->path_len - 1)}, 1);
	wrap(o, mark, 0x30);
	wrap_extension(o, mark, 0x13, !m->loose_ca);
}

static void put_usages(struct out *o, const struct mint *m)
{
	uint8_t bits[] = {0, (uint8_t)(m->usage >> 8), (uint8_t)m->usage};
	size_t mark = o->len, n = bits[2] != 0 ? 3 : 2;

	if (m->usage != 0) {
		while ((bits[n - 1] >> bits[0] & 1) == 0)
			bits[0]++;
		put_element(o, 0x03, bits, n);
		wrap_extension(o, mark, 0x0f, true);
	}
	mark = o->len;
	for (const char *p = m->purposes; p != NULL && *p != '\0'; p++) {
		if (*p == 'a')
			PUT(o, "\x06\x04\x55\x1d\x25\x00");
		else
			PUT(o, "\x06\x08\x2b\x06\x01\x05\x05\x07\x03");
		if (*p != 'a')
			put(o, *p == 's' ? "\x01" : *p == 'c' ? "\x02" : "\x09", 1);
	}
	if (m->purposes == NULL)
		return;
	wrap(o, mark, 0x30);
	wrap_extension(o, mark, 0x25, m->critical_purposes);
}

static void put_names(struct out *o, const struct mint *m)
{
	size_t mark = o->len;

	for (size_t i = 0; i < MINT_MAX_NAMES && m->names[i] != NULL; i++)
		put_general_name(o, m->names[i]);
	if (o->len > mark) {
		wrap(o, mark, 0x30);
		wrap_extension(o, mark, 0x11, m->critical_names);
	}
	mark = o->len;
	put_subtrees(o, m->permitted, 0xa0);
	put_subtrees(o, m->excluded, 0xa1);
	if (o->len > mark) {
		wrap(o, mark, 0x30);
		wrap_extension(o, mark, 0x1e, true);
	}
}

static void put_extensions(struct out *o, const struct mint *m)
{
	size_t mark = o->len;

	put_key_ids(o, m);
	put_ca(o, m);
	put_usages(o, m);
	put_names(o, m);
	put_span(o, m->more);
	if (o->len == mark)
		return;
	wrap(o, mark, 0x30);
	wrap(o, mark, 0xa3);
}

struct tls_span mint_cert(const struct mint *m)
{
	const struct tls_privkey *signer = m->signer != NULL ? m->signer : m->key;
	unsigned version = m->version != 0 ? m->version : 3;
	struct out *o = calloc(1, sizeof(*o));
	size_t mark;

	assert(o != NULL);
	if (version > 1) {
		PUT(o, "\xa0\x03\x02\x01");
		put(o, &(uint8_t){(uint8_t)(version - 1)}, 1);
	}
	put_element(o, 0x02, m->serial.p != NULL ? m->serial.p : (const uint8_t *)"\x01",
	    m->serial.p != NULL ? m->serial.len : 1);
	put_algorithm(o, signer, m->algorithm);
	put_name(o, m->issuer != NULL ? m->issuer : m->subject);
	mark = o->len;
	put_time(o, or_else(m->not_before, MINT_START));
	put_time(o, or_else(m->not_after, MINT_END));
	wrap(o, mark, 0x30);
	put_name(o, m->subject);
	put_spki(o, m->key);
	if (version == 3)
		put_extensions(o, m);
	wrap(o, 0, 0x30);
	return sign(o, signer, m->algorithm, m->spoil_signature);
}

static void put_crl_extensions(struct out *o, const struct mint_crl *m)
{
	size_t mark = o->len;

	if (!m->no_number)
		PUT(o, "\x30\x0a\x06\x03\x55\x1d\x14\x04\x03\x02\x01\x01");
	put_span(o, m->more);
	if (o->len == mark)
		return;
	wrap(o, mark, 0x30);
	wrap(o, mark, 0xa0);
}

struct tls_span mint_crl(const struct mint_crl *m)
{
	struct out *o = calloc(1, sizeof(*o));
	size_t mark;

	assert(o != NULL);
	if (!m->first_version)
		PUT(o, "\x02\x01\x01");
	put_algorithm(o, m->signer, tls_span(NULL, 0));
	put_name(o, m->issuer);
	put_time(o, or_else(m->this_update, MINT_START));
	if (m->next_update >= 0)
		put_time(o, or_else(m->next_update, MINT_END));
	mark = o->len;
	for (size_t i = 0; i < m->n_serials; i++) {
		size_t start = o->len;

		put_element(o, 0x02, m->serials[i].p, m->serials[i].len);
		put_time(o, MINT_START);
		put_span(o, m->entry_extensions);
		wrap(o, start, 0x30);
	}
	if (o->len > mark)
		wrap(o, mark, 0x30);
	if (!m->first_version)
		put_crl_extensions(o, m);
	wrap(o, 0, 0x30);
	return sign(o, m->signer, tls_span(NULL, 0), m->spoil_signature);
}

struct tls_privkey *mint_key(enum tls_pk kind)
{
	struct tls_privkey *key;

	assert(tls_privkey_generate(&key, kind, NULL) == 0);
	return key;
}

char *mint_pem(struct tls_span der, const char *label)
{
	struct tls_buf out;
	char *text;

	tls_buf_init(&out, 0);
	tls_pem_write(&out, label, der);
	tls_buf_u8(&out, 0);
	assert(tls_buf_ok(&out));
	text = malloc(out.len);
	assert(text != NULL);
	memcpy(text, out.p, out.len);
	tls_buf_clear(&out);
	return text;
}

void mint_free(struct tls_span der)
{
	free((void *)(uintptr_t)der.p);
}
