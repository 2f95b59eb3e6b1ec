/* output.c - see output.h. What waits is ciphertext, in one buffer: many records go out in one call. */
#include "output.h"

#include <errno.h>

#include "bytes/mem.h"
#include "error.h"

/* Kept free for an alert or close_notify, so that the last word always has room. */
#define RESERVE 64

size_t tls_output_waiting(const struct tls_session_st *s)
{
	return s->out.end - s->out.start;
}

static bool make_room(struct tls_output *out, size_t need)
{
	if (TLS_WIRE_LEN - out->end >= need)
		return true;
	tls_mem_move(out->buf, out->buf + out->start, out->end - out->start);
	out->end -= out->start;
	out->mark_gone = out->mark_gone || out->mark < out->start;
	out->mark -= out->mark < out->start ? out->mark : out->start;
	out->start = 0;
	return TLS_WIRE_LEN - out->end >= need;
}

/* RFC 8446 section 5.4: the padding that the caller wants, and what is missing to a multiple of the policy's block,
 * as far as the record size limit allows, which counts padding and content type, too (RFC 8449 section 4). */
static size_t padding(const struct tls_session_st *s, size_t len, size_t wanted)
{
	size_t inner_len = len + 1 + wanted, pad = wanted, beyond;

	if (s->wr.suite == NULL || s->version != TLS_1_3 || len >= s->max_send)
		return 0;
	if (s->pad_block > 0) {
		beyond = inner_len % s->pad_block;
		pad += beyond > 0 ? s->pad_block - beyond : 0;
	}
	return pad < s->max_send - len ? pad : s->max_send - len;
}

static int put(struct tls_session_st *s, enum tls_content type, const uint8_t *src, size_t len, size_t pad,
    size_t reserve)
{
	struct tls_output *out = &s->out;
	size_t n;
	int err;

	if (out->buf == NULL) {
		out->buf = tls_workspace_lend(s->ws);
		out->start = out->end = 0;
	}
	if (out->buf == NULL)
		return TLS_E_MEMORY_ERROR;
	if (!make_room(out, len + pad + TLS_RECORD_OVERHEAD + reserve)) {
		s->direction = 1;
		return TLS_E_AGAIN;
	}
	err = tls_record_seal_padded(&s->wr, s->ws, out->buf + out->end, &n, type, src, len, pad);
	if (err == 0)
		out->end += n;
	return err;
}

int tls_output_record(struct tls_session_st *s, enum tls_content type, const uint8_t *src, size_t len)
{
	return put(s, type, src, len, padding(s, len, 0), RESERVE);
}

int tls_output_padded_record(struct tls_session_st *s, enum tls_content type, const uint8_t *src, size_t len,
    size_t pad)
{
	return put(s, type, src, len, padding(s, len, pad), RESERVE);
}

int tls_output_last_record(struct tls_session_st *s, enum tls_content type, const uint8_t *src,
    size_t len)
{
	/* not padded: the room kept for it is small, and its time tells what it is */
	return put(s, type, src, len, 0, 0);
}

static ssize_t push(struct tls_session_st *s, const uint8_t *p, size_t len)
{
	struct iovec iov = {.iov_base = (void *)(uintptr_t)p, .iov_len = len};
	ssize_t n;

	s->transport_errno = 0;
	s->in_transport = true;
	if (s->vec_push != NULL)
		n = s->vec_push(s->send_ptr, &iov, 1);
	else
		n = s->push(s->send_ptr, p, len);
	s->in_transport = false;
	return n;
}

static int push_failed(struct tls_session_st *s)
{
	int e = s->transport_errno != 0 ? s->transport_errno : errno;

	s->direction = 1;
	if (e == EAGAIN || e == EWOULDBLOCK)
		return TLS_E_AGAIN;
	return e == EINTR ? TLS_E_INTERRUPTED : TLS_E_PUSH_ERROR;
}

int tls_output_flush(struct tls_session_st *s)
{
	struct tls_output *out = &s->out;

	if (s->push == NULL && s->vec_push == NULL)
		return TLS_E_INVALID_REQUEST;
	while (out->start < out->end) {
		ssize_t n = push(s, out->buf + out->start, out->end - out->start);

		if (n < 0)
			return push_failed(s);
		if (n == 0 || (size_t)n > out->end - out->start)
			return TLS_E_PUSH_ERROR;
		out->start += (size_t)n;
		/* clearing forgets start, and whoever pushed may know nothing of the mark */
		out->mark_gone = out->mark_gone || out->start > out->mark;
	}
	tls_output_clear(s);
	return 0;
}

void tls_output_rewind(struct tls_session_st *s)
{
	struct tls_output *out = &s->out;

	/* These nonces are used again for other data: that is safe only because no byte sealed with
	 * them has left, and the bytes are wiped here. */
	tls_mem_wipe(out->buf + out->mark, out->end - out->mark);
	out->end = out->mark;
	s->wr.seq = out->mark_seq;
}

void tls_output_clear(struct tls_session_st *s)
{
	struct tls_output *out = &s->out;

	if (out->buf != NULL)
		tls_workspace_give_back(s->ws, out->buf);
	out->buf = NULL;
	out->start = out->end = out->mark = 0;
	out->alert_waits = false;
}
