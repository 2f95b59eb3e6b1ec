/* session.c - the session: its life, its result, and tls_handshake. The only place where an error becomes
 * an alert. Options are in options.c, data in data.c. */
#include "session.h"

#include "alert.h"
#include "bytes/mem.h"
#include "error.h"
#include "hs/hs.h"
#include "hs/store.h"
#include "hs/verify.h"
#include "input.h"
#include "output.h"
#include "reneg.h"

int tls_init(tls_session_t *session, unsigned flags)
{
	struct tls_session_st *s;

	if (((flags & TLS_SERVER) == 0) == ((flags & TLS_CLIENT) == 0))
		return TLS_E_INVALID_REQUEST;
	s = tls_mem_alloc(sizeof(*s));
	if (s == NULL)
		return TLS_E_MEMORY_ERROR;
	s->flags = flags;
	s->alert_received = s->alert_sent = -1;
	s->max_send = s->max_recv = s->peer_max_send = TLS_RECORD_MAX_LEN;
	s->rng = tls_rng_system;
	*session = s;
	return 0;
}

/* Wipes every secret; what waits to be sent is ciphertext and stays. */
static void forget_secrets(struct tls_session_st *s)
{
	tls_hs_free(s);
	tls_store_clear(s);
	tls_record_forget(&s->rd, s->ws);
	tls_record_forget(&s->wr, s->ws);
	tls_mem_wipe(&s->rd_secret, sizeof(s->rd_secret));
	tls_mem_wipe(&s->wr_secret, sizeof(s->wr_secret));
	tls_mem_wipe(&s->exporter, sizeof(s->exporter));
	tls_buf_clear(&s->messages);
}

void tls_deinit(tls_session_t s)
{
	if (s == NULL)
		return;
	forget_secrets(s);
	tls_input_clear(s);
	tls_output_clear(s);
	tls_buf_clear(&s->alpn_list);
	tls_mem_free((void *)(uintptr_t)s->server_name.p);
	tls_mem_free(s->resumption);
	tls_mem_free(s->peers);
	tls_verify_free(s);
	tls_mem_free(s->staple);
	tls_policy_deinit(s->policy);
	tls_credentials_release(s->cred);
	if (s->own_ws)
		tls_workspace_deinit(s->ws);
	tls_mem_free_wiped(s, sizeof(*s));
}

int tls_session_enter(struct tls_session_st *s)
{
	int err;

	if (s->err != 0)
		return s->err;
	/* the buffer that the transport works on must not change under it */
	if (s->in_transport)
		return TLS_E_INVALID_REQUEST;
	if (s->ws != NULL)
		return 0;
	err = tls_workspace_init(&s->ws, 0);
	s->own_ws = err == 0;
	s->err = err;
	return err;
}

int tls_session_result(struct tls_session_st *s, int err)
{
	if (tls_error_is_fatal(err) && s->err == 0) {
		/* without memory for the alert the peer gets none; the error stays what it is */
		s->err = err;
		if (tls_error_alert(err) != 0 && !s->out.closed &&
		    tls_alert_queue(s, TLS_AL_FATAL, tls_error_alert(err)) != 0)
			s->alert_sent = -1;
	}
	if (s->err == 0)
		return err;
	/* a callback ended the session: the call around it still works with what would be freed */
	if (!tls_state_is_entered(s))
		forget_secrets(s);
	return s->err;
}

/* CONTRACT H8. */
static int check_deadline(const struct tls_session_st *s, int err)
{
	if (err != TLS_E_AGAIN && err != TLS_E_INTERRUPTED)
		return err;
	return s->deadline != 0 && s->time(s->time_ptr) >= s->deadline ? TLS_E_TIMEDOUT : err;
}

static int need_policy(struct tls_session_st *s)
{
	return s->policy == NULL ? tls_set_default_priority(s) : 0;
}

/* Established: TLS_RENEG_GO, or the result without a handshake. CONTRACT H5. */
static int check_again(struct tls_session_st *s)
{
	if (!tls_state_is_established(s))
		return TLS_RENEG_GO;
	if (s->version == TLS_1_2)
		return tls_reneg_check(s);
	return tls_state_is_server(s) ? 0 : tls_session_key_update(s, TLS_KU_PEER);
}

static int run(struct tls_session_st *s)
{
	int err = tls_state_is_established(s) ? tls_reneg_begin(s) : 0;

	return err == 0 ? tls_hs_run(s) : err;
}

int tls_handshake(tls_session_t s)
{
	int err = tls_session_enter(s);

	if (err != 0)
		return err;
	err = check_again(s);
	if (err != TLS_RENEG_GO)
		return err;
	err = need_policy(s);
	if (err == 0)
		err = tls_input_enter(s);
	if (err != 0)
		return tls_session_result(s, err);
	err = tls_input_leave(s, run(s));
	tls_reneg_note_result(s, err);
	err = tls_session_result(s, check_deadline(s, err));
	/* the first try to send an alert costs the caller nothing; tls_alert_flush does the rest */
	return s->err != 0 && tls_alert_flush(s) != 0 ? s->err : err;
}
