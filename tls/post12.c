/* post12.c - after a handshake of TLS 1.2: what begins another one. A request of the peer stays in s->messages
 * until the application takes it up by tls_handshake or declines it by going on; then the peer is told so with
 * the next data, and the session goes on. RFC 5246 sections 7.2.2, 7.4.1.1 and 7.4.1.2. See post.h, reneg.h. */
#include "post.h"

#include "error.h"
#include "hs/hs.h"
#include "limits.h"
#include "output.h"

/* What a client sends is the answer to our request, if there is one; the two may have crossed. */
static int note_request(struct tls_session_st *s)
{
	struct tls_reneg *r = &s->reneg;
	bool is_server = tls_state_is_server(s), wanted = is_server && r->asked != TLS_RENEG_IDLE;

	if (!wanted && ++r->n > TLS_LIMIT_RENEGOTIATIONS)
		return TLS_E_TOO_MANY_RENEGOTIATIONS;
	r->allowed = wanted || (s->flags & TLS_ALLOW_RENEGOTIATION) != 0 ||
	    (!is_server && r->n <= TLS_LIMIT_ACCEPTED_REQUESTS);
	r->asked = TLS_RENEG_IDLE;
	r->came = TLS_RENEG_CAME;
	return TLS_E_REHANDSHAKE;
}

static void drop_request(struct tls_session_st *s)
{
	struct tls_span msg;

	s->reneg.came = TLS_RENEG_NONE;
	if (tls_hs_message(s, &msg, TLS_HANDSHAKE_ANY, TLS_LIMIT_HELLO_LEN) == 0)
		tls_hs_message_done(s, msg);
}

/* TLS_E_REHANDSHAKE when a whole request has come; 0 when none has. */
static int next_request(struct tls_session_st *s)
{
	unsigned type = tls_state_is_server(s) ? TLS_HANDSHAKE_CLIENT_HELLO : TLS_HANDSHAKE_HELLO_REQUEST;
	size_t max_len = tls_state_is_server(s) ? TLS_LIMIT_HELLO_LEN : 0;

	for (;;) {
		struct tls_span msg;
		int err = tls_hs_message(s, &msg, type, max_len);

		if (err != 0)
			return err == TLS_E_AGAIN ? 0 : err;
		err = note_request(s);
		if (err != TLS_E_REHANDSHAKE || !s->out.closed)
			return err;
		/* we have said our last word: there is no answer */
		drop_request(s);
	}
}

int tls_post12_recv(struct tls_session_st *s, struct tls_span content)
{
	int err = tls_hs_message_add(s, content);

	return err == 0 ? next_request(s) : err;
}

int tls_post12_decline(struct tls_session_st *s)
{
	int err;

	if (s->reneg.came == TLS_RENEG_NONE)
		return 0;
	drop_request(s);
	/* however often it asks before we send, one answer is due */
	s->reneg.no_due = true;
	err = next_request(s);
	return err == TLS_E_REHANDSHAKE ? 0 : err;
}

void tls_post12_answer(struct tls_session_st *s)
{
	if (s->reneg.came != TLS_RENEG_NONE)
		drop_request(s);
	s->reneg.no_due = false;
}

/* HelloRequest, the message without a body. */
static int send_request(struct tls_session_st *s)
{
	static const uint8_t msg[TLS_HS_HEADER_LEN] = {TLS_HANDSHAKE_HELLO_REQUEST, 0, 0, 0};
	int err = tls_output_record(s, TLS_CONTENT_HANDSHAKE, msg, sizeof(msg));

	if (err == 0)
		s->reneg.asked = TLS_RENEG_OUT;
	return err;
}

int tls_post12_send(struct tls_session_st *s)
{
	static const uint8_t alert[2] = {TLS_AL_WARNING, TLS_ALERT_NO_RENEGOTIATION};
	int err = 0;

	if (s->out.closed)
		return 0;
	if (s->reneg.no_due)
		err = tls_output_record(s, TLS_CONTENT_ALERT, alert, sizeof(alert));
	if (err != 0)
		return err;
	s->reneg.no_due = false;
	return s->reneg.asked == TLS_RENEG_DUE ? send_request(s) : 0;
}
