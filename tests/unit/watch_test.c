/* watch_test.c - daemon/watch.c: changes are told in time and once, whatever way they come. */
#include "unit.h"

#include "conf_case.h"

#include <event2/event.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <sys/inotify.h>
#include <time.h>

#include "daemon/look.h"

/* A file system that doesn't answer until the test lets it. */
static atomic_bool is_dead;
static sem_t may_go;

/* No descriptor for the kernel's watching. */
static bool no_inotify;
#define inotify_init1(flags) (no_inotify ? (errno = EMFILE, -1) : inotify_init1(flags))

static void look_run(struct px_look *look);
#define px_look_run look_run
#undef PX_SPOT_LONG_MS
#define PX_SPOT_LONG_MS 200
#include "daemon/watch.c"
#undef px_look_run

static void look_run(struct px_look *look)
{
	if (is_dead) {
		px_spot_enter(&look->spot, "dead/c.pem");
		sem_wait(&may_go);
	}
	px_look_run(look);
}

#define PATIENCE_MS 120000

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

/* Runs the loop for so long, or until something is told; how long that took. */
static uint64_t run_for(uint64_t ms)
{
	uint64_t start = px_clock_ms(), now = start;
	unsigned before = n_told;

	while (now < start + ms && n_told == before) {
		struct timeval tv = {.tv_usec = 10000};

		event_base_loopexit(base, &tv);
		event_base_dispatch(base);
		now = px_clock_ms();
	}
	return now - start;
}

/* It comes by itself, and no second time. */
static void expect(unsigned what)
{
	told = n_told = 0;
	run_for(PATIENCE_MS);
	assert_int_equal(told, what);
	run_for(PX_WATCH_QUIET_MS + 200);
	assert_int_equal(n_told, 1);
}

static void expect_nothing(void)
{
	told = n_told = 0;
	run_for(PX_WATCH_QUIET_MS + 200);
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

/* Chain and key, with a moment between them that is shorter than the quiet: false if it became longer, on a machine
 * that is busy. */
static bool put_both(const char *text)
{
	uint64_t start = px_clock_ms();

	told = n_told = 0;
	case_put("c.pem", text);
	run_for(100);
	case_put("k.pem", text);
	return px_clock_ms() - start < PX_WATCH_QUIET_MS;
}

/* It is one change. Events without an end don't hold it up. */
static void waits_for_the_second_file(void **state)
{
	static const char *const texts[] = { "12", "123" };
	uint64_t start;
	int i = 0;

	(void)state;
	case_put("c.pem", "1");
	case_put("k.pem", "1");
	px_watch_take(watch, seen_now("c.pem", "k.pem"), 0);
	expect_nothing();
	while (!put_both(texts[i++ % 2]) && i < 100)
		run_for(PX_WATCH_LATEST_MS);
	assert_int_equal(n_told, 0);
	expect(PX_SEEN_CERTIFICATES);
	told = n_told = 0;
	for (start = px_clock_ms(); n_told == 0 && px_clock_ms() < start + PATIENCE_MS; run_for(50))
		case_put("c.pem", px_clock_ms() % 2 ? "12345" : "1234");
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

static void looks_each_second_without_inotify(void **state)
{
	end(state);
	no_inotify = true;
	begin(state);
	no_inotify = false;
	case_put("c.pem", "chain");
	px_watch_take(watch, seen_now("c.pem", NULL), 0);
	assert_true(px_watch_is_polling(watch));
	expect_nothing();
	case_put("c.pem", "renewed");
	expect(PX_SEEN_CERTIFICATES);
}

static void start_dead_look(void)
{
	case_put("c.pem", "chain");
	case_put("q.conf", "text");
	is_dead = true;
	px_watch_take(watch, seen_now("c.pem", NULL), 0);
	event_base_loop(base, EVLOOP_NONBLOCK);
	assert_true(watch->busy);
}

/* The loop goes on, says where the look is, and hears of what has happened when it goes on. */
static void waits_for_no_file_system(void **state)
{
	uint64_t start = px_clock_ms();

	(void)state;
	start_dead_look();
	while (!watch->slow_ms)
		run_for(20);
	assert_true(px_clock_ms() - start >= PX_SPOT_LONG_MS);
	case_put("c.pem", "renewed");
	expect_nothing();
	is_dead = false;
	sem_post(&may_go);
	expect(PX_SEEN_CERTIFICATES);
	assert_int_equal(watch->slow_ms, 0);
	case_put("c.pem", "again");
	expect(PX_SEEN_CERTIFICATES);
}

/* Certificates alone were loaded meanwhile, twice: what the text was is kept, from the look that is under way. */
static void takes_others_behind_the_look(void **state)
{
	struct px_seen *chain = px_seen_new();

	(void)state;
	start_dead_look();
	read_file(chain, CONF_SOURCE_CHAIN, "c.pem");
	px_watch_take(watch, chain, PX_SEEN_TEXT);
	case_put("c.pem", "renewed");
	px_watch_take(watch, px_seen_new(), PX_SEEN_TEXT);
	case_put("q.conf", "other text");
	is_dead = false;
	sem_post(&may_go);
	expect(PX_SEEN_TEXT);
	case_put("c.pem", "nobody reads it now");
	expect_nothing();
}

/* The configuration was read anew, perhaps since that file system is dead. */
static void leaves_a_look_that_has_stopped(void **state)
{
	(void)state;
	start_dead_look();
	run_for(PX_SPOT_LONG_MS + 50);
	is_dead = false;
	px_watch_take(watch, seen_now("c.pem", NULL), 0);
	expect_nothing();
	case_put("c.pem", "renewed");
	expect(PX_SEEN_CERTIFICATES);
	assert_int_equal(watch->n_left, 1);
	sem_post(&may_go);
}

static void ends_while_it_looks(void **state)
{
	start_dead_look();
	end(state);
	is_dead = false;
	sem_post(&may_go);
	begin(state);
}

static int enter(void **state)
{
	return sem_init(&may_go, 0, 0) | case_enter(state);
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
	    EACH(waits_for_no_file_system),
	    EACH(takes_others_behind_the_look),
	    EACH(leaves_a_look_that_has_stopped),
	    EACH(ends_while_it_looks),
	};

	return cmocka_run_group_tests_name("watch", tests, enter, case_leave);
}
