/* wycheproof_mac.c - AEADs, HMAC and HKDF. See wycheproof.h. */
#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>

#include "tls/crypto/aead_provider.h"
#include "tls/crypto/hkdf.h"
#include "wycheproof.h"

struct box {
	struct wyche_bytes key, iv, aad, msg, ct, tag;
};

/* Sealing the message must give ciphertext and tag; opening them must give the message. */
static bool seals_and_opens(enum tls_aead aead, const struct box *b)
{
	uint8_t *sealed = malloc(b->msg.len + TLS_AEAD_TAG_LEN), *want, *plain;
	size_t n = b->ct.len + b->tag.len;
	struct tls_aead_ctx ctx;
	bool opened, same;

	want = malloc(n);
	plain = malloc(b->ct.len > 0 ? b->ct.len : 1);
	assert_true(sealed != NULL && want != NULL && plain != NULL);
	memcpy(want, b->ct.p, b->ct.len);
	memcpy(want + b->ct.len, b->tag.p, b->tag.len);
	tls_aead_init(&ctx, aead, b->key.p);
	tls_aead_seal(&ctx, sealed, b->iv.p, b->aad.p, b->aad.len, b->msg.p, b->msg.len, NULL, 0);
	same = b->ct.len == b->msg.len && memcmp(sealed, want, n) == 0;
	opened = tls_aead_open(&ctx, plain, b->iv.p, b->aad.p, b->aad.len, want, n);
	if (opened)
		assert_memory_equal(plain, b->msg.p, b->msg.len);
	assert_int_equal(same, opened);
	free(sealed);
	free(want);
	free(plain);
	return opened;
}

static enum wyche_verdict run_aead(enum tls_aead aead, const json_t *v)
{
	struct box b = {wyche_hex(v, "key"), wyche_hex(v, "iv"), wyche_hex(v, "aad"),
	    wyche_hex(v, "msg"), wyche_hex(v, "ct"), wyche_hex(v, "tag")};
	bool good = true;

	for (size_t i = 0; tls_aead_provider_at(i) != NULL; i++) {
		const struct tls_aead_provider *p = tls_aead_provider_at(i);

		if (p->usable != NULL && !p->usable())
			continue;
		tls_aead_provider_use(p);
		/* a vector that is to be refused is refused by each alone */
		assert_true(i == 0 || seals_and_opens(aead, &b) == good);
		good = i == 0 ? seals_and_opens(aead, &b) : good;
	}
	tls_aead_provider_use(NULL);
	wyche_free(b.key);
	wyche_free(b.iv);
	wyche_free(b.aad);
	wyche_free(b.msg);
	wyche_free(b.ct);
	wyche_free(b.tag);
	return good ? WYCHE_ACCEPTED : WYCHE_REFUSED;
}

static bool sizes_are_ours(const json_t *group)
{
	return wyche_number(group, "ivSize") == 96 && wyche_number(group, "tagSize") == 128;
}

enum wyche_verdict wyche_aes_gcm(const json_t *group, const json_t *vector)
{
	int key_bits = wyche_number(group, "keySize");

	if (!sizes_are_ours(group) || (key_bits != 128 && key_bits != 256))
		return WYCHE_SKIPPED;
	return run_aead(key_bits == 128 ? TLS_AEAD_AES_128_GCM : TLS_AEAD_AES_256_GCM, vector);
}

enum wyche_verdict wyche_chacha20_poly1305(const json_t *group, const json_t *vector)
{
	if (!sizes_are_ours(group))
		return WYCHE_SKIPPED;
	return run_aead(TLS_AEAD_CHACHA20_POLY1305, vector);
}

static enum wyche_verdict run_hmac(enum tls_hash hash, const json_t *group, const json_t *v)
{
	struct wyche_bytes key = wyche_hex(v, "key"), msg = wyche_hex(v, "msg");
	struct wyche_bytes tag = wyche_hex(v, "tag");
	uint8_t out[TLS_HASH_MAX_LEN];
	bool good;

	assert_int_equal(8 * tag.len, wyche_number(group, "tagSize"));
	assert_in_range(tag.len, 1, tls_hash_len(hash));
	tls_hmac(hash, out, key.p, key.len, msg.p, msg.len);
	good = memcmp(out, tag.p, tag.len) == 0;
	wyche_free(key);
	wyche_free(msg);
	wyche_free(tag);
	return good ? WYCHE_ACCEPTED : WYCHE_REFUSED;
}

enum wyche_verdict wyche_hmac_sha256(const json_t *group, const json_t *vector)
{
	return run_hmac(TLS_HASH_SHA256, group, vector);
}

enum wyche_verdict wyche_hmac_sha384(const json_t *group, const json_t *vector)
{
	return run_hmac(TLS_HASH_SHA384, group, vector);
}

/* An output longer than 255 digests is outside of what tls_hkdf_expand may be asked for. */
static enum wyche_verdict run_hkdf(enum tls_hash hash, const json_t *v)
{
	struct wyche_bytes ikm, salt, info, okm;
	size_t size = (size_t)wyche_number(v, "size");
	uint8_t prk[TLS_HASH_MAX_LEN], *out;
	bool good;

	if (size > 255 * tls_hash_len(hash))
		return WYCHE_SKIPPED;
	ikm = wyche_hex(v, "ikm");
	salt = wyche_hex(v, "salt");
	info = wyche_hex(v, "info");
	okm = wyche_hex(v, "okm");
	out = malloc(size > 0 ? size : 1);
	assert_non_null(out);
	tls_hkdf_extract(hash, prk, salt.p, salt.len, ikm.p, ikm.len);
	tls_hkdf_expand(hash, out, size, prk, tls_hash_len(hash), info.p, info.len);
	good = okm.len == size && memcmp(out, okm.p, size) == 0;
	wyche_free(ikm);
	wyche_free(salt);
	wyche_free(info);
	wyche_free(okm);
	free(out);
	return good ? WYCHE_ACCEPTED : WYCHE_REFUSED;
}

enum wyche_verdict wyche_hkdf_sha256(const json_t *group, const json_t *vector)
{
	(void)group;
	return run_hkdf(TLS_HASH_SHA256, vector);
}

enum wyche_verdict wyche_hkdf_sha384(const json_t *group, const json_t *vector)
{
	(void)group;
	return run_hkdf(TLS_HASH_SHA384, vector);
}
