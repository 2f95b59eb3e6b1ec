/* probe_data.c - see probe_data.h. Behind the last byte of input the peer gets some time to answer before it is told that
 * nothing more comes: many servers take that for a client that is gone, and drop the answer. */
#include "probe_data.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "probe_after.h"
#include "probe_fail.h"

#define PIECE_LEN 16384
#define QUIET_MS 1000 /* how long the peer may think about its answer */
#define END_MS 1000 /* and about its end, when there was no input */
#define ROUNDS 64 /* of receiving before something else has its turn */
#define SHOWN_MAX 256 /* bytes of what came unasked */

struct pump {
	unsigned char data[PIECE_LEN]; /* of input */
	size_t at, len;
	bool input_open, closing, closed; /* closing: close_notify is due; closed: it is sent */
	bool wants_write;
};

/* ---- One round --------------------------------------------------------------------------------- */

static void read_input(struct pump *p)
{
	ssize_t n = read(STDIN_FILENO, p->data, sizeof(p->data));

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	p->at = 0;
	p->len = n > 0 ? (size_t)n : 0;
	p->input_open = n > 0;
}

/* 0, or an error other than TLS_E_AGAIN. */
static int send_some(struct px_probe_session *s, struct pump *p)
{
	p->wants_write = false;
	while (p->at < p->len) {
		ssize_t n = tls_record_send(s->tls, p->data + p->at, p->len - p->at);

		if (n == TLS_E_INTERRUPTED)
			continue;
		p->wants_write = n == TLS_E_AGAIN;
		if (n < 0)
			return n == TLS_E_AGAIN ? 0 : (int)n;
		p->at += (size_t)n;
		s->sent += (size_t)n;
	}
	return 0;
}

static int send_end(struct px_probe_session *s, struct pump *p)
{
	int err = tls_bye(s->tls, TLS_SHUT_WR);

	while (err == TLS_E_INTERRUPTED)
		err = tls_bye(s->tls, TLS_SHUT_WR);
	p->wants_write = err == TLS_E_AGAIN;
	p->closed = err == 0;
	return err == TLS_E_AGAIN ? 0 : err;
}

/* 0 or an error; s->ended at the end. */
static int receive_some(struct px_probe_session *s)
{
	ssize_t n = 1;

	for (unsigned i = 0; i < ROUNDS && (n > 0 || n == TLS_E_INTERRUPTED); i++)
		n = px_probe_after_receive(s);
	return n > 0 || n == TLS_E_AGAIN || n == TLS_E_INTERRUPTED ? 0 : (int)n;
}

/* True if there is something to do; false after the limit. */
static bool wait_for(struct px_probe_session *s, const struct pump *p, bool *input)
{
	struct pollfd fds[2] = { { .fd = s->fd, .events = POLLIN }, { .fd = -1, .events = POLLIN } };
	uint64_t now = px_story_now();
	int ms = p->input_open && p->at == p->len ? -1 : now < s->deadline ? (int)((s->deadline - now) / 1000 + 1) : 0;
	int n;

	*input = false;
	if (ms == 0)
		return false;
	/* what was read already wakes nobody */
	if (tls_record_check_pending(s->tls) > 0)
		return true;
	if (p->wants_write)
		fds[0].events |= POLLOUT;
	if (p->input_open && p->at == p->len)
		fds[1].fd = STDIN_FILENO;
	do {
		n = poll(fds, 2, ms);
	} while (n < 0 && errno == EINTR);
	*input = n > 0 && fds[1].revents != 0;
	return n != 0;
}

/* ---- How it ended --------------------------------------------------------------------------------- */

static void tell_end(struct px_probe_session *s, const char *how)
{
	json_t *step = px_story_begin(s->story, "close");

	px_story_set(s->story, step, "end", json_string(how));
	if (s->sent > 0)
		px_story_set(s->story, step, "bytes_sent", json_integer((json_int_t)s->sent));
	if (s->received > 0)
		px_story_set(s->story, step, "bytes_received", json_integer((json_int_t)s->received));
	/* without input nobody else shows it */
	if (s->received > 0 && !s->o->input && s->answer != NULL)
		px_story_set(s->story, step, "received",
		    px_story_bytes(s->answer->data, s->answer->len < SHOWN_MAX ? s->answer->len : SHOWN_MAX));
	px_story_tell(s->story, step);
}

/* What receiving gave last. Whoever has sent nothing doesn't care how the peer breaks off. */
static void finish(struct px_probe_session *s, int err, bool closed)
{
	bool cut = err == TLS_E_PREMATURE_TERMINATION || err == TLS_E_PULL_ERROR || err == TLS_E_PUSH_ERROR;

	if (s->ended)
		tell_end(s, closed ? "close_notify of both sides" : "the server's close_notify");
	else if (err == TLS_E_PREMATURE_TERMINATION && (closed || s->sent == 0))
		tell_end(s, "the server closed without close_notify");
	else if (cut && closed && s->sent == 0)
		tell_end(s, "the server reset the connection behind the close_notify");
	else if (err != 0)
		px_probe_fail_tell(s, "data", err);
	else
		tell_end(s, "ours: the server had not closed");
}

struct patience {
	uint64_t quiet, end; /* milliseconds: without a word of the peer's; behind our close_notify */
	bool fixed; /* end is all there is, whatever comes */
};

/* Nothing has come or gone for as long as that. */
static int give_up(struct px_probe_session *s, struct pump *p, const struct patience *patience)
{
	if (p->at < p->len)
		return TLS_E_TIMEDOUT;
	p->closing = true;
	px_probe_session_limit(s, patience->end);
	return 0;
}

static void set_limit(struct px_probe_session *s, const struct pump *p, const struct patience *patience)
{
	if (p->at < p->len)
		px_probe_session_limit(s, s->o->timeout);
	else
		px_probe_session_limit(s, p->closing ? patience->end : patience->quiet);
}

/* One side's end at a time, until both are there, the limit is reached or something fails. */
static int pump_all(struct px_probe_session *s, struct pump *p, const struct patience *patience)
{
	bool input = false, done = false;
	int err = 0;

	set_limit(s, p, patience);
	while (!done) {
		uint64_t moved = s->received + s->sent;

		if (input)
			read_input(p);
		err = p->closing && !p->closed ? send_end(s, p) : send_some(s, p);
		if (err == 0)
			err = receive_some(s);
		if (err != 0 || s->ended || s->output_failed)
			break;
		if ((s->received + s->sent != moved || input) && !patience->fixed)
			set_limit(s, p, patience);
		if (!wait_for(s, p, &input)) {
			done = p->closing;
			err = done ? 0 : give_up(s, p, patience);
			done = done || err != 0;
		}
	}
	return err;
}

void px_probe_data_exchange(struct px_probe_session *s)
{
	struct pump p = { .input_open = true };
	struct patience patience = { .quiet = QUIET_MS, .end = s->o->timeout };
	int err = pump_all(s, &p, &patience);

	if (s->ended && !p.closed)
		(void)send_end(s, &p);
	finish(s, err, p.closing);
}

void px_probe_data_close(struct px_probe_session *s)
{
	struct patience patience = { .quiet = END_MS, .end = END_MS, .fixed = true };
	struct pump p = { .closing = true };

	finish(s, pump_all(s, &p, &patience), true);
}
