/* backend.c - see backend.h. */

#include "config.h" /* GNU extensions */

#include "daemon/backend.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include "daemon/addr.h"
#include "daemon/tcp.h"

#define MAX_TARGETS 1024

static int add_target(struct px_backends *b, const char *text, const void *sa, socklen_t len)
{
	struct px_target *list;

	if (b->n == MAX_TARGETS)
		return 0;
	list = realloc(b->list, (b->n + 1) * sizeof(*list));
	if (!list)
		return -1;
	b->list = list;
	list[b->n] = (struct px_target){ .text = text };
	memcpy(&list[b->n].sa, sa, len);
	list[b->n].sa_len = len;
	b->n++;
	return 0;
}

static int add_resolved(struct px_backends *b, const char **problem, const struct conf_address *address,
    const struct px_resolver *resolver)
{
	struct sockaddr_storage *list = NULL;
	const char *reason;
	unsigned n = 0;
	int r = 0;

	reason = resolver->find(resolver->ptr, &list, &n, address);
	if (reason) {
		*problem = reason;
		return -1;
	}
	for (unsigned i = 0; i < n && r == 0; i++)
		r = add_target(b, address->text, &list[i], px_addr_len((struct sockaddr *)&list[i]));
	free(list);
	return r;
}

int px_backends_init(struct px_backends *b, const char **problem, const struct conf_address **whom,
    const struct conf_service *service, const struct px_resolver *resolver)
{
	int r = 0;

	memset(b, 0, sizeof(*b));
	*problem = "out of memory";
	for (unsigned i = 0; i < service->n_backends && r == 0; i++) {
		const struct conf_address *address = &service->backends[i].address;

		*whom = address;
		if (address->sa_len)
			r = add_target(b, address->text, &address->sa, address->sa_len);
		else
			r = add_resolved(b, problem, address, resolver);
	}
	return r;
}

void px_backends_clear(struct px_backends *b)
{
	free(b->list);
	b->list = NULL;
	b->n = 0;
}

const struct px_target *px_backend_first(struct px_backends *b, struct px_backend_cursor *cursor)
{
	cursor->at = b->next;
	cursor->n_tried = 0;
	b->next = (b->next + 1) % b->n;
	return px_backend_next(b, cursor);
}

const struct px_target *px_backend_next(const struct px_backends *b, struct px_backend_cursor *cursor)
{
	const struct px_target *target;

	if (cursor->n_tried == b->n)
		return NULL;
	target = &b->list[cursor->at];
	cursor->at = (cursor->at + 1) % b->n;
	cursor->n_tried++;
	return target;
}

int px_backend_connect(const struct px_target *target, bool *done)
{
	int fd = socket(target->sa.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), error;

	if (fd < 0)
		return -1;
	if (target->sa.ss_family != AF_UNIX)
		px_tcp_set_options(fd);
	*done = connect(fd, (const struct sockaddr *)&target->sa, target->sa_len) == 0;
	if (*done || errno == EINPROGRESS || errno == EINTR)
		return fd;
	error = errno;
	close(fd);
	errno = error;
	return -1;
}

void px_backend_tell(struct px_backends *b, const struct px_target *target, const char *service,
    int error)
{
	if (px_log_may_repeat(&b->list[target - b->list].told))
		px_log_event(PX_LOG_BACKEND_FAILED, CONF_LOG_WARNING, service,
		    "backend %s (service %s) takes no connection: %s", target->text, service, strerror(error));
}

int px_backend_result(int fd)
{
	int error = 0;
	socklen_t len = sizeof(error);

	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) != 0)
		return errno;
	return error;
}
