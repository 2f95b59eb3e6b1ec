/* log_writer_test.c - the writing thread: order, exact counts while the sink takes nothing, sinks that change,
 * rings that hold nonsense, an end that comes in time. */
#include "config.h" /* GNU extensions */

#include "unit.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "daemon/log_writer.h"

static struct px_log_writer *writer;
static int out[2]; /* a pipe: its writing end is the sink */
static char *text; /* what came out of it */
static size_t len;
#define ROOM (4u << 20)

static struct px_log_sink pipe_sink(void)
{
	return (struct px_log_sink){ .kind = PX_LOG_SINK_PIPE, .fd = out[1] };
}

static int start(void **state)
{
	struct px_log_sink sink;

	(void)state;
	text = calloc(1, ROOM);
	len = 0;
	if (!text || pipe2(out, O_CLOEXEC) != 0 || fcntl(out[1], F_SETPIPE_SZ, 8192) < 0)
		return -1;
	sink = pipe_sink();
	return px_log_writer_start(&writer, &sink);
}

static int stop(void **state)
{
	(void)state;
	px_log_writer_stop(writer);
	close(out[0]);
	close(out[1]);
	free(text);
	return 0;
}

struct end {
	struct px_log_ring *ring;
	int fds[2];
};

static struct end ring_of(unsigned slot)
{
	struct end end;

	assert_int_equal(px_log_writer_ring(writer, &end.ring, end.fds, slot, "worker"), 0);
	return end;
}

static bool say_at(const struct end *end, uint64_t time_us, const char *what, unsigned number)
{
	struct px_log_item item;
	char line[100];

	snprintf(line, sizeof(line), "%s %u", what, number);
	px_log_item_begin(&item, PX_LOG_MESSAGE, CONF_LOG_INFO);
	px_log_item_add_text(&item, PX_LOG_FIELD_TEXT, line);
	if (time_us)
		memcpy(item.bytes, &time_us, sizeof(time_us));
	return px_log_ring_put(end->ring, end->fds[1], item.bytes, item.len);
}

static void read_more(void)
{
	ssize_t n;

	assert_true(len + 65536 < ROOM);
	n = read(out[0], text + len, 65536);
	assert_true(n > 0);
	len += (size_t)n;
}

/* Reads until the text holds what. */
static char *read_until(const char *what)
{
	while (!strstr(text, what))
		read_more();
	return strstr(text, what);
}

static unsigned n_with(const char *what)
{
	unsigned n = 0;

	for (const char *p = strstr(text, what); p; p = strstr(p + 1, what))
		n++;
	return n;
}

static unsigned n_dropped_told(void)
{
	unsigned n = 0;

	for (const char *p = strstr(text, "Z warning: "); p; p = strstr(p + 1, "Z warning: "))
		n += (unsigned)strtoul(p + 11, NULL, 10);
	return n;
}

/* What is in several rings comes in the order of time. */
static void test_order(void **state)
{
	struct end ends[3];
	char line[40];
	char *last;

	(void)state;
	for (unsigned i = 0; i < 3; i++)
		ends[i] = ring_of(i);
	/* The sink is full, so that all of it is there before any is read. */
	for (unsigned i = 0; i < 200; i++)
		say_at(&ends[0], 0, "stuff that fills the pipe up to its brim, as nobody reads it", i);
	usleep(100000);
	for (unsigned i = 0; i < 300; i++)
		say_at(&ends[i * 7 % 3], 1800000000000000u + i * 1000, "step", i);
	last = read_until("step 0\n");
	for (unsigned i = 1; i < 300; i++) {
		snprintf(line, sizeof(line), "step %u\n", i);
		assert_true(read_until(line) > last);
		last = strstr(text, line);
	}
}

/* Nobody reads: the rings fill, and then what came through and what was told make up what was said. */
static void test_stalled_reader(void **state)
{
	struct px_log_counts counts;
	uint64_t n_lost = 0;
	struct end ends[2];

	(void)state;
	ends[0] = ring_of(0);
	ends[1] = ring_of(1);
	for (unsigned i = 0; i < 10000; i++) {
		n_lost += !say_at(&ends[0], 0, "a line of ten thousand", i);
		n_lost += !say_at(&ends[1], 0, "another one of ten thousand", i);
	}
	assert_true(n_lost > 1000);
	assert_int_equal(px_log_writer_dropped(writer, 0) + px_log_writer_dropped(writer, 1), n_lost);
	px_log_writer_count(writer, &counts);
	assert_int_equal(counts.n_dropped, n_lost);
	while (n_dropped_told() < n_lost)
		read_more();
	for (unsigned i = 0; i < 2; i++)
		assert_true(say_at(&ends[i], 0, "the end", i));
	read_until("the end 0\n");
	read_until("the end 1\n");
	assert_int_equal(n_dropped_told(), n_lost);
	assert_int_equal(n_with("ten thousand ") + n_lost, 20000);
	px_log_writer_count(writer, &counts);
	assert_int_equal(counts.n_dropped, n_lost);
}

/* The line that waits goes to the new sink. */
static void test_other_sink(void **state)
{
	struct px_log_sink sink = pipe_sink();
	struct end end = ring_of(0);
	struct pollfd old_has_some = { .fd = out[0], .events = POLLIN };
	int old[2] = { out[0], out[1] };
	unsigned n_old;
	ssize_t n;

	(void)state;
	for (unsigned i = 0; i < 400; i++)
		assert_true(say_at(&end, 0, "one of four hundred", i));
	assert_int_equal(poll(&old_has_some, 1, 120000), 1);
	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	sink.fd = out[1];
	sink.format = CONF_LOG_JSON;
	px_log_writer_use(writer, &sink);
	read_until("one of four hundred 399\"");
	n_old = n_with("{\"time\":");
	n = read(old[0], text, ROOM - 1);
	assert_true(n > 0);
	text[n] = '\0';
	assert_int_equal(n_old + n_with("Z info: one of four hundred "), 400);
	close(old[0]);
	close(old[1]);
}

static void test_folds(void **state)
{
	struct end end = ring_of(0);
	struct px_log_counts counts;

	(void)state;
	for (unsigned i = 0; i < 50; i++)
		say_at(&end, 0, "again and again", 7);
	read_until("Z info: again and again 7 (repeated 49 times)\n"); /* after a second, by itself */
	assert_int_equal(n_with("again and again 7\n"), 1);
	/* A line is counted after it was written. */
	do
		px_log_writer_count(writer, &counts);
	while (counts.n_written < 2);
	assert_int_equal(counts.n_folded, 49);
	assert_int_equal(counts.n_written, 2);
}

/* A ring full of nonsense hurts nobody else, and it is said. */
static void test_nonsense(void **state)
{
	struct end mad = ring_of(0), good = ring_of(1);
	struct px_log_counts counts;

	(void)state;
	memset(mad.ring->data, 0x5a, sizeof(mad.ring->data));
	atomic_store(&mad.ring->head, 4096);
	px_log_ring_put(mad.ring, mad.fds[1], "no record", 9);
	say_at(&good, 0, "unharmed", 1);
	read_until("unharmed 1\n");
	say_at(&mad, 0, "recovered", 1);
	read_until("recovered 1\n");
	read_until("Z warning: what worker logs is damaged, some of it is lost\n");
	px_log_writer_count(writer, &counts);
	assert_in_range(counts.n_damaged, 1, 3);
}

static void say_kind(const struct end *end, enum px_log_kind kind, const char *what)
{
	struct px_log_item item;

	px_log_item_begin(&item, kind, CONF_LOG_INFO);
	px_log_item_add_text(&item, PX_LOG_FIELD_TEXT, what);
	assert_true(px_log_ring_put(end->ring, end->fds[1], item.bytes, item.len));
}

/* A worker that is taken over doesn't speak as the master does. */
static void security_kinds(void **state)
{
	struct end master = ring_of(0), worker = ring_of(1);

	(void)state;
	say_kind(&worker, PX_LOG_RELOADED, "forged");
	say_kind(&worker, PX_LOG_CHILD_DIED, "forged");
	say_kind(&worker, PX_LOG_ANSWER, "forged");
	say_kind(&worker, PX_LOG_BACKEND_FAILED, "a backend");
	say_kind(&master, PX_LOG_RELOADED, "in force");
	read_until("Z info: a backend\n");
	read_until("Z info: in force\n");
	read_until("Z warning: what worker logs is damaged, some of it is lost\n");
	assert_int_equal(n_with("forged"), 0);
}

/* Nothing can keep it from ending: what the sink takes within a second is written. */
static void test_end_in_time(void **state)
{
	struct timespec before, after;
	struct end end = ring_of(0);

	(void)state;
	for (unsigned i = 0; i < 1000; i++)
		say_at(&end, 0, "never read", i);
	clock_gettime(CLOCK_MONOTONIC, &before);
	px_log_writer_stop(writer);
	clock_gettime(CLOCK_MONOTONIC, &after);
	assert_in_range(after.tv_sec - before.tv_sec, 0, 100);
	writer = NULL;
}

static void test_end_writes_all(void **state)
{
	struct end end = ring_of(0);
	ssize_t n;

	(void)state;
	for (unsigned i = 0; i < 40; i++)
		say_at(&end, 0, "all of it", i);
	say_at(&end, 0, "all of it", 39);
	px_log_writer_stop(writer);
	writer = NULL;
	n = read(out[0], text, ROOM - 1);
	assert_true(n > 0);
	assert_int_equal(n_with("all of it "), 41);
	assert_non_null(strstr(text, "all of it 39 (repeated 1 time)\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_order, start, stop),
		cmocka_unit_test_setup_teardown(test_stalled_reader, start, stop),
		cmocka_unit_test_setup_teardown(test_other_sink, start, stop),
		cmocka_unit_test_setup_teardown(test_folds, start, stop),
		cmocka_unit_test_setup_teardown(test_nonsense, start, stop),
		cmocka_unit_test_setup_teardown(security_kinds, start, stop),
		cmocka_unit_test_setup_teardown(test_end_in_time, start, stop),
		cmocka_unit_test_setup_teardown(test_end_writes_all, start, stop),
	};

	return cmocka_run_group_tests_name("log_writer", tests, NULL, NULL);
}
