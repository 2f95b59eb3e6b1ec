/* close.c - the last words of a session: close_notify, and alerts that the application sends. RFC 8446
 * section 6.1. */
#include "alert.h"
#include "error.h"
#include "output.h"
#include "session.h"

static int close_sending(struct tls_session_st *s)
{
	int err = 0;

	if (!s->out.closed) {
		err = tls_alert_queue(s, TLS_AL_WARNING, TLS_ALERT_CLOSE_NOTIFY);
		s->out.closed = err == 0;
	}
	return err == 0 ? tls_output_flush(s) : err;
}

/* Reads on to the peer's close_notify; data before it is dropped. */
static int await_close(struct tls_session_st *s)
{
	ssize_t n;

	do {
		uint8_t dropped[1024];

		n = tls_record_recv(s, dropped, sizeof(dropped));
	} while (n > 0);
	return (int)n;
}

int tls_bye(tls_session_t s, tls_close_request_t how)
{
	int err = tls_session_enter(s);

	if (err != 0)
		return err;
	if (!tls_state_is_established(s))
		return TLS_E_INVALID_REQUEST;
	err = close_sending(s);
	if (err != 0)
		return tls_session_result(s, err);
	return how == TLS_SHUT_RDWR ? await_close(s) : 0;
}

int tls_alert_send(tls_session_t s, tls_alert_level_t level, tls_alert_description_t description)
{
	int err = tls_session_enter(s);

	if (err != 0)
		return err;
	/* repeated after TLS_E_AGAIN: the alert is sealed already */
	if (s->alert_sent != (int)description || tls_output_waiting(s) == 0)
		err = tls_alert_queue(s, level, description);
	if (err == 0)
		err = tls_output_flush(s);
	if (err == 0 && level == TLS_AL_FATAL)
		(void)tls_session_result(s, TLS_E_INVALID_SESSION);
	return err == 0 ? 0 : tls_session_result(s, err);
}
