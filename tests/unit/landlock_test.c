/* landlock_test.c - Landlock by itself: no path can be opened, made or removed, and nothing outside be reached. */
#include "config.h" /* GNU extensions */

#include "unit.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "daemon/landlock.h"
#include "tests/lib/inmate.h"

#define FILE_NAME "landlock_test.tmp"

static long version(void)
{
	return syscall(SYS_landlock_create_ruleset, NULL, (size_t)0, 1u);
}

static void need(long at_least)
{
	if (version() < at_least) {
		print_message("Landlock is too old or missing here: version %ld\n", version());
		skip();
	}
}

static bool denied(long r)
{
	return r == -1 && errno == EACCES;
}

static const char *restrict_to(enum px_sandbox_role role)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return "no_new_privs";
	return px_landlock_restrict(role) ? "not restricted" : NULL;
}

static const char *files(void *arg)
{
	int before = open(FILE_NAME, O_CREAT | O_RDWR, 0600);

	(void)arg;
	if (restrict_to(PX_SANDBOX_WORKER))
		return "not restricted";
	if (!denied(open("/dev/null", O_RDONLY)))
		return "open to read";
	if (!denied(open(FILE_NAME, O_WRONLY)))
		return "open to write";
	if (!denied(open("landlock_test.new", O_CREAT | O_RDWR, 0600)))
		return "create";
	if (opendir("/") != NULL || errno != EACCES)
		return "list a folder";
	if (!denied(mkdir("landlock_test.dir", 0700)))
		return "mkdir";
	if (!denied(unlink(FILE_NAME)))
		return "unlink";
	if (!denied(truncate(FILE_NAME, 0)) && version() >= 3)
		return "truncate";
	if (!denied(execl("/bin/true", "true", (char *)NULL)))
		return "execute";
	/* what is open stays so */
	return write(before, "x", 1) == 1 ? NULL : "a descriptor from before";
}

static void no_files(void **state)
{
	(void)state;
	need(1);
	inmate_run(files, NULL);
}

static int remove_file(void **state)
{
	(void)state;
	unlink(FILE_NAME);
	return 0;
}

static int tcp(int (*how)(int, const struct sockaddr *, socklen_t), uint16_t port)
{
	struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(port)};
	int fd = socket(AF_INET, SOCK_STREAM, 0), r;

	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	r = how(fd, (struct sockaddr *)&in, sizeof(in));
	return r;
}

static const char *network(void *arg)
{
	const enum px_sandbox_role *role = arg;

	if (restrict_to(*role))
		return "not restricted";
	if (!denied(tcp(bind, 0)))
		return "bind";
	if (*role == PX_SANDBOX_KEEPER)
		return denied(tcp(connect, 1)) ? NULL : "connect";
	return tcp(connect, 1) == -1 && errno != EACCES ? NULL : "connect is not for Landlock to deny";
}

static void no_ports(void **state)
{
	enum px_sandbox_role worker = PX_SANDBOX_WORKER, keeper = PX_SANDBOX_KEEPER;

	(void)state;
	need(4);
	inmate_run(network, &worker);
	inmate_run(network, &keeper);
}

static const char *signals(void *arg)
{
	(void)arg;
	if (restrict_to(PX_SANDBOX_WORKER))
		return "not restricted";
	if (kill(getppid(), 0) != -1 || errno != EPERM)
		return "a signal to the parent";
	return kill(getpid(), 0) == 0 ? NULL : "a signal to oneself";
}

static void no_signals_to_others(void **state)
{
	(void)state;
	need(6);
	inmate_run(signals, NULL);
}

/* Without no_new_privs (and without root) the kernel refuses: this is told. */
static const char *unprepared(void *arg)
{
	(void)arg;
	if (setresuid(65534, 65534, 65534) != 0)
		return NULL;
	return px_landlock_restrict(PX_SANDBOX_WORKER) ? NULL : "restricted without no_new_privs";
}

static void tells_why_not(void **state)
{
	(void)state;
	inmate_run(unprepared, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_teardown(no_files, remove_file),
	    cmocka_unit_test(no_ports),
	    cmocka_unit_test(no_signals_to_others),
	    cmocka_unit_test(tells_why_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
