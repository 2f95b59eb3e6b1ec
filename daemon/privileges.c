/* privileges.c - see privileges.h. capabilities(7); the calls are made directly, one of two needs no library. */

#include "config.h" /* GNU extensions */

#include "daemon/privileges.h"

#include <errno.h>
#include <stdbool.h>
#include <linux/capability.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

static const unsigned kept[] = {
	CAP_NET_BIND_SERVICE, /* ports below 1024 */
	CAP_DAC_READ_SEARCH, /* keys that are somebody's own */
	CAP_SETUID, CAP_SETGID, /* the children's user */
	CAP_SETPCAP, /* its children reduce their own */
	CAP_KILL, /* they are another user's then */
	CAP_CHOWN /* sockets of the operator */
};

static uint64_t mask(void)
{
	uint64_t bits = 0;

	for (unsigned i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
		bits |= 1ull << kept[i];
	return bits;
}

/* Before the other sets: it takes CAP_SETPCAP. Without that nothing can be gained either, by no_new_privs. */
static void limit_bounding_set(uint64_t keep)
{
	for (unsigned cap = 0; cap < 64; cap++) {
		if (!(keep & (1ull << cap)))
			(void)prctl(PR_CAPBSET_DROP, cap, 0, 0, 0);
	}
}

static int limit_capabilities(uint64_t keep)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];
	bool more = false;

	if (syscall(SYS_capget, &head, data) != 0)
		return -1;
	for (int i = 0; i < 2; i++) {
		uint32_t bits = (uint32_t)(keep >> (32 * i));

		more = more || ((data[i].permitted | data[i].inheritable) & ~bits);
		data[i].permitted &= bits;
		data[i].effective &= bits;
		data[i].inheritable = 0;
	}
	/* Who has no more need not ask: the unit may deny the call itself. */
	if (!more)
		return 0;
	return (int)syscall(SYS_capset, &head, data);
}

/* Two for each connection; the children inherit it. */
static void raise_files(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

int px_privileges_limit(void)
{
	const struct rlimit none = { 0, 0 };
	/* A sanitizer traces the process that it looks into. */
	uint64_t keep = mask() | (QUENCH_SANITIZED ? 1ull << CAP_SYS_PTRACE : 0);

	raise_files();
	setrlimit(RLIMIT_CORE, &none);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return -1;
	limit_bounding_set(keep);
	if (limit_capabilities(keep) != 0)
		return -1;
	return QUENCH_SANITIZED ? 0 : prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}
