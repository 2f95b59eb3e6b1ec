/* mem.h - memory of the configuration: zeroed, counted, and able to fail on purpose in tests. */
#ifndef CONF_MEM_H
#define CONF_MEM_H

#include <stddef.h>

/* NULL when memory is out. Released with conf_mem_free. */
void *conf_mem_zalloc(size_t len);

/* A NUL-terminated copy of len bytes, of a string. */
char *conf_mem_copy(const void *bytes, size_t len);
char *conf_mem_text(const char *text);

/* Room for one more element of size bytes behind the n of *list, zeroed; *list may move. NULL when
 * memory is out: *list is as it was. */
void *conf_mem_more(void *list, size_t n, size_t size);

void conf_mem_free(void *p);

/* Tests: lets the n-th allocation from now on fail (0: the next), and those after it; -1: none. */
void conf_mem_fail_at(long n);

#endif
