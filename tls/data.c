/* data.c - application data: tls_record_send, tls_record_recv and what belongs to them.
 *
 * The quench: receiving never writes and sending never reads, so what one of them
 * waits for never depends on the other direction. An answer that receiving owes is noted (post.c) and
 * goes out with the next send.
 */
#include <limits.h>

#include "alert.h"
#include "bytes/mem.h"
#include "data.h"
#include "error.h"
#include "hs/hs.h"
#include "input.h"
#include "limits.h"
#include "output.h"
#include "post.h"
#include "reneg.h"
#include "session.h"

/* ---- Sending */

/* One record, behind what is noted. */
static int seal_record(struct tls_session_st *s, const uint8_t *p, size_t len, size_t pad)
{
	int err = tls_post_check_limit(s);

	if (err == 0)
		err = tls_post_send(s);
	return err == 0 ? tls_output_padded_record(s, TLS_CONTENT_DATA, p, len, pad) : err;
}

/* Seals as much of the data as the wire buffer takes. *taken: how much. */
static int seal_data(struct tls_session_st *s, size_t *taken, const uint8_t *p, size_t len, size_t pad)
{
	int err = 0;

	for (*taken = 0; *taken < len && err == 0;) {
		size_t n = len - *taken < s->max_send ? len - *taken : s->max_send;

		err = seal_record(s, p + *taken, n, pad);
		if (err == 0)
			*taken += n;
	}
	return err == TLS_E_AGAIN && *taken > 0 ? 0 : err;
}

/* 0, or the count of an interrupted send that is now done. */
static ssize_t flush(struct tls_session_st *s)
{
	size_t taken = s->out.taken;
	int err = tls_post_flush(s);

	if (err != 0)
		return tls_session_result(s, err);
	s->out.taken = 0;
	return (ssize_t)taken;
}

/* What is sealed from here on may be taken back, as long as nothing of it is pushed. */
static void set_mark(struct tls_session_st *s)
{
	s->out.mark = s->out.end;
	s->out.mark_seq = s->wr.seq;
	s->out.mark_key_id = s->wr.key_id;
	s->out.mark_gone = false;
}

/* A new piece of data, with nothing interrupted before it. */
static ssize_t send_data(struct tls_session_st *s, const uint8_t *p, size_t len, size_t pad)
{
	struct tls_output *out = &s->out;
	size_t taken;
	int err;

	err = tls_post_send(s);
	/* not behind the mark: what is noted stays when the data is taken back */
	if (err == TLS_E_AGAIN)
		err = tls_post_flush(s);
	if (err != 0)
		return tls_session_result(s, err);
	set_mark(s);
	err = seal_data(s, &taken, p, len, pad);
	if (err == TLS_E_AGAIN && (err = tls_output_flush(s)) == 0) {
		set_mark(s);
		err = seal_data(s, &taken, p, len, pad);
	}
	if (err != 0)
		return tls_session_result(s, err);
	if (out->corked) {
		out->corked_len += taken;
		return (ssize_t)taken;
	}
	out->taken = taken;
	out->taken_seq = s->wr.seq;
	return flush(s);
}

/* A record of padding alone: nothing that a call could give a count of, or take back. */
static ssize_t send_cover(struct tls_session_st *s, size_t pad)
{
	int err = seal_record(s, NULL, 0, pad);

	if (err == TLS_E_AGAIN && (err = tls_output_flush(s)) == 0)
		err = seal_record(s, NULL, 0, pad);
	return err == 0 ? flush(s) : tls_session_result(s, err);
}

static ssize_t send_padded(struct tls_session_st *s, const void *data, size_t data_size, size_t pad)
{
	int err = tls_session_enter(s);

	if (err != 0)
		return err;
	if (!tls_state_is_open(s))
		return TLS_E_INVALID_REQUEST;
	if (s->version == TLS_1_2)
		pad = 0;
	if (s->out.taken > 0 || (pad == 0 && (data == NULL || data_size == 0)))
		return flush(s);
	if (s->out.closed)
		return TLS_E_INVALID_REQUEST;
	if (s->hs != NULL && tls_state_is_established(s))
		return TLS_E_REHANDSHAKE;
	if (s->reneg.came == TLS_RENEG_TOLD)
		err = tls_post12_decline(s);
	if (err != 0)
		return tls_session_result(s, err);
	if (pad == 0)
		return send_data(s, data, data_size < TLS_SEND_MAX_LEN ? data_size : TLS_SEND_MAX_LEN, 0);
	if (data == NULL || data_size == 0)
		return send_cover(s, pad);
	return send_data(s, data, data_size < s->max_send - pad ? data_size : s->max_send - pad, pad);
}

ssize_t tls_record_send(tls_session_t s, const void *data, size_t data_size)
{
	return send_padded(s, data, data_size, 0);
}

ssize_t tls_record_send2(tls_session_t s, const void *data, size_t data_size, size_t pad, unsigned flags)
{
	if (s->err == 0 && (flags != 0 || pad >= s->max_send))
		return TLS_E_INVALID_REQUEST;
	return send_padded(s, data, data_size, pad);
}

size_t tls_record_check_queued(tls_session_t s)
{
	return s->out.taken;
}

bool tls_record_flush_pending(tls_session_t s)
{
	bool due = s->key_update_due || s->reneg.no_due || s->reneg.asked == TLS_RENEG_DUE;

	return (due && !s->out.closed && s->err == 0) || tls_output_waiting(s) > 0;
}

/* A record sealed behind the data (an alert) or a key changed since would be lost with it. */
static bool may_take_back(const struct tls_session_st *s)
{
	const struct tls_output *out = &s->out;

	return !out->mark_gone && out->start <= out->mark && s->wr.seq == out->taken_seq &&
	    s->wr.key_id == out->mark_key_id;
}

size_t tls_record_discard_queued(tls_session_t s)
{
	size_t taken = s->out.taken;

	if (taken == 0 || s->err != 0 || s->in_transport || !may_take_back(s))
		return 0;
	tls_output_rewind(s);
	s->out.taken = 0;
	return taken;
}

void tls_record_cork(tls_session_t s)
{
	s->out.corked = true;
}

size_t tls_record_check_corked(tls_session_t s)
{
	return s->out.corked_len;
}

int tls_record_uncork(tls_session_t s, unsigned int flags)
{
	int err = tls_session_enter(s);
	size_t len = s->out.corked_len;
	ssize_t n;

	if (err != 0)
		return err;
	if (!tls_state_is_open(s))
		return TLS_E_INVALID_REQUEST;
	do
		n = flush(s);
	while ((flags & TLS_RECORD_WAIT) != 0 && (n == TLS_E_AGAIN || n == TLS_E_INTERRUPTED));
	if (n < 0)
		return (int)n;
	s->out.corked = false;
	s->out.corked_len = 0;
	return len < INT_MAX ? (int)len : INT_MAX;
}

/* ---- Receiving */

static int take_data(struct tls_session_st *s, struct tls_span content)
{
	if (content.len == 0)
		return ++s->n_empty > TLS_LIMIT_EMPTY_RECORDS ? TLS_E_TOO_MANY_EMPTY_PACKETS : 0;
	/* warnings stay counted: each ends a call, which costs the more the more has been read ahead */
	s->n_empty = s->n_key_updates = s->n_tickets = 0;
	s->in.plain = content;
	return 0;
}

static int take_record(struct tls_session_st *s, const struct tls_incoming *rec)
{
	/* RFC 8446 section 5.1: nothing may stand between the fragments of a handshake message */
	if (rec->type != TLS_CONTENT_HANDSHAKE && s->messages.len > 0)
		return TLS_E_UNEXPECTED_PACKET;
	switch (rec->type) {
	case TLS_CONTENT_DATA:
		return take_data(s, rec->content);
	case TLS_CONTENT_HANDSHAKE:
		return s->hs != NULL ? tls_hs_message_add(s, rec->content) : tls_post_recv(s, rec->content);
	case TLS_CONTENT_ALERT:
		return tls_alert_recv(s, rec->content);
	default:
		return TLS_E_UNEXPECTED_PACKET;
	}
}

int tls_data_next(struct tls_session_st *s, bool may_pull)
{
	int err = tls_state_awaits_finished(s) ? tls_hs_complete(s, may_pull) : 0;

	while (err == 0 && s->in.plain.len == 0) {
		struct tls_incoming rec;

		if (s->reneg.cut)
			return TLS_E_INVALID_SESSION;
		if (tls_reneg_stops(s))
			return TLS_E_REHANDSHAKE;
		err = tls_input_next(s, &rec, may_pull);
		if (err == 0)
			err = take_record(s, &rec);
		if (err == 0)
			err = s->err; /* a hook may have ended the session */
	}
	if (err == TLS_E_SESSION_EOF)
		s->in.ended = true;
	return err;
}

bool tls_data_read_ahead(struct tls_session_st *s)
{
	int err;

	if (s->in.plain.len > 0 || s->in.later != 0 || s->in.ended || tls_input_enter(s) != 0)
		return false;
	err = tls_input_pull(s);
	if (err == 0)
		err = tls_data_next(s, false);
	err = tls_input_leave(s, err);
	if (err == TLS_E_AGAIN)
		return true;
	if (err != 0 && err != TLS_E_INTERRUPTED)
		s->in.later = err;
	return false;
}

static size_t hand_out(struct tls_session_st *s, uint8_t *dst, size_t len)
{
	struct tls_span *plain = &s->in.plain;
	size_t n = plain->len < len ? plain->len : len;

	tls_mem_copy(dst, plain->p, n);
	tls_mem_wipe((void *)(uintptr_t)plain->p, n);
	plain->len -= n;
	plain->p = plain->len > 0 ? plain->p + n : NULL;
	return n;
}

/* The next call finds it out by itself. */
static bool is_said_again(int err)
{
	return err == TLS_E_AGAIN || err == TLS_E_INTERRUPTED || err == TLS_E_REHANDSHAKE;
}

/* Fills data from as many records as are there; reads the transport only for the first byte. */
static ssize_t receive(struct tls_session_st *s, uint8_t *data, size_t len)
{
	uint64_t deadline = s->deadline;
	size_t got = 0;
	int err = tls_input_enter(s);

	if (err != 0)
		return err;
	s->deadline = 0; /* it is the handshake's */
	while (got < len && err == 0) {
		err = tls_data_next(s, got == 0);
		if (err == 0)
			got += hand_out(s, data + got, len - got);
	}
	/* unless its answer has come, which ends it */
	if (s->hs != NULL || s->reneg.asked != TLS_RENEG_IDLE)
		s->deadline = deadline;
	/* what came first is given first; the error waits for the next call */
	if (got > 0 && err != 0 && !is_said_again(err))
		s->in.later = err;
	err = tls_input_leave(s, got > 0 ? 0 : err);
	return err == 0 ? (ssize_t)got : err;
}

int tls_data_deferred(struct tls_session_st *s)
{
	int err = s->in.later;

	s->in.later = 0;
	return err;
}

/* The end of a call that has received. */
static ssize_t result(struct tls_session_st *s, ssize_t n)
{
	if (n == TLS_E_SESSION_EOF || (n == 0 && s->in.ended))
		return 0;
	if (n == TLS_E_REHANDSHAKE && s->reneg.came == TLS_RENEG_CAME)
		s->reneg.came = TLS_RENEG_TOLD;
	tls_reneg_note_result(s, n < 0 ? (int)n : 0);
	if (n >= 0 && s->err == 0)
		return n;
	/* a hook may have ended the session behind data */
	return n > 0 && tls_session_result(s, 0) < 0 ? n : tls_session_result(s, (int)n);
}

ssize_t tls_record_recv(tls_session_t s, void *data, size_t data_size)
{
	ssize_t n = tls_session_enter(s);

	if (n != 0)
		return n;
	if (!tls_state_is_open(s) || data_size == 0)
		return TLS_E_INVALID_REQUEST;
	if (s->in.plain.len >= data_size)
		return (ssize_t)hand_out(s, data, data_size);
	if (s->in.later != 0 && s->in.plain.len > 0)
		return (ssize_t)hand_out(s, data, data_size);
	if (s->in.later != 0)
		return result(s, tls_data_deferred(s));
	if (s->reneg.came == TLS_RENEG_TOLD)
		n = tls_post12_decline(s);
	if (n == 0 && !s->in.ended)
		n = receive(s, data, data_size);
	return result(s, n);
}

size_t tls_record_check_pending(tls_session_t s)
{
	int err;

	if (s->in.plain.len > 0 || s->err != 0 || s->in_transport || !tls_state_is_open(s))
		return s->in.plain.len;
	if (s->in.later != 0 || s->reneg.came == TLS_RENEG_CAME)
		return 1;
	/* the application goes on by tls_handshake, or by tls_record_recv with what is there */
	if (s->reneg.came == TLS_RENEG_TOLD)
		return s->in.start != s->in.end;
	if (s->in.ended || s->in.start == s->in.end || tls_input_enter(s) != 0)
		return 0;
	err = tls_data_next(s, false);
	err = tls_input_leave(s, err);
	if (err != 0 && !is_said_again(err))
		s->in.later = err;
	return err == 0 ? s->in.plain.len : err != TLS_E_AGAIN;
}
