/* record.c - see record.h. RFC 8446 sections 5.1 to 5.5 and 7.3. */
#include "record.h"

#include "bytes/mem.h"
#include "crypto/hkdf.h"

#define LEGACY_VERSION 0x0303

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

int tls_record_open(struct tls_half *half, struct tls_workspace_st *w, uint8_t *type,
    struct tls_span *content, const struct tls_record_header *h, uint8_t *p, size_t max_len)
{
	uint8_t nonce[TLS_AEAD_NONCE_LEN];
	struct tls_aead_ctx *ctx;
	size_t len;

	if (half->seq == UINT64_MAX)
		return TLS_E_RECORD_LIMIT_REACHED;
	make_nonce(nonce, half);
	ctx = tls_workspace_aead(w, TLS_WORKSPACE_READ, half->key_id, half->suite->aead, half->key);
	if (!tls_aead_open(ctx, p, nonce, p - TLS_RECORD_HEADER_LEN, TLS_RECORD_HEADER_LEN, p, h->len))
		return TLS_E_DECRYPTION_FAILED;
	half->seq++;
	len = h->len - TLS_AEAD_TAG_LEN;
	if (len > max_len + 1)
		return TLS_E_RECORD_OVERFLOW;
	/* The padding's length is not a secret of ours: RFC 8446 section 5.4 leaves its scan open. */
	while (len > 0 && p[len - 1] == 0)
		len--;
	if (len == 0)
		return TLS_E_UNEXPECTED_PACKET;
	*type = p[len - 1];
	*content = tls_span(p, len - 1);
	return 0;
}

int tls_record_seal(struct tls_half *half, struct tls_workspace_st *w, uint8_t *dst, size_t *dst_len,
    enum tls_content type, const uint8_t *src, size_t len)
{
	uint8_t nonce[TLS_AEAD_NONCE_LEN], inner_type = (uint8_t)type;
	struct tls_aead_ctx *ctx;

	if (half->suite == NULL) {
		make_header(dst, type, len);
		tls_mem_copy(dst + TLS_RECORD_HEADER_LEN, src, len);
		*dst_len = TLS_RECORD_HEADER_LEN + len;
		return 0;
	}
	if (half->seq == UINT64_MAX)
		return TLS_E_RECORD_LIMIT_REACHED;
	make_header(dst, TLS_CONTENT_DATA, len + 1 + TLS_AEAD_TAG_LEN);
	make_nonce(nonce, half);
	ctx = tls_workspace_aead(w, TLS_WORKSPACE_WRITE, half->key_id, half->suite->aead, half->key);
	tls_aead_seal(ctx, dst + TLS_RECORD_HEADER_LEN, nonce, dst, TLS_RECORD_HEADER_LEN, src, len,
	    &inner_type, 1);
	half->seq++;
	*dst_len = len + TLS_RECORD_OVERHEAD;
	return 0;
}
