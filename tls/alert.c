/* alert.c - see alert.h. */
#include "alert.h"

#include "error.h"
#include "limits.h"
#include "output.h"

static const struct {
	int number;
	const char *name;
} alerts[] = {
#define ROW(name, number, text) {TLS_ALERT_##name, text},
	TLS_ALERT_MAP(ROW)
#undef ROW
};

const char *tls_alert_get_name(tls_alert_description_t alert)
{
	for (size_t i = 0; i < sizeof(alerts) / sizeof(alerts[0]); i++)
		if (alerts[i].number == (int)alert)
			return alerts[i].name;
	return NULL;
}

/* RFC 8446 section 6: in TLS 1.3 the level says nothing, and all but close_notify and user_canceled end
 * the connection. In TLS 1.2, and before the version is known, the level alone counts (RFC 5246 section 7.2). */
static bool is_warning(const struct tls_session_st *s, unsigned level, unsigned description)
{
	if (s->version == TLS_1_3)
		return description == TLS_ALERT_USER_CANCELED;
	return level == TLS_AL_WARNING;
}

/* To what we have asked, so that it counts as often as we ask. */
static bool is_answer(struct tls_session_st *s, unsigned description)
{
	if (description != TLS_ALERT_NO_RENEGOTIATION || s->reneg.asked != TLS_RENEG_OUT)
		return false;
	s->reneg.asked = TLS_RENEG_IDLE;
	if (s->hs == NULL)
		s->deadline = 0;
	return true;
}

int tls_alert_recv(struct tls_session_st *s, struct tls_span content)
{
	bool empty = content.len == 0;
	unsigned level = tls_span_u8(&content), description = tls_span_u8(&content);

	/* RFC 8446 section 5.4 */
	if (empty)
		return TLS_E_UNEXPECTED_PACKET;
	if (!tls_span_end(&content))
		return TLS_E_UNEXPECTED_PACKET_LENGTH;
	if (level != TLS_AL_WARNING && level != TLS_AL_FATAL)
		return TLS_E_ILLEGAL_PARAMETER;
	s->alert_received = (int)description;
	if (description == TLS_ALERT_CLOSE_NOTIFY)
		return TLS_E_SESSION_EOF;
	if (!is_warning(s, level, description))
		return TLS_E_FATAL_ALERT_RECEIVED;
	if (is_answer(s, description))
		return TLS_E_WARNING_ALERT_RECEIVED;
	if (++s->n_warnings > TLS_LIMIT_WARNING_ALERTS)
		return TLS_E_TOO_MANY_ALERTS;
	return TLS_E_WARNING_ALERT_RECEIVED;
}

int tls_alert_queue(struct tls_session_st *s, unsigned level, unsigned description)
{
	uint8_t alert[2] = {(uint8_t)level, (uint8_t)description};
	int err = tls_output_last_record(s, TLS_CONTENT_ALERT, alert, sizeof(alert));

	if (err != 0)
		return err;
	s->alert_sent = (int)description;
	/* RFC 8446 section 6: nothing follows these */
	if (level == TLS_AL_FATAL || description == TLS_ALERT_CLOSE_NOTIFY)
		s->out.closed = true;
	return 0;
}

tls_alert_description_t tls_alert_get(tls_session_t s)
{
	return (tls_alert_description_t)s->alert_received;
}

int tls_alert_get_sent(tls_session_t s)
{
	return s->alert_sent;
}

int tls_alert_flush(tls_session_t s)
{
	if (s->in_transport)
		return TLS_E_INVALID_REQUEST;
	return tls_output_waiting(s) > 0 ? tls_output_flush(s) : 0;
}
