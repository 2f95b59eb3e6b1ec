/* keychannel.c - see keychannel.h. Events are level-triggered, one request is taken for each: so the loop goes round
 * the channels that have one. */

#include "daemon/keychannel.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/log.h"

struct px_keychannel {
	TAILQ_ENTRY(px_keychannel) link;
	struct px_keychannels *set;
	int fd;
	unsigned worker;
	struct event readable, writable;
	struct px_key_answer answer;
	size_t n_left; /* bytes of the answer, until it is taken */
};

static void remove_channel(struct px_keychannel *ch)
{
	event_del(&ch->readable);
	event_del(&ch->writable);
	close(ch->fd);
	TAILQ_REMOVE(&ch->set->list, ch, link);
	ch->set->n--;
	free(ch);
}

static void close_channel(struct px_keychannel *ch)
{
	struct px_keychannels *set = ch->set;

	remove_channel(ch);
	if (set->n == 0)
		set->on_none(set->arg);
}

/* ---- One request ------------------------------------------------------------------------------------- */

static bool is_whole(const struct px_key_request *r, size_t len)
{
	return len >= PX_KEY_REQUEST_LEN(0) && r->len > 0 && r->len <= PX_KEY_DATA_MAX &&
	    len == PX_KEY_REQUEST_LEN(r->len);
}

static int sign(struct px_keychannel *ch, struct px_key_request *r, size_t len)
{
	tls_datum_t data = { .data = r->data, .size = r->len };
	tls_datum_t signature = { .data = ch->answer.signature, .size = sizeof(ch->answer.signature) };
	tls_x509_privkey_t key;
	int status;

	if (!is_whole(r, len))
		return TLS_E_INVALID_REQUEST;
	key = px_keystore_find(ch->set->store, r->key_id);
	if (!key)
		return TLS_E_KEY_NOT_HELD;
	status = tls_x509_privkey_sign_handshake(key, r->scheme, &data, &signature);
	ch->answer.len = status == 0 ? (uint16_t)signature.size : 0;
	return status;
}

static void count(struct px_keychannel *ch, int status)
{
	static struct px_log_limit limit;
	struct px_keychannels *set = ch->set;

	if (status == 0) {
		set->n_signed++;
		return;
	}
	if (status == TLS_E_INVALID_REQUEST || status == TLS_E_KEY_NOT_HELD ||
	    status == TLS_E_UNSUPPORTED_SIGNATURE_ALGORITHM)
		set->n_refused++;
	else
		set->n_failed++;
	if (px_log_may_repeat(&limit))
		px_log(CONF_LOG_WARNING, "keeper: worker %u gets no signature: %s", ch->worker, tls_strerror(status));
}

/* What is too short to have one is answered with the id 0. */
static void answer(struct px_keychannel *ch, struct px_key_request *r, size_t len)
{
	memset(&ch->answer, 0, sizeof(ch->answer));
	ch->answer.id = len >= sizeof(r->id) ? r->id : 0;
	ch->answer.status = sign(ch, r, len);
	count(ch, ch->answer.status);
	ch->n_left = PX_KEY_ANSWER_LEN(ch->answer.len);
}

/* ---- Events ------------------------------------------------------------------------------------------ */

/* False if the channel is closed. */
static bool send_answer(struct px_keychannel *ch)
{
	ssize_t n = send(ch->fd, &ch->answer, ch->n_left, MSG_NOSIGNAL);

	if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
		event_del(&ch->readable);
		event_add(&ch->writable, NULL);
		return true;
	}
	if (n < 0) {
		close_channel(ch);
		return false;
	}
	ch->n_left = 0;
	return true;
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct px_keychannel *ch = arg;
	struct px_key_request request;
	ssize_t n;

	(void)what;
	memset(&request, 0, sizeof(request));
	n = recv(fd, &request, sizeof(request), MSG_TRUNC);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		close_channel(ch);
		return;
	}
	answer(ch, &request, (size_t)n);
	(void)send_answer(ch);
}

static void on_writable(evutil_socket_t fd, short what, void *arg)
{
	struct px_keychannel *ch = arg;

	(void)fd;
	(void)what;
	if (send_answer(ch) && ch->n_left == 0) {
		event_del(&ch->writable);
		event_add(&ch->readable, NULL);
	}
}

/* ---- Life -------------------------------------------------------------------------------------------- */

void px_keychannels_init(struct px_keychannels *set, struct event_base *base, const struct px_keystore *store,
    void (*on_none)(void *arg), void *arg)
{
	memset(set, 0, sizeof(*set));
	set->on_none = on_none;
	set->arg = arg;
	set->base = base;
	set->store = store;
	TAILQ_INIT(&set->list);
}

void px_keychannels_clear(struct px_keychannels *set)
{
	while (!TAILQ_EMPTY(&set->list))
		remove_channel(TAILQ_FIRST(&set->list));
}

static bool start(struct px_keychannel *ch)
{
	struct event_base *base = ch->set->base;

	return fcntl(ch->fd, F_SETFL, O_NONBLOCK) == 0 &&
	    event_assign(&ch->readable, base, ch->fd, EV_READ | EV_PERSIST, on_readable, ch) == 0 &&
	    event_assign(&ch->writable, base, ch->fd, EV_WRITE | EV_PERSIST, on_writable, ch) == 0 &&
	    event_add(&ch->readable, NULL) == 0;
}

static void remove_of(struct px_keychannels *set, unsigned worker)
{
	struct px_keychannel *ch;

	TAILQ_FOREACH(ch, &set->list, link) {
		if (ch->worker == worker) {
			remove_channel(ch);
			return;
		}
	}
}

int px_keychannels_add(struct px_keychannels *set, int fd, unsigned worker)
{
	struct px_keychannel *ch;

	remove_of(set, worker);
	ch = set->n < PX_KEYCHANNELS_MAX ? calloc(1, sizeof(*ch)) : NULL;
	if (ch) {
		ch->set = set;
		ch->fd = fd;
		ch->worker = worker;
		if (start(ch)) {
			TAILQ_INSERT_TAIL(&set->list, ch, link);
			set->n++;
			return 0;
		}
		free(ch);
	}
	close(fd);
	return -1;
}
