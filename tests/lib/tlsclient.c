/* tlsclient.c - our client as a program, for tests with other people's servers.
 *
 *     tlsclient [OPTION]...
 *
 * Each line of its input holds the options of connections to port=N on loopback, on top of those of the
 * command line; it makes that many of them (connections=N, 1), one after another, and prints a line for
 * each. The options are those of talk_options.c.
 *
 * mode=line: sends rounds=N lines and takes a line of answer for each, which it prints as "said=..." before
 * the line that tells of the connection. mode=http: sends requests on one connection, all but the last to be
 * kept alive, and takes the answers up to their Content-Length, or without one up to the end.
 */
#define _GNU_SOURCE /* strcasestr */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "talk.h"
#include "talk_resume.h"

static int connect_to(const char *port)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port))};
	int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof(to)) != 0) {
		printf("result=%s\n", strerror(errno));
		fflush(stdout);
		close(fd);
		return -1;
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	return fd;
}

/* "round 1", with as many "." behind it as the length asks for. */
static int send_line(struct talk *t)
{
	static char line[TALK_LINE_MAX];
	size_t len = (size_t)snprintf(line, sizeof(line), "round %u", t->n_answers + 1);

	if (t->n_answers == 0 && t->o->first != NULL)
		len = (size_t)snprintf(line, sizeof(line), "%s", t->o->first);
	while (len < t->o->length && len + 1 < sizeof(line))
		line[len++] = '.';
	line[len++] = '\n';
	return talk_send(t, line, len);
}

static int take_line(struct talk *t)
{
	ssize_t n = 1;
	char c = '\0';

	printf("said=");
	while (n > 0 && c != '\n') {
		n = talk_recv(t, &c, 1);
		if (n > 0 && c != '\n' && c != '\r')
			putchar(c);
	}
	printf("\n");
	return n == 0 ? TLS_E_SESSION_EOF : (int)(n < 0 ? n : 0);
}

static int send_request(struct talk *t)
{
	char text[512];
	bool last = t->n_answers + 1 == t->o->rounds;
	int len = snprintf(text, sizeof(text), "GET / HTTP/1.%d\r\nHost: %s\r\n\r\n", !last,
	    t->o->name != NULL ? t->o->name : "localhost");

	return talk_send(t, text, (size_t)len);
}

/* How long the answer is, if its head is there and says it; else 0. */
static size_t answer_length(const char *data)
{
	const char *body = strstr(data, "\r\n\r\n"), *length = strcasestr(data, "\r\nContent-Length:");

	if (body == NULL || length == NULL || length > body)
		return 0;
	return (size_t)(body + 4 - data) + strtoul(length + 17, NULL, 10);
}

static int take_answer(struct talk *t)
{
	static char data[TALK_LINE_MAX + 1];
	size_t len = 0, want;
	ssize_t n;

	do {
		n = talk_recv(t, data + len, TALK_LINE_MAX - len);
		if (n < 0)
			return (int)n;
		len += (size_t)n;
		data[len] = '\0';
		want = answer_length(data);
	} while (n > 0 && (want == 0 || len < want));
	if (strncmp(data, "HTTP/1.", 7) != 0 || len < want)
		return TLS_E_SESSION_EOF;
	return 0;
}

/* A command to the server, which has no other answer than its request. */
static int say(struct talk *t)
{
	int err = talk_send(t, t->o->say, strlen(t->o->say));

	if (err == 0)
		err = talk_send(t, "\n", 1);
	return err == 0 ? talk_await_request(t) : err;
}

static int talk(struct talk *t)
{
	bool http = strcmp(t->o->mode, "http") == 0;
	int err = t->o->say != NULL ? say(t) : 0;

	while (err == 0 && t->n_answers < t->o->rounds) {
		err = talk_renew(t);
		if (err == 0)
			err = http ? send_request(t) : send_line(t);
		if (err == 0)
			err = http ? take_answer(t) : take_line(t);
		t->n_answers += err == 0;
	}
	return err;
}

static void call(const struct talk_options *o)
{
	int fd = connect_to(o->port);
	struct talk t;

	if (fd < 0)
		return;
	talk_init(&t, o, TLS_CLIENT, fd);
	t.result = talk_handshake(&t);
	if (t.result == 0)
		t.result = talk(&t);
	talk_resume_keep(&t);
	talk_finish(&t);
	talk_clear(&t);
}

int main(int argc, char **argv)
{
	static char line[TALK_LINE_MAX];
	struct talk_options base;

	talk_options_init(&base);
	for (int i = 1; i < argc; i++)
		talk_options_set(&base, argv[i]);
	while (fgets(line, sizeof(line), stdin) != NULL) {
		struct talk_options o = base;

		talk_options_read(&o, line);
		talk_resume_forget();
		for (unsigned i = 0; o.port != NULL && i < o.connections; i++)
			call(&o);
	}
	talk_resume_forget();
	return 0;
}
