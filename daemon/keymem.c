/* keymem.c - see keymem.h. Pages are locked as they are first touched (ONFAULT), so that the libraries that nobody
 * uses cost nothing. What is locked under a limit never makes an allocation fail. */

#include "config.h" /* GNU extensions */

#include "daemon/keymem.h"

#include <malloc.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#define STACK_LEN 262144 /* what signing takes of it, and much more */

static struct {
	bool unlimited;
	uintptr_t heap; /* where it begins; 0: not known */
} mem;

static uintptr_t find_heap(void)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	unsigned long begin = 0;
	char line[512];

	if (!maps)
		return 0;
	while (begin == 0 && fgets(line, sizeof(line), maps)) {
		if (strstr(line, "[heap]") && sscanf(line, "%lx-", &begin) != 1)
			begin = 0;
	}
	fclose(maps);
	return begin;
}

void px_keymem_init(void)
{
	const struct rlimit none = { RLIM_INFINITY, RLIM_INFINITY };
	struct rlimit limit;

	setrlimit(RLIMIT_MEMLOCK, &none);
	mem.unlimited = getrlimit(RLIMIT_MEMLOCK, &limit) == 0 && limit.rlim_cur == RLIM_INFINITY;
	if (mem.unlimited)
		return;
	/* Everything in one place: however large, it comes from the heap. */
	mallopt(M_MMAP_MAX, 0);
	mem.heap = find_heap();
}

static int lock_range(uintptr_t begin, uintptr_t end)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);

	begin &= ~(page - 1);
	return mlock2((void *)begin, end - begin, MLOCK_ONFAULT);
}

int px_keymem_lock(void)
{
	uintptr_t here = (uintptr_t)__builtin_frame_address(0);

	if (mem.unlimited)
		return mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT);
	/* It has to be mapped to be locked; the kernel grows a stack that is touched. */
	memset(__builtin_alloca(STACK_LEN), 0, STACK_LEN);
	if (mem.heap == 0 || lock_range(here - STACK_LEN, here) != 0)
		return -1;
	return lock_range(mem.heap, (uintptr_t)sbrk(0));
}
