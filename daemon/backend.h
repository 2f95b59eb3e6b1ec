/* backend.h - where a service's connections go: resolved once, taken in turn.
 *
 * Each address of each backend is a target. A connection begins with the next target in turn and, when
 * that one refuses or doesn't answer, tries each other one once.
 */
#ifndef DAEMON_BACKEND_H
#define DAEMON_BACKEND_H

#include <stdbool.h>
#include <sys/socket.h>

#include "conf/conf.h"
#include "daemon/log.h"
#include "daemon/relay_metrics.h"
#include "daemon/resolve.h"

struct px_target {
	const char *text; /* as it was configured; the configuration's */
	struct sockaddr_storage sa;
	socklen_t sa_len;
	struct px_target_counts counts;
	struct px_log_limit told; /* that it took no connection */
};

struct px_backends {
	struct px_target *list;
	unsigned n;
	unsigned next; /* whose turn it is */
};

/* Where one connection is in the list. */
struct px_backend_cursor {
	unsigned at;
	unsigned n_tried;
};

/* Names become what resolver says. 0, or -1: *problem is a text that lives on, *whom the address it is
 * about. Release with px_backends_clear in both cases. */
int px_backends_init(struct px_backends *backends, const char **problem, const struct conf_address **whom,
    const struct conf_service *service, const struct px_resolver *resolver);
void px_backends_clear(struct px_backends *backends);

/* The first target for a connection, and the next one; NULL when all have been tried. */
const struct px_target *px_backend_first(struct px_backends *backends, struct px_backend_cursor *cursor);
const struct px_target *px_backend_next(const struct px_backends *backends,
    struct px_backend_cursor *cursor);

/* Begins to connect: a descriptor, or -1 with errno (EAGAIN: a unix socket whose queue is full). *done:
 * connected at once; otherwise it is when writable and px_backend_result says 0. */
int px_backend_connect(const struct px_target *target, bool *done);

/* Warns that target took no connection, once a second at most: the connection's own line tells of the
 * last one tried only. */
void px_backend_tell(struct px_backends *backends, const struct px_target *target, const char *service,
    int error);

/* 0 or the errno of a connect that has ended. */
int px_backend_result(int fd);

#endif
