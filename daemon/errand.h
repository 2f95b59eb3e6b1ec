/* errand.h - a thread that does one thing at a time for the loop, which never waits for it: what touches files or
 * names goes this way. */
#ifndef DAEMON_ERRAND_H
#define DAEMON_ERRAND_H

#include <event2/event.h>
#include <stdbool.h>

struct px_errand;

/* All get the same arg. What belongs to the errand is run's from px_errand_start until done. */
struct px_errand_kind {
	void (*run)(void *arg); /* in the thread */
	void (*done)(void *arg); /* in the loop, after each run */
	void (*drop)(void *arg); /* in the thread, instead of done, when px_errand_free has left it to itself */
};

/* kind lives on. 0, or -1 with errno. */
int px_errand_new(struct px_errand **errand, struct event_base *base, const struct px_errand_kind *kind, void *arg);

/* Begins. 0, or -1: one is under way. */
int px_errand_start(struct px_errand *errand);

/* Nothing waits for a name server or a dead file system: false if one is under way, and is left to itself with all
 * that it uses. NULL is fine. */
bool px_errand_free(struct px_errand *errand);

#endif
