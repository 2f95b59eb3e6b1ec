/* listen.c - see listen.h. */

#include "config.h" /* GNU extensions */

#include "daemon/listen.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/log.h"
#include "daemon/relay.h"
#include "daemon/worker.h"

#define ACCEPT_BATCH 64 /* connections a wake-up takes */
#define REST_MAX 4096 /* more than a queue holds */
#define PAUSE_MIN_MS 100
#define PAUSE_MAX_MS 1000

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
	l->service->worker->pausing = true;
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
	for (int i = 0; i < REST_MAX && l->wanted && accept_one(l); i++)
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

static void find_names(struct px_listener *l)
{
	struct sockaddr_storage sa;
	socklen_t len = sizeof(sa);

	if (getsockname(l->fd, (struct sockaddr *)&sa, &len) == 0)
		px_addr_text(l->text, (struct sockaddr *)&sa, len);
	len = sizeof(l->cookie);
	if (getsockopt(l->fd, SOL_SOCKET, SO_COOKIE, &l->cookie, &len) != 0)
		l->cookie = 0;
}

struct px_listener *px_listener_new(struct px_service *service, int fd)
{
	struct px_listener *l = calloc(1, sizeof(*l));
	struct event_base *base = service->worker->base;

	if (!l)
		return NULL;
	l->fd = fd;
	l->service = service;
	if (event_assign(&l->accept, base, fd, EV_READ | EV_PERSIST, on_accept, l) ||
	    evtimer_assign(&l->pause, base, on_pause_over, l)) {
		free(l);
		return NULL;
	}
	find_names(l);
	return l;
}

void px_listener_free(struct px_listener *l)
{
	event_del(&l->accept);
	event_del(&l->pause);
	close(l->fd);
	free(l);
}
