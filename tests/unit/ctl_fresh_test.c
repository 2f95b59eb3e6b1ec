/* ctl_fresh_test.c - daemon/ctl/fresh.c: files that are new, and gone when they aren't kept. */
#include "unit.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/ctl/fresh.h"

static char path[64], other[64];

static int name_them(void **state)
{
	(void)state;
	snprintf(path, sizeof(path), "ctl_fresh_test.%ld", (long)getpid());
	snprintf(other, sizeof(other), "ctl_fresh_test.%ld.link", (long)getpid());
	umask(022);
	return 0;
}

static int remove_them(void **state)
{
	(void)state;
	unlink(path);
	unlink(other);
	return 0;
}

static void keeps_what_it_wrote(void **state)
{
	tls_datum_t data = {(unsigned char *)path, 5};
	struct px_problem problem;
	struct px_fresh file;
	struct stat st;

	(void)state;
	for (int secret = 0; secret < 2; secret++) {
		assert_int_equal(px_fresh_open(&file, &problem, path, secret == 1), 0);
		assert_int_equal(px_fresh_write(&file, &problem, &data), 0);
		px_fresh_close(&file, true);
		assert_int_equal(stat(path, &st), 0);
		assert_int_equal(st.st_size, 5);
		assert_int_equal(st.st_mode & 0777, secret == 1 ? 0600 : 0644);
		unlink(path);
	}
}

static void removes_what_is_not_kept(void **state)
{
	struct px_problem problem;
	struct px_fresh file;

	(void)state;
	assert_int_equal(px_fresh_open(&file, &problem, path, true), 0);
	px_fresh_close(&file, false);
	assert_int_equal(access(path, F_OK), -1);
	px_fresh_close(&file, false); /* it is over */
}

/* A link that somebody has laid is not followed, wherever it leads. */
static void follows_no_link_and_overwrites_nothing(void **state)
{
	struct px_problem problem;
	struct px_fresh file;
	char want[128];

	(void)state;
	assert_int_equal(symlink(path, other), 0);
	assert_int_equal(px_fresh_open(&file, &problem, other, true), -1);
	snprintf(want, sizeof(want), "%s: File exists", other);
	assert_string_equal(problem.text, want);
	assert_int_equal(access(path, F_OK), -1);
	px_fresh_close(&file, false);
	assert_int_equal(access(other, F_OK), -1); /* still the link to nothing */
	assert_int_equal(unlink(other), 0);
}

/* What open would say, without making anything. */
static void tells_beforehand(void **state)
{
	char elsewhere[80], want[128];
	struct px_problem problem;
	struct px_fresh file;

	(void)state;
	assert_true(px_fresh_is_free(&problem, path));
	assert_int_equal(access(path, F_OK), -1);
	assert_int_equal(px_fresh_open(&file, &problem, path, true), 0);
	assert_false(px_fresh_is_free(&problem, path));
	snprintf(want, sizeof(want), "%s: File exists", path);
	assert_string_equal(problem.text, want);
	snprintf(elsewhere, sizeof(elsewhere), "%s/x", path);
	assert_false(px_fresh_is_free(&problem, elsewhere));
	snprintf(want, sizeof(want), "%s: Not a directory", elsewhere);
	assert_string_equal(problem.text, want);
	px_fresh_close(&file, false);
	assert_false(px_fresh_is_free(&problem, elsewhere));
	snprintf(want, sizeof(want), "%s: No such file or directory", elsewhere);
	assert_string_equal(problem.text, want);
	assert_int_equal(symlink(path, other), 0);
	assert_false(px_fresh_is_free(&problem, other));
}

static void tells_when_the_disk_is_full(void **state)
{
	tls_datum_t data = {(unsigned char *)path, 5};
	struct px_fresh file = {.path = "/dev/full"};
	struct px_problem problem;
	FILE *f = fopen("/dev/full", "w");

	(void)state;
	if (f == NULL)
		skip();
	file.fd = fileno(f);
	assert_int_equal(px_fresh_write(&file, &problem, &data), -1);
	assert_string_equal(problem.text, "/dev/full: No space left on device");
	fclose(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(keeps_what_it_wrote, name_them, remove_them),
	    cmocka_unit_test_setup_teardown(removes_what_is_not_kept, name_them, remove_them),
	    cmocka_unit_test_setup_teardown(follows_no_link_and_overwrites_nothing, name_them, remove_them),
	    cmocka_unit_test_setup_teardown(tells_beforehand, name_them, remove_them),
	    cmocka_unit_test_setup_teardown(tells_when_the_disk_is_full, name_them, remove_them),
	};

	return cmocka_run_group_tests_name("ctl fresh", tests, NULL, NULL);
}
