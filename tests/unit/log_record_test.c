/* log_record_test.c - records keep what was put in, and nothing else is taken for one. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/log_record.h"

static const struct px_conn_record conn = {
	.service = "web",
	.peer = "192.0.2.1:50000",
	.sni = { "a\0b", 3 },
	.resumed = true,
	.n_in = 7,
	.n_out = UINT64_MAX,
	.end = "client closed",
};

static bool is_text(const struct px_log_record *record, enum px_log_field field, const char *text, size_t len)
{
	return record->fields[field].len == len && memcmp(record->fields[field].bytes, text, len) == 0;
}

static void test_comes_back(void **state)
{
	struct px_log_record record;
	struct px_log_item item;

	(void)state;
	px_log_item_connection(&item, &conn);
	assert_true(px_log_record_read(&record, item.bytes, item.len));
	assert_int_equal(record.kind, PX_LOG_CONNECTION);
	assert_int_equal(record.level, CONF_LOG_INFO);
	assert_true(is_text(&record, PX_LOG_FIELD_SERVICE, "web", 3));
	assert_true(is_text(&record, PX_LOG_FIELD_SNI, "a\0b", 3));
	assert_true(is_text(&record, PX_LOG_FIELD_END, "client closed", 13));
	assert_true(is_text(&record, PX_LOG_FIELD_RESUMED, "\1", 1));
	assert_true(px_log_record_number(&record, PX_LOG_FIELD_OUT) == UINT64_MAX);
	assert_int_equal(px_log_record_number(&record, PX_LOG_FIELD_IN), 7);
	assert_null(record.fields[PX_LOG_FIELD_ALPN].bytes);
	assert_null(record.fields[PX_LOG_FIELD_TEXT].bytes);
}

/* Nothing can make an item outgrow its memory: what has no room is left out. */
static void test_too_much(void **state)
{
	struct px_log_record record;
	struct px_log_item item;
	char big[3000];

	(void)state;
	memset(big, 'x', sizeof(big));
	px_log_item_begin(&item, PX_LOG_MESSAGE, CONF_LOG_ERROR);
	px_log_item_add(&item, PX_LOG_FIELD_TEXT, big, sizeof(big));
	for (unsigned i = PX_LOG_FIELD_SERVICE; i < PX_LOG_N_FIELDS; i++)
		px_log_item_add(&item, (enum px_log_field)i, big, 255);
	assert_in_range(item.len, PX_LOG_ITEM_MAX / 2, PX_LOG_ITEM_MAX);
	px_log_item_begin(&item, PX_LOG_MESSAGE, CONF_LOG_ERROR);
	px_log_item_add(&item, PX_LOG_FIELD_TEXT, big, sizeof(big));
	px_log_item_add(&item, PX_LOG_FIELD_SNI, big, sizeof(big));
	assert_true(px_log_record_read(&record, item.bytes, item.len));
	assert_int_equal(record.fields[PX_LOG_FIELD_TEXT].len, PX_LOG_TEXT_MAX);
	assert_int_equal(record.fields[PX_LOG_FIELD_SNI].len, 255);
}

/* Memory of exactly the size, so that the sanitizer sees a read beyond. */
static bool read_copy(const uint8_t *bytes, size_t len)
{
	struct px_log_record record;
	uint8_t *copy = malloc(len ? len : 1);
	bool good;

	assert_non_null(copy);
	if (len)
		memcpy(copy, bytes, len);
	good = px_log_record_read(&record, copy, len);
	free(copy);
	return good;
}

static void test_cut_anywhere(void **state)
{
	struct px_log_item item;

	(void)state;
	px_log_item_connection(&item, &conn);
	assert_true(read_copy(item.bytes, item.len));
	for (size_t len = 0; len < item.len; len++)
		assert_false(read_copy(item.bytes, len));
	item.bytes[item.len] = 0;
	assert_false(read_copy(item.bytes, item.len + 1));
}

/* Each byte, each value: it is read or refused, within its bounds. */
static void test_spoiled(void **state)
{
	struct px_log_item item;
	uint8_t good;

	(void)state;
	px_log_item_connection(&item, &conn);
	for (size_t i = 0; i < item.len; i++) {
		good = item.bytes[i];
		for (unsigned value = 0; value < 256; value += 5) {
			item.bytes[i] = (uint8_t)value;
			(void)read_copy(item.bytes, item.len);
		}
		item.bytes[i] = good;
	}
}

static void begin(struct px_log_item *item)
{
	px_log_item_begin(item, PX_LOG_MESSAGE, CONF_LOG_INFO);
	px_log_item_add_text(item, PX_LOG_FIELD_TEXT, "x");
}

static void test_refused(void **state)
{
	struct px_log_item item;

	(void)state;
	begin(&item);
	assert_true(read_copy(item.bytes, item.len));
	item.bytes[8] = CONF_LOG_DEBUG + 1; /* after the time */
	assert_false(read_copy(item.bytes, item.len));
	begin(&item);
	item.bytes[9] = PX_LOG_N_KINDS;
	assert_false(read_copy(item.bytes, item.len));
	begin(&item);
	memset(item.bytes, 0xff, 8);
	assert_false(read_copy(item.bytes, item.len));
	begin(&item);
	px_log_item_add_text(&item, PX_LOG_FIELD_TEXT, "twice");
	assert_false(read_copy(item.bytes, item.len));
	begin(&item);
	px_log_item_add(&item, PX_LOG_FIELD_IN, "short", 5);
	assert_false(read_copy(item.bytes, item.len));
	begin(&item);
	px_log_item_add(&item, PX_LOG_FIELD_RESUMED, "\2", 1);
	assert_false(read_copy(item.bytes, item.len));
	begin(&item);
	px_log_item_add(&item, PX_LOG_N_FIELDS - 1, "x", 1);
	item.bytes[item.len - 5] = PX_LOG_N_FIELDS;
	assert_false(read_copy(item.bytes, item.len));
	px_log_item_begin(&item, PX_LOG_MESSAGE, CONF_LOG_INFO); /* says nothing */
	assert_false(read_copy(item.bytes, item.len));
}

/* quenchd(8) names each field of the journal and each MESSAGE_ID. */
static void test_manual_page(void **state)
{
	static char page[1 << 17];
	char path[4096];
	FILE *f;

	(void)state;
	snprintf(path, sizeof(path), "%s/doc/quenchd.8", getenv("top_srcdir") ? getenv("top_srcdir") : "..");
	f = fopen(path, "r");
	assert_non_null(f);
	assert_in_range(fread(page, 1, sizeof(page) - 1, f), 1000, sizeof(page) - 2);
	fclose(f);
	for (unsigned i = PX_LOG_FIELD_SERVICE; i < PX_LOG_N_FIELDS; i++)
		assert_non_null(strstr(page, px_log_field_infos[i].journal));
	for (unsigned i = 0; i < PX_LOG_N_KINDS; i++) {
		if (px_log_kind_infos[i].message_id)
			assert_non_null(strstr(page, px_log_kind_infos[i].message_id));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_comes_back),
		cmocka_unit_test(test_too_much),
		cmocka_unit_test(test_cut_anywhere),
		cmocka_unit_test(test_spoiled),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_manual_page),
	};

	return cmocka_run_group_tests_name("log_record", tests, NULL, NULL);
}
