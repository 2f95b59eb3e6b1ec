/* seccomp.c - see seccomp.h. A call may stand in a list with conditions on its arguments; then the rest of it is
 * denied. Pointers can't be looked behind: so there is no sendmsg, by which listening sockets, or rings of the log, could
 * be given to somebody else, and the user's descriptors that are on their way be used up. */

#include "config.h" /* GNU extensions */

#include "daemon/seccomp.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <seccomp.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define BOTH (1u << PX_SANDBOX_WORKER | 1u << PX_SANDBOX_KEEPER)
#define WORKER (1u << PX_SANDBOX_WORKER)
#define KEEPER (1u << PX_SANDBOX_KEEPER)

#define SOCK_TYPE_MASK 0xfu /* the rest are flags */

/* ---- The lists -------------------------------------------------------------------------------------------- */

static const struct call {
	const char *name;
	unsigned roles;
	bool narrow; /* only as a row of narrow[] allows */
} calls[] = {
	/* memory, never to be executed */
	{ "brk", BOTH, false },
	{ "madvise", BOTH, false },
	{ "mlock2", KEEPER, false },
	{ "mlockall", KEEPER, false },
	{ "mmap", BOTH, true },
	{ "mprotect", BOTH, true },
	{ "mremap", BOTH, false },
	{ "munmap", BOTH, false },
	/* events */
	{ "epoll_ctl", BOTH, false },
	{ "epoll_pwait", BOTH, false },
	{ "epoll_pwait2", BOTH, false },
	{ "epoll_wait", BOTH, false },
	/* what is open */
	{ "close", BOTH, false },
	{ "fcntl", BOTH, true },
	{ "lseek", BOTH, false },
	{ "read", BOTH, false },
	{ "readv", WORKER, false },
	{ "recvfrom", BOTH, false },
	{ "recvmsg", BOTH, false },
	{ "sendto", BOTH, false },
	{ "write", BOTH, false },
	{ "writev", BOTH, false },
	/* connections */
	{ "accept4", WORKER, false },
	{ "connect", WORKER, false },
	{ "getsockname", WORKER, false },
	{ "getsockopt", WORKER, false },
	{ "setsockopt", WORKER, true },
	{ "shutdown", WORKER, true },
	{ "socket", WORKER, true },
	/* the rest of a process */
	{ "clock_gettime", BOTH, false },
	{ "exit", WORKER, false },
	{ "exit_group", BOTH, false },
	{ "futex", BOTH, false },
	{ "getrandom", BOTH, false },
	{ "gettimeofday", BOTH, false },
	{ "restart_syscall", BOTH, false },
	{ "rt_sigprocmask", BOTH, false },
	{ "rt_sigreturn", BOTH, false },
	{ "sysinfo", BOTH, false }, /* glibc's qsort */
};

#define N_CALLS (sizeof(calls) / sizeof(calls[0]))

/* All conditions of a row hold, or those of another row of the same call. */
static const struct {
	const char *name;
	unsigned n;
	struct scmp_arg_cmp args[3];
} narrow[] = {
	{ "mmap", 1, { { 2, SCMP_CMP_MASKED_EQ, PROT_EXEC, 0 } } },
	{ "mprotect", 1, { { 2, SCMP_CMP_MASKED_EQ, PROT_EXEC, 0 } } },
	{ "fcntl", 1, { { 1, SCMP_CMP_EQ, F_GETFD, 0 } } },
	{ "fcntl", 1, { { 1, SCMP_CMP_EQ, F_SETFD, 0 } } },
	{ "fcntl", 1, { { 1, SCMP_CMP_EQ, F_GETFL, 0 } } },
	/* A listener that waits would stop its other workers, too: they share the flag. */
	{ "fcntl", 2, { { 1, SCMP_CMP_EQ, F_SETFL, 0 }, { 2, SCMP_CMP_MASKED_EQ, O_NONBLOCK, O_NONBLOCK } } },
	{ "fcntl", 1, { { 1, SCMP_CMP_EQ, F_DUPFD_CLOEXEC, 0 } } },
	{ "fcntl", 1, { { 1, SCMP_CMP_EQ, F_GET_SEALS, 0 } } },
	/* The other way would end a listener, for everybody. */
	{ "shutdown", 1, { { 1, SCMP_CMP_EQ, SHUT_WR, 0 } } },
	{ "socket", 3,
	    { { 0, SCMP_CMP_EQ, AF_INET, 0 }, { 1, SCMP_CMP_MASKED_EQ, SOCK_TYPE_MASK, SOCK_STREAM },
	        { 2, SCMP_CMP_EQ, 0, 0 } } },
	{ "socket", 3,
	    { { 0, SCMP_CMP_EQ, AF_INET6, 0 }, { 1, SCMP_CMP_MASKED_EQ, SOCK_TYPE_MASK, SOCK_STREAM },
	        { 2, SCMP_CMP_EQ, 0, 0 } } },
	{ "socket", 3,
	    { { 0, SCMP_CMP_EQ, AF_UNIX, 0 }, { 1, SCMP_CMP_MASKED_EQ, SOCK_TYPE_MASK, SOCK_STREAM },
	        { 2, SCMP_CMP_EQ, 0, 0 } } },
	{ "setsockopt", 2, { { 1, SCMP_CMP_EQ, SOL_SOCKET, 0 }, { 2, SCMP_CMP_EQ, SO_KEEPALIVE, 0 } } },
	{ "setsockopt", 2, { { 1, SCMP_CMP_EQ, SOL_SOCKET, 0 }, { 2, SCMP_CMP_EQ, SO_LINGER, 0 } } },
	{ "setsockopt", 2, { { 1, SCMP_CMP_EQ, SOL_SOCKET, 0 }, { 2, SCMP_CMP_EQ, SO_RCVBUF, 0 } } },
	{ "setsockopt", 2, { { 1, SCMP_CMP_EQ, SOL_SOCKET, 0 }, { 2, SCMP_CMP_EQ, SO_SNDBUF, 0 } } },
	{ "setsockopt", 2, { { 1, SCMP_CMP_EQ, IPPROTO_TCP, 0 }, { 2, SCMP_CMP_EQ, TCP_CORK, 0 } } },
	{ "setsockopt", 2, { { 1, SCMP_CMP_EQ, IPPROTO_TCP, 0 }, { 2, SCMP_CMP_EQ, TCP_KEEPCNT, 0 } } },
	{ "setsockopt", 2, { { 1, SCMP_CMP_EQ, IPPROTO_TCP, 0 }, { 2, SCMP_CMP_EQ, TCP_KEEPIDLE, 0 } } },
	{ "setsockopt", 2, { { 1, SCMP_CMP_EQ, IPPROTO_TCP, 0 }, { 2, SCMP_CMP_EQ, TCP_KEEPINTVL, 0 } } },
	{ "setsockopt", 2, { { 1, SCMP_CMP_EQ, IPPROTO_TCP, 0 }, { 2, SCMP_CMP_EQ, TCP_NODELAY, 0 } } },
	{ "setsockopt", 2, { { 1, SCMP_CMP_EQ, IPPROTO_TCP, 0 }, { 2, SCMP_CMP_EQ, TCP_QUICKACK, 0 } } },
};

#define N_NARROW (sizeof(narrow) / sizeof(narrow[0]))

const char *px_seccomp_call(enum px_sandbox_role role, unsigned i)
{
	for (unsigned k = 0; k < N_CALLS; k++)
		if ((calls[k].roles & 1u << role) && i-- == 0)
			return calls[k].name;
	return NULL;
}

/* ---- From the list to the kernel ---------------------------------------------------------------------------- */

/* An int is compared as one: whatever the upper half of its register holds. */
static struct scmp_arg_cmp as_int(struct scmp_arg_cmp a)
{
	if (a.op == SCMP_CMP_EQ)
		return (struct scmp_arg_cmp){ a.arg, SCMP_CMP_MASKED_EQ, UINT32_MAX, a.datum_a };
	return a;
}

static int add_narrow(scmp_filter_ctx ctx, int nr, const char *name)
{
	int r = 0;

	for (unsigned i = 0; i < N_NARROW && r == 0; i++) {
		struct scmp_arg_cmp args[3];

		if (strcmp(narrow[i].name, name) != 0)
			continue;
		for (unsigned k = 0; k < narrow[i].n; k++)
			args[k] = as_int(narrow[i].args[k]);
		r = seccomp_rule_add_array(ctx, SCMP_ACT_ALLOW, nr, narrow[i].n, args);
	}
	return r;
}

/* What this architecture or library doesn't have nobody here will call. */
static int add_call(scmp_filter_ctx ctx, const struct call *call)
{
	int nr = seccomp_syscall_resolve_name(call->name);

	if (nr < 0)
		return 0;
	return call->narrow ? add_narrow(ctx, nr, call->name) : seccomp_rule_add(ctx, SCMP_ACT_ALLOW, nr, 0);
}

/* Asked in a way that changes nothing. */
static bool kernel_has_it(void)
{
	return syscall(SYS_seccomp, SECCOMP_SET_MODE_STRICT, 1, NULL) == 0 || errno != ENOSYS;
}

static int load(enum px_sandbox_role role, scmp_filter_ctx ctx)
{
	int r = seccomp_attr_set(ctx, SCMP_FLTATR_CTL_TSYNC, 1);

	/* What the kernel says, and not that it has said something. */
	(void)seccomp_attr_set(ctx, SCMP_FLTATR_API_SYSRAWRC, 1);
	/* Before Linux 4.14 it ends the thread. */
	(void)seccomp_attr_set(ctx, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
	for (unsigned i = 0; i < N_CALLS && r == 0; i++)
		if (calls[i].roles & 1u << role)
			r = add_call(ctx, &calls[i]);
	return r == 0 ? seccomp_load(ctx) : r;
}

int px_seccomp_restrict(enum px_sandbox_role role)
{
	scmp_filter_ctx ctx;
	int r = -ENOMEM;

	if (!kernel_has_it())
		return ENOSYS;
	ctx = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	if (ctx) {
		r = load(role, ctx);
		seccomp_release(ctx);
	}
	return -r;
}
