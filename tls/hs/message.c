/* message.c - handshake messages out of records, whatever way they are cut. RFC 8446 sections 4 and 5.1.
 *
 * The buffer grows with what has come, never with what a header announces. */
#include "hs.h"

#include "../alert.h"
#include "../error.h"
#include "../input.h"
#include "../limits.h"
#include "../output.h"

int tls_hs_message_add(struct tls_session_st *s, struct tls_span content)
{
	/* RFC 8446 section 5.1: no zero-length fragments of handshake messages */
	if (content.len == 0)
		return TLS_E_UNEXPECTED_PACKET;
	tls_buf_span(&s->messages, content);
	return tls_buf_ok(&s->messages) ? 0 : TLS_E_MEMORY_ERROR;
}

int tls_hs_message(struct tls_session_st *s, struct tls_span *msg, unsigned type, size_t max_len)
{
	struct tls_span all = tls_buf_as_span(&s->messages), walk = all;
	uint8_t got;
	size_t len;

	if (all.len == 0)
		return TLS_E_AGAIN;
	got = tls_span_u8(&walk);
	if (type != TLS_HANDSHAKE_ANY && got != type)
		return TLS_E_UNEXPECTED_HANDSHAKE_PACKET;
	if (all.len < TLS_HS_HEADER_LEN)
		return TLS_E_AGAIN;
	len = tls_span_u24(&walk);
	if (len > max_len)
		return TLS_E_HANDSHAKE_TOO_LARGE;
	if (walk.len < len)
		return TLS_E_AGAIN;
	*msg = tls_span(all.p, TLS_HS_HEADER_LEN + len);
	return 0;
}

void tls_hs_message_done(struct tls_session_st *s, struct tls_span msg)
{
	tls_buf_drop(&s->messages, msg.len);
	if (s->messages.len == 0)
		tls_buf_clear(&s->messages);
}

int tls_hs_hook(struct tls_session_st *s, unsigned when, bool incoming, struct tls_span msg)
{
	tls_datum_t body = {.data = (unsigned char *)(uintptr_t)msg.p + TLS_HS_HEADER_LEN,
	    .size = (unsigned)(msg.len - TLS_HS_HEADER_LEN)};
	int err;

	if (s->hook == NULL || (s->hook_when & when) == 0 ||
	    (s->hook_type != TLS_HANDSHAKE_ANY && s->hook_type != msg.p[0]))
		return 0;
	err = s->hook(s, msg.p[0], when, incoming ? 1 : 0, &body);
	return err < 0 ? tls_error_of_callback(err) : 0;
}

/* ---- While a handshake runs: records until there is a message */

/* RFC 8446 section 5: dropped, if it looks as it should and comes between the first hello and Finished. */
static int take_ccs(struct tls_session_st *s, const struct tls_incoming *rec)
{
	bool before_hello = tls_state_is_server(s) && s->version == 0;

	if (rec->protect || rec->content.len != 1 || rec->content.p[0] != 1 || before_hello ||
	    s->version == TLS_1_2)
		return TLS_E_UNEXPECTED_CCS;
	return ++s->n_ccs > TLS_LIMIT_CCS ? TLS_E_UNEXPECTED_CCS : 0;
}

/* Of an established session, under way when we sent our hello: CONTRACT H4. */
static int take_data_under_way(struct tls_session_st *s, struct tls_span content)
{
	if (content.len == 0)
		return ++s->n_empty > TLS_LIMIT_EMPTY_RECORDS ? TLS_E_TOO_MANY_EMPTY_PACKETS : 0;
	s->n_empty = 0;
	s->in.plain = content;
	return TLS_E_GOT_APPLICATION_DATA;
}

/* Early data in front of the second ClientHello comes as records that can't be read. */
static int take_data(struct tls_session_st *s, const struct tls_incoming *rec)
{
	if (tls_state_is_established(s) && !tls_hs_has_peer_hello(s))
		return take_data_under_way(s, rec->content);
	if (!rec->protect && s->hs->retry && tls_input_may_skip(s, rec->content.len))
		return 0;
	return TLS_E_UNEXPECTED_PACKET;
}

/* What an established session has for the application before the handshake may read on. */
static int check_left(struct tls_session_st *s)
{
	int err = s->in.later;

	if (s->in.plain.len > 0)
		return TLS_E_GOT_APPLICATION_DATA;
	s->in.later = 0;
	/* nothing counts behind close_notify, and nothing answers it */
	return err == 0 && s->in.ended ? TLS_E_SESSION_EOF : err;
}

/* What waits to go out is pushed before more is waited for. A server that still sends data may first want to be
 * read from. */
int tls_hs_await_record(struct tls_session_st *s, struct tls_incoming *rec)
{
	int flushed = 0, err = check_left(s);

	if (err == 0)
		err = tls_input_next(s, rec, false);
	/* data is sent already: from here on reading doesn't write */
	if (err == TLS_E_AGAIN && tls_state_awaits_finished(s))
		return s->hs->no_pull ? err : tls_input_next(s, rec, true);
	if (err != TLS_E_AGAIN)
		return err;
	if (tls_output_waiting(s) > 0)
		flushed = tls_output_flush(s);
	if (flushed != 0 && (flushed != TLS_E_AGAIN || !tls_state_is_established(s) || tls_hs_has_peer_hello(s)))
		return flushed;
	err = tls_input_next(s, rec, true);
	if (err == TLS_E_AGAIN && flushed == TLS_E_AGAIN)
		s->direction = 1;
	return err;
}

static int take_record(struct tls_session_st *s)
{
	struct tls_incoming rec;
	int err = tls_hs_await_record(s, &rec);

	if (err != 0)
		return err;
	/* RFC 8446 section 5.1: nothing may stand between the fragments of a handshake message */
	if (rec.type != TLS_CONTENT_HANDSHAKE && s->messages.len > 0)
		return TLS_E_UNEXPECTED_PACKET;
	switch (rec.type) {
	case TLS_CONTENT_HANDSHAKE:
		return tls_hs_message_add(s, rec.content);
	case TLS_CONTENT_ALERT:
		return tls_alert_recv(s, rec.content);
	case TLS_CONTENT_CCS:
		return take_ccs(s, &rec);
	case TLS_CONTENT_DATA:
		return take_data(s, &rec);
	default:
		return TLS_E_UNEXPECTED_PACKET;
	}
}

/* RFC 5246 section 7.4.1.1: a client that negotiates ignores it, and it is no part of the handshake. TLS 1.3 has none;
 * in front of the ServerHello it may be one of TLS 1.2. */
int tls_hs_skip_requests(struct tls_session_st *s)
{
	bool may_be_12 = s->version == TLS_1_2 || (s->version == 0 && tls_policy_speaks(s->policy, TLS_1_2));
	int err = 0;

	if (tls_state_is_server(s) || !may_be_12)
		return 0;
	while (err == 0 && s->messages.len > 0 && s->messages.p[0] == TLS_HANDSHAKE_HELLO_REQUEST) {
		struct tls_span msg;

		err = tls_hs_message(s, &msg, TLS_HANDSHAKE_HELLO_REQUEST, 0);
		if (err == TLS_E_HANDSHAKE_TOO_LARGE)
			return 0; /* with a body it is something else, and unexpected */
		if (err == 0 && ++s->reneg.n > TLS_LIMIT_RENEGOTIATIONS)
			err = TLS_E_TOO_MANY_RENEGOTIATIONS;
		if (err == 0)
			tls_hs_message_done(s, msg);
	}
	return err;
}

/* The message of this row, whole. TLS_STEP_OTHER when another one stands where this one may be missing. */
int tls_hs_await_message(struct tls_session_st *s, struct tls_span *msg, const struct tls_step *step)
{
	bool large = step->message == TLS_HANDSHAKE_CERTIFICATE_PKT ||
	    step->message == TLS_HANDSHAKE_CERTIFICATE_REQUEST ||
	    step->message == TLS_HANDSHAKE_CERTIFICATE_STATUS;
	int err = 0;

	while (err == 0) {
		err = tls_hs_skip_requests(s);
		if (err == 0)
			err = tls_hs_message(s, msg, step->message,
			    large ? TLS_LIMIT_MESSAGE_LEN : TLS_LIMIT_HELLO_LEN);
		if (err != TLS_E_AGAIN)
			break;
		err = take_record(s);
	}
	if (err == TLS_E_UNEXPECTED_HANDSHAKE_PACKET && (step->flags & TLS_STEP_MAYBE) != 0)
		return TLS_STEP_OTHER;
	return err;
}
