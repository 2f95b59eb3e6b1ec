/* settings.c - see settings.h. */

#include "daemon/settings.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "daemon/worker.h"

/* ---- Making ------------------------------------------------------------------------------------- */

static void on_drain_over(evutil_socket_t fd, short what, void *arg)
{
	struct px_service *service = arg;
	struct px_settings *settings = service->settings;

	(void)fd;
	(void)what;
	/* The last relay would take them along. */
	px_settings_hold(settings);
	px_worker_stop_relays(service->worker, service);
	px_settings_drop(settings);
}

static int open_service(struct px_service *service, char *problem, struct px_settings *settings,
    const struct conf_service *conf, const struct px_resolver *resolver)
{
	struct px_timeouts *timeouts = &settings->worker->timeouts;
	const struct conf_address *whom = NULL;
	const char *reason;

	service->conf = conf;
	service->settings = settings;
	service->worker = settings->worker;
	service->handshake = px_timeouts_get(timeouts, &service->own[0], conf->timeouts.handshake_ms);
	service->connect = px_timeouts_get(timeouts, &service->own[1], conf->timeouts.connect_ms);
	service->idle = px_timeouts_get(timeouts, &service->own[2], conf->timeouts.idle_ms);
	if (evtimer_assign(&service->drain, settings->worker->base, on_drain_over, service) != 0)
		return -1;
	if (px_backends_init(&service->backends, &reason, &whom, conf, resolver) == 0) {
		px_relay_metrics_find(service);
		return 0;
	}
	snprintf(problem, PX_SETTINGS_PROBLEM_LEN, "%s:%u: backend %s: %s", whom->origin.file,
	    whom->origin.line, whom->text, reason);
	return -1;
}

static int open_services(struct px_settings *settings, char *problem, const struct conf *conf,
    const struct px_resolver *resolver)
{
	settings->services = calloc(conf->n_services, sizeof(*settings->services));
	if (!settings->services)
		return -1;
	for (unsigned i = 0; i < conf->n_services; i++) {
		settings->n_services++;
		if (open_service(&settings->services[i], problem, settings, &conf->services[i],
			resolver) != 0)
			return -1;
	}
	return 0;
}

int px_settings_new(struct px_settings **out, char problem[PX_SETTINGS_PROBLEM_LEN], struct px_worker *worker,
    const struct conf *conf, const struct px_resolver *resolver)
{
	struct px_settings *settings = calloc(1, sizeof(*settings));

	*out = NULL;
	snprintf(problem, PX_SETTINGS_PROBLEM_LEN, "out of memory");
	if (!settings)
		return -1;
	settings->worker = worker;
	settings->conf = conf;
	settings->n_refs = 1;
	TAILQ_INIT(&settings->listeners);
	TAILQ_INSERT_TAIL(&worker->all_settings, settings, link);
	if (open_services(settings, problem, conf, resolver) != 0) {
		px_settings_drop(settings);
		return -1;
	}
	*out = settings;
	return 0;
}

void px_settings_own(struct px_settings *settings, void (*release)(void *content), void *content)
{
	settings->release = release;
	settings->content = content;
}

static int add_listener(struct px_settings *settings, int fd, unsigned service, bool borrowed)
{
	struct px_listener *listener = px_listener_new(&settings->services[service], fd);

	if (!listener)
		return -1;
	listener->borrowed = borrowed;
	TAILQ_INSERT_TAIL(&settings->listeners, listener, link);
	settings->n_listeners++;
	return 0;
}

int px_settings_listen(struct px_settings *settings, int fd, unsigned service)
{
	return add_listener(settings, fd, service, false);
}

int px_settings_borrow(struct px_settings *settings, int fd, unsigned service)
{
	return add_listener(settings, fd, service, true);
}

static void close_listener(struct px_settings *settings, struct px_listener *listener)
{
	TAILQ_REMOVE(&settings->listeners, listener, link);
	settings->n_listeners--;
	px_listener_free(listener);
}

void px_settings_give_back(struct px_settings *settings)
{
	struct px_listener *listener, *next;

	for (listener = TAILQ_FIRST(&settings->listeners); listener; listener = next) {
		next = TAILQ_NEXT(listener, link);
		if (listener->borrowed)
			close_listener(settings, listener);
	}
}

/* ---- References --------------------------------------------------------------------------------- */

struct px_settings *px_settings_hold(struct px_settings *settings)
{
	settings->n_refs++;
	return settings;
}

static void close_listeners(struct px_settings *settings)
{
	struct px_listener *listener;

	while ((listener = TAILQ_FIRST(&settings->listeners)) != NULL)
		close_listener(settings, listener);
}

static void clear_service(struct px_service *service)
{
	px_backends_clear(&service->backends);
	if (event_initialized(&service->drain))
		event_del(&service->drain);
}

void px_settings_drop(struct px_settings *settings)
{
	if (!settings || --settings->n_refs > 0)
		return;
	close_listeners(settings);
	for (unsigned i = 0; i < settings->n_services; i++)
		clear_service(&settings->services[i]);
	free(settings->services);
	TAILQ_REMOVE(&settings->worker->all_settings, settings, link);
	if (settings->release)
		settings->release(settings->content);
	free(settings);
}

/* ---- Listeners ---------------------------------------------------------------------------------- */

void px_settings_for_listeners(struct px_settings *settings, void (*func)(struct px_listener *))
{
	struct px_listener *listener;

	TAILQ_FOREACH(listener, &settings->listeners, link)
		func(listener);
}

static bool has_socket(const struct px_settings *settings, uint64_t cookie)
{
	const struct px_listener *listener;

	if (!settings)
		return false;
	TAILQ_FOREACH(listener, &settings->listeners, link) {
		if (listener->cookie == cookie)
			return true;
	}
	return false;
}

void px_settings_leave(struct px_settings *settings, const struct px_settings *next)
{
	struct px_listener *listener;

	/* Each closed right behind its last accept, and not behind that of all. */
	while ((listener = TAILQ_FIRST(&settings->listeners)) != NULL) {
		if (!has_socket(next, listener->cookie))
			px_listener_take_rest(listener);
		close_listener(settings, listener);
	}
}

void px_settings_drain(struct px_settings *settings)
{
	for (unsigned i = 0; i < settings->n_services; i++) {
		const struct timeval tv = px_timeouts_tv(settings->services[i].conf->timeouts.drain_ms);

		event_add(&settings->services[i].drain, &tv);
	}
}
