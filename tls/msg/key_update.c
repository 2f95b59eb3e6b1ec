/* key_update.c - KeyUpdate: RFC 8446 section 4.6.3. */
#include "key_update.h"

#include "../error.h"

int tls_key_update_decode(bool *requested, struct tls_span body)
{
	uint8_t v = tls_span_u8(&body);

	if (!tls_span_end(&body))
		return TLS_E_UNEXPECTED_PACKET_LENGTH;
	if (v > 1)
		return TLS_E_ILLEGAL_PARAMETER;
	*requested = v == 1;
	return 0;
}

void tls_key_update_encode(struct tls_buf *b, bool requested)
{
	tls_buf_u8(b, requested ? 1 : 0);
}
