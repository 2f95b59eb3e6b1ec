/* close.c - the last words of a session: close_notify, and alerts that the application sends. RFC 8446
 * section 6.1. */
#include "alert.h"
#include "error.h"
#include "hs/hs.h"
#include "output.h"
#include "post.h"
#include "reneg.h"
#include "session.h"

#define DROP_LEN 1024

/* Another handshake that was asked for, or that runs, comes to nothing. */
static int end_handshake(struct tls_session_st *s)
{
	if (s->hs != NULL && tls_state_is_entered(s))
		return TLS_E_INVALID_REQUEST;
	/* the first one goes on: what the peer sends is read under its keys */
	if (tls_state_awaits_finished(s))
		return 0;
	tls_reneg_give_up(s);
	return tls_post12_decline(s);
}

static int close_sending(struct tls_session_st *s)
{
	int err = end_handshake(s);

	if (err == 0 && !s->out.closed)
		err = tls_alert_queue(s, TLS_AL_WARNING, TLS_ALERT_CLOSE_NOTIFY);
	return err == 0 ? tls_output_flush(s) : err;
}

/* Reads on to the peer's close_notify; data before it is dropped, in portions, so that a peer that never
 * stops doesn't keep its caller for ever. */
static int await_close(struct tls_session_st *s)
{
	ssize_t n = 1;

	for (unsigned i = 0; i < TLS_WIRE_LEN / DROP_LEN && n > 0; i++) {
		uint8_t dropped[DROP_LEN];

		n = tls_record_recv(s, dropped, sizeof(dropped));
	}
	return n > 0 ? TLS_E_INTERRUPTED : (int)n;
}

int tls_bye(tls_session_t s, tls_close_request_t how)
{
	int err = tls_session_enter(s);

	if (err != 0)
		return err;
	if (!tls_state_is_open(s))
		return TLS_E_INVALID_REQUEST;
	err = close_sending(s);
	if (err != 0)
		return tls_session_result(s, err);
	return how == TLS_SHUT_RDWR ? await_close(s) : 0;
}

/* A fatal alert that waits has ended the session already: repeated, the rest of it goes out. */
static bool is_last_word(const struct tls_session_st *s, tls_alert_level_t level,
    tls_alert_description_t description)
{
	return s->err == TLS_E_INVALID_SESSION && level == TLS_AL_FATAL && s->alert_sent == (int)description &&
	    tls_output_waiting(s) > 0;
}

int tls_alert_send(tls_session_t s, tls_alert_level_t level, tls_alert_description_t description)
{
	int err = tls_session_enter(s);

	if (is_last_word(s, level, description))
		return tls_alert_flush(s);
	if (err != 0)
		return err;
	if (s->out.closed && s->alert_sent != (int)description)
		return TLS_E_INVALID_REQUEST;
	/* repeated after TLS_E_AGAIN: the alert is sealed already */
	if (!s->out.closed && !(s->out.alert_waits && s->alert_sent == (int)description))
		err = tls_alert_queue(s, level, description);
	if (err == 0) {
		s->out.alert_waits = true; /* until all that waits is out */
		err = tls_output_flush(s);
	}
	/* whether or not the transport took it: nothing is received or agreed on behind it */
	if (s->out.closed && level == TLS_AL_FATAL && !tls_error_is_fatal(err)) {
		(void)tls_session_result(s, TLS_E_INVALID_SESSION);
		return err;
	}
	return err == 0 ? 0 : tls_session_result(s, err);
}
