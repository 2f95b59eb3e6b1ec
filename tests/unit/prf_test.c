/* prf_test.c - the PRF of TLS 1.2 against the figures published for P_SHA256, P_SHA384 and P_SHA512 (IETF's TLS
 * list, 30 July 2009; Python's hmac gives the same ones). */
#include "hex.h"

#include "tls/crypto/prf.h"

static const struct {
	enum tls_hash hash;
	const char *secret, *seed;
	size_t len;
	const char *out;
} figures[] = {
    {TLS_HASH_SHA256, "9bbe436ba940f017b17652849a71db35",
	"a0ba9f936cda311827a6f796ffd5198c", 100,
	"e3f229ba727be17b8d122620557cd453c2aab21d07c3d495329b52d4e61edb5a"
	"6b301791e90d35c9c9a46b4e14baf9af0fa022f7077def17abfd3797c0564bab"
	"4fbc91666e9def9b97fce34f796789baa48082d122ee42c5a72e5a5110fff701"
	"87347b66"},
    {TLS_HASH_SHA384, "b80b733d6ceefcdc71566ea48e5567df",
	"cd665cf6a8447dd6ff8b27555edb7465", 148,
	"7b0c18e9ced410ed1804f2cfa34a336a1c14dffb4900bb5fd7942107e81c83cd"
	"e9ca0faa60be9fe34f82b1233c9146a0e534cb400fed2700884f9dc236f80edd"
	"8bfa961144c9e8d792eca722a7b32fc3d416d473ebc2c5fd4abfdad05d918425"
	"9b5bf8cd4d90fa0d31e2dec479e4f1a26066f2eea9a69236a3e52655c9e9aee6"
	"91c8f3a26854308d5eaa3be85e0990703d73e56f"},
    {TLS_HASH_SHA512, "b0323523c1853599584d88568bbb05eb",
	"d4640e12e4bcdbfb437f03e6ae418ee5", 196,
	"1261f588c798c5c201ff036e7a9cb5edcd7fe3f94c669a122a4638d7d508b283"
	"042df6789875c7147e906d868bc75c45e20eb40c1cf4a1713b27371f68432592"
	"f7dc8ea8ef223e12ea8507841311bf68653d0cfc4056d811f025c45ddfa6e6fe"
	"c702f054b409d6f28dd0a3233e498da41a3e75c5630eedbe22fe254e33a1b0e9"
	"f6b9826675bec7d01a845658dc9c397545401d40b9f46c7a400ee1b8f81ca0a6"
	"0d1a397a1028bff5d2ef5066126842fb8da4197632bdb54ff6633f86bbc836e6"
	"40d4d898"},
};

#define N_FIGURES (sizeof(figures) / sizeof(figures[0]))
#define MAX_LEN 196

static void published_figures(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_FIGURES; i++) {
		struct hex secret = unhex(figures[i].secret), seed = unhex(figures[i].seed);
		uint8_t out[MAX_LEN];

		tls_prf(figures[i].hash, out, figures[i].len, tls_span(secret.p, secret.len), "test label",
		    tls_span(seed.p, seed.len), tls_span(NULL, 0));
		assert_hex(out, figures[i].len, figures[i].out);
	}
}

/* The seed is one string, wherever it is cut. */
static void seed_in_two_pieces(void **state)
{
	(void)state;
	for (size_t cut = 0; cut <= 16; cut++) {
		struct hex secret = unhex(figures[0].secret), seed = unhex(figures[0].seed);
		uint8_t out[MAX_LEN];

		tls_prf(TLS_HASH_SHA256, out, figures[0].len, tls_span(secret.p, secret.len), "test label",
		    tls_span(seed.p, cut), tls_span(seed.p + cut, seed.len - cut));
		assert_hex(out, figures[0].len, figures[0].out);
	}
}

/* Every length is a prefix of the longest one, and nothing is written behind it. */
static void every_length(void **state)
{
	uint8_t full[MAX_LEN], out[MAX_LEN + 1];
	struct tls_span secret = tls_span("secret", 6), seed = tls_span("seed", 4);

	(void)state;
	tls_prf(TLS_HASH_SHA384, full, MAX_LEN, secret, "label", seed, seed);
	for (size_t n = 0; n <= MAX_LEN; n++) {
		out[n] = 0xee;
		tls_prf(TLS_HASH_SHA384, out, n, secret, "label", seed, seed);
		assert_memory_equal(out, full, n);
		assert_int_equal(out[n], 0xee);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(published_figures),
	    cmocka_unit_test(seed_in_two_pieces),
	    cmocka_unit_test(every_length),
	};

	return cmocka_run_group_tests_name("prf", tests, NULL, NULL);
}
