/* sig_stream.c - the random bytes of one signature. See tls_sigkey_stream in sigkey.h. */
#include "../bytes/mem.h"
#include "sigkey.h"

int tls_sigkey_stream_init(struct tls_sigkey_stream *stream, const struct tls_rng *rng,
    struct tls_span secret, struct tls_span digest)
{
	uint8_t fresh[TLS_HASH_MAX_LEN];
	struct tls_hmac_ctx ctx;
	int ret = tls_rng_fill(rng, fresh, sizeof(fresh));

	if (ret < 0)
		return ret;
	tls_hmac_init(&ctx, TLS_HASH_SHA512, fresh, sizeof(fresh));
	tls_hmac_update(&ctx, secret.p, secret.len);
	tls_hmac_update(&ctx, digest.p, digest.len);
	tls_hmac_finish(&ctx, stream->seed);
	stream->n_blocks = 0;
	tls_mem_wipe(fresh, sizeof(fresh));
	return 0;
}

void tls_sigkey_stream_read(void *ptr, size_t n, uint8_t *out)
{
	struct tls_sigkey_stream *stream = ptr;
	uint8_t block[TLS_HASH_MAX_LEN], count[4];
	size_t part;

	for (; n > 0; n -= part, out += part) {
		part = n < sizeof(block) ? n : sizeof(block);
		stream->n_blocks++;
		for (unsigned i = 0; i < 4; i++)
			count[i] = (uint8_t)(stream->n_blocks >> 8 * i);
		tls_hmac(TLS_HASH_SHA512, block, stream->seed, sizeof(stream->seed), count, 4);
		tls_mem_copy(out, block, part);
	}
	tls_mem_wipe(block, sizeof(block));
}

void tls_sigkey_stream_clear(struct tls_sigkey_stream *stream)
{
	tls_mem_wipe(stream, sizeof(*stream));
}
