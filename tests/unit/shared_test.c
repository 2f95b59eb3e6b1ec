/* shared_test.c - daemon/shared.c: two mappings are the same memory; its size stays; other memory is not taken. */
#include "config.h" /* GNU extensions */

#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "daemon/shared.h"

#define LEN 10000

static void two_see_the_same(void **state)
{
	char *a, *b;
	int fd;

	(void)state;
	for (int populate = 0; populate < 2; populate++) {
		a = px_shared_make(&fd, "test", LEN, populate);
		assert_non_null(a);
		b = px_shared_map(fd, LEN);
		assert_non_null(b);
		close(fd);
		assert_int_equal(b[LEN - 1], 0);
		a[LEN - 1] = 'x';
		assert_int_equal(b[LEN - 1], 'x');
		munmap(a, LEN);
		munmap(b, LEN);
	}
}

static void its_size_stays(void **state)
{
	void *p;
	int fd;

	(void)state;
	p = px_shared_make(&fd, "test", LEN, 0);
	assert_non_null(p);
	assert_int_equal(ftruncate(fd, 0), -1);
	assert_int_equal(errno, EPERM);
	assert_int_equal(ftruncate(fd, 2 * LEN), -1);
	assert_int_equal(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), -1);
	assert_null(px_shared_map(fd, LEN + 1));
	assert_int_equal(errno, EINVAL);
	assert_null(px_shared_map(fd, LEN - 1));
	close(fd);
	munmap(p, LEN);
}

static void other_memory_is_refused(void **state)
{
	int fd = memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	(void)state;
	assert_int_equal(ftruncate(fd, LEN), 0);
	assert_null(px_shared_map(fd, LEN)); /* may shrink yet */
	assert_int_equal(errno, EINVAL);
	close(fd);
	assert_null(px_shared_map(-1, LEN));
	assert_null(px_shared_make(&fd, "test", (size_t)1 << 62, 0));
	assert_int_equal(fd, -1);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(two_see_the_same),
	    cmocka_unit_test(its_size_stays),
	    cmocka_unit_test(other_memory_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
