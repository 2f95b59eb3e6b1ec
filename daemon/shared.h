/* shared.h - memory that processes share: of one size for ever, so that nobody can cut off what another has mapped. */
#ifndef DAEMON_SHARED_H
#define DAEMON_SHARED_H

#include <stdbool.h>
#include <stddef.h>

/* Zeros, mapped; populate: all of it is there from the start. *fd, for another process, is the caller's to close. NULL with
 * errno, and *fd is -1. Released with munmap, as the next. */
void *px_shared_make(int *fd, const char *name, size_t len, bool populate);

/* NULL with errno; EINVAL: its size is another one, or not sealed. */
void *px_shared_map(int fd, size_t len);

#endif
