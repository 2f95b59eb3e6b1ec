/* control.c - see control.h.
 *
 * One buffer per process takes what is received: everything happens in one thread, and a message is over when
 * its callback returns. A queued message has duplicates of its descriptors, so that the sender need not know.
 */

#include "config.h" /* GNU extensions */

#include "daemon/control.h"

#include <errno.h>
#include <event2/event_struct.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <unistd.h>

#define ROUND 16 /* messages a wake-up takes */
#define RETRY_MS 10 /* the system is short of something */
#define SOCKET_BUFFER (512 * 1024) /* the kernel cuts it to its own limit */

struct queued {
	TAILQ_ENTRY(queued) link;
	struct px_control_head head;
	int fds[PX_CONTROL_FDS_MAX];
	unsigned n_fds;
	size_t len;
	unsigned char body[];
};

struct px_control {
	int fd;
	bool no_fds; /* the peer may send none */
	bool busy; /* in a callback */
	bool over; /* on_eof has been called */
	bool closed; /* in a callback: to be freed behind it */
	const char *fault;
	void (*on_msg)(void *arg, struct px_control_msg *msg);
	void (*on_eof)(void *arg);
	void *arg;
	struct event readable, writable, retry;
	TAILQ_HEAD(, queued) queue;
	size_t queue_len;
};

/* Head and body apart, so that the body is aligned. */
static struct {
	struct px_control_head head;
	_Alignas(max_align_t) unsigned char body[PX_CONTROL_BODY_MAX];
} received;

static void close_all(const int *fds, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		close(fds[i]);
}

void px_control_drop_fds(struct px_control_msg *msg)
{
	close_all(msg->fds, msg->n_fds);
	msg->n_fds = 0;
}

int px_control_pair(int fds[2])
{
	return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds);
}

/* ---- Receiving ------------------------------------------------------------------------------------- */

static void take_fds(struct px_control_msg *msg, struct msghdr *hdr)
{
	struct cmsghdr *c;

	for (c = CMSG_FIRSTHDR(hdr); c; c = CMSG_NXTHDR(hdr, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		msg->n_fds = (unsigned)((c->cmsg_len - CMSG_LEN(0)) / sizeof(int));
		memcpy(msg->fds, CMSG_DATA(c), msg->n_fds * sizeof(int));
	}
	msg->lost_fds = (hdr->msg_flags & MSG_CTRUNC) != 0;
}

/* NULL, or what is wrong with it. */
static const char *fault_of(const struct px_control_msg *msg, ssize_t n, int flags)
{
	if (n < (ssize_t)sizeof(msg->head))
		return "it is too short";
	if (flags & MSG_TRUNC)
		return "it is too long";
	return msg->head.type > 0 && msg->head.type < PX_CONTROL_END ? NULL : "there is no such type";
}

/* 1 and a message, 0: nothing there now, -1: the peer is gone, or talks nonsense. */
static int receive(struct px_control *control, struct px_control_msg *msg)
{
	struct iovec parts[2] = { { &received.head, sizeof(received.head) },
		{ received.body, sizeof(received.body) } };
	_Alignas(struct cmsghdr) char space[CMSG_SPACE(sizeof(int) * PX_CONTROL_FDS_MAX)];
	struct msghdr hdr = { .msg_iov = parts, .msg_iovlen = 2 };
	ssize_t n;

	if (!control->no_fds) {
		hdr.msg_control = space;
		hdr.msg_controllen = sizeof(space);
	}
	n = recvmsg(control->fd, &hdr, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	if (n < 0 && (errno == EAGAIN || errno == EINTR || errno == ENOMEM || errno == ENOBUFS))
		return 0;
	msg->n_fds = 0;
	msg->lost_fds = false;
	if (n > 0 && !control->no_fds)
		take_fds(msg, &hdr);
	msg->head = received.head;
	control->fault = n > 0 ? fault_of(msg, n, hdr.msg_flags) : NULL;
	if (n <= 0 || control->fault) {
		px_control_drop_fds(msg);
		return -1;
	}
	msg->body = received.body;
	msg->len = (size_t)n - sizeof(msg->head);
	return 1;
}

static void stop_events(struct px_control *control)
{
	event_del(&control->readable);
	event_del(&control->writable);
	event_del(&control->retry);
}

static void end(struct px_control *control)
{
	control->over = true;
	stop_events(control);
	control->on_eof(control->arg);
}

static void release(struct px_control *control);

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct px_control *control = arg;
	struct px_control_msg msg;
	int r = 1;

	(void)fd;
	(void)what;
	control->busy = true;
	for (int i = 0; i < ROUND && r == 1 && !control->closed; i++) {
		r = receive(control, &msg);
		if (r == 1) {
			control->on_msg(control->arg, &msg);
			explicit_bzero(received.body, msg.len);
		}
	}
	if (r < 0 && !control->closed)
		end(control);
	control->busy = false;
	if (control->closed)
		release(control);
}

/* ---- Sending --------------------------------------------------------------------------------------- */

/* In one piece: children have no sendmsg(2), which could hand descriptors to anybody. */
static ssize_t send_plain(const struct px_control *control, const struct px_control_head *head, const void *body,
    size_t len)
{
	static struct {
		struct px_control_head head;
		unsigned char body[PX_CONTROL_BODY_MAX];
	} out;
	ssize_t n;

	out.head = *head;
	if (len)
		memcpy(out.body, body, len);
	n = send(control->fd, &out, sizeof(out.head) + len, MSG_DONTWAIT | MSG_NOSIGNAL);
	explicit_bzero(out.body, len);
	return n;
}

static ssize_t send_with_fds(const struct px_control *control, const struct px_control_head *head, const void *body,
    size_t len, const int *fds, unsigned n_fds)
{
	struct iovec parts[2] = { { (void *)head, sizeof(*head) }, { (void *)body, len } };
	_Alignas(struct cmsghdr) char space[CMSG_SPACE(sizeof(int) * PX_CONTROL_FDS_MAX)] = { 0 };
	struct msghdr hdr = { .msg_iov = parts, .msg_iovlen = 2, .msg_control = space,
		.msg_controllen = CMSG_SPACE(sizeof(int) * n_fds) };
	struct cmsghdr *c = (struct cmsghdr *)space;

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int) * n_fds);
	memcpy(CMSG_DATA(c), fds, sizeof(int) * n_fds);
	return sendmsg(control->fd, &hdr, MSG_DONTWAIT | MSG_NOSIGNAL);
}

/* 0, 1: not now, or -1: never. */
static int send_now(const struct px_control *control, const struct px_control_head *head, const void *body,
    size_t len, const int *fds, unsigned n_fds)
{
	ssize_t n = n_fds ? send_with_fds(control, head, body, len, fds, n_fds) :
			    send_plain(control, head, body, len);

	if (n >= 0)
		return 0;
	return errno == EAGAIN || errno == EINTR || errno == ENOBUFS || errno == ENOMEM ||
	        errno == ETOOMANYREFS ?
	    1 :
	    -1;
}

/* A socket that takes bytes but not ours would wake us at once, for ever. */
static void wait_to_send(struct px_control *control, int error)
{
	const struct timeval tv = { .tv_usec = RETRY_MS * 1000 };

	if (error == EAGAIN)
		event_add(&control->writable, NULL);
	else
		event_add(&control->retry, &tv);
}

static void forget(struct px_control *control, struct queued *q)
{
	TAILQ_REMOVE(&control->queue, q, link);
	control->queue_len -= sizeof(*q) + q->len;
	close_all(q->fds, q->n_fds);
	explicit_bzero(q->body, q->len);
	free(q);
}

/* The end is told by reading. */
static void on_writable(evutil_socket_t fd, short what, void *arg)
{
	struct px_control *control = arg;
	struct queued *q;
	int r = 0;

	(void)fd;
	(void)what;
	while (r == 0 && (q = TAILQ_FIRST(&control->queue)) != NULL) {
		r = send_now(control, &q->head, q->body, q->len, q->fds, q->n_fds);
		if (r == 1)
			wait_to_send(control, errno);
		else
			forget(control, q);
	}
}

static struct queued *new_queued(const struct px_control_msg *msg)
{
	struct queued *q = calloc(1, sizeof(*q) + msg->len);

	if (!q)
		return NULL;
	q->head = msg->head;
	q->len = msg->len;
	if (msg->len)
		memcpy(q->body, msg->body, msg->len);
	for (; q->n_fds < msg->n_fds; q->n_fds++) {
		q->fds[q->n_fds] = fcntl(msg->fds[q->n_fds], F_DUPFD_CLOEXEC, PX_CONTROL_FD + 1);
		if (q->fds[q->n_fds] >= 0)
			continue;
		close_all(q->fds, q->n_fds);
		free(q);
		return NULL;
	}
	return q;
}

static int enqueue(struct px_control *control, const struct px_control_msg *msg)
{
	struct queued *q;

	if (control->queue_len + sizeof(*q) + msg->len > PX_CONTROL_QUEUE_MAX)
		return -1;
	q = new_queued(msg);
	if (!q)
		return -1;
	TAILQ_INSERT_TAIL(&control->queue, q, link);
	control->queue_len += sizeof(*q) + q->len;
	return 0;
}

int px_control_send(struct px_control *control, const struct px_control_msg *msg)
{
	bool first = TAILQ_EMPTY(&control->queue);
	int r = 1, error = EAGAIN;

	if (control->over || msg->len > PX_CONTROL_BODY_MAX || msg->n_fds > PX_CONTROL_FDS_MAX)
		return -1;
	if (first) {
		r = send_now(control, &msg->head, msg->body, msg->len, msg->fds, msg->n_fds);
		error = errno;
	}
	if (r != 1)
		return r;
	if (enqueue(control, msg) != 0)
		return -1;
	if (first)
		wait_to_send(control, error);
	return 0;
}

const char *px_control_fault(const struct px_control *control)
{
	return control->fault;
}

size_t px_control_queued(const struct px_control *control)
{
	return control->queue_len;
}

int px_control_tell(struct px_control *control, uint32_t type, uint32_t serial, const void *body, size_t len)
{
	const struct px_control_msg msg = { .head = { .type = type, .serial = serial }, .body = body,
		.len = len };

	return px_control_send(control, &msg);
}

int px_control_done(struct px_control *control, uint32_t serial, const char *reason)
{
	size_t len = reason ? strlen(reason) : 0;
	const struct px_control_msg msg = { .head = { .type = PX_CONTROL_DONE, .serial = serial,
		.status = reason ? -1 : 0 }, .body = reason,
		.len = len < PX_CONTROL_BODY_MAX ? len : PX_CONTROL_BODY_MAX };

	return px_control_send(control, &msg);
}

/* ---- Life ------------------------------------------------------------------------------------------ */

static struct px_control *new_control(struct event_base *base, int fd)
{
	struct px_control *control = calloc(1, sizeof(*control));

	if (!control)
		return NULL;
	control->fd = fd;
	TAILQ_INIT(&control->queue);
	if (event_assign(&control->readable, base, fd, EV_READ | EV_PERSIST, on_readable, control) == 0 &&
	    event_assign(&control->writable, base, fd, EV_WRITE, on_writable, control) == 0 &&
	    evtimer_assign(&control->retry, base, on_writable, control) == 0 &&
	    event_add(&control->readable, NULL) == 0)
		return control;
	free(control);
	return NULL;
}

int px_control_open(struct px_control **out, struct event_base *base, int fd,
    void (*on_msg)(void *arg, struct px_control_msg *msg), void (*on_eof)(void *arg), void *arg)
{
	const int size = SOCKET_BUFFER;
	struct px_control *control = new_control(base, fd);

	*out = control;
	if (!control) {
		close(fd);
		return -1;
	}
	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	control->on_msg = on_msg;
	control->on_eof = on_eof;
	control->arg = arg;
	return 0;
}

void px_control_refuse_fds(struct px_control *control)
{
	control->no_fds = true;
}

static void release(struct px_control *control)
{
	while (!TAILQ_EMPTY(&control->queue))
		forget(control, TAILQ_FIRST(&control->queue));
	stop_events(control);
	close(control->fd);
	free(control);
}

void px_control_close(struct px_control *control)
{
	if (!control)
		return;
	control->closed = true;
	if (!control->busy)
		release(control);
}
