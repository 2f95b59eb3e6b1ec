/* mem.c - see mem.h. */
#include "mem.h"

#include <stdlib.h>
#include <string.h>

static unsigned long fail_at;

void tls_mem_fail_at(unsigned long n)
{
	fail_at = n;
}

unsigned long tls_mem_fail_left(void)
{
	return fail_at;
}

void *tls_mem_alloc(size_t n)
{
	if (fail_at > 0 && --fail_at == 0)
		return NULL;
	return calloc(1, n > 0 ? n : 1);
}

void tls_mem_free(void *p)
{
	free(p);
}

void tls_mem_free_wiped(void *p, size_t n)
{
	if (p != NULL)
		tls_mem_wipe(p, n);
	free(p);
}

void *tls_mem_dup(const void *src, size_t n)
{
	void *p = tls_mem_alloc(n);

	if (p != NULL)
		tls_mem_copy(p, src, n);
	return p;
}

void tls_mem_copy(void *dst, const void *src, size_t n)
{
	if (n > 0)
		memcpy(dst, src, n);
}

void tls_mem_move(void *dst, const void *src, size_t n)
{
	if (n > 0)
		memmove(dst, src, n);
}

void tls_mem_zero(void *p, size_t n)
{
	if (n > 0)
		memset(p, 0, n);
}

void tls_mem_wipe(void *p, size_t n)
{
	if (n > 0)
		explicit_bzero(p, n);
}

bool tls_mem_equal(const void *a, const void *b, size_t n)
{
	const volatile uint8_t *x = a, *y = b;
	uint8_t diff = 0;

	for (size_t i = 0; i < n; i++)
		diff |= (uint8_t)(x[i] ^ y[i]);
	return diff == 0;
}

bool tls_mem_same(const void *a, size_t a_len, const void *b, size_t b_len)
{
	return a_len == b_len && (a_len == 0 || memcmp(a, b, a_len) == 0);
}
