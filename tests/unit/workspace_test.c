/* workspace_test.c - buffers lent and given back, numbers of keys, expanded keys, and no memory. */
#include "unit.h"

#include "tls/bytes/mem.h"
#include "tls/workspace.h"

#define MANY 5

static void lends_last_in_first_out(void **state)
{
	uint8_t *buf[MANY];
	tls_workspace_t w;

	(void)state;
	assert_int_equal(tls_workspace_init(&w, 3), 0);
	for (unsigned i = 0; i < MANY; i++) {
		buf[i] = tls_workspace_lend(w);
		assert_non_null(buf[i]);
		for (unsigned k = 0; k < i; k++)
			assert_ptr_not_equal(buf[i], buf[k]);
		/* all of it may be written */
		buf[i][0] = buf[i][TLS_WIRE_LEN - 1] = 1;
		assert_int_equal(tls_workspace_lent(w), i + 1);
	}
	assert_int_equal(tls_workspace_spare(w), 0);
	for (unsigned i = 0; i < MANY; i++) {
		tls_workspace_give_back(w, buf[i]);
		assert_int_equal(tls_workspace_lent(w), MANY - 1 - i);
		assert_int_equal(tls_workspace_spare(w), i < 3 ? i + 1 : 3);
	}
	for (unsigned i = 3; i > 0; i--) {
		assert_ptr_equal(tls_workspace_lend(w), buf[i - 1]);
		assert_int_equal(tls_workspace_spare(w), i - 1);
	}
	for (unsigned i = 3; i > 0; i--)
		tls_workspace_give_back(w, buf[i - 1]);
	tls_workspace_deinit(w);
}

static void keeps_none_when_told(void **state)
{
	tls_workspace_t w;
	uint8_t *buf;

	(void)state;
	assert_int_equal(tls_workspace_init(&w, 0), 0);
	buf = tls_workspace_lend(w);
	assert_non_null(buf);
	tls_workspace_give_back(w, buf);
	assert_int_equal(tls_workspace_spare(w), 0);
	assert_int_equal(tls_workspace_lent(w), 0);
	tls_workspace_deinit(w);
}

static void key_numbers_are_unique(void **state)
{
	tls_workspace_t w;
	uint64_t last = 0;

	(void)state;
	assert_int_equal(tls_workspace_init(&w, 0), 0);
	for (unsigned i = 0; i < 1000; i++) {
		uint64_t id = tls_workspace_key_id(w);

		assert_true(id > last);
		last = id;
	}
	tls_workspace_deinit(w);
}

/* What a context seals for one byte: different keys, different bytes. */
static void seal(struct tls_aead_ctx *ctx, uint8_t out[17])
{
	static const uint8_t nonce[TLS_AEAD_NONCE_LEN];

	tls_aead_seal(ctx, out, nonce, NULL, 0, (const uint8_t *)"a", 1, NULL, 0);
}

static void slots_hold_the_right_key(void **state)
{
	static const uint8_t key[3][32] = {{1}, {2}, {3}};
	static const enum tls_aead aead[3] = {
	    TLS_AEAD_AES_128_GCM, TLS_AEAD_AES_256_GCM, TLS_AEAD_CHACHA20_POLY1305};
	static struct tls_aead_ctx own;
	uint8_t want[3][17], got[17];
	tls_workspace_t w;

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		tls_aead_init(&own, aead[i], key[i]);
		seal(&own, want[i]);
	}
	assert_int_equal(tls_workspace_init(&w, 0), 0);
	for (unsigned n = 0; n < 60; n++) {
		unsigned i = n * 7 % 3, slot = n / 2 % 2;

		seal(tls_workspace_aead(w, (enum tls_workspace_slot)slot, i + 1, aead[i], key[i]),
		    got);
		assert_memory_equal(got, want[i], sizeof(got));
	}
	tls_workspace_deinit(w);
}

static bool is_zero(const void *p, size_t n)
{
	const uint8_t *b = p;

	for (size_t i = 0; i < n; i++)
		if (b[i] != 0)
			return false;
	return true;
}

static void forget_wipes_the_key(void **state)
{
	static const uint8_t key[32] = {1, 2, 3};
	tls_workspace_t w;

	(void)state;
	assert_int_equal(tls_workspace_init(&w, 0), 0);
	(void)tls_workspace_aead(w, TLS_WORKSPACE_READ, 7, TLS_AEAD_AES_256_GCM, key);
	(void)tls_workspace_aead(w, TLS_WORKSPACE_WRITE, 8, TLS_AEAD_AES_256_GCM, key);
	tls_workspace_forget(w, 9);
	tls_workspace_forget(w, 0);
	assert_false(is_zero(w->slot[0].ctx.state, sizeof(w->slot[0].ctx.state)));
	tls_workspace_forget(w, 7);
	assert_true(is_zero(w->slot[0].ctx.state, sizeof(w->slot[0].ctx.state)));
	assert_true(w->slot[0].key_id == 0 && w->slot[1].key_id == 8);
	assert_false(is_zero(w->slot[1].ctx.state, sizeof(w->slot[1].ctx.state)));
	tls_workspace_forget(w, 8);
	assert_true(is_zero(w->slot[1].ctx.state, sizeof(w->slot[1].ctx.state)));
	tls_workspace_deinit(w);
}

static void without_memory(void **state)
{
	tls_workspace_t w = NULL;

	(void)state;
	for (unsigned long n = 1; n <= 2; n++) {
		tls_mem_fail_at(n);
		assert_int_equal(tls_workspace_init(&w, 1), TLS_E_MEMORY_ERROR);
		assert_int_equal(tls_mem_fail_left(), 0);
		assert_null(w);
	}
	assert_int_equal(tls_workspace_init(&w, 1), 0);
	tls_mem_fail_at(1);
	assert_null(tls_workspace_lend(w));
	assert_int_equal(tls_workspace_lent(w), 0);
	tls_workspace_deinit(w);
	tls_workspace_deinit(NULL);
}

/* A key that was replaced is gone, also where the next context is smaller than its own. */
static void replaced_keys_leave_nothing(void **state)
{
	static const enum tls_aead aead[] = {
	    TLS_AEAD_AES_128_GCM, TLS_AEAD_AES_256_GCM, TLS_AEAD_CHACHA20_POLY1305};
	static const uint8_t key[32] = "a key to look for, of 32 bytes.", other[32];
	tls_workspace_t w;

	(void)state;
	for (unsigned i = 0; i < 9; i++) {
		const uint8_t *at;

		assert_int_equal(tls_workspace_init(&w, 0), 0);
		(void)tls_workspace_aead(w, TLS_WORKSPACE_WRITE, 1, aead[i / 3], key);
		(void)tls_workspace_aead(w, TLS_WORKSPACE_WRITE, 2, aead[i % 3], other);
		tls_workspace_forget(w, 1);
		at = w->slot[TLS_WORKSPACE_WRITE].ctx.state;
		for (size_t k = 0; k + 16 <= sizeof(w->slot[0].ctx.state); k++)
			assert_memory_not_equal(at + k, key, 16);
		tls_workspace_deinit(w);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(lends_last_in_first_out),
	    cmocka_unit_test(keeps_none_when_told),
	    cmocka_unit_test(key_numbers_are_unique),
	    cmocka_unit_test(slots_hold_the_right_key),
	    cmocka_unit_test(replaced_keys_leave_nothing),
	    cmocka_unit_test(forget_wipes_the_key),
	    cmocka_unit_test(without_memory),
	};

	return cmocka_run_group_tests_name("workspace", tests, NULL, NULL);
}
