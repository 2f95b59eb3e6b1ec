/* certificate_request12.c - see certificate_request12.h. */
#include "certificate_request12.h"

#include "../error.h"

int tls_certificate_request12_decode(struct tls_certificate_request12 *m, struct tls_span body)
{
	struct tls_span walk;

	m->types = tls_span_block8(&body, 1, 255);
	m->schemes = tls_span_block16(&body, 2, 65534);
	m->authorities = walk = tls_span_block16(&body, 0, UINT16_MAX);
	while (tls_span_more(&walk))
		(void)tls_span_block16(&walk, 1, UINT16_MAX);
	if (!tls_span_end(&walk) || !tls_span_end(&body) || m->schemes.len % 2 != 0)
		return TLS_E_UNEXPECTED_PACKET_LENGTH;
	return 0;
}

static void encode_list(struct tls_buf *b, unsigned prefix_len, struct tls_span content)
{
	struct tls_block block = tls_buf_open(b, prefix_len);

	tls_buf_span(b, content);
	tls_buf_close(b, block);
}

void tls_certificate_request12_encode(struct tls_buf *b, const struct tls_certificate_request12 *m)
{
	encode_list(b, 1, m->types);
	encode_list(b, 2, m->schemes);
	encode_list(b, 2, m->authorities);
}
