/* apart_pack.h - what goes to the process that loads, and what comes back, as bundles. Between two of our own program, of
 * the same build. */
#ifndef DAEMON_APART_PACK_H
#define DAEMON_APART_PACK_H

#include "daemon/load.h"

/* The path, keep_text, and what has been proven. The descriptor, or -1 with errno. */
int px_apart_pack_job(const struct px_load_job *job);

/* The strings live as long as the process. 0, or -1. */
int px_apart_unpack_job(struct px_load_job *job, int fd);

/* All but the configuration and its certificates, which are in the bundle; and what has been proven by now. The
 * descriptor, or -1 with errno. */
int px_apart_pack_result(const struct px_loaded *loaded, const struct px_load_job *job);

/* Into loaded, which has its bundles; what is wrong with it is a problem there. */
void px_apart_unpack_result(struct px_loaded *loaded, int fd, const struct px_load_job *job);

#endif
