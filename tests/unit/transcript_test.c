/* transcript_test.c - the transcript hash against the hashes that RFC 8448 prints, with and without
 * a HelloRetryRequest (RFC 8446 section 4.4.1). */
#include "hex.h"

#include "tests/vectors/rfc8448_3.h"
#include "tests/vectors/rfc8448_4.h"
#include "tests/vectors/rfc8448_5.h"
#include "tls/bytes/mem.h"
#include "tls/hs/transcript.h"
#include "tls/limits.h"
#include "tls/tls.h"

static void add(struct tls_transcript *t, const char *message)
{
	struct hex h = unhex(message);

	tls_transcript_add(t, tls_span(h.p, h.len));
}

static void is(const struct tls_transcript *t, const char *want)
{
	uint8_t out[TLS_HASH_MAX_LEN];
	struct tls_span hash = tls_transcript_hash(t, out);

	assert_hex(hash.p, hash.len, want);
}

static void rfc8448_3(void **state)
{
	struct tls_transcript t;

	(void)state;
	tls_transcript_init(&t);
	add(&t, rfc8448_3_client_hello);
	tls_transcript_choose(&t, TLS_HASH_SHA256);
	add(&t, rfc8448_3_server_hello);
	is(&t, rfc8448_3_hash_to_server_hello);
	add(&t, rfc8448_3_encrypted_extensions);
	add(&t, rfc8448_3_server_certificate);
	add(&t, rfc8448_3_server_certificate_verify);
	add(&t, rfc8448_3_server_finished);
	is(&t, rfc8448_3_hash_to_server_finished);
	is(&t, rfc8448_3_hash_to_server_finished); /* asking changes nothing */
	add(&t, rfc8448_3_client_finished);
	is(&t, rfc8448_3_hash_to_client_finished);
}

/* What a binder covers: the part of a hello, before it is added. */
static void rfc8448_4_binder_hash_adds_nothing(void **state)
{
	struct hex h = unhex(rfc8448_4_client_hello);
	uint8_t out[TLS_HASH_MAX_LEN], before[TLS_HASH_MAX_LEN], after[TLS_HASH_MAX_LEN];
	struct tls_transcript t;
	struct tls_span hash;

	(void)state;
	tls_transcript_init(&t);
	(void)tls_transcript_hash(&t, before);
	hash = tls_transcript_with(
	    &t, out, TLS_HASH_SHA256, tls_span(h.p, 4), tls_span(h.p + 4, RFC8448_4_PREFIX_LEN - 4));
	assert_hex(hash.p, hash.len, rfc8448_4_binder_hash);
	assert_int_equal(
	    tls_transcript_with(&t, out, TLS_HASH_SHA384, tls_span(h.p, 4), tls_span(h.p, 0)).len, 48);
	(void)tls_transcript_hash(&t, after);
	assert_memory_equal(before, after, 32);
}

static void rfc8448_5_with_retry(void **state)
{
	struct tls_transcript t;

	(void)state;
	tls_transcript_init(&t);
	tls_transcript_choose(&t, TLS_HASH_SHA256);
	add(&t, rfc8448_5_client_hello1);
	tls_transcript_retry(&t);
	add(&t, rfc8448_5_hello_retry_request);
	add(&t, rfc8448_5_client_hello2);
	add(&t, rfc8448_5_server_hello);
	is(&t, rfc8448_5_hash_to_server_hello);
	add(&t, rfc8448_5_encrypted_extensions);
	add(&t, rfc8448_5_server_certificate);
	add(&t, rfc8448_5_server_certificate_verify);
	add(&t, rfc8448_5_server_finished);
	is(&t, rfc8448_5_hash_to_server_finished);
	add(&t, rfc8448_5_client_finished);
	is(&t, rfc8448_5_hash_to_client_finished);
}

/* The message that replaces the first hello, spelled out: fe 00 00 Hash.length, hash. */
static void retry_with_sha384(void **state)
{
	uint8_t replaced[4 + 48] = {0xfe, 0, 0, 48}, want[48], out[TLS_HASH_MAX_LEN];
	struct hex hello = unhex(rfc8448_5_client_hello1);
	struct tls_transcript t;

	(void)state;
	tls_hash_once(TLS_HASH_SHA384, replaced + 4, hello.p, hello.len);
	tls_hash_once(TLS_HASH_SHA384, want, replaced, sizeof(replaced));
	tls_transcript_init(&t);
	add(&t, rfc8448_5_client_hello1);
	tls_transcript_choose(&t, TLS_HASH_SHA384);
	tls_transcript_retry(&t);
	assert_int_equal(tls_transcript_hash(&t, out).len, 48);
	assert_memory_equal(out, want, 48);
}

/* FIPS 180-4: "abc". Chosen before or behind the first message, the hash is the same. */
static void both_hashes(void **state)
{
	static const struct {
		enum tls_hash hash;
		const char *abc;
	} figures[] = {
	    {TLS_HASH_SHA256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
	    {TLS_HASH_SHA384, "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"
			      "8086072ba1e7cc2358baeca134c825a7"},
	};

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct tls_transcript t;

		tls_transcript_init(&t);
		if (i < 2)
			tls_transcript_choose(&t, figures[i % 2].hash);
		tls_transcript_add(&t, tls_span("ab", 2));
		if (i >= 2)
			tls_transcript_choose(&t, figures[i % 2].hash);
		tls_transcript_add(&t, tls_span("c", 1));
		is(&t, figures[i % 2].abc);
	}
}

/* Kept or not, the hash is the same; forgotten messages are gone. */
static void messages_are_kept(void **state)
{
	struct tls_transcript t;
	struct tls_span all;

	(void)state;
	tls_transcript_init(&t);
	tls_transcript_add(&t, tls_span("a", 1));
	assert_int_equal(tls_transcript_messages(&t, &all), TLS_E_INTERNAL_ERROR);
	tls_transcript_init(&t);
	tls_transcript_keep(&t);
	tls_transcript_add(&t, tls_span("a", 1));
	tls_transcript_choose(&t, TLS_HASH_SHA256);
	tls_transcript_add(&t, tls_span("bc", 2));
	assert_int_equal(tls_transcript_messages(&t, &all), 0);
	assert_int_equal(all.len, 3);
	assert_memory_equal(all.p, "abc", 3);
	is(&t, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	tls_transcript_forget(&t);
	tls_transcript_add(&t, tls_span("d", 1));
	assert_int_equal(tls_transcript_messages(&t, &all), TLS_E_INTERNAL_ERROR);
}

static void limit_kept_len(void **state)
{
	static const uint8_t big[TLS_LIMIT_KEPT_LEN + 1];

	(void)state;
	for (size_t first = 0; first <= 2; first++) {
		struct tls_transcript t;
		struct tls_span all;

		tls_transcript_init(&t);
		tls_transcript_keep(&t);
		tls_transcript_add(&t, tls_span(big, first));
		tls_transcript_add(&t, tls_span(big, TLS_LIMIT_KEPT_LEN - 1));
		assert_int_equal(
		    tls_transcript_messages(&t, &all), first < 2 ? 0 : TLS_E_HANDSHAKE_TOO_LARGE);
		tls_transcript_add(&t, tls_span(big, 2));
		assert_int_equal(tls_transcript_messages(&t, &all), TLS_E_HANDSHAKE_TOO_LARGE);
		assert_true(t.kept.cap <= TLS_LIMIT_KEPT_LEN);
		tls_transcript_forget(&t);
	}
}

static void keeping_needs_memory(void **state)
{
	struct tls_transcript t;
	struct tls_span all;

	(void)state;
	tls_transcript_init(&t);
	tls_transcript_keep(&t);
	tls_mem_fail_at(1);
	tls_transcript_add(&t, tls_span("abc", 3));
	assert_int_equal(tls_mem_fail_left(), 0);
	tls_mem_fail_at(0);
	assert_false(tls_transcript_ok(&t));
	assert_int_equal(tls_transcript_messages(&t, &all), TLS_E_MEMORY_ERROR);
	tls_transcript_forget(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(rfc8448_3),
	    cmocka_unit_test(rfc8448_4_binder_hash_adds_nothing),
	    cmocka_unit_test(rfc8448_5_with_retry),
	    cmocka_unit_test(retry_with_sha384),
	    cmocka_unit_test(both_hashes),
	    cmocka_unit_test(messages_are_kept),
	    cmocka_unit_test(limit_kept_len),
	    cmocka_unit_test(keeping_needs_memory),
	};

	return cmocka_run_group_tests_name("transcript", tests, NULL, NULL);
}
