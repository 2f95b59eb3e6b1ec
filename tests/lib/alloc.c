/* alloc.c - see alloc.h. */
#include "alloc.h"

#include <stddef.h>

void *__real_malloc(size_t len);
void *__real_calloc(size_t n, size_t len);
void *__real_realloc(void *p, size_t len);
void *__wrap_malloc(size_t len);
void *__wrap_calloc(size_t n, size_t len);
void *__wrap_realloc(void *p, size_t len);

static _Atomic long left = -1; /* a builder has its own thread */
static _Atomic bool failed;

void alloc_fail_at(long n)
{
	left = n;
	failed = false;
}

bool alloc_has_failed(void)
{
	return failed;
}

static bool fails(void)
{
	if (left != 0) {
		left -= left > 0;
		return false;
	}
	failed = true;
	return true;
}

void *__wrap_malloc(size_t len)
{
	return fails() ? NULL : __real_malloc(len);
}

void *__wrap_calloc(size_t n, size_t len)
{
	return fails() ? NULL : __real_calloc(n, len);
}

void *__wrap_realloc(void *p, size_t len)
{
	return fails() ? NULL : __real_realloc(p, len);
}
