/* key.c - see key.h. */
#include "key.h"

#include "../bytes/mem.h"
#include "../tls.h"
#include "algid.h"
#include "der.h"
#include "pem.h"

#define LABEL_SUFFIX "PRIVATE KEY"

/* What is known about the curve from outside the structure that is being read. */
struct curve {
	bool known;
	enum tls_pk kind;
};

/* In a key, what has no sense at all is malformed; what has sense but isn't a key is illegal. */
static int key_error(int ret)
{
	return ret == TLS_E_ILLEGAL_KEY ? TLS_E_KEY_ERROR : ret;
}

/* A point in either form is the point of key; derived has the uncompressed form (SEC 1 section 2.3). */
static bool point_is(const uint8_t *derived, size_t derived_len, struct tls_span point)
{
	size_t half = derived_len / 2;

	if (point.len == half + 1 && (point.p[0] == 2 || point.p[0] == 3))
		return (point.p[0] & 1) == (derived[derived_len - 1] & 1) &&
		    tls_mem_same(point.p + 1, half, derived + 1, half);
	return tls_mem_same(point.p, point.len, derived, derived_len);
}

/* The public key that a structure brings along is the private key's. */
static int check_public(const struct tls_privkey *key, struct tls_span bits)
{
	uint8_t derived[1 + 2 * 66];
	size_t len = sizeof(derived);
	int ret = tls_pubkey_bytes(tls_privkey_public(key), derived, &len);

	if (ret < 0)
		return ret;
	if (tls_pubkey_kind(tls_privkey_public(key)) == TLS_PK_ED25519)
		return tls_mem_same(bits.p, bits.len, derived, len) ? 0 : TLS_E_ILLEGAL_KEY;
	return point_is(derived, len, bits) ? 0 : TLS_E_ILLEGAL_KEY;
}

static int finish(struct tls_privkey **out, struct tls_privkey *key, const struct tls_span *bits)
{
	int ret = bits != NULL ? check_public(key, *bits) : 0;

	if (ret < 0)
		tls_privkey_free(key);
	else
		*out = key;
	return ret;
}

/* RFC 8017 appendix A.1.2; version 1 (more than two primes) isn't supported. */
static int decode_pkcs1(struct tls_privkey **out, struct tls_span der)
{
	struct tls_span seq = tls_der_take(&der, TLS_DER_SEQUENCE), parts[8];
	uint32_t version = tls_der_take_number(&seq, 1);

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		parts[i] = tls_der_take_unsigned(&seq);
	if (!tls_span_end(&der) || seq.failed)
		return TLS_E_KEY_ERROR;
	if (version == 1)
		return TLS_E_UNSUPPORTED_KEY;
	if (!tls_span_end(&seq))
		return TLS_E_KEY_ERROR;
	return tls_privkey_new_rsa(out, parts);
}

/* [0] EXPLICIT ECParameters: must agree with what is known from outside. */
static int take_sec1_curve(struct tls_span *seq, struct curve *curve)
{
	struct tls_span box;
	enum tls_pk kind;
	int ret;

	if (!tls_der_is(seq, TLS_DER_CONTEXT_IN(0)))
		return 0;
	box = tls_der_take(seq, TLS_DER_CONTEXT_IN(0));
	ret = tls_algid_take_curve(&box, &kind);
	if (ret < 0)
		return key_error(ret);
	if (!tls_span_end(&box))
		return TLS_E_KEY_ERROR;
	if (curve->known && curve->kind != kind)
		return TLS_E_ILLEGAL_KEY;
	*curve = (struct curve){.known = true, .kind = kind};
	return 0;
}

/* RFC 5915 section 3. */
static int decode_sec1(struct tls_privkey **out, struct tls_span der, struct curve curve)
{
	struct tls_span seq = tls_der_take(&der, TLS_DER_SEQUENCE), scalar, box, bits;
	uint32_t version = tls_der_take_number(&seq, 1);
	struct tls_privkey *key;
	bool has_public;
	int ret;

	scalar = tls_der_take(&seq, TLS_DER_OCTET_STRING);
	ret = take_sec1_curve(&seq, &curve);
	if (ret < 0)
		return ret;
	has_public = tls_der_is(&seq, TLS_DER_CONTEXT_IN(1));
	if (has_public) {
		box = tls_der_take(&seq, TLS_DER_CONTEXT_IN(1));
		bits = tls_der_take_bits(&box);
		if (!tls_span_end(&box))
			return TLS_E_KEY_ERROR;
	}
	if (!tls_span_end(&der) || !tls_span_end(&seq) || version != 1)
		return TLS_E_KEY_ERROR;
	if (!curve.known)
		return TLS_E_UNSUPPORTED_KEY;
	ret = tls_privkey_new_ecdsa(&key, curve.kind, scalar);
	return ret < 0 ? ret : finish(out, key, has_public ? &bits : NULL);
}

/* RFC 8410 section 7: an OCTET STRING inside the OCTET STRING. */
static int decode_ed25519(struct tls_privkey **out, struct tls_span inner)
{
	struct tls_span seed = tls_der_take(&inner, TLS_DER_OCTET_STRING);

	if (!tls_span_end(&inner) || seed.len != 32)
		return TLS_E_KEY_ERROR;
	return tls_privkey_new_ed25519(out, seed);
}

static int decode_inner(struct tls_privkey **out, struct tls_span inner, enum tls_pk kind)
{
	if (kind == TLS_PK_RSA)
		return decode_pkcs1(out, inner);
	if (kind == TLS_PK_ED25519)
		return decode_ed25519(out, inner);
	return decode_sec1(out, inner, (struct curve){.known = true, .kind = kind});
}

/* RFC 5958 section 2: version 1 has the public key behind the attributes. */
static int decode_pkcs8(struct tls_privkey **out, struct tls_span der)
{
	struct tls_span seq = tls_der_take(&der, TLS_DER_SEQUENCE), inner, bits = {.len = 0};
	uint32_t version = tls_der_take_number(&seq, 1);
	struct tls_privkey *key;
	enum tls_pk kind;
	int ret = tls_algid_take(&seq, &kind);

	if (ret < 0)
		return key_error(ret);
	inner = tls_der_take(&seq, TLS_DER_OCTET_STRING);
	if (tls_der_is(&seq, TLS_DER_CONTEXT_IN(0)))
		tls_der_take(&seq, TLS_DER_CONTEXT_IN(0));
	if (version == 1 && tls_der_is(&seq, TLS_DER_CONTEXT(1))) {
		bits = tls_der_take(&seq, TLS_DER_CONTEXT(1));
		if (tls_span_u8(&bits) != 0 || bits.failed)
			return TLS_E_KEY_ERROR;
	}
	if (!tls_span_end(&der) || !tls_span_end(&seq))
		return TLS_E_KEY_ERROR;
	ret = decode_inner(&key, inner, kind);
	if (ret < 0)
		return ret;
	return finish(out, key, bits.len > 0 && kind != TLS_PK_RSA ? &bits : NULL);
}

/* The structures differ in their first two elements. */
static int decode(struct tls_privkey **out, struct tls_span der, struct curve curve)
{
	struct tls_span whole = der, seq = tls_der_take(&whole, TLS_DER_SEQUENCE);

	*out = NULL;
	if (!tls_der_check(der, TLS_DER_MAX_DEPTH, TLS_DER_MAX_ELEMENTS))
		return TLS_E_KEY_ERROR;
	if (tls_der_is(&seq, TLS_DER_SEQUENCE)) {
		/* RFC 5958 section 3: EncryptedPrivateKeyInfo has no version. */
		tls_der_take(&seq, TLS_DER_SEQUENCE);
		return tls_der_is(&seq, TLS_DER_OCTET_STRING) ? TLS_E_KEY_ENCRYPTED : TLS_E_KEY_ERROR;
	}
	tls_der_take(&seq, TLS_DER_INTEGER);
	if (tls_der_is(&seq, TLS_DER_SEQUENCE))
		return decode_pkcs8(out, der);
	if (tls_der_is(&seq, TLS_DER_OCTET_STRING))
		return decode_sec1(out, der, curve);
	return decode_pkcs1(out, der);
}

int tls_key_decode_der(struct tls_privkey **out, struct tls_span der)
{
	return decode(out, der, (struct curve){.known = false});
}

static bool is_private(const struct tls_pem_block *block)
{
	size_t n = sizeof(LABEL_SUFFIX) - 1;
	struct tls_span label = block->label;

	if (label.len < n)
		return false;
	tls_span_take(&label, label.len - n);
	return tls_mem_same(label.p, label.len, LABEL_SUFFIX, n);
}

static bool is_known(const struct tls_pem_block *block)
{
	return tls_pem_is(block, "PRIVATE KEY") || tls_pem_is(block, "EC PRIVATE KEY") ||
	    tls_pem_is(block, "RSA PRIVATE KEY") || tls_pem_is(block, "ENCRYPTED PRIVATE KEY");
}

static int decode_block(struct tls_privkey **out, const struct tls_pem_block *block,
    struct curve curve)
{
	if (block->encrypted || tls_pem_is(block, "ENCRYPTED PRIVATE KEY"))
		return TLS_E_KEY_ENCRYPTED;
	if (!is_known(block))
		return TLS_E_UNSUPPORTED_KEY;
	return decode(out, tls_buf_as_span(&block->der), curve);
}

/* What isn't a named curve of ours stays unknown; the key then has to say. */
static struct curve read_parameters(const struct tls_pem_block *block)
{
	struct tls_span der = tls_buf_as_span(&block->der);
	struct curve curve = {.known = false};

	curve.known = tls_algid_take_curve(&der, &curve.kind) == 0 && tls_span_end(&der);
	return curve;
}

int tls_key_decode_pem(struct tls_privkey **out, unsigned *line, struct tls_span text)
{
	struct curve curve = {.known = false};
	struct tls_pem_block block;
	struct tls_pem pem;
	int ret;

	*out = NULL;
	*line = 0;
	tls_pem_init(&pem, text);
	while ((ret = tls_pem_next(&pem, &block)) == 0) {
		bool found = is_private(&block);

		if (found)
			ret = decode_block(out, &block, curve);
		else if (tls_pem_is(&block, "EC PARAMETERS"))
			curve = read_parameters(&block);
		if (found && ret < 0)
			*line = block.line;
		tls_pem_block_clear(&block);
		if (found)
			return ret;
	}
	if (ret == TLS_E_REQUESTED_DATA_NOT_AVAILABLE)
		return TLS_E_NO_KEY_FOUND;
	*line = pem.line;
	return ret;
}
