/* aead_provider_test.c - what aead_provider.h asks of a provider: messages in any pieces of whole
 * blocks. With each provider of this build. */
#include "hex.h"

#include <stdalign.h>

#include "tls/crypto/aead_provider.h"

#define N_BLOCKS 7
#define MAX_LEN (N_BLOCKS * TLS_AEAD_BLOCK_MAX_LEN + 5)

static uint8_t plain[MAX_LEN];
static const uint8_t key[32] = {1, 2, 3}, nonce[12] = {4, 5, 6}, ad[13] = {7, 8, 9};
static alignas(64) uint8_t state_room[sizeof(((struct tls_aead_ctx *)0)->state)];

typedef void crypt_func(void *state, size_t len, uint8_t *dst, const uint8_t *src);

static void describe(const struct tls_aead_provider *p)
{
	static const size_t key_lens[] = {16, 32, 32};

	assert_non_null(p->name);
	for (size_t i = 0; i < 3; i++) {
		const struct tls_aead_cipher *c = &p->ciphers[i];

		assert_int_equal(c->key_len, key_lens[i]);
		assert_in_range(c->block_len, 1, TLS_AEAD_BLOCK_MAX_LEN);
		assert_int_equal(c->block_len & (c->block_len - 1), 0);
	}
}

static void described(void **state)
{
	(void)state;
	for (size_t i = 0; tls_aead_provider_at(i) != NULL; i++)
		describe(tls_aead_provider_at(i));
}

/* src in three pieces, cut after a and b blocks; the tag goes behind. */
static void in_pieces(const struct tls_aead_cipher *c, crypt_func *crypt, uint8_t *dst,
    const uint8_t *src, size_t len, const size_t cut[2])
{
	size_t a = cut[0] * c->block_len, b = cut[1] * c->block_len;

	c->start(state_room, nonce, ad, sizeof(ad));
	crypt(state_room, a, dst, src);
	crypt(state_room, b - a, dst + a, src + a);
	crypt(state_room, len - b, dst + b, src + b);
	c->tag(state_room, dst + len);
}

static void cut_everywhere(const struct tls_aead_provider *p)
{
	uint8_t whole[MAX_LEN + 16], sealed[MAX_LEN + 16], opened[MAX_LEN + 16];
	size_t cut[2];

	for (size_t i = 0; i < MAX_LEN; i++)
		plain[i] = (uint8_t)(i * 11);
	for (size_t i = 0; i < 3; i++) {
		const struct tls_aead_cipher *c = &p->ciphers[i];
		size_t len = N_BLOCKS * c->block_len + 5;

		c->set_key(state_room, key);
		in_pieces(c, c->encrypt, whole, plain, len, (const size_t[]){0, 0});
		for (cut[0] = 0; cut[0] <= N_BLOCKS; cut[0]++)
			for (cut[1] = cut[0]; cut[1] <= N_BLOCKS; cut[1]++) {
				in_pieces(c, c->encrypt, sealed, plain, len, cut);
				assert_memory_equal(sealed, whole, len + 16);
				in_pieces(c, c->decrypt, opened, whole, len, cut);
				assert_memory_equal(opened, plain, len);
				assert_memory_equal(opened + len, whole + len, 16);
			}
	}
}

static void any_pieces_give_the_same(void **state)
{
	(void)state;
	for (size_t i = 0; tls_aead_provider_at(i) != NULL; i++) {
		const struct tls_aead_provider *p = tls_aead_provider_at(i);

		if (p->usable == NULL || p->usable())
			cut_everywhere(p);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(described),
	    cmocka_unit_test(any_pieces_give_the_same),
	};

	return cmocka_run_group_tests_name("aead_provider", tests, NULL, NULL);
}
