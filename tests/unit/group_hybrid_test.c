/* group_hybrid_test.c - the hybrid groups: where the parts stand, and that each is the one that the part alone would be;
 * bad shares of either part. What the parts are has its figures in group_test and mlkem_test. */
#include "hex.h"

#include "testrng.h"
#include "tls/bytes/mem.h"
#include "tls/crypto/group.h"
#include "tls/crypto/mlkem.h"
#include "tls/tls.h"

#define PUBLIC_LEN TLS_MLKEM_PUBLIC_LEN

/* draft-ietf-tls-ecdhe-mlkem section 4, in numbers. */
static const struct layout {
	uint16_t id, part;
	const char *name;
	size_t client, server; /* shares */
	size_t kem_public, ec_public, kem_cipher, ec_server, kem_secret, ec_secret; /* begin at */
	size_t ec_len;
} layouts[] = {
    {0x11ec, 0x001d, "X25519MLKEM768", 1216, 1120, 0, 1184, 0, 1088, 0, 32, 32},
    {0x11eb, 0x0017, "SecP256r1MLKEM768", 1249, 1153, 65, 0, 65, 0, 32, 0, 65},
};

#define N_LAYOUTS (sizeof(layouts) / sizeof(layouts[0]))

static void table(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_LAYOUTS; i++) {
		const struct layout *l = &layouts[i];
		const struct tls_group *g = tls_group_by_id(l->id);

		assert_ptr_equal(tls_group_by_name(l->name), g);
		assert_string_equal(tls_group_get_name(l->id), l->name);
		assert_ptr_equal(g->part, tls_group_by_id(l->part));
		assert_int_equal(g->client_share_len, l->client);
		assert_int_equal(g->server_share_len, l->server);
		assert_int_equal(g->secret_len, 64);
		assert_true(g->client_share_len <= TLS_GROUP_SHARE_MAX_LEN);
	}
	assert_true(tls_group_is_post_quantum(0x11eb) && tls_group_is_post_quantum(0x11ec));
	assert_false(tls_group_is_post_quantum(0x001d) || tls_group_is_post_quantum(0) || tls_group_is_post_quantum(0x11ed));
	assert_null(tls_group_by_id(0x001d)->part);
	assert_null(tls_group_by_id(0x0019)->part);
}

/* Both shares and the secret from the parts alone, with the same random bytes. */
static void the_parts_side_by_side(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_LAYOUTS; i++) {
		const struct layout *l = &layouts[i];
		const struct tls_group *g = tls_group_by_id(l->id), *part = g->part;
		uint8_t script[64 + 32], answer_script[32 + 32];
		struct testrng t = {.script = script, .script_len = sizeof(script)};
		struct testrng answer_t = {.script = answer_script, .script_len = sizeof(answer_script)};
		struct tls_rng rng = {testrng_fill, &t}, answer_rng = {testrng_fill, &answer_t};
		uint8_t share[TLS_GROUP_SHARE_MAX_LEN], answer[TLS_GROUP_SHARE_MAX_LEN], secret[64], again[64];
		uint8_t public_key[PUBLIC_LEN], private_key[TLS_MLKEM_PRIVATE_LEN], cipher[TLS_MLKEM_CIPHERTEXT_LEN];
		uint8_t kem_secret[32], ec_share[65], ec_secret[32];
		struct tls_group_key key, ec_key = {.group = part};

		memset(script, 0x11, 64);
		memset(script + 64, 0x22, 32);
		memset(answer_script, 0x33, 32);
		memset(answer_script + 32, 0x44, 32);
		assert_int_equal(tls_group_generate(&key, share, g, &rng), 0);
		assert_int_equal(tls_group_respond(answer, secret, g, share, l->client, &answer_rng), 0);
		assert_int_equal(tls_group_finish(again, &key, answer, l->server), 0);
		assert_memory_equal(again, secret, 64);
		tls_group_key_clear(&key);

		tls_mlkem_generate(public_key, private_key, script);
		assert_memory_equal(share + l->kem_public, public_key, PUBLIC_LEN);
		assert_int_equal(tls_mlkem_encapsulate(cipher, kem_secret, public_key, PUBLIC_LEN, answer_script), 0);
		assert_memory_equal(answer + l->kem_cipher, cipher, sizeof(cipher));
		assert_memory_equal(secret + l->kem_secret, kem_secret, 32);

		t = (struct testrng){.script = script + 64, .script_len = 32};
		assert_int_equal(tls_group_generate(&ec_key, ec_share, part, &rng), 0);
		assert_memory_equal(share + l->ec_public, ec_share, l->ec_len);
		assert_int_equal(tls_group_finish(ec_secret, &ec_key, answer + l->ec_server, l->ec_len), 0);
		assert_memory_equal(secret + l->ec_secret, ec_secret, 32);
	}
}

/* One key for the hybrid and for its part. */
static void narrowed(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_LAYOUTS; i++) {
		const struct tls_group *g = tls_group_by_id(layouts[i].id);
		uint8_t share[TLS_GROUP_SHARE_MAX_LEN], answer[65], secret[32], again[32];
		struct tls_group_key key;

		assert_int_equal(tls_group_generate(&key, share, g, NULL), 0);
		assert_int_equal(tls_group_respond(answer, secret, g->part, tls_group_part_share(g, share),
				     g->part->client_share_len, NULL), 0);
		tls_group_key_narrow(&key);
		assert_ptr_equal(key.group, g->part);
		assert_null(key.kem);
		assert_int_equal(tls_group_finish(again, &key, answer, g->part->server_share_len), 0);
		assert_memory_equal(again, secret, 32);
		tls_group_key_clear(&key);
	}
}

/* ---- What must be refused, by the one who responds and by the one who finishes */

static void refused_by_responder(uint16_t id, const uint8_t *peer, size_t len)
{
	static const uint8_t zero[64];
	uint8_t share[TLS_GROUP_SHARE_MAX_LEN], secret[64] = {0};

	assert_int_equal(tls_group_respond(share, secret, tls_group_by_id(id), peer, len, NULL),
	    TLS_E_ILLEGAL_KEY_SHARE);
	assert_memory_equal(secret, zero, 64);
}

static void refused_by_finisher(const struct tls_group_key *key, const uint8_t *peer, size_t len)
{
	static const uint8_t zero[64];
	uint8_t secret[64] = {0};

	assert_int_equal(tls_group_finish(secret, key, peer, len), TLS_E_ILLEGAL_KEY_SHARE);
	assert_memory_equal(secret, zero, 64);
}

static void every_other_length(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_LAYOUTS; i++) {
		const struct tls_group *g = tls_group_by_id(layouts[i].id);
		uint8_t share[TLS_GROUP_SHARE_MAX_LEN + 2] = {0}, answer[TLS_GROUP_SHARE_MAX_LEN + 2] = {0}, secret[64];
		struct tls_group_key key;

		assert_int_equal(tls_group_generate(&key, share, g, NULL), 0);
		assert_int_equal(tls_group_respond(answer, secret, g, share, layouts[i].client, NULL), 0);
		for (size_t len = 0; len < sizeof(share); len++) {
			if (len != layouts[i].client)
				refused_by_responder(g->id, share, len);
			if (len != layouts[i].server)
				refused_by_finisher(&key, answer, len);
		}
		tls_group_key_clear(&key);
	}
}

static void x25519_zero_secret_in_a_hybrid(void **state)
{
	static const char *const points[] = {
	    "0000000000000000000000000000000000000000000000000000000000000000",
	    "0100000000000000000000000000000000000000000000000000000000000000",
	    "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
	    "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
	    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	};
	const struct tls_group *g = tls_group_by_id(0x11ec);
	uint8_t share[TLS_GROUP_SHARE_MAX_LEN], answer[TLS_GROUP_SHARE_MAX_LEN], secret[64];
	struct tls_group_key key;

	(void)state;
	assert_int_equal(tls_group_generate(&key, share, g, NULL), 0);
	assert_int_equal(tls_group_respond(answer, secret, g, share, 1216, NULL), 0);
	for (size_t i = 0; i < sizeof(points) / sizeof(points[0]); i++) {
		struct hex point = unhex(points[i]);

		memcpy(share + 1184, point.p, 32);
		refused_by_responder(0x11ec, share, 1216);
		memcpy(answer + 1088, point.p, 32);
		refused_by_finisher(&key, answer, 1120);
	}
	tls_group_key_clear(&key);
}

static void security_invalid_curve_in_a_hybrid(void **state)
{
	const struct tls_group *g = tls_group_by_id(0x11eb);
	uint8_t share[TLS_GROUP_SHARE_MAX_LEN], answer[TLS_GROUP_SHARE_MAX_LEN], secret[64];
	struct tls_group_key key;

	(void)state;
	assert_int_equal(tls_group_generate(&key, share, g, NULL), 0);
	assert_int_equal(tls_group_respond(answer, secret, g, share, 1249, NULL), 0);
	for (size_t at = 0; at < 65; at++) {
		share[at] ^= 1;
		refused_by_responder(0x11eb, share, 1249);
		share[at] ^= 1;
		answer[at] ^= 1;
		refused_by_finisher(&key, answer, 1153);
		answer[at] ^= 1;
	}
	tls_group_key_clear(&key);
}

/* FIPS 203 section 7.2; the draft's section 4.2 wants illegal_parameter. */
static void security_kem_key_in_a_hybrid(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_LAYOUTS; i++) {
		const struct layout *l = &layouts[i];
		uint8_t share[TLS_GROUP_SHARE_MAX_LEN];
		struct tls_group_key key;

		assert_int_equal(tls_group_generate(&key, share, tls_group_by_id(l->id), NULL), 0);
		for (size_t at = 0; at < 1152; at += 3) {
			uint8_t *p = share + l->kem_public + at, was = p[1], was_first = p[0];

			p[0] = 0x01; /* 0xd01 is q */
			p[1] = (uint8_t)((was & 0xf0) | 0x0d);
			refused_by_responder(l->id, share, l->client);
			p[0] = was_first;
			p[1] = was;
		}
		tls_group_key_clear(&key);
	}
}

/* A ciphertext that is no one's gives another secret, and no error: section 6.3. */
static void security_kem_rejection_in_a_hybrid(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_LAYOUTS; i++) {
		const struct layout *l = &layouts[i];
		const struct tls_group *g = tls_group_by_id(l->id);
		uint8_t share[TLS_GROUP_SHARE_MAX_LEN], answer[TLS_GROUP_SHARE_MAX_LEN], secret[64], got[64];
		struct tls_group_key key;

		assert_int_equal(tls_group_generate(&key, share, g, NULL), 0);
		assert_int_equal(tls_group_respond(answer, secret, g, share, l->client, NULL), 0);
		for (size_t at = 0; at < TLS_MLKEM_CIPHERTEXT_LEN; at += 17) {
			answer[l->kem_cipher + at] ^= 4;
			assert_int_equal(tls_group_finish(got, &key, answer, l->server), 0);
			assert_memory_equal(got + l->ec_secret, secret + l->ec_secret, 32);
			assert_memory_not_equal(got + l->kem_secret, secret + l->kem_secret, 32);
			answer[l->kem_cipher + at] ^= 4;
		}
		tls_group_key_clear(&key);
	}
}

/* ---- What can fail inside: nothing is left behind, which leak detection sees. */

static void failing_generator(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_LAYOUTS; i++)
		for (unsigned at = 1; at <= 2; at++) {
			const struct tls_group *g = tls_group_by_id(layouts[i].id);
			uint8_t share[TLS_GROUP_SHARE_MAX_LEN], answer[TLS_GROUP_SHARE_MAX_LEN], secret[64];
			struct testrng t = {.counter = 1, .step = 1, .fail_at = at};
			struct tls_rng rng = {testrng_fill, &t};
			struct tls_group_key key, good;

			assert_int_equal(tls_group_generate(&key, share, g, &rng), TLS_E_RANDOM_FAILED);
			assert_null(key.kem);
			assert_int_equal(tls_group_generate(&good, share, g, NULL), 0);
			t.n_calls = 0;
			assert_int_equal(tls_group_respond(answer, secret, g, share, layouts[i].client, &rng),
			    TLS_E_RANDOM_FAILED);
			tls_group_key_clear(&good);
		}
}

static void no_memory(void **state)
{
	uint8_t share[TLS_GROUP_SHARE_MAX_LEN];
	struct tls_group_key key;

	(void)state;
	tls_mem_fail_at(1);
	assert_int_equal(tls_group_generate(&key, share, tls_group_by_id(0x11ec), NULL), TLS_E_MEMORY_ERROR);
	assert_int_equal(tls_mem_fail_left(), 0);
	assert_null(key.kem);
	assert_null(key.group);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(table),
	    cmocka_unit_test(the_parts_side_by_side),
	    cmocka_unit_test(narrowed),
	    cmocka_unit_test(every_other_length),
	    cmocka_unit_test(x25519_zero_secret_in_a_hybrid),
	    cmocka_unit_test(security_invalid_curve_in_a_hybrid),
	    cmocka_unit_test(security_kem_key_in_a_hybrid),
	    cmocka_unit_test(security_kem_rejection_in_a_hybrid),
	    cmocka_unit_test(failing_generator),
	    cmocka_unit_test(no_memory),
	};

	return cmocka_run_group_tests_name("group_hybrid", tests, NULL, NULL);
}
