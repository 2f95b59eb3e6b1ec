/* story_text.c - a step as people read it: its time, its name, what it says first; then a line for each other member.
 * Objects within are indented; lists are lines that end at a column. See story.h. */
#include "story.h"

#include <string.h>

#define TITLE_COLUMN 12 /* behind "%8.1f ms " */
#define VALUE_COLUMN 34
#define LAST_COLUMN 110
#define INDENT 2
#define TEXT_LEN 64

struct page {
	FILE *to;
	int column;
};

static void put(struct page *p, const char *text)
{
	fputs(text, p->to);
	p->column += (int)strlen(text);
}

static void go_to(struct page *p, int column)
{
	do {
		put(p, " ");
	} while (p->column < column);
}

static void end_line(struct page *p)
{
	fputc('\n', p->to);
	p->column = 0;
}

static void next_line(struct page *p)
{
	end_line(p);
	go_to(p, VALUE_COLUMN);
}

/* Parted from what stands before it by a space, or by the end of the line if it is too long for this one. */
static void put_word(struct page *p, const char *word, size_t n)
{
	if (p->column > VALUE_COLUMN && p->column + (int)n >= LAST_COLUMN)
		next_line(p);
	else if (p->column > VALUE_COLUMN)
		put(p, " ");
	fprintf(p->to, "%.*s", (int)n, word);
	p->column += (int)n;
}

static void put_words(struct page *p, const char *text)
{
	while (*text != '\0') {
		size_t n = strcspn(text, " ");

		if (n > 0)
			put_word(p, text, n);
		text += n + (text[n] == ' ' ? 1 : 0);
	}
}

/* '_' is for programs. */
static void put_label(struct page *p, int column, const char *label)
{
	char text[TEXT_LEN];

	snprintf(text, sizeof(text), "%s", label);
	for (char *c = text; *c != '\0'; c++)
		*c = *c == '_' ? ' ' : *c;
	go_to(p, column);
	put(p, text);
}

static const char *scalar(char text[TEXT_LEN], const json_t *value)
{
	switch (json_typeof(value)) {
	case JSON_STRING:
		return json_string_value(value);
	case JSON_INTEGER:
		snprintf(text, TEXT_LEN, "%lld", (long long)json_integer_value(value));
		return text;
	case JSON_REAL:
		snprintf(text, TEXT_LEN, "%.1f", json_real_value(value));
		return text;
	case JSON_TRUE:
		return "yes";
	case JSON_FALSE:
		return "no";
	default:
		return "none";
	}
}

static bool is_nested(const json_t *value)
{
	return json_is_object(value) || json_is_object(json_array_get(value, 0));
}

/* Distinguished names, and whatever has commas of its own: a line for each. */
static bool wants_lines(const json_t *list)
{
	const json_t *value;
	size_t i;

	json_array_foreach(list, i, value) {
		if (json_is_string(value) && strpbrk(json_string_value(value), ",=") != NULL)
			return true;
	}
	return false;
}

static void put_list(struct page *p, const json_t *list)
{
	bool lines = wants_lines(list);
	char text[TEXT_LEN];
	const json_t *value;
	size_t i;

	if (json_array_size(list) == 0)
		put_words(p, "none");
	json_array_foreach(list, i, value) {
		bool last = i + 1 == json_array_size(list);

		put_words(p, scalar(text, value));
		if (!last && !lines)
			put(p, ",");
		if (!last && lines)
			next_line(p);
	}
}

static void put_value(struct page *p, const json_t *value)
{
	char text[TEXT_LEN];

	go_to(p, VALUE_COLUMN);
	if (json_is_array(value))
		put_list(p, value);
	else
		put_words(p, scalar(text, value));
	end_line(p);
}

static void put_members(struct page *p, int column, const json_t *object);

/* Of an object the first member stands beside its label or number. */
static void put_object(struct page *p, int column, const char *label, const json_t *object)
{
	const char *first = json_object_iter_key(json_object_iter((json_t *)(uintptr_t)object));

	put_label(p, column, label);
	if (first != NULL)
		put_value(p, json_object_get(object, first));
	else
		end_line(p);
	put_members(p, column + INDENT, object);
}

static void put_member(struct page *p, int column, const char *key, const json_t *value)
{
	char number[TEXT_LEN];
	const json_t *one;
	size_t i;

	if (!is_nested(value)) {
		put_label(p, column, key);
		put_value(p, value);
		return;
	}
	if (json_is_object(value)) {
		put_object(p, column, key, value);
		return;
	}
	json_array_foreach(value, i, one) {
		snprintf(number, sizeof(number), "%zu", i);
		put_object(p, column, number, one);
	}
}

/* All but the first, which stands above. */
static void put_members(struct page *p, int column, const json_t *object)
{
	const char *key;
	json_t *value;
	bool first = true;

	json_object_foreach((json_t *)(uintptr_t)object, key, value) {
		if (!first)
			put_member(p, column, key, value);
		first = false;
	}
}

static bool is_of_frame(const char *key)
{
	return strcmp(key, "step") == 0 || strcmp(key, "connection") == 0 || strcmp(key, "ms") == 0 ||
	    strcmp(key, "ok") == 0 || strcmp(key, "reason") == 0;
}

/* Beside the step's name; a number alone would say nothing. */
static void put_head(struct page *p, const char *key, const json_t *value)
{
	char text[TEXT_LEN];

	if (is_nested(value)) {
		end_line(p);
		put_member(p, TITLE_COLUMN + INDENT, key, value);
	} else if (json_is_string(value) || json_is_array(value) || json_is_null(value)) {
		put_value(p, value);
	} else {
		put_label(p, VALUE_COLUMN, key);
		put(p, ":");
		put_words(p, scalar(text, value));
		end_line(p);
	}
}

static bool put_reason(struct page *p, const json_t *step)
{
	const char *reason = json_string_value(json_object_get(step, "reason"));

	if (reason == NULL)
		return false;
	go_to(p, VALUE_COLUMN);
	if (json_is_false(json_object_get(step, "ok")))
		put_words(p, "FAILED:");
	put_words(p, reason);
	end_line(p);
	return true;
}

void px_story_text_print(FILE *to, const json_t *step)
{
	const char *name = json_string_value(json_object_get(step, "step"));
	struct page p = { .to = to };
	const char *key;
	json_t *value;
	bool headed;

	p.column = fprintf(to, "%8.1f ms", json_real_value(json_object_get(step, "ms")));
	put_label(&p, TITLE_COLUMN, name != NULL ? name : "");
	headed = put_reason(&p, step);
	json_object_foreach((json_t *)(uintptr_t)step, key, value) {
		if (is_of_frame(key))
			continue;
		if (headed)
			put_member(&p, TITLE_COLUMN + INDENT, key, value);
		else
			put_head(&p, key, value);
		headed = true;
	}
	if (!headed)
		end_line(&p);
	fflush(to);
}
