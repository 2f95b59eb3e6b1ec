/* clock.h - a time function for sessions whose time a test sets. */
#ifndef TESTS_UNIT_CLOCK_H
#define TESTS_UNIT_CLOCK_H

#include <stdint.h>

/* Gives the number that ptr is the address of. */
static inline uint64_t fake_time(void *ptr)
{
	return *(const uint64_t *)ptr;
}

#endif
