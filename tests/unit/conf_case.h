/* conf_case.h - for the tests of conf/: a folder of their own to work in, and what a configuration
 * gives as one text of lines. */
#ifndef TESTS_UNIT_CONF_CASE_H
#define TESTS_UNIT_CONF_CASE_H

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conf/conf.h"

#define CASE_MAX_LEN 65536

/* A service with nothing wrong; more stands in its group, on line 4. */
#define CASE_SERVICE(more)                                                                         \
	"services = ( { name = \"w\"; listen = [ \"127.0.0.1:0\" ];\n"                             \
	"certificates = ( { chain = \"c.pem\"; key = \"k.pem\"; } );\n"                            \
	"backends = ( \"127.0.0.1:80\" );\n" more "} );\n"

static char case_folder[] = "conf-test-XXXXXX";
static char case_start[4096];

/* Removes a folder with what is in it. */
static inline int case_remove(const char *path)
{
	char inner[4096];
	DIR *dir = opendir(path);

	if (dir == NULL)
		return -1;
	for (struct dirent *e; (e = readdir(dir)) != NULL;) {
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		if (snprintf(inner, sizeof(inner), "%s/%s", path, e->d_name) >= (int)sizeof(inner))
			continue;
		if (unlink(inner) != 0)
			case_remove(inner);
	}
	closedir(dir);
	return rmdir(path);
}

/* cmocka's group set-up and tear-down: into an empty folder, and out again. */
static inline int case_enter(void **state)
{
	(void)state;
	if (getcwd(case_start, sizeof(case_start)) == NULL || mkdtemp(case_folder) == NULL)
		return -1;
	return chdir(case_folder);
}

static inline int case_leave(void **state)
{
	(void)state;
	if (chdir(case_start) != 0)
		return -1;
	return case_remove(case_folder);
}

static inline void case_put_bytes(const char *path, const void *bytes, size_t len)
{
	FILE *f = fopen(path, "wb");

	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(path, 0600), 0);
}

static inline void case_put(const char *path, const char *text)
{
	case_put_bytes(path, text, strlen(text));
}

static inline size_t case_read(char *out, const char *path)
{
	FILE *f = fopen(path, "rb");
	size_t len;

	if (f == NULL)
		fail_msg("%s can't be read", path);
	len = fread(out, 1, CASE_MAX_LEN - 1, f);
	fclose(f);
	assert_true(len < CASE_MAX_LEN - 1);
	out[len] = '\0';
	return len;
}

/* A file of the source tree. */
static inline void case_source(char *out, const char *path)
{
	const char *top = getenv("top_srcdir");
	char full[4096];

	snprintf(full, sizeof(full), "%s/%s", top != NULL ? top : "..", path);
	case_read(out, full);
}

/* Copies a file of tests/data here. */
static inline void case_data(const char *name, const char *as)
{
	static char text[CASE_MAX_LEN];
	char path[256];

	snprintf(path, sizeof(path), "tests/data/%s", name);
	case_source(text, path);
	case_put(as, text);
}

/* All messages, each with a newline; warnings begin with "warning ". */
static inline void case_lines(char *out, const struct conf_errors *errs)
{
	size_t len = 0;

	out[0] = '\0';
	for (unsigned i = 0; i < errs->n; i++)
		len += (size_t)snprintf(out + len, CASE_MAX_LEN - len, "%s%s\n",
		    errs->list[i].severity == CONF_WARNING ? "warning " : "", errs->list[i].text);
	assert_true(len < CASE_MAX_LEN);
}

/* Loads the text without any file, under the name "t", and compares the lines that gives. */
static inline void case_expect(const char *text, const char *lines)
{
	static char got[CASE_MAX_LEN];
	struct conf_errors errs = {0};
	struct conf *conf;
	int result = conf_load_text(&conf, &errs, "t", text, strlen(text), CONF_TEXT_NO_FILES);

	case_lines(got, &errs);
	assert_string_equal(got, lines);
	assert_int_equal(result, lines[0] == '\0' ? 0 : -1);
	assert_true((conf != NULL) == (result == 0));
	conf_free(conf);
	conf_errors_clear(&errs);
}

/* The same with a file here, and with the files it names. */
static inline void case_expect_file(const char *path, const char *lines)
{
	static char got[CASE_MAX_LEN];
	struct conf_errors errs = {0};
	struct conf *conf;
	int result = conf_load(&conf, &errs, path, NULL);

	case_lines(got, &errs);
	assert_string_equal(got, lines);
	assert_int_equal(result, errs.n_errors == 0 ? 0 : -1);
	assert_true((conf != NULL) == (result == 0));
	conf_free(conf);
	conf_errors_clear(&errs);
}

#endif
