/* listen.c - see listen.h. Accepted sockets inherit the options of the listening one. */

#include "config.h" /* GNU extensions */

#include "daemon/listen.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "daemon/log.h"
#include "daemon/relay.h"
#include "daemon/worker.h"

#define ACCEPT_BATCH 64 /* connections a wake-up takes */
#define BACKLOG 4096 /* the kernel cuts it to its own limit */
#define PAUSE_MIN_MS 100
#define PAUSE_MAX_MS 1000

/* ---- Opening --------------------------------------------------------------------------------------- */

/* Dead peers are found after about four minutes of silence. */
static void set_inet_options(int fd, int family, bool both_families)
{
	const int on = 1, idle = 120, interval = 30, count = 4, v6only = !both_families;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof(idle));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &interval, sizeof(interval));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &count, sizeof(count));
	if (family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &v6only, sizeof(v6only));
}

/* Removes a socket that nobody listens on any more. */
static void remove_stale(const struct conf_address *address)
{
	struct stat st;
	int fd;

	if (lstat(address->path, &st) != 0 || !S_ISSOCK(st.st_mode))
		return;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	if (connect(fd, (const struct sockaddr *)&address->sa, address->sa_len) != 0 &&
	    errno == ECONNREFUSED)
		unlink(address->path);
	close(fd);
}

static int bind_and_listen(struct px_listener *l, bool both_families)
{
	const struct conf_address *a = l->address;
	bool is_unix = a->kind == CONF_ADDRESS_UNIX;

	l->fd = socket(a->sa.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (l->fd < 0)
		return -1;
	if (is_unix)
		remove_stale(a);
	else
		set_inet_options(l->fd, a->sa.ss_family, both_families);
	if (bind(l->fd, (const struct sockaddr *)&a->sa, a->sa_len) != 0)
		return -1;
	l->bound_path = is_unix;
	/* Who may connect is decided by the folder it stands in. */
	if (is_unix && chmod(a->path, 0666) != 0)
		return -1;
	return listen(l->fd, BACKLOG);
}

static void find_text(struct px_listener *l)
{
	struct sockaddr_storage sa;
	socklen_t len = sizeof(sa);

	if (getsockname(l->fd, (struct sockaddr *)&sa, &len) == 0)
		px_addr_text(l->text, (struct sockaddr *)&sa, len);
}

/* ---- Accepting --------------------------------------------------------------------------------------- */

static void set_pause(struct px_listener *l, unsigned ms)
{
	const struct timeval tv = { .tv_sec = ms / 1000, .tv_usec = (suseconds_t)(ms % 1000) * 1000 };

	l->pause_ms = ms;
	event_add(&l->pause, &tv);
}

static void pause_accepting(struct px_listener *l, int error)
{
	static struct px_log_limit limit;
	unsigned ms = l->pause_ms ? l->pause_ms * 2 : PAUSE_MIN_MS;

	if (px_log_may_repeat(&limit))
		px_log(CONF_LOG_ERROR, "accepting on %s pauses: %s", l->text, strerror(error));
	event_del(&l->accept);
	set_pause(l, ms < PAUSE_MAX_MS ? ms : PAUSE_MAX_MS);
}

void px_listener_hurry(struct px_listener *l)
{
	if (l->pause_ms > PAUSE_MIN_MS && evtimer_pending(&l->pause, NULL))
		set_pause(l, PAUSE_MIN_MS);
}

/* The connection is lost, not the listener: accept(2) says to try again. */
static bool is_passing(int error)
{
	return error == ECONNABORTED || error == EINTR || error == EPROTO || error == EPERM ||
	    error == ENETDOWN || error == EHOSTDOWN || error == ENONET || error == EHOSTUNREACH ||
	    error == ENETUNREACH || error == ENOPROTOOPT || error == EOPNOTSUPP || error == ETIMEDOUT;
}

/* False when there is nothing more to accept now. */
static bool accept_one(struct px_listener *l)
{
	struct sockaddr_storage sa;
	socklen_t len = sizeof(sa);
	int fd = accept4(l->fd, (struct sockaddr *)&sa, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (fd >= 0) {
		l->pause_ms = 0;
		px_relay_start(l->service, fd, (struct sockaddr *)&sa);
		return l->wanted;
	}
	if (errno == EAGAIN)
		return false;
	if (is_passing(errno))
		return true;
	pause_accepting(l, errno);
	return false;
}

static void on_accept(evutil_socket_t fd, short what, void *arg)
{
	struct px_listener *l = arg;

	(void)fd;
	(void)what;
	for (int i = 0; i < ACCEPT_BATCH && accept_one(l); i++)
		continue;
}

void px_listener_take_rest(struct px_listener *l)
{
	for (int i = 0; i < BACKLOG && l->wanted && accept_one(l); i++)
		continue;
}

static void on_pause_over(evutil_socket_t fd, short what, void *arg)
{
	struct px_listener *l = arg;

	(void)fd;
	(void)what;
	if (l->wanted)
		event_add(&l->accept, NULL);
}

void px_listener_resume(struct px_listener *l)
{
	l->wanted = true;
	if (!evtimer_pending(&l->pause, NULL))
		event_add(&l->accept, NULL);
}

void px_listener_stop(struct px_listener *l)
{
	l->wanted = false;
	event_del(&l->accept);
}

/* ---- Life ---------------------------------------------------------------------------------------------- */

int px_listener_open(struct px_listener *l, struct px_service *service,
    const struct conf_address *address, bool both_families)
{
	struct event_base *base = service->worker->base;

	memset(l, 0, sizeof(*l));
	l->fd = -1;
	l->service = service;
	l->address = address;
	if (bind_and_listen(l, both_families) != 0) {
		px_log(CONF_LOG_ERROR, "%s:%u: cannot listen on %s: %s", address->origin.file,
		    address->origin.line, address->text, strerror(errno));
		return -1;
	}
	find_text(l);
	if (event_assign(&l->accept, base, l->fd, EV_READ | EV_PERSIST, on_accept, l) ||
	    evtimer_assign(&l->pause, base, on_pause_over, l))
		return -1;
	px_log(CONF_LOG_INFO, "listening on %s (service %s)", l->text, service->conf->name);
	return 0;
}

void px_listener_close(struct px_listener *l)
{
	if (l->fd < 0)
		return;
	if (event_initialized(&l->accept))
		event_del(&l->accept);
	if (event_initialized(&l->pause))
		event_del(&l->pause);
	close(l->fd);
	l->fd = -1;
	/* Fails without harm where we no longer may. */
	if (l->bound_path)
		unlink(l->address->path);
}
