/* end.c - see end.h. */

#include "daemon/end.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/stranger.h"

static struct px_end *end_of(struct px_port *port)
{
	return (struct px_end *)port;
}

/* ---- The descriptor: as recv(2) and send(2), with EAGAIN at once while a bit is clear -------------- */

/* The first error tells: ECONNRESET is a reset that came before the peer's end, EPIPE one that came after
 * it (or a peer that has closed its unix socket). */
static void note_error(struct px_end *end)
{
	if (!end->os_error)
		end->os_error = errno;
}

static ssize_t fd_recv(struct px_end *end, void *buf, size_t len)
{
	ssize_t n;

	if (!end->readable) {
		errno = EAGAIN;
		return -1;
	}
	do
		n = recv(end->fd, buf, len, 0);
	while (n < 0 && errno == EINTR);
	if (n > 0)
		end->n_wire += (uint64_t)n;
	else if (n < 0 && errno == EAGAIN)
		end->readable = false;
	else if (n < 0)
		note_error(end);
	return n;
}

static ssize_t fd_send(struct px_end *end, const void *buf, size_t len)
{
	ssize_t n;

	if (!end->writable) {
		errno = EAGAIN;
		return -1;
	}
	do
		n = send(end->fd, buf, len, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	if (n > 0)
		end->n_wire += (uint64_t)n;
	/* Less than all: the socket is full, and the kernel will tell when it is not (epoll(7)). */
	if (n >= 0 && (size_t)n < len)
		end->writable = false;
	else if (n < 0 && errno == EAGAIN)
		end->writable = false;
	else if (n < 0)
		note_error(end);
	return n;
}

static int shut_fd(struct px_end *end)
{
	end->port.holds = false;
	if (shutdown(end->fd, SHUT_WR) == 0)
		return 0;
	note_error(end);
	return PX_FAILED;
}

/* ---- A plain end ------------------------------------------------------------------------------------ */

static ssize_t plain_recv(struct px_port *port, void *buf, size_t len)
{
	struct px_end *end = end_of(port);
	ssize_t n = fd_recv(end, buf, len);

	/* A reset that a send has met shows itself to the next receive as a plain end. */
	if (n == 0 && end->os_error == ECONNRESET)
		return PX_FAILED;
	if (n < 0)
		return errno == EAGAIN ? PX_AGAIN : PX_FAILED;
	end->n_in += (uint64_t)n;
	end->eof = n == 0;
	return n;
}

static ssize_t plain_send(struct px_port *port, const void *buf, size_t len)
{
	struct px_end *end = end_of(port);
	ssize_t n = fd_send(end, buf, len);

	if (n < 0)
		return errno == EAGAIN ? PX_AGAIN : PX_FAILED;
	end->n_out += (uint64_t)n;
	return n;
}

static int plain_shut(struct px_port *port)
{
	return shut_fd(end_of(port));
}

static int plain_flush(struct px_port *port)
{
	port->holds = false;
	return 0;
}

static const struct px_port_ops plain_ops = { plain_recv, plain_send, plain_shut, plain_flush };

/* ---- A TLS end -------------------------------------------------------------------------------------- */

static ssize_t tls_pull(tls_transport_ptr_t ptr, void *buf, size_t len)
{
	struct px_end *end = ptr;
	ssize_t n = fd_recv(end, buf, len);

	if (n > 0 && end->n_wire == (uint64_t)n)
		end->stranger = px_stranger_of(buf, (size_t)n);
	return n;
}

static ssize_t tls_push(tls_transport_ptr_t ptr, const void *buf, size_t len)
{
	struct px_end *end = ptr;
	ssize_t n = fd_send(end, buf, len);

	/* A session that learns of an error is over, both ways; what the peer has sent before it went
	 * shall still be read. So this is kept from it, and told by pushed(). */
	if (n < 0 && errno != EAGAIN) {
		end->push_failed = true;
		errno = EAGAIN;
	}
	return n;
}

/* What PX_AGAIN means when it came from sending. */
static int pushed(struct px_end *end, int answer)
{
	if (answer != PX_AGAIN || !end->push_failed)
		return answer;
	end->port.holds = false;
	return PX_FAILED;
}

/* PX_AGAIN, or PX_FAILED with the reason kept; 1: nothing of harm, call again. */
static int tls_answer(struct px_end *end, ssize_t error)
{
	if (error == TLS_E_AGAIN)
		return PX_AGAIN;
	/* TLS_E_REHANDSHAKE: to call again is to decline */
	if (error == TLS_E_INTERRUPTED || error == TLS_E_WARNING_ALERT_RECEIVED || error == TLS_E_REHANDSHAKE)
		return 1;
	end->tls_error = (int)error;
	end->truncated = error == TLS_E_PREMATURE_TERMINATION && end->os_error != ECONNRESET;
	return PX_FAILED;
}

static void note_holds(struct px_end *end)
{
	end->port.holds = !end->closing && tls_record_flush_pending(end->tls);
}

static ssize_t end_tls_recv(struct px_port *port, void *buf, size_t len)
{
	struct px_end *end = end_of(port);
	ssize_t n;
	int r = 1;

	do {
		n = tls_record_recv(end->tls, buf, len);
		if (n < 0)
			r = tls_answer(end, n);
	} while (n < 0 && r == 1);
	note_holds(end);
	if (n < 0)
		return r;
	end->n_in += (uint64_t)n;
	end->eof = n == 0;
	return n;
}

static int end_tls_flush(struct px_port *port)
{
	struct px_end *end = end_of(port);
	ssize_t n = tls_record_send(end->tls, NULL, 0);
	int r = n < 0 ? tls_answer(end, n) : 0;

	note_holds(end);
	return pushed(end, r == 1 ? 0 : r);
}

static ssize_t end_tls_send(struct px_port *port, const void *buf, size_t len)
{
	struct px_end *end = end_of(port);
	ssize_t n = tls_record_send(end->tls, buf, len);
	int r;

	if (n < 0) {
		r = pushed(end, tls_answer(end, n));
		if (r == PX_FAILED)
			return r;
		n = (ssize_t)tls_record_check_queued(end->tls);
	}
	note_holds(end);
	end->n_out += (uint64_t)n;
	return n > 0 ? n : PX_AGAIN;
}

/* RFC 8446 section 6.1: close_notify is the last that is sent. */
static int end_tls_shut(struct px_port *port)
{
	struct px_end *end = end_of(port);
	int r;

	end->closing = true;
	port->holds = false;
	do
		r = tls_bye(end->tls, TLS_SHUT_WR);
	while (r == TLS_E_INTERRUPTED);
	return r ? pushed(end, tls_answer(end, r)) : shut_fd(end);
}

static const struct px_port_ops tls_ops = { end_tls_recv, end_tls_send, end_tls_shut, end_tls_flush };

/* A client that sends its request after its Finished, without TCP_NODELAY, waits for the Finished to be
 * acknowledged. Nothing of ours goes out that could carry it: the kernel would delay it by 40 ms. */
static void ack_now(const struct px_end *end)
{
	const int on = 1;

	setsockopt(end->fd, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof(on));
}

int px_end_handshake(struct px_end *end)
{
	int r, answer;

	do {
		r = tls_handshake(end->tls);
		if (r == 0) {
			end->waits_key = false;
			ack_now(end);
			return 0;
		}
		answer = tls_answer(end, r);
	} while (answer == 1);
	answer = pushed(end, answer);
	end->waits_key = answer == PX_AGAIN && tls_record_get_direction(end->tls) == TLS_WAIT_KEY;
	return answer;
}

int px_end_flush_alert(struct px_end *end)
{
	int r;

	do
		r = tls_alert_flush(end->tls);
	while (r == TLS_E_INTERRUPTED);
	return r == TLS_E_AGAIN && !end->push_failed ? PX_AGAIN : 0;
}

/* ---- Life --------------------------------------------------------------------------------------------- */

void px_end_init(struct px_end *end)
{
	memset(end, 0, sizeof(*end));
	end->fd = -1;
	end->port.ops = &plain_ops;
}

int px_end_open(struct px_end *end, struct event_base *base, int fd, event_callback_fn wake, void *arg)
{
	if (event_assign(&end->event, base, fd, EV_READ | EV_WRITE | EV_ET | EV_PERSIST, wake, arg) ||
	    event_add(&end->event, NULL))
		return -1;
	end->fd = fd;
	end->readable = end->writable = false;
	end->os_error = 0;
	return 0;
}

void px_end_use_tls(struct px_end *end, tls_session_t tls)
{
	end->tls = tls;
	end->port.ops = &tls_ops;
	tls_transport_set_ptr(tls, end);
	tls_transport_set_pull_function(tls, tls_pull);
	tls_transport_set_push_function(tls, tls_push);
}

void px_end_ready(struct px_end *end, short what)
{
	end->readable |= (what & EV_READ) != 0;
	end->writable |= (what & EV_WRITE) != 0;
}

size_t px_end_drain(struct px_end *end, bool *over, size_t limit)
{
	char dropped[4096];
	size_t n_dropped = 0;
	ssize_t n = 1;

	while (n > 0 && n_dropped < limit) {
		n = fd_recv(end, dropped, sizeof(dropped));
		n_dropped += n > 0 ? (size_t)n : 0;
	}
	*over = n == 0 || (n < 0 && errno != EAGAIN);
	return n_dropped;
}

void px_end_close(struct px_end *end, bool reset)
{
	const struct linger at_once = { .l_onoff = 1, .l_linger = 0 };

	if (end->tls)
		tls_deinit(end->tls);
	end->tls = NULL;
	if (end->fd < 0)
		return;
	event_del(&end->event);
	if (reset)
		setsockopt(end->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	close(end->fd);
	end->fd = -1;
}

bool px_end_was_reset(const struct px_end *end)
{
	return end->os_error == ECONNRESET || end->os_error == EPIPE || end->os_error == ENOTCONN;
}
