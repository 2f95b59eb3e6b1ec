/* group_test.c - key exchange against RFC 7748 and RFC 5903; bad shares; a failing generator. */
#include "hex.h"

#include "testrng.h"
#include "tls/crypto/group.h"
#include "tls/tls.h"

static const uint16_t all[] = {
    TLS_GROUP_X25519, TLS_GROUP_SECP256R1, TLS_GROUP_SECP384R1, TLS_GROUP_SECP521R1};

#define N_ALL (sizeof(all) / sizeof(all[0]))

/* RFC 7748 section 6.1, RFC 5903 sections 8.1 to 8.3: both private keys, both shares, the secret.
 */
static const struct {
	uint16_t id;
	const char *a, *b, *share_a, *share_b, *secret;
} figures[] = {
    {TLS_GROUP_X25519, "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a",
	"5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb",
	"8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a",
	"de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f",
	"4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742"},
    {TLS_GROUP_SECP256R1, "c88f01f510d9ac3f70a292daa2316de544e9aab8afe84049c62a9c57862d1433",
	"c6ef9c5d78ae012a011164acb397ce2088685d8f06bf9be0b283ab46476bee53",
	"04dad0b65394221cf9b051e1feca5787d098dfe637fc90b9ef945d0c37725811"
	"805271a0461cdb8252d61f1c456fa3e59ab1f45b33accf5f58389e0577b8990b"
	"b3",
	"04d12dfb5289c8d4f81208b70270398c342296970a0bccb74c736fc7554494bf"
	"6356fbf3ca366cc23e8157854c13c58d6aac23f046ada30f8353e74f33039872"
	"ab",
	"d6840f6b42f6edafd13116e0e12565202fef8e9ece7dce03812464d04b9442de"},
    {TLS_GROUP_SECP384R1,
	"099f3c7034d4a2c699884d73a375a67f7624ef7c6b3c0f160647b67414dce655"
	"e35b538041e649ee3faef896783ab194",
	"41cb0779b4bdb85d47846725fbec3c9430fab46cc8dc5060855cc9bda0aa2942"
	"e0308312916b8ed2960e4bd55a7448fc",
	"04667842d7d180ac2cde6f74f37551f55755c7645c20ef73e31634fe72b4c55e"
	"e6de3ac808acb4bdb4c88732aee95f41aa9482ed1fc0eeb9cafc4984625ccfc2"
	"3f65032149e0e144ada024181535a0f38eeb9fcff3c2c947dae69b4c634573a8"
	"1c",
	"04e558dbef53eecde3d3fccfc1aea08a89a987475d12fd950d83cfa41732bc50"
	"9d0d1ac43a0336def96fda41d0774a3571dcfbec7aacf3196472169e83843036"
	"7f66eebe3c6e70c416dd5f0c68759dd1fff83fa40142209dff5eaad96db9e638"
	"6c",
	"11187331c279962d93d604243fd592cb9d0a926f422e47187521287e7156c5c4"
	"d603135569b9e9d09cf5d4a270f59746"},
    {TLS_GROUP_SECP521R1,
	"0037ade9319a89f4dabdb3ef411aaccca5123c61acab57b5393dce47608172a0"
	"95aa85a30fe1c2952c6771d937ba9777f5957b2639bab072462f68c27a57382d"
	"4a52",
	"0145ba99a847af43793fdd0e872e7cdfa16be30fdc780f97bccc3f078380201e"
	"9c677d600b343757a3bdbf2a3163e4c2f869cca7458aa4a4effc311f5cb15168"
	"5eb9",
	"040015417e84dbf28c0ad3c278713349dc7df153c897a1891bd98bab4357c9ec"
	"bee1e3bf42e00b8e380aeae57c2d107564941885942af5a7f4601723c4195d17"
	"6ced3e017cae20b6641d2eeb695786d8c946146239d099e18e1d5a514c739d7c"
	"b4a10ad8a788015ac405d7799dc75e7b7d5b6cf2261a6a7f1507438bf01beb6c"
	"a3926f9582",
	"0400d0b3975ac4b799f5bea16d5e13e9af971d5e9b984c9f39728b5e5739735a"
	"219b97c356436adc6e95bb0352f6be64a6c2912d4ef2d0433ced2b6171640012"
	"d9460f015c68226383956e3bd066e797b623c27ce0eac2f551a10c2c724d9852"
	"077b87220b6536c5c408a1d2aebb8e86d678ae49cb57091f4732296579ab44fc"
	"d17f0fc56a",
	"01144c7d79ae6956bc8edb8e7c787c4521cb086fa64407f97894e5e6b2d79b04"
	"d1427e73ca4baa240a34786859810c06b3c715a3a8cc3151f2bee417996d19f3"
	"ddea"},
};

#define N_FIGURES (sizeof(figures) / sizeof(figures[0]))

static int generate_with(
    struct tls_group_key *key, uint8_t *share, uint16_t id, const char *private)
{
	struct hex script = unhex(private);
	struct testrng t = {.script = script.p, .script_len = script.len};
	struct tls_rng rng = {testrng_fill, &t};

	return tls_group_generate(key, share, tls_group_by_id(id), &rng);
}

static void table(void **state)
{
	unsigned n = 0;

	(void)state;
	for (unsigned id = 0; id <= 0xffff; id++) {
		const struct tls_group *g = tls_group_by_id((uint16_t)id);

		if (g == NULL)
			continue;
		n++;
		assert_int_equal(g->id, id);
		assert_ptr_equal(tls_group_by_name(g->name), g);
		assert_true(g->client_share_len <= TLS_GROUP_SHARE_MAX_LEN);
		assert_true(g->server_share_len <= TLS_GROUP_SHARE_MAX_LEN);
		assert_true(g->secret_len <= TLS_GROUP_SECRET_MAX_LEN);
	}
	assert_int_equal(n, N_ALL + 2); /* and two hybrids: group_hybrid_test */
	assert_int_equal(tls_group_by_name("x25519")->id, 0x001d);
	assert_int_equal(tls_group_by_name("secp256r1")->id, 0x0017);
	assert_int_equal(tls_group_by_name("secp384r1")->id, 0x0018);
	assert_int_equal(tls_group_by_name("secp521r1")->id, 0x0019);
	assert_null(tls_group_by_name("X25519"));
	assert_null(tls_group_by_name(""));
}

static void rfc_figures(void **state)
{
	uint8_t share[TLS_GROUP_SHARE_MAX_LEN], secret[TLS_GROUP_SECRET_MAX_LEN];
	struct tls_group_key key;

	(void)state;
	for (size_t i = 0; i < N_FIGURES; i++) {
		struct hex peer = unhex(figures[i].share_b);
		const struct tls_group *g = tls_group_by_id(figures[i].id);

		assert_int_equal(generate_with(&key, share, figures[i].id, figures[i].a), 0);
		assert_hex(share, g->client_share_len, figures[i].share_a);
		assert_int_equal(tls_group_finish(secret, &key, peer.p, peer.len), 0);
		assert_hex(secret, g->secret_len, figures[i].secret);
	}
}

static void rfc_figures_as_responder(void **state)
{
	uint8_t share[TLS_GROUP_SHARE_MAX_LEN], secret[TLS_GROUP_SECRET_MAX_LEN];

	(void)state;
	for (size_t i = 0; i < N_FIGURES; i++) {
		struct hex peer = unhex(figures[i].share_a), script = unhex(figures[i].b);
		struct testrng t = {.script = script.p, .script_len = script.len};
		struct tls_rng rng = {testrng_fill, &t};
		const struct tls_group *g = tls_group_by_id(figures[i].id);

		assert_int_equal(tls_group_respond(share, secret, g, peer.p, peer.len, &rng), 0);
		assert_hex(share, g->server_share_len, figures[i].share_b);
		assert_hex(secret, g->secret_len, figures[i].secret);
	}
}

/* RFC 7748 section 5.2: the first two figures, and the iteration (1 and 1,000 times). */
static void rfc7748_function(void **state)
{
	static const char *const rows[][3] = {
	    {"a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4",
		"e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c",
		"c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552"},
	    {"4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d",
		"e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493",
		"95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957"},
	};
	struct tls_group_key key = {.group = tls_group_by_id(TLS_GROUP_X25519)};
	uint8_t out[32], k[32] = {9}, u[32] = {9};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct hex peer = unhex(rows[i][1]);

		memcpy(key.private_key, unhex(rows[i][0]).p, 32);
		assert_int_equal(tls_group_finish(out, &key, peer.p, peer.len), 0);
		assert_hex(out, 32, rows[i][2]);
	}
	for (unsigned i = 1; i <= 1000; i++) {
		memcpy(key.private_key, k, 32);
		assert_int_equal(tls_group_finish(out, &key, u, 32), 0);
		memcpy(u, k, 32);
		memcpy(k, out, 32);
		if (i == 1)
			assert_hex(k, 32,
			    "422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079");
	}
	assert_hex(k, 32, "684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51");
}

static void both_sides_agree(void **state)
{
	uint8_t a[TLS_GROUP_SHARE_MAX_LEN], b[TLS_GROUP_SHARE_MAX_LEN];
	uint8_t secret_a[TLS_GROUP_SECRET_MAX_LEN], secret_b[TLS_GROUP_SECRET_MAX_LEN];
	static const struct tls_group_key wiped;
	struct tls_group_key key;

	(void)state;
	for (size_t i = 0; i < N_ALL; i++) {
		const struct tls_group *g = tls_group_by_id(all[i]);

		for (int n = 0; n < 8; n++) {
			assert_int_equal(tls_group_generate(&key, a, g, NULL), 0);
			assert_int_equal(
			    tls_group_respond(b, secret_b, g, a, g->client_share_len, NULL), 0);
			assert_int_equal(
			    tls_group_finish(secret_a, &key, b, g->server_share_len), 0);
			assert_memory_equal(secret_a, secret_b, g->secret_len);
			tls_group_key_clear(&key);
			assert_memory_equal(&key, &wiped, sizeof(key));
		}
	}
}

static void refused(uint16_t id, const uint8_t *peer, size_t len)
{
	uint8_t share[TLS_GROUP_SHARE_MAX_LEN], secret[TLS_GROUP_SECRET_MAX_LEN];
	const struct tls_group *g = tls_group_by_id(id);
	struct tls_group_key key;

	assert_int_equal(
	    tls_group_respond(share, secret, g, peer, len, NULL), TLS_E_ILLEGAL_KEY_SHARE);
	assert_int_equal(tls_group_generate(&key, share, g, NULL), 0);
	assert_int_equal(tls_group_finish(secret, &key, peer, len), TLS_E_ILLEGAL_KEY_SHARE);
}

static void every_other_length_is_refused(void **state)
{
	uint8_t peer[TLS_GROUP_SHARE_MAX_LEN + 2] = {0};

	(void)state;
	for (size_t i = 0; i < N_FIGURES; i++) {
		struct hex good = unhex(figures[i].share_b);

		memcpy(peer, good.p, good.len);
		for (size_t len = 0; len < sizeof(peer); len++)
			if (len != good.len)
				refused(figures[i].id, peer, len);
	}
}

/* Compressed, hybrid and other forms have no place in TLS 1.3 (RFC 8446 section 4.2.8.2). */
static void security_invalid_curve_other_encodings(void **state)
{
	(void)state;
	for (size_t i = 1; i < N_FIGURES; i++) {
		struct hex peer = unhex(figures[i].share_b);

		for (unsigned form = 0; form < 256; form++) {
			peer.p[0] = (uint8_t)form;
			if (form != 4)
				refused(figures[i].id, peer.p, peer.len);
		}
		peer.p[0] = 2;
		refused(figures[i].id, peer.p, 1 + (peer.len - 1) / 2);
	}
}

static void security_invalid_curve_points_off_it(void **state)
{
	(void)state;
	for (size_t i = 1; i < N_FIGURES; i++) {
		struct hex peer = unhex(figures[i].share_b), odd = peer;

		for (size_t at = 1; at < peer.len; at += 7) {
			odd.p[at] ^= 1;
			refused(figures[i].id, odd.p, odd.len);
			odd.p[at] ^= 1;
		}
		memset(odd.p + 1, 0, odd.len - 1);
		refused(figures[i].id, odd.p, odd.len);
		memset(odd.p + 1, 0xff, odd.len - 1);
		refused(figures[i].id, odd.p, odd.len);
	}
}

/* A coordinate that is right modulo p, but not below p: y + p fits in P-521's 66 bytes. */
static void coordinates_are_reduced(void **state)
{
	struct hex peer = unhex(figures[3].share_b);
	unsigned carry = 0;

	(void)state;
	for (size_t i = 132; i > 66; i--) { /* p = 2^521 - 1: add 2^521, take away 1 */
		unsigned v = peer.p[i] + 0xffu + carry;

		peer.p[i] = (uint8_t)v;
		carry = v >> 8;
	}
	peer.p[67] = (uint8_t)(peer.p[67] + 2);
	refused(TLS_GROUP_SECP521R1, peer.p, peer.len);
}

/* Points of small order (RFC 7748 section 6.1): all lead to zero. */
static void x25519_zero_secret(void **state)
{
	static const char *const points[] = {
	    "0000000000000000000000000000000000000000000000000000000000000000",
	    "0100000000000000000000000000000000000000000000000000000000000000",
	    "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
	    "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
	    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(points) / sizeof(points[0]); i++) {
		struct hex peer = unhex(points[i]);

		refused(TLS_GROUP_X25519, peer.p, peer.len);
		peer.p[31] |= 0x80; /* the top bit is ignored (RFC 7748 section 5) */
		refused(TLS_GROUP_X25519, peer.p, peer.len);
	}
}

static void failing_generator(void **state)
{
	uint8_t share[TLS_GROUP_SHARE_MAX_LEN], secret[TLS_GROUP_SECRET_MAX_LEN];
	struct testrng t = {.counter = 1, .step = 1, .fail_at = 1};
	struct tls_rng rng = {testrng_fill, &t};
	struct tls_group_key key;

	(void)state;
	for (size_t i = 0; i < N_FIGURES; i++) {
		const struct tls_group *g = tls_group_by_id(figures[i].id);
		struct hex peer = unhex(figures[i].share_b);

		t.n_calls = 0;
		assert_int_equal(tls_group_generate(&key, share, g, &rng), TLS_E_RANDOM_FAILED);
		t.n_calls = 0;
		assert_int_equal(tls_group_respond(share, secret, g, peer.p, peer.len, &rng),
		    TLS_E_RANDOM_FAILED);
	}
}

/* A generator that is stuck never gives a scalar in range: it is noticed, not waited for. */
static void stuck_generator(void **state)
{
	uint8_t share[TLS_GROUP_SHARE_MAX_LEN];
	struct tls_group_key key;

	(void)state;
	for (size_t i = 1; i < N_ALL; i++) {
		struct testrng zeros = {0}, ones = {.counter = 0xff};
		struct tls_rng rng = {testrng_fill, &zeros};

		assert_int_equal(tls_group_generate(&key, share, tls_group_by_id(all[i]), &rng),
		    TLS_E_RANDOM_FAILED);
		rng.ptr = &ones;
		assert_int_equal(tls_group_generate(&key, share, tls_group_by_id(all[i]), &rng),
		    TLS_E_RANDOM_FAILED);
	}
}

/* A draw out of range (the order itself, zero) is drawn again; order - 1 is taken. */
static void scalars_are_in_range(void **state)
{
	static const char *const orders[] = {
	    "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551",
	    "ffffffffffffffffffffffffffffffffffffffffffffffff"
	    "c7634d81f4372ddf581a0db248b0a77aecec196accc52973",
	    "01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa"
	    "51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409",
	};
	uint8_t share[TLS_GROUP_SHARE_MAX_LEN];
	struct tls_group_key key;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct hex n = unhex(orders[i]), script = n;
		struct testrng t = {.counter = 1, .step = 1};
		struct tls_rng rng = {testrng_fill, &t};

		memset(script.p + n.len, 0, n.len); /* n, then 0, then n - 1 */
		memcpy(script.p + 2 * n.len, n.p, n.len);
		script.p[3 * n.len - 1]--;
		t.script = script.p;
		t.script_len = 3 * n.len;
		assert_int_equal(
		    tls_group_generate(&key, share, tls_group_by_id(all[1 + i]), &rng), 0);
		assert_int_equal(t.n_calls, 3);
		assert_memory_equal(key.private_key, script.p + 2 * n.len, n.len);
	}
}

/* P-521 draws 528 bits and keeps 521. */
static void p521_spare_bits(void **state)
{
	uint8_t share[TLS_GROUP_SHARE_MAX_LEN], script[66];
	struct testrng t = {.script = script, .script_len = 66};
	struct tls_rng rng = {testrng_fill, &t};
	struct tls_group_key key;

	(void)state;
	memset(script, 0x77, sizeof(script));
	script[0] = 0xfe;
	assert_int_equal(
	    tls_group_generate(&key, share, tls_group_by_id(TLS_GROUP_SECP521R1), &rng), 0);
	assert_int_equal(key.private_key[0], 0);
	assert_int_equal(t.n_calls, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(table),
	    cmocka_unit_test(rfc_figures),
	    cmocka_unit_test(rfc_figures_as_responder),
	    cmocka_unit_test(rfc7748_function),
	    cmocka_unit_test(both_sides_agree),
	    cmocka_unit_test(every_other_length_is_refused),
	    cmocka_unit_test(security_invalid_curve_other_encodings),
	    cmocka_unit_test(security_invalid_curve_points_off_it),
	    cmocka_unit_test(coordinates_are_reduced),
	    cmocka_unit_test(x25519_zero_secret),
	    cmocka_unit_test(failing_generator),
	    cmocka_unit_test(stuck_generator),
	    cmocka_unit_test(scalars_are_in_range),
	    cmocka_unit_test(p521_spare_bits),
	};

	return cmocka_run_group_tests_name("group", tests, NULL, NULL);
}
