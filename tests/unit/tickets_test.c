/* tickets_test.c - one list for all workers, that changes with the seed, the rotation and the clock only. */
#include "config.h" /* GNU extensions */

#include "unit.h"

#include <string.h>

static int64_t now_s = 1800000000;

static uint64_t fake_clock(void)
{
	return (uint64_t)now_s * 1000;
}

#include "daemon/clock.h"
#define px_clock_real_ms fake_clock
#include "daemon/tickets.c"
#undef px_clock_real_ms

static unsigned char seed[32] = "0123456789abcdef0123456789abcde", other[32] = "a";
static const struct conf_tickets ours = { .rotate_s = 21600, .lifetime_s = 86400 };

static tls_datum_t copy(const tls_datum_t *list)
{
	static unsigned char bytes[2][1024];
	static unsigned turn;
	tls_datum_t out = { bytes[turn++ % 2], list->size };

	assert_true(list->size > 96 && list->size <= sizeof(bytes[0]));
	memcpy(out.data, list->data, list->size);
	return out;
}

static void test_changes_with_the_clock(void **state)
{
	struct px_tickets t;
	tls_datum_t before;

	(void)state;
	assert_int_equal(px_tickets_init(&t), 0);
	assert_true(px_tickets_update(&t, &ours));
	before = copy(&t.list);
	assert_false(px_tickets_update(&t, &ours));
	now_s += 21600;
	assert_true(px_tickets_update(&t, &ours));
	assert_false(is_same(&before, &t.list));
	/* Back, as a clock may jump: the same again. */
	now_s -= 21600;
	assert_true(px_tickets_update(&t, &ours));
	assert_true(is_same(&before, &t.list));
	px_tickets_clear(&t);
	assert_null(t.list.data);
}

static void test_seeds(void **state)
{
	struct conf_tickets given = ours;
	struct px_tickets a, b;
	tls_datum_t before;

	(void)state;
	assert_int_equal(px_tickets_init(&a), 0);
	assert_int_equal(px_tickets_init(&b), 0);
	assert_true(px_tickets_update(&a, &ours) && px_tickets_update(&b, &ours));
	assert_false(is_same(&a.list, &b.list));
	before = copy(&a.list);
	given.seed = (tls_datum_t){ seed, sizeof(seed) };
	assert_true(px_tickets_update(&a, &given) && px_tickets_update(&b, &given));
	assert_true(is_same(&a.list, &b.list));
	given.seed.data = other;
	assert_true(px_tickets_update(&b, &given));
	assert_false(is_same(&a.list, &b.list));
	/* Without one again: the own one has stayed. */
	assert_true(px_tickets_update(&a, &ours));
	assert_true(is_same(&a.list, &before));
	px_tickets_clear(&a);
	px_tickets_clear(&b);
}

static void test_none(void **state)
{
	struct conf_tickets none = { .rotate_s = 21600 };
	struct px_tickets t;

	(void)state;
	assert_int_equal(px_tickets_init(&t), 0);
	assert_false(px_tickets_update(&t, &none));
	assert_null(t.list.data);
	assert_true(px_tickets_update(&t, &ours));
	assert_true(px_tickets_update(&t, &none));
	assert_null(t.list.data);
	px_tickets_clear(&t);
}

static void test_security_no_list_has_the_seed(void **state)
{
	struct conf_tickets given = { .rotate_s = 21600, .lifetime_s = 1, .seed = { seed, sizeof(seed) } };
	struct px_tickets t;

	(void)state;
	assert_int_equal(px_tickets_init(&t), 0);
	assert_true(px_tickets_update(&t, &given));
	assert_null(memmem(t.list.data, t.list.size, seed, 16));
	assert_null(memmem(t.list.data, t.list.size, t.own.data, 16));
	px_tickets_clear(&t);
}

/* One that can't be made leaves what was there. */
static void test_a_bad_one(void **state)
{
	static unsigned char zeros[32];
	struct conf_tickets bad = { .rotate_s = 21600, .lifetime_s = 1, .seed = { zeros, sizeof(zeros) } };
	struct px_tickets t;
	tls_datum_t before;

	(void)state;
	px_log_set_level(CONF_LOG_ERROR);
	assert_int_equal(px_tickets_init(&t), 0);
	assert_true(px_tickets_update(&t, &ours));
	before = copy(&t.list);
	assert_false(px_tickets_update(&t, &bad));
	assert_true(is_same(&before, &t.list));
	px_tickets_clear(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_changes_with_the_clock),
		cmocka_unit_test(test_seeds),
		cmocka_unit_test(test_none),
		cmocka_unit_test(test_security_no_list_has_the_seed),
		cmocka_unit_test(test_a_bad_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
