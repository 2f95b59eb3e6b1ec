/* http.c - see http.h. The library counts no connections, and waits for ever for a client that sends its request byte by
 * byte. Here each one is a guest that holds a reference to its buffers; who stays too long goes when others want in. */

#include "daemon/http.h"

#include <event2/bufferevent.h>
#include <event2/event_struct.h>
#include <event2/http.h>
#include <event2/listener.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <time.h>

#include "daemon/page.h"

#define HEADERS_MAX 8192 /* bytes */
#define TIMEOUT_S 10 /* without a byte */
#define GUESTS_MAX 64
#define STAY_S 60 /* of a connection that keeps others out, whatever it does */
#define LOOK_S 1 /* while there are any */

struct guest {
	LIST_ENTRY(guest) link;
	struct bufferevent *bev;
	time_t since;
};

struct px_http {
	struct evhttp *server;
	struct event look;
	struct evconnlistener *listener;
	LIST_HEAD(guest_list, guest) guests;
	unsigned n_guests;
	void (*metrics)(struct evbuffer *out, void *arg);
	void *arg;
};

/* The page may run its own script and ask its own server, nothing else; nobody may frame it. */
static void send_reply(struct evhttp_request *request, const char *type, struct evbuffer *body)
{
	struct evkeyvalq *headers = evhttp_request_get_output_headers(request);

	evhttp_add_header(headers, "Content-Type", type);
	evhttp_add_header(headers, "Cache-Control", "no-store");
	evhttp_add_header(headers, "X-Content-Type-Options", "nosniff");
	evhttp_add_header(headers, "Content-Security-Policy",
	    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; connect-src 'self'; "
	    "frame-ancestors 'none'; base-uri 'none'; form-action 'none'");
	evhttp_send_reply(request, HTTP_OK, "OK", body);
}

static void on_page(struct evhttp_request *request, void *arg)
{
	struct evbuffer *body = evbuffer_new();

	(void)arg;
	if (body && evbuffer_add_reference(body, px_page, px_page_len, NULL, NULL) == 0)
		send_reply(request, "text/html; charset=utf-8", body);
	else
		evhttp_send_error(request, HTTP_SERVUNAVAIL, NULL);
	if (body)
		evbuffer_free(body);
}

static void on_metrics(struct evhttp_request *request, void *arg)
{
	struct px_http *http = arg;
	struct evbuffer *body = evbuffer_new();

	if (!body) {
		evhttp_send_error(request, HTTP_SERVUNAVAIL, NULL);
		return;
	}
	http->metrics(body, http->arg);
	send_reply(request, "text/plain; version=0.0.4; charset=utf-8", body);
	evbuffer_free(body);
}

static void on_other(struct evhttp_request *request, void *arg)
{
	(void)arg;
	evhttp_send_error(request, HTTP_NOTFOUND, NULL);
}

/* ---- Guests ------------------------------------------------------------------------------------------- */

static time_t now_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec;
}

static void admit_more(struct px_http *http)
{
	if (http->n_guests-- == GUESTS_MAX)
		evconnlistener_enable(http->listener);
}

/* Ours was the last reference: the server has shut it down. */
static bool has_left(struct guest *guest)
{
	if (bufferevent_decref(guest->bev))
		return true;
	bufferevent_incref(guest->bev);
	return false;
}

static void look_around(struct px_http *http)
{
	const struct timeval again = { .tv_sec = LOOK_S };
	struct guest *guest, *next;
	time_t now = now_s();

	for (guest = LIST_FIRST(&http->guests); guest; guest = next) {
		next = LIST_NEXT(guest, link);
		if (has_left(guest)) {
			LIST_REMOVE(guest, link);
			free(guest);
			admit_more(http);
		} else if (http->n_guests == GUESTS_MAX && now - guest->since >= STAY_S) {
			shutdown(bufferevent_getfd(guest->bev), SHUT_RDWR);
		}
	}
	if (http->n_guests)
		event_add(&http->look, &again);
}

static void on_look(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	look_around(arg);
}

/* The buffers of a new connection; NULL: the library makes its own. */
static struct bufferevent *on_guest(struct event_base *base, void *arg)
{
	struct guest *guest = calloc(1, sizeof(*guest));
	struct px_http *http = arg;

	if (!guest)
		return NULL;
	/* Not closed before our reference is gone: its events are still there until then. */
	guest->bev = bufferevent_socket_new(base, -1, BEV_OPT_CLOSE_ON_FREE);
	if (!guest->bev) {
		free(guest);
		return NULL;
	}
	guest->since = now_s();
	bufferevent_incref(guest->bev);
	LIST_INSERT_HEAD(&http->guests, guest, link);
	if (++http->n_guests == GUESTS_MAX)
		evconnlistener_disable(http->listener);
	look_around(http);
	return guest->bev;
}

/* ---- Life ---------------------------------------------------------------------------------------------- */

static int set_up(struct px_http *http, int fd)
{
	struct evhttp *server = http->server;
	struct evhttp_bound_socket *bound;

	evhttp_set_bevcb(server, on_guest, http);
	evhttp_set_allowed_methods(server, EVHTTP_REQ_GET); /* libevent answers HEAD with a body */
	evhttp_set_max_headers_size(server, HEADERS_MAX);
	evhttp_set_max_body_size(server, 0);
	evhttp_set_timeout(server, TIMEOUT_S);
	evhttp_set_gencb(server, on_other, NULL);
	if (evhttp_set_cb(server, "/", on_page, http) != 0 || evhttp_set_cb(server, "/metrics", on_metrics, http) != 0)
		return -1;
	bound = evhttp_accept_socket_with_handle(server, fd);
	if (!bound)
		return -1;
	http->listener = evhttp_bound_socket_get_listener(bound);
	return 0;
}

int px_http_open(struct px_http **out, struct event_base *base, int fd,
    void (*metrics)(struct evbuffer *out, void *arg), void *arg)
{
	struct px_http *http = calloc(1, sizeof(*http));

	*out = NULL;
	if (!http)
		return -1;
	http->metrics = metrics;
	http->arg = arg;
	LIST_INIT(&http->guests);
	http->server = evhttp_new(base);
	if (evtimer_assign(&http->look, base, on_look, http) == 0 && http->server && set_up(http, fd) == 0) {
		*out = http;
		return 0;
	}
	px_http_close(http);
	return -1;
}

void px_http_close(struct px_http *http)
{
	struct guest *guest;

	if (!http)
		return;
	if (event_initialized(&http->look))
		event_del(&http->look);
	if (http->server)
		evhttp_free(http->server);
	while ((guest = LIST_FIRST(&http->guests)) != NULL) {
		LIST_REMOVE(guest, link);
		bufferevent_decref(guest->bev);
		free(guest);
	}
	free(http);
}
