/* new_session_ticket.c - NewSessionTicket: RFC 8446 sections 4.2.10 and 4.6.1; RFC 5077 section 3.3. */
#include "new_session_ticket.h"

#include "../error.h"

static int decode_early_data(struct tls_new_session_ticket *m, struct tls_span body)
{
	m->max_early_data = tls_span_u32(&body);
	return tls_span_end(&body) ? 0 : TLS_E_UNEXPECTED_PACKET_LENGTH;
}

int tls_new_session_ticket_decode(struct tls_new_session_ticket *m, struct tls_span body)
{
	const struct tls_ext *early_data;
	struct tls_ext_list list;
	int err;

	*m = (struct tls_new_session_ticket){.lifetime = tls_span_u32(&body)};
	m->age_add = tls_span_u32(&body);
	m->nonce = tls_span_block8(&body, 0, 255);
	m->ticket = tls_span_block16(&body, 1, UINT16_MAX);
	err = tls_ext_decode(&list, &body, TLS_EXT_IN_NST);
	if (err != 0)
		return err;
	if (!tls_span_end(&body))
		return TLS_E_UNEXPECTED_PACKET_LENGTH;
	/* section 4.6.1: servers MUST NOT use any value greater than 7 days */
	if (m->lifetime > TLS_TICKET_LIFETIME_MAX)
		return TLS_E_ILLEGAL_PARAMETER;
	early_data = tls_ext_find(&list, TLS_EXT_EARLY_DATA);
	return early_data != NULL ? decode_early_data(m, early_data->body) : 0;
}

void tls_new_session_ticket_encode(struct tls_buf *b, const struct tls_new_session_ticket *m)
{
	struct tls_block block;

	tls_buf_u32(b, m->lifetime);
	tls_buf_u32(b, m->age_add);
	block = tls_buf_open(b, 1);
	tls_buf_span(b, m->nonce);
	tls_buf_close(b, block);
	block = tls_buf_open(b, 2);
	tls_buf_span(b, m->ticket);
	tls_buf_close(b, block);
	tls_buf_u16(b, 0);
}

int tls_new_session_ticket12_decode(struct tls_new_session_ticket12 *m, struct tls_span body)
{
	m->lifetime = tls_span_u32(&body);
	m->ticket = tls_span_block16(&body, 0, UINT16_MAX);
	return tls_span_end(&body) ? 0 : TLS_E_UNEXPECTED_PACKET_LENGTH;
}

void tls_new_session_ticket12_encode(struct tls_buf *b, const struct tls_new_session_ticket12 *m)
{
	struct tls_block block;

	tls_buf_u32(b, m->lifetime);
	block = tls_buf_open(b, 2);
	tls_buf_span(b, m->ticket);
	tls_buf_close(b, block);
}
