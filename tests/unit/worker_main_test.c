/* worker_main_test.c - a worker as a process, with a master that is this test: what it serves, what it answers, how it
 * ends. */
#include "unit.h"
#include "loopback.h"

#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/control.h"
#include "daemon/log.h"
#include "daemon/worker_main.h"
#include "tests/lib/bundled.h"

#define PATIENCE_MS 120000

static struct bundled_pair pair;
static pid_t pid;
static int control; /* -1: closed */
static int listener, backend; /* sockets of ours that listen */
static uint32_t serial;

static struct {
	struct px_control_head head;
	char body[PX_CONTROL_BODY_MAX + 1];
	size_t len;
} got;

/* ---- The master -------------------------------------------------------------------------------------- */

static void send_msg(uint32_t type, uint32_t flags, const void *body, size_t len, int fd)
{
	struct px_control_head head = { .type = type, .serial = serial, .flags = flags };
	struct iovec parts[2] = { { &head, sizeof(head) }, { (void *)body, len } };
	_Alignas(struct cmsghdr) char space[CMSG_SPACE(sizeof(int))] = { 0 };
	struct msghdr hdr = { .msg_iov = parts, .msg_iovlen = 2 };
	struct cmsghdr *c = (struct cmsghdr *)space;

	if (fd >= 0) {
		hdr.msg_control = space;
		hdr.msg_controllen = sizeof(space);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &fd, sizeof(fd));
	}
	assert_true(sendmsg(control, &hdr, MSG_NOSIGNAL) >= 0);
}

static void wait_for(int fd, short what)
{
	struct pollfd p = { .fd = fd, .events = what };

	assert_int_equal(poll(&p, 1, PATIENCE_MS), 1);
}

static void receive(uint32_t type)
{
	struct iovec parts[2] = { { &got.head, sizeof(got.head) }, { got.body, PX_CONTROL_BODY_MAX } };
	struct msghdr hdr = { .msg_iov = parts, .msg_iovlen = 2 };
	ssize_t n;

	wait_for(control, POLLIN);
	n = recvmsg(control, &hdr, 0);
	assert_true(n >= (ssize_t)sizeof(got.head));
	got.len = (size_t)n - sizeof(got.head);
	got.body[got.len] = '\0';
	assert_int_equal(got.head.type, type);
	assert_int_equal(got.head.serial, serial);
}

static int done(void)
{
	receive(PX_CONTROL_DONE);
	return got.head.status;
}

/* 0 or -1: what DONE says of the PREPARE. */
static int prepare(const char *name)
{
	const struct px_control_listener what = { 0, 0 };
	char text[500];
	int fd;

	snprintf(text, sizeof(text),
	    "user = \"\"; services = ( { name = \"%s\"; listen = [ \"127.0.0.1:0\" ];\n"
	    "  certificates = ( { chain = \"a.pem\"; key = \"a.key\"; } );\n"
	    "  backends = ( \"127.0.0.1:%d\" ); timeouts: { drain = 30.0; }; } );\n",
	    name, port_of(backend));
	fd = bundled_make(text, &pair);
	serial++;
	send_msg(PX_CONTROL_PREPARE, 0, NULL, 0, fd);
	send_msg(PX_CONTROL_LISTENERS, PX_CONTROL_LAST, &what, sizeof(what), listener);
	close(fd);
	return done();
}

static int use(const char *name)
{
	int r = prepare(name);

	if (r != 0)
		return r;
	send_msg(PX_CONTROL_COMMIT, 0, NULL, 0, -1);
	return done();
}

static int n_fds(void)
{
	char path[64];
	DIR *dir;
	int n = 0;

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	dir = opendir(path);
	if (!dir && errno == EACCES)
		return 0; /* the sandbox doesn't let us look, unless we are root */
	assert_non_null(dir);
	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

/* A reason may be answered before all that it is about has come. */
static void check_fds(int expected)
{
	for (int i = 0; i < PATIENCE_MS / 10 && n_fds() != expected; i++)
		usleep(10000);
	assert_int_equal(n_fds(), expected);
}

static int begin_bare(void **state)
{
	int fds[2];

	(void)state;
	assert_int_equal(px_control_pair(fds), 0);
	listener = listening();
	backend = listening();
	serial = 0;
	fflush(NULL);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		close(fds[0]);
		close(listener);
		close(backend);
		exit(px_worker_main(fds[1]));
	}
	close(fds[1]);
	control = fds[0];
	return 0;
}

static int begin(void **state)
{
	const struct px_control_boot boot = { .index = 1, .log_level = CONF_LOG_INFO, .serial = 1 };

	begin_bare(state);
	send_msg(PX_CONTROL_BOOT, 0, &boot, sizeof(boot), -1);
	return 0;
}

/* The exit status. */
static int ended(void)
{
	int status = -1;

	for (int i = 0; i < PATIENCE_MS / 10; i++) {
		if (waitpid(pid, &status, WNOHANG) == pid) {
			pid = -1;
			return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + status;
		}
		usleep(10000);
	}
	return -1;
}

static int end(void **state)
{
	(void)state;
	if (control >= 0)
		close(control);
	close(listener);
	close(backend);
	if (pid > 0)
		assert_int_equal(ended(), 1);
	return 0;
}

static int begin_all(void **state)
{
	(void)state;
	bundled_pair_make(&pair, "example.test");
	return 0;
}

static int end_all(void **state)
{
	(void)state;
	bundled_pair_clear(&pair);
	return 0;
}

/* ---- The client --------------------------------------------------------------------------------------- */

static ssize_t pull(tls_transport_ptr_t ptr, void *buf, size_t len)
{
	return recv(*(int *)ptr, buf, len, 0);
}

static ssize_t push(tls_transport_ptr_t ptr, const void *buf, size_t len)
{
	return send(*(int *)ptr, buf, len, MSG_NOSIGNAL);
}

/* A session through fd. */
static tls_session_t handshake(int *fd)
{
	tls_certificate_credentials_t credentials;
	tls_session_t tls;

	assert_int_equal(tls_init(&tls, TLS_CLIENT), 0);
	assert_int_equal(tls_certificate_allocate_credentials(&credentials), 0);
	assert_int_equal(tls_credentials_set(tls, TLS_CRD_CERTIFICATE, credentials), 0);
	tls_certificate_free_credentials(credentials);
	assert_int_equal(tls_set_default_priority(tls), 0);
	assert_int_equal(tls_server_name_set(tls, TLS_NAME_DNS, "example.test", 12), 0);
	tls_transport_set_ptr(tls, fd);
	tls_transport_set_pull_function(tls, pull);
	tls_transport_set_push_function(tls, push);
	assert_int_equal(tls_handshake(tls), 0);
	return tls;
}

/* ---- Tests --------------------------------------------------------------------------------------------- */

static void test_serves(void **state)
{
	char buf[16] = "";
	tls_session_t tls;
	int fd, behind;

	(void)state;
	assert_int_equal(use("one"), 0);
	fd = connected(listener);
	tls = handshake(&fd);
	wait_for(backend, POLLIN);
	behind = accept(backend, NULL, NULL);
	assert_int_equal(tls_record_send(tls, "hello", 5), 5);
	assert_int_equal(recv(behind, buf, 5, MSG_WAITALL), 5);
	assert_memory_equal(buf, "hello", 5);
	/* goes on under a reload, and shows itself */
	assert_int_equal(use("two"), 0);
	serial++;
	send_msg(PX_CONTROL_CONNECTIONS, 0, NULL, 0, -1);
	receive(PX_CONTROL_ANSWER);
	assert_int_equal(got.head.flags, PX_CONTROL_LAST);
	assert_non_null(strstr(got.body, "{\"id\":1,"));
	assert_non_null(strstr(got.body, "\"service\":\"one\""));
	assert_non_null(strstr(got.body, "\"sni\":\"example.test\",\"version\":\"TLS1.3\""));
	assert_non_null(strstr(got.body, "\"in\":5,\"out\":0,\"waits\":{\"client\":\"read\",\"backend\":\"read\"}"));
	assert_int_equal(send(behind, "world", 5, 0), 5);
	assert_int_equal(tls_record_recv(tls, buf, sizeof(buf)), 5);
	/* and is ended by the end of a drain only */
	send_msg(PX_CONTROL_DRAIN, 0, NULL, 0, -1);
	assert_int_equal(use("three"), -1);
	assert_string_equal(got.body, "the worker is ending");
	assert_int_equal(tls_bye(tls, TLS_SHUT_WR), 0);
	assert_int_equal(recv(behind, buf, sizeof(buf), 0), 0);
	close(behind);
	assert_int_equal(ended(), 0);
	tls_deinit(tls);
	close(fd);
}

static void test_drains_at_once(void **state)
{
	(void)state;
	assert_int_equal(use("one"), 0);
	send_msg(PX_CONTROL_DRAIN, 0, NULL, 0, -1);
	assert_int_equal(ended(), 0);
}

static void test_ends_without_master(void **state)
{
	int fd;

	(void)state;
	assert_int_equal(use("one"), 0);
	fd = connected(listener);
	close(control);
	control = -1;
	assert_int_equal(ended(), 1);
	close(fd);
}

static void test_answers_pings(void **state)
{
	(void)state;
	for (serial = 1; serial < 100; serial++) {
		send_msg(PX_CONTROL_PING, 0, NULL, 0, -1);
		receive(PX_CONTROL_PONG);
	}
}

/* A log level that is to be seen, and what makes no sense before or after BOOT. */
static void test_boot(void **state)
{
	const uint32_t level = CONF_LOG_ERROR;

	(void)state;
	send_msg(PX_CONTROL_LOG, 0, &level, sizeof(level), -1);
	send_msg(PX_CONTROL_PING, 0, NULL, 0, -1);
	receive(PX_CONTROL_PONG);
	send_msg(PX_CONTROL_BOOT, 0, "again", 5, -1);
	assert_int_equal(ended(), 1);
}

static void test_no_boot(void **state)
{
	(void)state;
	send_msg(PX_CONTROL_PING, 0, NULL, 0, -1);
	assert_int_equal(ended(), 1);
}

static void test_cut_boot(void **state)
{
	(void)state;
	send_msg(PX_CONTROL_BOOT, 0, "cut", 3, listener);
	assert_int_equal(ended(), 1);
}

/* The master's sockets of a worker that is away: only for what is in force, until other ones come or none. */
static void test_borrows(void **state)
{
	const struct px_control_listener what = { 0, 0 }, none = { 7, 0 };
	int before, fd, lent = listening();

	(void)state;
	send_msg(PX_CONTROL_BORROW, PX_CONTROL_FIRST, &what, sizeof(what), lent);
	assert_int_equal(use("one"), 0);
	before = n_fds();
	for (int i = 0; i < 5; i++) {
		send_msg(PX_CONTROL_BORROW, PX_CONTROL_FIRST, &none, sizeof(none), lent);
		send_msg(PX_CONTROL_BORROW, 0, &what, sizeof(what) - 1, lent);
		serial++;
		send_msg(PX_CONTROL_BORROW, PX_CONTROL_FIRST, &what, sizeof(what), lent);
		serial--;
	}
	check_fds(before);
	send_msg(PX_CONTROL_BORROW, PX_CONTROL_FIRST, &what, sizeof(what), lent);
	send_msg(PX_CONTROL_BORROW, 0, &what, sizeof(what), lent);
	fd = connected(lent);
	tls_deinit(handshake(&fd));
	close(fd);
	send_msg(PX_CONTROL_BORROW, PX_CONTROL_FIRST, NULL, 0, -1);
	check_fds(before);
	/* Who is there when a drain begins is served. */
	send_msg(PX_CONTROL_BORROW, PX_CONTROL_FIRST, &what, sizeof(what), lent);
	fd = connected(lent);
	send_msg(PX_CONTROL_DRAIN, 0, NULL, 0, -1);
	send_msg(PX_CONTROL_BORROW, PX_CONTROL_FIRST, &what, sizeof(what), lent);
	tls_deinit(handshake(&fd));
	close(fd);
	assert_int_equal(ended(), 0);
	close(lent);
}

/* What it doesn't know or can't use, changes nothing; descriptors are closed. */
static void test_nonsense(void **state)
{
	int before, fd;

	(void)state;
	assert_int_equal(use("one"), 0);
	before = n_fds();
	for (int i = 0; i < 20; i++) {
		serial++;
		send_msg(PX_CONTROL_KEYS, 0, NULL, 0, listener);
		send_msg(PX_CONTROL_DONE, 0, "x", 1, listener);
		send_msg(PX_CONTROL_CHANNEL, 0, NULL, 0, -1);
		send_msg(PX_CONTROL_LISTENERS, 0, "xyz", 3, listener);
		send_msg(PX_CONTROL_CANCEL, 0, NULL, 0, listener);
		send_msg(PX_CONTROL_TICKETS, 0, "no keys", 7, listener);
		send_msg(PX_CONTROL_PREPARE, 0, NULL, 0, listener);
		assert_int_equal(done(), -1);
	}
	check_fds(before);
	assert_int_equal(use("two"), 0);
	check_fds(before);
	fd = connected(listener);
	tls_deinit(handshake(&fd));
	close(fd);
}

/* Good and broken ones: no descriptor more or less than at the start. */
static void test_reloads(void **state)
{
	int before;

	(void)state;
	assert_int_equal(use("one"), 0);
	before = n_fds();
	for (int i = 0; i < 100; i++) {
		assert_int_equal(use(i % 2 ? "two" : "three"), 0);
		assert_int_equal(prepare("not a name"), -1);
		assert_non_null(strstr(got.body, "t/main.conf:1: services.name"));
	}
	check_fds(before);
}

/* Many connections that say nothing. */
static void test_lists_many(void **state)
{
	enum { N = 400 };
	static int fds[N];
	unsigned n = 0, n_answers = 0;

	(void)state;
	assert_int_equal(use("one"), 0);
	for (int i = 0; i < N; i++)
		fds[i] = connected(listener);
	while (n < N) {
		n = n_answers = 0;
		serial++;
		send_msg(PX_CONTROL_CONNECTIONS, 0, NULL, 0, -1);
		do {
			receive(PX_CONTROL_ANSWER);
			n_answers++;
			for (size_t i = 0; i < got.len; i++)
				n += got.body[i] == '\n';
		} while (!(got.head.flags & PX_CONTROL_LAST));
	}
	assert_int_equal(n, N);
	assert_true(n_answers > 1);
	for (int i = 0; i < N; i++)
		close(fds[i]);
}

/* One that can't boot does nothing of what comes behind: it may not even be in its sandbox. */
static void security_fails_to_boot(void **state)
{
	const struct px_control_boot boot = { .flags = PX_BOOT_DEMO };
	int fd = bundled_make("", &pair);

	(void)state;
	assert_int_equal(kill(pid, SIGSTOP), 0);
	send_msg(PX_CONTROL_BOOT, 0, &boot, sizeof(boot), -1);
	send_msg(PX_CONTROL_PREPARE, 0, NULL, 0, fd);
	close(fd);
	assert_int_equal(kill(pid, SIGCONT), 0);
	assert_int_equal(ended(), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_serves, begin, end),
		cmocka_unit_test_setup_teardown(test_drains_at_once, begin, end),
		cmocka_unit_test_setup_teardown(test_ends_without_master, begin, end),
		cmocka_unit_test_setup_teardown(test_answers_pings, begin, end),
		cmocka_unit_test_setup_teardown(test_boot, begin, end),
		cmocka_unit_test_setup_teardown(test_no_boot, begin_bare, end),
		cmocka_unit_test_setup_teardown(test_cut_boot, begin_bare, end),
		cmocka_unit_test_setup_teardown(test_borrows, begin, end),
		cmocka_unit_test_setup_teardown(security_fails_to_boot, begin_bare, end),
		cmocka_unit_test_setup_teardown(test_nonsense, begin, end),
		cmocka_unit_test_setup_teardown(test_reloads, begin, end),
		cmocka_unit_test_setup_teardown(test_lists_many, begin, end),
	};

	return cmocka_run_group_tests_name("worker_main", tests, begin_all, end_all);
}
