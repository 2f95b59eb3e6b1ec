/* key_exchange.c - see key_exchange.h. */
#include "key_exchange.h"

#include "../error.h"

#define NAMED_CURVE 3 /* RFC 8422 section 5.4; the other types are gone */

int tls_server_key_exchange_decode(struct tls_server_key_exchange *m, struct tls_span body)
{
	struct tls_span start = body;
	uint8_t type = tls_span_u8(&body);

	*m = (struct tls_server_key_exchange){.group = tls_span_u16(&body)};
	m->share = tls_span_block8(&body, 1, 255);
	m->params = tls_span(start.p, start.len - body.len);
	m->scheme = tls_span_u16(&body);
	m->signature = tls_span_block16(&body, 0, UINT16_MAX);
	if (!body.failed && type != NAMED_CURVE)
		return TLS_E_ILLEGAL_PARAMETER;
	return tls_span_end(&body) ? 0 : TLS_E_UNEXPECTED_PACKET_LENGTH;
}

void tls_server_key_exchange_params(struct tls_buf *b, uint16_t group, struct tls_span share)
{
	struct tls_block point;

	tls_buf_u8(b, NAMED_CURVE);
	tls_buf_u16(b, group);
	point = tls_buf_open(b, 1);
	tls_buf_span(b, share);
	tls_buf_close(b, point);
}

void tls_server_key_exchange_encode(struct tls_buf *b, const struct tls_server_key_exchange *m)
{
	struct tls_block block;

	tls_server_key_exchange_params(b, m->group, m->share);
	tls_buf_u16(b, m->scheme);
	block = tls_buf_open(b, 2);
	tls_buf_span(b, m->signature);
	tls_buf_close(b, block);
}

int tls_client_key_exchange_decode(struct tls_span *share, struct tls_span body)
{
	*share = tls_span_block8(&body, 1, 255);
	return tls_span_end(&body) ? 0 : TLS_E_UNEXPECTED_PACKET_LENGTH;
}

void tls_client_key_exchange_encode(struct tls_buf *b, struct tls_span share)
{
	struct tls_block point = tls_buf_open(b, 1);

	tls_buf_span(b, share);
	tls_buf_close(b, point);
}

int tls_server_hello_done_decode(struct tls_span body)
{
	return tls_span_end(&body) ? 0 : TLS_E_UNEXPECTED_PACKET_LENGTH;
}
