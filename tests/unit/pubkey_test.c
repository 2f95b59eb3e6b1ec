/* pubkey_test.c - public keys: what is taken, what is refused and why, comparing, writing. */
#include "hex.h"

#include "rsa_figures.h"
#include "sig_figures.h"
#include "tls/bytes/mem.h"
#include "tls/crypto/sig.h"
#include "tls/tls.h"

static struct tls_span span(const struct hex *h)
{
	return tls_span(h->p, h->len);
}

static int new_rsa(const char *n, const char *e)
{
	struct hex hn = unhex(n), he = unhex(e);
	struct tls_pubkey *pub = (struct tls_pubkey *)&hn;
	int ret = tls_pubkey_new_rsa(&pub, span(&hn), span(&he));

	assert_int_equal(pub == NULL, ret < 0);
	tls_pubkey_free(pub);
	return ret;
}

static void rsa_exponents(void **state)
{
	const char *n = rsa_figures[0].parts[0];

	(void)state;
	assert_int_equal(new_rsa(n, "03"), 0);
	assert_int_equal(new_rsa(n, "010001"), 0);
	assert_int_equal(new_rsa(n, "00000000000000000000010001"), 0);
	assert_int_equal(new_rsa(n, "ffffffffffffffff"), 0);
	assert_int_equal(new_rsa(n, ""), TLS_E_ILLEGAL_KEY);
	assert_int_equal(new_rsa(n, "00"), TLS_E_ILLEGAL_KEY);
	assert_int_equal(new_rsa(n, "01"), TLS_E_ILLEGAL_KEY);
	assert_int_equal(new_rsa(n, "02"), TLS_E_ILLEGAL_KEY);
	assert_int_equal(new_rsa(n, "010000"), TLS_E_ILLEGAL_KEY);
	assert_int_equal(new_rsa(n, "010000000000000001"), TLS_E_UNSUPPORTED_KEY);
	assert_int_equal(new_rsa(n, n), TLS_E_UNSUPPORTED_KEY);
}

/* All ones, so many bits of them, with any number of zero bytes in front. */
static int new_rsa_of(unsigned bits, size_t zeros, unsigned min_bits, bool even)
{
	static const uint8_t e[] = {1, 0, 1};
	uint8_t n[1100] = {0};
	struct tls_pubkey *pub;
	size_t len = zeros + (bits + 7) / 8;
	int ret;

	memset(n + zeros, 0xff, len - zeros);
	n[zeros] = (uint8_t)(0xff >> (8 * (len - zeros) - bits));
	if (even)
		n[len - 1] = 0xfe;
	ret = tls_pubkey_new_rsa_min(&pub, tls_span(n, len), tls_span(e, 3), min_bits);
	if (ret == 0) {
		assert_int_equal(tls_pubkey_bits(pub), bits);
		assert_int_equal(tls_pubkey_kind(pub), TLS_PK_RSA);
	}
	tls_pubkey_free(pub);
	return ret;
}

static void rsa_sizes(void **state)
{
	(void)state;
	assert_int_equal(new_rsa_of(2047, 0, 0, false), TLS_E_UNSUPPORTED_KEY);
	assert_int_equal(new_rsa_of(2047, 5, 0, false), TLS_E_UNSUPPORTED_KEY);
	assert_int_equal(new_rsa_of(2048, 0, 0, false), 0);
	assert_int_equal(new_rsa_of(2048, 1, 0, false), 0);
	assert_int_equal(new_rsa_of(3071, 0, 0, false), 0);
	assert_int_equal(new_rsa_of(8192, 0, 0, false), 0);
	assert_int_equal(new_rsa_of(8192, 9, 0, false), 0);
	assert_int_equal(new_rsa_of(8193, 0, 0, false), TLS_E_UNSUPPORTED_KEY);
	assert_int_equal(new_rsa_of(8200, 0, 0, false), TLS_E_UNSUPPORTED_KEY);
	assert_int_equal(new_rsa_of(2048, 0, 0, true), TLS_E_ILLEGAL_KEY);
	assert_int_equal(new_rsa_of(1024, 0, 1024, false), 0);
	assert_int_equal(new_rsa_of(1023, 0, 1024, false), TLS_E_UNSUPPORTED_KEY);
	assert_int_equal(new_rsa("", "03"), TLS_E_ILLEGAL_KEY);
	assert_int_equal(new_rsa("0000", "03"), TLS_E_ILLEGAL_KEY);
}

static void ecdsa_keys(void **state)
{
	static const unsigned bits[] = {256, 384, 521};
	struct tls_pubkey *pub;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct hex point = unhex(ecdsa_figures[i].point);
		enum tls_pk kind = ecdsa_figures[i].kind, other = ecdsa_figures[(i + 1) % 3].kind;

		assert_int_equal(tls_pubkey_new_ecdsa(&pub, kind, span(&point)), 0);
		assert_int_equal(tls_pubkey_kind(pub), kind);
		assert_int_equal(tls_pubkey_bits(pub), bits[i]);
		tls_pubkey_free(pub);
		assert_int_equal(
		    tls_pubkey_new_ecdsa(&pub, other, span(&point)), TLS_E_ILLEGAL_KEY);
		assert_null(pub);
		point.p[5] ^= 4;
		assert_int_equal(tls_pubkey_new_ecdsa(&pub, kind, span(&point)), TLS_E_ILLEGAL_KEY);
		assert_null(pub);
		assert_int_equal(
		    tls_pubkey_new_ecdsa(&pub, kind, tls_span(NULL, 0)), TLS_E_ILLEGAL_KEY);
	}
	assert_int_equal(
	    tls_pubkey_new_ecdsa(&pub, TLS_PK_RSA, tls_span(NULL, 0)), TLS_E_UNSUPPORTED_KEY);
	assert_int_equal(
	    tls_pubkey_new_ecdsa(&pub, TLS_PK_ED25519, tls_span(NULL, 0)), TLS_E_UNSUPPORTED_KEY);
}

static void ed25519_keys(void **state)
{
	struct hex key = unhex(ed25519_figures[0].key);
	struct tls_pubkey *pub;

	(void)state;
	assert_int_equal(tls_pubkey_new_ed25519(&pub, span(&key)), 0);
	assert_int_equal(tls_pubkey_kind(pub), TLS_PK_ED25519);
	assert_int_equal(tls_pubkey_bits(pub), 256);
	tls_pubkey_free(pub);
	for (size_t len = 0; len < 40; len++)
		if (len != 32)
			assert_int_equal(
			    tls_pubkey_new_ed25519(&pub, tls_span(key.p, len)), TLS_E_ILLEGAL_KEY);
}

/* One key of each kind, and a second RSA and Ed25519 one. */
#define N_KEYS 7

static void make_all(struct tls_pubkey *keys[N_KEYS])
{
	struct hex h, e = unhex("010001");

	for (size_t i = 0; i < 2; i++) {
		h = unhex(rsa_figures[i].parts[0]);
		assert_int_equal(tls_pubkey_new_rsa(&keys[i], span(&h), span(&e)), 0);
		h = unhex(ed25519_figures[i].key);
		assert_int_equal(tls_pubkey_new_ed25519(&keys[5 + i], span(&h)), 0);
	}
	for (size_t i = 0; i < 3; i++) {
		h = unhex(ecdsa_figures[i].point);
		assert_int_equal(
		    tls_pubkey_new_ecdsa(&keys[2 + i], ecdsa_figures[i].kind, span(&h)), 0);
	}
}

static void same(void **state)
{
	struct tls_pubkey *a[N_KEYS], *b[N_KEYS], *other;
	struct hex n = unhex(rsa_figures[0].parts[0]), e = unhex("03");

	(void)state;
	make_all(a);
	make_all(b);
	for (size_t i = 0; i < N_KEYS; i++)
		for (size_t j = 0; j < N_KEYS; j++)
			assert_int_equal(tls_pubkey_same(a[i], b[j]), i == j);
	assert_int_equal(tls_pubkey_new_rsa(&other, span(&n), span(&e)), 0);
	assert_false(tls_pubkey_same(a[0], other));
	tls_pubkey_free(other);
	for (size_t i = 0; i < N_KEYS; i++) {
		tls_pubkey_free(a[i]);
		tls_pubkey_free(b[i]);
	}
}

static void same_curve_other_point(void **state)
{
	struct hex point = unhex(ecdsa_figures[0].point);
	struct tls_pubkey *a;
	struct tls_privkey *b;

	(void)state;
	assert_int_equal(tls_pubkey_new_ecdsa(&a, TLS_PK_ECDSA_P256, span(&point)), 0);
	assert_int_equal(tls_privkey_generate(&b, TLS_PK_ECDSA_P256, NULL), 0);
	assert_false(tls_pubkey_same(a, tls_privkey_public(b)));
	tls_pubkey_free(a);
	tls_privkey_free(b);
}

static void bytes_of(const struct tls_pubkey *pub, const uint8_t *want, size_t want_len)
{
	uint8_t out[1100];
	size_t len;

	for (size_t room = 0; room < want_len; room++) {
		len = room;
		assert_int_equal(tls_pubkey_bytes(pub, out, &len), TLS_E_SHORT_MEMORY_BUFFER);
	}
	len = want_len;
	assert_int_equal(tls_pubkey_bytes(pub, out, &len), 0);
	assert_int_equal(len, want_len);
	assert_memory_equal(out, want, want_len);
	len = sizeof(out);
	assert_int_equal(tls_pubkey_bytes(pub, out, &len), 0);
	assert_int_equal(len, want_len);
}

/* RSAPublicKey written by hand: 2048 bits need a zero in front, 2049 bits don't. */
static void bytes(void **state)
{
	struct hex n = unhex(rsa_figures[0].parts[0]), m = unhex(rsa_figures[1].parts[0]);
	struct hex want = unhex("3082010a0282010100");
	struct tls_pubkey *keys[N_KEYS];

	(void)state;
	make_all(keys);
	memcpy(want.p + want.len, n.p, 256);
	memcpy(want.p + want.len + 256, "\x02\x03\x01\x00\x01", 5);
	bytes_of(keys[0], want.p, want.len + 261);
	want = unhex("3082010a02820101");
	memcpy(want.p + want.len, m.p, 257);
	memcpy(want.p + want.len + 257, "\x02\x03\x01\x00\x01", 5);
	bytes_of(keys[1], want.p, want.len + 262);
	for (size_t i = 0; i < 3; i++) {
		want = unhex(ecdsa_figures[i].point);
		bytes_of(keys[2 + i], want.p, want.len);
	}
	want = unhex(ed25519_figures[0].key);
	bytes_of(keys[5], want.p, want.len);
	for (size_t i = 0; i < N_KEYS; i++)
		tls_pubkey_free(keys[i]);
}

static void largest_rsa_key_is_written(void **state)
{
	static uint8_t n[1024], out[1100];
	uint8_t e[8];
	struct tls_pubkey *pub;
	size_t len = sizeof(out);

	(void)state;
	memset(n, 0xff, sizeof(n));
	memset(e, 0xff, sizeof(e));
	assert_int_equal(tls_pubkey_new_rsa(&pub, tls_span(n, 1024), tls_span(e, 8)), 0);
	assert_int_equal(tls_pubkey_bytes(pub, out, &len), 0);
	assert_int_equal(len, 4 + 4 + 1 + 1024 + 2 + 1 + 8);
	tls_pubkey_free(pub);
}

static void no_memory(void **state)
{
	struct hex n = unhex(rsa_figures[0].parts[0]), e = unhex("03");
	struct hex point = unhex(ecdsa_figures[0].point), key = unhex(ed25519_figures[0].key);
	struct tls_pubkey *pub;

	(void)state;
	tls_mem_fail_at(1);
	assert_int_equal(tls_pubkey_new_rsa(&pub, span(&n), span(&e)), TLS_E_MEMORY_ERROR);
	assert_null(pub);
	tls_mem_fail_at(1);
	assert_int_equal(
	    tls_pubkey_new_ecdsa(&pub, TLS_PK_ECDSA_P256, span(&point)), TLS_E_MEMORY_ERROR);
	assert_null(pub);
	tls_mem_fail_at(1);
	assert_int_equal(tls_pubkey_new_ed25519(&pub, span(&key)), TLS_E_MEMORY_ERROR);
	assert_null(pub);
	assert_int_equal(tls_mem_fail_left(), 0);
	tls_pubkey_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(rsa_exponents),
	    cmocka_unit_test(rsa_sizes),
	    cmocka_unit_test(ecdsa_keys),
	    cmocka_unit_test(ed25519_keys),
	    cmocka_unit_test(same),
	    cmocka_unit_test(same_curve_other_point),
	    cmocka_unit_test(bytes),
	    cmocka_unit_test(largest_rsa_key_is_written),
	    cmocka_unit_test(no_memory),
	};

	return cmocka_run_group_tests_name("pubkey", tests, NULL, NULL);
}
