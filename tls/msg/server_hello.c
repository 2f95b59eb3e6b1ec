/* server_hello.c - ServerHello and HelloRetryRequest: RFC 8446 sections 4.1.3, 4.1.4, 4.2.1, 4.2.8; of TLS
 * 1.2: RFC 5246 section 7.4.1.3, RFC 7627, RFC 5746 section 3.2, RFC 8422 section 5.2, RFC 7301, RFC 8449. */
#include "server_hello.h"

#include "../bytes/mem.h"
#include "../error.h"

#define LEGACY_VERSION 0x0303
#define SSL_3_0 0x0300

/* SHA-256 of "HelloRetryRequest", RFC 8446 section 4.1.3. */
static const uint8_t retry_random[TLS_RANDOM_LEN] = {0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11,
    0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91, 0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e,
    0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c};

static int decode_key_share(struct tls_server_hello *m, struct tls_span body)
{
	m->group = tls_span_u16(&body);
	if (!m->is_retry)
		m->share = tls_span_block16(&body, 1, UINT16_MAX);
	return tls_span_end(&body) ? 0 : TLS_E_UNEXPECTED_PACKET_LENGTH;
}

static int decode_extension12(struct tls_server_hello *m, uint16_t type, struct tls_span body)
{
	switch (type) {
	case TLS_EXT_ALPN:
		return tls_ext_decode_alpn(&m->alpn, body);
	case TLS_EXT_RECORD_SIZE_LIMIT:
		return tls_ext_decode_record_size_limit(&m->record_size_limit, body);
	case TLS_EXT_RENEGOTIATION_INFO:
		m->has_renegotiation_info = true;
		m->renegotiation_info = tls_span_block8(&body, 0, 255);
		break;
	case TLS_EXT_EC_POINT_FORMATS:
		m->point_formats = tls_span_block8(&body, 1, 255);
		break;
	case TLS_EXT_EXTENDED_MASTER_SECRET:
		m->extended_master_secret = true;
		break;
	case TLS_EXT_STATUS_REQUEST:
		m->status_request = true;
		break;
	case TLS_EXT_SERVER_NAME:
		m->server_name = true;
		break;
	case TLS_EXT_SESSION_TICKET:
		m->session_ticket = true;
		break;
	default:
		m->has_unknown = true;
		return 0;
	}
	return tls_span_end(&body) ? 0 : TLS_E_UNEXPECTED_PACKET_LENGTH;
}

static int decode_extension(struct tls_server_hello *m, const struct tls_ext *e)
{
	struct tls_span body = e->body;

	switch (e->type) {
	case TLS_EXT_SUPPORTED_VERSIONS:
		m->version = tls_span_u16(&body);
		return tls_span_end(&body) ? 0 : TLS_E_UNEXPECTED_PACKET_LENGTH;
	case TLS_EXT_KEY_SHARE:
		return decode_key_share(m, body);
	case TLS_EXT_PRE_SHARED_KEY:
		m->has_psk = true;
		m->psk = tls_span_u16(&body);
		return tls_span_end(&body) ? 0 : TLS_E_UNEXPECTED_PACKET_LENGTH;
	case TLS_EXT_COOKIE:
		m->cookie = tls_span_block16(&body, 1, UINT16_MAX);
		return tls_span_end(&body) ? 0 : TLS_E_UNEXPECTED_PACKET_LENGTH;
	default:
		return decode_extension12(m, e->type, body);
	}
}

/* What may stand there depends on the version, which stands there itself. */
static int check_place(const struct tls_ext_list *list)
{
	bool is_13 = tls_ext_find(list, TLS_EXT_SUPPORTED_VERSIONS) != NULL;

	return tls_ext_fit(list, is_13 ? TLS_EXT_IN_SH : TLS_EXT_IN_SH12) ? 0 : TLS_E_ILLEGAL_EXTENSION;
}

static int decode_extensions(struct tls_server_hello *m, struct tls_span *body)
{
	struct tls_ext_list list = {.n = 0};
	unsigned in = m->is_retry ? TLS_EXT_IN_HRR : TLS_EXT_IN_SH | TLS_EXT_IN_SH12;
	int err = 0;

	/* RFC 5246 section 7.4.1.3: in TLS 1.2 a hello may end in front of its extensions. */
	if (m->is_retry || tls_span_more(body))
		err = tls_ext_decode(&list, body, (enum tls_ext_msg)in);
	if (err == 0 && !m->is_retry)
		err = check_place(&list);
	for (unsigned i = 0; err == 0 && i < list.n; i++)
		err = decode_extension(m, &list.ext[i]);
	return err;
}

int tls_server_hello_decode(struct tls_server_hello *m, struct tls_span body)
{
	uint16_t version = tls_span_u16(&body);
	int err;

	*m = (struct tls_server_hello){0};
	m->random = tls_span_take(&body, TLS_RANDOM_LEN);
	m->session_id = tls_span_block8(&body, 0, TLS_SESSION_ID_MAX_LEN);
	m->suite = tls_span_u16(&body);
	if (tls_span_u8(&body) != 0 || version < SSL_3_0 || version > LEGACY_VERSION)
		return body.failed ? TLS_E_UNEXPECTED_PACKET_LENGTH : TLS_E_ILLEGAL_PARAMETER;
	m->is_retry = tls_mem_same(m->random.p, m->random.len, retry_random, sizeof(retry_random));
	err = decode_extensions(m, &body);
	if (err != 0)
		return err;
	/* RFC 8446 appendix D.1: an older version is refused as such */
	if (version != LEGACY_VERSION)
		return m->version != 0 ? TLS_E_ILLEGAL_PARAMETER : TLS_E_UNSUPPORTED_VERSION;
	return tls_span_end(&body) ? 0 : TLS_E_UNEXPECTED_PACKET_LENGTH;
}

static void encode_key_share(struct tls_buf *b, const struct tls_server_hello *m)
{
	struct tls_block e = tls_ext_open(b, TLS_EXT_KEY_SHARE);

	tls_buf_u16(b, m->group);
	if (!m->is_retry) {
		struct tls_block share = tls_buf_open(b, 2);

		tls_buf_span(b, m->share);
		tls_buf_close(b, share);
	}
	tls_buf_close(b, e);
}

static void encode_cookie(struct tls_buf *b, const struct tls_server_hello *m)
{
	struct tls_block e = tls_ext_open(b, TLS_EXT_COOKIE), cookie = tls_buf_open(b, 2);

	tls_buf_span(b, m->cookie);
	tls_buf_close(b, cookie);
	tls_buf_close(b, e);
}

static void encode_block8(struct tls_buf *b, uint16_t type, struct tls_span content)
{
	struct tls_block e = tls_ext_open(b, type), block = tls_buf_open(b, 1);

	tls_buf_span(b, content);
	tls_buf_close(b, block);
	tls_buf_close(b, e);
}

static void encode_extensions12(struct tls_buf *b, const struct tls_server_hello *m)
{
	if (m->has_renegotiation_info)
		encode_block8(b, TLS_EXT_RENEGOTIATION_INFO, m->renegotiation_info);
	tls_ext_encode_empty(b, TLS_EXT_EXTENDED_MASTER_SECRET, m->extended_master_secret);
	if (m->point_formats.len > 0)
		encode_block8(b, TLS_EXT_EC_POINT_FORMATS, m->point_formats);
	tls_ext_encode_empty(b, TLS_EXT_SERVER_NAME, m->server_name);
	tls_ext_encode_empty(b, TLS_EXT_SESSION_TICKET, m->session_ticket);
	tls_ext_encode_empty(b, TLS_EXT_STATUS_REQUEST, m->status_request);
	tls_ext_encode_alpn(b, m->alpn);
	tls_ext_encode_record_size_limit(b, m->record_size_limit);
}

static void encode_extensions(struct tls_buf *b, const struct tls_server_hello *m)
{
	struct tls_block e;

	if (m->group != 0)
		encode_key_share(b, m);
	if (m->cookie.len > 0)
		encode_cookie(b, m);
	if (m->has_psk) {
		e = tls_ext_open(b, TLS_EXT_PRE_SHARED_KEY);
		tls_buf_u16(b, m->psk);
		tls_buf_close(b, e);
	}
	e = tls_ext_open(b, TLS_EXT_SUPPORTED_VERSIONS);
	tls_buf_u16(b, m->version);
	tls_buf_close(b, e);
}

void tls_server_hello_encode(struct tls_buf *b, const struct tls_server_hello *m)
{
	struct tls_block id, list;

	tls_buf_u16(b, LEGACY_VERSION);
	if (m->is_retry)
		tls_buf_bytes(b, retry_random, sizeof(retry_random));
	else
		tls_buf_span(b, m->random);
	id = tls_buf_open(b, 1);
	tls_buf_span(b, m->session_id);
	tls_buf_close(b, id);
	tls_buf_u16(b, m->suite);
	tls_buf_u8(b, 0);
	list = tls_buf_open(b, 2);
	if (m->version != 0)
		encode_extensions(b, m);
	else
		encode_extensions12(b, m);
	tls_buf_close(b, list);
}
