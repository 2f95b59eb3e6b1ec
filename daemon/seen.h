/* seen.h - what a load has seen of the file system: every file and folder it asked for, and how each was just before
 * it was read. So a change is noticed whenever it comes, also between the reading and the watching.
 *
 * It is filled in the thread that loads, as a source (conf/source.h), then given away; one thread at a time has it.
 */
#ifndef DAEMON_SEEN_H
#define DAEMON_SEEN_H

#include <stdbool.h>
#include <stddef.h>

#include "conf/conf.h"

/* What changes. */
#define PX_SEEN_CERTIFICATES 1u /* chains, keys, staples, CAs, revocation lists, the seed; folders of certificates */
#define PX_SEEN_TEXT 2u /* the main file, and what it includes */

struct px_spot;
struct px_seen;

/* NULL when memory is out. */
struct px_seen *px_seen_new(void);

/* NULL is fine. */
void px_seen_free(struct px_seen *seen);

/* Who asks the file system for a path says so there from now on; NULL: nowhere. seen may be NULL. */
void px_seen_set_spot(struct px_seen *seen, struct px_spot *spot);

/* The file system, with everything noted; lives as long as seen. */
const struct conf_source *px_seen_source(struct px_seen *seen);

/* What was noted, as malloc'ed bytes for px_seen_unpack, which adds it. NULL, -1: memory is out; -1: not such bytes. */
char *px_seen_pack(size_t *len, const struct px_seen *seen);
int px_seen_unpack(struct px_seen *seen, const char *bytes, size_t len);

/* Adds what other has noted of these kinds. 0, or -1 when memory is out. */
int px_seen_take_over(struct px_seen *seen, const struct px_seen *other, unsigned what);

/* Which kinds (PX_SEEN_*) have a file or folder that is no more as it was noted; what is told is noted as it is
 * now. Nothing of it blocks but the file system. */
unsigned px_seen_changes(struct px_seen *seen);

/* A folder to watch; path lives as long as seen, or until the next call. */
struct px_seen_folder {
	const char *path;
	bool whole; /* any name counts; otherwise those of px_seen_has_name */
};

/* The folders in which a change of what was noted can show: those of the files, of the folders themselves, and of each
 * symbolic link on the way. *list is seen's. 0, or -1 when memory is out. */
int px_seen_folders(struct px_seen *seen, const struct px_seen_folder **list, size_t *n);

/* True if a file, folder or link on the way is called so. After px_seen_folders. */
bool px_seen_has_name(const struct px_seen *seen, const char *name);

#endif
