/* source.h - where the files of a configuration come from.
 *
 * conf_load opens nothing itself: it asks its source, by paths as the configuration gives them (joined
 * to its folder). conf_source_files is the file system. A program that has the bytes already (in
 * memory, sent by another process, recorded) gives a source of its own; only read and list have to be
 * there. All are called in the thread of conf_load, service by service; ptr is handed through.
 *
 * Whoever wraps a source to keep what was read must answer the same path with the same bytes
 * throughout one load: two services may name one file.
 */
#ifndef CONF_SOURCE_H
#define CONF_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "tls/tls.h"

/* What a file is read as. */
enum conf_source_kind {
	CONF_SOURCE_MAIN,
	CONF_SOURCE_INCLUDE,
	CONF_SOURCE_CHAIN,
	CONF_SOURCE_KEY, /* only without set_key */
	CONF_SOURCE_STAPLE,
	CONF_SOURCE_CA,
	CONF_SOURCE_CRL,
	CONF_SOURCE_SEED
};

/* One file; zero-initialise. data is NULL if there is none, else it has a NUL behind its len bytes.
 * Made by conf_source_put, released (and wiped) by conf_source_drop. */
struct conf_file {
	char *data;
	size_t len;
	mode_t mode; /* permissions; 0: not known */
};

/* The names in a folder, in any order; zero-initialise. Made by conf_source_add, released by
 * conf_source_drop_names. */
struct conf_names {
	char **list;
	size_t n;
};

/* A certificate's files; staple.data is NULL without one. */
struct conf_pair {
	struct conf_file chain, key, staple;
};

struct conf_source {
	/* Reads the whole of a file of at most conf_source_limit(kind) bytes. NULL when good, else
	 * the reason. A seed may be left out (data stays NULL, no reason): the configuration has none
	 * then. out is conf's, who drops it. */
	const char *(*read)(
	    void *ptr, struct conf_file *out, enum conf_source_kind kind, const char *path);

	/* The names of the files in a folder (the path ends with '/'), folders left out. NULL when
	 * good, else the reason. out is conf's. */
	const char *(*list)(void *ptr, struct conf_names *out, const char *folder);

	/* Adds the chain (PEM) with the key that key_path stands for to the credentials. 0 or TLS_E_*;
	 * or -1 and a reason, which lives until the source is called again. NULL: the key is read, and
	 * tls_certificate_set_x509_key_mem takes both. */
	int (*set_key)(void *ptr, tls_certificate_credentials_t credentials, const char **reason,
	    const tls_datum_t *chain, const char *key_path);

	/* Why whoever loaded this configuration before has set this certificate aside, or NULL. With a
	 * reason nothing more is said about it, and what read and set_key give is its last good
	 * version, or a reason if there is none. NULL: no certificate was judged before. */
	const char *(*aside)(void *ptr, const char *chain_path, const char *key_path);

	/* The files of this certificate that were in force before, when those of now can't be used.
	 * False: there are none. From now on read gives these for their paths. out is conf's; key is
	 * needed without set_key only. NULL: there are never any. */
	bool (*previous)(
	    void *ptr, struct conf_pair *out, const char *chain_path, const char *key_path);

	void *ptr;
};

/* The file system: regular files only, whole ones, within the limits. */
extern const struct conf_source conf_source_files;

/* How many bytes a file of this kind may have: 1 MiB; CAs and revocation lists 32 MiB. */
size_t conf_source_limit(enum conf_source_kind kind);

/* A copy of len bytes. NULL, or the reason "out of memory", which fails the whole load. */
const char *conf_source_put(struct conf_file *out, const void *bytes, size_t len);
void conf_source_drop(struct conf_file *file);

/* Adds a copy of name. NULL, or that reason, or that there are too many. */
#define CONF_SOURCE_NAMES_MAX 131072
const char *conf_source_add(struct conf_names *names, const char *name);
void conf_source_drop_names(struct conf_names *names);

#endif
