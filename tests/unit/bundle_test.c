/* bundle_test.c - what was written is read again; what isn't sealed, cut or changed is refused, byte by byte. */
#include "config.h" /* GNU extensions */

#include "unit.h"

#include <stdlib.h>

static int fail_malloc;

static void *maybe_malloc(size_t n)
{
	return fail_malloc ? NULL : malloc(n);
}

#define malloc maybe_malloc
#include "daemon/bundle.c"
#undef malloc

static const struct px_bundle_entry samples[] = {
	{ .kind = PX_BUNDLE_FILE, .mode = 0640, .name = "/etc/b.conf", .name_len = 11, .bytes = "one", .len = 3 },
	{ .kind = PX_BUNDLE_KEY, .name = "\0\1binary\0", .name_len = 9, .bytes = "0123456789abcdef", .len = 16 },
	{ .kind = PX_BUNDLE_FILE, .name = "/etc/a.conf", .name_len = 11, .bytes = "", .len = 0 },
	{ .kind = PX_BUNDLE_FILE, .name = "/etc/a", .name_len = 6, .bytes = "two\0three", .len = 9 },
	{ .kind = PX_BUNDLE_MAIN, .name = "/etc/b.conf", .name_len = 11, .bytes = "", .len = 0 },
};
#define N_SAMPLES 5

static int make(unsigned n)
{
	struct px_bundle_writer w;

	px_bundle_begin(&w, "test");
	for (unsigned i = 0; i < n; i++)
		assert_int_equal(px_bundle_add(&w, &samples[i]), 0);
	return px_bundle_finish(&w);
}

static void assert_same(const struct px_bundle_entry *a, const struct px_bundle_entry *b)
{
	assert_int_equal(a->kind, b->kind);
	assert_int_equal(a->mode, b->mode);
	assert_int_equal(a->name_len, b->name_len);
	assert_memory_equal(a->name, b->name, b->name_len);
	assert_int_equal(a->name[a->name_len], 0);
	assert_int_equal(a->len, b->len);
	assert_memory_equal(a->bytes, b->bytes, b->len);
	assert_int_equal(a->bytes[a->len], 0);
	assert_int_equal((uintptr_t)a->bytes % 16, 0);
}

static void test_write_read(void **state)
{
	static const unsigned order[N_SAMPLES] = { 4, 3, 2, 0, 1 };
	struct px_bundle_entry e;
	struct px_bundle *b;
	int fd = make(N_SAMPLES);

	(void)state;
	assert_true(fd >= 0);
	assert_null(px_bundle_open(&b, fd));
	close(fd);
	assert_int_equal(px_bundle_count(b), N_SAMPLES);
	for (unsigned i = 0; i < N_SAMPLES; i++) {
		px_bundle_at(&e, b, i);
		assert_same(&e, &samples[order[i]]);
		assert_true(px_bundle_find(&e, b, samples[i].kind, samples[i].name, samples[i].name_len));
		assert_same(&e, &samples[i]);
	}
	assert_false(px_bundle_find(&e, b, PX_BUNDLE_FILE, "/etc/", 5));
	assert_false(px_bundle_find(&e, b, PX_BUNDLE_FILE, "/etc/a.conf2", 12));
	assert_false(px_bundle_find(&e, b, PX_BUNDLE_DIR, "/etc/a", 6));
	px_bundle_close(b);
	px_bundle_close(NULL);
}

static void test_empty(void **state)
{
	struct px_bundle_entry e;
	struct px_bundle *b;
	int fd = make(0);

	(void)state;
	assert_null(px_bundle_open(&b, fd));
	assert_int_equal(px_bundle_count(b), 0);
	assert_false(px_bundle_find(&e, b, PX_BUNDLE_FILE, "x", 1));
	px_bundle_close(b);
	close(fd);
}

static void test_sealed_for_good(void **state)
{
	int fd = make(1);

	(void)state;
	assert_int_equal(pwrite(fd, "x", 1, 0), -1);
	assert_int_equal(ftruncate(fd, 0), -1);
	assert_int_equal(ftruncate(fd, 1 << 20), -1);
	assert_int_equal(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), -1);
	assert_int_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	close(fd);
}

static void test_twice(void **state)
{
	struct px_bundle_writer w;
	struct px_bundle *b;
	int fd;

	(void)state;
	px_bundle_begin(&w, "test");
	assert_int_equal(px_bundle_add(&w, &samples[0]), 0);
	assert_int_equal(px_bundle_add(&w, &samples[0]), 0);
	fd = px_bundle_finish(&w);
	assert_string_equal(px_bundle_open(&b, fd), "an entry of the bundle is there twice");
	assert_null(b);
	close(fd);
}

static void test_too_much(void **state)
{
	struct px_bundle_entry e = samples[0];
	struct px_bundle_writer w;

	(void)state;
	px_bundle_begin(&w, "test");
	e.name_len = PX_BUNDLE_NAME_MAX + 1;
	assert_int_equal(px_bundle_add(&w, &e), -1);
	assert_int_equal(px_bundle_add(&w, &samples[0]), -1);
	assert_int_equal(px_bundle_finish(&w), -1);
	assert_int_equal(errno, EFBIG);
	assert_int_equal(w.fd, -1);
	px_bundle_begin(&w, "test");
	e = samples[0];
	e.len = PX_BUNDLE_ENTRY_MAX + 1;
	assert_int_equal(px_bundle_add(&w, &e), -1);
	px_bundle_abandon(&w);
	px_bundle_abandon(&w);
}

static void test_not_sealed(void **state)
{
	struct px_bundle *b;
	int fd = memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING), pipes[2];

	(void)state;
	assert_string_equal(px_bundle_open(&b, fd), "a bundle that isn't sealed");
	assert_int_equal(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK), 0);
	assert_string_equal(px_bundle_open(&b, fd), "a bundle that isn't sealed");
	assert_int_equal(fcntl(fd, F_ADD_SEALS, F_SEAL_GROW), 0);
	assert_string_equal(px_bundle_open(&b, fd), "a bundle of an impossible size");
	close(fd);
	assert_int_equal(pipe(pipes), 0);
	assert_non_null(px_bundle_open(&b, pipes[0]));
	assert_non_null(px_bundle_open(&b, -1));
	assert_null(b);
	close(pipes[0]);
	close(pipes[1]);
}

static int sealed_copy(const unsigned char *bytes, size_t len)
{
	int fd = memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	assert_int_equal(write(fd, bytes, len), len);
	assert_int_equal(fcntl(fd, F_ADD_SEALS, SEALS), 0);
	return fd;
}

static const char *open_copy(const unsigned char *bytes, size_t len, bool *opened)
{
	struct px_bundle_entry e;
	struct px_bundle *b;
	int fd = sealed_copy(bytes, len);
	const char *problem = px_bundle_open(&b, fd);
	size_t sum = 0;

	close(fd);
	*opened = b != NULL;
	if (!b)
		return problem;
	for (unsigned i = 0; i < px_bundle_count(b); i++) {
		px_bundle_at(&e, b, i);
		sum += strnlen(e.name, e.name_len + 1) + strnlen(e.bytes, e.len + 1);
	}
	assert_true(sum < len);
	px_bundle_close(b);
	return problem;
}

/* Lengths, counts and kinds of any value: an answer each time, and nothing read beyond the end (ASan). */
static void test_every_byte_changed(void **state)
{
	static unsigned char good[1024], bad[1024];
	bool opened;
	int fd = make(N_SAMPLES);
	ssize_t len = pread(fd, good, sizeof(good), 0);

	(void)state;
	assert_true(len > 64 && len < 1024);
	close(fd);
	assert_null(open_copy(good, (size_t)len, &opened));
	assert_true(opened);
	for (ssize_t i = 0; i < len; i++) {
		static const unsigned char flips[] = { 0x01, 0x10, 0x80, 0xff };

		for (unsigned k = 0; k < sizeof(flips); k++) {
			const char *problem;

			memcpy(bad, good, (size_t)len);
			bad[i] ^= flips[k];
			problem = open_copy(bad, (size_t)len, &opened);
			assert_true(opened == (problem == NULL));
			if (i < 12 || (i >= 16 && i < 24))
				assert_false(opened);
		}
	}
	for (ssize_t cut = 1; cut < len; cut++)
		assert_non_null(open_copy(good, (size_t)cut, &opened));
	memcpy(bad, good, (size_t)len);
	bad[16] = (unsigned char)(bad[16] + 16);
	assert_non_null(open_copy(bad, (size_t)len + 16, &opened));
}

static void test_no_memory(void **state)
{
	struct px_bundle *b;
	int fd = make(2);

	(void)state;
	fail_malloc = 1;
	assert_string_equal(px_bundle_open(&b, fd), "out of memory");
	fail_malloc = 0;
	assert_null(b);
	assert_null(px_bundle_open(&b, fd));
	px_bundle_close(b);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_write_read),
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_sealed_for_good),
		cmocka_unit_test(test_twice),
		cmocka_unit_test(test_too_much),
		cmocka_unit_test(test_not_sealed),
		cmocka_unit_test(test_every_byte_changed),
		cmocka_unit_test(test_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
