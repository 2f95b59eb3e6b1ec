/* watch_test.c - daemon/watch.c: changes are told in time and once, whatever way they come. */
#include "unit.h"

#include "conf_case.h"

#include <event2/event.h>
#include <sys/resource.h>
#include <time.h>

#include "daemon/watch.h"

static struct event_base *base;
static struct px_watch *watch;
static unsigned told, n_told;

static void on_change(void *arg, unsigned what)
{
	assert_ptr_equal(arg, &told);
	told |= what;
	n_told++;
}

static int begin(void **state)
{
	(void)state;
	base = event_base_new();
	told = n_told = 0;
	return px_watch_new(&watch, base, on_change, &told);
}

static int end(void **state)
{
	(void)state;
	px_watch_free(watch);
	event_base_free(base);
	return 0;
}

static void read_file(struct px_seen *seen, enum conf_source_kind kind, const char *path)
{
	const struct conf_source *source = px_seen_source(seen);
	struct conf_file file = {0};

	source->read(source->ptr, &file, kind, path);
	conf_source_drop(&file);
}

/* q.conf, and what one load reads besides it. */
static struct px_seen *seen_now(const char *first, const char *second)
{
	struct px_seen *seen = px_seen_new();

	assert_non_null(seen);
	read_file(seen, CONF_SOURCE_MAIN, "q.conf");
	read_file(seen, CONF_SOURCE_CHAIN, first);
	if (second != NULL)
		read_file(seen, CONF_SOURCE_KEY, second);
	return seen;
}

static uint64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* Runs the loop for so long, or until something is told; how long that took. */
static uint64_t run(uint64_t ms)
{
	uint64_t start = now_ms(), now = start;
	unsigned before = n_told;

	while (now < start + ms && n_told == before) {
		struct timeval tv = {.tv_usec = 10000};

		event_base_loopexit(base, &tv);
		event_base_dispatch(base);
		now = now_ms();
	}
	return now - start;
}

/* It comes within two seconds, and no second time. */
static void expect(unsigned what)
{
	told = n_told = 0;
	assert_true(run(10000) < 2000);
	assert_int_equal(told, what);
	run(PX_WATCH_QUIET_MS + 200);
	assert_int_equal(n_told, 1);
}

static void expect_nothing(void)
{
	told = n_told = 0;
	run(PX_WATCH_QUIET_MS + 200);
	assert_int_equal(n_told, 0);
}

static void tells_changes(void **state)
{
	(void)state;
	case_put("q.conf", "text");
	case_put("c.pem", "chain");
	px_watch_take(watch, seen_now("c.pem", "k.pem"), 0);
	expect_nothing();
	case_put("c.pem", "other");
	expect(PX_SEEN_CERTIFICATES);
	case_put("new", "key");
	assert_int_equal(rename("new", "k.pem"), 0);
	expect(PX_SEEN_CERTIFICATES);
	assert_int_equal(unlink("c.pem"), 0);
	expect(PX_SEEN_CERTIFICATES);
	case_put("unrelated", "");
	expect_nothing();
	assert_false(px_watch_is_polling(watch));
}

static void tells_when_the_text_is_newer(void **state)
{
	(void)state;
	case_put("q.conf", "text");
	case_put("c.pem", "chain");
	px_watch_take(watch, seen_now("c.pem", NULL), 0);
	expect_nothing();
	assert_false(px_watch_text_is_newer(watch));
	case_put("q.conf", "other text");
	expect(PX_SEEN_TEXT);
	assert_true(px_watch_text_is_newer(watch));
	/* certificates alone were loaded: what the text was is kept */
	px_watch_take(watch, px_seen_new(), PX_SEEN_TEXT);
	assert_true(px_watch_text_is_newer(watch));
	case_put("c.pem", "nobody reads it now");
	expect_nothing();
	case_put("q.conf", "yet another");
	expect(PX_SEEN_TEXT);
	px_watch_take(watch, seen_now("c.pem", NULL), 0);
	assert_false(px_watch_text_is_newer(watch));
}

/* What changes between the reading and the watching is told as well. */
static void misses_nothing_before_it_watches(void **state)
{
	struct px_seen *seen;

	(void)state;
	case_put("c.pem", "chain");
	seen = seen_now("c.pem", NULL);
	case_put("c.pem", "renewed");
	px_watch_take(watch, seen, 0);
	expect(PX_SEEN_CERTIFICATES);
}

/* Chain and key, with a moment between them: one change. Events without an end don't hold it up. */
static void waits_for_the_second_file(void **state)
{
	uint64_t start;

	(void)state;
	case_put("c.pem", "1");
	case_put("k.pem", "1");
	px_watch_take(watch, seen_now("c.pem", "k.pem"), 0);
	expect_nothing();
	case_put("c.pem", "12");
	run(100);
	assert_int_equal(n_told, 0);
	case_put("k.pem", "12");
	expect(PX_SEEN_CERTIFICATES);
	told = n_told = 0;
	for (start = now_ms(); n_told == 0 && now_ms() < start + 10000; run(50))
		case_put("c.pem", now_ms() % 2 ? "123" : "1234");
	assert_true(now_ms() - start < 2000);
	assert_int_equal(told, PX_SEEN_CERTIFICATES);
}

static void follows_folders_and_links(void **state)
{
	(void)state;
	assert_int_equal(mkdir("live", 0700), 0);
	assert_int_equal(mkdir("archive", 0700), 0);
	case_put("archive/1", "1");
	case_put("archive/2", "22");
	assert_int_equal(symlink("../archive/1", "live/c.pem"), 0);
	px_watch_take(watch, seen_now("live/c.pem", NULL), 0);
	expect_nothing();
	assert_int_equal(symlink("../archive/2", "live/next"), 0);
	assert_int_equal(rename("live/next", "live/c.pem"), 0);
	expect(PX_SEEN_CERTIFICATES);
	/* where it leads now is watched */
	case_put("archive/2", "2222");
	expect(PX_SEEN_CERTIFICATES);
	/* another folder in its place, filled later */
	assert_int_equal(rename("live", "old"), 0);
	expect(PX_SEEN_CERTIFICATES);
	assert_int_equal(mkdir("live", 0700), 0);
	expect_nothing();
	case_put("live/c.pem", "a file");
	expect(PX_SEEN_CERTIFICATES);
}

/* A folder of certificates: what comes to it counts, whatever its name. */
static void watches_whole_folders(void **state)
{
	struct px_seen *seen = px_seen_new();
	const struct conf_source *source = px_seen_source(seen);
	struct conf_names names = {0};

	(void)state;
	assert_int_equal(mkdir("dir", 0700), 0);
	assert_null(source->list(source->ptr, &names, "dir/"));
	px_watch_take(watch, seen, 0);
	expect_nothing();
	usleep(20000);
	case_put("dir/new.pem", "chain");
	expect(PX_SEEN_CERTIFICATES);
	conf_source_drop_names(&names);
}

/* No descriptor for the kernel's watching: it looks by itself. */
static void looks_each_second_without_inotify(void **state)
{
	struct rlimit before, none;

	end(state);
	base = event_base_new();
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	none = before;
	none.rlim_cur = 0;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	assert_int_equal(px_watch_new(&watch, base, on_change, &told), 0);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	case_put("c.pem", "chain");
	px_watch_take(watch, seen_now("c.pem", NULL), 0);
	assert_true(px_watch_is_polling(watch));
	expect_nothing();
	case_put("c.pem", "renewed");
	expect(PX_SEEN_CERTIFICATES);
}

#define EACH(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    EACH(tells_changes),
	    EACH(tells_when_the_text_is_newer),
	    EACH(misses_nothing_before_it_watches),
	    EACH(waits_for_the_second_file),
	    EACH(follows_folders_and_links),
	    EACH(watches_whole_folders),
	    EACH(looks_each_second_without_inotify),
	};

	return cmocka_run_group_tests_name("watch", tests, case_enter, case_leave);
}
