/* log_fold_test.c - what repeats is written once and counted, nothing else is held back. */
#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "daemon/log_fold.h"

static struct px_log_fold fold;

static int start(void **state)
{
	(void)state;
	px_log_fold_init(&fold);
	return 0;
}

static bool take_of(enum px_log_kind kind, enum conf_log_level level, const char *service, const char *text,
    uint64_t now_ms)
{
	struct px_log_record record;
	struct px_log_item item;

	px_log_item_begin(&item, kind, level);
	px_log_item_add_text(&item, PX_LOG_FIELD_TEXT, text);
	px_log_item_add_text(&item, PX_LOG_FIELD_SERVICE, service);
	assert_true(px_log_record_read(&record, item.bytes, item.len));
	return px_log_fold_take(&fold, &record, item.bytes, item.len, now_ms);
}

static bool take(const char *text, uint64_t now_ms)
{
	return take_of(PX_LOG_MESSAGE, CONF_LOG_ERROR, NULL, text, now_ms);
}

static void check_due(const char *text, uint64_t n, uint64_t now_ms)
{
	const struct px_log_record *record = px_log_fold_due(&fold, now_ms);

	assert_non_null(record);
	assert_int_equal(record->n_repeats, n);
	assert_int_equal(record->fields[PX_LOG_FIELD_TEXT].len, strlen(text));
	assert_memory_equal(record->fields[PX_LOG_FIELD_TEXT].bytes, text, strlen(text));
}

static void test_once(void **state)
{
	(void)state;
	assert_false(take("a", 1000));
	assert_false(take("b", 1001));
	assert_int_equal(px_log_fold_next_ms(&fold), 2000);
	assert_null(px_log_fold_due(&fold, 1999));
	assert_null(px_log_fold_due(&fold, 2500)); /* forgotten */
	assert_true(px_log_fold_next_ms(&fold) == UINT64_MAX);
	assert_false(take("a", 2500));
	assert_int_equal(fold.n_folded, 0);
}

/* 1,000 a second for half an hour: one line, and counts further and further apart that add up. */
static void test_window_grows(void **state)
{
	const struct px_log_record *record;
	uint64_t n_lines = 0, n = 0;

	(void)state;
	for (uint64_t now = 1; now <= 1800000; now++) {
		n_lines += !take("same", now);
		while ((record = px_log_fold_due(&fold, now))) {
			n_lines++;
			n += record->n_repeats;
		}
	}
	while ((record = px_log_fold_due(&fold, UINT64_MAX)))
		n += record->n_repeats;
	assert_int_equal(n, 1800000 - 1);
	assert_int_equal(fold.n_folded, n);
	/* After 1, 2, 4, 8, 16, 32 seconds, then each minute. */
	assert_in_range(n_lines, 30, 40);
	assert_true(px_log_fold_next_ms(&fold) == UINT64_MAX);
}

static void test_two_by_turns(void **state)
{
	(void)state;
	for (uint64_t i = 0; i < 10; i++) {
		assert_int_equal(take("a", 1000 + i), i > 0);
		assert_int_equal(take("b", 1000 + i), i > 0);
	}
	check_due("a", 9, 2000);
	check_due("b", 9, 2000);
	assert_null(px_log_fold_due(&fold, 2000));
}

static void test_what_is_the_same(void **state)
{
	(void)state;
	assert_false(take_of(PX_LOG_MESSAGE, CONF_LOG_ERROR, "web", "a", 1));
	assert_true(take_of(PX_LOG_MESSAGE, CONF_LOG_ERROR, "web", "a", 1));
	assert_false(take_of(PX_LOG_MESSAGE, CONF_LOG_ERROR, "mail", "a", 1));
	assert_false(take_of(PX_LOG_MESSAGE, CONF_LOG_WARNING, "web", "a", 1));
	assert_false(take_of(PX_LOG_BACKEND_FAILED, CONF_LOG_ERROR, "web", "a", 1));
	assert_false(take_of(PX_LOG_MESSAGE, CONF_LOG_ERROR, "web", "ab", 1));
	assert_false(take_of(PX_LOG_MESSAGE, CONF_LOG_ERROR, NULL, "a", 1));
}

static void test_exact_kinds(void **state)
{
	const struct px_conn_record conn = { .service = "web", .peer = "192.0.2.1:1", .end = "handshake: no" };
	struct px_log_record record;
	struct px_log_item item;

	(void)state;
	for (int i = 0; i < 100; i++) {
		assert_false(take_of(PX_LOG_DROPPED, CONF_LOG_WARNING, NULL, "1 log lines were dropped", 1));
		assert_false(take_of(PX_LOG_ANSWER, CONF_LOG_INFO, NULL, "the log is open again", 1));
		px_log_item_connection(&item, &conn);
		assert_true(px_log_record_read(&record, item.bytes, item.len));
		assert_false(px_log_fold_take(&fold, &record, item.bytes, item.len, 1));
	}
}

/* More messages than there are places: those that have counts keep them, others are written. */
static void test_many(void **state)
{
	uint64_t n = 0;
	char text[16];

	(void)state;
	for (int i = 0; i < PX_LOG_FOLD_N; i++) {
		snprintf(text, sizeof(text), "text %d", i);
		assert_false(take(text, 1));
		if (i > 0)
			assert_true(take(text, 1));
	}
	/* The first one has come once, so its place can be had. */
	assert_false(take("new", 2));
	assert_true(take("new", 2));
	for (int i = 0; i < 10; i++)
		assert_false(take("no place", 3));
	while (px_log_fold_due(&fold, 5000))
		n++;
	assert_int_equal(n, PX_LOG_FOLD_N);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_once, start),
		cmocka_unit_test_setup(test_window_grows, start),
		cmocka_unit_test_setup(test_two_by_turns, start),
		cmocka_unit_test_setup(test_what_is_the_same, start),
		cmocka_unit_test_setup(test_exact_kinds, start),
		cmocka_unit_test_setup(test_many, start),
	};

	return cmocka_run_group_tests_name("log_fold", tests, NULL, NULL);
}
