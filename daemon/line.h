/* line.h - one line of the log, built up in place.
 *
 * Whatever goes in, what comes out is one line of printable ASCII: every other byte is escaped. Text
 * that doesn't fit is cut and the line marked, so that the line never breaks.
 */
#ifndef DAEMON_LINE_H
#define DAEMON_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A pipe takes this much whole or not at all (PIPE_BUF). */
#define PX_LINE_MAX 4096
#define PX_LINE_VALUE_MAX 255 /* bytes of a value that are shown */

struct px_line {
	char text[PX_LINE_MAX]; /* not NUL-terminated */
	size_t len;
	bool cut; /* something did not fit */
};

void px_line_init(struct px_line *line);

/* Trusted printable text, as it is. */
void px_line_add(struct px_line *line, const char *text);
void px_line_add_number(struct px_line *line, uint64_t number);

/* Any bytes as a value of the text format: bare if they are harmless, else in quotes with \" \\ \xHH.
 * No bytes give "-". */
void px_line_add_value(struct px_line *line, const void *bytes, size_t len);

/* The same, in quotes in any case. */
void px_line_add_quoted(struct px_line *line, const void *bytes, size_t len);

/* Any bytes, escaped the same way, without quotes: for messages. */
void px_line_add_message(struct px_line *line, const void *bytes, size_t len);

/* Any bytes as a JSON string; bytes outside ASCII become \u00HH. */
void px_line_add_json(struct px_line *line, const void *bytes, size_t len);

/* Ends the line with a newline; there is always room for it. */
void px_line_end(struct px_line *line);

#endif
