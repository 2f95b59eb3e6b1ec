/* story.h - what happened, step by step. A step is a JSON object: "step" (its name), "connection" (from 1), "ms" since
 * the start, "ok", and what there is to say, the most important thing first. People get each step as it is told, with
 * the same members as text; programs get them all in the end.
 *
 * Lack of memory is latched: what is told is then not all, and no_memory says so. */
#ifndef DAEMON_CTL_STORY_H
#define DAEMON_CTL_STORY_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct px_story {
	json_t *steps;
	json_t *failure; /* the first step that failed; borrowed from steps, or NULL */
	FILE *text; /* where steps are told at once, or NULL */
	uint64_t start; /* microseconds */
	unsigned connection;
	bool no_memory;
};

void px_story_init(struct px_story *s, FILE *text);
void px_story_clear(struct px_story *s);

/* Microseconds of a clock that never goes back. */
uint64_t px_story_now(void);

/* What is told from now on is of another connection. */
void px_story_reconnect(struct px_story *s);

/* A new step, to be given to px_story_tell, which takes it. */
json_t *px_story_begin(struct px_story *s, const char *name);
void px_story_tell(struct px_story *s, json_t *step);

/* The same for one that failed. help: what to do about it, or NULL. */
void px_story_fail(struct px_story *s, json_t *step, const char *reason, const char *help);

/* Adds a member to an object, or an entry to an array; the value is taken. NULL: lack of memory. */
void px_story_set(struct px_story *s, json_t *object, const char *key, json_t *value);
void px_story_append(struct px_story *s, json_t *array, json_t *value);

/* Somebody's bytes as a string: printable ASCII, any other byte as \xHH. */
json_t *px_story_bytes(const void *data, size_t len);
json_t *px_story_string(const char *text);
json_t *px_story_printf(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* One step as lines of text (story_text.c). */
void px_story_text_print(FILE *to, const json_t *step);

#endif
