/* handed.c - see handed.h. */

#include "config.h" /* GNU extensions */

#include "daemon/handed.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

struct handed {
	char *name;
	int fd; /* -1: somebody's own now */
	bool used;
};

static struct handed *list;
static unsigned n_handed;
static unsigned next_number;

static bool is_listening(int fd)
{
	return sd_is_socket(fd, AF_UNSPEC, SOCK_STREAM, 1) > 0;
}

static bool is_of_store(const struct handed *h)
{
	static const char prefix[] = "quench-";

	return strncmp(h->name, prefix, strlen(prefix)) == 0;
}

/* "quench-listen-17": 17; false for other names. */
static bool number_of(unsigned *number, const char *name)
{
	size_t len = strlen(PX_HANDED_LISTEN);
	char *end;

	if (strncmp(name, PX_HANDED_LISTEN, len) != 0 || name[len] < '0' || name[len] > '9')
		return false;
	*number = (unsigned)strtoul(name + len, &end, 10);
	return *end == '\0';
}

static void note(char *name, int fd)
{
	int flags = fcntl(fd, F_GETFL);
	unsigned number;

	fcntl(fd, F_SETFD, FD_CLOEXEC);
	if (is_listening(fd) && flags >= 0)
		fcntl(fd, F_SETFL, flags | O_NONBLOCK);
	list[n_handed++] = (struct handed){ .name = name, .fd = fd };
	if (number_of(&number, name) && number >= next_number)
		next_number = number + 1;
}

int px_handed_init(void)
{
	char **names = NULL;
	int n = sd_listen_fds_with_names(1, &names);

	n_handed = next_number = 0;
	if (n < 0)
		errno = -n;
	if (n <= 0)
		return n < 0 ? -1 : 0;
	list = calloc((size_t)n, sizeof(*list));
	for (int i = 0; i < n; i++) {
		if (list)
			note(names[i], SD_LISTEN_FDS_START + i);
		else
			free(names[i]);
	}
	free(names);
	return list ? n : -1;
}

int px_handed_named(const char *name, unsigned nth)
{
	errno = 0;
	for (unsigned i = 0; i < n_handed; i++) {
		struct handed *h = &list[i];

		if (is_of_store(h) || strcmp(h->name, name) != 0 || !is_listening(h->fd) || nth-- > 0)
			continue;
		h->used = true;
		return fcntl(h->fd, F_DUPFD_CLOEXEC, 3);
	}
	return -1;
}

static bool takes_both(int fd)
{
	int v6only = 0;
	socklen_t len = sizeof(v6only);

	return getsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &v6only, &len) != 0 || !v6only;
}

static bool is_bound_to(int fd, const struct sockaddr *sa, socklen_t len, bool both_families)
{
	struct sockaddr_storage bound;
	socklen_t bound_len = sizeof(bound);

	memset(&bound, 0, sizeof(bound));
	if (getsockname(fd, (struct sockaddr *)&bound, &bound_len) != 0 || bound.ss_family != sa->sa_family)
		return false;
	return bound_len == len && memcmp(&bound, sa, len) == 0 &&
	    (sa->sa_family != AF_INET6 || takes_both(fd) == both_families);
}

static int take(struct handed *h)
{
	int fd = h->fd;

	h->fd = -1;
	return fd;
}

int px_handed_bound(unsigned *number, const struct sockaddr *sa, socklen_t len, bool both_families)
{
	for (unsigned i = 0; i < n_handed; i++) {
		struct handed *h = &list[i];

		if (h->fd >= 0 && number_of(number, h->name) && is_listening(h->fd) &&
		    is_bound_to(h->fd, sa, len, both_families))
			return take(h);
	}
	return -1;
}

int px_handed_seed(void)
{
	for (unsigned i = 0; i < n_handed; i++) {
		if (list[i].fd >= 0 && strcmp(list[i].name, PX_HANDED_SEED) == 0)
			return take(&list[i]);
	}
	return -1;
}

unsigned px_handed_new_number(void)
{
	return next_number++;
}

void px_handed_settle(void (*drop)(const char *name))
{
	for (unsigned i = 0; i < n_handed; i++) {
		struct handed *h = &list[i];

		if (h->fd < 0 || !is_of_store(h))
			continue;
		drop(h->name);
		close(take(h));
	}
}

const char *px_handed_unused(unsigned nth)
{
	for (unsigned i = 0; i < n_handed; i++) {
		if (!is_of_store(&list[i]) && !list[i].used && nth-- == 0)
			return list[i].name;
	}
	return NULL;
}

void px_handed_clear(void)
{
	for (unsigned i = 0; i < n_handed; i++) {
		if (list[i].fd >= 0)
			close(list[i].fd);
		free(list[i].name);
	}
	free(list);
	list = NULL;
	n_handed = next_number = 0;
}
