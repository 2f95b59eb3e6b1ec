/* finish.c - see finish.h. RFC 8446 section 4.6.1 (tickets), RFC 7918 (false start). */
#include "finish.h"

#include "../output.h"
#include "resume12.h"
#include "resume13.h"
#include "store.h"

/* What waits may be data by now, which its sender takes care of. */
static int push_rest(struct tls_session_st *s)
{
	return tls_output_waiting(s) > 0 && !tls_state_awaits_finished(s) ? tls_output_flush(s) : 0;
}

/* RFC 7918 section 4 wants ECDHE and an AEAD, and TLS 1.2 has nothing else here. Not while an established session
 * negotiates again. */
bool tls_finish_may_be_early(const struct tls_session_st *s, const struct tls_step *step)
{
	return (step->flags & TLS_STEP_EARLY) != 0 && (s->flags & TLS_ENABLE_FALSE_START) != 0 &&
	    !tls_state_is_server(s) && !tls_state_is_established(s);
}

int tls_finish_early(struct tls_session_st *s)
{
	int err = push_rest(s);

	if (err != 0)
		return err;
	s->hs->early = false;
	s->sflags |= TLS_SFLAGS_FALSE_START;
	s->deadline = 0;
	return 0;
}

/* ---- The end */

static int tell_sent(struct tls_session_st *s)
{
	struct tls_span rest = tls_buf_as_span(&s->hs->out);
	int err = 0;

	while (err == 0 && tls_span_more(&rest)) {
		struct tls_span walk = tls_span(rest.p + 1, rest.len - 1);
		size_t len = TLS_HS_HEADER_LEN + tls_span_u24(&walk);

		err = tls_hs_hook(s, TLS_HOOK_POST, false, tls_span_take(&rest, len));
	}
	return err;
}

static int send_tickets(struct tls_session_st *s)
{
	struct tls_hs *hs = s->hs;
	int err = hs->tickets_made ? 0 : tls_resume13_issue(s, &hs->out);

	hs->tickets_made = err == 0;
	if (err == 0)
		err = tls_hs_seal(s);
	if (err == 0)
		err = tell_sent(s);
	if (err != 0)
		return err;
	tls_buf_clear(&hs->out);
	hs->out_sent = 0;
	return 0;
}

static int prepare_resumption(struct tls_session_st *s)
{
	if (s->version == TLS_1_2)
		return tls_resume12_keep(s);
	return tls_state_is_server(s) ? send_tickets(s) : tls_resume13_keep(s);
}

int tls_finish(struct tls_session_st *s)
{
	int err;

	/* behind the last Finished: in TLS 1.3 it has changed the keys, in TLS 1.2 nothing may be begun there, either */
	if (s->messages.len > 0)
		return TLS_E_UNEXPECTED_HANDSHAKE_PACKET;
	err = prepare_resumption(s);
	if (err == 0)
		err = push_rest(s);
	if (err == 0)
		err = s->err; /* a hook may have ended the session */
	if (err != 0)
		return err;
	tls_store_close(s);
	s->reneg.done = s->reneg.done || tls_state_is_established(s);
	s->sflags |= TLS_SFLAGS_ESTABLISHED;
	s->in.skip_left = 0;
	s->n_warnings = 0;
	s->own = s->hs->choice.entry;
	s->peers_new = false;
	if (s->version == TLS_1_2)
		tls_keys12_keep(s);
	s->reneg.asked = TLS_RENEG_IDLE;
	s->n_declined = 0;
	tls_hs_free(s);
	return 0;
}
