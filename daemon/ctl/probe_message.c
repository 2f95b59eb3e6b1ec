/* probe_message.c - see probe_message.h. Each message that says something is a step, told before it is judged: what the
 * peer shows is seen also when it is refused. */
#include "probe_message.h"

#include <stdlib.h>
#include <string.h>

#include "probe_cert.h"

#define AUTHORITY_LEN 256

json_t *px_probe_message_name(const char *name, uint16_t number)
{
	return name != NULL ? json_string(name) : px_story_printf("0x%04x", number);
}

/* Those that we don't speak have names, too. */
json_t *px_probe_message_version(tls_protocol_t version)
{
	static const char *const old[] = { "SSL3", "TLS1.0", "TLS1.1" };
	unsigned number = (unsigned)version;

	if (number >= 0x0300 && number <= 0x0302)
		return json_string(old[number - 0x0300]);
	return px_probe_message_name(tls_protocol_get_name(version), (uint16_t)number);
}

static json_t *version_name(uint16_t number)
{
	return px_probe_message_version((tls_protocol_t)number);
}

static json_t *suite_name(uint16_t number)
{
	/* RFC 5746 section 3.3 */
	return number == 0x00ff ? json_string("TLS_EMPTY_RENEGOTIATION_INFO_SCSV")
				: px_probe_message_name(tls_ciphersuite_get_name(number), number);
}

static json_t *group_name(uint16_t number)
{
	return px_probe_message_name(tls_group_get_name(number), number);
}

/* Those that others offer and we don't have: RFC 8446 section 4.2.3, RFC 5246 section 7.4.1.4.1. */
static json_t *sign_name(uint16_t number)
{
	static const struct {
		uint16_t number;
		const char *name;
	} others[] = {
		{ 0x0201, "rsa_pkcs1_sha1" }, { 0x0202, "dsa_sha1" }, { 0x0203, "ecdsa_sha1" },
		{ 0x0301, "rsa_pkcs1_sha224" }, { 0x0302, "dsa_sha224" }, { 0x0303, "ecdsa_sha224" },
		{ 0x0402, "dsa_sha256" }, { 0x0502, "dsa_sha384" }, { 0x0602, "dsa_sha512" },
		{ 0x0808, "ed448" }, { 0x0809, "rsa_pss_pss_sha256" }, { 0x080a, "rsa_pss_pss_sha384" },
		{ 0x080b, "rsa_pss_pss_sha512" }, { 0x081a, "ecdsa_brainpoolP256r1tls13_sha256" },
		{ 0x081b, "ecdsa_brainpoolP384r1tls13_sha384" }, { 0x081c, "ecdsa_brainpoolP512r1tls13_sha512" },
	};
	const char *name = tls_sign_get_name(number);

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]) && name == NULL; i++)
		name = others[i].number == number ? others[i].name : NULL;
	return px_probe_message_name(name, number);
}

static void set_list(struct px_story *story, json_t *step, const char *key, const tls_message_list_t *list,
    json_t *name(uint16_t))
{
	json_t *array;

	if (list->n == 0)
		return;
	array = json_array();
	for (unsigned i = 0; i < list->n; i++)
		px_story_append(story, array, name(list->id[i]));
	px_story_set(story, step, key, array);
}

static void set_first(struct px_story *story, json_t *step, const char *key, const tls_message_list_t *list,
    json_t *name(uint16_t))
{
	if (list->n > 0)
		px_story_set(story, step, key, name(list->id[0]));
}

/* ---- Ours -------------------------------------------------------------------------------------- */

static void set_protocols(struct px_story *story, json_t *step, const tls_datum_t *alpn)
{
	json_t *array;

	if (alpn->size == 0)
		return;
	array = json_array();
	for (unsigned at = 0; at < alpn->size; at += 1U + alpn->data[at])
		px_story_append(story, array, px_story_bytes(alpn->data + at + 1, alpn->data[at]));
	px_story_set(story, step, "alpn", array);
}

static void tell_client_hello(struct px_probe_session *s, const tls_message_info_t *m)
{
	struct px_story *story = s->story;
	json_t *step = px_story_begin(story, "client_hello");

	set_list(story, step, "versions", &m->versions, version_name);
	if (m->server_name.size > 0)
		px_story_set(story, step, "server_name", px_story_bytes(m->server_name.data, m->server_name.size));
	else
		px_story_set(story, step, "server_name", json_null());
	set_protocols(story, step, &m->alpn);
	set_list(story, step, "ciphersuites", &m->ciphersuites, suite_name);
	set_list(story, step, "groups", &m->groups, group_name);
	set_list(story, step, "key_shares", &m->key_shares, group_name);
	set_list(story, step, "signatures", &m->sign_algorithms, sign_name);
	if (m->psk || m->session_ticket)
		px_story_set(story, step, "resumes", json_string(m->psk ? "by a ticket of TLS 1.3" : "by a ticket"));
	px_story_tell(story, step);
	s->awaited = "server_hello";
}

static void tell_client_certificate(struct px_probe_session *s, const tls_message_info_t *m)
{
	struct px_story *story = s->story;
	json_t *step = px_story_begin(story, "client_certificate");

	if (m->n_certificates > 0) {
		px_story_set(story, step, "certificates", px_probe_cert_list(story, m));
	} else {
		px_story_set(story, step, "certificates", json_array());
		px_story_set(story, step, "help", json_string(
			"The server asked for a certificate and gets none: --certificate and --key give one."));
	}
	px_story_tell(story, step);
}

static void tell_sent(struct px_probe_session *s, unsigned htype, const tls_message_info_t *m)
{
	switch (htype) {
	case TLS_HANDSHAKE_CLIENT_HELLO:
		tell_client_hello(s, m);
		break;
	case TLS_HANDSHAKE_CERTIFICATE_PKT:
		tell_client_certificate(s, m);
		break;
	default:
		break;
	}
}

/* ---- The peer's -------------------------------------------------------------------------------- */

static void tell_server_hello(struct px_probe_session *s, const tls_message_info_t *m)
{
	struct px_story *story = s->story;
	json_t *step = px_story_begin(story, m->retry ? "hello_retry_request" : "server_hello");
	bool is_13 = m->versions.n > 0 && m->versions.id[0] == TLS_1_3;

	s->hello_came = true;
	set_first(story, step, "version", &m->versions, version_name);
	set_first(story, step, "ciphersuite", &m->ciphersuites, suite_name);
	set_first(story, step, m->retry ? "wanted_group" : "group", &m->groups, group_name);
	if (m->alpn.size > 0)
		px_story_set(story, step, "alpn", px_story_bytes(m->alpn.data, m->alpn.size));
	if (m->psk)
		px_story_set(story, step, "resumes", json_true());
	if (!is_13)
		px_story_set(story, step, "extended_master_secret", json_boolean(m->extended_master_secret));
	px_story_tell(story, step);
	if (!m->retry)
		s->awaited = is_13 ? "encrypted_extensions" : "certificate";
}

static void tell_encrypted_extensions(struct px_probe_session *s, const tls_message_info_t *m)
{
	json_t *step = px_story_begin(s->story, "encrypted_extensions");

	px_story_set(s->story, step, "alpn",
	    m->alpn.size > 0 ? px_story_bytes(m->alpn.data, m->alpn.size) : json_null());
	px_story_tell(s->story, step);
	s->awaited = "certificate";
}

static void keep_leaf(struct px_probe_session *s, const tls_message_info_t *m)
{
	const tls_datum_t *leaf = &m->certificates[0];
	tls_certificate_info_t info;

	free(s->leaf.data);
	s->leaf = (tls_datum_t){ .data = NULL };
	s->n_certificates = m->n_certificates;
	if (m->n_certificates == 0)
		return;
	s->leaf.data = malloc(leaf->size);
	if (s->leaf.data == NULL) {
		s->story->no_memory = true;
		return;
	}
	memcpy(s->leaf.data, leaf->data, leaf->size);
	s->leaf.size = leaf->size;
	s->leaf_self_issued = tls_certificate_get_info(leaf, &info) == 0 && info.self_issued;
	s->name_fits = tls_certificate_check_hostname(leaf, s->o->name);
}

static void tell_staple(struct px_probe_session *s, const tls_datum_t *response)
{
	json_t *step;

	if (response->size == 0)
		return;
	step = px_story_begin(s->story, "staple");
	px_probe_cert_set_staple(s->story, step, &s->leaf, response);
	px_story_tell(s->story, step);
}

static void tell_certificate(struct px_probe_session *s, const tls_message_info_t *m)
{
	json_t *step = px_story_begin(s->story, "certificate");

	keep_leaf(s, m);
	px_story_set(s->story, step, "certificates", px_probe_cert_list(s->story, m));
	px_story_tell(s->story, step);
	tell_staple(s, &m->ocsp_response);
	s->awaited = tls_protocol_get_version(s->tls) == TLS_1_3 ? "certificate_verify" : "server_key_exchange";
}

static void tell_key_exchange(struct px_probe_session *s, const tls_message_info_t *m)
{
	json_t *step = px_story_begin(s->story, "server_key_exchange");

	set_first(s->story, step, "group", &m->groups, group_name);
	set_first(s->story, step, "signature", &m->sign_algorithms, sign_name);
	px_story_tell(s->story, step);
	s->awaited = "server_hello_done";
}

static void tell_certificate_request(struct px_probe_session *s, const tls_message_info_t *m)
{
	json_t *step = px_story_begin(s->story, "certificate_request"), *names = json_array();
	tls_datum_t rest = m->authorities;
	char name[AUTHORITY_LEN];

	s->certificate_asked = true;
	while (tls_message_next_authority(&rest, name, sizeof(name)))
		px_story_append(s->story, names, json_string(name));
	if (names != NULL && json_array_size(names) == 0) {
		json_decref(names);
		names = json_string("any");
	}
	px_story_set(s->story, step, "authorities", names);
	set_list(s->story, step, "signatures", &m->sign_algorithms, sign_name);
	px_story_tell(s->story, step);
}

static void tell_ticket(struct px_probe_session *s, const tls_message_info_t *m)
{
	json_t *step;

	s->n_tickets++;
	if (!px_probe_session_tells(s))
		return;
	step = px_story_begin(s->story, "session_ticket");
	px_story_set(s->story, step, "lifetime_seconds",
	    m->lifetime > 0 || tls_protocol_get_version(s->tls) == TLS_1_3 ? json_integer(m->lifetime)
									  : json_null());
	px_story_set(s->story, step, "bytes", json_integer(m->ticket_size));
	px_story_tell(s->story, step);
}

static void tell_key_update(struct px_probe_session *s, const tls_message_info_t *m)
{
	json_t *step;

	s->n_key_updates++;
	if (!px_probe_session_tells(s))
		return;
	step = px_story_begin(s->story, "peer_key_update");
	px_story_set(s->story, step, "asks_for_ours", json_boolean(m->update_requested));
	px_story_tell(s->story, step);
}

static void tell_received(struct px_probe_session *s, unsigned htype, const tls_message_info_t *m)
{
	switch (htype) {
	case TLS_HANDSHAKE_SERVER_HELLO:
		tell_server_hello(s, m);
		break;
	case TLS_HANDSHAKE_ENCRYPTED_EXTENSIONS:
		tell_encrypted_extensions(s, m);
		break;
	case TLS_HANDSHAKE_CERTIFICATE_PKT:
		tell_certificate(s, m);
		break;
	case TLS_HANDSHAKE_CERTIFICATE_STATUS:
		tell_staple(s, &m->ocsp_response);
		break;
	case TLS_HANDSHAKE_SERVER_KEY_EXCHANGE:
		tell_key_exchange(s, m);
		break;
	case TLS_HANDSHAKE_CERTIFICATE_REQUEST:
		tell_certificate_request(s, m);
		break;
	case TLS_HANDSHAKE_NEW_SESSION_TICKET:
		tell_ticket(s, m);
		break;
	case TLS_HANDSHAKE_KEY_UPDATE:
		tell_key_update(s, m);
		break;
	default:
		break;
	}
}

/* Messages with nothing in them for people only move what is awaited. */
static void tell_silent(struct px_probe_session *s, unsigned htype, bool incoming)
{
	if (htype == TLS_HANDSHAKE_CERTIFICATE_VERIFY && incoming)
		s->awaited = "finished";
	if (htype == TLS_HANDSHAKE_SERVER_HELLO_DONE || htype == TLS_HANDSHAKE_FINISHED)
		s->awaited = "finished";
}

/* As their steps are called. */
static const char *message_name(unsigned htype)
{
	static const char *const names[] = {
		[TLS_HANDSHAKE_SERVER_HELLO] = "server_hello",
		[TLS_HANDSHAKE_NEW_SESSION_TICKET] = "session_ticket",
		[TLS_HANDSHAKE_ENCRYPTED_EXTENSIONS] = "encrypted_extensions",
		[TLS_HANDSHAKE_CERTIFICATE_PKT] = "certificate",
		[TLS_HANDSHAKE_SERVER_KEY_EXCHANGE] = "server_key_exchange",
		[TLS_HANDSHAKE_CERTIFICATE_REQUEST] = "certificate_request",
		[TLS_HANDSHAKE_SERVER_HELLO_DONE] = "server_hello_done",
		[TLS_HANDSHAKE_CERTIFICATE_VERIFY] = "certificate_verify",
		[TLS_HANDSHAKE_FINISHED] = "finished",
		[TLS_HANDSHAKE_CERTIFICATE_STATUS] = "staple",
		[TLS_HANDSHAKE_KEY_UPDATE] = "peer_key_update",
	};

	return htype < sizeof(names) / sizeof(names[0]) ? names[htype] : NULL;
}

int px_probe_message_hook(tls_session_t tls, unsigned htype, unsigned when, unsigned incoming, const tls_datum_t *msg)
{
	struct px_probe_session *s = tls_session_get_ptr(tls);
	tls_message_info_t info;

	if (incoming != 0)
		s->current = when == TLS_HOOK_PRE ? message_name(htype) : NULL;
	if (when != TLS_HOOK_PRE)
		return 0;
	tell_silent(s, htype, incoming != 0);
	/* what doesn't decode is judged behind this */
	if (tls_message_get_info(htype, tls_protocol_get_version(tls), msg, &info) < 0)
		return 0;
	if (incoming != 0)
		tell_received(s, htype, &info);
	else
		tell_sent(s, htype, &info);
	return 0;
}
