/* bind.c - see bind.h. Accepted sockets inherit the options of the listening one. */

#include "config.h" /* GNU extensions */

#include "daemon/bind.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/tcp.h"

#define BACKLOG 4096 /* the kernel cuts it to its own limit */

static bool is_any4(const struct conf_address *a, const struct conf_address *b)
{
	return a->kind == CONF_ADDRESS_INET && a->sa.ss_family == AF_INET && a->port == b->port &&
	    ((const struct sockaddr_in *)&a->sa)->sin_addr.s_addr == INADDR_ANY;
}

bool px_bind_both_families(const struct conf *conf, const struct conf_address *address)
{
	for (unsigned i = 0; i < conf->n_services; i++) {
		for (unsigned k = 0; k < conf->services[i].n_listen; k++) {
			if (address->port && is_any4(&conf->services[i].listen[k], address))
				return false;
		}
	}
	return true;
}

static void set_inet_options(int fd, int family, bool both_families)
{
	const int on = 1, v6only = !both_families;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	px_tcp_set_options(fd);
	if (family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &v6only, sizeof(v6only));
}

/* Removes a socket that nobody listens on any more. */
static void remove_stale(const struct conf_address *address)
{
	struct stat st;
	int fd;

	if (lstat(address->path, &st) != 0 || !S_ISSOCK(st.st_mode))
		return;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	if (connect(fd, (const struct sockaddr *)&address->sa, address->sa_len) != 0 &&
	    errno == ECONNREFUSED)
		unlink(address->path);
	close(fd);
}

static int close_failed(int fd)
{
	int error = errno;

	close(fd);
	errno = error;
	return -1;
}

/* A listening socket that others may join would be joined by another daemon of the same user as well, which
 * would take half of the connections: so the first one is bound as if it stayed alone. */
int px_bind_inet(const struct sockaddr *sa, socklen_t len, bool both_families, bool join)
{
	int fd = socket(sa->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	const int on = 1;

	if (fd < 0)
		return -1;
	set_inet_options(fd, sa->sa_family, both_families);
	if (join && setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on)) != 0)
		return close_failed(fd);
	if (bind(fd, sa, len) != 0)
		return close_failed(fd);
	if (!join && setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on)) != 0)
		return close_failed(fd);
	return fd;
}

int px_bind_unix(const struct conf_address *a)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), r, error;
	mode_t old;

	if (fd < 0)
		return -1;
	remove_stale(a);
	/* Who may connect is decided by the folder it stands in. To change the mode later, by its path, would be to change
	 * that of whatever stands there by then. */
	old = umask(0111);
	r = bind(fd, (const struct sockaddr *)&a->sa, a->sa_len);
	error = errno;
	umask(old);
	errno = error;
	return r == 0 ? fd : close_failed(fd);
}

int px_bind_listen(int fd)
{
	return listen(fd, BACKLOG);
}
