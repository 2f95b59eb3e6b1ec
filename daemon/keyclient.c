/* keyclient.c - see keyclient.h. */

#include "daemon/keyclient.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/clock.h"
#include "daemon/log.h"

#define ANSWERS_MAX 64 /* taken in one wake-up */
#define LACK_MS 500 /* that long a channel may be away: a keeper that died has a successor by then */

enum wait_state { UNSENT, ASKED, DONE };

/* The question of one handshake, and then its answer. */
struct px_key_wait {
	TAILQ_ENTRY(px_key_wait) link; /* while it is unsent */
	struct px_keyclient *client;
	void *session_ptr;
	enum wait_state state;
	int status; /* done: 0 and a signature, or why there is none */
	uint16_t len;
	union {
		struct px_key_request question;
		uint8_t signature[TLS_SIGNATURE_MAX_LEN];
	} u;
	uint32_t id;
	uint64_t asked_us;
};

/* ---- Counting ---------------------------------------------------------------------------------------- */

static void count_result(struct px_keyclient *client, const char *result)
{
	const struct px_metrics_label label = { "result", result };

	px_metrics_add(px_metrics_cell(client->metrics, PX_METRIC_KEEPER_REQUESTS, &label, 1), 1);
}

static void count_waiting(struct px_keyclient *client, int change)
{
	client->n_waiting += (unsigned)change;
	px_metrics_change(px_metrics_cell(client->metrics, PX_METRIC_KEEPER_WAITING, NULL, 0), change);
}

/* ---- Who waits --------------------------------------------------------------------------------------- */

static struct px_key_wait **slot_of(struct px_keyclient *client, uint32_t id)
{
	return &client->slots[id % PX_KEYCLIENT_MAX];
}

/* There is a free one. The turn tells an old answer from one to whoever has the slot now. */
static uint32_t new_id(struct px_keyclient *client)
{
	while (client->slots[client->next_slot])
		client->next_slot = (client->next_slot + 1) % PX_KEYCLIENT_MAX;
	return client->turn++ * PX_KEYCLIENT_MAX + client->next_slot;
}

static void let_go(struct px_key_wait *w)
{
	struct px_keyclient *client = w->client;

	if (w->state == UNSENT)
		TAILQ_REMOVE(&client->unsent, w, link);
	*slot_of(client, w->id) = NULL;
	count_waiting(client, -1);
	free(w);
}

static void finish(struct px_key_wait *w, int status)
{
	w->state = DONE;
	w->status = status;
	w->client->wake(w->session_ptr);
}

/* ---- The channel -------------------------------------------------------------------------------------- */

static void close_channel(struct px_keyclient *client)
{
	if (client->fd < 0)
		return;
	event_del(&client->readable);
	event_del(&client->writable);
	close(client->fd);
	client->fd = -1;
}

/* While nobody waits for one there may well be none: keys aren't with a keeper then. */
static void watch_lack(struct px_keyclient *client)
{
	const struct timeval tv = { .tv_usec = LACK_MS * 1000 };

	if (client->fd < 0 && client->lacks && !TAILQ_EMPTY(&client->unsent) && !evtimer_pending(&client->lack, NULL))
		event_add(&client->lack, &tv);
}

static void on_lack(evutil_socket_t fd, short what, void *arg)
{
	struct px_keyclient *client = arg;

	(void)fd;
	(void)what;
	if (client->fd < 0 && !TAILQ_EMPTY(&client->unsent))
		client->lacks(client->arg);
	watch_lack(client);
}

static void lose_channel(struct px_keyclient *client)
{
	unsigned n = 0;

	if (client->fd < 0)
		return;
	close_channel(client);
	watch_lack(client);
	for (unsigned i = 0; i < PX_KEYCLIENT_MAX; i++) {
		struct px_key_wait *w = client->slots[i];

		if (!w || w->state != ASKED)
			continue;
		finish(w, TLS_E_KEY_SERVER_GONE);
		count_result(client, "lost");
		n++;
	}
	/* Its death is the master's to tell, and may be wanted. */
	if (n > 0)
		px_log(CONF_LOG_WARNING, "the keeper is gone, and with it handshakes that waited for it: %u", n);
}

/* False while the channel takes no more. */
static bool send_one(struct px_keyclient *client, struct px_key_wait *w)
{
	ssize_t n = send(client->fd, &w->u.question, PX_KEY_REQUEST_LEN(w->u.question.len), MSG_NOSIGNAL);

	if (n < 0 && errno == EINTR)
		return true;
	if (n < 0) {
		if (errno != EAGAIN)
			lose_channel(client);
		return false;
	}
	TAILQ_REMOVE(&client->unsent, w, link);
	w->state = ASKED;
	return true;
}

static void send_all(struct px_keyclient *client)
{
	struct px_key_wait *w;

	while (client->fd >= 0 && (w = TAILQ_FIRST(&client->unsent)) && send_one(client, w))
		continue;
	watch_lack(client);
	if (client->fd < 0)
		return;
	if (TAILQ_EMPTY(&client->unsent))
		event_del(&client->writable);
	else
		event_add(&client->writable, NULL);
}

static void on_writable(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	send_all(arg);
}

/* An answer to nobody is one to a handshake that has ended. */
static void take_answer(struct px_keyclient *client, const struct px_key_answer *a)
{
	struct px_key_wait *w = *slot_of(client, a->id);

	if (!w || w->id != a->id || w->state != ASKED)
		return;
	w->len = a->len;
	memcpy(w->u.signature, a->signature, a->len);
	count_result(client, a->status == 0 ? "signed" : "refused");
	px_metrics_observe(px_metrics_cell(client->metrics, PX_METRIC_KEEPER_SECONDS, NULL, 0), px_clock_us() - w->asked_us);
	finish(w, a->status);
}

static bool is_whole(const struct px_key_answer *a, ssize_t n)
{
	return n >= (ssize_t)PX_KEY_ANSWER_LEN(0) && a->len <= sizeof(a->signature) &&
	    n == (ssize_t)PX_KEY_ANSWER_LEN(a->len) && (a->len > 0) == (a->status == 0);
}

/* False when there is none. */
static bool read_answer(struct px_keyclient *client)
{
	struct px_key_answer a;
	ssize_t n = recv(client->fd, &a, sizeof(a), MSG_TRUNC);

	/* A reset comes once, before what was answered until then, and the end behind that. */
	if (n < 0 && (errno == EINTR || errno == ECONNRESET))
		return true;
	if (n < 0 && errno == EAGAIN)
		return false;
	if (!is_whole(&a, n)) {
		lose_channel(client);
		return false;
	}
	take_answer(client, &a);
	return true;
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	for (int i = 0; i < ANSWERS_MAX && read_answer(arg); i++)
		continue;
}

int px_keyclient_set_channel(struct px_keyclient *client, int fd)
{
	lose_channel(client);
	if (fcntl(fd, F_SETFL, O_NONBLOCK) != 0 ||
	    event_assign(&client->readable, client->base, fd, EV_READ | EV_PERSIST, on_readable, client) != 0 ||
	    event_assign(&client->writable, client->base, fd, EV_WRITE | EV_PERSIST, on_writable, client) != 0 ||
	    event_add(&client->readable, NULL) != 0) {
		close(fd);
		return -1;
	}
	client->fd = fd;
	send_all(client);
	return 0;
}

/* ---- Asking ------------------------------------------------------------------------------------------- */

static struct px_key_wait *new_wait(struct px_keyclient *client, tls_session_t session)
{
	struct px_key_wait *w = calloc(1, sizeof(*w));

	if (!w)
		return NULL;
	w->client = client;
	w->session_ptr = tls_session_get_ptr(session);
	w->id = new_id(client);
	w->asked_us = px_clock_us();
	*slot_of(client, w->id) = w;
	count_waiting(client, 1);
	w->state = UNSENT;
	TAILQ_INSERT_TAIL(&client->unsent, w, link);
	return w;
}

static int ask(void **request, tls_session_t session, const struct px_key *key, uint16_t scheme,
    const tls_datum_t *data)
{
	struct px_keyclient *client = key->client;
	struct px_key_request *q;
	struct px_key_wait *w;

	if (data->size > PX_KEY_DATA_MAX)
		return TLS_E_INTERNAL_ERROR;
	if (client->n_waiting >= client->max_waiting) {
		count_result(client, "too many");
		return TLS_E_KEY_SERVER_BUSY;
	}
	w = new_wait(client, session);
	if (!w)
		return TLS_E_MEMORY_ERROR;
	q = &w->u.question;
	q->id = w->id;
	q->scheme = scheme;
	q->len = (uint16_t)data->size;
	memcpy(q->key_id, key->id, sizeof(q->key_id));
	memcpy(q->data, data->data, data->size);
	*request = w;
	send_all(client);
	return TLS_E_AGAIN;
}

int px_keyclient_sign(tls_session_t session, void *ptr, void **request, uint16_t scheme, const tls_datum_t *data,
    tls_datum_t *signature)
{
	struct px_key_wait *w = *request;
	int status;

	if (!w)
		return ask(request, session, ptr, scheme, data);
	if (w->state != DONE)
		return TLS_E_AGAIN;
	status = w->status;
	if (status == 0) {
		memcpy(signature->data, w->u.signature, w->len);
		signature->size = w->len;
	}
	let_go(w);
	return status;
}

void px_keyclient_cancel(void *ptr, void *request)
{
	struct px_key_wait *w = request;

	(void)ptr;
	if (w->state != DONE)
		count_result(w->client, "given up");
	let_go(w);
}

/* ---- Life --------------------------------------------------------------------------------------------- */

void px_keyclient_init(struct px_keyclient *client, struct event_base *base, struct px_metrics *metrics,
    void (*wake)(void *session_ptr))
{
	memset(client, 0, sizeof(*client));
	client->base = base;
	client->metrics = metrics;
	client->wake = wake;
	client->fd = -1;
	client->max_waiting = PX_KEYCLIENT_MAX;
	TAILQ_INIT(&client->unsent);
	evtimer_assign(&client->lack, base, on_lack, client);
}

void px_keyclient_clear(struct px_keyclient *client)
{
	close_channel(client);
	event_del(&client->lack);
}
