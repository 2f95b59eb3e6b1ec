/* reneg.c - see reneg.h. */
#include "reneg.h"

#include "bytes/mem.h"
#include "data.h"
#include "error.h"
#include "hs/hs.h"
#include "limits.h"
#include "post.h"
#include "session.h"

int tls_rehandshake(tls_session_t s)
{
	int err;

	/* CONTRACT R7 */
	if (!tls_state_is_server(s))
		return TLS_E_INVALID_REQUEST;
	/* CONTRACT R6 */
	if (s->version != TLS_1_2)
		return tls_session_key_update(s, TLS_KU_PEER);
	err = tls_session_enter(s);
	if (err != 0)
		return err;
	if (!tls_state_is_established(s) || s->out.closed || s->in.ended)
		return TLS_E_INVALID_REQUEST;
	/* RFC 5246 section 7.4.1.1: not repeated before the handshake that follows is complete */
	if (s->reneg.came != TLS_RENEG_NONE)
		s->reneg.allowed = true;
	else if (s->hs == NULL && s->reneg.asked == TLS_RENEG_IDLE)
		s->reneg.asked = TLS_RENEG_DUE;
	err = tls_post_flush(s);
	return err == 0 ? 0 : tls_session_result(s, err);
}

int tls_reneg_check(struct tls_session_st *s)
{
	int err;

	if (s->hs != NULL)
		return TLS_RENEG_GO;
	if (s->out.closed || s->in.ended)
		return TLS_E_INVALID_REQUEST;
	if (s->reneg.came != TLS_RENEG_NONE && !s->reneg.allowed) {
		err = tls_post12_decline(s);
		return err == 0 ? TLS_E_INVALID_REQUEST : tls_session_result(s, err);
	}
	if (s->n_declined >= TLS_LIMIT_DECLINED)
		return TLS_E_INVALID_REQUEST;
	if (!tls_state_is_server(s) || s->reneg.came != TLS_RENEG_NONE || s->reneg.asked != TLS_RENEG_IDLE)
		return TLS_RENEG_GO;
	return 0;
}

/* A client may be waiting for us to receive before it reads our request: data is taken also while what we have to
 * send doesn't go out. */
static int await_hello(struct tls_session_st *s)
{
	int flushed, err = s->in.plain.len == 0 ? tls_data_deferred(s) : 0;

	if (err != 0)
		return err;
	if (s->deadline == 0)
		tls_hs_set_deadline(s);
	flushed = tls_post_flush(s);
	if (flushed != 0 && flushed != TLS_E_AGAIN)
		return flushed;
	err = tls_data_next(s, true);
	if (err == TLS_E_AGAIN && flushed == TLS_E_AGAIN)
		s->direction = 1;
	if (err == TLS_E_REHANDSHAKE)
		return 0;
	return err == 0 ? TLS_E_GOT_APPLICATION_DATA : err;
}

int tls_reneg_begin(struct tls_session_st *s)
{
	int err = 0;

	if (s->hs != NULL)
		return 0;
	if (!tls_state_is_server(s)) {
		tls_post12_answer(s);
		s->reneg.asked = TLS_RENEG_OUT;
		return 0;
	}
	if (s->reneg.came == TLS_RENEG_NONE)
		err = await_hello(s);
	/* what is due for an earlier request goes in front of the answer to this one */
	if (err == 0 && s->reneg.no_due)
		err = tls_post_flush(s);
	if (err == 0)
		s->reneg.came = TLS_RENEG_NONE;
	return err;
}

bool tls_reneg_stops(const struct tls_session_st *s)
{
	if (s->hs == NULL)
		return s->reneg.came != TLS_RENEG_NONE;
	return s->messages.len > 0 || tls_hs_has_peer_hello(s);
}

/* Nothing but the hello of this handshake is there, whoever sent it. */
static void undo(struct tls_session_st *s)
{
	tls_mem_copy(s->client_random, s->hs->old_random, sizeof(s->client_random));
	s->resumed = s->hs->old_resumed;
	tls_hs_free(s);
}

void tls_reneg_give_up(struct tls_session_st *s)
{
	if (s->hs == NULL)
		return;
	s->reneg.cut = tls_hs_has_peer_hello(s);
	undo(s);
}

void tls_reneg_note_result(struct tls_session_st *s, int err)
{
	if (err != TLS_E_WARNING_ALERT_RECEIVED || s->alert_received != TLS_ALERT_NO_RENEGOTIATION ||
	    !tls_state_is_established(s) || !tls_hs_hello_is_out(s))
		return;
	s->n_declined++;
	undo(s);
}
