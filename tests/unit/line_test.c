/* line_test.c - one line of printable ASCII, whatever goes in. */
#include "unit.h"

#include <string.h>

#include "daemon/line.h"

static void check(const struct px_line *line, const char *expected)
{
	assert_int_equal(line->len, strlen(expected));
	assert_memory_equal(line->text, expected, line->len);
}

static void test_values(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
		const char *text, *quoted;
	} table[] = {
		{ "", 0, "-", "\"\"" },
		{ "example.net", 11, "example.net", "\"example.net\"" },
		{ "-", 1, "\"-\"", "\"-\"" },
		{ "two words", 9, "\"two words\"", "\"two words\"" },
		{ "a=b", 3, "\"a=b\"", "\"a=b\"" },
		{ "a\nb", 3, "\"a\\x0ab\"", "\"a\\x0ab\"" },
		{ "\0", 1, "\"\\x00\"", "\"\\x00\"" },
		{ "\x1b[2J", 4, "\"\\x1b[2J\"", "\"\\x1b[2J\"" },
		{ "\x7f\x80\xff", 3, "\"\\x7f\\x80\\xff\"", "\"\\x7f\\x80\\xff\"" },
		{ "q\"b\\", 4, "\"q\\\"b\\\\\"", "\"q\\\"b\\\\\"" },
	};
	struct px_line line;

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		px_line_init(&line);
		px_line_add_value(&line, table[i].bytes, table[i].len);
		check(&line, table[i].text);
		px_line_init(&line);
		px_line_add_quoted(&line, table[i].bytes, table[i].len);
		check(&line, table[i].quoted);
	}
}

static void test_json(void **state)
{
	struct px_line line;

	(void)state;
	px_line_init(&line);
	px_line_add_json(&line, "a\"\\\n\0\x7f\xe9 /", 9);
	check(&line, "\"a\\\"\\\\\\u000a\\u0000\\u007f\\u00e9 /\"");
}

static void test_message(void **state)
{
	struct px_line line;

	(void)state;
	px_line_init(&line);
	px_line_add_message(&line, "it is \"so\"\r\n", 12);
	px_line_add(&line, " ");
	px_line_add_number(&line, UINT64_MAX);
	px_line_end(&line);
	check(&line, "it is \"so\"\\x0d\\x0a 18446744073709551615\n");
}

/* Every byte, in every form: nothing but printable ASCII comes out. */
static void test_every_byte(void **state)
{
	struct px_line line;

	(void)state;
	for (unsigned c = 0; c < 256; c++) {
		unsigned char byte = (unsigned char)c;

		px_line_init(&line);
		px_line_add_value(&line, &byte, 1);
		px_line_add_quoted(&line, &byte, 1);
		px_line_add_message(&line, &byte, 1);
		px_line_add_json(&line, &byte, 1);
		for (size_t i = 0; i < line.len; i++)
			assert_in_range((unsigned char)line.text[i], 0x20, 0x7e);
	}
}

static void test_long_values_are_cut_short(void **state)
{
	char bytes[1000];
	struct px_line line;

	(void)state;
	memset(bytes, 'x', sizeof(bytes));
	px_line_init(&line);
	px_line_add_value(&line, bytes, sizeof(bytes));
	assert_int_equal(line.len, PX_LINE_VALUE_MAX);
	assert_false(line.cut);
}

/* A full line stays whole, has room for its newline, and says that something is missing. */
static void test_full(void **state)
{
	char bytes[PX_LINE_MAX];
	struct px_line line;

	(void)state;
	memset(bytes, '\n', sizeof(bytes));
	px_line_init(&line);
	px_line_add_message(&line, bytes, sizeof(bytes));
	assert_true(line.cut);
	px_line_add(&line, "x");
	assert_int_equal(line.len % 4, 0);
	px_line_end(&line);
	assert_in_range(line.len, PX_LINE_MAX - 8, PX_LINE_MAX);
	assert_int_equal(line.text[line.len - 1], '\n');
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_message),
		cmocka_unit_test(test_every_byte),
		cmocka_unit_test(test_long_values_are_cut_short),
		cmocka_unit_test(test_full),
	};

	return cmocka_run_group_tests_name("line", tests, NULL, NULL);
}
