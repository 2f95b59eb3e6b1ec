/* story.c - see story.h. */
#include "story.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define US_PER_SECOND 1000000
#define LINE_LEN 1024

uint64_t px_story_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * US_PER_SECOND + (uint64_t)now.tv_nsec / 1000;
}

void px_story_init(struct px_story *s, FILE *text)
{
	*s = (struct px_story){ .steps = json_array(), .text = text, .start = px_story_now(), .connection = 1 };
	s->no_memory = s->steps == NULL;
}

void px_story_clear(struct px_story *s)
{
	json_decref(s->steps);
	s->steps = s->failure = NULL;
}

void px_story_reconnect(struct px_story *s)
{
	s->connection++;
	if (s->text != NULL)
		fprintf(s->text, "connection %u:\n", s->connection);
}

void px_story_set(struct px_story *s, json_t *object, const char *key, json_t *value)
{
	if (json_object_set_new(object, key, value) < 0)
		s->no_memory = true;
}

void px_story_append(struct px_story *s, json_t *array, json_t *value)
{
	if (json_array_append_new(array, value) < 0)
		s->no_memory = true;
}

/* A tenth of a millisecond is as much as is meant. */
static json_t *tenths(uint64_t us)
{
	return json_real((double)((us + 50) / 100) / 10.0);
}

json_t *px_story_begin(struct px_story *s, const char *name)
{
	json_t *step = json_object();

	px_story_set(s, step, "step", json_string(name));
	px_story_set(s, step, "connection", json_integer(s->connection));
	px_story_set(s, step, "ms", tenths(px_story_now() - s->start));
	px_story_set(s, step, "ok", json_true());
	return step;
}

void px_story_tell(struct px_story *s, json_t *step)
{
	if (s->text != NULL && step != NULL)
		px_story_text_print(s->text, step);
	px_story_append(s, s->steps, step);
}

void px_story_fail(struct px_story *s, json_t *step, const char *reason, const char *help)
{
	px_story_set(s, step, "ok", json_false());
	px_story_set(s, step, "reason", px_story_string(reason));
	if (help != NULL)
		px_story_set(s, step, "help", px_story_string(help));
	if (s->failure == NULL)
		s->failure = step;
	px_story_tell(s, step);
	/* what could not be kept is gone */
	if (s->no_memory)
		s->failure = NULL;
}

json_t *px_story_bytes(const void *data, size_t len)
{
	const unsigned char *p = data;
	char *text = malloc(4 * len + 1);
	json_t *string;
	size_t n = 0;

	if (text == NULL)
		return NULL;
	for (size_t i = 0; i < len; i++) {
		if (p[i] >= 0x20 && p[i] < 0x7f)
			text[n++] = (char)p[i];
		else
			n += (size_t)snprintf(text + n, 5, "\\x%02x", p[i]);
	}
	string = json_stringn(text, n);
	free(text);
	return string;
}

json_t *px_story_string(const char *text)
{
	return px_story_bytes(text, strlen(text));
}

json_t *px_story_printf(const char *format, ...)
{
	char line[LINE_LEN];
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	return px_story_string(line);
}
