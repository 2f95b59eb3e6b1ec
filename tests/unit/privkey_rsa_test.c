/* privkey_rsa_test.c - an RSA key is taken only if all its parts belong together. */
#include "hex.h"

#include "rsa_figures.h"
#include "testrng.h"
#include "tls/bytes/mem.h"
#include "tls/crypto/mpz.h"
#include "tls/crypto/sig.h"
#include "tls/tls.h"

enum { PART_N, PART_E, PART_D, PART_P, PART_Q, PART_DP, PART_DQ, PART_QINV, N_PARTS };

static struct hex parts[N_PARTS];

static int load_parts(void **state)
{
	(void)state;
	for (int i = 0; i < N_PARTS; i++)
		parts[i] = unhex(rsa_figures[0].parts[i]);
	return 0;
}

static int try_key(unsigned min_bits)
{
	struct tls_span spans[N_PARTS];
	struct tls_privkey *key;
	int ret;

	for (int i = 0; i < N_PARTS; i++)
		spans[i] = tls_span(parts[i].p, parts[i].len);
	ret = tls_privkey_new_rsa_min(&key, spans, min_bits);
	assert_int_equal(key == NULL, ret < 0);
	tls_privkey_free(key);
	return ret;
}

static void good_keys(void **state)
{
	(void)state;
	assert_int_equal(try_key(0), 0);
	for (int i = 0; i < N_PARTS; i++)
		parts[i] = unhex(rsa_figures[1].parts[i]);
	assert_int_equal(try_key(0), 0);
}

static void zeros_in_front(void **state)
{
	(void)state;
	for (int i = 0; i < N_PARTS; i++) {
		memmove(parts[i].p + 1, parts[i].p, parts[i].len++);
		parts[i].p[0] = 0;
		assert_int_equal(try_key(0), 0);
	}
}

/* Every bit of every private part: a key that differs in one is refused. (A flipped bit of n or e
 * may be a size or exponent we don't take; refused it is.) */
static void every_bit_counts(void **state)
{
	(void)state;
	for (int i = 0; i < N_PARTS; i++)
		for (size_t bit = 0; bit < 8 * parts[i].len; bit += 13) {
			parts[i].p[bit / 8] ^= (uint8_t)(1 << bit % 8);
			assert_true(try_key(0) < 0);
			parts[i].p[bit / 8] ^= (uint8_t)(1 << bit % 8);
		}
	assert_int_equal(try_key(0), 0);
}

static void missing_parts(void **state)
{
	(void)state;
	for (int i = 0; i < N_PARTS; i++) {
		struct hex saved = parts[i];

		parts[i].len = 0;
		assert_int_equal(try_key(0), TLS_E_ILLEGAL_KEY);
		parts[i] = unhex("00");
		assert_int_equal(try_key(0), TLS_E_ILLEGAL_KEY);
		parts[i] = unhex("01");
		assert_true(try_key(0) < 0);
		parts[i] = saved;
	}
}

/* part = part + by - less. */
static void add_to(int part, int by, unsigned less)
{
	mpz_t x, y;

	mpz_init(x);
	mpz_init(y);
	tls_mpz_set_bytes(x, parts[part].p, parts[part].len);
	tls_mpz_set_bytes(y, parts[by].p, parts[by].len);
	mpz_add(x, x, y);
	mpz_sub_ui(x, x, less);
	parts[part].len = (mpz_sizeinbase(x, 2) + 7) / 8;
	tls_mpz_get_bytes(parts[part].p, parts[part].len, x);
	mpz_clear(x);
	mpz_clear(y);
}

/* dp + (p - 1), qinv + p, ...: right by the congruence, but not the number RFC 8017 asks for. */
static void parts_are_reduced(void **state)
{
	static const struct {
		int part, by;
		unsigned less;
	} rows[] = {{PART_DP, PART_P, 1}, {PART_DQ, PART_Q, 1}, {PART_QINV, PART_P, 0}};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct hex saved = parts[rows[i].part];

		add_to(rows[i].part, rows[i].by, rows[i].less);
		assert_int_equal(try_key(0), TLS_E_ILLEGAL_KEY);
		parts[rows[i].part] = saved;
		assert_int_equal(try_key(0), 0);
	}
}

static void too_long(void **state)
{
	static uint8_t huge[1200];
	struct tls_span spans[N_PARTS];
	struct tls_privkey *key;

	(void)state;
	memset(huge, 0xff, sizeof(huge));
	for (int i = PART_D; i < N_PARTS; i++) {
		for (int j = 0; j < N_PARTS; j++)
			spans[j] = tls_span(parts[j].p, parts[j].len);
		spans[i] = tls_span(huge, sizeof(huge));
		assert_int_equal(tls_privkey_new_rsa(&key, spans), TLS_E_ILLEGAL_KEY);
		assert_null(key);
	}
	spans[PART_N] = tls_span(huge, sizeof(huge));
	assert_int_equal(tls_privkey_new_rsa(&key, spans), TLS_E_UNSUPPORTED_KEY);
}

/* p and q the other way round belong together only with their own exponents and inverse. */
static void factors_swapped(void **state)
{
	struct hex p = parts[PART_P], dp = parts[PART_DP];

	(void)state;
	parts[PART_P] = parts[PART_Q];
	parts[PART_Q] = p;
	assert_int_equal(try_key(0), TLS_E_ILLEGAL_KEY);
	parts[PART_DP] = parts[PART_DQ];
	parts[PART_DQ] = dp;
	assert_int_equal(try_key(0), TLS_E_ILLEGAL_KEY); /* qinv is still the old one */
}

/* n = p * p with all that can be right: only the inverse can't. */
static void factors_equal(void **state)
{
	mpz_t p;

	(void)state;
	parts[PART_Q] = parts[PART_P];
	parts[PART_DQ] = parts[PART_D] = parts[PART_DP];
	mpz_init(p);
	tls_mpz_set_bytes(p, parts[PART_P].p, parts[PART_P].len);
	mpz_mul(p, p, p);
	tls_mpz_get_bytes(parts[PART_N].p, 256, p);
	mpz_clear(p);
	for (uint8_t i = 0; i < 3; i++) {
		parts[PART_QINV].len = 1;
		parts[PART_QINV].p[0] = i;
		assert_int_equal(try_key(0), TLS_E_ILLEGAL_KEY);
	}
}

static void too_small(void **state)
{
	(void)state;
	assert_int_equal(try_key(2049), TLS_E_UNSUPPORTED_KEY);
}

static void no_memory(void **state)
{
	(void)state;
	tls_mem_fail_at(1);
	assert_int_equal(try_key(0), TLS_E_MEMORY_ERROR);
	assert_int_equal(tls_mem_fail_left(), 0);
}

static void generated(void **state)
{
	static const unsigned refused[] = {0, 1024, 2047, 2049, 8200};
	struct tls_privkey *a, *b;
	uint8_t sig[TLS_SIG_MAX_LEN];
	size_t len;

	(void)state;
	assert_int_equal(tls_privkey_generate_rsa(&a, 2048, NULL), 0);
	assert_int_equal(tls_privkey_generate_rsa(&b, 2048, NULL), 0);
	assert_int_equal(tls_pubkey_bits(tls_privkey_public(a)), 2048);
	assert_false(tls_pubkey_same(tls_privkey_public(a), tls_privkey_public(b)));
	assert_int_equal(tls_sig_sign(sig, &len, a, 0x0804, sig, 0, NULL), 0);
	assert_int_equal(len, 256);
	assert_true(tls_sig_verify(tls_privkey_public(a), 0x0804, sig, 0, sig, len));
	assert_false(tls_sig_verify(tls_privkey_public(b), 0x0804, sig, 0, sig, len));
	tls_privkey_free(a);
	tls_privkey_free(b);
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		assert_int_equal(tls_privkey_generate_rsa(&a, refused[i], NULL), TLS_E_UNSUPPORTED_KEY);
		assert_null(a);
	}
}

static void generated_from_nothing(void **state)
{
	struct testrng t = {.fail_at = 1};
	struct tls_rng rng = {testrng_fill, &t};
	struct tls_privkey *key;

	(void)state;
	assert_int_equal(tls_privkey_generate_rsa(&key, 2048, &rng), TLS_E_RANDOM_FAILED);
	assert_null(key);
	tls_mem_fail_at(1);
	assert_int_equal(tls_privkey_generate_rsa(&key, 2048, NULL), TLS_E_MEMORY_ERROR);
	assert_null(key);
	assert_int_equal(tls_mem_fail_left(), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(good_keys, load_parts),
	    cmocka_unit_test_setup(zeros_in_front, load_parts),
	    cmocka_unit_test_setup(every_bit_counts, load_parts),
	    cmocka_unit_test_setup(missing_parts, load_parts),
	    cmocka_unit_test_setup(parts_are_reduced, load_parts),
	    cmocka_unit_test_setup(too_long, load_parts),
	    cmocka_unit_test_setup(factors_swapped, load_parts),
	    cmocka_unit_test_setup(factors_equal, load_parts),
	    cmocka_unit_test_setup(too_small, load_parts),
	    cmocka_unit_test_setup(no_memory, load_parts),
	    cmocka_unit_test(generated),
	    cmocka_unit_test(generated_from_nothing),
	};

	return cmocka_run_group_tests_name("privkey_rsa", tests, NULL, NULL);
}
