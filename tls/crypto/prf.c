/* prf.c - see prf.h. */
#include "prf.h"

#include <string.h>

#include "../bytes/mem.h"

/* label || a || b, the seed of P_hash. */
struct seed {
	const char *label;
	struct tls_span a, b;
};

static void add_seed(struct tls_hmac_ctx *ctx, const struct seed *seed)
{
	tls_hmac_update(ctx, seed->label, strlen(seed->label));
	tls_hmac_update(ctx, seed->a.p, seed->a.len);
	tls_hmac_update(ctx, seed->b.p, seed->b.len);
}

/* A(i) = HMAC(secret, A(i - 1)), and A(0) is the seed. */
static void next_a(uint8_t *a, const struct tls_hmac_ctx *keyed, size_t hash_len)
{
	struct tls_hmac_ctx ctx = *keyed;

	tls_hmac_update(&ctx, a, hash_len);
	tls_hmac_finish(&ctx, a);
}

void tls_prf(enum tls_hash hash, uint8_t *out, size_t out_len, struct tls_span secret, const char *label,
    struct tls_span a, struct tls_span b)
{
	const struct seed seed = {label, a, b};
	size_t hash_len = tls_hash_len(hash), n;
	uint8_t a_i[TLS_HASH_MAX_LEN], block[TLS_HASH_MAX_LEN];
	struct tls_hmac_ctx keyed, ctx;

	tls_hmac_init(&keyed, hash, secret.p, secret.len);
	ctx = keyed;
	add_seed(&ctx, &seed);
	tls_hmac_finish(&ctx, a_i);
	while (out_len > 0) {
		ctx = keyed;
		tls_hmac_update(&ctx, a_i, hash_len);
		add_seed(&ctx, &seed);
		tls_hmac_finish(&ctx, block);
		n = out_len < hash_len ? out_len : hash_len;
		tls_mem_copy(out, block, n);
		out += n;
		out_len -= n;
		next_a(a_i, &keyed, hash_len);
	}
	tls_mem_wipe(&keyed, sizeof(keyed));
	tls_mem_wipe(a_i, sizeof(a_i));
	tls_mem_wipe(block, sizeof(block));
}
