/* errors.c - the list of what is wrong with a configuration. It is bounded, and each text is one
 * line of printable ASCII whatever the file holds, so that it can go to a terminal or a log as it
 * is. */
#include "errors.h"

#include <stdarg.h>
#include <stdio.h>

#include "mem.h"

#define MESSAGE_MAX_LEN 1024

/* Copies text to out, room bytes with the NUL, escaping what is not printable. */
static void escape(char *out, size_t room, const char *text)
{
	static const char hex[] = "0123456789abcdef";
	size_t len = 0;

	for (; *text != '\0' && len + 5 <= room; text++) {
		unsigned char c = (unsigned char)*text;

		if (c >= 0x20 && c < 0x7f) {
			out[len++] = *text;
			continue;
		}
		out[len++] = '\\';
		out[len++] = 'x';
		out[len++] = hex[c >> 4];
		out[len++] = hex[c & 15];
	}
	out[len] = '\0';
}

void conf_errors_no_memory(struct conf_errors *errs)
{
	errs->n_errors++;
	errs->no_memory = true;
}

static void append(
    struct conf_errors *errs, enum conf_severity severity, unsigned place, const char *text)
{
	char *copy = conf_mem_text(text);
	struct conf_message *message = NULL;

	if (copy != NULL)
		message = conf_mem_more(&errs->list, errs->n, sizeof(*errs->list));
	if (message == NULL) {
		conf_mem_free(copy);
		conf_errors_no_memory(errs);
		return;
	}
	message->severity = severity;
	message->text = copy;
	message->place = place;
	errs->n++;
}

/* Counts one more. False if it is not shown; the first of those leaves a word about that. */
static bool has_room(struct conf_errors *errs, enum conf_severity severity)
{
	errs->n_errors += severity == CONF_ERROR;
	errs->n_warnings += severity == CONF_WARNING;
	if (severity == CONF_WARNING && errs->n_warnings >= CONF_MAX_WARNINGS) {
		if (errs->n_warnings == CONF_MAX_WARNINGS && errs->n < CONF_MAX_ERRORS - 1)
			append(errs, CONF_WARNING, UINT32_MAX, "too many warnings: the rest is not shown");
		return false;
	}
	if (errs->n == CONF_MAX_ERRORS - 1)
		append(errs, severity, UINT32_MAX, "too many errors: the rest is not shown");
	return errs->n < CONF_MAX_ERRORS - 1;
}

void conf_errors_add(struct conf_errors *errs, enum conf_severity severity,
    const struct conf_origin *origin, const char *format, ...)
{
	char text[MESSAGE_MAX_LEN];
	char line[MESSAGE_MAX_LEN * 2];
	char clean[sizeof(line)];
	va_list args;

	if (!has_room(errs, severity))
		return;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (origin->line > 0)
		snprintf(line, sizeof(line), "%.800s:%u: %s", origin->file, origin->line, text);
	else
		snprintf(line, sizeof(line), "%.800s: %s", origin->file, text);
	escape(clean, sizeof(clean), line);
	append(errs, severity, origin->place, clean);
}

void conf_errors_sort(struct conf_errors *errs, unsigned first)
{
	for (unsigned i = first + 1; i < errs->n; i++) {
		struct conf_message moving = errs->list[i];
		unsigned k = i;

		for (; k > first && errs->list[k - 1].place > moving.place; k--)
			errs->list[k] = errs->list[k - 1];
		errs->list[k] = moving;
	}
}

void conf_errors_clear(struct conf_errors *errs)
{
	for (unsigned i = 0; i < errs->n; i++)
		conf_mem_free(errs->list[i].text);
	conf_mem_free(errs->list);
	*errs = (struct conf_errors){0};
}
