/* batch.h - many requests, one JSON object a line, each answered by a line. */
#ifndef DAEMON_CTL_BATCH_H
#define DAEMON_CTL_BATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define PX_BATCH_LINE_MAX (8U << 20)

/* Objects, arrays, members and entries in a line: each costs a hundred bytes and more, once it is read. */
#define PX_BATCH_VALUES_MAX 16384

/* The answer to the request in a line of len bytes, without its newline: one line of printable ASCII, NUL-terminated,
 * released with free; NULL for lack of memory. now: the time of requests that have none of their own. *bad: it could
 * not be read, and the answer says why. */
char *px_batch_answer(bool *bad, const char *line, size_t len, int64_t now);

/* Answers all lines of in. The exit status: 0; 2 if a line could not be read, or answered. */
int px_batch_run(FILE *in, FILE *out);

#endif
