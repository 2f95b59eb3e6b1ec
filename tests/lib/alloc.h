/* alloc.h - for programs linked with ALLOC_WRAP: every malloc, calloc and realloc of ours can be made to
 * fail, whoever asks. */
#ifndef TESTS_LIB_ALLOC_H
#define TESTS_LIB_ALLOC_H

#include <stdbool.h>

/* The n-th allocation from now on fails, and all after it; -1: none. */
void alloc_fail_at(long n);

/* Whether one has failed since. */
bool alloc_has_failed(void);

#endif
