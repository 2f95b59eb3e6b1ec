/* look.c - see look.h. */

#include "config.h" /* GNU extensions */

#include "daemon/look.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>

#define EVENTS                                                                                                     \
	(IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_CLOSE_WRITE | IN_ATTRIB | IN_DELETE_SELF |       \
	    IN_MOVE_SELF | IN_ONLYDIR)

static void fail(struct px_look *look, const char *what, const char *why)
{
	if (!look->problem[0])
		snprintf(look->problem, sizeof(look->problem), "cannot watch %s: %s", what, why);
}

static int by_wd(const void *a, const void *b)
{
	const struct px_look_folder *x = a, *y = b;

	return (x->wd > y->wd) - (x->wd < y->wd);
}

const struct px_look_folder *px_look_find(const struct px_look_folder *folders, size_t n, int wd)
{
	const struct px_look_folder key = { .wd = wd };

	return n ? bsearch(&key, folders, n, sizeof(*folders), by_wd) : NULL;
}

/* One folder may be there by two paths: its watch is the same. */
static size_t merge(struct px_look_folder *folders, size_t n)
{
	size_t kept = 0;

	if (n)
		qsort(folders, n, sizeof(*folders), by_wd);
	for (size_t i = 0; i < n; i++) {
		if (kept && folders[kept - 1].wd == folders[i].wd)
			folders[kept - 1].whole |= folders[i].whole;
		else
			folders[kept++] = folders[i];
	}
	return kept;
}

/* A folder that isn't there shows in the one above it when it comes. */
static void add_all(struct px_look *look, const struct px_seen_folder *list, size_t n)
{
	size_t added = 0;

	for (size_t i = 0; i < n; i++) {
		int wd;

		px_spot_enter(&look->spot, list[i].path);
		wd = inotify_add_watch(look->fd, list[i].path, EVENTS);
		if (wd >= 0)
			look->folders[added++] = (struct px_look_folder){ wd, list[i].whole };
		else if (errno != ENOENT && errno != ENOTDIR)
			fail(look, list[i].path, strerror(errno));
	}
	look->n_folders = merge(look->folders, added);
}

static void watch_folders(struct px_look *look)
{
	const struct px_seen_folder *list;
	size_t n;

	if (look->fd < 0)
		return;
	if (px_seen_folders(look->seen, &list, &n) == 0)
		look->folders = calloc(n ? n : 1, sizeof(*look->folders));
	if (look->folders)
		add_all(look, list, n);
	else
		fail(look, "files", "out of memory");
}

void px_look_run(struct px_look *look)
{
	look->folders = NULL;
	look->n_folders = 0;
	look->problem[0] = '\0';
	px_seen_set_spot(look->seen, &look->spot);
	watch_folders(look);
	look->what = px_seen_changes(look->seen);
	px_seen_set_spot(look->seen, NULL);
	px_spot_enter(&look->spot, NULL);
}
