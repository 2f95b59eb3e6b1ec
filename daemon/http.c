/* http.c - see http.h. */

#include "daemon/http.h"

#include <event2/http.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/page.h"

#define HEADERS_MAX 8192 /* bytes */
#define TIMEOUT_S 10

struct px_http {
	struct evhttp *server;
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

static int set_up(struct px_http *http, int fd)
{
	struct evhttp *server = http->server;

	evhttp_set_allowed_methods(server, EVHTTP_REQ_GET); /* libevent answers HEAD with a body */
	evhttp_set_max_headers_size(server, HEADERS_MAX);
	evhttp_set_max_body_size(server, 0);
	evhttp_set_timeout(server, TIMEOUT_S);
	evhttp_set_gencb(server, on_other, NULL);
	if (evhttp_set_cb(server, "/", on_page, http) != 0 || evhttp_set_cb(server, "/metrics", on_metrics, http) != 0)
		return -1;
	return evhttp_accept_socket(server, fd);
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
	http->server = evhttp_new(base);
	if (http->server && set_up(http, fd) == 0) {
		*out = http;
		return 0;
	}
	px_http_close(http);
	return -1;
}

void px_http_close(struct px_http *http)
{
	if (!http)
		return;
	if (http->server)
		evhttp_free(http->server);
	free(http);
}
