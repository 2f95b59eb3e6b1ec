/* worker.c - see worker.h.
 *
 * Queues are worked off by timers, most of zero length: the reactor looks at all descriptors before it
 * looks at timers.
 */

#include "daemon/worker.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "daemon/clock.h"
#include "daemon/log.h"
#include "daemon/snapshot.h"

#define SPARE_BUFFERS 64 /* idle buffers kept, of each kind */
#define OTHER_FDS 32 /* log, reactor and so on, listeners that come with new settings */
#define LINGER_MS 1000

/* ---- Relays -------------------------------------------------------------------------------------- */

static void for_listeners(struct px_worker *worker, void (*func)(struct px_listener *))
{
	if (worker->settings)
		px_settings_for_listeners(worker->settings, func);
}

void px_worker_add(struct px_worker *worker, struct px_relay *relay)
{
	static struct px_log_limit limit;

	px_settings_hold(relay->service->settings);
	TAILQ_INSERT_TAIL(&worker->relays, relay, link);
	worker->n_relays++;
	worker->n_accepted++;
	relay->id = worker->n_accepted;
	if (worker->n_relays < worker->max_relays || !worker->listening)
		return;
	worker->listening = false;
	for_listeners(worker, px_listener_stop);
	if (px_log_may_repeat(&limit))
		px_log(CONF_LOG_WARNING,
		    "open connections: %u, the limit of open files (LimitNOFILE, ulimit -n) allows no more: "
		    "accepting waits",
		    worker->n_relays);
}

static void leave_queue(struct px_relay *relay)
{
	if (relay->queue)
		TAILQ_REMOVE(&relay->queue->list, relay, queue_link);
	relay->queue = NULL;
}

void px_worker_remove(struct px_worker *worker, struct px_relay *relay)
{
	leave_queue(relay);
	if (worker->snapshot)
		px_snapshot_forget(worker->snapshot, relay);
	TAILQ_REMOVE(&worker->relays, relay, link);
	worker->n_relays--;
	px_settings_drop(relay->service->settings);
	if (worker->draining && worker->n_relays == 0)
		event_base_loopexit(worker->base, NULL);
	if (worker->draining)
		return;
	if (!worker->listening) {
		for_listeners(worker, px_listener_resume);
	} else if (worker->pausing) {
		worker->pausing = false;
		for_listeners(worker, px_listener_hurry);
	}
	worker->listening = true;
}

static void set_round(struct px_queue *queue)
{
	const struct timeval tv = px_timeouts_tv(queue->wait_ms);

	if (!evtimer_pending(&queue->round, NULL))
		event_add(&queue->round, &tv);
}

void px_worker_queue(struct px_worker *worker, struct px_relay *relay, enum px_queue_kind kind)
{
	struct px_queue *queue = &worker->queues[kind];

	relay->queue = queue;
	TAILQ_INSERT_TAIL(&queue->list, relay, queue_link);
	set_round(queue);
}

bool px_worker_is_calm(const struct px_worker *worker, enum px_queue_kind kind)
{
	return TAILQ_EMPTY(&worker->queues[kind].list) &&
	    event_base_get_num_events(worker->base, EVENT_BASE_COUNT_ACTIVE) == 0;
}

/* One turn for each relay that is in the queue now; who queues again waits for another round. */
static void on_round(evutil_socket_t fd, short what, void *arg)
{
	struct px_queue *queue = arg;
	struct px_relay *last = TAILQ_LAST(&queue->list, px_relay_list), *relay;
	bool more = last != NULL;

	(void)fd;
	(void)what;
	for (unsigned i = 0; more && i < queue->n_round; i++) {
		relay = TAILQ_FIRST(&queue->list);
		more = relay != last;
		leave_queue(relay);
		px_relay_run(relay);
	}
	if (!TAILQ_EMPTY(&queue->list))
		set_round(queue);
}

static int init_queues(struct px_worker *worker)
{
	static const struct {
		unsigned n_round, wait_ms;
	} table[PX_N_QUEUES] = {
		[PX_QUEUE_READY] = { 16, 0 },
		[PX_QUEUE_HANDSHAKE] = { 8, 0 },
		[PX_QUEUE_LATER] = { 64, 20 },
	};

	for (int i = 0; i < PX_N_QUEUES; i++) {
		struct px_queue *queue = &worker->queues[i];

		TAILQ_INIT(&queue->list);
		queue->n_round = table[i].n_round;
		queue->wait_ms = table[i].wait_ms;
		if (evtimer_assign(&queue->round, worker->base, on_round, queue) != 0)
			return -1;
	}
	return 0;
}

/* ---- Ending --------------------------------------------------------------------------------------- */

void px_worker_stop_relays(struct px_worker *worker, const struct px_service *service)
{
	struct px_relay *relay, *next;

	for (relay = TAILQ_FIRST(&worker->relays); relay; relay = next) {
		next = TAILQ_NEXT(relay, link);
		if (!service || relay->service == service)
			px_relay_stop(relay, "shutdown");
	}
}

void px_worker_drain(struct px_worker *worker)
{
	struct px_settings *settings;

	if (worker->draining) {
		event_base_loopexit(worker->base, NULL);
		return;
	}
	if (worker->settings)
		px_settings_leave(worker->settings, NULL);
	worker->draining = true;
	px_log(CONF_LOG_INFO, "ending: %u connections are left", worker->n_relays);
	TAILQ_FOREACH(settings, &worker->all_settings, link)
		px_settings_drain(settings);
	if (worker->n_relays == 0)
		event_base_loopexit(worker->base, NULL);
}

/* ---- Starting -------------------------------------------------------------------------------------- */

/* All that the system allows. */
static void find_max_fds(struct px_worker *worker)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0)
		worker->max_fds = limit.rlim_cur < INT_MAX ? (unsigned)limit.rlim_cur : INT_MAX;
}

/* Each connection needs two descriptors, and listeners are there twice while settings are replaced. */
static unsigned max_relays(const struct px_worker *worker, const struct px_settings *settings)
{
	unsigned n_other = OTHER_FDS + settings->n_listeners * 2;

	return worker->max_fds > n_other + 2 ? (worker->max_fds - n_other) / 2 : 1;
}

static struct event_base *new_base(void)
{
	struct event_config *config = event_config_new();
	struct event_base *base = NULL;

	/* Edge-triggered readiness is what everything here stands on. */
	if (config && event_config_require_features(config, EV_FEATURE_ET) == 0)
		base = event_base_new_with_config(config);
	if (config)
		event_config_free(config);
	return base;
}

static void wipe_tickets(struct px_worker *worker)
{
	if (worker->ticket_keys.data)
		explicit_bzero(worker->ticket_keys.data, worker->ticket_keys.size);
	free(worker->ticket_keys.data);
	worker->ticket_keys = (tls_datum_t){ NULL, 0 };
}

int px_worker_set_tickets(struct px_worker *worker, const void *keys, size_t len)
{
	unsigned char *copy = malloc(len);

	if (!copy)
		return -1;
	memcpy(copy, keys, len);
	wipe_tickets(worker);
	worker->ticket_keys = (tls_datum_t){ copy, (unsigned)len };
	return 0;
}

int px_worker_init(struct px_worker *worker)
{
	memset(worker, 0, sizeof(*worker));
	TAILQ_INIT(&worker->relays);
	TAILQ_INIT(&worker->all_settings);
	(void)px_metrics_init(&worker->metrics, NULL);
	px_pool_init(&worker->pool, SPARE_BUFFERS);
	find_max_fds(worker);
	worker->base = new_base();
	if (!worker->base) {
		px_log(CONF_LOG_ERROR, "no event loop: %s", strerror(errno));
		return -1;
	}
	px_keyclient_init(&worker->keys, worker->base, &worker->metrics, px_relay_key_answered);
	px_timeouts_init(&worker->timeouts, worker->base);
	worker->linger = px_timeouts_get(&worker->timeouts, &worker->own_linger, LINGER_MS);
	if (tls_workspace_init(&worker->workspace, SPARE_BUFFERS) != 0 ||
	    init_queues(worker) != 0) {
		px_log(CONF_LOG_ERROR, "out of memory");
		return -1;
	}
	return 0;
}

void px_worker_listen(struct px_worker *worker)
{
	worker->max_relays = max_relays(worker, worker->settings);
	worker->listening = worker->n_relays < worker->max_relays;
	for_listeners(worker, worker->listening ? px_listener_resume : px_listener_stop);
}

void px_worker_use(struct px_worker *worker, struct px_settings *settings)
{
	struct px_settings *before = worker->settings;

	worker->settings = px_settings_hold(settings);
	px_worker_listen(worker);
	if (before)
		px_settings_leave(before, settings);
	px_settings_drop(before);
}

int px_worker_run(struct px_worker *worker)
{
	if (event_base_dispatch(worker->base) < 0) {
		px_log(CONF_LOG_ERROR, "the event loop failed: %s", strerror(errno));
		return -1;
	}
	px_worker_stop_relays(worker, NULL);
	px_log(CONF_LOG_INFO, "ended: %llu connections, %llu failed, %llu truncated",
	    (unsigned long long)worker->n_accepted, (unsigned long long)worker->n_failed,
	    (unsigned long long)worker->n_truncated);
	return 0;
}

void px_worker_clear(struct px_worker *worker)
{
	worker->draining = true;
	px_worker_stop_relays(worker, NULL);
	px_settings_drop(worker->settings);
	px_metrics_clear(&worker->metrics);
	px_pool_clear(&worker->pool);
	wipe_tickets(worker);
	if (worker->workspace)
		tls_workspace_deinit(worker->workspace);
	if (worker->base) {
		px_keyclient_clear(&worker->keys);
		event_base_free(worker->base);
	}
	memset(worker, 0, sizeof(*worker));
}
