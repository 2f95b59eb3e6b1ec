/* log_ring_test.c - items come out as they went in, are counted when they don't, and no producer, mad or dead,
 * disturbs the reader. */
#include "config.h" /* GNU extensions */

#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/log_ring.h"

static struct px_log_ring *ring;
static struct px_log_reader reader;
static int ring_fd, wake_fd;

static int open_ring(void **state)
{
	(void)state;
	wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (wake_fd < 0 || px_log_ring_new(&ring, &ring_fd) != 0)
		return -1;
	px_log_reader_init(&reader, ring);
	return 0;
}

static int close_ring(void **state)
{
	(void)state;
	px_log_ring_unmap(ring);
	close(ring_fd);
	close(wake_fd);
	return 0;
}

static bool next(void)
{
	return px_log_reader_next(&reader, px_log_reader_end(&reader));
}

static uint64_t n_wakes(void)
{
	uint64_t n = 0;

	return read(wake_fd, &n, sizeof(n)) == sizeof(n) ? n : 0;
}

/* An item that says its number, and whose length and bytes follow from it. */
static size_t make(uint8_t item[PX_LOG_ITEM_MAX], uint32_t number)
{
	size_t len = sizeof(number) + number * 37 % (PX_LOG_ITEM_MAX - sizeof(number) + 1);

	memset(item, (int)(number & 0xff), len);
	memcpy(item, &number, sizeof(number));
	return len;
}

static uint32_t check_item(void)
{
	uint8_t item[PX_LOG_ITEM_MAX];
	uint32_t number;

	assert_in_range(reader.len, sizeof(number), PX_LOG_ITEM_MAX);
	memcpy(&number, reader.item, sizeof(number));
	assert_int_equal(reader.len, make(item, number));
	assert_memory_equal(reader.item, item, reader.len);
	return number;
}

static void test_round_and_round(void **state)
{
	uint8_t item[PX_LOG_ITEM_MAX];

	(void)state;
	for (uint32_t i = 0; i < 5000; i++) {
		assert_true(px_log_ring_put(ring, wake_fd, item, make(item, i)));
		if (i % 3 == 0)
			continue;
		for (uint32_t k = i - (i % 3 == 1); k <= i; k++) {
			assert_true(next());
			assert_int_equal(check_item(), k);
		}
		assert_false(next());
	}
	assert_true(reader.tail > 10 * PX_LOG_RING_ROOM);
	assert_int_equal(px_log_reader_dropped(&reader, true), 0);
	assert_int_equal(reader.n_damaged, 0);
}

static void test_bad_lengths(void **state)
{
	uint8_t item[PX_LOG_ITEM_MAX + 1] = { 0 };

	(void)state;
	assert_false(px_log_ring_put(ring, wake_fd, item, 0));
	assert_false(px_log_ring_put(ring, wake_fd, item, sizeof(item)));
	assert_false(next());
	assert_int_equal(px_log_reader_dropped(&reader, true), 2);
	assert_int_equal(px_log_reader_dropped(&reader, true), 0);
}

/* Full: counted; the count comes where the gap is, each item once. */
static void test_gaps(void **state)
{
	uint8_t item[1000] = { 0 };
	uint64_t n_put = 0, n_read = 0;

	(void)state;
	while (px_log_ring_put(ring, wake_fd, item, sizeof(item)))
		n_put++;
	assert_in_range(n_put, PX_LOG_RING_ROOM / 1024 - 4, PX_LOG_RING_ROOM / 1000);
	for (int i = 0; i < 4; i++)
		px_log_ring_put(ring, wake_fd, item, sizeof(item));
	assert_true(next());
	assert_int_equal(px_log_reader_dropped(&reader, false), 0);
	assert_true(px_log_ring_put(ring, wake_fd, item, sizeof(item)));
	assert_false(px_log_ring_put(ring, wake_fd, item, sizeof(item)));
	for (n_read = 1; n_read < n_put; n_read++) {
		assert_true(next());
		assert_int_equal(px_log_reader_dropped(&reader, false), 0);
	}
	assert_true(next());
	assert_int_equal(px_log_reader_dropped(&reader, false), 5);
	assert_false(next());
	assert_int_equal(px_log_reader_dropped(&reader, true), 1);
	assert_int_equal(px_log_reader_dropped(&reader, true), 0);
}

/* The reader is woken once for each time it went to sleep, however many items come. */
static void test_wakes(void **state)
{
	uint8_t item[8] = { 0 };

	(void)state;
	for (int i = 0; i < 100; i++)
		px_log_ring_put(ring, wake_fd, item, sizeof(item));
	assert_int_equal(n_wakes(), 0);
	assert_false(px_log_reader_sleep(&reader));
	px_log_reader_wake(&reader);
	while (next())
		;
	assert_true(px_log_reader_sleep(&reader));
	for (int i = 0; i < 100; i++)
		px_log_ring_put(ring, wake_fd, item, sizeof(item));
	assert_int_equal(n_wakes(), 1);
	while (next())
		;
	/* One that is lost is news as well. */
	assert_true(px_log_reader_sleep(&reader));
	px_log_ring_put(ring, wake_fd, item, 0);
	assert_int_equal(n_wakes(), 1);
	assert_false(px_log_reader_sleep(&reader));
}

/* The log stopped, 100,000 items: no system call for any of them, and all are counted. */
static void test_stopped_reader_costs_nothing(void **state)
{
	uint8_t item[300] = { 0 };
	uint64_t n_put = 0;

	(void)state;
	for (int i = 0; i < 100000; i++)
		n_put += px_log_ring_put(ring, wake_fd, item, sizeof(item));
	assert_int_equal(n_wakes(), 0);
	while (next())
		;
	assert_int_equal(reader.n_read, n_put);
	assert_int_equal(reader.n_read + px_log_reader_dropped(&reader, true), 100000);
}

#define N_STRESS 200000u
static atomic_bool all_said;

static void *produce(void *arg)
{
	uint8_t item[PX_LOG_ITEM_MAX];

	(void)arg;
	for (uint32_t i = 0; i < N_STRESS; i++)
		px_log_ring_put(ring, wake_fd, item, make(item, i % 4096));
	atomic_store(&all_said, true);
	return NULL;
}

/* Two threads: every item is whole, in order, and all are accounted for. */
static void test_both_at_once(void **state)
{
	uint64_t n_dropped = 0, n_read = 0;
	pthread_t thread;
	bool over = false;

	(void)state;
	assert_int_equal(pthread_create(&thread, NULL, produce, NULL), 0);
	while (!over) {
		over = atomic_load(&all_said);
		while (next()) {
			n_dropped += px_log_reader_dropped(&reader, false);
			assert_int_equal(check_item(), (n_read + n_dropped) % 4096);
			n_read++;
		}
	}
	n_dropped += px_log_reader_dropped(&reader, true);
	pthread_join(thread, NULL);
	assert_int_equal(n_read, reader.n_read);
	assert_int_equal(n_read + n_dropped, N_STRESS);
	assert_int_equal(reader.n_damaged, 0);
}

/* Killed in the middle of its work: what it had said is there, and its count is right. */
static void test_producer_dies(void **state)
{
	_Atomic uint64_t *n_said = mmap(NULL, sizeof(*n_said), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	uint8_t item[100] = { 0 };
	uint64_t n, n_dropped;
	int status;
	pid_t pid;

	(void)state;
	assert_true(n_said != MAP_FAILED);
	for (int round = 0; round < 20; round++) {
		pid = fork();
		assert_true(pid >= 0);
		if (pid == 0) {
			for (;;) {
				px_log_ring_put(ring, wake_fd, item, sizeof(item));
				atomic_fetch_add(n_said, 1);
			}
		}
		usleep(3000);
		kill(pid, SIGKILL);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		while (next())
			;
		/* It may have died between the two. */
		n = atomic_load(n_said);
		n_dropped = atomic_load(&ring->n_dropped);
		assert_in_range(reader.n_read + n_dropped, n, n + 1);
		atomic_store(n_said, reader.n_read + n_dropped);
	}
	assert_int_equal(reader.n_damaged, 0);
	munmap(n_said, sizeof(*n_said));
}

/* A producer that writes what it likes: the reader drops what is there and goes on with what comes. */
static void test_mad_producer(void **state)
{
	static const uint64_t heads[] = { 1, 7, 15, 16, 24, 4096, PX_LOG_RING_ROOM, PX_LOG_RING_ROOM + 8,
		UINT64_MAX, UINT64_MAX - 15, 1u << 31 };
	static const uint32_t lens[] = { 0, 1, PX_LOG_ITEM_MAX, PX_LOG_ITEM_MAX + 1, UINT32_MAX, UINT32_MAX - 7 };
	const uint8_t good[] = "good";

	(void)state;
	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]) * 6; i++) {
		uint64_t at = reader.tail & (PX_LOG_RING_ROOM - 1);

		memset(ring->data, 0xee, sizeof(ring->data));
		if (at + 16 <= PX_LOG_RING_ROOM)
			memcpy(ring->data + at + 8, &lens[i % 6], sizeof(lens[0]));
		atomic_store(&ring->head, reader.tail + heads[i / 6]);
		for (int n = 0; next(); n++)
			assert_true(n < 1000000);
		assert_true(reader.tail == atomic_load(&ring->head));
		assert_true(px_log_ring_put(ring, wake_fd, good, sizeof(good)));
		assert_true(next());
		assert_memory_equal(reader.item, good, sizeof(good));
	}
	assert_in_range(reader.n_damaged, 1, 66);
}

static void test_mad_counts(void **state)
{
	uint8_t item[8] = { 0 };

	(void)state;
	atomic_store(&ring->n_dropped, 10);
	assert_int_equal(px_log_reader_dropped(&reader, true), 10);
	atomic_store(&ring->n_dropped, 3); /* back */
	assert_int_equal(px_log_reader_dropped(&reader, true), 0);
	atomic_store(&ring->n_dropped, 1000);
	px_log_ring_put(ring, wake_fd, item, sizeof(item));
	atomic_store(&ring->n_dropped, 20); /* less than what the item says */
	assert_true(next());
	assert_int_equal(px_log_reader_dropped(&reader, false), 10);
}

/* Nobody can cut the memory while others read it, and another memory is not taken. */
static void test_sealed(void **state)
{
	struct px_log_ring *other;
	int fd = memfd_create("other", MFD_CLOEXEC);

	(void)state;
	assert_int_equal(ftruncate(ring_fd, 0), -1);
	assert_int_equal(errno, EPERM);
	assert_int_equal(fcntl(ring_fd, F_ADD_SEALS, F_SEAL_WRITE), -1);
	assert_int_equal(px_log_ring_map(&other, ring_fd), 0);
	assert_true(px_log_ring_put(other, wake_fd, "x", 1));
	assert_true(next());
	px_log_ring_unmap(other);
	assert_int_equal(px_log_ring_map(&other, fd), -1);
	assert_int_equal(errno, EINVAL);
	close(fd);
	assert_int_equal(px_log_ring_map(&other, -1), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_round_and_round, open_ring, close_ring),
		cmocka_unit_test_setup_teardown(test_bad_lengths, open_ring, close_ring),
		cmocka_unit_test_setup_teardown(test_gaps, open_ring, close_ring),
		cmocka_unit_test_setup_teardown(test_wakes, open_ring, close_ring),
		cmocka_unit_test_setup_teardown(test_stopped_reader_costs_nothing, open_ring, close_ring),
		cmocka_unit_test_setup_teardown(test_both_at_once, open_ring, close_ring),
		cmocka_unit_test_setup_teardown(test_producer_dies, open_ring, close_ring),
		cmocka_unit_test_setup_teardown(test_mad_producer, open_ring, close_ring),
		cmocka_unit_test_setup_teardown(test_mad_counts, open_ring, close_ring),
		cmocka_unit_test_setup_teardown(test_sealed, open_ring, close_ring),
	};

	return cmocka_run_group_tests_name("log_ring", tests, NULL, NULL);
}
