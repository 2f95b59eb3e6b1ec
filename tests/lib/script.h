/* script.h - how the scripted ends tell what went wrong: of the other end by its note, of the tests by ending them. */
#ifndef TESTS_LIB_SCRIPT_H
#define TESTS_LIB_SCRIPT_H

#include <stddef.h>
#include <stdlib.h>

/* Notes the first thing that was not as it must be. */
static inline void wrong(const char **note, const char *what)
{
	if (*note == NULL)
		*note = what;
}

static inline void must(int err)
{
	if (err != 0)
		abort();
}

#endif
