/* aead_test.c - the AEADs against RFC 8439 and the figures of the GCM specification; every length
 * and tail around the block borders; what a changed bit does. All of it with each provider; and the providers
 * against each other. */
#include "config.h"

#include "hex.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "tls/crypto/aead_provider.h"
#include "tls/tls.h"

static const enum tls_aead all[] = {
    TLS_AEAD_AES_128_GCM, TLS_AEAD_AES_256_GCM, TLS_AEAD_CHACHA20_POLY1305};

/* GCM: "The Galois/Counter Mode of Operation", test cases 1 to 4 and 13 to 16. RFC 8439
 * section 2.8.2. */
static const struct {
	enum tls_aead aead;
	const char *key, *nonce, *ad, *plain, *sealed;
} figures[] = {
    {TLS_AEAD_AES_128_GCM, "00000000000000000000000000000000", "000000000000000000000000", "", "",
	"58e2fccefa7e3061367f1d57a4e7455a"},
    {TLS_AEAD_AES_128_GCM, "00000000000000000000000000000000", "000000000000000000000000", "",
	"00000000000000000000000000000000",
	"0388dace60b6a392f328c2b971b2fe78ab6e47d42cec13bdf53a67b21257bddf"},
    {TLS_AEAD_AES_128_GCM, "feffe9928665731c6d6a8f9467308308", "cafebabefacedbaddecaf888", "",
	"d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
	"1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b391aafd255",
	"42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e"
	"21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091473f5985"
	"4d5c2af327cd64a62cf35abd2ba6fab4"},
    {TLS_AEAD_AES_128_GCM, "feffe9928665731c6d6a8f9467308308", "cafebabefacedbaddecaf888",
	"feedfacedeadbeeffeedfacedeadbeefabaddad2",
	"d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
	"1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
	"42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e"
	"21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091"
	"5bc94fbc3221a5db94fae95ae7121a47"},
    {TLS_AEAD_AES_256_GCM, "0000000000000000000000000000000000000000000000000000000000000000",
	"000000000000000000000000", "", "", "530f8afbc74536b9a963b4f1c4cb738b"},
    {TLS_AEAD_AES_256_GCM, "0000000000000000000000000000000000000000000000000000000000000000",
	"000000000000000000000000", "", "00000000000000000000000000000000",
	"cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919"},
    {TLS_AEAD_AES_256_GCM, "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
	"cafebabefacedbaddecaf888", "",
	"d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
	"1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b391aafd255",
	"522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
	"8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662898015ad"
	"b094dac5d93471bdec1a502270e3cc6c"},
    {TLS_AEAD_AES_256_GCM, "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
	"cafebabefacedbaddecaf888", "feedfacedeadbeeffeedfacedeadbeefabaddad2",
	"d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
	"1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
	"522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
	"8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
	"76fc6ece0f4e1768cddf8853bb2d551b"},
    {TLS_AEAD_CHACHA20_POLY1305, "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f",
	"070000004041424344454647", "50515253c0c1c2c3c4c5c6c7",
	"4c616469657320616e642047656e746c656d656e206f662074686520636c6173"
	"73206f66202739393a204966204920636f756c64206f6666657220796f75206f"
	"6e6c79206f6e652074697020666f7220746865206675747572652c2073756e73"
	"637265656e20776f756c642062652069742e",
	"d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d6"
	"3dbea45e8ca9671282fafb69da92728b1a71de0a9e060b2905d6a5b67ecd3b36"
	"92ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc"
	"3ff4def08e4b7a9de576d26586cec64b61161ae10b594f09e26a7e902ecbd060"
	"0691"},
};

#define N_FIGURES (sizeof(figures) / sizeof(figures[0]))
#define MAX_LEN (4 * 64 + 16 + TLS_AEAD_TAG_LEN)

static uint8_t message[MAX_LEN];

static int fill_message(void **state)
{
	(void)state;
	for (size_t i = 0; i < MAX_LEN; i++)
		message[i] = (uint8_t)(i * 7 + 3);
	return 0;
}

static void key_lengths(void **state)
{
	(void)state;
	assert_int_equal(tls_aead_key_len(TLS_AEAD_AES_128_GCM), 16);
	assert_int_equal(tls_aead_key_len(TLS_AEAD_AES_256_GCM), 32);
	assert_int_equal(tls_aead_key_len(TLS_AEAD_CHACHA20_POLY1305), 32);
}

static void published_figures(void **state)
{
	struct tls_aead_ctx ctx;
	uint8_t out[256];

	(void)state;
	for (size_t i = 0; i < N_FIGURES; i++) {
		struct hex key = unhex(figures[i].key), nonce = unhex(figures[i].nonce);
		struct hex ad = unhex(figures[i].ad), plain = unhex(figures[i].plain);
		struct hex sealed = unhex(figures[i].sealed);

		tls_aead_init(&ctx, figures[i].aead, key.p);
		tls_aead_seal(&ctx, out, nonce.p, ad.p, ad.len, plain.p, plain.len, NULL, 0);
		assert_memory_equal(out, sealed.p, sealed.len);
		assert_true(tls_aead_open(&ctx, out, nonce.p, ad.p, ad.len, sealed.p, sealed.len));
		assert_memory_equal(out, plain.p, plain.len);
	}
}

/* The figures again, with the end of the plaintext given as the tail: the same bytes come out. */
static void figures_with_every_tail(void **state)
{
	struct tls_aead_ctx ctx;
	uint8_t out[256];

	(void)state;
	for (size_t i = 0; i < N_FIGURES; i++) {
		struct hex key = unhex(figures[i].key), nonce = unhex(figures[i].nonce);
		struct hex ad = unhex(figures[i].ad), plain = unhex(figures[i].plain);
		struct hex sealed = unhex(figures[i].sealed);

		tls_aead_init(&ctx, figures[i].aead, key.p);
		for (size_t tail = 0; tail <= 16 && tail <= plain.len; tail++) {
			size_t len = plain.len - tail;

			memset(out, 0, sizeof(out));
			tls_aead_seal(
			    &ctx, out, nonce.p, ad.p, ad.len, plain.p, len, plain.p + len, tail);
			assert_memory_equal(out, sealed.p, sealed.len);
			assert_int_equal(out[sealed.len], 0);
		}
	}
}

/* Content len + tail sealed apart and in place, against the same bytes sealed as one piece. */
static void seal_every_way(struct tls_aead_ctx *ctx, size_t len, size_t tail)
{
	static const uint8_t nonce[TLS_AEAD_NONCE_LEN] = {1, 2, 3}, ad[5] = {9, 8, 7, 6, 5};
	uint8_t whole[MAX_LEN + 1], out[MAX_LEN + 1];
	size_t sealed = len + tail + TLS_AEAD_TAG_LEN;

	tls_aead_seal(ctx, whole, nonce, ad, 5, message, len + tail, NULL, 0);
	out[sealed] = 0xee;
	tls_aead_seal(ctx, out, nonce, ad, 5, message, len, message + len, tail);
	assert_memory_equal(out, whole, sealed);
	assert_int_equal(out[sealed], 0xee);

	memcpy(out, message, len);
	tls_aead_seal(ctx, out, nonce, ad, 5, out, len, message + len, tail);
	assert_memory_equal(out, whole, sealed);
	assert_int_equal(out[sealed], 0xee);

	assert_true(tls_aead_open(ctx, out, nonce, ad, 5, out, sealed));
	assert_memory_equal(out, message, len + tail);
	memset(out, 0xee, sizeof(out));
	assert_true(tls_aead_open(ctx, out, nonce, ad, 5, whole, sealed));
	assert_memory_equal(out, message, len + tail);
	assert_int_equal(out[len + tail], 0xee);
}

static void every_length_and_tail(void **state)
{
	static const uint8_t key[TLS_AEAD_KEY_MAX_LEN] = {5, 4, 3, 2, 1};
	struct tls_aead_ctx ctx;

	(void)state;
	for (size_t a = 0; a < 3; a++) {
		tls_aead_init(&ctx, all[a], key);
		for (size_t len = 0; len <= 3 * 64 + 17; len++)
			for (size_t tail = 0; tail <= 16; tail++)
				seal_every_way(&ctx, len, tail);
	}
}

static bool all_zero(const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (p[i] != 0)
			return false;
	return true;
}

/* Any bit changed in ciphertext, tag, nonce or additional data: refused, and no plaintext is left.
 */
static void flip_all(struct tls_aead_ctx *ctx, size_t len)
{
	uint8_t box[12 + 7 + MAX_LEN], out[MAX_LEN];
	uint8_t *nonce = box, *ad = box + 12, *sealed = box + 19;
	size_t n = len + TLS_AEAD_TAG_LEN;

	memset(box, 0x42, 19);
	tls_aead_seal(ctx, sealed, nonce, ad, 7, message, len, NULL, 0);
	for (size_t bit = 0; bit < 8 * (19 + n); bit++) {
		box[bit / 8] ^= (uint8_t)(1 << bit % 8);
		memset(out, 0xee, sizeof(out));
		assert_false(tls_aead_open(ctx, out, nonce, ad, 7, sealed, n));
		assert_true(all_zero(out, len));
		box[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	assert_true(tls_aead_open(ctx, out, nonce, ad, 7, sealed, n));
	assert_false(tls_aead_open(ctx, out, nonce, ad, 6, sealed, n));
	assert_false(tls_aead_open(ctx, out, nonce, ad, 7, sealed, n - 1));
	sealed[n - 1] ^= 1;
	assert_false(tls_aead_open(ctx, sealed, nonce, ad, 7, sealed, n)); /* in place */
	assert_true(all_zero(sealed, len));
}

static void every_bit_counts(void **state)
{
	static const size_t lens[] = {0, 1, 15, 16, 17, 63, 64, 65, 129};
	static const uint8_t key[TLS_AEAD_KEY_MAX_LEN] = {1};
	struct tls_aead_ctx ctx;

	(void)state;
	for (size_t a = 0; a < 3; a++) {
		tls_aead_init(&ctx, all[a], key);
		for (size_t i = 0; i < sizeof(lens) / sizeof(lens[0]); i++)
			flip_all(&ctx, lens[i]);
	}
}

static void shorter_than_a_tag(void **state)
{
	static const uint8_t key[TLS_AEAD_KEY_MAX_LEN];
	uint8_t nonce[TLS_AEAD_NONCE_LEN] = {0}, out[1] = {0xee};
	struct tls_aead_ctx ctx;

	(void)state;
	for (size_t a = 0; a < 3; a++) {
		tls_aead_init(&ctx, all[a], key);
		for (size_t n = 0; n < TLS_AEAD_TAG_LEN; n++)
			assert_false(tls_aead_open(&ctx, out, nonce, NULL, 0, message, n));
		assert_int_equal(out[0], 0xee);
	}
}

/* A context serves many messages, in any order, sealing and opening, after failures, too. */
static void context_is_reused(void **state)
{
	static const uint8_t key[TLS_AEAD_KEY_MAX_LEN] = {7};
	uint8_t nonce[TLS_AEAD_NONCE_LEN] = {0}, first[80], again[80], out[80];
	struct tls_aead_ctx ctx;

	(void)state;
	for (size_t a = 0; a < 3; a++) {
		tls_aead_init(&ctx, all[a], key);
		nonce[11] = 1;
		tls_aead_seal(&ctx, first, nonce, message, 13, message, 64, NULL, 0);
		nonce[11] = 2;
		tls_aead_seal(&ctx, again, nonce, message, 13, message, 64, NULL, 0);
		assert_memory_not_equal(first, again, 80);
		assert_false(tls_aead_open(&ctx, out, nonce, message, 13, first, 80));
		nonce[11] = 1;
		assert_true(tls_aead_open(&ctx, out, nonce, message, 13, first, 80));
		tls_aead_seal(&ctx, again, nonce, message, 13, message, 64, NULL, 0);
		assert_memory_equal(first, again, 80);
	}
}

static void clear_wipes(void **state)
{
	static const struct tls_aead_ctx wiped;
	static const uint8_t key[TLS_AEAD_KEY_MAX_LEN] = {7};
	struct tls_aead_ctx ctx;

	(void)state;
	tls_aead_init(&ctx, TLS_AEAD_AES_256_GCM, key);
	tls_aead_clear(&ctx);
	assert_memory_equal(&ctx, &wiped, sizeof(ctx));
}

/* ---- Providers */

static int use_nettle(void **state)
{
	(void)state;
	tls_aead_provider_use(&tls_aead_nettle);
	return 0;
}

static void one_is_chosen(void **state)
{
	size_t n = 0;

	(void)state;
	while (tls_aead_provider_at(n) != NULL)
		n++;
	assert_in_range(n, 1, 2);
	assert_ptr_equal(tls_aead_provider_at(n - 1), &tls_aead_nettle);
	tls_aead_provider_use(NULL);
	for (size_t i = 0; i < n; i++) {
		const struct tls_aead_provider *p = tls_aead_provider_at(i);

		if (p->usable != NULL && !p->usable())
			continue;
		assert_string_equal(tls_aead_provider_name(), p->name);
		break;
	}
}

#ifdef HAVE_IPSECMB
#define LONG_LEN 20000

static int use_ipsecmb(void **state)
{
	(void)state;
	tls_aead_provider_use(&tls_aead_ipsecmb);
	return 0;
}

struct job {
	enum tls_aead aead;
	uint8_t key[TLS_AEAD_KEY_MAX_LEN], nonce[TLS_AEAD_NONCE_LEN], ad[64], tail[16];
	size_t len, ad_len, tail_len;
};

static uint8_t text[LONG_LEN], boxes[2][LONG_LEN + 32], opened[LONG_LEN + 32];

static uint64_t chance;

/* xorshift64 from QUENCH_SEED, or the time. */
static void draw(void *out, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		chance ^= chance << 13;
		chance ^= chance >> 7;
		chance ^= chance << 17;
		((uint8_t *)out)[i] = (uint8_t)chance;
	}
}

static void seed(void)
{
	const char *env = getenv("QUENCH_SEED");

	chance = env != NULL ? strtoull(env, NULL, 0) : (uint64_t)time(NULL);
	chance += chance == 0;
	printf("# QUENCH_SEED=%llu\n", (unsigned long long)chance);
}

static void draw_job(struct job *j)
{
	uint32_t r[3];

	draw(j, sizeof(*j));
	draw(r, sizeof(r));
	draw(text, sizeof(text));
	j->aead = all[r[0] % 3];
	j->len = r[1] % (r[0] & 4 ? 200 : LONG_LEN);
	j->ad_len = r[2] % sizeof(j->ad);
	j->tail_len = (r[2] >> 8) % (sizeof(j->tail) + 1);
}

static void seal_job(const struct job *j, uint8_t *box)
{
	struct tls_aead_ctx ctx;

	tls_aead_init(&ctx, j->aead, j->key);
	tls_aead_seal(&ctx, box, j->nonce, j->ad, j->ad_len, text, j->len, j->tail, j->tail_len);
}

static void open_job(const struct job *j, const uint8_t *box, size_t n)
{
	struct tls_aead_ctx ctx;

	tls_aead_init(&ctx, j->aead, j->key);
	assert_true(tls_aead_open(&ctx, opened, j->nonce, j->ad, j->ad_len, box, n));
	assert_memory_equal(opened, text, j->len);
	assert_memory_equal(opened + j->len, j->tail, j->tail_len);
}

static void providers_agree(void **state)
{
	seed();
	for (unsigned i = 0; i < 2000; i++) {
		struct job j;
		size_t n;

		draw_job(&j);
		n = j.len + j.tail_len + TLS_AEAD_TAG_LEN;
		use_nettle(state);
		seal_job(&j, boxes[0]);
		use_ipsecmb(state);
		seal_job(&j, boxes[1]);
		assert_memory_equal(boxes[0], boxes[1], n);
		open_job(&j, boxes[0], n);
		use_nettle(state);
		open_job(&j, boxes[1], n);
	}
}
#endif

#define ONE(f, with) {#f " with " #with, f, use_##with, NULL, NULL}
#define EACH(with)                                                                                 \
	ONE(key_lengths, with), ONE(published_figures, with), ONE(figures_with_every_tail, with),  \
	    ONE(every_length_and_tail, with), ONE(every_bit_counts, with),                         \
	    ONE(shorter_than_a_tag, with), ONE(context_is_reused, with), ONE(clear_wipes, with)

static const struct CMUnitTest tests[] = {
    EACH(nettle),
    cmocka_unit_test(one_is_chosen),
};

#ifdef HAVE_IPSECMB
static const struct CMUnitTest all_tests[] = {
    EACH(nettle),
    cmocka_unit_test(one_is_chosen),
    EACH(ipsecmb),
    cmocka_unit_test(providers_agree),
};

/* What it needs of the processor (AES, AVX) isn't there on each. */
static int run_all(void)
{
	if (tls_aead_ipsecmb.usable == NULL || tls_aead_ipsecmb.usable())
		return cmocka_run_group_tests_name("aead", all_tests, fill_message, NULL);
	printf("# intel-ipsec-mb is left out: this processor can't run it\n");
	return cmocka_run_group_tests_name("aead", tests, fill_message, NULL);
}
#else
static int run_all(void)
{
	return cmocka_run_group_tests_name("aead", tests, fill_message, NULL);
}
#endif

int main(void)
{
	return run_all();
}
