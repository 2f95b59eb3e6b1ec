/* record.c - see record.h. Sections are those of RFC 8446 where no other RFC is named. */
#include "record.h"

#include "bytes/mem.h"
#include "bytes/trim.h"
#include "crypto/hkdf.h"

#define LEGACY_VERSION 0x0303
#define SALT_LEN 4 /* RFC 5288 section 3 */
#define AD12_LEN 13 /* RFC 5246 section 6.2.3.3 */

void tls_record_install(struct tls_half *half, struct tls_workspace_st *w,
    const struct tls_suite *suite, const struct tls_secret *secret)
{
	tls_record_forget(half, w);
	half->suite = suite;
	half->key_id = tls_workspace_key_id(w);
	tls_hkdf_expand_label(suite->hash, half->key, tls_aead_key_len(suite->aead), secret->b, "key",
	    NULL, 0);
	tls_hkdf_expand_label(suite->hash, half->iv, sizeof(half->iv), secret->b, "iv", NULL, 0);
}

size_t tls_record_iv12_len(enum tls_aead aead)
{
	return aead == TLS_AEAD_CHACHA20_POLY1305 ? TLS_AEAD_NONCE_LEN : SALT_LEN;
}

void tls_record_install12(struct tls_half *half, struct tls_workspace_st *w,
    const struct tls_suite *suite, const uint8_t *key, const uint8_t *iv)
{
	tls_record_forget(half, w);
	half->suite = suite;
	half->key_id = tls_workspace_key_id(w);
	tls_mem_copy(half->key, key, tls_aead_key_len(suite->aead));
	tls_mem_copy(half->iv, iv, tls_record_iv12_len(suite->aead));
}

void tls_record_forget(struct tls_half *half, struct tls_workspace_st *w)
{
	if (half->suite != NULL)
		tls_workspace_forget(w, half->key_id);
	tls_mem_wipe(half, sizeof(*half));
}

int tls_record_header(struct tls_record_header *h, const uint8_t *p, bool protect)
{
	struct tls_span s = tls_span(p, TLS_RECORD_HEADER_LEN);
	uint8_t major;

	h->type = tls_span_u8(&s);
	major = tls_span_u8(&s);
	(void)tls_span_u8(&s); /* the minor version is ignored for all purposes, section 5.1 */
	h->len = tls_span_u16(&s);
	if (h->type < TLS_CONTENT_CCS || h->type > TLS_CONTENT_DATA || major != LEGACY_VERSION >> 8)
		return TLS_E_PROTOCOL_NOT_TLS;
	if (h->len > TLS_RECORD_MAX_LEN + (protect ? TLS_RECORD_EXPANSION : 0))
		return TLS_E_RECORD_OVERFLOW;
	return 0;
}

/* Section 5.3: the sequence number, left-padded, XORed into the IV. */
static void make_nonce(uint8_t nonce[TLS_AEAD_NONCE_LEN], const struct tls_half *half)
{
	tls_mem_copy(nonce, half->iv, TLS_AEAD_NONCE_LEN);
	for (unsigned i = 0; i < 8; i++)
		nonce[TLS_AEAD_NONCE_LEN - 1 - i] ^= (uint8_t)(half->seq >> 8 * i);
}

static void make_header(uint8_t header[TLS_RECORD_HEADER_LEN], unsigned type, size_t len)
{
	header[0] = (uint8_t)type;
	header[1] = LEGACY_VERSION >> 8;
	header[2] = LEGACY_VERSION & 0xff;
	header[3] = (uint8_t)(len >> 8);
	header[4] = (uint8_t)len;
}

static struct tls_aead_ctx *context(const struct tls_half *half, struct tls_workspace_st *w,
    enum tls_workspace_slot slot)
{
	return tls_workspace_aead(w, slot, half->key_id, half->suite->aead, half->key);
}

/* ---- TLS 1.3 */

static int open13(struct tls_half *half, struct tls_workspace_st *w, uint8_t *type,
    struct tls_span *content, const struct tls_record_header *h, uint8_t *p, size_t max_len)
{
	uint8_t nonce[TLS_AEAD_NONCE_LEN];
	size_t len;

	if (h->type != TLS_CONTENT_DATA)
		return TLS_E_UNEXPECTED_PACKET;
	make_nonce(nonce, half);
	if (!tls_aead_open(context(half, w, TLS_WORKSPACE_READ), p, nonce, p - TLS_RECORD_HEADER_LEN,
		TLS_RECORD_HEADER_LEN, p, h->len))
		return TLS_E_DECRYPTION_FAILED;
	half->seq++;
	len = h->len - TLS_AEAD_TAG_LEN;
	if (len > max_len + 1)
		return TLS_E_RECORD_OVERFLOW;
	/* How long this takes doesn't tell the length of the padding. What is done with the content may
	 * (appendix E.3). */
	len = tls_trim_zeros(p, len);
	if (len == 0)
		return TLS_E_UNEXPECTED_PACKET;
	*type = p[len - 1];
	*content = tls_span(p, len - 1);
	return 0;
}

static size_t seal13(struct tls_half *half, struct tls_workspace_st *w, uint8_t *dst,
    enum tls_content type, const uint8_t *src, size_t len)
{
	uint8_t nonce[TLS_AEAD_NONCE_LEN], inner_type = (uint8_t)type;

	make_header(dst, TLS_CONTENT_DATA, len + 1 + TLS_AEAD_TAG_LEN);
	make_nonce(nonce, half);
	tls_aead_seal(context(half, w, TLS_WORKSPACE_WRITE), dst + TLS_RECORD_HEADER_LEN, nonce, dst,
	    TLS_RECORD_HEADER_LEN, src, len, &inner_type, 1);
	return TLS_RECORD_HEADER_LEN + len + 1 + TLS_AEAD_TAG_LEN;
}

/* What is sealed must stand in one piece: it is put together in its place. */
static size_t seal13_padded(struct tls_half *half, struct tls_workspace_st *w, uint8_t *dst,
    enum tls_content type, const uint8_t *src, size_t len, size_t pad)
{
	uint8_t nonce[TLS_AEAD_NONCE_LEN], *body = dst + TLS_RECORD_HEADER_LEN;
	size_t inner_len = len + 1 + pad;

	make_header(dst, TLS_CONTENT_DATA, inner_len + TLS_AEAD_TAG_LEN);
	tls_mem_copy(body, src, len);
	body[len] = (uint8_t)type;
	tls_mem_zero(body + len + 1, pad);
	make_nonce(nonce, half);
	tls_aead_seal(context(half, w, TLS_WORKSPACE_WRITE), body, nonce, dst, TLS_RECORD_HEADER_LEN, body,
	    inner_len, NULL, 0);
	return TLS_RECORD_HEADER_LEN + inner_len + TLS_AEAD_TAG_LEN;
}

/* ---- TLS 1.2 */

/* Bytes of the nonce that stand in front of the ciphertext. */
static size_t explicit_len(const struct tls_half *half)
{
	return half->suite->aead == TLS_AEAD_CHACHA20_POLY1305 ? 0 : TLS_RECORD_EXPLICIT_LEN;
}

static void put_seq(uint8_t *dst, uint64_t seq)
{
	for (unsigned i = 0; i < 8; i++)
		dst[i] = (uint8_t)(seq >> (56 - 8 * i));
}

/* RFC 7905 section 2: as in TLS 1.3. RFC 5288 section 3: a salt, and what the record carries. */
static void make_nonce12(uint8_t nonce[TLS_AEAD_NONCE_LEN], const struct tls_half *half,
    const uint8_t *carried)
{
	if (explicit_len(half) == 0) {
		make_nonce(nonce, half);
		return;
	}
	tls_mem_copy(nonce, half->iv, SALT_LEN);
	tls_mem_copy(nonce + SALT_LEN, carried, TLS_RECORD_EXPLICIT_LEN);
}

/* RFC 5246 section 6.2.3.3: sequence number, type, version, length of the plaintext. */
static void make_ad12(uint8_t ad[AD12_LEN], const struct tls_half *half, unsigned type, size_t len)
{
	put_seq(ad, half->seq);
	make_header(ad + 8, type, len);
}

static int open12(struct tls_half *half, struct tls_workspace_st *w, uint8_t *type,
    struct tls_span *content, const struct tls_record_header *h, uint8_t *p, size_t max_len)
{
	size_t front = explicit_len(half), len;
	uint8_t nonce[TLS_AEAD_NONCE_LEN], ad[AD12_LEN];

	if (h->len < front + TLS_AEAD_TAG_LEN)
		return TLS_E_DECRYPTION_FAILED;
	len = h->len - front - TLS_AEAD_TAG_LEN;
	make_nonce12(nonce, half, p);
	make_ad12(ad, half, h->type, len);
	if (!tls_aead_open(context(half, w, TLS_WORKSPACE_READ), p + front, nonce, ad, sizeof(ad),
		p + front, h->len - front))
		return TLS_E_DECRYPTION_FAILED;
	half->seq++;
	if (len > max_len)
		return TLS_E_RECORD_OVERFLOW;
	*type = h->type;
	*content = tls_span(p + front, len);
	return 0;
}

/* The sequence number is the explicit nonce, too: unique under a key without a counter of its own. */
static size_t seal12(struct tls_half *half, struct tls_workspace_st *w, uint8_t *dst,
    enum tls_content type, const uint8_t *src, size_t len)
{
	size_t front = explicit_len(half);
	uint8_t *body = dst + TLS_RECORD_HEADER_LEN;
	uint8_t nonce[TLS_AEAD_NONCE_LEN], ad[AD12_LEN];

	make_header(dst, type, front + len + TLS_AEAD_TAG_LEN);
	if (front > 0)
		put_seq(body, half->seq);
	make_nonce12(nonce, half, body);
	make_ad12(ad, half, type, len);
	tls_aead_seal(context(half, w, TLS_WORKSPACE_WRITE), body + front, nonce, ad, sizeof(ad), src, len,
	    NULL, 0);
	return TLS_RECORD_HEADER_LEN + front + len + TLS_AEAD_TAG_LEN;
}

/* ---- Either */

int tls_record_open(struct tls_half *half, struct tls_workspace_st *w, uint8_t *type,
    struct tls_span *content, const struct tls_record_header *h, uint8_t *p, size_t max_len)
{
	if (half->seq == UINT64_MAX)
		return TLS_E_RECORD_LIMIT_REACHED;
	if (half->suite->version == TLS_1_2)
		return open12(half, w, type, content, h, p, max_len);
	return open13(half, w, type, content, h, p, max_len);
}

int tls_record_seal(struct tls_half *half, struct tls_workspace_st *w, uint8_t *dst, size_t *dst_len,
    enum tls_content type, const uint8_t *src, size_t len)
{
	if (half->suite == NULL) {
		make_header(dst, type, len);
		tls_mem_copy(dst + TLS_RECORD_HEADER_LEN, src, len);
		*dst_len = TLS_RECORD_HEADER_LEN + len;
		return 0;
	}
	if (half->seq == UINT64_MAX)
		return TLS_E_RECORD_LIMIT_REACHED;
	*dst_len = half->suite->version == TLS_1_2 ? seal12(half, w, dst, type, src, len)
						   : seal13(half, w, dst, type, src, len);
	half->seq++;
	return 0;
}

int tls_record_seal_padded(struct tls_half *half, struct tls_workspace_st *w, uint8_t *dst, size_t *dst_len,
    enum tls_content type, const uint8_t *src, size_t len, size_t pad)
{
	if (half->suite == NULL || half->suite->version == TLS_1_2 || pad == 0)
		return tls_record_seal(half, w, dst, dst_len, type, src, len);
	if (half->seq == UINT64_MAX)
		return TLS_E_RECORD_LIMIT_REACHED;
	*dst_len = seal13_padded(half, w, dst, type, src, len, pad);
	half->seq++;
	return 0;
}
