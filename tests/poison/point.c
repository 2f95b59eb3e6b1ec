/* point.c - TAP out of what valgrind has counted. */
#include "poison.h"

#include <stdio.h>
#include <stdlib.h>

static unsigned n_points;

static void point(bool good, const char *name)
{
	printf("%s %u - %s\n", good ? "ok" : "not ok", ++n_points, name);
	fflush(stdout);
}

void poison_must(bool good, const char *what)
{
	if (good)
		return;
	printf("Bail out! %s\n", what);
	exit(1);
}

/* True if some bit of it is undefined: the secret has come so far. */
bool poison_is_secret(const void *p, size_t n)
{
	uint8_t bits[512];
	bool any = false;

	poison_must(n <= sizeof(bits) && VALGRIND_GET_VBITS(p, bits, n) == 1, "no valgrind");
	for (size_t i = 0; i < n; i++)
		any = any || bits[i] != 0;
	return any;
}

void poison_check(const char *name, void (*piece)(void))
{
	unsigned before = (unsigned)VALGRIND_COUNT_ERRORS;

	VALGRIND_PRINTF("---- %s\n", name);
	piece();
	point((unsigned)VALGRIND_COUNT_ERRORS == before, name);
}

/* What must be reported is. */
void poison_control(const char *name, void (*piece)(void))
{
	unsigned before = (unsigned)VALGRIND_COUNT_ERRORS;

	VALGRIND_PRINTF("---- control: %s\n", name);
	piece();
	point((unsigned)VALGRIND_COUNT_ERRORS > before, name);
}

int poison_done(void)
{
	printf("1..%u\n", n_points);
	return 0;
}
