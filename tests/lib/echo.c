/* echo.c - a backend for many connections: what comes goes back, and the end follows the end.
 *
 *     echo [unix=PATH]
 *
 * Prints its port on loopback, or the path, and serves until its input ends. */
#define _GNU_SOURCE /* accept4 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

struct guest {
	int fd;
	size_t at, len; /* of data: what waits to go back */
	bool over; /* nothing more comes */
	char data[16384];
};

static int poller;

static void must(int r, const char *what)
{
	if (r >= 0)
		return;
	perror(what);
	exit(1);
}

static int listen_unix(const char *path)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);

	snprintf(at.sun_path, sizeof(at.sun_path), "%s", path);
	must(bind(fd, (struct sockaddr *)&at, sizeof(at)), path);
	must(listen(fd, 4096), "listen");
	printf("%s\n", path);
	return fd;
}

static int listen_inet(void)
{
	struct sockaddr_in at = {.sin_family = AF_INET};
	socklen_t len = sizeof(at);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	must(bind(fd, (struct sockaddr *)&at, sizeof(at)), "bind");
	must(listen(fd, 4096), "listen");
	must(getsockname(fd, (struct sockaddr *)&at, &len), "getsockname");
	printf("%u\n", ntohs(at.sin_port));
	return fd;
}

static void add(int fd, void *ptr, uint32_t events)
{
	struct epoll_event e = {.events = events, .data.ptr = ptr};

	must(epoll_ctl(poller, EPOLL_CTL_ADD, fd, &e), "epoll");
}

static void welcome(int listener)
{
	int fd, on = 1;

	while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
		struct guest *g = calloc(1, sizeof(*g));

		must(g == NULL ? -1 : 0, "memory");
		g->fd = fd;
		(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
		add(fd, g, EPOLLIN | EPOLLOUT | EPOLLET);
	}
}

/* True: it has moved, and may again. */
static bool fill(struct guest *g)
{
	ssize_t n;

	if (g->len > g->at || g->over)
		return false;
	n = recv(g->fd, g->data, sizeof(g->data), 0);
	g->at = 0;
	g->len = n > 0 ? (size_t)n : 0;
	g->over = n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR);
	return n > 0;
}

static bool empty(struct guest *g)
{
	ssize_t n;

	if (g->len == g->at)
		return false;
	n = send(g->fd, g->data + g->at, g->len - g->at, MSG_NOSIGNAL);
	g->at += n > 0 ? (size_t)n : 0;
	if (n < 0 && errno != EAGAIN && errno != EINTR) {
		g->over = true;
		g->at = g->len;
	}
	return n > 0;
}

static void serve(struct guest *g)
{
	bool moved = true;

	while (moved) {
		moved = fill(g);
		moved = empty(g) || moved;
	}
	if (!g->over || g->at < g->len)
		return;
	close(g->fd);
	free(g);
}

int main(int argc, char **argv)
{
	const char *path = argc > 1 && strncmp(argv[1], "unix=", 5) == 0 ? argv[1] + 5 : NULL;
	struct epoll_event list[64];
	static char listens, input; /* stand for what isn't a guest */
	int listener, n;

	poller = epoll_create1(0);
	must(poller, "epoll");
	listener = path != NULL ? listen_unix(path) : listen_inet();
	fflush(stdout);
	add(listener, &listens, EPOLLIN);
	add(0, &input, EPOLLIN);
	for (;;) {
		n = epoll_wait(poller, list, 64, -1);
		for (int i = 0; i < n; i++) {
			if (list[i].data.ptr == &input)
				return 0;
			if (list[i].data.ptr == &listens)
				welcome(listener);
			else
				serve(list[i].data.ptr);
		}
	}
}
