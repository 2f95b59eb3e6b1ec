/* http_test.c - what the HTTP server answers, byte for byte where it matters, asked over a socket of ours. */
#include "config.h" /* GNU extensions */

#include "unit.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int fail_calloc;

static void *maybe_calloc(size_t n, size_t size)
{
	return fail_calloc ? NULL : calloc(n, size);
}

#define calloc maybe_calloc
#include "daemon/http.c"
#undef calloc

struct asked {
	struct event_base *base;
	struct px_http *http;
	struct sockaddr_in sa;
	unsigned n_metrics;
};

static void metrics(struct evbuffer *out, void *arg)
{
	((struct asked *)arg)->n_metrics++;
	evbuffer_add_printf(out, "quench_up 1\n");
}

static int listen_on(struct sockaddr_in *sa)
{
	socklen_t len = sizeof(*sa);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	*sa = (struct sockaddr_in){ .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)sa, sizeof(*sa)), 0);
	assert_int_equal(listen(fd, 8), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)sa, &len), 0);
	return fd;
}

static void begin(struct asked *a)
{
	memset(a, 0, sizeof(*a));
	a->base = event_base_new();
	assert_non_null(a->base);
	assert_int_equal(px_http_open(&a->http, a->base, listen_on(&a->sa), metrics, a), 0);
}

static void end(struct asked *a)
{
	px_http_close(a->http);
	event_base_free(a->base);
}

/* The whole answer to a request, until the server closes. */
static void ask(struct asked *a, const char *request, char *answer, size_t room)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	size_t len = 0;

	assert_int_equal(connect(fd, (struct sockaddr *)&a->sa, sizeof(a->sa)), 0);
	assert_int_equal(send(fd, request, strlen(request), MSG_NOSIGNAL), strlen(request));
	for (unsigned i = 0; i < 100000; i++) {
		ssize_t n;

		event_base_loop(a->base, EVLOOP_NONBLOCK);
		n = recv(fd, answer + len, room - 1 - len, MSG_DONTWAIT);
		if (n == 0)
			break;
		len += n > 0 ? (size_t)n : 0;
	}
	answer[len] = '\0';
	close(fd);
}

#define REST " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
#define ROOM 65536

static void metrics_are_text(void **state)
{
	char *answer = malloc(ROOM);
	struct asked a;

	(void)state;
	assert_non_null(answer);
	begin(&a);
	ask(&a, "GET /metrics" REST, answer, ROOM);
	assert_memory_equal(answer, "HTTP/1.1 200 OK\r\n", 17);
	assert_non_null(strstr(answer, "\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n"));
	assert_non_null(strstr(answer, "\r\n\r\nquench_up 1\n"));
	assert_int_equal(a.n_metrics, 1);
	end(&a);
	free(answer);
}

static void page_is_whole_and_alone(void **state)
{
	char *answer = malloc(ROOM);
	struct asked a;
	const char *body;

	(void)state;
	assert_non_null(answer);
	begin(&a);
	ask(&a, "GET /" REST, answer, ROOM);
	assert_memory_equal(answer, "HTTP/1.1 200 OK\r\n", 17);
	assert_non_null(strstr(answer, "\r\nContent-Security-Policy: default-src 'none';"));
	body = strstr(answer, "\r\n\r\n");
	assert_non_null(body);
	assert_int_equal(strlen(body + 4), px_page_len);
	assert_memory_equal(body + 4, px_page, px_page_len);
	/* self-contained: it names no other place */
	assert_null(strstr(body, "src="));
	assert_null(strstr(body, "href="));
	assert_null(strstr(body, "@import"));
	assert_int_equal(a.n_metrics, 0);
	end(&a);
	free(answer);
}

static void everything_else_is_refused(void **state)
{
	static const struct {
		const char *request, *status;
	} table[] = {
		{ "GET /other" REST, "404" },
		{ "GET /metrics/../x" REST, "404" },
		{ "POST /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", "501" },
		{ "PUT / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx", "413" },
		{ "DELETE /" REST, "501" },
		{ "HEAD /metrics" REST, "501" },
		{ "rubbish\r\n\r\n", "400" },
	};
	char answer[4096];
	struct asked a;

	(void)state;
	begin(&a);
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		ask(&a, table[i].request, answer, sizeof(answer));
		if (strncmp(answer + 9, table[i].status, 3) != 0)
			fail_msg("%s: %s", table[i].request, answer);
	}
	assert_int_equal(a.n_metrics, 0);
	end(&a);
}

static void headers_are_bounded(void **state)
{
	static char request[20000], answer[4096];
	struct asked a;

	(void)state;
	begin(&a);
	memset(request, 'a', sizeof(request) - 1);
	memcpy(request, "GET /metrics HTTP/1.1\r\nX: ", 26);
	ask(&a, request, answer, sizeof(answer));
	assert_int_not_equal(strncmp(answer, "HTTP/1.1 200", 12), 0);
	assert_int_equal(a.n_metrics, 0);
	end(&a);
}

static int dial(struct asked *a, const char *text)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(connect(fd, (struct sockaddr *)&a->sa, sizeof(a->sa)), 0);
	assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
	for (unsigned i = 0; i < 20; i++)
		event_base_loop(a->base, EVLOOP_NONBLOCK);
	return fd;
}

static void look(struct asked *a)
{
	event_active(&a->http->look, EV_TIMEOUT, 1);
	for (unsigned i = 0; i < 20; i++)
		event_base_loop(a->base, EVLOOP_NONBLOCK);
}

/* The next one often has the descriptor of the one before, and is heard as well. */
static void one_after_the_other(void **state)
{
	char answer[4096];
	struct asked a;
	int pair[2];

	(void)state;
	begin(&a);
	for (unsigned i = 0; i < 5; i++) {
		ask(&a, "GET /metrics" REST, answer, sizeof(answer));
		assert_memory_equal(answer, "HTTP/1.1 200 OK\r\n", 17);
		assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
		for (unsigned k = 0; k < 2; k++) {
			struct bufferevent *bev = bufferevent_socket_new(a.base, pair[k], 0);

			bufferevent_enable(bev, EV_READ);
			assert_int_equal(send(pair[1 - k], "x", 1, 0), 1);
			for (unsigned n = 0; n < 20; n++)
				event_base_loop(a.base, EVLOOP_NONBLOCK);
			assert_int_equal(evbuffer_get_length(bufferevent_get_input(bev)), 1);
			bufferevent_free(bev);
		}
		close(pair[0]);
		close(pair[1]);
		look(&a);
	}
	assert_int_equal(a.http->n_guests, 0);
	end(&a);
}

/* Who only holds connections open holds so many; the others come when those go. */
static void security_connections_are_bounded(void **state)
{
	int fds[GUESTS_MAX + 5];
	char answer[4096];
	struct asked a;

	(void)state;
	begin(&a);
	for (unsigned i = 0; i < GUESTS_MAX + 5; i++)
		fds[i] = dial(&a, "GET /met");
	assert_int_equal(a.http->n_guests, GUESTS_MAX);
	look(&a);
	assert_int_equal(a.http->n_guests, GUESTS_MAX);
	for (unsigned i = 0; i < GUESTS_MAX; i++)
		close(fds[i]);
	for (unsigned i = 0; i < 20; i++)
		event_base_loop(a.base, EVLOOP_NONBLOCK);
	look(&a);
	ask(&a, "GET /metrics" REST, answer, sizeof(answer));
	assert_memory_equal(answer, "HTTP/1.1 200 OK\r\n", 17);
	look(&a);
	assert_int_equal(a.http->n_guests, 5);
	for (unsigned i = 0; i < 5; i++)
		close(fds[GUESTS_MAX + i]);
	end(&a);
}

/* Whoever is never through with its request is shown out when nobody else has room. */
static void security_slow_requests_end(void **state)
{
	struct asked a;
	struct guest *guest;
	char answer[16];
	int fds[GUESTS_MAX];

	(void)state;
	begin(&a);
	for (unsigned i = 0; i < GUESTS_MAX; i++)
		fds[i] = dial(&a, "GET /metrics HTTP/1.1\r\nHo");
	LIST_FOREACH(guest, &a.http->guests, link)
		guest->since -= STAY_S;
	look(&a);
	for (unsigned i = 0; i < GUESTS_MAX; i++) {
		assert_int_equal(recv(fds[i], answer, sizeof(answer), MSG_DONTWAIT), 0);
		close(fds[i]);
	}
	look(&a);
	assert_int_equal(a.http->n_guests, 0);
	end(&a);
}

static void no_memory(void **state)
{
	struct event_base *base = event_base_new();
	struct px_http *http;
	struct sockaddr_in sa;
	int fd = listen_on(&sa);

	(void)state;
	fail_calloc = 1;
	assert_int_equal(px_http_open(&http, base, fd, metrics, NULL), -1);
	fail_calloc = 0;
	assert_null(http);
	close(fd);
	px_http_close(NULL);
	event_base_free(base);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(metrics_are_text),
		cmocka_unit_test(page_is_whole_and_alone),
		cmocka_unit_test(everything_else_is_refused),
		cmocka_unit_test(headers_are_bounded),
		cmocka_unit_test(one_after_the_other),
		cmocka_unit_test(security_connections_are_bounded),
		cmocka_unit_test(security_slow_requests_end),
		cmocka_unit_test(no_memory),
	};

	return cmocka_run_group_tests_name("http", tests, NULL, NULL);
}
