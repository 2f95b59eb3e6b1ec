/* tlsserver.c - our server as a program, for tests with other people's clients.
 *
 *     tlsserver [OPTION]...
 *
 * Listens on a port of loopback that the kernel chooses and prints "port=N". Then each line of its input holds
 * options for the connections that come next, on top of those of the command line: it serves that many of
 * them (connections=N, 1), one after another, and prints a line for each. The options are those of talk_options.c.
 *
 * mode=line: each line is given back, and the server ends when the client does. mode=http: each request is
 * answered, and the server ends after one that is not to be kept alive.
 */
#define _GNU_SOURCE /* strcasestr */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "talk.h"

static const char page[] = "a page of the server, ";

static int listen_somewhere(void)
{
	struct sockaddr_in at = {.sin_family = AF_INET};
	socklen_t len = sizeof(at);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 || bind(fd, (struct sockaddr *)&at, len) != 0 || listen(fd, 16) != 0 ||
	    getsockname(fd, (struct sockaddr *)&at, &len) != 0) {
		perror("listen");
		exit(1);
	}
	printf("port=%d\n", ntohs(at.sin_port));
	fflush(stdout);
	return fd;
}

static int accept_one(int listener, const struct talk_options *o)
{
	struct pollfd p = {.fd = listener, .events = POLLIN};
	int on = 1;
	int fd = poll(&p, 1, (int)o->timeout) > 0 ? accept(listener, NULL, NULL) : -1;

	if (fd < 0)
		printf("result=nobody_came\n");
	else
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	fflush(stdout);
	return fd;
}

/* Receives until what came ends with the mark: the length; 0 at the end, or an error. */
static ssize_t collect(struct talk *t, char *data, const char *mark)
{
	size_t len = 0, n_mark = strlen(mark);

	while (len < n_mark || memcmp(data + len - n_mark, mark, n_mark) != 0) {
		ssize_t n = len < TALK_LINE_MAX ? talk_recv(t, data + len, TALK_LINE_MAX - len)
						: TLS_E_SHORT_MEMORY_BUFFER;

		if (n <= 0)
			return n;
		len += (size_t)n;
	}
	return (ssize_t)len;
}

static int serve_lines(struct talk *t)
{
	static char data[TALK_LINE_MAX];
	ssize_t n;

	while ((n = collect(t, data, "\n")) > 0) {
		int err = talk_renew(t);

		err = err == 0 ? talk_send(t, data, (size_t)n) : err;
		if (err < 0)
			return err;
		t->n_answers++;
	}
	return (int)n;
}

static int answer(struct talk *t)
{
	static char text[TALK_LINE_MAX];
	size_t body = t->o->body < sizeof(text) / 2 ? t->o->body : sizeof(text) / 2;
	size_t head = (size_t)snprintf(text, sizeof(text),
	    "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %zu\r\n\r\n", body);

	for (size_t i = 0; i < body; i++)
		text[head + i] = page[i % (sizeof(page) - 1)];
	return talk_send(t, text, head + body);
}

static int serve_http(struct talk *t)
{
	static char data[TALK_LINE_MAX + 1];
	ssize_t n;

	while ((n = collect(t, data, "\r\n\r\n")) > 0) {
		int err = talk_renew(t);

		data[n] = '\0';
		err = err == 0 ? answer(t) : err;
		if (err < 0)
			return err;
		t->n_answers++;
		if (strstr(data, " HTTP/1.0\r\n") != NULL || strcasestr(data, "\r\nConnection: close") != NULL)
			return 0;
	}
	return (int)n;
}

/* A client that goes away between two requests has not failed: the line tells how it went. */
static void serve(int fd, const struct talk_options *o)
{
	struct talk t;
	int err;

	talk_init(&t, o, TLS_SERVER, fd);
	t.result = talk_handshake(&t);
	if (t.result == 0) {
		err = strcmp(o->mode, "http") == 0 ? serve_http(&t) : serve_lines(&t);
		if (err == TLS_E_PREMATURE_TERMINATION || err == TLS_E_PULL_ERROR)
			t.end = err;
		else
			t.result = err;
	}
	talk_finish(&t);
	talk_clear(&t);
}

int main(int argc, char **argv)
{
	static char line[TALK_LINE_MAX];
	struct talk_options base;
	int listener;

	talk_options_init(&base);
	for (int i = 1; i < argc; i++)
		talk_options_set(&base, argv[i]);
	listener = listen_somewhere();
	while (fgets(line, sizeof(line), stdin) != NULL) {
		struct talk_options o = base;

		talk_options_read(&o, line);
		for (unsigned i = 0; i < o.connections; i++) {
			int fd = accept_one(listener, &o);

			if (fd >= 0)
				serve(fd, &o);
		}
	}
	close(listener);
	return 0;
}
