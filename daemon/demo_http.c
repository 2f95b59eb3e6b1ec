/* demo_http.c - see demo_http.h. One request each connection: enough to look at. */

#include "daemon/demo_http.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/listener.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>

#define REQUEST_MAX 16384

struct request {
	TAILQ_ENTRY(request) link;
	struct px_demo_http *http;
	struct bufferevent *bev;
	struct px_addr from; /* the backend side of the relay it came through */
	bool answered;
};

struct px_demo_http {
	struct px_worker *worker;
	struct evconnlistener *listener;
	TAILQ_HEAD(request_list, request) requests; /* those that are open */
};

/* ---- The answer ----------------------------------------------------------------------------------- */

static const struct px_relay *find_relay(const struct px_worker *worker, const struct px_addr *from)
{
	const struct px_relay *relay;

	TAILQ_FOREACH(relay, &worker->relays, link) {
		struct sockaddr_storage sa;
		socklen_t len = sizeof(sa);
		struct px_addr own;

		if (getsockname(relay->ends[PX_BACKEND].fd, (struct sockaddr *)&sa, &len) != 0)
			continue;
		px_addr_set(&own, (struct sockaddr *)&sa);
		if (px_addr_equal(&own, from))
			return relay;
	}
	return NULL;
}

static void add_row(struct evbuffer *page, bool html, const char *name, const char *value)
{
	const char *shown = value && value[0] ? value : "none";

	if (html)
		evbuffer_add_printf(page, "<tr><th>%s</th><td>%s</td></tr>\n", name, shown);
	else
		evbuffer_add_printf(page, "%-13s %s\n", name, shown);
}

/* Names of hosts and protocols are plain text here: the one was checked when it came, the other is
 * one of those that the demo offers. */
static void add_session(struct evbuffer *page, bool html, tls_session_t tls)
{
	char sni[256] = "", alpn[32] = "";
	size_t sni_len = sizeof(sni) - 1;
	unsigned type;
	tls_datum_t datum;

	if (tls_server_name_get(tls, sni, &sni_len, &type, 0) != 0)
		sni[0] = '\0';
	if (tls_alpn_get_selected_protocol(tls, &datum) == 0)
		snprintf(alpn, sizeof(alpn), "%.*s", (int)datum.size, (const char *)datum.data);
	add_row(page, html, "version", tls_protocol_get_name(tls_protocol_get_version(tls)));
	add_row(page, html, "suite", tls_ciphersuite_get_name(tls_ciphersuite_get(tls)));
	add_row(page, html, "group", tls_group_get_name(tls_group_get(tls)));
	add_row(page, html, "post-quantum", tls_group_is_post_quantum(tls_group_get(tls)) ? "yes" : "no");
	add_row(page, html, "signature", tls_sign_get_name(tls_sign_algorithm_get(tls)));
	add_row(page, html, "server name", sni);
	add_row(page, html, "protocol", alpn);
	add_row(page, html, "hello retry",
	    tls_session_get_flags(tls) & TLS_SFLAGS_HELLO_RETRY ? "yes" : "no");
}

/* What the group means to somebody who records this today. */
static void add_verdict(struct evbuffer *page, bool html, uint16_t group)
{
	const char *verdict = tls_group_is_post_quantum(group)
	    ? "ML-KEM-768 had its part in the keys: a recording of this connection stays unreadable when there "
	      "are quantum computers."
	    : "ML-KEM had no part in the keys: who records this connection can read it once there are quantum "
	      "computers.";

	evbuffer_add_printf(page, html ? "<p>%s</p>\n" : "\n%s\n", verdict);
}

static void add_page(struct evbuffer *page, bool html, const struct request *request)
{
	const struct px_relay *relay = find_relay(request->http->worker, &request->from);
	char peer[PX_ADDR_TEXT_LEN];

	evbuffer_add_printf(page, "%s",
	    html ? "<!doctype html><meta charset=utf-8><title>quench</title>\n"
		   "<style>body{font:1em sans-serif;margin:3em}th{text-align:left;padding:.2em 2em .2em 0}"
		   "</style>\n<h1>quench</h1>\n<p>This connection came through quench:</p>\n<table>\n"
		 : "This connection came through quench:\n\n");
	if (relay) {
		px_addr_text(peer, &relay->peer.sa, sizeof(sa_family_t));
		add_row(page, html, "client", peer);
		add_session(page, html, relay->ends[PX_CLIENT].tls);
	} else {
		add_row(page, html, "client", "not through quench");
	}
	if (html)
		evbuffer_add_printf(page, "</table>\n");
	if (relay)
		add_verdict(page, html, tls_group_get(relay->ends[PX_CLIENT].tls));
}

static bool wants_html(struct evbuffer *input)
{
	const struct evbuffer_ptr at = evbuffer_search(input, "text/html", 9, NULL);

	return at.pos >= 0;
}

static void answer(struct bufferevent *bev, const struct request *request)
{
	struct evbuffer *output = bufferevent_get_output(bev), *page = evbuffer_new();
	bool html = wants_html(bufferevent_get_input(bev));

	if (!page)
		return;
	add_page(page, html, request);
	evbuffer_add_printf(output,
	    "HTTP/1.1 200 OK\r\nContent-Type: text/%s; charset=utf-8\r\nContent-Length: %zu\r\n"
	    "Cache-Control: no-store\r\nConnection: close\r\n\r\n",
	    html ? "html" : "plain", evbuffer_get_length(page));
	evbuffer_add_buffer(output, page);
	evbuffer_free(page);
}

/* ---- Connections ------------------------------------------------------------------------------------ */

static void drop(struct request *request)
{
	TAILQ_REMOVE(&request->http->requests, request, link);
	bufferevent_free(request->bev);
	free(request);
}

static void on_read(struct bufferevent *bev, void *arg)
{
	struct request *request = arg;
	struct evbuffer *input = bufferevent_get_input(bev);
	const struct evbuffer_ptr end = evbuffer_search(input, "\r\n\r\n", 4, NULL);

	if (end.pos < 0 && evbuffer_get_length(input) > REQUEST_MAX) {
		drop(request);
		return;
	}
	if (end.pos >= 0 && !request->answered) {
		answer(bev, request);
		request->answered = true;
	}
	if (request->answered)
		evbuffer_drain(input, evbuffer_get_length(input));
}

static void on_written(struct bufferevent *bev, void *arg)
{
	const struct request *request = arg;

	if (request->answered)
		shutdown(bufferevent_getfd(bev), SHUT_WR);
}

static void on_event(struct bufferevent *bev, short what, void *arg)
{
	(void)bev;
	(void)what;
	drop(arg);
}

static struct request *request_new(struct px_demo_http *http, evutil_socket_t fd)
{
	struct request *request = calloc(1, sizeof(*request));

	if (!request)
		return NULL;
	request->http = http;
	request->bev = bufferevent_socket_new(http->worker->base, fd, BEV_OPT_CLOSE_ON_FREE);
	if (!request->bev) {
		free(request);
		return NULL;
	}
	TAILQ_INSERT_TAIL(&http->requests, request, link);
	return request;
}

static void on_accept(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *sa, int len,
    void *arg)
{
	struct request *request = request_new(arg, fd);
	const struct timeval limit = { .tv_sec = 30 };

	(void)listener;
	(void)len;
	if (!request) {
		evutil_closesocket(fd);
		return;
	}
	px_addr_set(&request->from, sa);
	bufferevent_setcb(request->bev, on_read, on_written, on_event, request);
	bufferevent_set_timeouts(request->bev, &limit, &limit);
	bufferevent_enable(request->bev, EV_READ | EV_WRITE);
}

struct px_demo_http *px_demo_http_new(struct px_worker *worker, int fd)
{
	struct px_demo_http *http = calloc(1, sizeof(*http));

	if (!http)
		return NULL;
	http->worker = worker;
	TAILQ_INIT(&http->requests);
	http->listener = evconnlistener_new(worker->base, on_accept, http, LEV_OPT_CLOSE_ON_FREE, 0, fd);
	if (http->listener)
		return http;
	free(http);
	return NULL;
}

void px_demo_http_free(struct px_demo_http *http)
{
	struct request *request;

	evconnlistener_free(http->listener);
	while ((request = TAILQ_FIRST(&http->requests)) != NULL)
		drop(request);
	free(http);
}
