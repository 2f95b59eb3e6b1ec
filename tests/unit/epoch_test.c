/* epoch_test.c - the keys of epochs: figures, the list that has no others, every cut of it. */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "hex.h"
#include "tls/bytes/mem.h"
#include "tls/hs/ticket.h"
#include "tls/tls.h"

#define ROTATE 21600u
#define EPOCH ((uint64_t)ROTATE * 1000)
#define NOT_OURS TLS_E_REQUESTED_DATA_NOT_AVAILABLE

static struct tls_ticket_key from_seed(void)
{
	uint8_t seed[TLS_TICKET_SEED_LEN];
	struct tls_ticket_key key;

	memset(seed, 1, sizeof(seed));
	assert_int_equal(tls_epoch_use_seed(&key, tls_span(seed, sizeof(seed)), ROTATE), 0);
	return key;
}

static struct tls_buf list_at(uint64_t now)
{
	struct tls_ticket_key key = from_seed();
	struct tls_buf b = {0};

	tls_buf_init(&b, 0);
	tls_epoch_list(&b, &key, now);
	assert_true(tls_buf_ok(&b));
	return b;
}

static struct tls_ticket_key listed_at(uint64_t now)
{
	struct tls_ticket_key key;
	struct tls_buf b = list_at(now);

	assert_int_equal(tls_epoch_use_list(&key, tls_buf_as_span(&b)), 0);
	tls_buf_clear(&b);
	return key;
}

/* Figures by HMAC of Python's library: extract with "tickets" from 64 bytes of 1; expand with label, 0, rotation and
 * number. */
static void figures(void **state)
{
	struct hex name = unhex("95cc9654c12da9d6ebc91e5fc074a549");
	struct hex root = unhex("e9b3e3c13b011e7ed09b3bec9afba69585471ed2c5a4cfadb5486a275a43aacb");
	struct tls_ticket_key key = from_seed(), listed = listed_at(5 * EPOCH);
	struct tls_epoch e;

	(void)state;
	assert_true(tls_epoch_get(&e, &key, 5));
	assert_memory_equal(e.name, name.p, sizeof(e.name));
	assert_memory_equal(e.root, root.p, sizeof(e.root));
	assert_true(tls_epoch_get(&e, &listed, 5));
	assert_memory_equal(e.name, name.p, sizeof(e.name));
	assert_memory_equal(e.root, root.p, sizeof(e.root));
}

static void list_has_three_epochs(void **state)
{
	struct tls_ticket_key key = from_seed(), listed = listed_at(7 * EPOCH + 5);

	(void)state;
	for (uint64_t n = 0; n < 20; n++) {
		struct tls_epoch a, b;

		assert_true(tls_epoch_get(&a, &key, n));
		assert_int_equal(tls_epoch_get(&b, &listed, n), n >= 6 && n <= 8);
		if (n >= 6 && n <= 8)
			assert_memory_equal(&a, &b, sizeof(a));
	}
	assert_false(tls_epoch_get(&(struct tls_epoch){{0}, {0}}, &listed, UINT64_MAX));
}

static bool has(const void *in, size_t len, const void *what, size_t what_len)
{
	for (size_t i = 0; i + what_len <= len; i++)
		if (memcmp((const uint8_t *)in + i, what, what_len) == 0)
			return true;
	return false;
}

/* What is listed tells neither the seed nor the epochs before and behind. */
static void security_ticket_key_list_has_no_seed_and_no_other_epoch(void **state)
{
	struct tls_ticket_key key = from_seed(), listed;
	struct tls_buf b = list_at(7 * EPOCH);

	(void)state;
	memset(&listed, 1, sizeof(listed)); /* what stood there before */
	assert_int_equal(tls_epoch_use_list(&listed, tls_buf_as_span(&b)), 0);
	assert_false(has(b.p, b.len, key.secret, sizeof(key.secret)));
	assert_false(has(listed.secret, sizeof(listed.secret), "\1\1\1\1", 4));
	for (uint64_t n = 0; n < 20; n++) {
		struct tls_epoch e;

		assert_true(tls_epoch_get(&e, &key, n));
		assert_int_equal(has(b.p, b.len, e.root, sizeof(e.root)), n >= 6 && n <= 8);
	}
	tls_buf_clear(&b);
}

/* A process with the seed and one with the list open each other's; without the epoch's keys there are no tickets. */
static void tickets_go_both_ways(void **state)
{
	struct tls_ticket_key keys[] = {from_seed(), listed_at(7 * EPOCH)};

	(void)state;
	for (uint64_t at = 6; at <= 8; at++) {
		for (unsigned i = 0; i < 2; i++) {
			struct tls_buf b = {0}, plain = {0};

			assert_int_equal(tls_ticket_seal(&b, &keys[i], at * EPOCH, tls_span("x", 1), NULL), 0);
			assert_int_equal(tls_ticket_open(&plain, &keys[!i], at * EPOCH, tls_buf_as_span(&b)), 0);
			assert_int_equal(plain.len, 1);
			tls_buf_clear(&plain);
			tls_buf_clear(&b);
		}
	}
}

static void security_ticket_key_list_that_is_old_does_nothing(void **state)
{
	struct tls_ticket_key key = from_seed(), listed = listed_at(7 * EPOCH);
	static const uint64_t times[] = {0, 5 * EPOCH, 9 * EPOCH, 100 * EPOCH, UINT64_MAX};

	(void)state;
	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		struct tls_buf b = {0}, plain = {0};

		assert_int_equal(tls_ticket_seal(&b, &listed, times[i], tls_span("x", 1), NULL), NOT_OURS);
		assert_int_equal(b.len, 0);
		assert_int_equal(tls_ticket_seal(&b, &key, times[i], tls_span("x", 1), NULL), 0);
		assert_int_equal(tls_ticket_open(&plain, &listed, times[i], tls_buf_as_span(&b)), NOT_OURS);
		tls_buf_clear(&b);
		tls_buf_clear(&plain);
	}
}

static int use_copy(const struct tls_buf *b, size_t len)
{
	uint8_t *copy = malloc(len > 0 ? len : 1);
	struct tls_ticket_key key;
	int err;

	assert_non_null(copy);
	memcpy(copy, b->p, len < b->len ? len : b->len);
	err = tls_epoch_use_list(&key, tls_span(copy, len));
	free(copy);
	return err;
}

static void other_lists_are_refused(void **state)
{
	struct tls_buf b = list_at(7 * EPOCH);
	size_t root = 13 + 16;

	(void)state;
	for (size_t len = 0; len <= b.len + 1; len++)
		assert_int_equal(use_copy(&b, len), len == b.len ? 0 : TLS_E_INVALID_REQUEST);
	b.p[0]++;
	assert_int_equal(use_copy(&b, b.len), TLS_E_INVALID_REQUEST);
	b.p[0]--;
	memset(b.p + root, 0, 32);
	assert_int_equal(use_copy(&b, b.len), TLS_E_INVALID_REQUEST);
	b.p[root + 31] = 1;
	assert_int_equal(use_copy(&b, b.len), 0);
	memset(b.p + 1, 0, 4);
	assert_int_equal(use_copy(&b, b.len), TLS_E_INVALID_REQUEST);
	tls_buf_clear(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(figures),
	    cmocka_unit_test(list_has_three_epochs),
	    cmocka_unit_test(security_ticket_key_list_has_no_seed_and_no_other_epoch),
	    cmocka_unit_test(tickets_go_both_ways),
	    cmocka_unit_test(security_ticket_key_list_that_is_old_does_nothing),
	    cmocka_unit_test(other_lists_are_refused),
	};

	return cmocka_run_group_tests_name("epoch", tests, NULL, NULL);
}
