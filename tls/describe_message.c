/* describe_message.c - messages of the handshake, told and not acted on. All of it is described in describe.h. */
#include "bytes/mem.h"
#include "msg/certificate.h"
#include "msg/certificate_request.h"
#include "msg/certificate_request12.h"
#include "msg/certificate_status.h"
#include "msg/client_hello.h"
#include "msg/encrypted_extensions.h"
#include "msg/key_exchange.h"
#include "msg/key_update.h"
#include "msg/new_session_ticket.h"
#include "msg/server_hello.h"
#include "tls.h"
#include "x509/dn.h"

#define SHARE_MAX UINT16_MAX

static tls_datum_t as_datum(struct tls_span s)
{
	return (tls_datum_t){.data = (unsigned char *)(uintptr_t)s.p, .size = (unsigned)s.len};
}

static void add(tls_message_list_t *list, uint16_t id)
{
	if (list->n < TLS_MESSAGE_LIST_MAX)
		list->id[list->n++] = id;
}

static void add_if(tls_message_list_t *list, uint16_t id)
{
	if (id != 0)
		add(list, id);
}

static void add_all(tls_message_list_t *list, struct tls_span numbers)
{
	while (tls_span_more(&numbers))
		add(list, tls_span_u16(&numbers));
}

static int tell_client_hello(tls_message_info_t *info, struct tls_span body)
{
	struct tls_client_hello m;
	struct tls_span shares;
	int err = tls_client_hello_decode(&m, body);

	if (err != 0)
		return err;
	add_all(&info->versions, m.versions);
	if (m.versions.len == 0)
		add(&info->versions, m.legacy_version);
	add_all(&info->ciphersuites, m.suites);
	add_all(&info->groups, m.groups);
	add_all(&info->sign_algorithms, m.schemes);
	shares = m.key_shares;
	while (tls_span_more(&shares)) {
		add(&info->key_shares, tls_span_u16(&shares));
		tls_span_block16(&shares, 0, SHARE_MAX);
	}
	info->server_name = as_datum(m.server_name);
	info->alpn = as_datum(m.alpn);
	info->session_id = as_datum(m.session_id);
	info->psk = m.psk.identities.len > 0;
	info->session_ticket = m.session_ticket.len > 0;
	info->status_request = m.has_status_request;
	info->extended_master_secret = m.has_extended_master_secret;
	return 0;
}

static int tell_server_hello(tls_message_info_t *info, struct tls_span body)
{
	struct tls_server_hello m;
	int err = tls_server_hello_decode(&m, body);

	if (err != 0)
		return err;
	add(&info->versions, m.version != 0 ? m.version : TLS_1_2);
	add(&info->ciphersuites, m.suite);
	add_if(&info->groups, m.group);
	info->retry = m.is_retry;
	info->alpn = as_datum(m.alpn);
	info->session_id = as_datum(m.session_id);
	info->psk = m.has_psk;
	info->session_ticket = m.session_ticket;
	info->status_request = m.status_request;
	info->extended_master_secret = m.extended_master_secret;
	return 0;
}

static int tell_encrypted_extensions(tls_message_info_t *info, struct tls_span body)
{
	struct tls_encrypted_extensions m;
	int err = tls_encrypted_extensions_decode(&m, body);

	if (err == 0)
		info->alpn = as_datum(m.alpn);
	return err;
}

static int tell_certificate(tls_message_info_t *info, struct tls_span body, bool old)
{
	struct tls_certificate m;
	int err = old ? tls_certificate_decode12(&m, body) : tls_certificate_decode(&m, body);

	if (err != 0)
		return err;
	while (info->n_certificates < m.n && info->n_certificates < TLS_MESSAGE_CERTIFICATES_MAX) {
		info->certificates[info->n_certificates] = as_datum(m.cert[info->n_certificates]);
		info->n_certificates++;
	}
	info->ocsp_response = as_datum(m.status);
	return 0;
}

static int tell_certificate_request(tls_message_info_t *info, struct tls_span body, bool old)
{
	struct tls_certificate_request12 m12 = {.authorities = tls_span(NULL, 0)};
	struct tls_certificate_request m = {.authorities = tls_span(NULL, 0)};
	int err = old ? tls_certificate_request12_decode(&m12, body) : tls_certificate_request_decode(&m, body);

	if (err != 0)
		return err;
	add_all(&info->sign_algorithms, old ? m12.schemes : m.schemes);
	info->authorities = as_datum(old ? m12.authorities : m.authorities);
	return 0;
}

static int tell_ticket(tls_message_info_t *info, struct tls_span body, bool old)
{
	struct tls_new_session_ticket12 m12 = {.lifetime = 0};
	struct tls_new_session_ticket m = {.lifetime = 0};
	int err = old ? tls_new_session_ticket12_decode(&m12, body) : tls_new_session_ticket_decode(&m, body);

	if (err != 0)
		return err;
	info->lifetime = old ? m12.lifetime : m.lifetime;
	info->ticket_size = (unsigned)(old ? m12.ticket.len : m.ticket.len);
	return 0;
}

static int tell_key_exchange(tls_message_info_t *info, struct tls_span body)
{
	struct tls_server_key_exchange m;
	int err = tls_server_key_exchange_decode(&m, body);

	if (err != 0)
		return err;
	add(&info->groups, m.group);
	add(&info->sign_algorithms, m.scheme);
	return 0;
}

static int tell_status(tls_message_info_t *info, struct tls_span body)
{
	struct tls_span response;
	int err = tls_certificate_status_decode(&response, body);

	if (err == 0)
		info->ocsp_response = as_datum(response);
	return err;
}

int tls_message_get_info(unsigned htype, tls_protocol_t version, const tls_datum_t *msg, tls_message_info_t *info)
{
	struct tls_span body = tls_span(msg->data, msg->size);
	bool old = version == TLS_1_2;

	tls_mem_zero(info, sizeof(*info));
	switch (htype) {
	case TLS_HANDSHAKE_CLIENT_HELLO:
		return tell_client_hello(info, body);
	case TLS_HANDSHAKE_SERVER_HELLO:
		return tell_server_hello(info, body);
	case TLS_HANDSHAKE_ENCRYPTED_EXTENSIONS:
		return tell_encrypted_extensions(info, body);
	case TLS_HANDSHAKE_CERTIFICATE_PKT:
		return tell_certificate(info, body, old);
	case TLS_HANDSHAKE_CERTIFICATE_STATUS:
		return tell_status(info, body);
	case TLS_HANDSHAKE_SERVER_KEY_EXCHANGE:
		return tell_key_exchange(info, body);
	case TLS_HANDSHAKE_CERTIFICATE_REQUEST:
		return tell_certificate_request(info, body, old);
	case TLS_HANDSHAKE_NEW_SESSION_TICKET:
		return tell_ticket(info, body, old);
	case TLS_HANDSHAKE_KEY_UPDATE:
		return tls_key_update_decode(&info->update_requested, body);
	default:
		return TLS_E_REQUESTED_DATA_NOT_AVAILABLE;
	}
}

bool tls_message_next_authority(tls_datum_t *rest, char *text, size_t size)
{
	struct tls_span list = tls_span(rest->data, rest->size), name;
	struct tls_buf b;

	text[0] = '\0';
	if (!tls_span_more(&list))
		return false;
	name = tls_span_block16(&list, 0, UINT16_MAX);
	*rest = as_datum(list);
	if (!tls_dn_is_valid(name))
		return !name.failed;
	tls_buf_init_fixed(&b, (uint8_t *)text, size - 1);
	tls_dn_print(&b, name);
	text[b.len] = '\0';
	return true;
}
