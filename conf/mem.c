/* mem.c - see mem.h. Lists grow by doubling when their count reaches a power of two, so that a list
 * needs no field for its room. */
#include "mem.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static long fail_at = -1;

static bool fails(void)
{
	if (fail_at < 0)
		return false;
	if (fail_at == 0)
		return true;
	fail_at--;
	return false;
}

void conf_mem_fail_at(long n)
{
	fail_at = n;
}

void *conf_mem_zalloc(size_t len)
{
	return fails() ? NULL : calloc(1, len > 0 ? len : 1);
}

char *conf_mem_copy(const void *bytes, size_t len)
{
	char *copy = conf_mem_zalloc(len + 1);

	if (copy != NULL && len > 0)
		memcpy(copy, bytes, len);
	return copy;
}

char *conf_mem_text(const char *text)
{
	return conf_mem_copy(text, strlen(text));
}

void *conf_mem_more(void *list, size_t n, size_t size)
{
	void **p = list;
	void *grown;

	if ((n & (n - 1)) == 0) {
		size_t room = n > 0 ? n * 2 : 1;

		if (room > SIZE_MAX / size || fails())
			return NULL;
		grown = realloc(*p, room * size);
		if (grown == NULL)
			return NULL;
		*p = grown;
	}
	memset((char *)*p + n * size, 0, size);
	return (char *)*p + n * size;
}

void conf_mem_free(void *p)
{
	free(p);
}
