/* reopen.c - see reopen.h. The file is opened by whom it was opened first, and will be again. */

#include "config.h" /* GNU extensions */

#include "daemon/reopen.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "daemon/drop.h"
#include "daemon/errand.h"
#include "daemon/log.h"
#include "daemon/master.h"
#include "daemon/spot.h"

struct caller {
	TAILQ_ENTRY(caller) link;
	px_reopen_func done;
	void *arg;
};
TAILQ_HEAD(callers, caller);

/* What the thread works on; it may outlive us. */
struct work {
	struct px_reopen *reopen; /* the loop's */
	struct conf_log conf; /* path is ours */
	struct px_drop drop;
	struct px_log_sink sink;
	int error;
};

struct px_reopen {
	struct px_master *master;
	struct px_errand *errand;
	struct work *work;
	bool busy, again;
	struct event slow;
	struct callers callers, callers_again;
};

/* ---- The thread --------------------------------------------------------------------------------------- */

static void run(void *arg)
{
	struct work *work = arg;

	work->error = px_log_sink_open_as(&work->sink, &work->conf, &work->drop) == 0 ? 0 : errno;
}

static void drop(void *arg)
{
	struct work *work = arg;

	px_log_sink_close(&work->sink);
	free(work->conf.path);
	free(work);
}

/* ---- The loop ----------------------------------------------------------------------------------------- */

static void tell(struct callers *callers, bool good, const char *outcome)
{
	struct caller *caller;

	while ((caller = TAILQ_FIRST(callers)) != NULL) {
		TAILQ_REMOVE(callers, caller, link);
		caller->done(caller->arg, good, outcome);
		free(caller);
	}
}

static void over(struct px_reopen *reopen, int error)
{
	const char *path = reopen->work->conf.path;
	char outcome[PX_LOG_TEXT_MAX];

	if (error)
		snprintf(outcome, sizeof(outcome), "the log %s can't be opened again, the old one stays: %s",
		    path ? path : "", strerror(error));
	else
		snprintf(outcome, sizeof(outcome), "the log is open again");
	px_log_event(PX_LOG_ANSWER, error ? CONF_LOG_ERROR : CONF_LOG_INFO, NULL, "%s", outcome);
	tell(&reopen->callers, !error, outcome);
}

/* Takes a copy of what is in force. 0, or an errno. */
static int take_work(struct px_reopen *reopen)
{
	const struct px_master *master = reopen->master;
	struct work *work = reopen->work;

	free(work->conf.path);
	work->drop = master->children.boot.drop;
	work->conf = master->current->loaded.conf->log;
	if (!work->conf.path)
		return 0;
	work->conf.path = strdup(work->conf.path);
	return work->conf.path ? 0 : ENOMEM;
}

static void begin(struct px_reopen *reopen)
{
	const struct timeval tv = { .tv_sec = PX_SPOT_LONG_MS / 1000 };
	int error = reopen->master->current ? take_work(reopen) : 0;

	reopen->again = false;
	if (!reopen->master->current) {
		over(reopen, 0); /* there is no log yet */
		return;
	}
	if (!error && px_errand_start(reopen->errand) != 0)
		error = EBUSY;
	if (error) {
		over(reopen, error);
		return;
	}
	reopen->busy = true;
	event_add(&reopen->slow, &tv);
}

/* The level stays as it is: the operator may have changed it since. */
static void on_done(void *arg)
{
	struct work *work = arg;
	struct px_reopen *reopen = work->reopen;
	int error = work->error;

	reopen->busy = false;
	event_del(&reopen->slow);
	if (!error && px_log_use(&work->sink) != 0)
		error = errno;
	work->sink = (struct px_log_sink){ .fd = -1 };
	over(reopen, error);
	if (!reopen->again)
		return;
	TAILQ_CONCAT(&reopen->callers, &reopen->callers_again, link);
	begin(reopen);
}

static void on_slow(evutil_socket_t fd, short what, void *arg)
{
	const struct px_reopen *reopen = arg;

	(void)fd;
	(void)what;
	px_log(CONF_LOG_WARNING, "opening the log %s takes long: the old one goes on meanwhile", reopen->work->conf.path);
}

void px_reopen_ask(struct px_reopen *reopen, px_reopen_func done, void *arg)
{
	struct caller *caller = done ? calloc(1, sizeof(*caller)) : NULL;

	if (done && !caller) {
		done(arg, false, "out of memory");
		return;
	}
	if (caller) {
		*caller = (struct caller){ .done = done, .arg = arg };
		TAILQ_INSERT_TAIL(reopen->busy ? &reopen->callers_again : &reopen->callers, caller, link);
	}
	if (reopen->busy)
		reopen->again = true;
	else
		begin(reopen);
}

/* ---- Life --------------------------------------------------------------------------------------------- */

static const struct px_errand_kind opening = { run, on_done, drop };

int px_reopen_new(struct px_reopen **out, struct px_master *master)
{
	struct px_reopen *reopen = calloc(1, sizeof(*reopen));
	struct work *work = calloc(1, sizeof(*work));

	*out = NULL;
	if (reopen && work) {
		*reopen = (struct px_reopen){ .master = master, .work = work };
		*work = (struct work){ .reopen = reopen, .sink = { .fd = -1 } };
		TAILQ_INIT(&reopen->callers);
		TAILQ_INIT(&reopen->callers_again);
		evtimer_assign(&reopen->slow, master->base, on_slow, reopen);
		if (px_errand_new(&reopen->errand, master->base, &opening, work) == 0) {
			*out = reopen;
			return 0;
		}
	}
	free(work);
	free(reopen);
	return -1;
}

void px_reopen_free(struct px_reopen *reopen)
{
	if (!reopen)
		return;
	event_del(&reopen->slow);
	tell(&reopen->callers, false, "the daemon ends");
	tell(&reopen->callers_again, false, "the daemon ends");
	if (px_errand_free(reopen->errand))
		drop(reopen->work);
	free(reopen);
}
