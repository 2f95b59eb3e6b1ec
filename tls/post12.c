/* post12.c - after a handshake of TLS 1.2: a peer that wants another one is told that there will be none, and
 * the session goes on (RFC 5246 section 7.2.2). See post.h. */
#include "post.h"

#include "error.h"
#include "hs/hs.h"
#include "limits.h"
#include "output.h"

/* However often it asks before we send, one answer is due. */
static int decline(struct tls_session_st *s)
{
	if (++s->n_renegotiations > TLS_LIMIT_RENEGOTIATIONS)
		return TLS_E_TOO_MANY_RENEGOTIATIONS;
	s->no_renegotiation_due = true;
	return 0;
}

int tls_post12_recv(struct tls_session_st *s, struct tls_span content)
{
	unsigned type = tls_state_is_server(s) ? TLS_HANDSHAKE_CLIENT_HELLO : TLS_HANDSHAKE_HELLO_REQUEST;
	size_t max_len = tls_state_is_server(s) ? TLS_LIMIT_HELLO_LEN : 0;
	int err = tls_hs_message_add(s, content);

	while (err == 0) {
		struct tls_span msg;

		err = tls_hs_message(s, &msg, type, max_len);
		if (err == 0)
			err = decline(s);
		if (err == 0)
			tls_hs_message_done(s, msg);
	}
	return err == TLS_E_AGAIN ? 0 : err;
}

int tls_post12_send(struct tls_session_st *s)
{
	static const uint8_t alert[2] = {TLS_AL_WARNING, TLS_ALERT_NO_RENEGOTIATION};
	int err;

	if (!s->no_renegotiation_due || s->out.closed)
		return 0;
	err = tls_output_record(s, TLS_CONTENT_ALERT, alert, sizeof(alert));
	s->no_renegotiation_due = err != 0;
	return err;
}
