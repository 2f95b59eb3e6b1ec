/* timeouts.h - timers of one length share a queue of the event base: arming one costs the same with a hundred
 * thousand of them. The base keeps such queues for ever and has room for some hundred; a length that comes when
 * there are PX_TIMEOUTS_MAX, after many reloads, is served by an ordinary timer. */
#ifndef DAEMON_TIMEOUTS_H
#define DAEMON_TIMEOUTS_H

#include <event2/event.h>
#include <stdint.h>
#include <sys/time.h>

#define PX_TIMEOUTS_MAX 64

struct px_timeouts {
	struct event_base *base;
	struct px_timeouts_known {
		uint64_t ms;
		const struct timeval *tv; /* the base's */
	} known[PX_TIMEOUTS_MAX];
	unsigned n;
};

void px_timeouts_init(struct px_timeouts *timeouts, struct event_base *base);

/* What event_add takes for ms: the base's, or *own, which is filled in. NULL for 0: no limit. */
const struct timeval *px_timeouts_get(struct px_timeouts *timeouts, struct timeval *own, uint64_t ms);

struct timeval px_timeouts_tv(uint64_t ms);

#endif
