/* message.c - handshake messages out of records, whatever way they are cut. RFC 8446 sections 4 and 5.1.
 *
 * The buffer grows with what has come, never with what a header announces. */
#include "hs.h"

#include "../error.h"

int tls_hs_message_add(struct tls_session_st *s, struct tls_span content)
{
	/* RFC 8446 section 5.1: no zero-length fragments of handshake messages */
	if (content.len == 0)
		return TLS_E_UNEXPECTED_PACKET;
	tls_buf_span(&s->messages, content);
	return tls_buf_ok(&s->messages) ? 0 : TLS_E_MEMORY_ERROR;
}

int tls_hs_message(struct tls_session_st *s, struct tls_span *msg, unsigned type, size_t max_len)
{
	struct tls_span all = tls_buf_as_span(&s->messages), walk = all;
	uint8_t got;
	size_t len;

	if (all.len == 0)
		return TLS_E_AGAIN;
	got = tls_span_u8(&walk);
	if (type != TLS_HANDSHAKE_ANY && got != type)
		return TLS_E_UNEXPECTED_HANDSHAKE_PACKET;
	if (all.len < TLS_HS_HEADER_LEN)
		return TLS_E_AGAIN;
	len = tls_span_u24(&walk);
	if (len > max_len)
		return TLS_E_HANDSHAKE_TOO_LARGE;
	if (walk.len < len)
		return TLS_E_AGAIN;
	*msg = tls_span(all.p, TLS_HS_HEADER_LEN + len);
	return 0;
}

void tls_hs_message_done(struct tls_session_st *s, struct tls_span msg)
{
	tls_buf_drop(&s->messages, msg.len);
	if (s->messages.len == 0)
		tls_buf_clear(&s->messages);
}

int tls_hs_hook(struct tls_session_st *s, unsigned when, bool incoming, struct tls_span msg)
{
	tls_datum_t body = {.data = (unsigned char *)(uintptr_t)msg.p + TLS_HS_HEADER_LEN,
	    .size = (unsigned)(msg.len - TLS_HS_HEADER_LEN)};
	int err;

	if (s->hook == NULL || (s->hook_when & when) == 0 ||
	    (s->hook_type != TLS_HANDSHAKE_ANY && s->hook_type != msg.p[0]))
		return 0;
	err = s->hook(s, msg.p[0], when, incoming ? 1 : 0, &body);
	return err < 0 ? tls_error_of_callback(err) : 0;
}
