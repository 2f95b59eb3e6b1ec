/* poison.h - marks and checks, for poison.c, kem.c, release.c and point.c. */
#ifndef TESTS_POISON_POISON_H
#define TESTS_POISON_POISON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <valgrind/memcheck.h>

#define SECRET(p, n) ((void)VALGRIND_MAKE_MEM_UNDEFINED(p, n))
#define PUBLIC(p, n) ((void)VALGRIND_MAKE_MEM_DEFINED(p, n))

/* Ends the program. */
void poison_must(bool good, const char *what);

/* True if some bit of it is undefined: the secret has come so far. */
bool poison_is_secret(const void *p, size_t n);

/* Good if valgrind finds nothing in it; if it finds something. */
void poison_check(const char *name, void (*piece)(void));
void poison_control(const char *name, void (*piece)(void));

/* kem.c, in this order. */
void poison_kem_generate(void);
void poison_kem_encapsulate(void);
void poison_kem_decapsulate(void);

/* The plan; main's result. */
int poison_done(void);

#endif
