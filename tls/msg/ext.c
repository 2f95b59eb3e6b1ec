/* ext.c - the extension table. RFC 8446 section 4.2, RFC 8449, RFC 7685; RFC 6066, RFC 7301, RFC 8422,
 * RFC 7627, RFC 7366, RFC 5077 and RFC 5746 for the answers of TLS 1.2. */
#include "ext.h"

#include "../error.h"

#define RECORD_SIZE_LIMIT_MIN 64

/* The RFC's table, in its order; a row says where an extension may stand. */
static const struct {
	uint16_t type;
	uint16_t where;
} table[] = {
	/* clang-format off */
	{ TLS_EXT_SERVER_NAME,                  TLS_EXT_IN_CH | TLS_EXT_IN_EE | TLS_EXT_IN_SH12 },
	{ TLS_EXT_MAX_FRAGMENT_LENGTH,          TLS_EXT_IN_CH | TLS_EXT_IN_EE | TLS_EXT_IN_SH12 },
	{ TLS_EXT_STATUS_REQUEST,               TLS_EXT_IN_CH | TLS_EXT_IN_CR | TLS_EXT_IN_CT | TLS_EXT_IN_SH12 },
	{ TLS_EXT_SUPPORTED_GROUPS,             TLS_EXT_IN_CH | TLS_EXT_IN_EE },
	{ TLS_EXT_EC_POINT_FORMATS,             TLS_EXT_IN_CH | TLS_EXT_IN_SH12 },
	{ TLS_EXT_SIGNATURE_ALGORITHMS,         TLS_EXT_IN_CH | TLS_EXT_IN_CR },
	{ TLS_EXT_USE_SRTP,                     TLS_EXT_IN_CH | TLS_EXT_IN_EE | TLS_EXT_IN_SH12 },
	{ TLS_EXT_HEARTBEAT,                    TLS_EXT_IN_CH | TLS_EXT_IN_EE | TLS_EXT_IN_SH12 },
	{ TLS_EXT_ALPN,                         TLS_EXT_IN_CH | TLS_EXT_IN_EE | TLS_EXT_IN_SH12 },
	{ TLS_EXT_SIGNED_CERTIFICATE_TIMESTAMP, TLS_EXT_IN_CH | TLS_EXT_IN_CR | TLS_EXT_IN_CT | TLS_EXT_IN_SH12 },
	{ TLS_EXT_CLIENT_CERTIFICATE_TYPE,      TLS_EXT_IN_CH | TLS_EXT_IN_EE | TLS_EXT_IN_SH12 },
	{ TLS_EXT_SERVER_CERTIFICATE_TYPE,      TLS_EXT_IN_CH | TLS_EXT_IN_EE | TLS_EXT_IN_SH12 },
	{ TLS_EXT_PADDING,                      TLS_EXT_IN_CH },
	{ TLS_EXT_ENCRYPT_THEN_MAC,             TLS_EXT_IN_CH | TLS_EXT_IN_SH12 },
	{ TLS_EXT_EXTENDED_MASTER_SECRET,       TLS_EXT_IN_CH | TLS_EXT_IN_SH12 },
	{ TLS_EXT_KEY_SHARE,                    TLS_EXT_IN_CH | TLS_EXT_IN_SH | TLS_EXT_IN_HRR },
	{ TLS_EXT_PRE_SHARED_KEY,               TLS_EXT_IN_CH | TLS_EXT_IN_SH },
	{ TLS_EXT_PSK_KEY_EXCHANGE_MODES,       TLS_EXT_IN_CH },
	{ TLS_EXT_EARLY_DATA,                   TLS_EXT_IN_CH | TLS_EXT_IN_EE | TLS_EXT_IN_NST },
	{ TLS_EXT_COOKIE,                       TLS_EXT_IN_CH | TLS_EXT_IN_HRR },
	{ TLS_EXT_SUPPORTED_VERSIONS,           TLS_EXT_IN_CH | TLS_EXT_IN_SH | TLS_EXT_IN_HRR },
	{ TLS_EXT_CERTIFICATE_AUTHORITIES,      TLS_EXT_IN_CH | TLS_EXT_IN_CR },
	{ TLS_EXT_OID_FILTERS,                  TLS_EXT_IN_CR },
	{ TLS_EXT_POST_HANDSHAKE_AUTH,          TLS_EXT_IN_CH },
	{ TLS_EXT_SIGNATURE_ALGORITHMS_CERT,    TLS_EXT_IN_CH | TLS_EXT_IN_CR },
	{ TLS_EXT_RECORD_SIZE_LIMIT,            TLS_EXT_IN_CH | TLS_EXT_IN_EE | TLS_EXT_IN_SH12 },
	{ TLS_EXT_SESSION_TICKET,               TLS_EXT_IN_CH | TLS_EXT_IN_SH12 },
	{ TLS_EXT_RENEGOTIATION_INFO,           TLS_EXT_IN_CH | TLS_EXT_IN_SH12 },
	/* clang-format on */
};

/* in may name more than one message: then any of them will do. */
static bool may_stand(uint16_t type, enum tls_ext_msg in)
{
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (table[i].type == type)
			return (table[i].where & in) != 0;
	return true;
}

const struct tls_ext *tls_ext_find(const struct tls_ext_list *list, uint16_t type)
{
	for (unsigned i = 0; i < list->n; i++)
		if (list->ext[i].type == type)
			return &list->ext[i];
	return NULL;
}

int tls_ext_decode(struct tls_ext_list *list, struct tls_span *s, enum tls_ext_msg in)
{
	struct tls_span block = tls_span_block16(s, 0, UINT16_MAX);

	list->n = 0;
	while (tls_span_more(&block)) {
		uint16_t type = tls_span_u16(&block);
		struct tls_span body = tls_span_block16(&block, 0, UINT16_MAX);

		if (body.failed || list->n == TLS_EXT_MAX)
			return TLS_E_UNEXPECTED_PACKET_LENGTH;
		if (!may_stand(type, in))
			return TLS_E_ILLEGAL_EXTENSION;
		if (tls_ext_find(list, type) != NULL)
			return TLS_E_ILLEGAL_PARAMETER;
		list->ext[list->n++] = (struct tls_ext){.type = type, .body = body};
	}
	return tls_span_end(&block) ? 0 : TLS_E_UNEXPECTED_PACKET_LENGTH;
}

bool tls_ext_fit(const struct tls_ext_list *list, enum tls_ext_msg in)
{
	for (unsigned i = 0; i < list->n; i++)
		if (!may_stand(list->ext[i].type, in))
			return false;
	return true;
}

struct tls_block tls_ext_open(struct tls_buf *b, uint16_t type)
{
	tls_buf_u16(b, type);
	return tls_buf_open(b, 2);
}

int tls_ext_decode_alpn(struct tls_span *name, struct tls_span body)
{
	struct tls_span list = tls_span_block16(&body, 2, UINT16_MAX);

	*name = tls_span_block8(&list, 1, 255);
	return tls_span_end(&list) && tls_span_end(&body) ? 0 : TLS_E_UNEXPECTED_PACKET_LENGTH;
}

void tls_ext_encode_alpn(struct tls_buf *b, struct tls_span name)
{
	struct tls_block ext, list, one;

	if (name.len == 0)
		return;
	ext = tls_ext_open(b, TLS_EXT_ALPN);
	list = tls_buf_open(b, 2);
	one = tls_buf_open(b, 1);
	tls_buf_span(b, name);
	tls_buf_close(b, one);
	tls_buf_close(b, list);
	tls_buf_close(b, ext);
}

int tls_ext_decode_record_size_limit(uint16_t *limit, struct tls_span body)
{
	*limit = tls_span_u16(&body);
	if (!tls_span_end(&body))
		return TLS_E_UNEXPECTED_PACKET_LENGTH;
	return *limit >= RECORD_SIZE_LIMIT_MIN ? 0 : TLS_E_ILLEGAL_PARAMETER;
}

void tls_ext_encode_record_size_limit(struct tls_buf *b, uint16_t limit)
{
	struct tls_block ext;

	if (limit == 0)
		return;
	ext = tls_ext_open(b, TLS_EXT_RECORD_SIZE_LIMIT);
	tls_buf_u16(b, limit);
	tls_buf_close(b, ext);
}

void tls_ext_encode_empty(struct tls_buf *b, uint16_t type, bool wanted)
{
	if (wanted)
		tls_buf_close(b, tls_ext_open(b, type));
}
