/* look.h - one look at all that a configuration was read from: what has changed, and which folders tell of the next
 * change. Each call may take for ever, where a file system is dead; a thread does it (watch.c). */
#ifndef DAEMON_LOOK_H
#define DAEMON_LOOK_H

#include <stdbool.h>
#include <stddef.h>

#include "daemon/spot.h"
#include "daemon/seen.h"

struct px_look_folder {
	int wd; /* of inotify */
	bool whole; /* any name in it counts */
};

#define PX_LOOK_PROBLEM_LEN 512

struct px_look {
	struct px_seen *seen;
	int fd; /* of inotify; -1: none */
	struct px_spot spot; /* where it is */
	/* What it has found; folders are malloc'ed. */
	struct px_look_folder *folders; /* by wd */
	size_t n_folders;
	unsigned what; /* PX_SEEN_* */
	char problem[PX_LOOK_PROBLEM_LEN]; /* why not all can be watched; "": all can */
};

/* Folders first: what changes behind the look at a file is an event then. */
void px_look_run(struct px_look *look);

/* NULL if it isn't watched. */
const struct px_look_folder *px_look_find(const struct px_look_folder *folders, size_t n, int wd);

#endif
