/* text.h - the text of a configuration as libconfig gets it.
 *
 * Comments are gone, @include is replaced by the file's text, and each token stands on a line of
 * its own. So libconfig never opens a file, its input is bounded in size and nesting, and each of
 * its line numbers names one token, whose true file and line are kept here.
 */
#ifndef CONF_TEXT_H
#define CONF_TEXT_H

#include "conf.h"

#define CONF_TEXT_NESTING_MAX 16
#define CONF_TEXT_INCLUDE_MAX 10 /* depth */
#define CONF_TEXT_FILES_MAX 64

struct conf_token {
	struct conf_origin origin;
	size_t at; /* in data */
};

struct conf_text {
	char *data; /* NUL-terminated */
	size_t len, room;
	struct conf_token *tokens; /* token i is line i + 1 of data */
	unsigned n_tokens;
	char open[CONF_TEXT_NESTING_MAX]; /* brackets not yet closed */
	unsigned n_open;
};

/* What the text is read for: names of files go to conf, folder is where relative paths start. */
struct conf_text_source {
	struct conf *conf;
	struct conf_errors *errs;
	const char *folder;
	const struct conf_source *files;
	unsigned flags; /* CONF_TEXT_NO_FILES */
};

/* Makes out, zero-initialised, from the main file's bytes. 0; -1 with messages in errs. Released
 * with conf_text_clear in both cases. */
int conf_text_make(struct conf_text *out, const struct conf_text_source *source, const char *name,
    const char *bytes, size_t len);
void conf_text_clear(struct conf_text *text);

/* Where line of data was written; past the last token, that one's. A string's line (named: false
 * for an element of a list, which libconfig notes one token late) is the string's. */
struct conf_origin conf_text_origin(const struct conf_text *text, unsigned line);
struct conf_origin conf_text_string_origin(const struct conf_text *text, unsigned line);

#endif
