/* keymem_test.c - memory that isn't swapped out, as the kernel counts it, with a limit and without. */
#include "config.h" /* GNU extensions */

#include "unit.h"

#include <stdbool.h>
#include <sys/resource.h>

#include "daemon/keymem.h"
#include "tests/lib/inmate.h"

#define BIG (1u << 20)

static void need_kernel(void)
{
	if (QUENCH_SANITIZED) {
		print_message("a sanitizer locks nothing\n");
		skip();
	}
}

/* KiB locked, -1: not told. */
static long locked(void)
{
	FILE *f = fopen("/proc/self/status", "r");
	char line[200];
	long kib = -1;

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "VmLck: %ld kB", &kib) == 1)
			break;
	if (f)
		fclose(f);
	return kib;
}

static char *volatile held;

/* What is there, and what comes behind it once more is locked. */
static const char *locks(void *arg)
{
	const rlim_t *limit = arg;
	const struct rlimit r = {*limit, *limit};
	long before;

	if (setrlimit(RLIMIT_MEMLOCK, &r) != 0)
		return NULL; /* it may not be raised here */
	px_keymem_init();
	if (px_keymem_lock() != 0)
		return inmate_says("lock", locked());
	before = locked();
	if (before <= 0)
		return inmate_says("nothing is locked", before);
	held = malloc(BIG);
	if (!held)
		return "malloc";
	memset(held, 1, BIG);
	if (px_keymem_lock() != 0)
		return inmate_says("lock again", locked());
	return locked() >= before + (long)(BIG / 1024) ? NULL : inmate_says("not grown", locked() - before);
}

/* root may raise the limit, where it may; others have it as it is. */
static const char *as_nobody(void *arg)
{
	if (geteuid() == 0 && setresuid(65534, 65534, 65534) != 0)
		return NULL;
	return locks(arg);
}

static void with_a_limit(void **state)
{
	rlim_t limit = 4 << 20;

	(void)state;
	need_kernel();
	inmate_run(as_nobody, &limit);
}

static void without(void **state)
{
	rlim_t limit = RLIM_INFINITY;

	(void)state;
	need_kernel();
	inmate_run(locks, &limit);
}

/* Too much for the limit: this is told, and there is memory all the same. */
static const char *too_much(void *arg)
{
	const struct rlimit r = {1 << 20, 1 << 20};

	(void)arg;
	if ((geteuid() == 0 && setresuid(65534, 65534, 65534) != 0) || setrlimit(RLIMIT_MEMLOCK, &r) != 0)
		return NULL;
	px_keymem_init();
	held = malloc(4 * BIG);
	if (!held)
		return "malloc";
	memset(held, 1, 4 * BIG);
	if (px_keymem_lock() == 0)
		return "more than may be is locked";
	held = malloc(4 * BIG);
	return held ? NULL : "malloc behind it";
}

static void over_the_limit(void **state)
{
	(void)state;
	need_kernel();
	inmate_run(too_much, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(with_a_limit),
	    cmocka_unit_test(without),
	    cmocka_unit_test(over_the_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
