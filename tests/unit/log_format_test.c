/* log_format_test.c - lines of both formats: all fields of a connection, messages, and the longest ones fit. */
#include "unit.h"

#include <jansson.h>
#include <string.h>

#include "daemon/log_format.h"

static const struct px_conn_record full = {
	.service = "web",
	.peer = "192.0.2.1:50000",
	.backend = "127.0.0.1:8080",
	.sni = { "example.net", 11 },
	.version = "TLS1.3",
	.suite = "TLS_AES_128_GCM_SHA256",
	.group = "x25519",
	.signature = "ed25519",
	.alpn = { "h2", 2 },
	.resumed = true,
	.certificate = "CN=joe, O=A \\0A",
	.n_in = 1,
	.n_out = 20000000000,
	.duration_ms = 300,
	.end = "client closed",
};

/* 2026-01-02T03:04:05.678Z, as date(1) says */
#define TIME_US 1767323045678901u

static struct px_log_item item;

static struct px_log_record connection(const struct px_conn_record *conn)
{
	struct px_log_record record;

	px_log_item_connection(&item, conn);
	assert_true(px_log_record_read(&record, item.bytes, item.len));
	record.time_us = TIME_US;
	return record;
}

static struct px_log_record message(const void *text, size_t len)
{
	struct px_log_record record;

	px_log_item_begin(&item, PX_LOG_MESSAGE, CONF_LOG_WARNING);
	px_log_item_add(&item, PX_LOG_FIELD_TEXT, text, len);
	assert_true(px_log_record_read(&record, item.bytes, item.len));
	record.time_us = TIME_US;
	return record;
}

static void check(enum conf_log_format format, const struct px_log_record *record, const char *expected)
{
	struct px_line line;

	px_log_format_line(&line, record, format);
	assert_false(line.cut);
	assert_int_equal(line.len, strlen(expected));
	assert_memory_equal(line.text, expected, line.len);
}

static void test_connection_text(void **state)
{
	struct px_log_record record = connection(&full);

	(void)state;
	check(CONF_LOG_TEXT, &record,
	    "2026-01-02T03:04:05.678Z "
	    "connection service=web peer=192.0.2.1:50000 backend=127.0.0.1:8080 sni=example.net "
	    "version=TLS1.3 suite=TLS_AES_128_GCM_SHA256 group=x25519 signature=ed25519 alpn=h2 "
	    "resumed=true certificate=\"CN=joe, O=A \\\\0A\" in=1 "
	    "out=20000000000 ms=300 end=\"client closed\"\n");
}

static void test_connection_json(void **state)
{
	struct px_log_record record = connection(&full);

	(void)state;
	check(CONF_LOG_JSON, &record,
	    "{\"time\":\"2026-01-02T03:04:05.678Z\","
	    "\"level\":\"info\",\"message\":\"connection\",\"service\":\"web\","
	    "\"peer\":\"192.0.2.1:50000\",\"backend\":\"127.0.0.1:8080\",\"sni\":\"example.net\","
	    "\"version\":\"TLS1.3\",\"suite\":\"TLS_AES_128_GCM_SHA256\",\"group\":\"x25519\","
	    "\"signature\":\"ed25519\",\"alpn\":\"h2\",\"resumed\":true,\"certificate\":\"CN=joe, O=A \\\\0A\",\"in\":1,\"out\":20000000000,\"ms\":300,"
	    "\"end\":\"client closed\"}\n");
}

static void test_nothing_known(void **state)
{
	const struct px_conn_record nothing = { .service = "web", .peer = "unix:", .end = "x" };
	struct px_log_record record = connection(&nothing);

	(void)state;
	check(CONF_LOG_TEXT, &record,
	    "2026-01-02T03:04:05.678Z connection service=web peer=unix: backend=- sni=- version=- suite=- group=- "
	    "signature=- alpn=- resumed=false certificate=- in=0 out=0 ms=0 end=\"x\"\n");
	check(CONF_LOG_JSON, &record,
	    "{\"time\":\"2026-01-02T03:04:05.678Z\",\"level\":\"info\",\"message\":\"connection\",\"service\":\"web\",\"peer\":\"unix:\","
	    "\"backend\":null,\"sni\":null,\"version\":null,\"suite\":null,\"group\":null,"
	    "\"signature\":null,\"alpn\":null,\"resumed\":false,\"certificate\":null,\"in\":0,\"out\":0,\"ms\":0,\"end\":\"x\"}\n");
}

static void test_messages(void **state)
{
	struct px_log_record record = message("say \"x\"\n", 8);

	(void)state;
	check(CONF_LOG_TEXT, &record, "2026-01-02T03:04:05.678Z warning: say \"x\"\\x0a\n");
	check(CONF_LOG_JSON, &record,
	    "{\"time\":\"2026-01-02T03:04:05.678Z\",\"level\":\"warning\",\"message\":\"say \\\"x\\\"\\u000a\"}\n");
	record.n_repeats = 3;
	check(CONF_LOG_TEXT, &record, "2026-01-02T03:04:05.678Z warning: say \"x\"\\x0a (repeated 3 times)\n");
	check(CONF_LOG_JSON, &record,
	    "{\"time\":\"2026-01-02T03:04:05.678Z\",\"level\":\"warning\",\"message\":\"say \\\"x\\\"\\u000a\",\"repeated\":3}\n");
	record.n_repeats = 1;
	check(CONF_LOG_TEXT, &record, "2026-01-02T03:04:05.678Z warning: say \"x\"\\x0a (repeated 1 time)\n");
}

/* All that clients and operators fill in as long and as bad as it can be. */
static void test_longest_fits(void **state)
{
	struct px_conn_record conn = full;
	struct px_log_record record;
	struct px_line line;
	char bad[700], subject[PX_CONN_SUBJECT_LEN];

	(void)state;
	memset(bad, '\n', sizeof(bad));
	memset(subject, '\\', sizeof(subject) - 1);
	subject[sizeof(subject) - 1] = '\0';
	conn.certificate = subject;
	conn.sni = conn.alpn = (struct px_conn_text){ bad, sizeof(bad) };
	for (int format = CONF_LOG_TEXT; format <= CONF_LOG_JSON; format++) {
		record = connection(&conn);
		px_log_format_line(&line, &record, (enum conf_log_format)format);
		assert_false(line.cut);
		assert_in_range(line.len, 2 * PX_LINE_VALUE_MAX * 4, PX_LINE_MAX - 100);
		record = message(bad, sizeof(bad));
		record.n_repeats = UINT64_MAX;
		px_log_format_line(&line, &record, (enum conf_log_format)format);
		assert_false(line.cut);
		assert_in_range(line.len, PX_LOG_TEXT_MAX * 4, PX_LINE_MAX - 100);
	}
}

static uint32_t next_number(uint32_t *seed)
{
	*seed = *seed * 1664525 + 1013904223;
	return *seed >> 8;
}

/* Any bytes, as a parser of others reads them back: each byte is the character of that number. */
static void check_json_string(const json_t *value, const uint8_t *bytes, size_t len)
{
	char wanted[2 * PX_LOG_TEXT_MAX];
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		if (bytes[i] >= 0x80)
			wanted[n++] = (char)(0xc0 | bytes[i] >> 6);
		wanted[n++] = (char)(bytes[i] < 0x80 ? bytes[i] : 0x80 | (bytes[i] & 0x3f));
	}
	assert_true(json_is_string(value));
	assert_int_equal(json_string_length(value), n);
	assert_memory_equal(json_string_value(value), wanted, n);
}

static void check_any_bytes(const uint8_t *bytes, size_t len)
{
	struct px_conn_record conn = { .service = "web", .sni = { bytes, len < 255 ? len : 255 }, .end = "x" };
	struct px_log_record records[2];
	struct px_log_item items[2];
	struct px_line line;
	json_t *value;

	px_log_item_begin(&items[0], PX_LOG_MESSAGE, CONF_LOG_WARNING);
	px_log_item_add(&items[0], PX_LOG_FIELD_TEXT, bytes, len);
	px_log_item_connection(&items[1], &conn);
	for (int i = 0; i < 2; i++) {
		assert_true(px_log_record_read(&records[i], items[i].bytes, items[i].len));
		px_log_format_line(&line, &records[i], CONF_LOG_TEXT);
		for (size_t k = 0; k + 1 < line.len; k++)
			assert_in_range(line.text[k], 0x20, 0x7e);
		px_log_format_line(&line, &records[i], CONF_LOG_JSON);
		value = json_loadb(line.text, line.len, JSON_ALLOW_NUL | JSON_REJECT_DUPLICATES, NULL);
		assert_true(json_is_object(value));
		check_json_string(json_object_get(value, i ? "sni" : "message"), bytes, i ? conn.sni.len : len);
		json_decref(value);
	}
}

static void test_json_of_any_bytes(void **state)
{
	uint8_t bytes[PX_LOG_TEXT_MAX];
	uint32_t seed = 1;
	size_t len;

	(void)state;
	for (unsigned c = 0; c < 256; c++) {
		bytes[0] = (uint8_t)c;
		check_any_bytes(bytes, 1);
	}
	for (int round = 0; round < 3000; round++) {
		len = 1 + next_number(&seed) % sizeof(bytes);
		for (size_t i = 0; i < len; i++)
			bytes[i] = (uint8_t)next_number(&seed);
		check_any_bytes(bytes, len);
	}
}

/* A taken-over worker may fill every field: the line is cut then, never broken. */
static void test_too_long_is_cut(void **state)
{
	struct px_log_record record = { .kind = PX_LOG_CONNECTION };
	uint8_t bad[PX_LINE_VALUE_MAX] = { 0 };
	struct px_line line;

	(void)state;
	for (unsigned i = 0; i < PX_LOG_N_FIELDS; i++)
		record.fields[i] = (struct px_log_value){ bad, sizeof(bad) };
	px_log_format_line(&line, &record, CONF_LOG_JSON);
	assert_true(line.cut);
	assert_in_range(line.len, 1, PX_LINE_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_connection_text),
		cmocka_unit_test(test_connection_json),
		cmocka_unit_test(test_nothing_known),
		cmocka_unit_test(test_messages),
		cmocka_unit_test(test_longest_fits),
		cmocka_unit_test(test_json_of_any_bytes),
		cmocka_unit_test(test_too_long_is_cut),
	};

	return cmocka_run_group_tests_name("log_format", tests, NULL, NULL);
}
