/* poison.h - marks, for poison.c and release.c. */
#ifndef TESTS_POISON_POISON_H
#define TESTS_POISON_POISON_H

#include <valgrind/memcheck.h>

#define SECRET(p, n) ((void)VALGRIND_MAKE_MEM_UNDEFINED(p, n))
#define PUBLIC(p, n) ((void)VALGRIND_MAKE_MEM_DEFINED(p, n))

#endif
