/* without.c - runs a program on a kernel that lacks something: without CALL[,CALL...] PROGRAM [ARGUMENT...]. These system
 * calls give ENOSYS, in the program and in all that it starts. */
#include <errno.h>
#include <seccomp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int forbid(char *calls)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ALLOW);
	int r = ctx ? 0 : -ENOMEM;

	/* what the program says of it is to be its own */
	if (r == 0 && geteuid() == 0)
		r = seccomp_attr_set(ctx, SCMP_FLTATR_CTL_NNP, 0);
	for (char *name = strtok(calls, ","); name && r == 0; name = strtok(NULL, ","))
		r = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(ENOSYS), seccomp_syscall_resolve_name(name), 0);
	return r == 0 ? seccomp_load(ctx) : r;
}

int main(int argc, char **argv)
{
	int r;

	if (argc < 3) {
		fputs("usage: without CALL[,CALL...] PROGRAM [ARGUMENT...]\n", stderr);
		return 2;
	}
	r = forbid(argv[1]);
	if (r != 0) {
		fprintf(stderr, "without: %s\n", strerror(-r));
		return 1;
	}
	execv(argv[2], argv + 2);
	perror(argv[2]);
	return 1;
}
