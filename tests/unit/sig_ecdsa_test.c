/* sig_ecdsa_test.c - the encoding of ECDSA signatures is strict, r and s are in range. */
#include "hex.h"

#include "sig_figures.h"
#include "tls/bytes/buf.h"
#include "tls/crypto/asn1int.h"
#include "tls/crypto/sig.h"

static struct tls_pubkey *pub;
static struct hex r, s;
static const char order[] = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";

static int make_key(void **state)
{
	struct hex point = unhex(ecdsa_figures[0].point);

	(void)state;
	r = unhex("efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716");
	s = unhex("f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8");
	return tls_pubkey_new_ecdsa(&pub, TLS_PK_ECDSA_P256, tls_span(point.p, point.len));
}

static int free_key(void **state)
{
	(void)state;
	tls_pubkey_free(pub);
	return 0;
}

static bool verifies(const uint8_t *sig, size_t len)
{
	return tls_sig_verify(pub, 0x0403, (const uint8_t *)"sample", 6, sig, len);
}

static bool verifies_hex(const char *text)
{
	struct hex h = unhex(text);

	return verifies(h.p, h.len);
}

static bool verifies_numbers(const struct hex *x, const struct hex *y)
{
	uint8_t body_room[200], room[200];
	struct tls_buf body, b;

	tls_buf_init_fixed(&body, body_room, sizeof(body_room));
	tls_buf_init_fixed(&b, room, sizeof(room));
	tls_asn1int_write(&body, x->p, x->len);
	tls_asn1int_write(&body, y->p, y->len);
	tls_asn1int_write_sequence(&b, tls_buf_as_span(&body));
	assert_true(tls_buf_ok(&body) && tls_buf_ok(&b));
	return verifies(b.p, b.len);
}

#define R "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716"
#define S "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8"

static void only_the_strict_form(void **state)
{
	(void)state;
	assert_true(verifies_hex("3046 022100" R "022100" S));
	assert_false(verifies_hex("308146 022100" R "022100" S)); /* long lengths */
	assert_false(verifies_hex("30820046 022100" R "022100" S));
	assert_false(verifies_hex("3047 02812100" R "022100" S));
	assert_false(verifies_hex("3047 02220000" R "022100" S)); /* more zeros */
	assert_false(verifies_hex("3047 022100" R "02220000" S));
	assert_false(verifies_hex("3044 0220" R "0220" S));            /* negative */
	assert_false(verifies_hex("3048 022100" R "022100" S "0500")); /* something behind */
	assert_false(verifies_hex("3046 022100" R "022100" S "00"));
	assert_false(verifies_hex("3080 022100" R "022100" S "0000")); /* indefinite */
	assert_false(verifies_hex("3146 022100" R "022100" S));        /* other tags */
	assert_false(verifies_hex("3046 032100" R "022100" S));
	assert_false(verifies_hex("3046 022100" R "032100" S));
	assert_false(verifies_hex("3023 022100" R)); /* one number */
	assert_false(verifies_hex("3000"));
	assert_false(verifies_hex(R S)); /* not DER at all */
}

static void out_of_range(void **state)
{
	struct hex n = unhex(order), zero = unhex("00"), more = unhex("01"), one = unhex("01");

	(void)state;
	assert_true(verifies_numbers(&r, &s));
	assert_false(verifies_numbers(&zero, &s));
	assert_false(verifies_numbers(&r, &zero));
	assert_false(verifies_numbers(&zero, &zero));
	assert_false(verifies_numbers(&one, &one));
	assert_false(verifies_numbers(&n, &s));
	assert_false(verifies_numbers(&r, &n));
	assert_false(verifies_numbers(&n, &n));
	memcpy(more.p + 1, r.p, 32); /* r + 2^256: longer than the order */
	more.len = 33;
	assert_false(verifies_numbers(&more, &s));
	assert_false(verifies_numbers(&s, &r));
}

/* s and order - s are both valid: ECDSA has that, DER strictness doesn't change it. */
static void the_other_s(void **state)
{
	struct hex n = unhex(order), other = s;
	unsigned borrow = 0;

	(void)state;
	for (size_t i = 32; i-- > 0;) {
		unsigned v = n.p[i] - s.p[i] - borrow;

		other.p[i] = (uint8_t)v;
		borrow = v >> 8 & 1;
	}
	assert_true(verifies_numbers(&r, &other));
	other.p[31] ^= 1;
	assert_false(verifies_numbers(&r, &other));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(only_the_strict_form),
	    cmocka_unit_test(out_of_range),
	    cmocka_unit_test(the_other_s),
	};

	return cmocka_run_group_tests_name("sig_ecdsa", tests, make_key, free_key);
}
