/* relay.c - see relay.h.
 *
 * Every wake-up, of either descriptor, comes through on_wake and px_relay_run: no other place knows
 * events. Nothing is armed and disarmed: descriptors are registered once, edge-triggered, and what a
 * relay waits for is px_flow_waits. One timer limits the state that the relay is in.
 *
 * How it ends: both directions complete, or the first thing that breaks one. A side that broke is never
 * passed on as a clean end: the other one gets a reset. A destination that takes no more ends its direction
 * only: what it has sent before is still on its way, and how that ends will show how it went.
 */

#include "daemon/relay.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/clock.h"
#include "daemon/log.h"
#include "daemon/proxy_send.h"
#include "daemon/reason.h"
#include "daemon/relay_log.h"
#include "daemon/relay_metrics.h"
#include "daemon/relay_session.h"
#include "daemon/worker.h"

#define BUDGET 131072 /* bytes a direction moves before others have their turn */
#define LINGER_MAX 262144 /* bytes forgotten after an alert, so that no reset overtakes it */

/* ---- Ending ------------------------------------------------------------------------------------- */

static void set_limit(struct px_relay *relay, const struct timeval *limit)
{
	if (limit)
		event_add(&relay->timer, limit);
	else
		event_del(&relay->timer);
}

static void log_end(struct px_relay *relay, const char *reason)
{
	if (relay->logged)
		return;
	relay->logged = true;
	px_relay_log(relay, reason);
	px_relay_metrics_end(relay, reason);
}

static void abandon_flows(struct px_relay *relay)
{
	for (int i = 0; i < 2; i++) {
		if (relay->flows[i].pool)
			px_flow_abandon(&relay->flows[i]);
	}
}

static void free_relay(struct px_relay *relay)
{
	struct px_worker *worker = relay->worker;

	abandon_flows(relay);
	event_del(&relay->timer);
	px_worker_remove(worker, relay);
	free(relay->certificate);
	free(relay);
}

/* The relay is gone afterwards. */
static void finish(struct px_relay *relay, const char *reason, bool reset)
{
	log_end(relay, reason);
	px_end_close(&relay->ends[PX_BACKEND], reset);
	px_end_close(&relay->ends[PX_CLIENT], reset);
	free_relay(relay);
}

/* The last word, then our sending half is shut and input forgotten for a while: closing with unread
 * input would make the kernel send a reset, which can overtake what we said. */
static void run_linger(struct px_relay *relay)
{
	struct px_end *client = &relay->ends[PX_CLIENT];
	bool over = false;

	if (client->tls) {
		if (px_end_flush_alert(client) == PX_AGAIN)
			return;
		tls_deinit(client->tls);
		client->tls = NULL;
		shutdown(client->fd, SHUT_WR);
	}
	relay->n_drained += (unsigned)px_end_drain(client, &over, LINGER_MAX - relay->n_drained);
	if (over || relay->n_drained >= LINGER_MAX)
		finish(relay, NULL, false);
}

static void linger(struct px_relay *relay, const char *reason, bool reset_backend)
{
	log_end(relay, reason);
	abandon_flows(relay);
	px_end_close(&relay->ends[PX_BACKEND], reset_backend);
	relay->state = PX_RELAY_LINGER;
	set_limit(relay, relay->worker->linger);
	run_linger(relay);
}

/* ends[side] broke: tell whoever can be told. */
static void end_broken(struct px_relay *relay, enum px_side side)
{
	struct px_end *end = &relay->ends[side];
	char reason[PX_REASON_LEN];

	px_reason_broken(reason, end, side);
	relay->worker->n_truncated += end->truncated;
	relay->worker->n_failed += !end->truncated;
	if (end->tls && end->tls_error && !end->os_error && !end->truncated)
		linger(relay, reason, true);
	else
		finish(relay, reason, true);
}

void px_relay_stop(struct px_relay *relay, const char *reason)
{
	finish(relay, reason, true);
}

static void on_timeout(evutil_socket_t fd, short what, void *arg);

/* ---- Data --------------------------------------------------------------------------------------- */

static void end_clean(struct px_relay *relay)
{
	const char *reason = relay->backend_ended_first ? "backend closed" : "client closed";

	/* A client that still sends what the backend didn't want would be reset before it has read
	 * the answer. */
	if (relay->flows[PX_CLIENT].abandoned)
		linger(relay, reason, false);
	else
		finish(relay, reason, false);
}

/* False if the relay has ended. */
static bool survives(struct px_relay *relay)
{
	for (int i = 0; i < 2; i++) {
		struct px_flow *f = &relay->flows[i];

		if (f->pull_failed) {
			end_broken(relay, (enum px_side)i);
			return false;
		}
		if (!f->push_failed || f->abandoned)
			continue;
		if (!px_end_was_reset(&relay->ends[!i])) {
			end_broken(relay, (enum px_side)!i);
			return false;
		}
		px_flow_abandon(f);
	}
	return true;
}

static uint64_t wire_bytes(const struct px_relay *relay)
{
	return relay->ends[PX_CLIENT].n_wire + relay->ends[PX_BACKEND].n_wire;
}

static void run_data(struct px_relay *relay)
{
	const struct px_end *client = &relay->ends[PX_CLIENT];
	uint64_t before = wire_bytes(relay), in = client->n_in, out = client->n_out;
	enum px_flow_state state = px_flow_step_both(relay->flows, BUDGET);

	px_relay_metrics_bytes(relay, client->n_in - in, client->n_out - out);
	if (relay->ends[PX_BACKEND].eof && !relay->ends[PX_CLIENT].eof)
		relay->backend_ended_first = true;
	if (state == PX_FLOW_OVER) {
		end_clean(relay);
		return;
	}
	if (state == PX_FLOW_FAILED && !survives(relay))
		return;
	if (relay->service->idle && wire_bytes(relay) != before)
		set_limit(relay, relay->service->idle);
	if (state != PX_FLOW_WAIT)
		px_worker_queue(relay->worker, relay, PX_QUEUE_READY);
}

static void begin_data(struct px_relay *relay)
{
	struct px_port *client = &relay->ends[PX_CLIENT].port;
	struct px_port *backend = &relay->ends[PX_BACKEND].port;
	struct px_pool *pool = &relay->worker->pool;

	px_flow_init(&relay->flows[PX_CLIENT], client, backend, pool);
	px_flow_init(&relay->flows[PX_BACKEND], backend, client, pool);
	relay->state = PX_RELAY_DATA;
	px_relay_log_keep(relay);
	px_relay_metrics_connected(relay);
	set_limit(relay, relay->service->idle);
	run_data(relay);
}

/* ---- Connecting ----------------------------------------------------------------------------------- */

static void on_wake(evutil_socket_t fd, short what, void *arg);

/* The client has an established session and no answer to hope for: an alert says that it isn't its
 * fault, and that this is no clean end. */
static void no_backend(struct px_relay *relay, const char *reason)
{
	relay->worker->n_failed++;
	(void)tls_alert_send(relay->ends[PX_CLIENT].tls, TLS_AL_FATAL, TLS_ALERT_INTERNAL_ERROR);
	linger(relay, reason, false);
}

/* The target has taken the connection. What goes in front of the client's data: 0, EINPROGRESS, or why it isn't taken. */
static int introduce(struct px_relay *relay)
{
	int error = px_proxy_send(relay);

	return error == EAGAIN ? EINPROGRESS : error;
}

/* On with a connect that is under way: 0 when data may follow; EINPROGRESS: a wake-up will tell; or why the target
 * doesn't take the connection. */
static int advance(struct px_relay *relay)
{
	const struct px_end *end = &relay->ends[PX_BACKEND];
	int error;

	if (!end->readable && !end->writable)
		return EINPROGRESS;
	error = px_backend_result(end->fd);
	return error == 0 ? introduce(relay) : error;
}

/* The same for relay->target from the start. EAGAIN: the queue of its unix socket is full. */
static int begin_target(struct px_relay *relay)
{
	struct px_end *end = &relay->ends[PX_BACKEND];
	bool done = false;
	int fd = px_backend_connect(relay->target, &done);

	relay->connecting_us = (uint32_t)px_clock_us();
	relay->n_header = 0;
	if (fd < 0)
		return errno;
	px_end_init(end);
	if (px_end_open(end, relay->worker->base, fd, on_wake, relay) != 0) {
		close(fd);
		return ENOMEM;
	}
	end->writable = done;
	return done ? introduce(relay) : EINPROGRESS;
}

/* relay->target doesn't take the connection: on to the one that follows. False: none is left. */
static bool next_target(struct px_relay *relay, int error)
{
	struct px_backends *backends = &relay->service->backends;
	const struct px_target *next = px_backend_next(backends, &relay->cursor);

	px_backend_tell(backends, relay->target, relay->service->conf->name, error);
	px_relay_metrics_refused(relay);
	if (next)
		relay->target = next;
	return next != NULL;
}

static void all_refuse(struct px_relay *relay, int error)
{
	char reason[PX_REASON_LEN];

	px_reason_backend(reason, error);
	no_backend(relay, reason);
}

/* What has come of trying relay->target; while one refuses, those that follow are tried. */
static void go_on_connecting(struct px_relay *relay, int error)
{
	while (error != 0 && error != EINPROGRESS && error != EAGAIN) {
		px_end_close(&relay->ends[PX_BACKEND], false);
		if (!next_target(relay, error)) {
			all_refuse(relay, error);
			return;
		}
		error = begin_target(relay);
	}
	/* Who owns a queue that is full needs a moment. */
	if (error == EAGAIN)
		px_worker_queue(relay->worker, relay, PX_QUEUE_LATER);
	else if (error == 0)
		begin_data(relay);
}

static void run_connect(struct px_relay *relay)
{
	bool open = relay->ends[PX_BACKEND].fd >= 0;

	go_on_connecting(relay, open ? advance(relay) : begin_target(relay));
}

/* One that is queued has its turn anyway. */
static void connect_timed_out(struct px_relay *relay)
{
	px_end_close(&relay->ends[PX_BACKEND], false);
	if (!next_target(relay, ETIMEDOUT)) {
		no_backend(relay, "connect timeout");
		return;
	}
	set_limit(relay, relay->service->connect);
	if (!relay->queue)
		go_on_connecting(relay, begin_target(relay));
}

static void begin_connect(struct px_relay *relay)
{
	relay->state = PX_RELAY_CONNECT;
	set_limit(relay, relay->service->connect);
	relay->target = px_backend_first(&relay->service->backends, &relay->cursor);
	go_on_connecting(relay, begin_target(relay));
}

/* ---- Handshake ------------------------------------------------------------------------------------- */

static void run_handshake(struct px_relay *relay)
{
	struct px_end *client = &relay->ends[PX_CLIENT];
	char reason[PX_REASON_LEN];
	int r = px_end_handshake(client);

	if (r == PX_AGAIN)
		return;
	if (r == 0) {
		px_relay_metrics_established(relay);
		begin_connect(relay);
		return;
	}
	relay->worker->n_failed++;
	px_reason_handshake(reason, client);
	px_relay_metrics_handshake_failed(relay, reason);
	if (client->os_error || client->truncated)
		finish(relay, reason, false);
	else
		linger(relay, reason, false);
}

static int begin_session(struct px_relay *relay)
{
	tls_session_t tls;

	if (tls_init(&tls, TLS_SERVER | TLS_NONBLOCK) != 0)
		return -1;
	tls_session_set_ptr(tls, relay);
	px_end_use_tls(&relay->ends[PX_CLIENT], tls);
	return px_relay_session_set_up(tls, relay->service) == 0 ? 0 : -1;
}

void px_relay_start(struct px_service *service, int fd, const struct sockaddr *peer)
{
	static struct px_log_limit limit;
	struct px_worker *worker = service->worker;
	struct px_relay *relay = calloc(1, sizeof(*relay));

	if (relay) {
		relay->worker = worker;
		relay->service = service;
		relay->started_us = px_clock_us();
		px_addr_set(&relay->peer, peer);
		px_end_init(&relay->ends[PX_CLIENT]);
		px_end_init(&relay->ends[PX_BACKEND]);
		if (begin_session(relay) == 0 &&
		    evtimer_assign(&relay->timer, worker->base, on_timeout, relay) == 0 &&
		    px_end_open(&relay->ends[PX_CLIENT], worker->base, fd, on_wake, relay) == 0) {
			set_limit(relay, service->handshake);
			px_relay_metrics_begin(relay);
			px_worker_add(worker, relay);
			return;
		}
		px_end_close(&relay->ends[PX_CLIENT], false);
		free(relay);
	}
	if (px_log_may_repeat(&limit))
		px_log(CONF_LOG_ERROR, "a connection is refused: out of memory");
	close(fd);
}

/* ---- Wake-ups -------------------------------------------------------------------------------------- */

void px_relay_run(struct px_relay *relay)
{
	switch ((enum px_relay_state)relay->state) {
	case PX_RELAY_HANDSHAKE:
		run_handshake(relay);
		break;
	case PX_RELAY_CONNECT:
		run_connect(relay);
		break;
	case PX_RELAY_DATA:
		run_data(relay);
		break;
	case PX_RELAY_LINGER:
		run_linger(relay);
		break;
	}
}

static void on_wake(evutil_socket_t fd, short what, void *arg)
{
	struct px_relay *relay = arg;

	px_end_ready(&relay->ends[fd == relay->ends[PX_BACKEND].fd], what);
	/* One that is queued keeps its place, so that nobody jumps the queue. One that waits for a signature
	 * would do nothing else with its turn. */
	if (relay->queue || relay->ends[PX_CLIENT].waits_key)
		return;
	if (relay->state == PX_RELAY_HANDSHAKE && !px_worker_is_calm(relay->worker, PX_QUEUE_HANDSHAKE))
		px_worker_queue(relay->worker, relay, PX_QUEUE_HANDSHAKE);
	else
		px_relay_run(relay);
}

void px_relay_key_answered(void *session_ptr)
{
	struct px_relay *relay = session_ptr;

	if (relay->state == PX_RELAY_HANDSHAKE && !relay->queue)
		px_worker_queue(relay->worker, relay, PX_QUEUE_HANDSHAKE);
}

static void handshake_timed_out(struct px_relay *relay)
{
	const char *reason = px_reason_handshake_timeout(&relay->ends[PX_CLIENT]);

	relay->worker->n_failed++;
	px_relay_metrics_handshake_failed(relay, reason + strlen("handshake "));
	finish(relay, reason, false);
}

static void on_timeout(evutil_socket_t fd, short what, void *arg)
{
	struct px_relay *relay = arg;

	(void)fd;
	(void)what;
	switch ((enum px_relay_state)relay->state) {
	case PX_RELAY_HANDSHAKE:
		handshake_timed_out(relay);
		break;
	case PX_RELAY_CONNECT:
		connect_timed_out(relay);
		break;
	case PX_RELAY_DATA:
		/* Neither side has said that it is done: this must not look like it. */
		finish(relay, "idle timeout", true);
		break;
	case PX_RELAY_LINGER:
		finish(relay, NULL, false);
		break;
	}
}
