/* input.c - see input.h. Reading takes as much as the buffer holds in one call of the pull function;
 * records are opened in place, one at a time, so that a key change between two of them is honoured. */
#include "input.h"

#include <errno.h>

#include "bytes/mem.h"
#include "error.h"

#define STASH_STEP 512

/* Moves plaintext and unopened bytes to the front of dst. */
static void move_left(struct tls_input *in, uint8_t *dst)
{
	size_t plain_len = in->plain.len, len = in->end - in->start;

	/* plaintext lies before the unopened bytes: this order never overwrites what is still needed */
	tls_mem_move(dst, in->plain.p, plain_len);
	if (len > 0)
		tls_mem_move(dst + plain_len, in->buf + in->start, len);
	in->plain = tls_span(plain_len > 0 ? dst : NULL, plain_len);
	in->start = plain_len;
	in->end = plain_len + len;
	in->buf = dst;
}

int tls_input_enter(struct tls_session_st *s)
{
	struct tls_input *in = &s->in;
	struct tls_span kept;
	uint8_t *buf = s->ws->read_buf;

	/* from a callback of a call that reads: it works with the buffer and the message that are there */
	if (tls_state_is_entered(s))
		return TLS_E_INVALID_REQUEST;
	in->own_buf = s->ws->read_busy;
	if (in->own_buf)
		buf = tls_workspace_lend(s->ws);
	if (buf == NULL)
		return TLS_E_MEMORY_ERROR;
	if (!in->own_buf)
		s->ws->read_busy = true;
	in->buf = in->stash;
	kept = in->plain;
	move_left(in, buf);
	/* it moved; the stash may live on, as room for what comes next */
	tls_mem_wipe((void *)(uintptr_t)kept.p, kept.len);
	return 0;
}

static void release_stash(struct tls_input *in)
{
	tls_mem_free_wiped(in->stash, in->stash_cap);
	in->stash = NULL;
	in->stash_cap = 0;
}

/* Room for len bytes between calls, in steps, so that a slow sender costs what it has sent and not what
 * it has announced. */
static bool size_stash(struct tls_input *in, size_t len)
{
	size_t cap = (len + STASH_STEP - 1) / STASH_STEP * STASH_STEP;

	if (len == 0 || in->stash_cap < len || in->stash_cap / 4 > cap)
		release_stash(in);
	if (len == 0 || in->stash != NULL)
		return true;
	in->stash = tls_mem_alloc(cap);
	in->stash_cap = in->stash != NULL ? cap : 0;
	return in->stash != NULL;
}

int tls_input_leave(struct tls_session_st *s, int err)
{
	struct tls_input *in = &s->in;
	struct tls_span plain = in->plain;
	uint8_t *buf = in->buf;

	if (size_stash(in, in->plain.len + in->end - in->start)) {
		move_left(in, in->stash);
	} else {
		in->plain = tls_span(NULL, 0);
		in->start = in->end = 0;
		err = TLS_E_MEMORY_ERROR;
	}
	in->buf = in->stash;
	/* what was handed out was wiped then; the rest of buf is ciphertext */
	tls_mem_wipe((void *)(uintptr_t)plain.p, plain.len);
	if (in->own_buf)
		tls_workspace_give_back(s->ws, buf);
	else
		s->ws->read_busy = false;
	return err;
}

void tls_input_clear(struct tls_session_st *s)
{
	struct tls_input *in = &s->in;

	release_stash(in);
	in->buf = NULL;
	in->plain = tls_span(NULL, 0);
	in->start = in->end = 0;
}

static int pull_failed(struct tls_session_st *s)
{
	int e = s->transport_errno != 0 ? s->transport_errno : errno;

	s->direction = 0;
	if (e == EAGAIN || e == EWOULDBLOCK)
		return TLS_E_AGAIN;
	return e == EINTR ? TLS_E_INTERRUPTED : TLS_E_PULL_ERROR;
}

/* A blocking transport with a time limit: wait for input only as long as the handshake may take. */
static int wait_for_input(struct tls_session_st *s)
{
	uint64_t now;
	int r;

	if (s->deadline == 0 || s->pull_timeout == NULL || (s->flags & TLS_NONBLOCK) != 0)
		return 0;
	now = s->time(s->time_ptr);
	if (now >= s->deadline)
		return TLS_E_TIMEDOUT;
	s->transport_errno = errno = 0; /* for a function that only says -1 */
	s->in_transport = true;
	r = s->pull_timeout(s->recv_ptr, (unsigned)(s->deadline - now));
	s->in_transport = false;
	if (r == 0)
		return TLS_E_TIMEDOUT;
	return r > 0 ? 0 : pull_failed(s);
}

int tls_input_pull(struct tls_session_st *s)
{
	struct tls_input *in = &s->in;
	ssize_t n;
	int err;

	if (s->pull == NULL)
		return TLS_E_INVALID_REQUEST;
	err = wait_for_input(s);
	if (err != 0)
		return err;
	if (in->start == in->end)
		in->start = in->end = in->plain.len;
	else if (in->start > in->plain.len)
		move_left(in, in->buf);
	s->transport_errno = 0;
	s->in_transport = true;
	n = s->pull(s->recv_ptr, in->buf + in->end, TLS_WIRE_LEN - in->end);
	s->in_transport = false;
	if (n < 0)
		return pull_failed(s);
	if (n == 0)
		return TLS_E_PREMATURE_TERMINATION;
	if ((size_t)n > TLS_WIRE_LEN - in->end)
		return TLS_E_PULL_ERROR;
	in->end += (size_t)n;
	return 0;
}

/* Waits until a whole record stands at start. */
static int fetch(struct tls_session_st *s, struct tls_record_header *h, bool may_pull)
{
	struct tls_input *in = &s->in;

	for (;;) {
		size_t have = in->end - in->start;
		int err;

		if (have >= TLS_RECORD_HEADER_LEN) {
			err = tls_record_header(h, in->buf + in->start, s->rd.suite != NULL);
			if (err != 0)
				return err;
			if (have - TLS_RECORD_HEADER_LEN >= h->len)
				return 0;
		}
		if (!may_pull) {
			s->direction = 0;
			return TLS_E_AGAIN;
		}
		err = tls_input_pull(s);
		if (err != 0)
			return err;
	}
}

/* RFC 8446 section 5.1 and appendix D.4: under protection of TLS 1.3, change_cipher_spec still comes plain,
 * and so does an alert of a client that could not make the keys. */
static bool comes_plain(const struct tls_session_st *s, const struct tls_record_header *h)
{
	if (s->rd.suite == NULL)
		return true;
	if (s->rd.suite->version == TLS_1_2)
		return false;
	return h->type == TLS_CONTENT_CCS ||
	    (h->type == TLS_CONTENT_ALERT && s->rd.seq == 0 && s->hs != NULL && tls_state_is_server(s));
}

/* A server that doesn't know record_size_limit has shown so only with its EncryptedExtensions. */
static size_t max_plain(const struct tls_session_st *s)
{
	bool open = !tls_state_is_established(s) && !tls_state_is_server(s);

	return open ? TLS_RECORD_MAX_LEN : s->max_recv;
}

static int open_record(struct tls_session_st *s, struct tls_incoming *rec,
    const struct tls_record_header *h, uint8_t *p)
{
	int err;

	rec->protect = true;
	err = tls_record_open(&s->rd, s->ws, &rec->type, &rec->content, h, p, max_plain(s));
	if (err == TLS_E_DECRYPTION_FAILED && tls_input_may_skip(s, h->len))
		return TLS_E_AGAIN;
	if (err == 0)
		s->in.skip_left = 0;
	return err;
}

bool tls_input_may_skip(struct tls_session_st *s, size_t len)
{
	/* the data that len bytes hold; a record that holds next to none isn't free, either */
	size_t cost = len < 2 * TLS_RECORD_OVERHEAD ? TLS_RECORD_OVERHEAD : len - (1 + TLS_AEAD_TAG_LEN);
	bool may = cost <= s->in.skip_left;

	if (may)
		s->in.skip_left -= cost;
	return may;
}

int tls_input_next(struct tls_session_st *s, struct tls_incoming *rec, bool may_pull)
{
	struct tls_record_header h;
	uint8_t *p;
	int err;

	do {
		err = fetch(s, &h, may_pull);
		if (err != 0)
			return err;
		p = s->in.buf + s->in.start + TLS_RECORD_HEADER_LEN;
		s->in.start += TLS_RECORD_HEADER_LEN + h.len;
		if (comes_plain(s, &h)) {
			*rec = (struct tls_incoming){.type = h.type, .content = tls_span(p, h.len)};
			return 0;
		}
		err = open_record(s, rec, &h, p);
	} while (err == TLS_E_AGAIN);
	return err;
}
