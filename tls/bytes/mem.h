/* mem.h - the only way of the core to memory: allocate, copy, wipe, compare.
 *
 * Every allocation of tls/ goes through tls_mem_alloc, so that a test can make the n-th one fail
 * (tls_mem_fail_at). Wiping can't be optimised away. Comparison of secrets takes the same time
 * whatever the bytes are.
 */
#ifndef TLS_BYTES_MEM_H
#define TLS_BYTES_MEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Zeroed memory of n bytes (n 0 gives a valid pointer), or NULL. Release with tls_mem_free. */
void *tls_mem_alloc(size_t n) __attribute__((warn_unused_result, malloc));

/* Releases p (NULL is fine). The caller wipes secrets before. */
void tls_mem_free(void *p);

/* Wipes n bytes at p and releases it (NULL is fine). */
void tls_mem_free_wiped(void *p, size_t n);

/* A copy of n bytes at src in memory of its own, or NULL. */
void *tls_mem_dup(const void *src, size_t n) __attribute__((warn_unused_result, malloc));

/* Copies n bytes; the areas don't overlap; n 0 allows NULL pointers. */
void tls_mem_copy(void *dst, const void *src, size_t n);

/* Copies n bytes between areas that may overlap. */
void tls_mem_move(void *dst, const void *src, size_t n);

/* Sets n bytes at p to 0. Not for secrets that die afterwards: that is tls_mem_wipe. */
void tls_mem_zero(void *p, size_t n);

/* Overwrites n bytes at p; the compiler may not leave it out. */
void tls_mem_wipe(void *p, size_t n);

/* True if n bytes at a and b are equal. Constant time: for secrets, tags and authenticators. */
bool tls_mem_equal(const void *a, const void *b, size_t n) __attribute__((warn_unused_result));

/* True if the two byte strings are equal. May stop early: for public data only. */
bool tls_mem_same(const void *a, size_t a_len, const void *b, size_t b_len)
	__attribute__((warn_unused_result));

/* Test hook: the n-th allocation from now (1 is the next) returns NULL, once. 0: none fails.
 * The value left over tells how far it got: 0 means the failure was delivered. */
void tls_mem_fail_at(unsigned long n);
unsigned long tls_mem_fail_left(void);

#endif
