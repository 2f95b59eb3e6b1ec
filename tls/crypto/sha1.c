/* sha1.c - see sha1.h. */
#include "sha1.h"

#include <nettle/sha1.h>

void tls_sha1(uint8_t out[TLS_SHA1_LEN], const void *data, size_t len)
{
	struct sha1_ctx ctx;

	sha1_init(&ctx);
	sha1_update(&ctx, len, data);
	sha1_digest(&ctx, TLS_SHA1_LEN, out);
}
