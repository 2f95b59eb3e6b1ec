/* seccomp_test.c - the lists of system calls: their size, what they let through, and that the rest is denied. */
#include "config.h" /* GNU extensions */

#include "unit.h"

#include <fcntl.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include "daemon/seccomp.h"
#include "tests/lib/inmate.h"

static void need_seccomp(void)
{
	if (QUENCH_SANITIZED) {
		print_message("a sanitizer needs calls that are not in the lists\n");
		skip();
	}
}

static unsigned n_calls(enum px_sandbox_role role)
{
	unsigned n = 0;

	while (px_seccomp_call(role, n))
		n++;
	return n;
}

static void sizes(void **state)
{
	(void)state;
	assert_in_range(n_calls(PX_SANDBOX_WORKER), 20, PX_SECCOMP_MAX);
	assert_in_range(n_calls(PX_SANDBOX_KEEPER), 10, n_calls(PX_SANDBOX_WORKER) - 1);
	/* a misspelt name would be no call at all */
	for (unsigned i = 0; i < n_calls(PX_SANDBOX_WORKER); i++)
		assert_true(seccomp_syscall_resolve_name(px_seccomp_call(PX_SANDBOX_WORKER, i)) != __NR_SCMP_ERROR);
	for (unsigned i = 0; i < n_calls(PX_SANDBOX_KEEPER); i++)
		assert_true(seccomp_syscall_resolve_name(px_seccomp_call(PX_SANDBOX_KEEPER, i)) != __NR_SCMP_ERROR);
}

/* ---- Denied ------------------------------------------------------------------------------------------------ */

static pid_t parent;
static int spare; /* a descriptor */
static void *page;
static char byte;
static struct iovec iov = {&byte, 1};
static int one = 1;
static char *no_args[] = {NULL};

/* Each by its number: no library stands between. */
#define CALL(name, ...) {#name " " #__VA_ARGS__, {SYS_##name, __VA_ARGS__}}
#define P(x) (long)(uintptr_t)(x)

struct probe {
	const char *text;
	long args[7];
};

static const char *all_denied(const struct probe *probes, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		const long *a = probes[i].args;
		long r;

		errno = 0;
		r = syscall(a[0], a[1], a[2], a[3], a[4], a[5], a[6]);
		if (r != -1 || errno != EPERM)
			return inmate_says(probes[i].text, r);
	}
	return NULL;
}

#define ALL_DENIED(probes) all_denied(probes, sizeof(probes) / sizeof((probes)[0]))

static const char *processes_denied(void)
{
	const struct probe probes[] = {
	    CALL(execve, P("/bin/true"), P(no_args), P(no_args)),
	    CALL(execveat, spare, P(""), P(no_args), P(no_args), AT_EMPTY_PATH),
	    CALL(clone, SIGCHLD),
	    CALL(clone3, P(page), 64),
	    CALL(kill, parent, 0),
	    CALL(kill, getpid(), 0),
	    CALL(tgkill, parent, parent, 0),
	    CALL(pidfd_open, parent, 0),
	    CALL(ptrace, PTRACE_TRACEME),
	    CALL(ptrace, PTRACE_ATTACH, parent),
	    CALL(process_vm_readv, parent, P(&iov), 1, P(&iov), 1),
	    CALL(process_vm_writev, parent, P(&iov), 1, P(&iov), 1),
	    CALL(prctl, 4 /* PR_SET_DUMPABLE */, 1),
	    CALL(setuid, 0),
	    CALL(setresuid, 0, 0, 0),
	    CALL(capset, P(page), P(page)),
	    CALL(unshare, CLONE_NEWUSER),
	    CALL(setns, spare, 0),
	    CALL(prlimit64, parent, 7, 0, P(page)),
	    CALL(seccomp, 0, 0, 0),
	};

	return ALL_DENIED(probes);
}

static const char *files_denied(void)
{
	const struct probe probes[] = {
	    CALL(openat, AT_FDCWD, P("/dev/null"), O_RDONLY),
	    CALL(openat, AT_FDCWD, P("/etc/passwd"), O_WRONLY),
	    CALL(openat2, AT_FDCWD, P("/dev/null"), P(page), 24),
	    CALL(newfstatat, AT_FDCWD, P("/etc"), P(page), 0),
	    CALL(newfstatat, AT_FDCWD, P("/etc"), P(page), 0x1000 /* AT_EMPTY_PATH */),
	    CALL(statx, AT_FDCWD, P("/etc"), 0, 0xfff, P(page)),
	    CALL(readlinkat, AT_FDCWD, P("/proc/self"), P(page), 100),
	    CALL(unlinkat, AT_FDCWD, P("/nothing"), 0),
	    CALL(mkdirat, AT_FDCWD, P("/nothing"), 0700),
	    CALL(chdir, P("/")),
	    CALL(chroot, P("/")),
	    CALL(mount, 0, P("/nothing"), P("proc"), 0, 0),
	    CALL(memfd_create, P("x"), 0),
	    CALL(getdents64, spare, P(page), 100),
	    CALL(ioctl, spare, 0x5412 /* TIOCSTI */, P(&byte)),
	    CALL(fcntl, spare, F_SETOWN, parent),
	    CALL(fcntl, spare, F_SETSIG, SIGKILL),
	    CALL(fcntl, spare, 1033 /* F_ADD_SEALS */, 0),
	    CALL(fcntl, spare, F_SETFL, 0),
	    CALL(shutdown, spare, SHUT_RD),
	    CALL(shutdown, spare, SHUT_RDWR),
	    CALL(dup, spare),
	    CALL(fstat, spare, P(page)),
	    CALL(sendfile, spare, spare, 0, 1),
	    CALL(splice, spare, 0, spare, 0, 1, 0),
	};

	return ALL_DENIED(probes);
}

static const char *memory_denied(void)
{
	const struct probe probes[] = {
	    CALL(mmap, 0, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
	    CALL(mmap, 0, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
	    CALL(mprotect, P(page), 4096, PROT_READ | PROT_EXEC),
	    CALL(pkey_mprotect, P(page), 4096, PROT_EXEC, 0),
	    CALL(remap_file_pages, P(page), 4096, 0, 0, 0),
	    CALL(userfaultfd, 0),
	    CALL(io_uring_setup, 1, P(page)),
	    CALL(bpf, 0, P(page), 16),
	    CALL(perf_event_open, P(page), 0, -1, -1, 0),
	    CALL(keyctl, 0, 0),
	    CALL(personality, 0x0400000 /* READ_IMPLIES_EXEC */),
	};

	return ALL_DENIED(probes);
}

static const char *sockets_denied(void)
{
	const struct probe probes[] = {
	    CALL(socket, AF_INET, SOCK_RAW, 1),
	    CALL(socket, AF_INET, SOCK_DGRAM, 0),
	    CALL(socket, AF_INET6, SOCK_DGRAM, 0),
	    CALL(socket, AF_INET, SOCK_STREAM, 262 /* MPTCP */),
	    CALL(socket, AF_INET, SOCK_SEQPACKET, 0),
	    CALL(socket, AF_UNIX, SOCK_DGRAM, 0),
	    CALL(socket, AF_UNIX, SOCK_SEQPACKET, 0),
	    CALL(socket, AF_NETLINK, SOCK_RAW, NETLINK_ROUTE),
	    CALL(socket, AF_PACKET, SOCK_RAW, 0),
	    CALL(socket, 38 /* AF_ALG */, SOCK_SEQPACKET, 0),
	    CALL(socket, 40 /* AF_VSOCK */, SOCK_STREAM, 0),
	    CALL(socketpair, AF_UNIX, SOCK_STREAM, 0, P(page)),
	    CALL(sendmsg, spare, P(page), 0),
	    CALL(sendmmsg, spare, P(page), 1, 0),
	    CALL(bind, spare, P(page), 16),
	    CALL(listen, spare, 1),
	    CALL(setsockopt, spare, IPPROTO_TCP, 31 /* TCP_ULP */, P("tls"), 4),
	    CALL(setsockopt, spare, SOL_SOCKET, SO_ATTACH_FILTER, P(page), 16),
	    CALL(setsockopt, spare, SOL_SOCKET, SO_BINDTODEVICE, P("lo"), 2),
	    CALL(setsockopt, spare, IPPROTO_IP, 1, P(&one), 4),
	};

	return ALL_DENIED(probes);
}

/* ---- Let through -------------------------------------------------------------------------------------------- */

static bool lets_memory(void)
{
	char *p = malloc(10 << 20), *q;
	void *m = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (!p || m == MAP_FAILED || mprotect(m, 4096, PROT_READ) != 0 || munmap(m, 8192) != 0)
		return false;
	memset(p, 1, 10 << 20);
	q = realloc(p, 40 << 20);
	free(q ? q : p);
	return q && getrandom(&byte, 1, 0) == 1;
}

static bool lets_descriptors(const int pair[2], int epoll)
{
	struct epoll_event e = {.events = EPOLLIN};
	char buf[8];

	return fcntl(pair[0], F_SETFL, O_NONBLOCK) == 0 &&
	    send(pair[0], "abc", 3, MSG_NOSIGNAL) == 3 && epoll_ctl(epoll, EPOLL_CTL_ADD, pair[1], &e) == 0 &&
	    epoll_wait(epoll, &e, 1, 1000) == 1 && recv(pair[1], buf, sizeof(buf), 0) == 3 &&
	    fcntl(pair[0], F_DUPFD_CLOEXEC, 10) >= 10 && close(pair[1]) == 0;
}

/* A stream of each family. */
static bool lets_sockets(void)
{
	static const int families[] = {AF_INET, AF_INET6, AF_UNIX};

	for (int i = 0; i < 3; i++) {
		int fd = socket(families[i], SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

		if (fd < 0 && errno == EPERM)
			return false;
		if (fd >= 0 && i == 0 && (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)) != 0 ||
					     setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof(one)) != 0))
			return false;
		close(fd);
	}
	return true;
}

static const char *in_list(void *arg)
{
	enum px_sandbox_role role = *(enum px_sandbox_role *)arg;
	int pair[2], epoll = epoll_create1(0);
	const char *problem;

	parent = getppid();
	spare = socket(AF_INET, SOCK_STREAM, 0);
	page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (spare < 0 || page == MAP_FAILED || socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair) != 0)
		return "not prepared";
	if (px_seccomp_restrict(role) != 0)
		return "not restricted";
	if (!lets_memory())
		return inmate_says("memory", 0);
	if (!lets_descriptors(pair, epoll))
		return inmate_says("descriptors", 0);
	if (lets_sockets() != (role == PX_SANDBOX_WORKER))
		return "socket";
	problem = processes_denied();
	if (!problem)
		problem = files_denied();
	if (!problem)
		problem = memory_denied();
	return problem ? problem : sockets_denied();
}

/* ---- Threads ------------------------------------------------------------------------------------------------- */

static int from_main[2], to_main[2];

static void *other_thread(void *arg)
{
	static char not_told[] = "not told", opened[] = "it may open";
	char c;

	/* until there is the filter */
	if (write(to_main[1], "r", 1) != 1 || read(from_main[0], &c, 1) != 1)
		return not_told;
	errno = 0;
	if (syscall(SYS_openat, AT_FDCWD, "/dev/null", O_RDONLY) != -1 || errno != EPERM)
		return opened;
	free(malloc(1 << 20));
	return arg;
}

static const char *threads(void *arg)
{
	pthread_t thread;
	void *said;
	char c;

	(void)arg;
	if (pipe(from_main) != 0 || pipe(to_main) != 0 || pthread_create(&thread, NULL, other_thread, NULL) != 0 ||
	    read(to_main[0], &c, 1) != 1)
		return "not prepared";
	if (px_seccomp_restrict(PX_SANDBOX_WORKER))
		return "not restricted";
	if (write(from_main[1], "g", 1) != 1 || pthread_join(thread, &said) != 0)
		return "not joined";
	if (said)
		return said;
	return pthread_create(&thread, NULL, other_thread, NULL) == EPERM ? NULL : "a new thread";
}

/* One that was there before is under the same list, and can end; there is no new one. */
static void all_threads(void **state)
{
	(void)state;
	need_seccomp();
	inmate_run(threads, NULL);
}

/* ---- Other ways into the kernel ------------------------------------------------------------------------------ */

#ifdef __x86_64__

/* Calls of the 32-bit kind have other numbers: 39 there is mkdir, and getpid's 20 is writev's here. */
static long call_as_i386(long number)
{
	long r;

	__asm__ volatile("int $0x80" : "=a"(r) : "0"(number), "b"(0L), "c"(0L), "d"(0L) : "memory", "r8", "r9", "r10", "r11");
	return r;
}

static const char *as_i386(void *arg)
{
	return px_seccomp_restrict(*(enum px_sandbox_role *)arg) ? "not restricted" : inmate_says("int 0x80", call_as_i386(20));
}

/* The other ABI of the same instruction. */
static const char *as_x32(void *arg)
{
	if (px_seccomp_restrict(*(enum px_sandbox_role *)arg))
		return "not restricted";
	return inmate_says("x32", syscall(0x40000000 | SYS_read, -1, page, 1));
}

static void ends_who(const char *(*run)(void *arg), enum px_sandbox_role role)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		run(&role);
		_exit(3);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	/* a kernel without the 32-bit kind knows no such interrupt */
	assert_true(WTERMSIG(status) == SIGSYS || (run == as_i386 && WTERMSIG(status) == SIGSEGV));
}

static void security_other_abis(void **state)
{
	(void)state;
	need_seccomp();
	ends_who(as_i386, PX_SANDBOX_WORKER);
	ends_who(as_x32, PX_SANDBOX_WORKER);
	ends_who(as_i386, PX_SANDBOX_KEEPER);
	ends_who(as_x32, PX_SANDBOX_KEEPER);
}

#else

static void security_other_abis(void **state)
{
	(void)state;
	print_message("x86-64 has them\n");
	skip();
}

#endif

static void a_worker(void **state)
{
	enum px_sandbox_role role = PX_SANDBOX_WORKER;

	(void)state;
	need_seccomp();
	inmate_run(in_list, &role);
}

static void the_keeper(void **state)
{
	enum px_sandbox_role role = PX_SANDBOX_KEEPER;

	(void)state;
	need_seccomp();
	inmate_run(in_list, &role);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(sizes),
	    cmocka_unit_test(a_worker),
	    cmocka_unit_test(the_keeper),
	    cmocka_unit_test(all_threads),
	    cmocka_unit_test(security_other_abis),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
