/* text.c - see text.h. This is a scanner, not a parser: it knows strings, comments, brackets and
 * words. What it refuses itself is what libconfig would do harm with: text it copies but never
 * releases (a string where no value can stand), numbers it wraps around, NUL, deep nesting. */
#include "text.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "errors.h"
#include "files.h"
#include "mem.h"

struct scan {
	struct conf_text *out;
	const struct conf_text_source *source;
	struct conf_origin here;
	const char *p, *end;
	unsigned depth; /* of includes */
	bool failed;
};

static const char byte_order_mark[] = "\xef\xbb\xbf";

static bool scan_file(struct scan *s, const char *name, const char *bytes, size_t len);

static bool fail(struct scan *s, const char *what)
{
	s->failed = true;
	conf_errors_add(s->source->errs, CONF_ERROR, &s->here, "%s", what);
	return false;
}

static bool fail_memory(struct scan *s)
{
	s->failed = true;
	conf_errors_no_memory(s->source->errs);
	return false;
}

/* ---- Output ------------------------------------------------------------------------------------
 */

static bool reserve(struct scan *s, size_t len)
{
	struct conf_text *out = s->out;
	size_t room = out->room > 0 ? out->room * 2 : 4096;
	char *data;

	if (len <= out->room)
		return true;
	/* each token takes one byte more than in its file */
	if (len > CONF_FILE_MAX_LEN * 2)
		return fail(s, "the configuration is larger than 1 MiB");
	while (room < len)
		room *= 2;
	data = conf_mem_zalloc(room);
	if (data == NULL)
		return fail_memory(s);
	if (out->len > 0)
		memcpy(data, out->data, out->len);
	conf_mem_free(out->data);
	out->data = data;
	out->room = room;
	return true;
}

static bool emit(struct scan *s, const char *p, size_t len)
{
	struct conf_text *out = s->out;
	struct conf_token *token;

	if (!reserve(s, out->len + len + 2))
		return false;
	token = conf_mem_more(&out->tokens, out->n_tokens, sizeof(*token));
	if (token == NULL)
		return fail_memory(s);
	out->n_tokens++;
	s->here.place = out->n_tokens;
	token->origin = s->here;
	token->at = out->len;
	memcpy(out->data + out->len, p, len);
	out->len += len;
	out->data[out->len++] = '\n';
	out->data[out->len] = '\0';
	return true;
}

/* First byte of the last token, 0 when there is none. */
static char last(const struct conf_text *out)
{
	return out->n_tokens > 0 ? out->data[out->tokens[out->n_tokens - 1].at] : '\0';
}

/* ---- Tokens ------------------------------------------------------------------------------------
 */

static bool string_may_stand(const struct conf_text *out)
{
	char before = last(out);

	if (before == ',')
		return out->n_open > 0 && out->open[out->n_open - 1] != '{';
	return before != '\0' && strchr("=:([\"", before) != NULL;
}

/* From the opening quote: the length with both quotes, 0 if there is no closing one on the line. */
static size_t string_len(const struct scan *s)
{
	const char *p = s->p + 1;

	while (p < s->end && *p != '"' && *p != '\n')
		p += *p == '\\' && p + 1 < s->end && p[1] != '\n' ? 2 : 1;
	return p < s->end && *p == '"' ? (size_t)(p - s->p) + 1 : 0;
}

static bool holds_nul(const char *p, size_t len)
{
	for (size_t i = 0; i + 3 < len; i++) {
		if (p[i] != '\\')
			continue;
		if (p[i + 1] == 'x' && p[i + 2] == '0' && p[i + 3] == '0')
			return true;
		i++;
	}
	return false;
}

static bool scan_string(struct scan *s)
{
	size_t len = string_len(s);
	const char *p = s->p;

	if (len == 0)
		return fail(s, "the string is not closed on this line");
	if (holds_nul(p, len))
		return fail(s, "a string can't hold a NUL byte");
	if (!string_may_stand(s->out))
		return fail(s, "syntax error: a string is not expected here");
	s->p += len;
	return emit(s, p, len);
}

static bool scan_mark(struct scan *s)
{
	struct conf_text *out = s->out;
	char c = *s->p;

	if (strchr("({[", c) != NULL) {
		if (out->n_open == CONF_TEXT_NESTING_MAX)
			return fail(s, "brackets are nested too deeply");
		out->open[out->n_open++] = c;
	} else if (strchr(")}]", c) != NULL && out->n_open > 0) {
		out->n_open--;
	}
	s->p++;
	return emit(s, s->p - 1, 1);
}

static bool comment_starts(const struct scan *s)
{
	if (*s->p == '#')
		return true;
	return *s->p == '/' && s->p + 1 < s->end && (s->p[1] == '/' || s->p[1] == '*');
}

static bool word_ends(const struct scan *s)
{
	return s->p == s->end || strchr(" \t\r\n\f\v=:;,(){}[]\"", *s->p) != NULL ||
	       comment_starts(s);
}

/* True for a whole number that an int can't hold: libconfig would wrap it around. */
static bool number_wraps(const char *p, size_t len)
{
	char digits[32];
	char *end;
	long long value;

	if (strchr("+-0123456789", *p) == NULL || memchr(p, '.', len) != NULL)
		return false;
	if (len >= sizeof(digits))
		return true;
	memcpy(digits, p, len);
	digits[len] = '\0';
	errno = 0;
	value = strtoll(digits, &end, strncmp(digits, "0x", 2) == 0 ? 16 : 10);
	return (*end == '\0' || *end == 'L') && (errno != 0 || value > INT_MAX || value < INT_MIN);
}

static bool include(struct scan *s, const char *name)
{
	char *path = conf_files_join(s->source->folder, name);
	const struct conf_source *files = s->source->files;
	struct conf_file file = {0};
	const char *reason;
	bool good;

	if (path == NULL)
		return fail_memory(s);
	reason = files->read(files->ptr, &file, CONF_SOURCE_INCLUDE, path);
	if (reason != NULL) {
		s->failed = true;
		conf_errors_add(
		    s->source->errs, CONF_ERROR, &s->here, "@include %s: %s", path, reason);
	}
	good = reason == NULL && scan_file(s, path, file.data, file.len);
	conf_source_drop(&file);
	conf_mem_free(path);
	return good;
}

/* Behind the word @include. */
static bool scan_include(struct scan *s)
{
	size_t len;
	char *name;
	bool good;

	while (s->p < s->end && (*s->p == ' ' || *s->p == '\t'))
		s->p++;
	len = s->p < s->end && *s->p == '"' ? string_len(s) : 0;
	if (len < 3 || memchr(s->p, '\\', len) != NULL)
		return fail(s, "@include needs a file's name in quotes");
	if ((s->source->flags & CONF_TEXT_NO_FILES) != 0)
		return fail(s, "@include is not possible here");
	if (s->depth == CONF_TEXT_INCLUDE_MAX)
		return fail(s, "@include is nested too deeply");
	if (s->source->conf->n_files == CONF_TEXT_FILES_MAX)
		return fail(s, "@include names too many files");
	name = conf_mem_copy(s->p + 1, len - 2);
	if (name == NULL)
		return fail_memory(s);
	s->p += len;
	good = include(s, name);
	conf_mem_free(name);
	return good;
}

static bool scan_word(struct scan *s)
{
	const char *p = s->p;
	size_t len;

	while (!word_ends(s))
		s->p++;
	len = (size_t)(s->p - p);
	if (len == strlen("@include") && memcmp(p, "@include", len) == 0)
		return scan_include(s);
	if (*p == '@')
		return fail(s, "the only word that may begin with @ is @include");
	if (number_wraps(p, len))
		return fail(s, "the number is too large");
	return emit(s, p, len);
}

static bool skip_line(struct scan *s)
{
	while (s->p < s->end && *s->p != '\n')
		s->p++;
	return true;
}

static bool skip_comment(struct scan *s)
{
	unsigned line = s->here.line;
	const char *p = s->p + 2;

	if (*s->p == '#' || s->p[1] == '/')
		return skip_line(s);
	for (; p + 1 < s->end && (p[0] != '*' || p[1] != '/'); p++)
		line += *p == '\n';
	if (p + 1 >= s->end)
		return fail(s, "the comment is not closed");
	s->here.line = line;
	s->p = p + 2;
	return true;
}

static bool scan_one(struct scan *s)
{
	char c = *s->p;

	s->here.place = s->out->n_tokens + 1;
	if (c == '\0')
		return fail(s, "the file holds a NUL byte: this is not text");
	if (strchr(" \t\r\n\f\v", c) != NULL) {
		s->here.line += c == '\n';
		s->p++;
		return true;
	}
	if (comment_starts(s))
		return skip_comment(s);
	if (c == '"')
		return scan_string(s);
	return strchr("=:;,(){}[]", c) != NULL ? scan_mark(s) : scan_word(s);
}

/* ---- Files
 * --------------------------------------------------------------------------------------- */

static const char *note_file(struct scan *s, const char *name)
{
	struct conf *conf = s->source->conf;
	char *copy = conf_mem_text(name);
	char **slot = NULL;

	if (copy != NULL)
		slot = conf_mem_more(&conf->files, conf->n_files, sizeof(*slot));
	if (slot == NULL) {
		conf_mem_free(copy);
		fail_memory(s);
		return NULL;
	}
	conf->n_files++;
	*slot = copy;
	return copy;
}

static bool scan_file(struct scan *parent, const char *name, const char *bytes, size_t len)
{
	struct scan s = *parent;

	s.here.file = note_file(parent, name);
	if (s.here.file == NULL)
		return false;
	s.here.line = 1;
	s.p = bytes;
	s.end = bytes + len;
	/* some editors begin a file with this */
	if (len >= strlen(byte_order_mark) &&
	    memcmp(bytes, byte_order_mark, strlen(byte_order_mark)) == 0)
		s.p += strlen(byte_order_mark);
	s.depth++;
	while (s.p < s.end && scan_one(&s))
		;
	parent->failed |= s.failed;
	return !s.failed;
}

int conf_text_make(struct conf_text *out, const struct conf_text_source *source, const char *name,
    const char *bytes, size_t len)
{
	struct scan s = {.out = out, .source = source};

	if (!reserve(&s, 1) || !scan_file(&s, name, bytes, len))
		return -1;
	return 0;
}

void conf_text_clear(struct conf_text *text)
{
	conf_mem_free(text->data);
	conf_mem_free(text->tokens);
	*text = (struct conf_text){0};
}

static const struct conf_token *token_at(const struct conf_text *text, unsigned line)
{
	if (text->n_tokens == 0 || line == 0)
		return NULL;
	return &text->tokens[(line < text->n_tokens ? line : text->n_tokens) - 1];
}

struct conf_origin conf_text_origin(const struct conf_text *text, unsigned line)
{
	const struct conf_token *token = token_at(text, line);

	return token != NULL ? token->origin : (struct conf_origin){0};
}

struct conf_origin conf_text_string_origin(const struct conf_text *text, unsigned line)
{
	const struct conf_token *token = token_at(text, line);

	if (line > 1 && token != NULL && text->data[token->at] != '"')
		token = token_at(text, line - 1);
	return token != NULL ? token->origin : (struct conf_origin){0};
}
