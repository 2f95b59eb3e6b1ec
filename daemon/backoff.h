/* backoff.h - when a child that has died is started again: at once, unless too many die in a short time. Pure. */
#ifndef DAEMON_BACKOFF_H
#define DAEMON_BACKOFF_H

#include <stdbool.h>
#include <stdint.h>

#define PX_BACKOFF_CRASHES 5 /* so many ... */
#define PX_BACKOFF_WINDOW_MS 1000 /* ... in this time begin it */
#define PX_BACKOFF_MIN_MS 250
#define PX_BACKOFF_MAX_MS 8000
#define PX_BACKOFF_CALM_MS 10000 /* no crash for so long beyond the delay ends it */

/* Zero-initialise. */
struct px_backoff {
	uint64_t crashes[PX_BACKOFF_CRASHES]; /* when; a ring */
	unsigned n; /* crashes so far */
	unsigned delay_ms; /* 0: none */
};

/* A child has died at now (ms, any origin but 0): how long to wait before the next one is started. *begins: it
 * was one too many, from now on there is a delay. */
unsigned px_backoff_crash(struct px_backoff *backoff, bool *begins, uint64_t now);

#endif
