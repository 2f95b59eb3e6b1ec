/* backoff.c - see backoff.h. */

#include "daemon/backoff.h"

static unsigned at(unsigned n)
{
	return n % PX_BACKOFF_CRASHES;
}

static bool too_many(const struct px_backoff *b, uint64_t now)
{
	/* The place of the next one is that of the oldest. */
	return b->n >= PX_BACKOFF_CRASHES && now - b->crashes[at(b->n)] < PX_BACKOFF_WINDOW_MS;
}

unsigned px_backoff_crash(struct px_backoff *b, bool *begins, uint64_t now)
{
	uint64_t last = b->n ? b->crashes[at(b->n - 1)] : 0;

	*begins = false;
	if (b->delay_ms && now - last > b->delay_ms + PX_BACKOFF_CALM_MS)
		b->delay_ms = 0;
	b->crashes[at(b->n)] = now;
	b->n++;
	if (b->delay_ms) {
		b->delay_ms = b->delay_ms * 2 < PX_BACKOFF_MAX_MS ? b->delay_ms * 2 : PX_BACKOFF_MAX_MS;
	} else if (too_many(b, now)) {
		b->delay_ms = PX_BACKOFF_MIN_MS;
		*begins = true;
	}
	return b->delay_ms;
}
