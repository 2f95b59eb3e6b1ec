/* builder.h - a thread that builds: ten thousand certificates take half a second, in which no relay shall wait.
 *
 * Jobs are done one after the other. The thread touches nothing but the build that it has at the time, has a lower
 * priority than the reactor, and takes no signals.
 */
#ifndef DAEMON_BUILDER_H
#define DAEMON_BUILDER_H

#include <event2/event.h>

#include "daemon/build.h"

struct px_builder;

/* Starts the thread, and waits until it runs: from then on it needs no more system calls than the reactor.
 * on_built is called in the reactor for each build, which is its to px_build_free or px_builder_free. 0, or -1. */
int px_builder_start(struct px_builder **builder, struct event_base *base,
    void (*on_built)(void *arg, struct px_build *build), void *arg);

/* Runs it with fd, which is taken over in any case. 0, or -1 when memory is out: build is still the caller's. */
int px_builder_run(struct px_builder *builder, struct px_build *build, int fd);

/* Frees it without keeping the reactor from its work; at once if builder is NULL. */
void px_builder_free(struct px_builder *builder, struct px_build *build);

/* Waits for what it is at; builds that nobody has been told of are freed. NULL is fine. */
void px_builder_stop(struct px_builder *builder);

#endif
