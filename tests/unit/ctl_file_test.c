/* ctl_file_test.c - daemon/ctl/file.c: files, pipes, what is too large. */
#include "unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/ctl/file.h"

static char path[64];

/* A file of n bytes; all of them zeros, which take no room. */
static void make_file(off_t n)
{
	int fd;

	snprintf(path, sizeof(path), "ctl_file_test.%ld", (long)getpid());
	fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, n), 0);
	close(fd);
}

static void reads_files_of_any_size(void **state)
{
	static const unsigned sizes[] = {0, 1, 65535, 65536, 65537, 131072, PX_FILE_MAX_LEN - 1, PX_FILE_MAX_LEN};
	struct px_problem problem;
	tls_datum_t data;

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		make_file(sizes[i]);
		assert_int_equal(px_file_read(&data, &problem, path), 0);
		assert_int_equal(data.size, sizes[i]);
		free(data.data);
	}
	unlink(path);
}

static void wipes(void **state)
{
	struct px_problem problem;
	tls_datum_t data;

	(void)state;
	make_file(100);
	assert_int_equal(px_file_read(&data, &problem, path), 0);
	px_file_wipe(&data);
	assert_null(data.data);
	assert_int_equal(data.size, 0);
	px_file_wipe(&data);
	unlink(path);
}

static void refuses_what_it_cannot_read(void **state)
{
	struct px_problem problem;
	tls_datum_t data;

	(void)state;
	make_file(PX_FILE_MAX_LEN + 1);
	assert_int_equal(px_file_read(&data, &problem, path), -1);
	assert_non_null(strstr(problem.text, ": larger than 16 MiB"));
	assert_null(data.data);
	assert_int_equal(px_file_read(&data, &problem, "/dev/zero"), -1);
	assert_string_equal(problem.text, "/dev/zero: larger than 16 MiB");
	unlink(path);
	assert_int_equal(px_file_read(&data, &problem, path), -1);
	assert_non_null(strstr(problem.text, ": No such file or directory"));
	assert_int_equal(px_file_read(&data, &problem, "."), -1);
	assert_string_equal(problem.text, ".: Is a directory");
	assert_null(data.data);
}

static void reads_standard_input(void **state)
{
	int pipe_fd[2], kept = dup(STDIN_FILENO);
	struct px_problem problem;
	tls_datum_t data;

	(void)state;
	assert_int_equal(pipe(pipe_fd), 0);
	assert_int_equal(write(pipe_fd[1], "pem", 3), 3);
	close(pipe_fd[1]);
	assert_int_equal(dup2(pipe_fd[0], STDIN_FILENO), STDIN_FILENO);
	assert_int_equal(px_file_read(&data, &problem, "-"), 0);
	assert_int_equal(data.size, 3);
	assert_memory_equal(data.data, "pem", 3);
	free(data.data);
	dup2(kept, STDIN_FILENO);
	close(kept);
	close(pipe_fd[0]);
}

static void tells_der_from_text(void **state)
{
	static const struct {
		const char *bytes;
		bool der;
	} rows[] = {{"0\x82\x01", true}, {"0\x81\x80", true}, {"0\x80", true}, {"0 s:CN=x", false}, {"0", false}, {"", false},
	    {"-----BEGIN", false}, {"\xef\xbb\xbf", false}};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		tls_datum_t data = {.data = (unsigned char *)(uintptr_t)rows[i].bytes,
		    .size = (unsigned)strlen(rows[i].bytes)};

		assert_int_equal(px_file_is_der(&data), rows[i].der);
		assert_int_equal(px_file_format(&data), rows[i].der ? TLS_X509_FMT_DER : TLS_X509_FMT_PEM);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reads_files_of_any_size),
	    cmocka_unit_test(wipes),
	    cmocka_unit_test(refuses_what_it_cannot_read),
	    cmocka_unit_test(reads_standard_input),
	    cmocka_unit_test(tells_der_from_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
