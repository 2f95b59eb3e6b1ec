/* batch.c - see batch.h. A line is the unit of everything: what one needs is released before the next is read, and one
 * that is too long or makes no sense costs an answer and no more. */
#include "batch.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "daemon/dump.h"
#include "request.h"
#include "when.h"

#define WHERE_LEN 64
#define FIRST_ROOM 65536

/* ---- A request ------------------------------------------------------------------------------- */

/* The member, NULL if it is missing or null. */
static const json_t *member(const json_t *from, const char *key)
{
	const json_t *value = json_object_get(from, key);

	return json_is_null(value) ? NULL : value;
}

static int read_text(struct px_request *r, struct px_problem *problem, tls_x509_case_input_t input,
    const json_t *value, const char *where)
{
	if (!json_is_string(value))
		return px_problem_set(problem, "%s: not a string", where);
	return px_request_add_text(r, problem, input, json_string_value(value), where);
}

static int read_texts(struct px_request *r, struct px_problem *problem, tls_x509_case_input_t input,
    const json_t *from, const char *key)
{
	const json_t *list = member(from, key);
	char where[WHERE_LEN];

	if (list != NULL && !json_is_array(list))
		return px_problem_set(problem, "%s: not an array", key);
	for (size_t i = 0; i < json_array_size(list); i++) {
		snprintf(where, sizeof(where), "%s[%zu]", key, i);
		if (read_text(r, problem, input, json_array_get(list, i), where) < 0)
			return -1;
	}
	return 0;
}

static int read_staple(struct px_request *r, struct px_problem *problem, const json_t *from)
{
	const json_t *staple = member(from, "staple");

	if (staple == NULL)
		return 0;
	if (!json_is_string(staple))
		return px_problem_set(problem, "staple: not a string");
	return px_request_add_staple(r, problem, json_string_value(staple), json_string_length(staple), "staple");
}

static int read_name(struct px_request *r, struct px_problem *problem, const json_t *name, const char *key)
{
	const char *kind = json_string_value(json_object_get(name, "kind"));
	const char *value = json_string_value(json_object_get(name, "value"));

	if (name == NULL || json_is_null(name))
		return 0;
	if (kind == NULL || value == NULL)
		return px_problem_set(problem, "%s: not an object with kind and value", key);
	return px_request_add_name(r, problem, kind, value);
}

static int read_names(struct px_request *r, struct px_problem *problem, const json_t *from)
{
	const json_t *list = member(from, "expected_peer_names");

	if (list != NULL && !json_is_array(list))
		return px_problem_set(problem, "expected_peer_names: not an array");
	for (size_t i = 0; i < json_array_size(list); i++) {
		if (read_name(r, problem, json_array_get(list, i), "expected_peer_names") < 0)
			return -1;
	}
	return read_name(r, problem, json_object_get(from, "expected_peer_name"), "expected_peer_name");
}

static int read_purposes(struct px_request *r, struct px_problem *problem, const json_t *from)
{
	static const char *const words[] = { "SERVER", "serverAuth", "CLIENT", "clientAuth" };
	const json_t *kind = member(from, "validation_kind"), *list = member(from, "extended_key_usage");
	const char *word = json_string_value(kind);

	if (word != NULL && strcmp(word, words[0]) == 0)
		r->purposes = PX_PURPOSE_SERVER;
	else if (word != NULL && strcmp(word, words[2]) == 0)
		r->purposes = PX_PURPOSE_CLIENT;
	else if (kind != NULL)
		return px_problem_set(problem, "validation_kind: neither SERVER nor CLIENT");
	if (list != NULL && !json_is_array(list))
		return px_problem_set(problem, "extended_key_usage: not an array");
	for (size_t i = 0; i < json_array_size(list); i++) {
		word = json_string_value(json_array_get(list, i));
		if (word != NULL && strcmp(word, words[1]) == 0)
			r->purposes |= PX_PURPOSE_SERVER;
		else if (word != NULL && strcmp(word, words[3]) == 0)
			r->purposes |= PX_PURPOSE_CLIENT;
		else
			return px_problem_set(problem, "extended_key_usage: neither serverAuth nor clientAuth");
	}
	return 0;
}

static int read_terms(struct px_request *r, struct px_problem *problem, const json_t *from, int64_t now)
{
	const json_t *when = member(from, "validation_time"), *depth = member(from, "max_chain_depth");
	const json_t *strict = member(from, "strict");

	r->terms.now = now;
	if (when != NULL && (!json_is_string(when) || !px_when_read(&r->terms.now, json_string_value(when))))
		return px_problem_set(problem, "validation_time: not a time of RFC 3339");
	if (depth != NULL && (!json_is_integer(depth) || json_integer_value(depth) < 0 ||
	    json_integer_value(depth) > INT32_MAX))
		return px_problem_set(problem, "max_chain_depth: not a number of certificates");
	if (strict != NULL && !json_is_boolean(strict))
		return px_problem_set(problem, "strict: neither true nor false");
	r->terms.limited = depth != NULL;
	r->terms.max_intermediates = (unsigned)json_integer_value(depth);
	r->terms.flags = strict == NULL || json_is_true(strict) ? TLS_VERIFY_STRICT : 0;
	return 0;
}

static int read_request(struct px_request *r, struct px_problem *problem, const json_t *from, int64_t now)
{
	const json_t *id = member(from, "id");

	if (!json_is_object(from))
		return px_problem_set(problem, "not an object");
	if (id != NULL && !json_is_string(id) && !json_is_number(id))
		return px_problem_set(problem, "id: neither a string nor a number");
	if (member(from, "peer_certificate") == NULL)
		return px_problem_set(problem, "peer_certificate: missing");
	if (read_texts(r, problem, TLS_X509_CASE_TRUST, from, "trusted_certs") < 0 ||
	    read_texts(r, problem, TLS_X509_CASE_UNTRUSTED, from, "untrusted_intermediates") < 0 ||
	    read_texts(r, problem, TLS_X509_CASE_CRL, from, "crls") < 0 || read_staple(r, problem, from) < 0 ||
	    read_text(r, problem, TLS_X509_CASE_CHAIN, member(from, "peer_certificate"), "peer_certificate") < 0)
		return -1;
	if (read_names(r, problem, from) < 0 || read_purposes(r, problem, from) < 0)
		return -1;
	return read_terms(r, problem, from, now);
}

/* ---- Its answer ------------------------------------------------------------------------------ */

static json_t *judge(struct px_problem *problem, const json_t *from, int64_t now)
{
	struct px_answer answer;
	struct px_request r;
	json_t *out = NULL;

	if (px_request_init(&r, problem) == 0 && read_request(&r, problem, from, now) == 0 &&
	    px_request_judge(&r, &answer, problem) == 0) {
		out = px_request_json(&r, &answer);
		if (out == NULL)
			px_problem_set(problem, "out of memory");
	}
	px_request_clear(&r);
	return out;
}

/* The line's id, as far as it has one. */
static json_t *id_of(const json_t *from)
{
	json_t *id = json_object_get(from, "id");

	return json_is_string(id) || json_is_number(id) ? json_incref(id) : json_null();
}

/* What the reader of JSON would make of the line, counted before it makes it. */
static bool has_many_values(const char *line, size_t len)
{
	bool in_string = false;
	size_t n = 0;

	for (size_t i = 0; i < len && n <= PX_BATCH_VALUES_MAX; i++) {
		if (line[i] == '"')
			in_string = !in_string;
		else if (in_string && line[i] == '\\')
			i++;
		else if (!in_string && (line[i] == '{' || line[i] == '[' || line[i] == ','))
			n++;
	}
	return n > PX_BATCH_VALUES_MAX;
}

static json_t *load(struct px_problem *problem, const char *line, size_t len)
{
	json_error_t error;
	json_t *from;

	if (len > PX_BATCH_LINE_MAX) {
		px_problem_set(problem, "longer than 8 MiB");
		return NULL;
	}
	if (has_many_values(line, len)) {
		px_problem_set(problem, "more than %d values", PX_BATCH_VALUES_MAX);
		return NULL;
	}
	from = json_loadb(line, len, JSON_REJECT_DUPLICATES, &error);
	if (from == NULL)
		px_problem_set(problem, "byte %d: %s", error.position, error.text);
	return from;
}

char *px_batch_answer(bool *bad, const char *line, size_t len, int64_t now)
{
	struct px_problem problem;
	json_t *from = load(&problem, line, len), *out = NULL;
	char *text = NULL;

	if (from != NULL)
		out = judge(&problem, from, now);
	*bad = out == NULL;
	if (out == NULL)
		out = json_pack("{s:s}", "error", problem.text);
	if (json_object_set_new(out, "id", id_of(from)) == 0)
		text = px_dump_line(out, JSON_SORT_KEYS);
	json_decref(out);
	json_decref(from);
	return text;
}

/* ---- Lines ----------------------------------------------------------------------------------- */

struct reader {
	FILE *in;
	char *line;
	size_t len, room;
};

static bool put_char(struct reader *r, int c)
{
	if (r->len == r->room) {
		size_t room = r->room > 0 ? r->room * 2 : FIRST_ROOM;
		char *p = realloc(r->line, room);

		if (p == NULL)
			return false;
		r->line = p;
		r->room = room;
	}
	r->line[r->len++] = (char)c;
	return true;
}

/* False at the end. Of a line that is too long the rest is read and forgotten, but for one byte. */
static bool next_line(struct reader *r, bool *no_memory)
{
	int c = getc(r->in);

	r->len = 0;
	if (c == EOF)
		return false;
	for (; c != EOF && c != '\n'; c = getc(r->in)) {
		if (r->len > PX_BATCH_LINE_MAX || *no_memory)
			continue;
		*no_memory = !put_char(r, c);
	}
	return !*no_memory;
}

static bool is_blank(const struct reader *r)
{
	for (size_t i = 0; i < r->len; i++) {
		if (strchr(" \t\r", r->line[i]) == NULL || r->line[i] == '\0')
			return false;
	}
	return true;
}

int px_batch_run(FILE *in, FILE *out)
{
	struct reader r = { .in = in };
	bool no_memory = false, any_bad = false, bad;

	while (next_line(&r, &no_memory)) {
		char *text;

		if (is_blank(&r))
			continue;
		text = px_batch_answer(&bad, r.line, r.len, time(NULL));
		any_bad = any_bad || bad;
		no_memory = text == NULL;
		/* At once: whoever asked may be waiting for it. */
		if (text != NULL && (fprintf(out, "%s\n", text) < 0 || fflush(out) != 0))
			any_bad = true;
		free(text);
		if (no_memory || ferror(out))
			break;
	}
	free(r.line);
	if (no_memory)
		fputs("quenchctl verify: out of memory\n", stderr);
	if (ferror(in) || ferror(out))
		perror("quenchctl verify");
	return no_memory || any_bad || ferror(in) || ferror(out) ? 2 : 0;
}
