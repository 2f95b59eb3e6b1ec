/* hs.c - the driver: the only loop of a handshake. See hs.h. */
#include "hs.h"

#include "../alert.h"
#include "../bytes/mem.h"
#include "../error.h"
#include "../input.h"
#include "../limits.h"
#include "../output.h"
#include "finish.h"

void tls_hs_set_deadline(struct tls_session_st *s)
{
	if (s->handshake_timeout > 0 && s->time != NULL)
		s->deadline = s->time(s->time_ptr) + s->handshake_timeout;
}

/* A server has nothing of a handshake before the hello. */
bool tls_hs_has_peer_hello(const struct tls_session_st *s)
{
	return tls_state_is_server(s) || s->hs->choice.suite != NULL;
}

bool tls_hs_hello_is_out(const struct tls_session_st *s)
{
	return s->hs != NULL && !tls_hs_has_peer_hello(s) && s->hs->step != tls_steps_hello;
}

static int start(struct tls_session_st *s)
{
	s->hs = tls_mem_alloc(sizeof(*s->hs));
	if (s->hs == NULL)
		return TLS_E_MEMORY_ERROR;
	s->hs->step = tls_steps_hello;
	tls_transcript_init(&s->hs->transcript);
	tls_buf_init(&s->hs->hello_body, 0);
	tls_buf_init(&s->hs->cookie, 0);
	tls_buf_init(&s->hs->state_bytes, 0);
	tls_buf_init(&s->hs->ticket, 0);
	tls_buf_init(&s->hs->out, 0);
	tls_mem_copy(s->hs->old_random, s->client_random, TLS_RANDOM_LEN);
	tls_hs_set_deadline(s);
	s->hs->old_resumed = s->resumed;
	s->resumed = false;
	s->hs->started = s->time != NULL ? s->time(s->time_ptr) : 0;
	return 0;
}

/* Whoever was asked for a signature learns that nobody waits for it any more. */
static void cancel_key(struct tls_hs *hs)
{
	const struct tls_cred_keeper *keeper;

	if (!hs->key_waits)
		return;
	hs->key_waits = false;
	keeper = &hs->choice.entry->keeper;
	if (keeper->cancel != NULL)
		keeper->cancel(keeper->ptr, hs->key_request);
}

void tls_hs_free(struct tls_session_st *s)
{
	if (s->hs == NULL)
		return;
	cancel_key(s->hs);
	tls_transcript_forget(&s->hs->transcript);
	tls_buf_clear(&s->hs->hello_body);
	tls_buf_clear(&s->hs->cookie);
	tls_buf_clear(&s->hs->state_bytes);
	tls_buf_clear(&s->hs->ticket);
	tls_buf_clear(&s->hs->out);
	tls_pubkey_free(s->hs->peer_key);
	tls_group_key_clear(&s->hs->group_key);
	tls_mem_free_wiped(s->hs, sizeof(*s->hs));
	s->hs = NULL;
	s->deadline = 0;
}

/* Seals one record; when the wire buffer is full it is pushed first. Nothing follows our last word, which may have
 * been an alert of the application. */
static int put_record(struct tls_session_st *s, enum tls_content type, const uint8_t *p, size_t len)
{
	int err;

	if (s->out.closed)
		return TLS_E_INVALID_SESSION;
	err = tls_output_record(s, type, p, len);
	if (err == TLS_E_AGAIN)
		err = tls_output_flush(s);
	else
		return err;
	return err == 0 ? tls_output_record(s, type, p, len) : err;
}

/* RFC 8446 appendix D.4: when the client sent a session id, and not protected: a server sends it behind
 * its first ServerHello or HelloRetryRequest, a client in front of the flight that answers it. */
static int send_compat_ccs(struct tls_session_st *s)
{
	static const uint8_t one = 1;
	int err;

	if (s->version != TLS_1_3 || s->hs->ccs_sent || s->hs->hello.session_id.len == 0)
		return 0;
	err = put_record(s, TLS_CONTENT_CCS, &one, 1);
	s->hs->ccs_sent = err == 0;
	return err;
}

static int build(struct tls_session_st *s, const struct tls_step *step)
{
	struct tls_buf *out = &s->hs->out;
	struct tls_block body;
	int err;

	tls_buf_u8(out, step->message);
	body = tls_buf_open(out, 3);
	err = step->send(s, out);
	tls_buf_close(out, body);
	if (err == 0 && !tls_buf_ok(out))
		err = TLS_E_MEMORY_ERROR;
	if (err == 0)
		err = tls_hs_hook(s, TLS_HOOK_PRE, false, tls_buf_as_span(out));
	if (err == 0)
		tls_transcript_add(&s->hs->transcript, tls_buf_as_span(out));
	else
		tls_buf_clear(out); /* if the step can be repeated, it begins anew */
	return err;
}

int tls_hs_seal(struct tls_session_st *s)
{
	struct tls_hs *hs = s->hs;

	while (hs->out_sent < hs->out.len) {
		size_t n = hs->out.len - hs->out_sent;
		int err;

		if (n > s->max_send)
			n = s->max_send;
		err = put_record(s, TLS_CONTENT_HANDSHAKE, hs->out.p + hs->out_sent, n);
		if (err != 0)
			return err;
		hs->out_sent += n;
	}
	return 0;
}

/* What is sealed goes out meanwhile: the peer can work on it, and no wire buffer is held for as long as the
 * signature takes. If the transport doesn't take it all, the rest can wait for the signature, too. */
static int await_key(struct tls_session_st *s)
{
	int err = tls_output_waiting(s) > 0 ? tls_output_flush(s) : 0;

	s->direction = TLS_WAIT_KEY;
	return err == 0 || err == TLS_E_INTERRUPTED ? TLS_E_AGAIN : err;
}

/* A message that was interrupted is in hs->out already. */
static int send_step(struct tls_session_st *s, const struct tls_step *step)
{
	int err = s->hs->out.len == 0 ? build(s, step) : 0;

	if (s->hs->key_waits)
		return await_key(s);
	if (err == 0)
		err = tls_hs_seal(s);
	if (err == 0 && (step->flags & TLS_STEP_COMPAT_CCS) != 0)
		err = send_compat_ccs(s);
	return err;
}

/* Behind the change of keys: what the hook sends, the peer can read. */
static int tell_sent(struct tls_session_st *s)
{
	int err = 0;

	if (s->hs->out.len > 0)
		err = tls_hs_hook(s, TLS_HOOK_POST, false, tls_buf_as_span(&s->hs->out));
	tls_buf_clear(&s->hs->out);
	s->hs->out_sent = 0;
	return err;
}

/* A message that turns out to be another row's (TLS_STEP_OTHER) stays, and the hook is not told again. */
static int recv_step(struct tls_session_st *s, const struct tls_step *step)
{
	struct tls_span msg;
	int err = tls_hs_await_message(s, &msg, step);

	if (err == 0 && !s->hs->told)
		err = tls_hs_hook(s, TLS_HOOK_PRE, true, msg);
	if (err != 0)
		return err;
	s->hs->told = true;
	err = step->recv(s, tls_span(msg.p + TLS_HS_HEADER_LEN, msg.len - TLS_HS_HEADER_LEN));
	if (err == 0)
		err = tls_hs_hook(s, TLS_HOOK_POST, true, msg);
	if (err != 0)
		return err;
	s->hs->told = false;
	tls_transcript_add(&s->hs->transcript, msg);
	tls_hs_message_done(s, msg);
	/* nothing waits here that it would have no room behind: our hello is out, or no answer had come */
	return (step->flags & TLS_STEP_COMPAT_CCS) != 0 ? send_compat_ccs(s) : 0;
}

void tls_hs_obey_size_limit(struct tls_session_st *s, uint16_t limit)
{
	unsigned type_len = s->version == TLS_1_3 ? 1 : 0;

	if (limit > 0 && limit - type_len < s->peer_max_send)
		s->peer_max_send = limit - type_len;
	if (s->peer_max_send < s->max_send)
		s->max_send = s->peer_max_send;
	if (limit == 0)
		s->max_recv = TLS_RECORD_MAX_LEN;
}

/* ---- TLS 1.2: change_cipher_spec, RFC 5246 section 7.1. No handshake message stands on both sides of it. */

static int send_ccs(struct tls_session_st *s)
{
	static const uint8_t one = 1;

	/* told before the keys change: behind the record the peer could not read why */
	if (s->messages.len > 0)
		return TLS_E_UNEXPECTED_HANDSHAKE_PACKET;
	return put_record(s, TLS_CONTENT_CCS, &one, 1);
}

/* Nothing but an alert may stand in its place, and a HelloRequest, which counts for nothing. */
static int recv_ccs(struct tls_session_st *s)
{
	struct tls_incoming rec;
	int err;

	do {
		err = tls_hs_skip_requests(s);
		if (s->messages.len > 0 && (err == 0 || err == TLS_E_AGAIN))
			err = TLS_E_UNEXPECTED_HANDSHAKE_PACKET;
		if (err == 0)
			err = tls_hs_await_record(s, &rec);
		if (err == 0 && rec.type == TLS_CONTENT_HANDSHAKE)
			err = tls_hs_message_add(s, rec.content);
	} while (err == 0 && rec.type == TLS_CONTENT_HANDSHAKE);
	if (err != 0)
		return err;
	if (rec.type == TLS_CONTENT_ALERT)
		return tls_alert_recv(s, rec.content);
	if (rec.type != TLS_CONTENT_CCS)
		return TLS_E_UNEXPECTED_PACKET;
	return rec.content.len == 1 && rec.content.p[0] == 1 ? 0 : TLS_E_UNEXPECTED_CCS;
}

static int run_step(struct tls_session_st *s, const struct tls_step *step)
{
	bool ours = (step->sender == TLS_SERVER) == tls_state_is_server(s);
	int err;

	if ((step->flags & TLS_STEP_CCS) != 0)
		err = ours ? send_ccs(s) : recv_ccs(s);
	else
		err = ours ? send_step(s, step) : recv_step(s, step);
	if (err != 0)
		return err;
	err = s->version == TLS_1_2 ? tls_keys12_change(s, step) : tls_keys13_change(s, step);
	return err == 0 ? tell_sent(s) : err;
}

/* The next row that takes place, from step on; NULL at the end of the last table. */
static const struct tls_step *settle(const struct tls_session_st *s, const struct tls_step *step)
{
	while (step != NULL) {
		if (step->when == NULL)
			step = step->next;
		else if (!step->when(s))
			step++;
		else if (step->next != NULL)
			step = step->next;
		else
			break;
	}
	return step;
}

int tls_hs_run(struct tls_session_st *s)
{
	const struct tls_step *step;
	int err = s->hs == NULL ? start(s) : 0;

	while (err == 0 && (step = settle(s, s->hs->step)) != NULL) {
		s->hs->step = step;
		if (s->hs->early)
			return tls_finish_early(s);
		err = run_step(s, step);
		if (err == TLS_STEP_OTHER)
			err = 0;
		if (err == 0)
			err = s->err; /* a callback may have ended the session */
		if (err == 0 && !tls_transcript_ok(&s->hs->transcript))
			err = TLS_E_MEMORY_ERROR;
		if (err == 0) {
			s->hs->step = step + 1;
			s->hs->early = tls_finish_may_be_early(s, step);
		}
	}
	return err == 0 ? tls_finish(s) : err;
}

int tls_hs_complete(struct tls_session_st *s, bool may_pull)
{
	int err;

	s->hs->no_pull = !may_pull;
	err = tls_hs_run(s);
	if (s->hs != NULL)
		s->hs->no_pull = false;
	/* a close_notify that anybody could have sent is no end of the data */
	return err == TLS_E_SESSION_EOF ? TLS_E_PREMATURE_TERMINATION : err;
}
