/* spot.c - see spot.h. */

#include "daemon/spot.h"

#include <stdio.h>

#include "daemon/clock.h"

void px_spot_init(struct px_spot *spot)
{
	pthread_mutex_init(&spot->lock, NULL);
	spot->text[0] = '\0';
	spot->since_ms = 0;
}

void px_spot_clear(struct px_spot *spot)
{
	pthread_mutex_destroy(&spot->lock);
}

void px_spot_enter(struct px_spot *spot, const char *text)
{
	if (!spot)
		return;
	pthread_mutex_lock(&spot->lock);
	snprintf(spot->text, sizeof(spot->text), "%s", text ? text : "");
	spot->since_ms = text ? px_clock_ms() : 0;
	pthread_mutex_unlock(&spot->lock);
}

uint64_t px_spot_ms(struct px_spot *spot, char text[PX_SPOT_LEN])
{
	uint64_t since;

	pthread_mutex_lock(&spot->lock);
	since = spot->since_ms;
	snprintf(text, PX_SPOT_LEN, "%s", spot->text);
	pthread_mutex_unlock(&spot->lock);
	return since ? px_clock_ms() - since + 1 : 0;
}
