/* hash_test.c - SHA-2 and HMAC against FIPS 180-4's examples and RFC 4231. */
#include "hex.h"

#include "tls/crypto/hash.h"

#define ABC "abc"
#define TWO_BLOCKS_256 "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"
#define TWO_BLOCKS_512                                                                             \
	"abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmn"                                 \
	"hijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu"

static const struct {
	enum tls_hash hash;
	const char *text, *digest;
} examples[] = {
    {TLS_HASH_SHA256, "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
    {TLS_HASH_SHA256, ABC, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
    {TLS_HASH_SHA256, TWO_BLOCKS_256,
	"248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
    {TLS_HASH_SHA384, "",
	"38b060a751ac96384cd9327eb1b1e36a21fdb71114be07434c0cc7bf63f6e1da"
	"274edebfe76f65fbd51ad2f14898b95b"},
    {TLS_HASH_SHA384, ABC,
	"cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"
	"8086072ba1e7cc2358baeca134c825a7"},
    {TLS_HASH_SHA384, TWO_BLOCKS_512,
	"09330c33f71147e83d192fc782cd1b4753111b173b3b05d22fa08086e3b0f712"
	"fcc7c71a557e2db966c3e9fa91746039"},
    {TLS_HASH_SHA512, "",
	"cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce"
	"47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e"},
    {TLS_HASH_SHA512, ABC,
	"ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
	"2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"},
    {TLS_HASH_SHA512, TWO_BLOCKS_512,
	"8e959b75dae313da8cf4f72814fc143f8f7779c6eb9f7fa17299aeadb6889018"
	"501d289e4900f7e4331b99dec4b5433ac7d329eeb6dd26545e96e55b874be909"},
};

#define N_EXAMPLES (sizeof(examples) / sizeof(examples[0]))

static void lengths(void **state)
{
	(void)state;
	assert_int_equal(tls_hash_len(TLS_HASH_SHA256), 32);
	assert_int_equal(tls_hash_len(TLS_HASH_SHA384), 48);
	assert_int_equal(tls_hash_len(TLS_HASH_SHA512), 64);
}

static void fips180_examples(void **state)
{
	uint8_t out[TLS_HASH_MAX_LEN];

	(void)state;
	for (size_t i = 0; i < N_EXAMPLES; i++) {
		tls_hash_once(examples[i].hash, out, examples[i].text, strlen(examples[i].text));
		assert_hex(out, tls_hash_len(examples[i].hash), examples[i].digest);
	}
}

static void any_pieces_give_the_same(void **state)
{
	struct tls_hash_ctx ctx;
	uint8_t out[TLS_HASH_MAX_LEN];

	(void)state;
	for (size_t i = 0; i < N_EXAMPLES; i++) {
		size_t len = strlen(examples[i].text);

		for (size_t cut = 0; cut <= len; cut++) {
			tls_hash_init(&ctx, examples[i].hash);
			tls_hash_update(&ctx, examples[i].text, cut);
			tls_hash_update(&ctx, NULL, 0);
			tls_hash_update(&ctx, examples[i].text + cut, len - cut);
			tls_hash_peek(&ctx, out);
			assert_hex(out, tls_hash_len(examples[i].hash), examples[i].digest);
		}
	}
}

static void peek_leaves_the_context(void **state)
{
	struct tls_hash_ctx ctx = {0}, before;
	uint8_t out[TLS_HASH_MAX_LEN];

	(void)state;
	for (size_t i = 0; i < N_EXAMPLES; i++) {
		tls_hash_init(&ctx, examples[i].hash);
		for (const char *c = examples[i].text; *c != '\0'; c++) {
			tls_hash_update(&ctx, c, 1);
			before = ctx;
			tls_hash_peek(&ctx, out);
			assert_memory_equal(&ctx.state, &before.state, sizeof(ctx.state));
		}
		tls_hash_peek(&ctx, out);
		assert_hex(out, tls_hash_len(examples[i].hash), examples[i].digest);
	}
}

/* FIPS 180-4's long example: a million times "a". */
static void million_a(void **state)
{
	static const char *const digests[] = {
	    [TLS_HASH_SHA256] = "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0",
	    [TLS_HASH_SHA384] = "9d0e1809716474cb086e834e310a4a1ced149e9c00f248527972cec5704c2a5b"
				"07b8b3dc38ecc4ebae97ddd87f3d8985",
	    [TLS_HASH_SHA512] = "e718483d0ce769644e2e42c7bc15b4638e1f98b13b2044285632a803afa973eb"
				"de0ff244877ea60a4cb0432ce577c31beb009c5c2c49aa2e4eadb217ad8cc09b",
	};
	struct tls_hash_ctx ctx;
	uint8_t out[TLS_HASH_MAX_LEN];
	char a[1000];

	(void)state;
	memset(a, 'a', sizeof(a));
	for (enum tls_hash hash = TLS_HASH_SHA256; hash <= TLS_HASH_SHA512; hash++) {
		tls_hash_init(&ctx, hash);
		for (int i = 0; i < 1000; i++)
			tls_hash_update(&ctx, a, sizeof(a));
		tls_hash_peek(&ctx, out);
		assert_hex(out, tls_hash_len(hash), digests[hash]);
	}
}

#define AA_20 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define AA_131 AA_20 AA_20 AA_20 AA_20 AA_20 AA_20 "aaaaaaaaaaaaaaaaaaaaaa"
#define DD_10 "dddddddddddddddddddd"
#define CD_10 "cdcdcdcdcdcdcdcdcdcd"

/* RFC 4231 sections 4.2 to 4.8 (without the truncated one). */
static const struct {
	const char *key, *data, *sha256, *sha384, *sha512;
} rfc4231[] = {
    {"0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "4869205468657265",
	"b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
	"afd03944d84895626b0825f4ab46907f15f9dadbe4101ec682aa034c7cebc59c"
	"faea9ea9076ede7f4af152e8b2fa9cb6",
	"87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cde"
	"daa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a126854"},
    {"4a656665", "7768617420646f2079612077616e7420666f72206e6f7468696e673f",
	"5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
	"af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e"
	"8e2240ca5e69e2c78b3239ecfab21649",
	"164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
	"9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737"},
    {AA_20, DD_10 DD_10 DD_10 DD_10 DD_10,
	"773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe",
	"88062608d3e6ad8a0aa2ace014c8a86f0aa635d947ac9febe83ef4e55966144b"
	"2a5ab39dc13814b94e3ab6e101a34f27",
	"fa73b0089d56a284efb0f0756c890be9b1b5dbdd8ee81a3655f83e33b2279d39"
	"bf3e848279a722c806b485a47e67c807b946a337bee8942674278859e13292fb"},
    {"0102030405060708090a0b0c0d0e0f10111213141516171819", CD_10 CD_10 CD_10 CD_10 CD_10,
	"82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b",
	"3e8a69b7783c25851933ab6290af6ca77a9981480850009cc5577c6e1f573b4e"
	"6801dd23c4a7d679ccf8a386c674cffb",
	"b0ba465637458c6990e5a8c5f61d4af7e576d97ff94b872de76f8050361ee3db"
	"a91ca5c11aa25eb4d679275cc5788063a5f19741120c4f2de2adebeb10a298dd"},
    {AA_131,
	"54657374205573696e67204c6172676572205468616e20426c6f636b2d53697a"
	"65204b6579202d2048617368204b6579204669727374",
	"60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
	"4ece084485813e9088d2c63a041bc5b44f9ef1012a2b588f3cd11f05033ac4c6"
	"0c2ef6ab4030fe8296248df163f44952",
	"80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f352"
	"6b56d037e05f2598bd0fd2215d6a1e5295e64f73f63f0aec8b915a985d786598"},
    {AA_131,
	"5468697320697320612074657374207573696e672061206c6172676572207468"
	"616e20626c6f636b2d73697a65206b657920616e642061206c61726765722074"
	"68616e20626c6f636b2d73697a6520646174612e20546865206b6579206e6565"
	"647320746f20626520686173686564206265666f7265206265696e6720757365"
	"642062792074686520484d414320616c676f726974686d2e",
	"9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2",
	"6617178e941f020d351e2f254e8fd32c602420feb0b8fb9adccebb82461e99c5"
	"a678cc31e799176d3860e6110c46523e",
	"e37b6a775dc87dbaa4dfa9f96e5e3ffddebd71f8867289865df5a32d20cdc944"
	"b6022cac3c4982b10d5eeb55c3e4de15134676fb6de0446065c97440fa8c6a58"},
};

static void rfc4231_hmac(void **state)
{
	uint8_t out[TLS_HASH_MAX_LEN];

	(void)state;
	for (size_t i = 0; i < sizeof(rfc4231) / sizeof(rfc4231[0]); i++) {
		struct hex key = unhex(rfc4231[i].key), data = unhex(rfc4231[i].data);

		tls_hmac(TLS_HASH_SHA256, out, key.p, key.len, data.p, data.len);
		assert_hex(out, 32, rfc4231[i].sha256);
		tls_hmac(TLS_HASH_SHA384, out, key.p, key.len, data.p, data.len);
		assert_hex(out, 48, rfc4231[i].sha384);
		tls_hmac(TLS_HASH_SHA512, out, key.p, key.len, data.p, data.len);
		assert_hex(out, 64, rfc4231[i].sha512);
	}
}

static void hmac_in_pieces(void **state)
{
	struct hex key = unhex(rfc4231[5].key), data = unhex(rfc4231[5].data);
	struct tls_hmac_ctx keyed, ctx;
	static const struct tls_hmac_ctx wiped;
	uint8_t out[TLS_HASH_MAX_LEN];

	(void)state;
	tls_hmac_init(&keyed, TLS_HASH_SHA384, key.p, key.len);
	for (size_t cut = 0; cut <= data.len; cut++) {
		ctx = keyed;
		tls_hmac_update(&ctx, data.p, cut);
		tls_hmac_update(&ctx, data.p + cut, data.len - cut);
		tls_hmac_finish(&ctx, out);
		assert_hex(out, 48, rfc4231[5].sha384);
		assert_memory_equal(&ctx, &wiped, sizeof(ctx));
	}
}

/* The digest of the empty string under the empty key. */
static void hmac_of_nothing(void **state)
{
	uint8_t out[TLS_HASH_MAX_LEN];

	(void)state;
	tls_hmac(TLS_HASH_SHA256, out, NULL, 0, NULL, 0);
	assert_hex(out, 32, "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(lengths),
	    cmocka_unit_test(fips180_examples),
	    cmocka_unit_test(any_pieces_give_the_same),
	    cmocka_unit_test(peek_leaves_the_context),
	    cmocka_unit_test(million_a),
	    cmocka_unit_test(rfc4231_hmac),
	    cmocka_unit_test(hmac_in_pieces),
	    cmocka_unit_test(hmac_of_nothing),
	};

	return cmocka_run_group_tests_name("hash", tests, NULL, NULL);
}
