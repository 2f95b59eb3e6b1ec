#include "unit.h"

#include "conf_case.h"

#include "conf/errors.h"
#include "conf/mem.h"
#include "conf/text.h"

struct made {
	struct conf conf;
	struct conf_errors errs;
	struct conf_text text;
	int result;
};

static void make(struct made *m, const char *bytes, size_t len, unsigned flags)
{
	struct conf_text_source source = {
	    .conf = &m->conf, .errs = &m->errs, .folder = "", .files = &conf_source_files, .flags = flags};

	m->result = conf_text_make(&m->text, &source, "t", bytes, len);
}

static void drop(struct made *m)
{
	for (unsigned i = 0; i < m->conf.n_files; i++)
		conf_mem_free(m->conf.files[i]);
	conf_mem_free(m->conf.files);
	conf_text_clear(&m->text);
	conf_errors_clear(&m->errs);
	*m = (struct made){0};
}

/* tokens: each with its file and line, as "file:line token" lines */
static void check(const char *bytes, const char *tokens)
{
	static char got[CASE_MAX_LEN];
	struct made m = {0};
	size_t len = 0;

	make(&m, bytes, strlen(bytes), 0);
	assert_int_equal(m.result, 0);
	got[0] = '\0';
	for (unsigned i = 1; i <= m.text.n_tokens; i++) {
		struct conf_origin origin = conf_text_origin(&m.text, i);
		const char *token = m.text.data + m.text.tokens[i - 1].at;

		assert_int_equal(origin.place, i);
		len += (size_t)snprintf(got + len, sizeof(got) - len, "%s:%u %.*s\n", origin.file,
		    origin.line, (int)strcspn(token, "\n"), token);
	}
	assert_string_equal(got, tokens);
	drop(&m);
}

static void refused_bytes(const char *bytes, size_t len, unsigned flags, const char *line)
{
	static char got[CASE_MAX_LEN];
	struct made m = {0};

	make(&m, bytes, len, flags);
	assert_int_equal(m.result, -1);
	case_lines(got, &m.errs);
	assert_string_equal(got, line);
	drop(&m);
}

static void refused(const char *bytes, const char *line)
{
	refused_bytes(bytes, strlen(bytes), 0, line);
}

static void test_tokens(void **state)
{
	(void)state;
	check("", "");
	check("a=1;", "t:1 a\nt:1 =\nt:1 1\nt:1 ;\n");
	check("\n a : \"x y\"\r\n\t;", "t:2 a\nt:2 :\nt:2 \"x y\"\nt:3 ;\n");
	check("l=[\"a\\\"b\",\n\"c\\\\\"]",
	    "t:1 l\nt:1 =\nt:1 [\nt:1 \"a\\\"b\"\nt:1 ,\nt:2 \"c\\\\\"\nt:2 ]\n");
	check("x=-2147483648 y=2147483647 z=0x7fffffff f=99999999999.5 g=1e5",
	    "t:1 x\nt:1 =\nt:1 -2147483648\nt:1 y\nt:1 =\nt:1 2147483647\nt:1 z\nt:1 =\nt:1 "
	    "0x7fffffff\n"
	    "t:1 f\nt:1 =\nt:1 99999999999.5\nt:1 g\nt:1 =\nt:1 1e5\n");
}

static void test_byte_order_mark(void **state)
{
	(void)state;
	check("\xef\xbb\xbf"
	      "a=1",
	    "t:1 a\nt:1 =\nt:1 1\n");
	check("\xef\xbb\xbf", "");
	check(" \xef\xbb\xbf", "t:1 \xef\xbb\xbf\n");
	check("\xef\xbb", "t:1 \xef\xbb\n");
}

static void test_comments(void **state)
{
	(void)state;
	check("# a\n// b\n/* c\n*/ d#\n=//\n1/**/;/*/ * /*/", "t:4 d\nt:5 =\nt:6 1\nt:6 ;\n");
	check("a=\"#//\" /* \" */ ;", "t:1 a\nt:1 =\nt:1 \"#//\"\nt:1 ;\n");
	check("# @include \"nothing\"\n/* @include \"nothing\" */", "");
	check("a = \"@include\"", "t:1 a\nt:1 =\nt:1 \"@include\"\n");
	refused("a\n /* b", "t:2: the comment is not closed\n");
	refused("/*/", "t:1: the comment is not closed\n");
}

static void test_refused(void **state)
{
	(void)state;
	refused("a = \"b\n\";", "t:1: the string is not closed on this line\n");
	refused("\na = \"b\\\"", "t:2: the string is not closed on this line\n");
	refused("a = \"b\\", "t:1: the string is not closed on this line\n");
	refused("a = \"b\\x00\";", "t:1: a string can't hold a NUL byte\n");
	refused("\"a\"", "t:1: syntax error: a string is not expected here\n");
	refused("a = 1 \"a\"", "t:1: syntax error: a string is not expected here\n");
	refused("g: { a = 1, \"a\"", "t:1: syntax error: a string is not expected here\n");
	refused("@incl", "t:1: the only word that may begin with @ is @include\n");
	refused("a = 2147483648;", "t:1: the number is too large\n");
	refused("a = -2147483649;", "t:1: the number is too large\n");
	refused("a = 0x80000000;", "t:1: the number is too large\n");
	refused("a = 2147483648L;", "t:1: the number is too large\n");
	refused("a = 99999999999999999999999999999999999;", "t:1: the number is too large\n");
	refused_bytes("a = \0", 5, 0, "t:1: the file holds a NUL byte: this is not text\n");
	refused_bytes("#\n\0", 3, 0, "t:2: the file holds a NUL byte: this is not text\n");
}

static void test_nesting(void **state)
{
	char text[64] = "a=";
	struct made m = {0};

	(void)state;
	memset(text + 2, '(', CONF_TEXT_NESTING_MAX);
	make(&m, text, strlen(text), 0);
	assert_int_equal(m.result, 0);
	drop(&m);
	text[2 + CONF_TEXT_NESTING_MAX] = '(';
	refused(text, "t:1: brackets are nested too deeply\n");
	/* closed ones don't count */
	for (unsigned i = 0; i < 60; i++)
		text[i] = "()"[i % 2];
	make(&m, text, 60, 0);
	assert_int_equal(m.result, 0);
	drop(&m);
}

static void test_size(void **state)
{
	static char text[CONF_FILE_MAX_LEN];

	(void)state;
	memset(text, ';', sizeof(text));
	/* two bytes for each, so this fits but for the terminator */
	refused_bytes(text, sizeof(text), 0, "t:1: the configuration is larger than 1 MiB\n");
}

static void test_include(void **state)
{
	(void)state;
	case_put("one", "b\n=");
	case_put("two", "# nothing\n@include \"one\"\n2;");
	check("a=1;\n@include \"two\"\nc",
	    "t:1 a\nt:1 =\nt:1 1\nt:1 ;\none:1 b\none:2 =\ntwo:3 2\ntwo:3 ;\nt:3 c\n");
	refused("\n@include \"none\"\n", "t:2: @include none: No such file or directory\n");
	refused("@include \".\"", "t:1: @include .: not a regular file\n");
	refused("@include one", "t:1: @include needs a file's name in quotes\n");
	refused("@include \n\"one\"", "t:1: @include needs a file's name in quotes\n");
	refused("@include \"\"", "t:1: @include needs a file's name in quotes\n");
	refused("@include \"one", "t:1: @include needs a file's name in quotes\n");
	refused_bytes(
	    "@include \"one\"", 14, CONF_TEXT_NO_FILES, "t:1: @include is not possible here\n");
	case_put("bad", "\n\n@x");
	refused("@include \"bad\"", "bad:3: the only word that may begin with @ is @include\n");
}

static void test_include_bounds(void **state)
{
	char text[CONF_TEXT_FILES_MAX * 20] = "";

	(void)state;
	case_put("self", "@include \"self\"");
	refused("@include \"self\"", "self:1: @include is nested too deeply\n");
	case_put("leaf", "");
	for (unsigned i = 1; i < CONF_TEXT_FILES_MAX; i++)
		strcat(text, "@include \"leaf\"\n");
	check(text, "");
	strcat(text, "@include \"leaf\"\n");
	refused(text, "t:64: @include names too many files\n");
}

static void test_string_origin(void **state)
{
	static const char bytes[] = "l=[\"a\"\n,\n\"b\"]";
	struct made m = {0};

	(void)state;
	make(&m, bytes, strlen(bytes), 0);
	/* token 4 is "a" on line 1, token 5 a comma on line 2 */
	assert_int_equal(conf_text_string_origin(&m.text, 4).line, 1);
	assert_int_equal(conf_text_string_origin(&m.text, 5).line, 1);
	assert_int_equal(conf_text_string_origin(&m.text, 6).line, 3);
	assert_int_equal(conf_text_origin(&m.text, 5).line, 2);
	assert_int_equal(conf_text_origin(&m.text, 99).line, 3);
	assert_int_equal(conf_text_origin(&m.text, 0).line, 0);
	drop(&m);
}

static void test_memory(void **state)
{
	static const char bytes[] = "a = 1;\n@include \"leaf\"\n";
	struct made m = {0};

	(void)state;
	case_put("leaf", "b = 2;");
	for (long n = 0;; n++) {
		conf_mem_fail_at(n);
		make(&m, bytes, strlen(bytes), 0);
		conf_mem_fail_at(-1);
		if (m.result == 0)
			break;
		assert_true(m.errs.n_errors > 0);
		drop(&m);
		assert_true(n < 100);
	}
	drop(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_tokens),
	    cmocka_unit_test(test_byte_order_mark),
	    cmocka_unit_test(test_comments),
	    cmocka_unit_test(test_refused),
	    cmocka_unit_test(test_nesting),
	    cmocka_unit_test(test_size),
	    cmocka_unit_test(test_include),
	    cmocka_unit_test(test_include_bounds),
	    cmocka_unit_test(test_string_origin),
	    cmocka_unit_test(test_memory),
	};

	return cmocka_run_group_tests_name("conf_text", tests, case_enter, case_leave);
}
