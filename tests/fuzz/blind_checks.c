/* blind_checks.c - what stands in for the core's checks; see blind.h. The functions are put in place by the
 * linker: --wrap in Makefile.am. */
#include <stdlib.h>
#include <string.h>

#include "blind.h"
#include "tls/bytes/mem.h"
#include "tls/crypto/aead_provider.h"
#include "tls/crypto/sig.h"

bool blind_believes;

static void set_key(void *state, const uint8_t *key)
{
	(void)state;
	(void)key;
}

static void start(void *state, const uint8_t *nonce, const uint8_t *ad, size_t ad_len)
{
	(void)state;
	(void)nonce;
	(void)ad;
	(void)ad_len;
}

static void copy(void *state, size_t len, uint8_t *dst, const uint8_t *src)
{
	(void)state;
	if (dst != src)
		memcpy(dst, src, len);
}

static void tag(void *state, uint8_t *out)
{
	(void)state;
	memset(out, 0, TLS_AEAD_TAG_LEN);
}

#define IDENTITY(key, block) \
	{.key_len = key, .block_len = block, .set_key = set_key, .start = start, .encrypt = copy, .decrypt = copy, \
	    .tag = tag}

static const struct tls_aead_provider identity = {
    .name = "identity", .ciphers = {IDENTITY(16, 16), IDENTITY(32, 16), IDENTITY(32, 64)}};

void blind_checks_replace(void)
{
	tls_aead_provider_use(&identity);
}

static uint64_t kernel_state;

void blind_random_fill(uint64_t *state, uint8_t *out, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		*state = *state * 6364136223846793005u + 1442695040888963407u;
		out[i] = (uint8_t)(*state >> 33);
	}
}

ssize_t __wrap_getrandom(void *out, size_t n, unsigned flags);

/* What is made in the beginning (keys, certificates) is the same in each run, too. */
ssize_t __wrap_getrandom(void *out, size_t n, unsigned flags)
{
	(void)flags;
	blind_random_fill(&kernel_state, out, n);
	return (ssize_t)n;
}

bool __real_tls_mem_equal(const void *a, const void *b, size_t n);
bool __wrap_tls_mem_equal(const void *a, const void *b, size_t n);
bool __real_tls_sig_verify(const struct tls_pubkey *pub, uint16_t scheme, const uint8_t *msg,
    size_t msg_len, const uint8_t *sig, size_t sig_len);
bool __wrap_tls_sig_verify(const struct tls_pubkey *pub, uint16_t scheme, const uint8_t *msg,
    size_t msg_len, const uint8_t *sig, size_t sig_len);

static bool is_zero(const uint8_t *p, size_t n)
{
	while (n > 0 && p[n - 1] == 0)
		n--;
	return n == 0;
}

/* A comparison with zeros is no authenticator but the check of an X25519 result: it stays. */
bool __wrap_tls_mem_equal(const void *a, const void *b, size_t n)
{
	return __real_tls_mem_equal(a, b, n) || (blind_believes && !is_zero(b, n));
}

bool __wrap_tls_sig_verify(const struct tls_pubkey *pub, uint16_t scheme, const uint8_t *msg,
    size_t msg_len, const uint8_t *sig, size_t sig_len)
{
	return __real_tls_sig_verify(pub, scheme, msg, msg_len, sig, sig_len) || blind_believes;
}
