/* timeouts.c - see timeouts.h. */

#include "daemon/timeouts.h"

#include <string.h>

void px_timeouts_init(struct px_timeouts *timeouts, struct event_base *base)
{
	memset(timeouts, 0, sizeof(*timeouts));
	timeouts->base = base;
}

struct timeval px_timeouts_tv(uint64_t ms)
{
	return (struct timeval){ .tv_sec = (time_t)(ms / 1000),
		.tv_usec = (suseconds_t)(ms % 1000 * 1000) };
}

static const struct timeval *learn(struct px_timeouts *timeouts, const struct timeval *own, uint64_t ms)
{
	const struct timeval *tv;

	if (timeouts->n == PX_TIMEOUTS_MAX)
		return NULL;
	tv = event_base_init_common_timeout(timeouts->base, own);
	if (tv)
		timeouts->known[timeouts->n++] = (struct px_timeouts_known){ ms, tv };
	return tv;
}

const struct timeval *px_timeouts_get(struct px_timeouts *timeouts, struct timeval *own, uint64_t ms)
{
	const struct timeval *tv;

	if (ms == 0)
		return NULL;
	for (unsigned i = 0; i < timeouts->n; i++) {
		if (timeouts->known[i].ms == ms)
			return timeouts->known[i].tv;
	}
	*own = px_timeouts_tv(ms);
	tv = learn(timeouts, own, ms);
	return tv ? tv : own;
}
