/* borrow.c - see borrow.h. They are listeners of the settings in force, and go with these: the master sends them again
 * behind a COMMIT. A service that isn't there is a fault of the master's; the descriptor is closed.
 */

#include "daemon/borrow.h"

#include <unistd.h>

#include "daemon/log.h"

static void take(struct px_settings *settings, int fd, const struct px_control_listener *what)
{
	if (what->service >= settings->n_services || px_settings_borrow(settings, fd, what->service) != 0)
		close(fd);
}

void px_borrow_take(struct px_worker *worker, struct px_control_msg *msg)
{
	const struct px_control_listener *what = msg->body;
	struct px_settings *settings = worker->settings;

	if (!settings || worker->draining || settings->serial != msg->head.serial)
		return;
	if (msg->head.flags & PX_CONTROL_FIRST)
		px_settings_give_back(settings);
	if (msg->len == msg->n_fds * sizeof(*what)) {
		for (unsigned i = 0; i < msg->n_fds; i++)
			take(settings, msg->fds[i], &what[i]);
		msg->n_fds = 0;
	} else {
		px_log(CONF_LOG_WARNING, "sockets of a worker that is away wait for it: not enough descriptors");
	}
	px_worker_listen(worker);
}
