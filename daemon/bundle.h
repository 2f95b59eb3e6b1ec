/* bundle.h - what a child needs of the file system, in one sealed piece of memory: a memfd with named entries.
 *
 * The writer's file is sealed against every change before anybody else sees it. The reader believes nothing:
 * seals, sizes and bounds are checked before the first entry is handed out, and it maps it read-only.
 */
#ifndef DAEMON_BUNDLE_H
#define DAEMON_BUNDLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum px_bundle_kind {
	PX_BUNDLE_MAIN = 1, /* name: the path of the main file; no bytes */
	PX_BUNDLE_FILE, /* path: what it held */
	PX_BUNDLE_DIR, /* folder: its names, each with a NUL behind it */
	PX_BUNDLE_KEY, /* path of a key: its id, 32 bytes, or (keeper = false) its PEM; in the keys' own bundle
	                * the id: its PEM */
	PX_BUNDLE_RESOLVED, /* "host:port": struct sockaddr_storage[] */
	PX_BUNDLE_ASIDE, /* path of a chain that is set aside: the reason */
	PX_BUNDLE_RESULT, /* between the master and the process that loads: apart_pack.c */
	PX_BUNDLE_END /* no kind: one more than the last */
};

#define PX_BUNDLE_MAX (1ull << 30)
#define PX_BUNDLE_NAME_MAX 4096
#define PX_BUNDLE_ENTRY_MAX ((32u << 20) + 1) /* lists of CAs and revocation lists */

struct px_bundle_entry {
	enum px_bundle_kind kind;
	uint32_t mode; /* of the file it was, 0 otherwise */
	const char *name; /* a NUL follows, which name_len doesn't count */
	size_t name_len;
	const char *bytes; /* aligned for any struct; a NUL follows */
	size_t len;
};

/* ---- Writing */

struct px_bundle_writer {
	int fd; /* -1: none */
	uint64_t len;
	uint32_t n;
	int error; /* the first errno, after which nothing more is written */
};

/* label: what the file is called in /proc. */
void px_bundle_begin(struct px_bundle_writer *writer, const char *label);

/* Names and bytes may hold anything; the same kind and name twice makes a bundle that no reader takes. 0, or -1
 * with errno, and px_bundle_finish fails as well. */
int px_bundle_add(struct px_bundle_writer *writer, const struct px_bundle_entry *entry);

/* The sealed descriptor, or -1 with errno; the writer is empty then. */
int px_bundle_finish(struct px_bundle_writer *writer);

/* Gives up instead. An empty one is fine. */
void px_bundle_abandon(struct px_bundle_writer *writer);

/* ---- Reading */

struct px_bundle;

/* fd remains the caller's and may be closed behind it. NULL when good; otherwise what is wrong with it, a
 * static text or one of strerror(3), and *bundle is NULL. */
const char *px_bundle_open(struct px_bundle **bundle, int fd);

/* Entries and their bytes are gone with it. NULL is fine. */
void px_bundle_close(struct px_bundle *bundle);

unsigned px_bundle_count(const struct px_bundle *bundle);

/* The entries in the order of kind and name; i < px_bundle_count. */
void px_bundle_at(struct px_bundle_entry *entry, const struct px_bundle *bundle, unsigned i);

/* False if there is none of that name. */
bool px_bundle_find(struct px_bundle_entry *entry, const struct px_bundle *bundle, enum px_bundle_kind kind,
    const void *name, size_t name_len);

#endif
