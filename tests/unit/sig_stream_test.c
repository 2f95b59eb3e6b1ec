/* sig_stream_test.c - the random bytes of a signature: HMAC-SHA512 as sigkey.h says, no more and no
 * less. */
#include "hex.h"

#include "testrng.h"
#include "tls/crypto/sigkey.h"
#include "tls/tls.h"

static void start(
    struct tls_sigkey_stream *stream, uint8_t seed, const char *secret, const char *digest)
{
	struct testrng t = {.counter = seed, .step = 1};
	struct tls_rng rng = {testrng_fill, &t};

	assert_int_equal(tls_sigkey_stream_init(stream, &rng, tls_span(secret, strlen(secret)),
			     tls_span(digest, strlen(digest))),
	    0);
	assert_int_equal(t.n_calls, 1);
}

/* The construction written out: seed = HMAC(fresh, secret || digest), block n = HMAC(seed, n). */
static void construction(void **state)
{
	struct tls_sigkey_stream stream;
	uint8_t fresh[64], seed[64], want[64], out[64];

	(void)state;
	for (unsigned i = 0; i < 64; i++)
		fresh[i] = (uint8_t)(7 + i);
	tls_hmac(TLS_HASH_SHA512, seed, fresh, 64, "secretdigest", 12);
	start(&stream, 7, "secret", "digest");
	for (uint8_t n = 1; n < 4; n++) {
		uint8_t count[4] = {n, 0, 0, 0};

		tls_sigkey_stream_read(&stream, 64, out);
		tls_hmac(TLS_HASH_SHA512, want, seed, 64, count, 4);
		assert_memory_equal(out, want, 64);
	}
}

/* Nothing is given out twice, whatever the pieces. */
static void no_byte_repeats(void **state)
{
	struct tls_sigkey_stream stream;
	uint8_t a[200] = {0}, b[200] = {0};

	(void)state;
	start(&stream, 7, "secret", "digest");
	tls_sigkey_stream_read(&stream, 199, a);
	assert_int_equal(a[199], 0);
	assert_memory_not_equal(a, a + 64, 64);
	assert_memory_not_equal(a + 64, a + 128, 64);
	tls_sigkey_stream_read(&stream, 64, b);
	for (size_t at = 0; at + 16 <= 199; at++)
		assert_memory_not_equal(a + at, b, 16);
	tls_sigkey_stream_read(&stream, 0, NULL);
}

static void every_input_counts(void **state)
{
	struct tls_sigkey_stream stream;
	uint8_t a[64], b[64];

	(void)state;
	start(&stream, 7, "secret", "digest");
	tls_sigkey_stream_read(&stream, 64, a);
	start(&stream, 8, "secret", "digest");
	tls_sigkey_stream_read(&stream, 64, b);
	assert_memory_not_equal(a, b, 64);
	start(&stream, 7, "secreT", "digest");
	tls_sigkey_stream_read(&stream, 64, b);
	assert_memory_not_equal(a, b, 64);
	start(&stream, 7, "secret", "digesT");
	tls_sigkey_stream_read(&stream, 64, b);
	assert_memory_not_equal(a, b, 64);
	start(&stream, 7, "secret", "digest");
	tls_sigkey_stream_read(&stream, 64, b);
	assert_memory_equal(a, b, 64);
}

static void failing_generator(void **state)
{
	struct testrng t = {.fail_at = 1};
	struct tls_rng rng = {testrng_fill, &t};
	struct tls_sigkey_stream stream;

	(void)state;
	assert_int_equal(tls_sigkey_stream_init(&stream, &rng, tls_span("s", 1), tls_span("d", 1)),
	    TLS_E_RANDOM_FAILED);
}

static void clear_wipes(void **state)
{
	static const struct tls_sigkey_stream wiped;
	struct tls_sigkey_stream stream;

	(void)state;
	start(&stream, 7, "secret", "digest");
	tls_sigkey_stream_clear(&stream);
	assert_memory_equal(&stream, &wiped, sizeof(stream));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(construction),
	    cmocka_unit_test(no_byte_repeats),
	    cmocka_unit_test(every_input_counts),
	    cmocka_unit_test(failing_generator),
	    cmocka_unit_test(clear_wipes),
	};

	return cmocka_run_group_tests_name("sig_stream", tests, NULL, NULL);
}
