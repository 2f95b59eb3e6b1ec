/* keys.h - the table of all keys: what there is, of which type, with which default. It decides what
 * is known and what a missing key means; the sample file and the man page are checked against it.
 */
#ifndef CONF_KEYS_H
#define CONF_KEYS_H

#include <stdbool.h>
#include <stddef.h>

enum conf_key_type {
	CONF_KEY_GROUP,
	CONF_KEY_LIST,  /* of groups */
	CONF_KEY_MIXED, /* a list of groups and strings */
	CONF_KEY_STRINGS,
	CONF_KEY_STRING,
	CONF_KEY_INT,
	CONF_KEY_SECONDS, /* a number with or without a fraction */
	CONF_KEY_BOOL,
	CONF_KEY_LATER /* known, but not served by this version */
};

struct conf_key {
	const char *path; /* "services.tls.policy": also through lists */
	enum conf_key_type type;
	const char
	    *def; /* as in a file, a string without its quotes; NULL: none, it must be there */
	const char *unit;    /* NULL: none */
	double min, max;     /* numbers: what is allowed */
	const char *choices; /* strings: "one|two", all that is allowed; NULL: anything */
	const char *later;   /* strings: choices this version doesn't serve yet; NULL: none */
	const char *doc;     /* one line */
};

extern const struct conf_key conf_keys[];
extern const unsigned conf_n_keys;

/* The key called name in the group at path ("": the top), or NULL. */
const struct conf_key *conf_keys_find(const char *path, const char *name);

/* The key that name in the group at path was probably meant to be, or NULL: a similar one in the
 * same group, or one of just this name in another. */
const struct conf_key *conf_keys_guess(const char *path, const char *name);

/* The number of word in words ("one|two|three"), or -1. */
int conf_keys_choice(const char *words, const char *word);

#endif
