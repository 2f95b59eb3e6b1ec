/* probe_session.c - see probe_session.h. */
#include "probe_session.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "probe_message.h"

#define US_PER_MS 1000

/* ---- What the core asks for ------------------------------------------------------------------ */

static ssize_t pull(tls_transport_ptr_t ptr, void *data, size_t len)
{
	struct px_probe_session *s = ptr;
	ssize_t n = recv(s->fd, data, len, MSG_DONTWAIT);
	size_t room = sizeof(s->first) - s->first_len;

	if (n < 0 && errno != EAGAIN && errno != EINTR)
		s->transport_errno = errno;
	if (n > 0 && room > 0) {
		room = (size_t)n < room ? (size_t)n : room;
		memcpy(s->first + s->first_len, data, room);
		s->first_len += room;
	}
	return n;
}

static ssize_t push(tls_transport_ptr_t ptr, const void *data, size_t len)
{
	struct px_probe_session *s = ptr;
	ssize_t n = send(s->fd, data, len, MSG_DONTWAIT | MSG_NOSIGNAL);

	if (n < 0 && errno != EAGAIN && errno != EINTR)
		s->transport_errno = errno;
	return n;
}

static uint64_t clock_ms(void *ptr)
{
	struct timespec now;

	(void)ptr;
	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* ---- Life -------------------------------------------------------------------------------------- */

static int set_offers(struct px_probe_session *s, const tls_datum_t *resume)
{
	const struct px_probe_options *o = s->o;
	int err = tls_policy_set(s->tls, o->policy);

	if (err == 0)
		err = tls_credentials_set(s->tls, TLS_CRD_CERTIFICATE, o->cred);
	if (err == 0 && o->send_name)
		err = tls_server_name_set(s->tls, TLS_NAME_DNS, o->name, strlen(o->name));
	if (err == 0 && o->n_alpn > 0)
		err = tls_alpn_set_protocols(s->tls, o->alpn, o->n_alpn, 0);
	if (err == 0)
		err = tls_ocsp_status_request_enable_client(s->tls, NULL, 0, NULL);
	if (err == 0 && resume != NULL)
		err = tls_session_set_data(s->tls, resume->data, resume->size);
	if (err == 0 && !o->insecure)
		tls_session_set_verify_cert(s->tls, o->name[0] != '\0' ? o->name : NULL, 0);
	return err;
}

int px_probe_session_open(struct px_probe_session *s, int fd, const tls_datum_t *resume)
{
	int err;

	s->fd = fd;
	s->awaited = "server_hello";
	err = tls_init(&s->tls, TLS_CLIENT | TLS_NONBLOCK);
	if (err < 0)
		return err;
	tls_session_set_ptr(s->tls, s);
	tls_session_set_clock_function(s->tls, clock_ms, NULL);
	tls_transport_set_ptr(s->tls, s);
	tls_transport_set_pull_function(s->tls, pull);
	tls_transport_set_push_function(s->tls, push);
	tls_handshake_set_hook_function(s->tls, TLS_HANDSHAKE_ANY, TLS_HOOK_BOTH, px_probe_message_hook);
	return set_offers(s, resume);
}

void px_probe_session_clear(struct px_probe_session *s)
{
	tls_deinit(s->tls);
	s->tls = NULL;
	free(s->leaf.data);
	s->leaf = (tls_datum_t){ .data = NULL };
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
}

bool px_probe_session_tells(struct px_probe_session *s)
{
	return ++s->n_unasked <= PX_PROBE_UNASKED_MAX;
}

/* ---- Waiting ----------------------------------------------------------------------------------- */

void px_probe_session_limit(struct px_probe_session *s, uint64_t ms)
{
	s->deadline = px_story_now() + ms * US_PER_MS;
}

int px_probe_session_again(struct px_probe_session *s, int err)
{
	struct pollfd p = { .fd = s->fd, .events = POLLIN };
	uint64_t now = px_story_now();
	int n;

	if (err != TLS_E_AGAIN && err != TLS_E_INTERRUPTED)
		return err;
	if (now >= s->deadline)
		return TLS_E_TIMEDOUT;
	if (err == TLS_E_INTERRUPTED)
		return 0;
	if (tls_record_get_direction(s->tls) == 1)
		p.events = POLLOUT;
	n = poll(&p, 1, (int)((s->deadline - now + US_PER_MS - 1) / US_PER_MS));
	return n > 0 || (n < 0 && errno == EINTR) ? 0 : TLS_E_TIMEDOUT;
}

void px_probe_session_flush(struct px_probe_session *s)
{
	if (tls_record_flush_pending(s->tls))
		(void)tls_record_send(s->tls, NULL, 0);
}
