/* look_test.c - daemon/look.c: what one look finds. */
#include "unit.h"

#include "conf_case.h"

#include <fcntl.h>
#include <sys/inotify.h>

#include "daemon/look.h"

static struct px_look look;

static int begin(void **state)
{
	(void)state;
	memset(&look, 0, sizeof(look));
	look.seen = px_seen_new();
	look.fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	px_spot_init(&look.spot);
	return look.seen != NULL && look.fd >= 0 ? 0 : -1;
}

static int end(void **state)
{
	(void)state;
	px_seen_free(look.seen);
	free(look.folders);
	px_spot_clear(&look.spot);
	return close(look.fd);
}

static void see(const char *path)
{
	const struct conf_source *source = px_seen_source(look.seen);
	struct conf_file file = {0};

	source->read(source->ptr, &file, CONF_SOURCE_CHAIN, path);
	conf_source_drop(&file);
}

static void run(void)
{
	free(look.folders);
	px_look_run(&look);
}

/* Folders are watched before files are looked at: a change behind the look is an event. */
static void finds_changes_and_folders(void **state)
{
	struct inotify_event event[8];
	char text[PX_SPOT_LEN];

	(void)state;
	case_put("c.pem", "chain");
	see("c.pem");
	see("gone/d.pem");
	run();
	assert_int_equal(look.what, 0);
	assert_string_equal(look.problem, "");
	assert_int_equal(look.n_folders, 1);
	assert_int_equal(px_spot_ms(&look.spot, text), 0);
	case_put("c.pem", "other");
	assert_true(read(look.fd, event, sizeof(event)) > 0);
	assert_non_null(px_look_find(look.folders, look.n_folders, event[0].wd));
	assert_null(px_look_find(look.folders, look.n_folders, event[0].wd + 1));
	assert_null(px_look_find(NULL, 0, event[0].wd));
	assert_int_equal(mkdir("gone", 0700), 0);
	run();
	assert_int_equal(look.what, PX_SEEN_CERTIFICATES);
	assert_int_equal(look.n_folders, 2);
}

static void says_what_cannot_be_watched(void **state)
{
	int fd = look.fd;

	(void)state;
	case_put("c.pem", "chain");
	see("c.pem");
	look.fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	run();
	assert_string_equal(look.problem, "cannot watch .: Invalid argument");
	assert_int_equal(close(look.fd), 0);
	look.fd = -1;
	run();
	assert_string_equal(look.problem, "");
	assert_int_equal(look.n_folders, 0);
	look.fd = fd;
}

#define EACH(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    EACH(finds_changes_and_folders),
	    EACH(says_what_cannot_be_watched),
	};

	return cmocka_run_group_tests_name("look", tests, case_enter, case_leave);
}
