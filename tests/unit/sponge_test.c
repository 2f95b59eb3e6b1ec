/* sponge_test.c - NIST's example values of FIPS 202 (messages of 0, 24 and 1600 bits), and nettle's own SHA-3 for
 * messages of every length, in pieces. */
#include "hex.h"

#include "tls/crypto/sponge.h"

static void run(uint8_t *out, size_t out_len, unsigned rate, unsigned suffix, const void *p, size_t len)
{
	struct tls_sponge s;

	tls_sponge_init(&s, rate);
	tls_sponge_absorb(&s, p, len);
	tls_sponge_finish(&s, suffix);
	tls_sponge_squeeze(&s, out, out_len);
}

static void nist_sha3(void **state)
{
	uint8_t out[64], long_one[200];

	(void)state;
	memset(long_one, 0xa3, sizeof(long_one));
	run(out, 32, TLS_SPONGE_SHA3_256, TLS_SPONGE_SHA3, "", 0);
	assert_hex(out, 32, "a7ffc6f8bf1ed76651c14756a061d662f580ff4de43b49fa82d80a4b80f8434a");
	run(out, 32, TLS_SPONGE_SHA3_256, TLS_SPONGE_SHA3, "abc", 3);
	assert_hex(out, 32, "3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532");
	run(out, 32, TLS_SPONGE_SHA3_256, TLS_SPONGE_SHA3, long_one, 200);
	assert_hex(out, 32, "79f38adec5c20307a98ef76e8324afbfd46cfd81b22e3973c65fa1bd9de31787");
	run(out, 64, TLS_SPONGE_SHA3_512, TLS_SPONGE_SHA3, "", 0);
	assert_hex(out, 64,
	    "a69f73cca23a9ac5c8b567dc185a756e97c982164fe25859e0d1dcc1475c80a6"
	    "15b2123af1f5f94c11e3e9402c3ac558f500199d95b6d3e301758586281dcd26");
	run(out, 64, TLS_SPONGE_SHA3_512, TLS_SPONGE_SHA3, "abc", 3);
	assert_hex(out, 64,
	    "b751850b1a57168a5693cd924b6b096e08f621827444f70d884f5d0240d2712e"
	    "10e116e9192af3c91a7ec57647e3934057340b4cf408d5a56592f8274eec53f0");
	run(out, 64, TLS_SPONGE_SHA3_512, TLS_SPONGE_SHA3, long_one, 200);
	assert_hex(out, 64,
	    "e76dfad22084a8b1467fcf2ffa58361bec7628edf5f3fdc0e4805dc48caeeca8"
	    "1b7c13c30adf52a3659584739a2df46be589c51ca1a4a8416df6545a1ce8ba00");
}

/* The examples have 4096 bits of output: here the first and the last 256. */
static void nist_shake(void **state)
{
	static const struct {
		unsigned rate;
		size_t len;
		const char *first, *last;
	} rows[] = {
	    {TLS_SPONGE_SHAKE128, 0, "7f9c2ba4e88f827d616045507605853ed73b8093f6efbc88eb1a6eacfa66ef26",
	        "43e41b45a653f2a5c4492c1add544512dda2529833462b71a41a45be97290b6f"},
	    {TLS_SPONGE_SHAKE128, 200, "131ab8d2b594946b9c81333f9bb6e0ce75c3b93104fa3469d3917457385da037",
	        "44c9fb359fd56ac0a9a75a743cff6862f17d7259ab075216c0699511643b6439"},
	    {TLS_SPONGE_SHAKE256, 0, "46b9dd2b0ba88d13233b3feb743eeb243fcd52ea62b81b82b50c27646ed5762f",
	        "ab0bae316339894304e35877b0c28a9b1fd166c796b9cc258a064a8f57e27f2a"},
	    {TLS_SPONGE_SHAKE256, 200, "cd8a920ed141aa0407a22d59288652e9d9f1a7ee0c1e7c1ca699424da84a904d",
	        "6a1a9d7846436e4dca5728b6f760eef0ca92bf0be5615e96959d767197a0beeb"},
	};
	uint8_t out[512], long_one[200];

	(void)state;
	memset(long_one, 0xa3, sizeof(long_one));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		run(out, sizeof(out), rows[i].rate, TLS_SPONGE_SHAKE, long_one, rows[i].len);
		assert_hex(out, 32, rows[i].first);
		assert_hex(out + 480, 32, rows[i].last);
	}
}

static void as_nettle(void **state)
{
	uint8_t message[420], got[300], want[300];
	struct sha3_256_ctx sha256, shake;
	struct sha3_512_ctx sha512;

	(void)state;
	for (size_t i = 0; i < sizeof(message); i++)
		message[i] = (uint8_t)(i * 7);
	sha3_256_init(&sha256);
	sha3_256_init(&shake);
	sha3_512_init(&sha512);
	for (size_t len = 0; len <= sizeof(message); len++) {
		sha3_256_update(&sha256, len, message);
		sha3_256_digest(&sha256, 32, want);
		run(got, 32, TLS_SPONGE_SHA3_256, TLS_SPONGE_SHA3, message, len);
		assert_memory_equal(got, want, 32);
		sha3_512_update(&sha512, len, message);
		sha3_512_digest(&sha512, 64, want);
		run(got, 64, TLS_SPONGE_SHA3_512, TLS_SPONGE_SHA3, message, len);
		assert_memory_equal(got, want, 64);
		sha3_256_update(&shake, len, message);
		sha3_256_shake(&shake, sizeof(want), want);
		run(got, sizeof(got), TLS_SPONGE_SHAKE256, TLS_SPONGE_SHAKE, message, len);
		assert_memory_equal(got, want, sizeof(want));
	}
}

/* In and out by pieces of each length: the same as at once. */
static void pieces(void **state)
{
	uint8_t message[400], whole[400], out[400];
	struct tls_sponge s;

	(void)state;
	memset(message, 0x5a, sizeof(message));
	run(whole, sizeof(whole), TLS_SPONGE_SHAKE128, TLS_SPONGE_SHAKE, message, sizeof(message));
	for (size_t piece = 1; piece <= sizeof(message); piece++) {
		tls_sponge_init(&s, TLS_SPONGE_SHAKE128);
		for (size_t at = 0, n; at < sizeof(message); at += n) {
			n = sizeof(message) - at < piece ? sizeof(message) - at : piece;
			tls_sponge_absorb(&s, message + at, n);
		}
		tls_sponge_finish(&s, TLS_SPONGE_SHAKE);
		for (size_t at = 0, n; at < sizeof(out); at += n) {
			n = sizeof(out) - at < piece ? sizeof(out) - at : piece;
			tls_sponge_squeeze(&s, out + at, n);
		}
		assert_memory_equal(out, whole, sizeof(out));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(nist_sha3),
	    cmocka_unit_test(nist_shake),
	    cmocka_unit_test(as_nettle),
	    cmocka_unit_test(pieces),
	};

	return cmocka_run_group_tests_name("sponge", tests, NULL, NULL);
}
