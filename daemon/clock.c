/* clock.c - see clock.h. */

#include "daemon/clock.h"

#include <time.h>

static uint64_t read_us(clockid_t id)
{
	struct timespec now;

	clock_gettime(id, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

uint64_t px_clock_us(void)
{
	return read_us(CLOCK_MONOTONIC);
}

uint64_t px_clock_ms(void)
{
	return px_clock_us() / 1000;
}

uint64_t px_clock_real_us(void)
{
	return read_us(CLOCK_REALTIME);
}

uint64_t px_clock_real_ms(void)
{
	return px_clock_real_us() / 1000;
}
