/* horde.c - many TLS clients in one process, on schedule, that tell exactly what went wrong and when.
 *
 *     horde OPTION...
 *
 * port=N or unix=PATH   whom to connect to
 * name=TEXT             the server's name
 * rate=N                connections opened each second; 0: slots=N are open at any time
 * stays=N               more that stay for good and exchange a byte every 50 ms, or what every=MS says
 * size=N rounds=N       bytes sent and awaited, and how often
 * slow=MS               connections that took longer are told
 * tell=N                each time when N more were served
 *
 * Each connection shakes hands, sends, checks what comes back, says that it ends and awaits the server's end. The
 * input's end is ours: what is open ends well, and one line sums up. Times are microseconds of CLOCK_MONOTONIC.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "tls/tls.h"

#define SIZE_MAX_LEN 16384
#define PATIENCE_US 60000000u
#define N_MS 60001

enum stage { CONNECT, HANDSHAKE, SEND, ANSWER, REST, BYE, END };
static const char *const stage_names[] = {"connect", "handshake", "send", "answer", "rest", "bye", "end"};

struct member {
	TAILQ_ENTRY(member) link;
	int fd;
	unsigned port; /* ours */
	bool stays, told;
	enum stage stage;
	tls_session_t session;
	size_t at;
	unsigned round;
	uint64_t opened, moved, next; /* next: when a stay talks again */
};

static struct {
	unsigned port, rate, slots, stays, size, rounds, slow, every, tell;
	const char *path, *name;
} o = {.size = 64, .rounds = 1, .name = "example.test", .slow = N_MS, .every = 50};

static TAILQ_HEAD(, member) members = TAILQ_HEAD_INITIALIZER(members);
static int poller;
static tls_certificate_credentials_t cred;
static tls_policy_t policy;
static char data[SIZE_MAX_LEN];
static bool ending;
static unsigned n_open, n_stays, n_done, n_failed, n_stays_lost, by_ms[N_MS];
static uint64_t n_bytes;

static uint64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static void must(int err, const char *what)
{
	if (err >= 0)
		return;
	fprintf(stderr, "%s: %s\n", what, tls_strerror(err));
	exit(1);
}

/* ---- One connection */

static ssize_t pull(tls_transport_ptr_t ptr, void *to, size_t len)
{
	return recv(((struct member *)ptr)->fd, to, len, MSG_DONTWAIT);
}

static ssize_t push(tls_transport_ptr_t ptr, const void *from, size_t len)
{
	return send(((struct member *)ptr)->fd, from, len, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static int accept_peer(tls_session_t s)
{
	(void)s;
	return 0;
}

static void leave(struct member *m)
{
	TAILQ_REMOVE(&members, m, link);
	n_open -= !m->stays;
	n_stays -= m->stays;
	tls_deinit(m->session);
	close(m->fd);
	free(m);
}

static void fail(struct member *m, const char *why)
{
	printf("failed kind=%s port=%u opened=%llu at=%llu stage=%s why=%s\n", m->stays ? "stay" : "short", m->port,
	    (unsigned long long)m->opened, (unsigned long long)now_us(), stage_names[m->stage], why);
	n_failed += !m->stays;
	n_stays_lost += m->stays;
	leave(m);
}

static void succeed(struct member *m)
{
	uint64_t now = now_us(), ms = (now - m->opened) / 1000;

	if (!m->stays) {
		n_done++;
		if (o.tell != 0 && n_done % o.tell == 0)
			printf("served n=%u\n", n_done);
		by_ms[ms < N_MS ? ms : N_MS - 1]++;
		if (ms > o.slow)
			printf("slow port=%u opened=%llu ms=%llu\n", m->port, (unsigned long long)m->opened,
			    (unsigned long long)ms);
	}
	leave(m);
}

static int dial(void)
{
	struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons((uint16_t)o.port)};
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	int fd = socket(o.path != NULL ? AF_UNIX : AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), on = 1, r;

	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (o.path != NULL) {
		snprintf(un.sun_path, sizeof(un.sun_path), "%s", o.path);
		r = connect(fd, (struct sockaddr *)&un, sizeof(un));
	} else {
		r = connect(fd, (struct sockaddr *)&in, sizeof(in));
		(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	}
	if (r == 0 || errno == EINPROGRESS)
		return fd;
	printf("failed kind=short port=0 opened=%llu at=%llu stage=connect why=%s\n", (unsigned long long)now_us(),
	    (unsigned long long)now_us(), strerror(errno));
	n_failed++;
	close(fd);
	return -1;
}

static void set_session(struct member *m)
{
	must(tls_init(&m->session, TLS_CLIENT | TLS_NONBLOCK), "session");
	must(tls_policy_set(m->session, policy), "policy");
	must(tls_credentials_set(m->session, TLS_CRD_CERTIFICATE, cred), "credentials");
	must(tls_server_name_set(m->session, TLS_NAME_DNS, o.name, strlen(o.name)), "name");
	tls_transport_set_ptr(m->session, m);
	tls_transport_set_pull_function(m->session, pull);
	tls_transport_set_push_function(m->session, push);
}

static void open_one(bool stays)
{
	struct epoll_event e = {.events = EPOLLIN | EPOLLOUT | EPOLLET};
	struct sockaddr_in us = {0};
	socklen_t len = sizeof(us);
	struct member *m;
	uint64_t opened = now_us(); /* before it can have been accepted */
	int fd = dial();

	if (fd < 0)
		return;
	m = calloc(1, sizeof(*m));
	must(m == NULL ? -1 : 0, "memory");
	m->fd = fd;
	m->stays = stays;
	m->opened = m->moved = opened;
	if (getsockname(fd, (struct sockaddr *)&us, &len) == 0 && us.sin_family == AF_INET)
		m->port = ntohs(us.sin_port);
	set_session(m);
	TAILQ_INSERT_TAIL(&members, m, link);
	n_open += !stays;
	n_stays += stays;
	e.data.ptr = m;
	must(epoll_ctl(poller, EPOLL_CTL_ADD, fd, &e), "epoll");
}

/* ---- Its stages: 1 the next one, 0 wait, negative: it has failed */

static int connected(struct member *m)
{
	struct sockaddr_storage peer;
	socklen_t len = sizeof(int), peer_len = sizeof(peer);
	int error = 0;

	(void)getsockopt(m->fd, SOL_SOCKET, SO_ERROR, &error, &len);
	if (error != 0) {
		fail(m, strerror(error));
		return -1;
	}
	return getpeername(m->fd, (struct sockaddr *)&peer, &peer_len) == 0;
}

static int judge(struct member *m, int err)
{
	if (err >= 0)
		return 1;
	if (err == TLS_E_AGAIN || err == TLS_E_INTERRUPTED)
		return 0;
	fail(m, tls_strerror_name(err));
	return -1;
}

static size_t wanted(const struct member *m)
{
	return m->stays ? 1 : o.size;
}

static int send_some(struct member *m)
{
	ssize_t n = tls_record_send(m->session, data + m->at, wanted(m) - m->at);

	m->at += n > 0 ? (size_t)n : 0;
	if (n < 0)
		return judge(m, (int)n);
	if (m->at < wanted(m))
		return send_some(m);
	m->at = 0;
	return 1;
}

static int take_some(struct member *m)
{
	static char got[SIZE_MAX_LEN];
	ssize_t n = tls_record_recv(m->session, got, wanted(m) - m->at);

	if (n < 0)
		return judge(m, (int)n);
	if (n == 0 || memcmp(got, data + m->at, (size_t)n) != 0) {
		fail(m, n == 0 ? "the server ends" : "other bytes");
		return -1;
	}
	m->at += (size_t)n;
	n_bytes += (size_t)n;
	if (m->at < wanted(m))
		return take_some(m);
	m->at = 0;
	m->round++;
	return 1;
}

static int await_end(struct member *m)
{
	char byte;
	ssize_t n = tls_record_recv(m->session, &byte, 1);

	if (n < 0)
		return judge(m, (int)n);
	if (n > 0) {
		fail(m, "bytes after the end");
		return -1;
	}
	succeed(m);
	return -1;
}

static void tell_stay(struct member *m)
{
	if (!m->told)
		printf("stay port=%u at=%llu\n", m->port, (unsigned long long)now_us());
	m->told = true;
}

static enum stage after_answer(struct member *m)
{
	if (m->stays)
		tell_stay(m);
	if (m->stays && !ending) {
		m->next = now_us() + o.every * 1000;
		return REST;
	}
	return m->stays || m->round >= o.rounds ? BYE : SEND;
}

static int do_stage(struct member *m)
{
	switch (m->stage) {
	case CONNECT:
		return connected(m);
	case HANDSHAKE:
		return judge(m, tls_handshake(m->session));
	case SEND:
		return send_some(m);
	case ANSWER:
		return take_some(m);
	case BYE:
		return judge(m, tls_bye(m->session, TLS_SHUT_WR));
	case END:
		return await_end(m);
	case REST:
		break;
	}
	return 0;
}

/* While it rests, its end must not come either. */
static bool rests(struct member *m)
{
	char byte;
	ssize_t n;

	if (m->stage != REST)
		return false;
	n = tls_record_recv(m->session, &byte, 1);
	if (n >= 0)
		fail(m, "the server ends");
	else
		(void)judge(m, (int)n);
	return true;
}

static void run(struct member *m)
{
	int r = 1;

	if (rests(m))
		return;
	m->moved = now_us();
	while (r > 0 && m->stage != REST) {
		r = do_stage(m);
		if (r > 0)
			m->stage = m->stage == ANSWER ? after_answer(m) : m->stage + 1;
	}
}

/* ---- All of them */

static void wake(struct member *m, uint64_t now)
{
	if (m->stage == REST && (ending || now >= m->next)) {
		m->stage = ending ? BYE : SEND;
		run(m);
	} else if (m->stage != REST && now - m->moved > PATIENCE_US) {
		fail(m, "it waits too long");
	}
}

static void wake_all(void)
{
	struct member *m, *next;
	uint64_t now = now_us();

	for (m = TAILQ_FIRST(&members); m != NULL; m = next) {
		next = TAILQ_NEXT(m, link);
		wake(m, now);
	}
}

static void open_due(void)
{
	static uint64_t due;
	uint64_t now = now_us();

	while (!ending && n_stays < o.stays)
		open_one(true);
	if (due == 0)
		due = now;
	while (!ending && o.rate > 0 && due <= now) {
		open_one(false);
		due += 1000000 / o.rate;
	}
	while (!ending && o.rate == 0 && n_open < o.slots)
		open_one(false);
}

static unsigned percentile(double part)
{
	unsigned n = 0;

	for (unsigned ms = 0; ms < N_MS; ms++) {
		n += by_ms[ms];
		if (n > 0 && n >= part * n_done)
			return ms;
	}
	return 0;
}

static void set_option(const char *text)
{
	static const struct {
		const char *name;
		unsigned *to;
	} numbers[] = {{"port=", &o.port}, {"rate=", &o.rate}, {"slots=", &o.slots}, {"stays=", &o.stays},
		{"size=", &o.size}, {"rounds=", &o.rounds}, {"slow=", &o.slow}, {"every=", &o.every}, {"tell=", &o.tell}};

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		if (strncmp(text, numbers[i].name, strlen(numbers[i].name)) == 0)
			*numbers[i].to = (unsigned)strtoul(strchr(text, '=') + 1, NULL, 10);
	}
	if (strncmp(text, "unix=", 5) == 0)
		o.path = text + 5;
	if (strncmp(text, "name=", 5) == 0)
		o.name = text + 5;
	if (o.size > SIZE_MAX_LEN)
		o.size = SIZE_MAX_LEN;
}

static void init(void)
{
	struct epoll_event e = {.events = EPOLLIN};

	setvbuf(stdout, NULL, _IOLBF, 0);
	must(tls_certificate_allocate_credentials(&cred), "credentials");
	must(tls_certificate_set_verify_function(cred, accept_peer), "verify function");
	must(tls_policy_init(&policy, "intermediate"), "policy");
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (char)(i * 7 + i / 251);
	poller = epoll_create1(EPOLL_CLOEXEC);
	must(epoll_ctl(poller, EPOLL_CTL_ADD, 0, &e), "epoll");
}

int main(int argc, char **argv)
{
	struct epoll_event list[64];
	uint64_t begin;

	for (int i = 1; i < argc; i++)
		set_option(argv[i]);
	init();
	begin = now_us();
	while (!ending || !TAILQ_EMPTY(&members)) {
		int n = epoll_wait(poller, list, 64, 1);

		for (int i = 0; i < n; i++) {
			if (list[i].data.ptr != NULL)
				run(list[i].data.ptr);
			else if (!ending && epoll_ctl(poller, EPOLL_CTL_DEL, 0, NULL) == 0)
				ending = true;
		}
		wake_all();
		open_due();
	}
	printf("done n=%u failed=%u stays_lost=%u bytes=%llu us=%llu p50=%u p99=%u max=%u\n", n_done, n_failed,
	    n_stays_lost, (unsigned long long)n_bytes, (unsigned long long)(now_us() - begin), percentile(0.5),
	    percentile(0.99), percentile(1.0));
	return 0;
}
