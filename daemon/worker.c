/* worker.c - see worker.h.
 *
 * Queues are worked off by timers, most of zero length: the reactor looks at all descriptors before it
 * looks at timers.
 */

#include "daemon/worker.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "daemon/log.h"
#include "daemon/signals.h"

#define SPARE_BUFFERS 64 /* idle buffers kept, of each kind */
#define OTHER_FDS 16 /* log, reactor and so on, besides listeners */
#define LINGER_MS 1000

uint64_t px_worker_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static struct timeval tv_of(uint64_t ms)
{
	return (struct timeval){ .tv_sec = (time_t)(ms / 1000),
		.tv_usec = (suseconds_t)(ms % 1000 * 1000) };
}

/* ---- Relays -------------------------------------------------------------------------------------- */

static void for_listeners(struct px_worker *worker, void (*func)(struct px_listener *))
{
	for (unsigned i = 0; i < worker->n_services; i++) {
		for (unsigned k = 0; k < worker->services[i].n_listeners; k++)
			func(&worker->services[i].listeners[k]);
	}
}

void px_worker_add(struct px_worker *worker, struct px_relay *relay)
{
	static struct px_log_limit limit;

	TAILQ_INSERT_TAIL(&worker->relays, relay, link);
	worker->n_relays++;
	worker->n_accepted++;
	if (worker->n_relays < worker->max_relays || !worker->listening)
		return;
	worker->listening = false;
	for_listeners(worker, px_listener_stop);
	if (px_log_may_repeat(&limit))
		px_log(CONF_LOG_WARNING, "%u connections, the descriptors allow no more: accepting waits",
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
	TAILQ_REMOVE(&worker->relays, relay, link);
	worker->n_relays--;
	if (worker->draining && worker->n_relays == 0)
		event_base_loopexit(worker->base, NULL);
	if (worker->draining)
		return;
	if (!worker->listening)
		for_listeners(worker, px_listener_resume);
	else
		for_listeners(worker, px_listener_hurry);
	worker->listening = true;
}

static void set_round(struct px_queue *queue)
{
	const struct timeval tv = tv_of(queue->wait_ms);

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

static void stop_relays(struct px_worker *worker, const struct px_service *service)
{
	struct px_relay *relay, *next;

	for (relay = TAILQ_FIRST(&worker->relays); relay; relay = next) {
		next = TAILQ_NEXT(relay, link);
		if (!service || relay->service == service)
			px_relay_stop(relay, "shutdown");
	}
}

static void on_drain_over(evutil_socket_t fd, short what, void *arg)
{
	struct px_service *service = arg;

	(void)fd;
	(void)what;
	stop_relays(service->worker, service);
}

void px_worker_drain(struct px_worker *worker)
{
	if (worker->draining) {
		event_base_loopexit(worker->base, NULL);
		return;
	}
	for_listeners(worker, px_listener_take_rest);
	worker->draining = true;
	px_log(CONF_LOG_INFO, "ending: %u connections are left", worker->n_relays);
	for_listeners(worker, px_listener_close);
	for (unsigned i = 0; i < worker->n_services; i++) {
		const struct timeval tv = tv_of(worker->services[i].conf->timeouts.drain_ms);

		event_add(&worker->services[i].drain, &tv);
	}
	if (worker->n_relays == 0)
		event_base_loopexit(worker->base, NULL);
}

/* ---- Starting -------------------------------------------------------------------------------------- */

/* All that the system allows: each connection needs two. */
static void find_max_relays(struct px_worker *worker, unsigned n_listeners)
{
	struct rlimit limit;
	rlim_t n_other = OTHER_FDS + n_listeners;

	worker->max_relays = 1;
	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	getrlimit(RLIMIT_NOFILE, &limit);
	if (limit.rlim_cur > n_other + 2)
		worker->max_relays = (unsigned)((limit.rlim_cur - n_other) / 2);
}

static const struct timeval *common(struct px_worker *worker, uint64_t ms)
{
	const struct timeval tv = tv_of(ms);

	return ms ? event_base_init_common_timeout(worker->base, &tv) : NULL;
}

static bool is_any4(const struct conf_address *a, const struct conf_address *b)
{
	return a->kind == CONF_ADDRESS_INET && a->sa.ss_family == AF_INET && a->port == b->port &&
	    ((const struct sockaddr_in *)&a->sa)->sin_addr.s_addr == INADDR_ANY;
}

/* [::] takes IPv4 as well, unless the same port of 0.0.0.0 is asked for beside it. */
static bool takes_both_families(const struct conf *conf, const struct conf_address *address)
{
	for (unsigned i = 0; i < conf->n_services; i++) {
		for (unsigned k = 0; k < conf->services[i].n_listen; k++) {
			if (address->port && is_any4(&conf->services[i].listen[k], address))
				return false;
		}
	}
	return true;
}

static int open_listeners(struct px_service *service)
{
	const struct conf_service *conf = service->conf;

	service->listeners = calloc(conf->n_listen, sizeof(*service->listeners));
	if (!service->listeners)
		return -1;
	for (unsigned i = 0; i < conf->n_listen; i++) {
		bool both = takes_both_families(service->worker->conf, &conf->listen[i]);

		service->n_listeners++;
		if (px_listener_open(&service->listeners[i], service, &conf->listen[i], both) != 0)
			return -1;
	}
	return 0;
}

static int open_service(struct px_worker *worker, struct px_service *service,
    const struct conf_service *conf)
{
	const struct conf_address *whom = NULL;
	const char *problem;

	service->conf = conf;
	service->worker = worker;
	service->handshake = common(worker, conf->timeouts.handshake_ms);
	service->connect = common(worker, conf->timeouts.connect_ms);
	service->idle = common(worker, conf->timeouts.idle_ms);
	if (evtimer_assign(&service->drain, worker->base, on_drain_over, service) != 0)
		return -1;
	if (px_backends_init(&service->backends, &problem, &whom, conf) != 0) {
		px_log(CONF_LOG_ERROR, "%s:%u: backend %s: %s", whom->origin.file, whom->origin.line,
		    whom->text, problem);
		return -1;
	}
	return open_listeners(service);
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

static int open_services(struct px_worker *worker, const struct conf *conf)
{
	unsigned n_listeners = 0;

	worker->services = calloc(conf->n_services, sizeof(*worker->services));
	if (!worker->services)
		return -1;
	for (unsigned i = 0; i < conf->n_services; i++) {
		worker->n_services++;
		if (open_service(worker, &worker->services[i], &conf->services[i]) != 0)
			return -1;
		n_listeners += worker->services[i].n_listeners;
	}
	find_max_relays(worker, n_listeners);
	return 0;
}

static int make_seed(struct px_worker *worker)
{
	const struct conf_tickets *tickets = &worker->conf->tickets;

	if (tickets->lifetime_s == 0 || tickets->seed.data)
		return 0;
	return tls_session_ticket_key_generate(&worker->ticket_seed);
}

static void wipe_seed(struct px_worker *worker)
{
	if (!worker->ticket_seed.data)
		return;
	explicit_bzero(worker->ticket_seed.data, worker->ticket_seed.size);
	tls_free(worker->ticket_seed.data);
}

int px_worker_init(struct px_worker *worker, const struct conf *conf)
{
	memset(worker, 0, sizeof(*worker));
	worker->conf = conf;
	TAILQ_INIT(&worker->relays);
	px_pool_init(&worker->pool, SPARE_BUFFERS);
	worker->base = new_base();
	if (!worker->base) {
		px_log(CONF_LOG_ERROR, "no event loop: %s", strerror(errno));
		return -1;
	}
	worker->linger = common(worker, LINGER_MS);
	if (tls_workspace_init(&worker->workspace, SPARE_BUFFERS) != 0 ||
	    make_seed(worker) != 0 || init_queues(worker) != 0 || px_signals_init(worker) != 0) {
		px_log(CONF_LOG_ERROR, "out of memory");
		return -1;
	}
	return open_services(worker, conf);
}

int px_worker_run(struct px_worker *worker)
{
	worker->listening = true;
	for_listeners(worker, px_listener_resume);
	if (event_base_dispatch(worker->base) < 0) {
		px_log(CONF_LOG_ERROR, "the event loop failed: %s", strerror(errno));
		return -1;
	}
	stop_relays(worker, NULL);
	px_log(CONF_LOG_INFO, "ended: %llu connections, %llu failed, %llu truncated",
	    (unsigned long long)worker->n_accepted, (unsigned long long)worker->n_failed,
	    (unsigned long long)worker->n_truncated);
	return 0;
}

static void clear_service(struct px_service *service)
{
	for (unsigned i = 0; i < service->n_listeners; i++)
		px_listener_close(&service->listeners[i]);
	free(service->listeners);
	px_backends_clear(&service->backends);
	if (event_initialized(&service->drain))
		event_del(&service->drain);
}

void px_worker_clear(struct px_worker *worker)
{
	worker->draining = true;
	stop_relays(worker, NULL);
	for (unsigned i = 0; i < worker->n_services; i++)
		clear_service(&worker->services[i]);
	free(worker->services);
	px_signals_clear(worker);
	px_pool_clear(&worker->pool);
	wipe_seed(worker);
	if (worker->workspace)
		tls_workspace_deinit(worker->workspace);
	if (worker->base)
		event_base_free(worker->base);
	memset(worker, 0, sizeof(*worker));
}
