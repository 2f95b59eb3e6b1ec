/* encrypted_extensions.c - RFC 8446 section 4.3.1, RFC 7301, RFC 8449, RFC 6066. */
#include "encrypted_extensions.h"

#include "../error.h"

static int decode_extension(struct tls_encrypted_extensions *m, const struct tls_ext *e)
{
	struct tls_span body = e->body;

	switch (e->type) {
	case TLS_EXT_SERVER_NAME:
		m->server_name = true;
		break;
	case TLS_EXT_SUPPORTED_GROUPS:
		m->groups = tls_span_block16(&body, 2, 65534);
		if (m->groups.len % 2 != 0)
			tls_span_fail(&body);
		break;
	case TLS_EXT_RECORD_SIZE_LIMIT:
		return tls_ext_decode_record_size_limit(&m->record_size_limit, body);
	case TLS_EXT_ALPN:
		return tls_ext_decode_alpn(&m->alpn, body);
	default:
		return 0;
	}
	return tls_span_end(&body) ? 0 : TLS_E_UNEXPECTED_PACKET_LENGTH;
}

int tls_encrypted_extensions_decode(struct tls_encrypted_extensions *m, struct tls_span body)
{
	struct tls_ext_list list;
	int err = tls_ext_decode(&list, &body, TLS_EXT_IN_EE);

	*m = (struct tls_encrypted_extensions){0};
	for (unsigned i = 0; err == 0 && i < list.n; i++)
		err = decode_extension(m, &list.ext[i]);
	if (err != 0)
		return err;
	return tls_span_end(&body) ? 0 : TLS_E_UNEXPECTED_PACKET_LENGTH;
}

static void encode_groups(struct tls_buf *b, struct tls_span groups)
{
	struct tls_block e = tls_ext_open(b, TLS_EXT_SUPPORTED_GROUPS), list = tls_buf_open(b, 2);

	tls_buf_span(b, groups);
	tls_buf_close(b, list);
	tls_buf_close(b, e);
}

void tls_encrypted_extensions_encode(struct tls_buf *b, const struct tls_encrypted_extensions *m)
{
	struct tls_block all = tls_buf_open(b, 2);

	if (m->groups.len > 0)
		encode_groups(b, m->groups);
	tls_ext_encode_record_size_limit(b, m->record_size_limit);
	tls_ext_encode_alpn(b, m->alpn);
	tls_ext_encode_empty(b, TLS_EXT_SERVER_NAME, m->server_name);
	tls_buf_close(b, all);
}
