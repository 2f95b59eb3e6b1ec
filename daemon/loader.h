/* loader.h - a thread that loads configurations, one at a time, so that the master's loop never waits for files or
 * names. */
#ifndef DAEMON_LOADER_H
#define DAEMON_LOADER_H

#include <event2/event.h>
#include <stdbool.h>
#include <stdint.h>

#include "daemon/load.h"

struct px_loader;

/* done is called in the loop for each job; what it gets is its own. 0, or -1 with errno. */
int px_loader_new(struct px_loader **loader, struct event_base *base,
    void (*done)(void *arg, struct px_loaded *loaded), void *arg);

/* Begins to load. What job points to lives on until done is called. 0, or -1: there is a job already. */
int px_loader_start(struct px_loader *loader, const struct px_load_job *job);

/* For how many ms it has been at what it is at: a file, a name. 0: nowhere. */
uint64_t px_loader_spot(struct px_loader *loader, char text[PX_SPOT_LEN]);

/* Nothing waits for a name server: false if a job is not through, and is left to itself with what it points to. NULL
 * is fine. */
bool px_loader_free(struct px_loader *loader);

#endif
