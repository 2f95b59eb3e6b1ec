/* prepare.c - see prepare.h. */

#include "daemon/prepare.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char no_memory[] = "out of memory";
static const char no_fds[] = "not enough descriptors";

/* ---- Giving up ------------------------------------------------------------------------------------ */

static void drop_listeners(struct px_prepare *p)
{
	for (unsigned i = 0; i < p->n_listeners; i++) {
		if (p->listeners[i].fd >= 0)
			close(p->listeners[i].fd);
	}
	free(p->listeners);
	p->listeners = NULL;
	p->n_listeners = 0;
}

void px_prepare_clear(struct px_prepare *p)
{
	drop_listeners(p);
	px_settings_drop(p->settings);
	px_builder_free(p->builder, p->built);
	/* What the builder is at comes back to px_prepare_built. */
	p->building = p->built = NULL;
	p->settings = NULL;
	p->is_open = p->all_came = false;
}

static void fail(struct px_prepare *p, const char *reason)
{
	if (!p->is_open)
		return;
	(void)px_control_done(p->control, p->serial, reason);
	px_prepare_clear(p);
}

/* ---- Building ------------------------------------------------------------------------------------- */

/* Ten thousand certificates take some ten milliseconds to be freed. Whoever had sessions with them has freed these
 * before. */
static void release(void *content)
{
	struct px_build *build = content;

	px_builder_free(*build->home, build);
}

static bool make_settings(struct px_prepare *p)
{
	const struct px_resolver resolver = px_build_resolver(p->built);
	char problem[PX_SETTINGS_PROBLEM_LEN];

	if (px_settings_new(&p->settings, problem, p->worker, p->built->conf, &resolver) != 0) {
		fail(p, problem);
		return false;
	}
	p->settings->serial = p->serial;
	px_build_settle(p->built);
	p->built->home = &p->builder;
	px_settings_own(p->settings, release, p->built);
	p->built = NULL;
	return true;
}

/* NULL, or what is wrong; the descriptor is the settings' or still ours. */
static const char *give(struct px_settings *settings, struct px_prepare_listener *l)
{
	if (l->what.service >= settings->n_services ||
	    l->what.address >= settings->services[l->what.service].conf->n_listen)
		return "a listener of a service that isn't there";
	return px_settings_listen(settings, l->fd, l->what.service) == 0 ? NULL : no_memory;
}

static bool give_all(struct px_prepare *p)
{
	const char *reason = NULL;

	for (unsigned i = 0; i < p->n_listeners && !reason; i++) {
		reason = give(p->settings, &p->listeners[i]);
		if (!reason)
			p->listeners[i].fd = -1;
	}
	if (reason)
		fail(p, reason);
	return reason == NULL;
}

/* When both are there, the build and the listeners. */
static void go_on(struct px_prepare *p)
{
	if (!p->is_open || !p->built || !p->all_came)
		return;
	if (!make_settings(p) || !give_all(p))
		return;
	drop_listeners(p);
	(void)px_control_done(p->control, p->serial, NULL);
}

void px_prepare_built(void *prepare, struct px_build *build)
{
	struct px_prepare *p = prepare;

	if (build != p->building) {
		px_builder_free(p->builder, build);
		return;
	}
	p->building = NULL;
	p->built = build;
	if (build->conf)
		go_on(p);
	else
		fail(p, build->problem);
}

/* ---- Messages ------------------------------------------------------------------------------------- */

void px_prepare_begin(struct px_prepare *p, struct px_control_msg *msg)
{
	px_prepare_clear(p);
	p->serial = msg->head.serial;
	p->is_open = true;
	if (msg->n_fds != 1 || p->worker->draining) {
		fail(p, p->worker->draining ? "the worker is ending" : msg->lost_fds ? no_fds : "no bundle");
		px_control_drop_fds(msg);
		return;
	}
	p->building = px_build_new(p->signer);
	if (!p->building) {
		fail(p, no_memory);
		px_control_drop_fds(msg);
		return;
	}
	msg->n_fds = 0;
	if (px_builder_run(p->builder, p->building, msg->fds[0]) != 0) {
		px_build_free(p->building);
		p->building = NULL;
		fail(p, no_memory);
	}
}

static bool room_for(struct px_prepare *p, unsigned n)
{
	struct px_prepare_listener *more = realloc(p->listeners, (p->n_listeners + n + 1) * sizeof(*more));

	if (more)
		p->listeners = more;
	return more != NULL;
}

static const char *fault(const struct px_prepare *p, const struct px_control_msg *msg)
{
	if (p->all_came)
		return "more listeners than all";
	if (msg->lost_fds)
		return no_fds;
	if (msg->len != msg->n_fds * sizeof(struct px_control_listener))
		return "listeners without descriptors";
	return NULL;
}

static void keep(struct px_prepare *p, struct px_control_msg *msg)
{
	const struct px_control_listener *what = msg->body;

	for (unsigned i = 0; i < msg->n_fds; i++)
		p->listeners[p->n_listeners++] = (struct px_prepare_listener){ msg->fds[i], what[i] };
	msg->n_fds = 0;
	p->all_came = msg->head.flags & PX_CONTROL_LAST;
}

static bool is_of(const struct px_prepare *p, const struct px_control_msg *msg)
{
	return p->is_open && p->serial == msg->head.serial;
}

void px_prepare_add(struct px_prepare *p, struct px_control_msg *msg)
{
	const char *reason = is_of(p, msg) ? fault(p, msg) : NULL;

	if (is_of(p, msg) && !reason && !room_for(p, msg->n_fds))
		reason = no_memory;
	if (is_of(p, msg) && !reason) {
		keep(p, msg);
		go_on(p);
		return;
	}
	px_control_drop_fds(msg);
	if (reason)
		fail(p, reason);
}

void px_prepare_commit(struct px_prepare *p, const struct px_control_msg *msg)
{
	if (!is_of(p, msg) || !p->settings) {
		(void)px_control_done(p->control, msg->head.serial, "nothing is prepared");
		return;
	}
	px_worker_use(p->worker, p->settings);
	px_prepare_clear(p);
	(void)px_control_done(p->control, msg->head.serial, NULL);
}

void px_prepare_cancel(struct px_prepare *p, const struct px_control_msg *msg)
{
	if (is_of(p, msg))
		px_prepare_clear(p);
}
