/* post.c - see post.h. RFC 8446 sections 4.6.1, 4.6.3, 5.5 and 7.2. */
#include "post.h"

#include "error.h"
#include "hs/hs.h"
#include "hs/resume13.h"
#include "limits.h"
#include "msg/key_update.h"
#include "msg/new_session_ticket.h"
#include "output.h"
#include "session.h"

/* The next generation of one direction's keys. */
static void update(struct tls_session_st *s, struct tls_half *half, struct tls_secret *secret)
{
	const struct tls_suite *suite = half->suite;

	tls_sched13_update(suite->hash, secret);
	tls_record_install(half, s->ws, suite, secret);
}

static int recv_key_update(struct tls_session_st *s, struct tls_span body)
{
	bool requested;
	int err = tls_key_update_decode(&requested, body);

	/* RFC 8446 section 5.1: the message ends with its record, since the keys change behind it */
	if (err == 0 && TLS_HS_HEADER_LEN + body.len != s->messages.len)
		err = TLS_E_MESSAGE_CROSSES_KEY_CHANGE;
	if (err != 0)
		return err;
	if (++s->n_key_updates > TLS_LIMIT_KEY_UPDATES)
		return TLS_E_TOO_MANY_KEY_UPDATES;
	update(s, &s->rd, &s->rd_secret);
	/* however many ask, one answer is due: the next data is under new keys */
	s->key_update_due = s->key_update_due || requested;
	return 0;
}

static int recv_ticket(struct tls_session_st *s, struct tls_span body)
{
	struct tls_new_session_ticket m;
	int err = tls_new_session_ticket_decode(&m, body);

	if (err == 0 && ++s->n_tickets > TLS_LIMIT_TICKETS)
		err = TLS_E_TOO_MANY_TICKETS;
	return err == 0 ? tls_resume13_recv_ticket(s, &m) : err;
}

/* The next whole message; only a client may get tickets. */
static int next_message(struct tls_session_st *s, struct tls_span *msg)
{
	if (!tls_state_is_server(s) && s->messages.len > 0 &&
	    s->messages.p[0] == TLS_HANDSHAKE_NEW_SESSION_TICKET)
		return tls_hs_message(s, msg, TLS_HANDSHAKE_NEW_SESSION_TICKET, TLS_LIMIT_HELLO_LEN);
	return tls_hs_message(s, msg, TLS_HANDSHAKE_KEY_UPDATE, 1);
}

static int take_message(struct tls_session_st *s, struct tls_span msg)
{
	struct tls_span body = tls_span(msg.p + TLS_HS_HEADER_LEN, msg.len - TLS_HS_HEADER_LEN);
	int err = tls_hs_hook(s, TLS_HOOK_PRE, true, msg);

	if (err == 0)
		err = msg.p[0] == TLS_HANDSHAKE_KEY_UPDATE ? recv_key_update(s, body)
							   : recv_ticket(s, body);
	if (err == 0)
		err = tls_hs_hook(s, TLS_HOOK_POST, true, msg);
	if (err == 0)
		tls_hs_message_done(s, msg);
	return err;
}

int tls_post_recv(struct tls_session_st *s, struct tls_span content)
{
	int err;

	if (s->version == TLS_1_2)
		return tls_post12_recv(s, content);
	err = tls_hs_message_add(s, content);
	while (err == 0) {
		struct tls_span msg;

		err = next_message(s, &msg);
		if (err == 0)
			err = take_message(s, msg);
	}
	return err == TLS_E_AGAIN ? 0 : err;
}

int tls_post_send(struct tls_session_st *s)
{
	uint8_t msg[TLS_HS_HEADER_LEN + 1];
	struct tls_buf b;
	struct tls_block body;
	int err;

	if (s->version == TLS_1_2)
		return tls_post12_send(s);
	if (!s->key_update_due || s->out.closed)
		return 0;
	tls_buf_init_fixed(&b, msg, sizeof(msg));
	tls_buf_u8(&b, TLS_HANDSHAKE_KEY_UPDATE);
	body = tls_buf_open(&b, 3);
	tls_key_update_encode(&b, s->key_update_request);
	tls_buf_close(&b, body);
	err = tls_output_record(s, TLS_CONTENT_HANDSHAKE, b.p, b.len);
	if (err != 0)
		return err;
	s->key_update_due = s->key_update_request = false;
	update(s, &s->wr, &s->wr_secret);
	return 0;
}

int tls_post_flush(struct tls_session_st *s)
{
	int err = tls_output_flush(s);

	if (err == 0)
		err = tls_post_send(s);
	return err == 0 ? tls_output_flush(s) : err;
}

int tls_post_check_limit(struct tls_session_st *s)
{
	if (s->wr.seq < s->wr.suite->max_records)
		return 0;
	if (s->version == TLS_1_2)
		return TLS_E_RECORD_LIMIT_REACHED;
	s->key_update_due = true;
	return 0;
}

int tls_session_key_update(tls_session_t s, unsigned flags)
{
	int err = tls_session_enter(s);

	if (err != 0)
		return err;
	if (!tls_state_is_established(s) || s->version != TLS_1_3 || s->out.closed)
		return TLS_E_INVALID_REQUEST;
	s->key_update_due = true;
	if ((flags & TLS_KU_PEER) != 0)
		s->key_update_request = true;
	return 0;
}
