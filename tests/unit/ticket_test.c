/* ticket_test.c - tickets: every cut and every changed byte, other seeds, epochs. */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "testrng.h"
#include "tls/bytes/mem.h"
#include "tls/hs/ticket.h"
#include "tls/tls.h"

#define ROTATE 21600u
#define EPOCH ((uint64_t)ROTATE * 1000)
#define NOT_OURS TLS_E_REQUESTED_DATA_NOT_AVAILABLE

static struct tls_ticket_key key_of(uint8_t seed_byte, uint32_t rotate)
{
	uint8_t seed[TLS_TICKET_SEED_LEN];
	struct tls_ticket_key key;

	memset(seed, seed_byte, sizeof(seed));
	assert_int_equal(tls_epoch_use_seed(&key, tls_span(seed, sizeof(seed)), rotate), 0);
	return key;
}

static void seal(struct tls_buf *b, const struct tls_ticket_key *key, uint64_t now, const char *text)
{
	tls_buf_init(b, 0);
	assert_int_equal(tls_ticket_seal(b, key, now, tls_span(text, strlen(text)), NULL), 0);
	assert_int_equal(b->len, strlen(text) + TLS_TICKET_OVERHEAD);
}

/* From memory of exactly its size. */
static int try_open(const struct tls_ticket_key *key, uint64_t now, const uint8_t *p, size_t len)
{
	uint8_t *copy = malloc(len > 0 ? len : 1);
	struct tls_buf plain = {0};
	int err;

	assert_non_null(copy);
	memcpy(copy, p, len);
	err = tls_ticket_open(&plain, key, now, tls_span(copy, len));
	tls_buf_clear(&plain);
	free(copy);
	return err;
}

static void comes_back(void **state)
{
	static const char *const texts[] = {"", "x", "the state of a session"};
	struct tls_ticket_key key = key_of(1, ROTATE);

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct tls_buf b, plain = {0};

		seal(&b, &key, 5 * EPOCH, texts[i]);
		assert_int_equal(tls_ticket_open(&plain, &key, 5 * EPOCH, tls_buf_as_span(&b)), 0);
		assert_int_equal(plain.len, strlen(texts[i]));
		assert_memory_equal(plain.p, texts[i], plain.len);
		tls_buf_clear(&plain);
		tls_buf_clear(&b);
	}
}

static void security_ticket_key_opens_nothing_that_was_cut_or_changed(void **state)
{
	struct tls_ticket_key key = key_of(1, ROTATE);
	struct tls_buf b;

	(void)state;
	seal(&b, &key, EPOCH, "the state of a session");
	for (size_t n = 0; n < b.len; n++)
		assert_int_equal(try_open(&key, EPOCH, b.p, n), NOT_OURS);
	for (size_t i = 0; i < b.len; i++) {
		for (unsigned x = 1; x < 256; x <<= 1) {
			b.p[i] ^= (uint8_t)x;
			assert_int_equal(try_open(&key, EPOCH, b.p, b.len), NOT_OURS);
			b.p[i] ^= (uint8_t)x;
		}
	}
	assert_int_equal(try_open(&key, EPOCH, b.p, b.len), 0);
	tls_buf_u8(&b, 0);
	assert_int_equal(try_open(&key, EPOCH, b.p, b.len), NOT_OURS);
	tls_buf_clear(&b);
}

/* SECURITY 2.1, session-id and ticket size: whatever a client may send. */
static void tickets_of_every_size(void **state)
{
	struct tls_ticket_key key = key_of(1, ROTATE);
	uint8_t *big = calloc(1, 65535);
	struct tls_buf b;

	(void)state;
	assert_non_null(big);
	seal(&b, &key, EPOCH, "x");
	memcpy(big, b.p, 16); /* the name of the epoch, so that it is tried */
	for (size_t len = 0; len <= 65535; len += len < 300 ? 1 : 997)
		assert_int_equal(try_open(&key, EPOCH, big, len), NOT_OURS);
	assert_int_equal(try_open(&key, EPOCH, big, 65535), NOT_OURS);
	tls_buf_clear(&b);
	/* and the largest one that is good */
	assert_int_equal(
	    tls_ticket_seal(&b, &key, EPOCH, tls_span(big, 65535 - TLS_TICKET_OVERHEAD), NULL), 0);
	assert_int_equal(b.len, 65535);
	assert_int_equal(try_open(&key, EPOCH, b.p, b.len), 0);
	tls_buf_clear(&b);
	free(big);
}

/* SECURITY 2.2, ticket key. */
static void security_ticket_key_of_another_seed_opens_nothing(void **state)
{
	uint8_t zeros[TLS_TICKET_SEED_LEN] = {0}, one[TLS_TICKET_SEED_LEN];

	(void)state;
	memset(one, 1, sizeof(one));
	for (unsigned i = 0; i < sizeof(one); i++) {
		struct tls_ticket_key a = key_of(1, ROTATE), other;
		struct tls_buf b;

		one[i] ^= 0x80;
		assert_int_equal(tls_epoch_use_seed(&other, tls_span(one, sizeof(one)), ROTATE), 0);
		one[i] ^= 0x80;
		seal(&b, &a, EPOCH, "x");
		assert_int_equal(try_open(&other, EPOCH, b.p, b.len), NOT_OURS);
		/* not even under the other's name */
		tls_buf_clear(&b);
		seal(&b, &other, EPOCH, "x");
		assert_int_equal(try_open(&a, EPOCH, b.p, b.len), NOT_OURS);
		tls_buf_clear(&b);
	}
	{
		struct tls_ticket_key a = key_of(1, ROTATE), zero = {.rotate = ROTATE};
		struct tls_buf b;

		seal(&b, &a, EPOCH, "x");
		assert_int_equal(try_open(&zero, EPOCH, b.p, b.len), NOT_OURS);
		tls_buf_clear(&b);
		assert_int_equal(tls_epoch_use_seed(&zero, tls_span(zeros, sizeof(zeros)), ROTATE), TLS_E_INVALID_REQUEST);
	}
}

static void security_ticket_key_of_zeros_is_refused(void **state)
{
	uint8_t seed[TLS_TICKET_SEED_LEN] = {0};
	struct tls_ticket_key key;

	(void)state;
	for (size_t len = 0; len <= sizeof(seed); len++)
		assert_int_equal(tls_epoch_use_seed(&key, tls_span(seed, len), ROTATE), TLS_E_INVALID_REQUEST);
	seed[31] = 1;
	assert_int_equal(tls_epoch_use_seed(&key, tls_span(seed, 31), ROTATE), TLS_E_INVALID_REQUEST);
	assert_int_equal(tls_epoch_use_seed(&key, tls_span(seed, 32), 0), TLS_E_INVALID_REQUEST);
	assert_int_equal(tls_epoch_use_seed(&key, tls_span(seed, 32), ROTATE), 0);
}

static void epochs_before_and_behind_are_opened(void **state)
{
	static const struct {
		uint64_t sealed, opened;
		bool good;
	} rows[] = {
	    {10 * EPOCH, 10 * EPOCH, true},
	    {10 * EPOCH, 11 * EPOCH - 1, true},
	    {10 * EPOCH, 11 * EPOCH, true},
	    {10 * EPOCH, 12 * EPOCH - 1, true},
	    {10 * EPOCH, 12 * EPOCH, false},
	    {11 * EPOCH - 1, 11 * EPOCH, true},
	    {11 * EPOCH - 1, 12 * EPOCH, false},
	    {10 * EPOCH, 10 * EPOCH - 1, true},
	    {10 * EPOCH, 9 * EPOCH, true},
	    {10 * EPOCH, 9 * EPOCH - 1, false},
	    {10 * EPOCH, 0, false},
	    {0, 0, true},
	    {0, EPOCH, true},
	    {0, 2 * EPOCH, false},
	    {EPOCH, 0, true},
	    {UINT64_MAX, UINT64_MAX, true},
	};
	struct tls_ticket_key key = key_of(1, ROTATE);

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct tls_buf b;

		seal(&b, &key, rows[i].sealed, "x");
		assert_int_equal(try_open(&key, rows[i].opened, b.p, b.len), rows[i].good ? 0 : NOT_OURS);
		tls_buf_clear(&b);
	}
}

/* What is told to a client is what really works. */
static void left_is_how_long_it_opens(void **state)
{
	static const uint64_t at[] = {0, 1, 999, 1000, EPOCH - 1, EPOCH, 7 * EPOCH + 12345678};
	struct tls_ticket_key key = key_of(1, ROTATE);

	(void)state;
	for (size_t i = 0; i < sizeof(at) / sizeof(at[0]); i++) {
		uint64_t end = (at[i] / 1000 + tls_ticket_left(&key, at[i])) * 1000;
		struct tls_buf b;

		seal(&b, &key, at[i], "x");
		assert_int_equal(try_open(&key, end - 1, b.p, b.len), 0);
		assert_int_equal(try_open(&key, end, b.p, b.len), NOT_OURS);
		tls_buf_clear(&b);
	}
	key = key_of(1, UINT32_MAX);
	assert_int_equal(tls_ticket_left(&key, 0), UINT32_MAX);
}

static void rotations_are_apart(void **state)
{
	struct tls_ticket_key a = key_of(1, ROTATE), other = key_of(1, ROTATE - 1);
	struct tls_buf b;

	(void)state;
	seal(&b, &a, EPOCH, "x");
	assert_int_equal(try_open(&other, EPOCH, b.p, b.len), NOT_OURS);
	tls_buf_clear(&b);
}

/* Each has a salt, and with it a key, of its own; one epoch has one name. */
static void no_two_tickets_share_a_key(void **state)
{
	struct tls_ticket_key key = key_of(1, ROTATE);
	struct tls_buf a, b;

	(void)state;
	seal(&a, &key, EPOCH, "the same");
	seal(&b, &key, EPOCH, "the same");
	assert_memory_equal(a.p, b.p, 16);
	assert_memory_not_equal(a.p + 16, b.p + 16, 32);
	assert_memory_not_equal(a.p + 48, b.p + 48, 8);
	tls_buf_clear(&b);
	seal(&b, &key, 2 * EPOCH, "the same");
	assert_memory_not_equal(a.p, b.p, 16);
	tls_buf_clear(&b);
	tls_buf_clear(&a);
}

static void no_random_bytes_no_ticket(void **state)
{
	struct testrng t = {.fail_at = 1};
	struct tls_rng rng = {.fill = testrng_fill, .ptr = &t};
	struct tls_ticket_key key = key_of(1, ROTATE);
	struct tls_buf b = {0};

	(void)state;
	assert_int_equal(tls_ticket_seal(&b, &key, EPOCH, tls_span("x", 1), &rng), TLS_E_RANDOM_FAILED);
	assert_int_equal(b.len, 0);
}

static void no_memory(void **state)
{
	struct tls_ticket_key key = key_of(1, ROTATE);
	struct tls_buf b = {0}, plain = {0};

	(void)state;
	tls_mem_fail_at(1);
	assert_int_equal(tls_ticket_seal(&b, &key, EPOCH, tls_span("x", 1), NULL), TLS_E_MEMORY_ERROR);
	tls_buf_clear(&b);
	seal(&b, &key, EPOCH, "x");
	tls_mem_fail_at(1);
	assert_int_equal(tls_ticket_open(&plain, &key, EPOCH, tls_buf_as_span(&b)), TLS_E_MEMORY_ERROR);
	tls_mem_fail_at(0);
	tls_buf_clear(&b);
	tls_buf_clear(&plain);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(comes_back),
	    cmocka_unit_test(security_ticket_key_opens_nothing_that_was_cut_or_changed),
	    cmocka_unit_test(tickets_of_every_size),
	    cmocka_unit_test(security_ticket_key_of_another_seed_opens_nothing),
	    cmocka_unit_test(security_ticket_key_of_zeros_is_refused),
	    cmocka_unit_test(epochs_before_and_behind_are_opened),
	    cmocka_unit_test(left_is_how_long_it_opens),
	    cmocka_unit_test(rotations_are_apart),
	    cmocka_unit_test(no_two_tickets_share_a_key),
	    cmocka_unit_test(no_random_bytes_no_ticket),
	    cmocka_unit_test(no_memory),
	};

	return cmocka_run_group_tests_name("ticket", tests, NULL, NULL);
}
