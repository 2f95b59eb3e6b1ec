/* client_hello.c - ClientHello: RFC 8446 sections 4.1.2 and 4.2, RFC 6066 section 3 (server_name),
 * RFC 7301 (ALPN), RFC 8449 (record_size_limit), and for TLS 1.2 RFC 8422 section 5.1.2
 * (ec_point_formats), RFC 7627 (extended_master_secret), RFC 5746 section 3.2 (renegotiation_info). */
#include "client_hello.h"

#include "../bytes/mem.h"
#include "../error.h"
#include "certificate_status.h"

#define NAME_TYPE_HOST_NAME 0
#define HOST_NAME_MAX_LEN 255

/* A list of u16 behind a prefix of n bytes, filling the whole body. */
static int decode_u16_list(struct tls_span *list, struct tls_span body, unsigned prefix)
{
	*list = prefix == 1 ? tls_span_block8(&body, 2, 254) : tls_span_block16(&body, 2, 65534);
	return tls_span_end(&body) && list->len % 2 == 0 ? 0 : TLS_E_UNEXPECTED_PACKET_LENGTH;
}

static bool is_host_char(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	    c == '-' || c == '_' || c == '.';
}

/* RFC 6066 section 3: ASCII, no trailing dot. Everything that isn't a name's byte is refused here, so
 * that a name can be compared, looked up and logged without a second thought. */
static bool is_host_name(struct tls_span name)
{
	if (name.len == 0 || name.len > HOST_NAME_MAX_LEN || name.p[name.len - 1] == '.')
		return false;
	for (size_t i = 0; i < name.len; i++)
		if (!is_host_char(name.p[i]))
			return false;
	return true;
}

static int decode_server_name(struct tls_client_hello *m, struct tls_span body)
{
	struct tls_span list = tls_span_block16(&body, 1, UINT16_MAX);
	bool seen = false;

	while (tls_span_more(&list)) {
		uint8_t type = tls_span_u8(&list);
		struct tls_span name = tls_span_block16(&list, 1, UINT16_MAX);

		if (name.failed)
			return TLS_E_UNEXPECTED_PACKET_LENGTH;
		if (type != NAME_TYPE_HOST_NAME)
			continue;
		/* "MUST NOT contain more than one name of the same name_type" */
		if (seen || !is_host_name(name))
			return TLS_E_ILLEGAL_PARAMETER;
		m->server_name = name;
		seen = true;
	}
	return tls_span_end(&list) && tls_span_end(&body) ? 0 : TLS_E_UNEXPECTED_PACKET_LENGTH;
}

static int decode_versions(struct tls_client_hello *m, struct tls_span body)
{
	return decode_u16_list(&m->versions, body, 1);
}

static int decode_groups(struct tls_client_hello *m, struct tls_span body)
{
	return decode_u16_list(&m->groups, body, 2);
}

static int decode_schemes(struct tls_client_hello *m, struct tls_span body)
{
	return decode_u16_list(&m->schemes, body, 2);
}

static int decode_alpn(struct tls_client_hello *m, struct tls_span body)
{
	struct tls_span list = tls_span_block16(&body, 2, UINT16_MAX), walk = list;

	while (tls_span_more(&walk))
		(void)tls_span_block8(&walk, 1, 255);
	m->alpn = list;
	return tls_span_end(&walk) && tls_span_end(&body) ? 0 : TLS_E_UNEXPECTED_PACKET_LENGTH;
}

static int decode_key_share(struct tls_client_hello *m, struct tls_span body)
{
	struct tls_span list = tls_span_block16(&body, 0, UINT16_MAX), walk = list;

	while (tls_span_more(&walk)) {
		(void)tls_span_u16(&walk);
		(void)tls_span_block16(&walk, 1, UINT16_MAX);
	}
	m->key_shares = list;
	m->has_key_share = true;
	return tls_span_end(&walk) && tls_span_end(&body) ? 0 : TLS_E_UNEXPECTED_PACKET_LENGTH;
}

static int decode_record_size_limit(struct tls_client_hello *m, struct tls_span body)
{
	return tls_ext_decode_record_size_limit(&m->record_size_limit, body);
}

static int decode_point_formats(struct tls_client_hello *m, struct tls_span body)
{
	m->point_formats = tls_span_block8(&body, 1, 255);
	return tls_span_end(&body) ? 0 : TLS_E_UNEXPECTED_PACKET_LENGTH;
}

static int decode_extended_master_secret(struct tls_client_hello *m, struct tls_span body)
{
	m->has_extended_master_secret = true;
	return tls_span_end(&body) ? 0 : TLS_E_UNEXPECTED_PACKET_LENGTH;
}

static int decode_renegotiation_info(struct tls_client_hello *m, struct tls_span body)
{
	m->has_renegotiation_info = true;
	m->renegotiation_info = tls_span_block8(&body, 0, 255);
	return tls_span_end(&body) ? 0 : TLS_E_UNEXPECTED_PACKET_LENGTH;
}

static int decode_status_request(struct tls_client_hello *m, struct tls_span body)
{
	return tls_certificate_status_request_decode(&m->has_status_request, body);
}

static int decode_early_data(struct tls_client_hello *m, struct tls_span body)
{
	m->has_early_data = true;
	return tls_span_end(&body) ? 0 : TLS_E_UNEXPECTED_PACKET_LENGTH;
}

static int decode_session_ticket(struct tls_client_hello *m, struct tls_span body)
{
	m->has_session_ticket = true;
	m->session_ticket = body;
	return 0;
}

static int decode_pre_shared_key(struct tls_client_hello *m, struct tls_span body)
{
	return tls_psk_offer_decode(&m->psk, body);
}

static int decode_psk_modes(struct tls_client_hello *m, struct tls_span body)
{
	return tls_psk_modes_decode(&m->psk_dhe, body);
}

static const struct {
	uint16_t type;
	int (*decode)(struct tls_client_hello *m, struct tls_span body);
} decoders[] = {
	{TLS_EXT_SERVER_NAME, decode_server_name},
	{TLS_EXT_SUPPORTED_VERSIONS, decode_versions},
	{TLS_EXT_SUPPORTED_GROUPS, decode_groups},
	{TLS_EXT_SIGNATURE_ALGORITHMS, decode_schemes},
	{TLS_EXT_ALPN, decode_alpn},
	{TLS_EXT_KEY_SHARE, decode_key_share},
	{TLS_EXT_RECORD_SIZE_LIMIT, decode_record_size_limit},
	{TLS_EXT_EARLY_DATA, decode_early_data},
	{TLS_EXT_STATUS_REQUEST, decode_status_request},
	{TLS_EXT_EC_POINT_FORMATS, decode_point_formats},
	{TLS_EXT_EXTENDED_MASTER_SECRET, decode_extended_master_secret},
	{TLS_EXT_RENEGOTIATION_INFO, decode_renegotiation_info},
	{TLS_EXT_SESSION_TICKET, decode_session_ticket},
	{TLS_EXT_PRE_SHARED_KEY, decode_pre_shared_key},
	{TLS_EXT_PSK_KEY_EXCHANGE_MODES, decode_psk_modes},
};

static int decode_extensions(struct tls_client_hello *m)
{
	for (unsigned i = 0; i < m->ext.n; i++) {
		const struct tls_ext *e = &m->ext.ext[i];
		int err = 0;

		/* RFC 8446 section 4.2.11: pre_shared_key is the last one. */
		if (e->type == TLS_EXT_PRE_SHARED_KEY && i + 1 != m->ext.n)
			return TLS_E_ILLEGAL_PARAMETER;
		for (size_t k = 0; k < sizeof(decoders) / sizeof(decoders[0]) && err == 0; k++)
			if (decoders[k].type == e->type)
				err = decoders[k].decode(m, e->body);
		if (err != 0)
			return err;
	}
	return 0;
}

int tls_client_hello_decode(struct tls_client_hello *m, struct tls_span body)
{
	int err = 0;

	tls_mem_zero(m, sizeof(*m));
	m->legacy_version = tls_span_u16(&body);
	m->random = tls_span_take(&body, TLS_RANDOM_LEN);
	m->session_id = tls_span_block8(&body, 0, TLS_SESSION_ID_MAX_LEN);
	m->suites = tls_span_block16(&body, 2, 65534);
	m->compression = tls_span_block8(&body, 1, 255);
	if (m->suites.len % 2 != 0)
		return TLS_E_UNEXPECTED_PACKET_LENGTH;
	/* RFC 5246 section 7.4.1.2: a hello may end here. */
	if (tls_span_more(&body))
		err = tls_ext_decode(&m->ext, &body, TLS_EXT_IN_CH);
	if (err != 0)
		return err;
	if (!tls_span_end(&body))
		return TLS_E_UNEXPECTED_PACKET_LENGTH;
	return decode_extensions(m);
}

void tls_client_hello_encode(struct tls_buf *b, const struct tls_client_hello *m)
{
	struct tls_block block;

	tls_buf_u16(b, m->legacy_version);
	tls_buf_span(b, m->random);
	block = tls_buf_open(b, 1);
	tls_buf_span(b, m->session_id);
	tls_buf_close(b, block);
	block = tls_buf_open(b, 2);
	tls_buf_span(b, m->suites);
	tls_buf_close(b, block);
	block = tls_buf_open(b, 1);
	tls_buf_span(b, m->compression);
	tls_buf_close(b, block);
	block = tls_buf_open(b, 2);
	for (unsigned i = 0; i < m->ext.n; i++) {
		struct tls_block e = tls_ext_open(b, m->ext.ext[i].type);

		tls_buf_span(b, m->ext.ext[i].body);
		tls_buf_close(b, e);
	}
	tls_buf_close(b, block);
}

bool tls_client_hello_share(const struct tls_client_hello *m, uint16_t group, struct tls_span *share)
{
	struct tls_span list = m->key_shares;

	while (tls_span_more(&list)) {
		uint16_t id = tls_span_u16(&list);

		*share = tls_span_block16(&list, 1, UINT16_MAX);
		if (id == group)
			return true;
	}
	return false;
}

bool tls_client_hello_has(struct tls_span list, uint16_t v)
{
	while (tls_span_more(&list))
		if (tls_span_u16(&list) == v)
			return true;
	return false;
}

static bool may_change(uint16_t type)
{
	return type == TLS_EXT_KEY_SHARE || type == TLS_EXT_EARLY_DATA || type == TLS_EXT_COOKIE ||
	    type == TLS_EXT_PRE_SHARED_KEY || type == TLS_EXT_PADDING;
}

static bool same(struct tls_span a, struct tls_span b)
{
	return tls_mem_same(a.p, a.len, b.p, b.len);
}

/* True if every extension of a that may not change stands in b with the same body. */
static bool contained(const struct tls_ext_list *a, const struct tls_ext_list *b)
{
	for (unsigned i = 0; i < a->n; i++) {
		const struct tls_ext *other;

		if (may_change(a->ext[i].type))
			continue;
		other = tls_ext_find(b, a->ext[i].type);
		if (other == NULL || !same(a->ext[i].body, other->body))
			return false;
	}
	return true;
}

bool tls_client_hello_repeats(const struct tls_client_hello *second,
    const struct tls_client_hello *first)
{
	return second->legacy_version == first->legacy_version &&
	    same(second->random, first->random) && same(second->session_id, first->session_id) &&
	    same(second->suites, first->suites) && same(second->compression, first->compression) &&
	    contained(&second->ext, &first->ext) && contained(&first->ext, &second->ext);
}
