#include "unit.h"

#include "conf_case.h"

#include <errno.h>

#include "conf/files.h"
#include "conf/mem.h"

static char big[CONF_FILE_MAX_LEN + 1];

static void refused(const char *path, const char *reason)
{
	char *data;
	size_t len;

	assert_string_equal(conf_files_read(&data, &len, NULL, path, CONF_FILE_MAX_LEN), reason);
	assert_null(data);
}

static void test_read(void **state)
{
	char *data;
	size_t len;
	mode_t mode;

	(void)state;
	case_put_bytes("f", "a\0b", 3);
	assert_null(conf_files_read(&data, &len, &mode, "f", CONF_FILE_MAX_LEN));
	assert_int_equal(len, 3);
	assert_memory_equal(data, "a\0b", 4);
	assert_int_equal(mode, 0600);
	conf_files_drop(data, len);
	case_put("f", "");
	assert_null(conf_files_read(&data, &len, NULL, "f", CONF_FILE_MAX_LEN));
	assert_int_equal(len, 0);
	conf_files_drop(data, len);
	conf_files_drop(NULL, 0);
}

static void test_limit(void **state)
{
	char *data;
	size_t len;

	(void)state;
	case_put_bytes("f", big, CONF_FILE_MAX_LEN);
	assert_null(conf_files_read(&data, &len, NULL, "f", CONF_FILE_MAX_LEN));
	assert_int_equal(len, CONF_FILE_MAX_LEN);
	conf_files_drop(data, len);
	case_put_bytes("f", big, CONF_FILE_MAX_LEN + 1);
	refused("f", "larger than 1 MiB");
}

static void test_other_kinds(void **state)
{
	(void)state;
	refused("nothing", strerror(ENOENT));
	refused(".", "not a regular file");
	assert_int_equal(mkfifo("pipe", 0600), 0);
	refused("pipe", "not a regular file");
	refused("/dev/zero", "not a regular file");
}

static void test_memory(void **state)
{
	(void)state;
	case_put("f", "a");
	conf_mem_fail_at(0);
	refused("f", "out of memory");
	assert_null(conf_files_join("a", "b"));
	assert_null(conf_files_folder("a/b"));
	conf_mem_fail_at(-1);
}

static void check_join(const char *folder, const char *path, const char *expected)
{
	char *joined = conf_files_join(folder, path);

	assert_string_equal(joined, expected);
	conf_mem_free(joined);
}

static void check_folder(const char *path, const char *expected)
{
	char *folder = conf_files_folder(path);

	assert_string_equal(folder, expected);
	conf_mem_free(folder);
}

static void test_paths(void **state)
{
	(void)state;
	check_join("", "b", "b");
	check_join("a/", "b", "a/b");
	check_join("a/", "../b", "a/../b");
	check_join("a/", "/b", "/b");
	check_folder("b", "");
	check_folder("/b", "/");
	check_folder("a/b", "a/");
	check_folder("a/b/c.conf", "a/b/");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_read),
	    cmocka_unit_test(test_limit),
	    cmocka_unit_test(test_other_kinds),
	    cmocka_unit_test(test_memory),
	    cmocka_unit_test(test_paths),
	};

	return cmocka_run_group_tests_name("conf_files", tests, case_enter, case_leave);
}
