/* apart.c - see apart.h. Over a SEQPACKET socket the loader gets one job and answers with one result, each a bundle
 * (apart_pack.c) with the descriptors that belong to it. Before the result it tells where it waits for long. */

#include "config.h" /* GNU extensions */

#include "daemon/apart.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "conf/errors.h"
#include "daemon/apart_pack.h"
#include "daemon/spawn.h"
#include "daemon/thread.h"

#define N_FDS 3 /* the job or the result, the bundle, the keys */
#define LOOK_MS 500 /* how often the loader looks where it is */

enum type { JOB = 1, SPOT, RESULT };

struct message {
	uint32_t type;
	uint32_t has[N_FDS]; /* which descriptors come along, in this order */
	char spot[PX_SPOT_LEN]; /* SPOT: "": nowhere for long */
};

/* ---- Messages ------------------------------------------------------------------------------------------ */

static int send_message(int socket_fd, struct message *message, const int fds[N_FDS])
{
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(N_FDS * sizeof(int))];
	} control = { 0 };
	struct iovec part = { message, sizeof(*message) };
	struct msghdr msg = { .msg_iov = &part, .msg_iovlen = 1 };
	int list[N_FDS];
	size_t n = 0;

	for (unsigned i = 0; fds && i < N_FDS; i++) {
		message->has[i] = fds[i] > 0;
		if (fds[i] > 0)
			list[n++] = fds[i];
	}
	if (n > 0) {
		msg.msg_control = control.room;
		msg.msg_controllen = CMSG_SPACE(n * sizeof(int));
		control.head = (struct cmsghdr){ .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS,
			.cmsg_len = CMSG_LEN(n * sizeof(int)) };
		memcpy(CMSG_DATA(&control.head), list, n * sizeof(int));
	}
	return sendmsg(socket_fd, &msg, MSG_NOSIGNAL) == (ssize_t)sizeof(*message) ? 0 : -1;
}

static size_t take_fds(int list[N_FDS], struct msghdr *msg)
{
	size_t n = 0;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		memcpy(list, CMSG_DATA(c), n * sizeof(int));
	}
	return n;
}

/* fds: -1 where there is none. -1 when the other side has ended, or makes no sense. */
static int receive_message(int socket_fd, struct message *message, int fds[N_FDS])
{
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(N_FDS * sizeof(int))];
	} control;
	struct iovec part = { message, sizeof(*message) };
	struct msghdr msg = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.room,
		.msg_controllen = sizeof(control.room) };
	int list[N_FDS];
	size_t n, used = 0;
	ssize_t len;

	do
		len = recvmsg(socket_fd, &msg, MSG_CMSG_CLOEXEC);
	while (len < 0 && errno == EINTR);
	n = len > 0 ? take_fds(list, &msg) : 0;
	for (unsigned i = 0; i < N_FDS; i++)
		fds[i] = len == (ssize_t)sizeof(*message) && message->has[i] && used < n ? list[used++] : -1;
	while (used < n)
		close(list[used++]);
	return len == (ssize_t)sizeof(*message) ? 0 : -1;
}

static void close_fds(int fds[N_FDS])
{
	for (unsigned i = 0; i < N_FDS; i++)
		if (fds[i] > STDERR_FILENO)
			close(fds[i]);
}

/* ---- The master's loader thread ------------------------------------------------------------------------- */

static void fail(struct px_loaded *out, const char *what, int error)
{
	snprintf(out->problem, sizeof(out->problem), "%s%s%s", what, error ? ": " : "", error ? strerror(error) : "");
}

/* Its last word, or none. */
static void wait_for_result(struct px_loaded *out, int socket_fd, const struct px_load_job *job)
{
	struct message message;
	int fds[N_FDS];

	while (receive_message(socket_fd, &message, fds) == 0) {
		if (message.type == RESULT) {
			out->bundle = fds[1];
			out->keys = fds[2];
			fds[1] = fds[2] = -1;
			px_apart_unpack_result(out, fds[0], job);
			close_fds(fds);
			return;
		}
		close_fds(fds);
		message.spot[PX_SPOT_LEN - 1] = '\0';
		px_spot_enter(job->spot, message.spot[0] ? message.spot : NULL);
	}
	fail(out, "the process that loads it has ended before it was through", 0);
}

static void converse(struct px_loaded *out, int socket_fd, const struct px_load_job *job)
{
	const struct px_record_before *before = &job->before;
	struct message message = { .type = JOB };
	int fds[N_FDS] = { -1, before->bundle, before->keys };

	fds[0] = px_apart_pack_job(job);
	/* Who has ended doesn't take it, and doesn't answer. */
	if (fds[0] < 0 || (send_message(socket_fd, &message, fds) != 0 && errno != EPIPE && errno != ECONNRESET))
		fail(out, "the process that loads it can't be told what to do", errno);
	else
		wait_for_result(out, socket_fd, job);
	if (fds[0] >= 0)
		close(fds[0]);
	px_spot_enter(job->spot, NULL);
}

void px_apart_load(struct px_loaded *out, const struct px_load_job *job)
{
	int pair[2], status;
	pid_t pid;

	memset(out, 0, sizeof(*out));
	out->bundle = out->keys = out->log.fd = -1;
	out->kept_text = job->before.keep_text;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) {
		fail(out, "no process to load it", errno);
		return;
	}
	pid = px_spawn_child(job->program, "quenchd: loader", pair[1]);
	if (pid < 0)
		fail(out, "no process to load it", errno);
	close(pair[1]);
	if (pid > 0)
		converse(out, pair[0], job);
	close(pair[0]);
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
}

/* ---- The loader ------------------------------------------------------------------------------------------ */

struct watcher {
	int socket_fd;
	struct px_spot spot;
};

static void *tell_spots(void *arg)
{
	struct watcher *w = arg;
	struct message message = { .type = SPOT };
	char spot[PX_SPOT_LEN];

	for (;;) {
		usleep(LOOK_MS * 1000);
		if (px_spot_ms(&w->spot, spot) < LOOK_MS)
			spot[0] = '\0';
		if (strcmp(spot, message.spot) == 0)
			continue;
		memcpy(message.spot, spot, sizeof(spot));
		(void)send_message(w->socket_fd, &message, NULL);
	}
	return NULL;
}

static int answer(int socket_fd, const struct px_loaded *loaded, const struct px_load_job *job)
{
	struct message message = { .type = RESULT };
	int fds[N_FDS] = { px_apart_pack_result(loaded, job), loaded->bundle, loaded->keys };

	return fds[0] >= 0 ? send_message(socket_fd, &message, fds) : -1;
}

/* It ends with its memory as it is: nobody reads that any more. */
int px_apart_main(int control_fd)
{
	static struct watcher watcher;
	static struct px_loaded loaded;
	struct px_load_job job = { .spot = &watcher.spot };
	struct message message;
	pthread_t thread;
	int fds[N_FDS];

	prctl(PR_SET_DUMPABLE, 0);
	watcher.socket_fd = control_fd;
	px_spot_init(&watcher.spot);
	if (receive_message(control_fd, &message, fds) != 0 || message.type != JOB)
		return 1;
	job.before.bundle = fds[1];
	job.before.keys = fds[2];
	if (px_apart_unpack_job(&job, fds[0]) != 0 || px_thread_start(&thread, tell_spots, &watcher) != 0)
		_exit(1);
	px_load_here(&loaded, &job);
	_exit(answer(control_fd, &loaded, &job) == 0 ? 0 : 1);
}
