/* reload_load.c - the first half of a reload: who asks for it, and what the loader makes of it. See reload.h. */

#include "config.h" /* GNU extensions */

#include <stdio.h>
#include <stdlib.h>

#include "daemon/log.h"
#include "daemon/reload.h"

#define REMIND_MS 60000

struct px_reload_caller {
	TAILQ_ENTRY(px_reload_caller) link;
	px_reload_func done;
	void *arg;
};

/* ---- Loading ---------------------------------------------------------------------------------------- */

/* Where there is no log, at a start that fails, it is said plainly by main. */
static void show_messages(const struct px_master *master, const struct px_loaded *loaded)
{
	if (master->show)
		master->show(loaded);
}

static void log_messages(const struct px_loaded *loaded)
{
	const struct conf_errors *errs = &loaded->errs;

	for (unsigned i = 0; i < errs->n; i++)
		px_log_event(PX_LOG_ANSWER,
		    errs->list[i].severity == CONF_WARNING ? CONF_LOG_WARNING : CONF_LOG_ERROR, NULL, "%s",
		    errs->list[i].text);
}

static void fail_to_load(struct px_master *master, const struct px_loaded *loaded)
{
	const struct conf_errors *errs = &loaded->errs;
	char reason[PX_RELOAD_TEXT_LEN];
	const char *first = loaded->problem;

	if (master->current)
		log_messages(loaded);
	else
		show_messages(master, loaded);
	for (unsigned i = 0; i < errs->n && !first[0]; i++) {
		if (errs->list[i].severity == CONF_ERROR)
			first = errs->list[i].text;
	}
	if (!first[0])
		first = "out of memory";
	if (errs->n_errors > 1)
		snprintf(reason, sizeof(reason), "%.400s (and %u more errors)", first, errs->n_errors - 1);
	else
		snprintf(reason, sizeof(reason), "%s", first);
	if (master->current) {
		px_reload_fail(master, reason);
		return;
	}
	px_reload_over(master, false, reason);
	px_master_fail(master, NULL);
}

/* A log that is there already is changed when all have agreed. */
static int begin_log(struct px_master *master, struct px_generation *next, char problem[PX_RELOAD_TEXT_LEN])
{
	const struct conf *conf = next->loaded.conf;

	if (!master->current) {
		if (px_master_open_log(next, problem) != 0) {
			show_messages(master, &next->loaded);
			return -1;
		}
		if (conf->log.path)
			snprintf(master->log_file, sizeof(master->log_file), "%s", conf->log.path);
	}
	log_messages(&next->loaded);
	return 0;
}

/* ---- One that takes long ----------------------------------------------------------------------------- */

static void look_again(struct px_master *master, uint64_t ms)
{
	const struct timeval tv = { .tv_sec = (time_t)(ms / 1000), .tv_usec = (suseconds_t)(ms % 1000 * 1000) };

	event_add(&master->reload.slow, &tv);
}

/* It waits for a file system, or for a name server. */
static void on_slow(evutil_socket_t fd, short what, void *arg)
{
	struct px_master *master = arg;
	char spot[PX_SPOT_LEN];
	uint64_t ms = px_loader_spot(master->loader, spot);

	(void)fd;
	(void)what;
	if (master->reload.stage != PX_RELOAD_LOADING)
		return;
	if (ms < PX_SPOT_LONG_MS) {
		look_again(master, PX_SPOT_LONG_MS - ms);
		return;
	}
	px_log(CONF_LOG_WARNING, "loading takes long: it has waited for %s for %u seconds", spot, (unsigned)(ms / 1000));
	look_again(master, REMIND_MS);
}

int px_reload_init_slow(struct px_master *master)
{
	return evtimer_assign(&master->reload.slow, master->base, on_slow, master);
}

/* ---- Loaded ------------------------------------------------------------------------------------------- */

void px_reload_loaded(void *arg, struct px_loaded *loaded)
{
	struct px_master *master = arg;
	char problem[PX_RELOAD_TEXT_LEN];
	struct px_generation *next;

	event_del(&master->reload.slow);
	next = loaded->conf ? calloc(1, sizeof(*next)) : NULL;
	if (!next) {
		fail_to_load(master, loaded);
		px_load_clear(loaded);
		return;
	}
	next->loaded = *loaded;
	next->serial = ++master->last_serial;
	if (master->draining) {
		px_reload_free_generation(next, NULL);
		px_reload_over(master, false, "the daemon ends");
	} else if (begin_log(master, next, problem) != 0) {
		px_reload_free_generation(next, NULL);
		px_reload_fail(master, problem);
	} else {
		conf_errors_clear(&next->loaded.errs);
		px_reload_prepare(master, next);
	}
}

static void begin(struct px_master *master)
{
	const struct px_generation *g = master->current;

	master->job = (struct px_load_job){ .path = master->path, .files = master->files,
		.proof = master->proof, .program = master->children.program };
	if (g)
		master->job.before = (struct px_record_before){ .conf = g->loaded.conf, .bundle = g->loaded.bundle,
			.keys = g->loaded.keys, .keep_text = !master->reload.text };
	master->reload.text = false;
	master->reload.stage = PX_RELOAD_LOADING;
	px_master_observe(master, PX_MASTER_RELOADING, NULL);
	if (px_loader_start(master->loader, &master->job) == 0)
		look_again(master, PX_SPOT_LONG_MS);
	else
		px_reload_fail(master, "the loader is busy");
}

/* ---- Asking ----------------------------------------------------------------------------------------- */

static int add_caller(struct px_reload_callers *callers, px_reload_func done, void *arg)
{
	struct px_reload_caller *caller = calloc(1, sizeof(*caller));

	if (!caller) {
		done(arg, false, "out of memory");
		return -1;
	}
	*caller = (struct px_reload_caller){ .done = done, .arg = arg };
	TAILQ_INSERT_TAIL(callers, caller, link);
	return 0;
}

void px_reload_ask(struct px_master *master, px_reload_func done, void *arg)
{
	struct px_reload *reload = &master->reload;
	bool busy = reload->stage != PX_RELOAD_NONE;

	if (master->draining && done)
		done(arg, false, "the daemon ends");
	if (master->draining ||
	    (done && add_caller(busy ? &reload->callers_again : &reload->callers, done, arg) != 0))
		return;
	if (busy)
		reload->again = reload->text_again = true;
	else
		reload->text = true;
	if (!busy)
		begin(master);
}

void px_reload_certificates(struct px_master *master)
{
	if (master->draining || !master->current)
		return;
	if (master->reload.stage != PX_RELOAD_NONE)
		master->reload.again = true;
	else
		begin(master);
}

static void tell_callers(struct px_reload_callers *callers, bool good, const char *outcome)
{
	struct px_reload_caller *caller;

	while ((caller = TAILQ_FIRST(callers)) != NULL) {
		TAILQ_REMOVE(callers, caller, link);
		caller->done(caller->arg, good, outcome);
		free(caller);
	}
}

void px_reload_next(struct px_master *master, bool good)
{
	struct px_reload *reload = &master->reload;

	tell_callers(&reload->callers, good, master->last_outcome);
	if (!reload->again || master->draining)
		return;
	reload->again = false;
	reload->text = reload->text_again;
	reload->text_again = false;
	TAILQ_CONCAT(&reload->callers, &reload->callers_again, link);
	begin(master);
}

void px_reload_drop_callers(struct px_reload *reload)
{
	tell_callers(&reload->callers, false, "the daemon ends");
	tell_callers(&reload->callers_again, false, "the daemon ends");
}
