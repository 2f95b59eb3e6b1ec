/* certificate_request.c - CertificateRequest: RFC 8446 sections 4.2.3, 4.2.4 and 4.3.2. */
#include "certificate_request.h"

#include "../error.h"

static int decode_schemes(struct tls_span *list, struct tls_span body)
{
	*list = tls_span_block16(&body, 2, 65534);
	return tls_span_end(&body) && list->len % 2 == 0 ? 0 : TLS_E_UNEXPECTED_PACKET_LENGTH;
}

static int decode_authorities(struct tls_span *list, struct tls_span body)
{
	struct tls_span walk;

	*list = walk = tls_span_block16(&body, 3, UINT16_MAX);
	while (tls_span_more(&walk))
		(void)tls_span_block16(&walk, 1, UINT16_MAX);
	return tls_span_end(&walk) && tls_span_end(&body) ? 0 : TLS_E_UNEXPECTED_PACKET_LENGTH;
}

static int decode_extension(struct tls_certificate_request *m, const struct tls_ext *e)
{
	switch (e->type) {
	case TLS_EXT_SIGNATURE_ALGORITHMS:
		return decode_schemes(&m->schemes, e->body);
	case TLS_EXT_SIGNATURE_ALGORITHMS_CERT:
		return decode_schemes(&m->cert_schemes, e->body);
	case TLS_EXT_CERTIFICATE_AUTHORITIES:
		return decode_authorities(&m->authorities, e->body);
	default:
		/* section 4.3.2: clients MUST ignore unrecognized extensions */
		return 0;
	}
}

int tls_certificate_request_decode(struct tls_certificate_request *m, struct tls_span body)
{
	struct tls_ext_list list;
	int err;

	*m = (struct tls_certificate_request){.context = tls_span_block8(&body, 0, 255)};
	err = tls_ext_decode(&list, &body, TLS_EXT_IN_CR);
	for (unsigned i = 0; err == 0 && i < list.n; i++)
		err = decode_extension(m, &list.ext[i]);
	if (err != 0)
		return err;
	if (!tls_span_end(&body))
		return TLS_E_UNEXPECTED_PACKET_LENGTH;
	return m->schemes.len > 0 ? 0 : TLS_E_MISSING_EXTENSION;
}

static void encode_list(struct tls_buf *b, uint16_t type, struct tls_span content)
{
	struct tls_block e, list;

	if (content.len == 0)
		return;
	e = tls_ext_open(b, type);
	list = tls_buf_open(b, 2);
	tls_buf_span(b, content);
	tls_buf_close(b, list);
	tls_buf_close(b, e);
}

void tls_certificate_request_encode(struct tls_buf *b, const struct tls_certificate_request *m)
{
	struct tls_block context = tls_buf_open(b, 1), all;

	tls_buf_span(b, m->context);
	tls_buf_close(b, context);
	all = tls_buf_open(b, 2);
	encode_list(b, TLS_EXT_SIGNATURE_ALGORITHMS, m->schemes);
	encode_list(b, TLS_EXT_SIGNATURE_ALGORITHMS_CERT, m->cert_schemes);
	encode_list(b, TLS_EXT_CERTIFICATE_AUTHORITIES, m->authorities);
	tls_buf_close(b, all);
}
