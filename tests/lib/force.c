/* force.c - makes another process call the kernel: force PID NUMBER [ARGUMENT...]. It is stopped, made to execute one
 * system call, and goes on as if nothing had been; what the call gave is printed: a result, or minus the errno. An
 * argument is a number, or a text in which case its address is given, or bytes (hex:0a0b), likewise. x86-64; needs to be
 * root.
 */
#include "config.h" /* GNU extensions */

#ifdef __x86_64__

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>

#define RED_ZONE 128
#define ROOM 4096 /* for texts, below the stack */

static pid_t pid;
static uint64_t room;

static void die(const char *what)
{
	fprintf(stderr, "force: %s: %s\n", what, strerror(errno));
	exit(1);
}

static uint64_t peek(uint64_t at)
{
	long word;

	errno = 0;
	word = ptrace(PTRACE_PEEKDATA, pid, at, 0);
	if (errno != 0)
		die("reading");
	return (uint64_t)word;
}

static void poke(uint64_t at, uint64_t word)
{
	if (ptrace(PTRACE_POKEDATA, pid, at, word) != 0)
		die("writing");
}

/* Puts them below the stack, which nobody has in use, and a 0 behind them; their address. */
static uint64_t put(const char *bytes, size_t len)
{
	uint64_t at = room;

	for (size_t i = 0; i <= len; i += sizeof(uint64_t)) {
		uint64_t word = 0;

		memcpy(&word, bytes + i, len - i < sizeof(word) ? len - i : sizeof(word));
		poke(room, word);
		room += sizeof(word);
	}
	return at;
}

static uint64_t put_hex(const char *digits)
{
	char bytes[ROOM / 4];
	unsigned byte;
	size_t len = 0;

	for (; len < sizeof(bytes) && sscanf(digits + 2 * len, "%2x", &byte) == 1; len++)
		bytes[len] = (char)byte;
	return put(bytes, len);
}

/* An argument's value. */
static uint64_t value_of(const char *text)
{
	char *end;
	long long n = strtoll(text, &end, 0);

	if (*text && !*end)
		return (uint64_t)n;
	return strncmp(text, "hex:", 4) == 0 ? put_hex(text + 4) : put(text, strlen(text));
}

static void wait_stop(void)
{
	int status;

	if (waitpid(pid, &status, __WALL) != pid || !WIFSTOPPED(status)) {
		fprintf(stderr, "force: it has ended, status 0x%x\n", (unsigned)status);
		exit(1);
	}
}

/* It stands in a system call, or behind one: the instruction is there. */
static uint64_t syscall_at(const struct user_regs_struct *regs)
{
	uint64_t at = regs->rip - 2;

	if ((peek(at) & 0xffff) != 0x050f) {
		fprintf(stderr, "force: it isn't in a system call\n");
		exit(1);
	}
	return at;
}

static long long force(struct user_regs_struct regs, int n, char **texts)
{
	unsigned long long *const args[] = {&regs.rdi, &regs.rsi, &regs.rdx, &regs.r10, &regs.r8, &regs.r9};

	room = (regs.rsp - RED_ZONE - ROOM) & ~(uint64_t)15;
	regs.rip = syscall_at(&regs);
	regs.rax = value_of(texts[0]);
	regs.orig_rax = (unsigned long long)-1; /* no call is to be restarted */
	for (int i = 0; i < 6; i++)
		*args[i] = i + 1 < n ? value_of(texts[i + 1]) : 0;
	if (ptrace(PTRACE_SETREGS, pid, 0, &regs) != 0 || ptrace(PTRACE_SINGLESTEP, pid, 0, 0) != 0)
		die("the call");
	wait_stop();
	if (ptrace(PTRACE_GETREGS, pid, 0, &regs) != 0)
		die("the result");
	return (long long)regs.rax;
}

int main(int argc, char **argv)
{
	struct user_regs_struct before;
	long long result;

	if (argc < 3 || argc > 9) {
		fprintf(stderr, "usage: force PID NUMBER [ARGUMENT...]\n");
		return 2;
	}
	pid = (pid_t)atoi(argv[1]);
	if (ptrace(PTRACE_ATTACH, pid, 0, 0) != 0)
		die("attaching");
	wait_stop();
	if (ptrace(PTRACE_GETREGS, pid, 0, &before) != 0)
		die("registers");
	result = force(before, argc - 2, argv + 2);
	if (ptrace(PTRACE_SETREGS, pid, 0, &before) != 0 || ptrace(PTRACE_DETACH, pid, 0, 0) != 0)
		die("letting go");
	printf("%lld\n", result);
	return 0;
}

#else

int main(void)
{
	return 77;
}

#endif
