/* certificate_status.c - see certificate_status.h. */
#include "certificate_status.h"

#include "../error.h"

#define TYPE_OCSP 1
#define RESPONSE_MAX_LEN 0xffffff

int tls_certificate_status_decode(struct tls_span *response, struct tls_span body)
{
	uint8_t type = tls_span_u8(&body);

	if (!body.failed && type != TYPE_OCSP)
		return TLS_E_ILLEGAL_PARAMETER;
	*response = tls_span_block24(&body, 1, RESPONSE_MAX_LEN);
	return tls_span_end(&body) ? 0 : TLS_E_UNEXPECTED_PACKET_LENGTH;
}

void tls_certificate_status_encode(struct tls_buf *b, struct tls_span response)
{
	struct tls_block block;

	tls_buf_u8(b, TYPE_OCSP);
	block = tls_buf_open(b, 3);
	tls_buf_span(b, response);
	tls_buf_close(b, block);
}

int tls_certificate_status_request_decode(bool *ocsp, struct tls_span body)
{
	uint8_t type = tls_span_u8(&body);
	struct tls_span responders;

	*ocsp = !body.failed && type == TYPE_OCSP;
	if (body.failed)
		return TLS_E_UNEXPECTED_PACKET_LENGTH;
	/* what other types look like nobody can know */
	if (!*ocsp)
		return 0;
	responders = tls_span_block16(&body, 0, UINT16_MAX);
	while (tls_span_more(&responders))
		(void)tls_span_block16(&responders, 1, UINT16_MAX);
	(void)tls_span_block16(&body, 0, UINT16_MAX);
	return tls_span_end(&responders) && tls_span_end(&body) ? 0 : TLS_E_UNEXPECTED_PACKET_LENGTH;
}

void tls_certificate_status_request_encode(struct tls_buf *b)
{
	tls_buf_u8(b, TYPE_OCSP);
	tls_buf_u16(b, 0); /* no responders are named */
	tls_buf_u16(b, 0); /* no extensions */
}
