/* record.h - a configuration is loaded through it, and what was read becomes the bundle for the workers and the one
 * with the keys.
 *
 * The seed of the tickets is in neither: whoever has it can make the keys of all times.
 */
#ifndef DAEMON_RECORD_H
#define DAEMON_RECORD_H

#include <stdbool.h>
#include <stddef.h>

#include "conf/conf.h"
#include "daemon/bundle.h"

struct px_record;

/* What is in force, where files are taken from that can't be used as they are now; zeros: nothing. It lives on. */
struct px_record_before {
	const struct conf *conf; /* NULL: made of the bundle when it is needed */
	int bundle, keys; /* descriptors; 0 or -1: none */
	bool keep_text; /* the main file and what it includes are those of then, whatever the files hold now */
};

/* Reads through files (NULL: the file system). 0, or -1 when memory is out. */
int px_record_new(struct px_record **record, const struct conf_source *files, const struct px_record_before *before);

/* Wipes what it has. NULL is fine. */
void px_record_free(struct px_record *record);

/* For conf_load; lives as long as the record. */
const struct conf_source *px_record_source(const struct px_record *record);

/* Adds, or replaces, an entry that is no file. 0, or -1 when memory is out. */
int px_record_put(struct px_record *record, enum px_bundle_kind kind, const char *name, const void *bytes, size_t len);

/* The two sealed bundles of conf, which was loaded through it; without keeper the keys are in the first one, and
 * *keys is -1. 0, or -1 with a reason. */
int px_record_finish(int *bundle, int *keys, const char **reason, struct px_record *record, const struct conf *conf);

#endif
