/* settings.h - what a worker does at one time, made from one configuration: services, their backends and
 * listeners. Immutable but for counters.
 *
 * A reload makes new settings beside those in force and swaps a pointer. Each relay holds the settings that it
 * began with; those that are replaced live until their last relay has ended.
 */
#ifndef DAEMON_SETTINGS_H
#define DAEMON_SETTINGS_H

#include <event2/event.h>
#include <event2/event_struct.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>
#include <sys/time.h>

#include "conf/conf.h"
#include "daemon/backend.h"
#include "daemon/listen.h"
#include "daemon/relay_metrics.h"
#include "daemon/resolve.h"

struct px_worker;

struct px_service {
	const struct conf_service *conf;
	struct px_settings *settings;
	struct px_worker *worker;
	struct px_backends backends;
	struct px_service_counts counts;
	const struct timeval *handshake, *connect, *idle; /* NULL: no limit */
	struct timeval own[3]; /* where these are no common timeouts */
	struct event drain;
};

TAILQ_HEAD(px_listener_list, px_listener);
TAILQ_HEAD(px_settings_list, px_settings);

struct px_settings {
	TAILQ_ENTRY(px_settings) link; /* all of the worker */
	struct px_worker *worker;
	const struct conf *conf;
	void (*release)(void *content); /* of what conf lives in */
	void *content;
	uint32_t serial; /* of the generation, by the master's count */
	unsigned n_refs;
	unsigned n_listeners;
	struct px_listener_list listeners;
	struct px_service *services;
	unsigned n_services;
};

#define PX_SETTINGS_PROBLEM_LEN 400

/* Settings for worker with one reference, the caller's, and no listeners. 0, or -1 with a line in problem. */
int px_settings_new(struct px_settings **out, char problem[PX_SETTINGS_PROBLEM_LEN], struct px_worker *worker,
    const struct conf *conf, const struct px_resolver *resolver);

/* What conf lives in is the settings' from now on: release is called for it when they are freed. */
void px_settings_own(struct px_settings *settings, void (*release)(void *content), void *content);

/* Adds a listening descriptor of service and takes it over. 0, or -1 when memory is out. Borrowed, it is closed by
 * give_back, and whoever waits in its queue goes on waiting for those who have it, too. */
int px_settings_listen(struct px_settings *settings, int fd, unsigned service);
int px_settings_borrow(struct px_settings *settings, int fd, unsigned service);
void px_settings_give_back(struct px_settings *settings);

/* One more who needs them; they are returned. */
struct px_settings *px_settings_hold(struct px_settings *settings);

/* The last one frees them; NULL is fine. */
void px_settings_drop(struct px_settings *settings);

void px_settings_for_listeners(struct px_settings *settings, void (*func)(struct px_listener *));

/* Closes the listeners. Those whose socket is not one of next's (NULL: all) first accept whom the kernel has
 * accepted already. */
void px_settings_leave(struct px_settings *settings, const struct px_settings *next);

/* Begins the time that the relays of these settings have when the worker ends. */
void px_settings_drain(struct px_settings *settings);

#endif
