/* signals.c - see signals.h. */

#include "daemon/signals.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

#include "daemon/log.h"
#include "daemon/worker.h"

static void on_end(evutil_socket_t number, short what, void *arg)
{
	(void)number;
	(void)what;
	px_worker_drain(arg);
}

static void on_reopen(evutil_socket_t number, short what, void *arg)
{
	const struct px_worker *worker = arg;

	(void)number;
	(void)what;
	if (px_log_reopen() != 0)
		px_log_event(PX_LOG_ANSWER, CONF_LOG_ERROR, NULL, "the log %s can't be opened again, the old one stays: %s",
		    worker->settings->conf->log.path, strerror(errno));
	else
		px_log_event(PX_LOG_ANSWER, CONF_LOG_INFO, NULL, "the log is open again");
}

static void on_hup(evutil_socket_t number, short what, void *arg)
{
	(void)number;
	(void)what;
	(void)arg;
	px_log(CONF_LOG_WARNING, "HUP is ignored: this version can't reload, restart it instead");
}

int px_signals_init(struct px_worker *worker)
{
	static const struct {
		int number;
		event_callback_fn func;
	} table[] = { { SIGTERM, on_end }, { SIGINT, on_end }, { SIGUSR1, on_reopen }, { SIGHUP, on_hup } };

	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN); /* a log that may grow no more is as a full disk */
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct event *event = &worker->signals[i];

		if (evsignal_assign(event, worker->base, table[i].number, table[i].func, worker) != 0 ||
		    event_add(event, NULL) != 0)
			return -1;
		worker->n_signals++;
	}
	return 0;
}

void px_signals_clear(struct px_worker *worker)
{
	while (worker->n_signals > 0)
		event_del(&worker->signals[--worker->n_signals]);
}
