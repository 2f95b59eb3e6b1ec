/* fresh.h - files that are made and not overwritten; what is begun and not kept is removed again. */
#ifndef DAEMON_CTL_FRESH_H
#define DAEMON_CTL_FRESH_H

#include <stdbool.h>

#include "problem.h"
#include "tls/tls.h"

struct px_fresh {
	const char *path; /* NULL: nothing is open */
	int fd;
};

/* True if such a file can most likely be made: there is none of this name, and its folder may be written to. False with
 * the problem. */
bool px_fresh_is_free(struct px_problem *problem, const char *path) __attribute__((warn_unused_result));

/* Makes an empty file, for its owner alone if it is secret. 0, or -1 and the problem, "PATH: reason". */
int px_fresh_open(struct px_fresh *file, struct px_problem *problem, const char *path, bool secret)
    __attribute__((warn_unused_result));

/* Writes all of it, down to the disk. 0, or -1 and the problem. */
int px_fresh_write(struct px_fresh *file, struct px_problem *problem, const tls_datum_t *data)
    __attribute__((warn_unused_result));

/* The end: kept, or removed. */
void px_fresh_close(struct px_fresh *file, bool keep);

#endif
