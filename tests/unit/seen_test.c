/* seen_test.c - daemon/seen.c: what was read is noted as it was before, and where changes of it show. */
#include "unit.h"

#include "conf_case.h"

#include "daemon/seen.h"

static const struct conf_source *source;
static struct px_seen *seen;

static int begin(void **state)
{
	(void)state;
	seen = px_seen_new();
	source = px_seen_source(seen);
	return seen != NULL ? 0 : -1;
}

static int end(void **state)
{
	(void)state;
	px_seen_free(seen);
	return 0;
}

static void read_file(enum conf_source_kind kind, const char *path, const char *expected)
{
	struct conf_file file = {0};
	const char *reason = source->read(source->ptr, &file, kind, path);

	assert_true((reason == NULL) == (expected != NULL));
	if (expected != NULL)
		assert_string_equal(file.data, expected);
	conf_source_drop(&file);
}

static void list_folder(const char *path, size_t n)
{
	struct conf_names names = {0};

	assert_true((source->list(source->ptr, &names, path) == NULL) == (n > 0));
	assert_int_equal(names.n, n);
	conf_source_drop_names(&names);
}

static void tells_each_change_once(void **state)
{
	(void)state;
	case_put("c.pem", "chain");
	case_put("q.conf", "text");
	read_file(CONF_SOURCE_CHAIN, "c.pem", "chain");
	read_file(CONF_SOURCE_MAIN, "q.conf", "text");
	read_file(CONF_SOURCE_INCLUDE, "gone.conf", NULL);
	assert_int_equal(px_seen_changes(seen), 0);
	case_put("c.pem", "other chain");
	assert_int_equal(px_seen_changes(seen), PX_SEEN_CERTIFICATES);
	assert_int_equal(px_seen_changes(seen), 0);
	case_put("gone.conf", "");
	assert_int_equal(px_seen_changes(seen), PX_SEEN_TEXT);
	case_put("new", "text");
	assert_int_equal(rename("new", "q.conf"), 0);
	assert_int_equal(unlink("c.pem"), 0);
	assert_int_equal(px_seen_changes(seen), PX_SEEN_TEXT | PX_SEEN_CERTIFICATES);
	assert_int_equal(px_seen_changes(seen), 0);
	assert_int_equal(unlink("gone.conf"), 0);
}

/* The same size, the same second: another inode, or a later change. */
static void sees_what_is_replaced(void **state)
{
	(void)state;
	case_put("k", "12345");
	case_put("l", "67890");
	read_file(CONF_SOURCE_KEY, "k", "12345");
	assert_int_equal(rename("l", "k"), 0);
	assert_int_equal(px_seen_changes(seen), PX_SEEN_CERTIFICATES);
	/* permissions, too: it may be readable now */
	usleep(20000);
	assert_int_equal(chmod("k", 0640), 0);
	assert_int_equal(px_seen_changes(seen), PX_SEEN_CERTIFICATES);
}

static void sees_folders_change(void **state)
{
	(void)state;
	case_remove("dir");
	assert_int_equal(mkdir("dir", 0700), 0);
	case_put("dir/a.pem", "a");
	list_folder("dir/", 1);
	list_folder("none/", 0);
	assert_int_equal(px_seen_changes(seen), 0);
	usleep(20000);
	case_put("dir/b.pem", "b");
	assert_int_equal(px_seen_changes(seen), PX_SEEN_CERTIFICATES);
	assert_int_equal(rename("dir", "none"), 0);
	assert_int_equal(px_seen_changes(seen), PX_SEEN_CERTIFICATES);
	assert_int_equal(px_seen_changes(seen), 0);
	case_remove("none");
}

static void takes_over_by_kind(void **state)
{
	struct px_seen *later = px_seen_new();
	size_t len;
	char *bytes;

	(void)state;
	case_put("c.pem", "chain");
	case_put("q.conf", "text");
	read_file(CONF_SOURCE_CHAIN, "c.pem", "chain");
	read_file(CONF_SOURCE_MAIN, "q.conf", "text");
	assert_int_equal(px_seen_take_over(later, seen, PX_SEEN_TEXT), 0);
	case_put("c.pem", "other chain");
	case_put("q.conf", "other text");
	assert_int_equal(px_seen_changes(later), PX_SEEN_TEXT);
	px_seen_free(later);
	/* the same from bytes */
	later = px_seen_new();
	bytes = px_seen_pack(&len, seen);
	assert_int_equal(px_seen_unpack(later, bytes, len), 0);
	assert_int_equal(px_seen_changes(later), px_seen_changes(seen));
	for (size_t cut = 1; cut < 40; cut++)
		assert_int_equal(px_seen_unpack(later, bytes, cut), -1);
	free(bytes);
	px_seen_free(later);
}

/* ---- Folders ------------------------------------------------------------------------------------ */

static void check_folders(const char *expected)
{
	const struct px_seen_folder *list;
	char all[4096] = "";
	size_t n;

	assert_int_equal(px_seen_folders(seen, &list, &n), 0);
	for (size_t i = 0; i < n; i++) {
		strcat(all, list[i].path);
		strcat(all, list[i].whole ? "* " : " ");
	}
	assert_string_equal(all, expected);
}

static void watches_the_folders_on_the_way(void **state)
{
	(void)state;
	assert_int_equal(mkdir("a", 0700), 0);
	assert_int_equal(mkdir("a/b", 0700), 0);
	case_put("a/b/c.pem", "c");
	read_file(CONF_SOURCE_CHAIN, "a/b/c.pem", "c");
	read_file(CONF_SOURCE_KEY, "a/b/none.key", NULL);
	read_file(CONF_SOURCE_MAIN, "q2.conf", NULL);
	list_folder("a/b/", 1);
	check_folders(". a/ a/b/* ");
	assert_true(px_seen_has_name(seen, "a") && px_seen_has_name(seen, "b"));
	assert_true(px_seen_has_name(seen, "c.pem") && px_seen_has_name(seen, "none.key"));
	assert_true(px_seen_has_name(seen, "q2.conf"));
	assert_false(px_seen_has_name(seen, "a/b") || px_seen_has_name(seen, "c") || px_seen_has_name(seen, ""));
	/* asked again it says the same */
	check_folders(". a/ a/b/* ");
}

/* live/x.pem -> ../archive/x1.pem, as certbot has it; and a folder behind a link, as Kubernetes has it. */
static void follows_links(void **state)
{
	(void)state;
	assert_int_equal(mkdir("live", 0700), 0);
	assert_int_equal(mkdir("archive", 0700), 0);
	case_put("archive/x1.pem", "1");
	assert_int_equal(symlink("../archive/x1.pem", "live/x.pem"), 0);
	read_file(CONF_SOURCE_CHAIN, "live/x.pem", "1");
	check_folders(". live/ live/../ live/../archive/ ");
	assert_true(px_seen_has_name(seen, "x1.pem") && px_seen_has_name(seen, "archive"));
	assert_int_equal(mkdir("k8s", 0700), 0);
	assert_int_equal(mkdir("k8s/..1", 0700), 0);
	case_put("k8s/..1/t.key", "key");
	assert_int_equal(symlink("..1", "k8s/..data"), 0);
	assert_int_equal(symlink("..data/t.key", "k8s/t.key"), 0);
	read_file(CONF_SOURCE_KEY, "k8s/t.key", "key");
	check_folders(". k8s/ k8s/..1/ live/ live/../ live/../archive/ ");
	assert_true(px_seen_has_name(seen, "..data") && px_seen_has_name(seen, "..1"));
}

static void ends_in_loops_of_links(void **state)
{
	char path[4096];

	(void)state;
	assert_int_equal(symlink("loop2", "loop1"), 0);
	assert_int_equal(symlink("loop1", "loop2"), 0);
	read_file(CONF_SOURCE_CHAIN, "loop1", NULL);
	check_folders(". ");
	assert_non_null(getcwd(path, sizeof(path) - 8));
	strcat(path, "/abs.pem");
	assert_int_equal(symlink(path, "absolute"), 0);
	read_file(CONF_SOURCE_CHAIN, "absolute", NULL);
	read_file(CONF_SOURCE_CHAIN, "", NULL);
	read_file(CONF_SOURCE_CHAIN, "/", NULL);
	assert_int_equal(px_seen_changes(seen), 0);
}

static void sees_links_swapped(void **state)
{
	(void)state;
	case_put("one", "1");
	case_put("two", "2");
	assert_int_equal(symlink("one", "now"), 0);
	read_file(CONF_SOURCE_CHAIN, "now", "1");
	assert_int_equal(symlink("two", "next"), 0);
	assert_int_equal(rename("next", "now"), 0);
	assert_int_equal(px_seen_changes(seen), PX_SEEN_CERTIFICATES);
}

#define EACH(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    EACH(tells_each_change_once),
	    EACH(sees_what_is_replaced),
	    EACH(sees_folders_change),
	    EACH(takes_over_by_kind),
	    EACH(watches_the_folders_on_the_way),
	    EACH(follows_links),
	    EACH(ends_in_loops_of_links),
	    EACH(sees_links_swapped),
	};

	return cmocka_run_group_tests_name("seen", tests, case_enter, case_leave);
}
