/* hkdf.c - see hkdf.h. */
#include "hkdf.h"

#include <assert.h>
#include <string.h>

#include "../bytes/buf.h"
#include "../bytes/mem.h"

#define LABEL_PREFIX "tls13 "
#define LABEL_MAX_LEN (2 + 1 + 255 + 1 + 255)

void tls_hkdf_extract(enum tls_hash hash, uint8_t *out, const void *salt, size_t salt_len,
    const void *ikm, size_t ikm_len)
{
	/* HMAC pads its key with zeros: an empty salt is a salt of zeros. */
	tls_hmac(hash, out, salt, salt_len, ikm, ikm_len);
}

void tls_hkdf_expand(enum tls_hash hash, uint8_t *out, size_t out_len, const void *prk,
    size_t prk_len, const void *info, size_t info_len)
{
	size_t hash_len = tls_hash_len(hash), n, t_len = 0;
	struct tls_hmac_ctx keyed, ctx;
	uint8_t t[TLS_HASH_MAX_LEN];

	assert(out_len <= 255 * hash_len);
	tls_hmac_init(&keyed, hash, prk, prk_len);
	for (uint8_t i = 1; out_len > 0; i++) {
		ctx = keyed;
		tls_hmac_update(&ctx, t, t_len);
		tls_hmac_update(&ctx, info, info_len);
		tls_hmac_update(&ctx, &i, 1);
		tls_hmac_finish(&ctx, t);
		t_len = hash_len;
		n = out_len < hash_len ? out_len : hash_len;
		tls_mem_copy(out, t, n);
		out += n;
		out_len -= n;
	}
	tls_mem_wipe(&keyed, sizeof(keyed));
	tls_mem_wipe(t, sizeof(t));
}

void tls_hkdf_expand_label(enum tls_hash hash, uint8_t *out, size_t out_len, const uint8_t *secret,
    const char *label, const void *context, size_t context_len)
{
	uint8_t room[LABEL_MAX_LEN];
	struct tls_block block;
	struct tls_buf info;

	tls_buf_init_fixed(&info, room, sizeof(room));
	tls_buf_u16(&info, (unsigned)out_len);
	block = tls_buf_open(&info, 1);
	tls_buf_bytes(&info, LABEL_PREFIX, strlen(LABEL_PREFIX));
	tls_buf_bytes(&info, label, strlen(label));
	tls_buf_close(&info, block);
	block = tls_buf_open(&info, 1);
	tls_buf_bytes(&info, context, context_len);
	tls_buf_close(&info, block);
	assert(tls_buf_ok(&info)); /* labels are ours, contexts are hashes: never too long */
	tls_hkdf_expand(hash, out, out_len, secret, tls_hash_len(hash), info.p, info.len);
	tls_buf_clear(&info);
}
