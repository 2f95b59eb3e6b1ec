/* dial.c - see dial.h. */
#include "dial.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#define UNIX_PREFIX "unix:"
#define PORT_MAX 65535

/* ---- As people write it ---------------------------------------------------------------------- */

static bool is_port(const char *text)
{
	char *end;
	long n = strtol(text, &end, 10);

	return text[0] >= '0' && text[0] <= '9' && *end == '\0' && strlen(text) < PX_DIAL_PORT_LEN && n >= 1 &&
	    n <= PORT_MAX;
}

static int parse_unix(struct px_dial_address *a, struct px_problem *problem, const char *path)
{
	struct sockaddr_un un;

	if (path[0] == '\0' || strlen(path) >= sizeof(un.sun_path))
		return px_problem_set(problem, "unix:%s: no path of a socket", path);
	a->is_unix = true;
	snprintf(a->host, sizeof(a->host), "%s", path);
	return 0;
}

bool px_dial_is_ip(const char *host)
{
	unsigned char room[sizeof(struct in6_addr)];
	char bare[INET6_ADDRSTRLEN];
	size_t n = strcspn(host, "%");

	/* "fe80::1%eth0" */
	if (n > 0 && host[n] == '%' && n < sizeof(bare)) {
		snprintf(bare, sizeof(bare), "%.*s", (int)n, host);
		return inet_pton(AF_INET6, bare, room) == 1;
	}
	return inet_pton(AF_INET, host, room) == 1 || inet_pton(AF_INET6, host, room) == 1;
}

/* Where the host ends and, in *after, what follows it: ":PORT" or nothing. */
static const char *split(const char **host, const char **after, const char *text)
{
	const char *end = strrchr(text, ':');

	*host = text;
	if (text[0] == '[') {
		*host = text + 1;
		end = strchr(text, ']');
		*after = end != NULL ? end + 1 : text;
		return end;
	}
	if (end == NULL || strchr(text, ':') != end)
		end = text + strlen(text); /* no port; or an IPv6 address without brackets */
	*after = end;
	return end;
}

int px_dial_parse(struct px_dial_address *a, struct px_problem *problem, const char *text, const char *port)
{
	const char *host, *after, *end;

	*a = (struct px_dial_address){ .is_unix = false };
	if (strncmp(text, UNIX_PREFIX, strlen(UNIX_PREFIX)) == 0)
		return parse_unix(a, problem, text + strlen(UNIX_PREFIX));
	end = split(&host, &after, text);
	if (end == NULL || end == host || (size_t)(end - host) >= sizeof(a->host) ||
	    (*after != ':' && *after != '\0'))
		return px_problem_set(problem, "%s: no address: HOST:PORT, [IPv6]:PORT or unix:PATH is meant", text);
	snprintf(a->host, sizeof(a->host), "%.*s", (int)(end - host), host);
	if (strchr(a->host, ':') != NULL && !px_dial_is_ip(a->host))
		return px_problem_set(problem, "%s: no address: HOST:PORT, [IPv6]:PORT or unix:PATH is meant", text);
	if (*after == ':')
		port = after + 1;
	if (!is_port(port))
		return px_problem_set(problem, "%s: no port: a number from 1 to 65535 is meant", text);
	snprintf(a->port, sizeof(a->port), "%s", port);
	return 0;
}

/* ---- What it resolves to ------------------------------------------------------------------------ */

static void add_unix(struct px_dial_list *list, const char *path)
{
	struct sockaddr_un *un = (void *)&list->at[0].sa;

	un->sun_family = AF_UNIX;
	memcpy(un->sun_path, path, strnlen(path, sizeof(un->sun_path) - 1)); /* parse has measured it */
	list->at[0].len = sizeof(*un);
	list->n = 1;
}

const char *px_dial_resolve(struct px_dial_list *list, const struct px_dial_address *a)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV }, *found;
	int err;

	memset(list, 0, sizeof(*list));
	if (a->is_unix) {
		add_unix(list, a->host);
		return NULL;
	}
	err = getaddrinfo(a->host, a->port, &hints, &found);
	if (err != 0)
		return err == EAI_SYSTEM ? strerror(errno) : gai_strerror(err);
	for (const struct addrinfo *i = found; i != NULL && list->n < PX_DIAL_LIST_MAX; i = i->ai_next) {
		memcpy(&list->at[list->n].sa, i->ai_addr, i->ai_addrlen);
		list->at[list->n++].len = i->ai_addrlen;
	}
	freeaddrinfo(found);
	return NULL;
}

void px_dial_text(char text[PX_DIAL_TEXT_LEN], const struct sockaddr *sa, socklen_t len)
{
	char host[INET6_ADDRSTRLEN + 32] = "?", port[PX_DIAL_PORT_LEN] = "?";

	if (sa->sa_family == AF_UNIX) {
		const char *path = ((const struct sockaddr_un *)(const void *)sa)->sun_path;

		snprintf(text, PX_DIAL_TEXT_LEN, "unix:%s", len > offsetof(struct sockaddr_un, sun_path) ? path : "");
		return;
	}
	getnameinfo(sa, len, host, sizeof(host), port, sizeof(port), NI_NUMERICHOST | NI_NUMERICSERV);
	snprintf(text, PX_DIAL_TEXT_LEN, sa->sa_family == AF_INET6 ? "[%s]:%s" : "%s:%s", host, port);
}

/* ---- A connection -------------------------------------------------------------------------------- */

/* 0 or errno, once the socket is writable. */
static int await(int fd, unsigned ms)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };
	int error = 0, n;
	socklen_t len = sizeof(error);

	do {
		n = poll(&p, 1, (int)ms);
	} while (n < 0 && errno == EINTR);
	if (n == 0)
		return ETIMEDOUT;
	if (n < 0 || getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) < 0)
		return errno;
	return error;
}

int px_dial_connect(const struct px_dial_target *target, unsigned ms)
{
	int fd = socket(target->sa.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), error = 0, on = 1;

	if (fd < 0)
		return -errno;
	if (connect(fd, (const struct sockaddr *)&target->sa, target->len) < 0)
		error = errno == EINPROGRESS ? await(fd, ms) : errno;
	if (error != 0) {
		close(fd);
		return -error;
	}
	if (target->sa.ss_family != AF_UNIX)
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	return fd;
}
