/* options.c - what is set on a session and asked of it. All of it is described in tls.h. */
#include "bytes/mem.h"
#include "crypto/group.h"
#include "crypto/sig.h"
#include "error.h"
#include "hs/auth.h"
#include "hs/verify.h"
#include "state.h"
#include "x509/name.h"

#define MAX_SIZE_MIN 64

void tls_session_set_ptr(tls_session_t s, void *ptr)
{
	s->ptr = ptr;
}

void *tls_session_get_ptr(tls_session_t s)
{
	return s->ptr;
}

/* What was chosen borrows from credentials and protocols: they can't be changed under it. Nor can what a
 * client has offered. */
static bool has_begun(const struct tls_session_st *s)
{
	return s->version != 0 || (s->hs != NULL && !tls_state_is_server(s));
}

/* Policy and credentials may be others for each handshake of TLS 1.2, as long as nothing is chosen by them. */
static bool has_chosen(const struct tls_session_st *s)
{
	if (!tls_state_is_established(s) || s->version != TLS_1_2)
		return has_begun(s);
	return s->err != 0 || (s->hs != NULL && (!tls_state_is_server(s) || s->hs->choice.version != 0));
}

int tls_policy_set(tls_session_t s, tls_policy_t policy)
{
	if (policy == NULL || has_chosen(s))
		return TLS_E_INVALID_REQUEST;
	tls_policy_hold(policy);
	tls_policy_deinit(s->policy);
	s->policy = policy;
	return 0;
}

int tls_set_default_priority(tls_session_t s)
{
	tls_policy_t policy;
	int err = tls_policy_init(&policy, "modern");

	if (err != 0)
		return err;
	err = tls_policy_set(s, policy);
	tls_policy_deinit(policy);
	return err;
}

int tls_credentials_set(tls_session_t s, tls_credentials_type_t type, void *cred)
{
	if (type != TLS_CRD_CERTIFICATE || cred == NULL || has_chosen(s))
		return TLS_E_INVALID_REQUEST;
	tls_credentials_hold(cred);
	tls_credentials_release(s->cred);
	s->cred = cred;
	s->own = NULL;
	return 0;
}

int tls_session_set_workspace(tls_session_t s, tls_workspace_t workspace)
{
	if (s->ws != NULL || workspace == NULL)
		return TLS_E_INVALID_REQUEST;
	s->ws = workspace;
	return 0;
}

void tls_session_set_random_function(tls_session_t s, tls_random_func func, void *ptr)
{
	s->rng = func != NULL ? (struct tls_rng){.fill = func, .ptr = ptr} : tls_rng_system;
}

void tls_session_set_time_function(tls_session_t s, tls_time_func func, void *ptr)
{
	s->time = func;
	s->time_ptr = ptr;
}

void tls_transport_set_ptr(tls_session_t s, tls_transport_ptr_t ptr)
{
	s->recv_ptr = s->send_ptr = ptr;
}

void tls_transport_set_ptr2(tls_session_t s, tls_transport_ptr_t recv_ptr, tls_transport_ptr_t send_ptr)
{
	s->recv_ptr = recv_ptr;
	s->send_ptr = send_ptr;
}

void tls_transport_set_pull_function(tls_session_t s, tls_pull_func func)
{
	s->pull = func;
}

void tls_transport_set_push_function(tls_session_t s, tls_push_func func)
{
	s->push = func;
	s->vec_push = NULL;
}

void tls_transport_set_vec_push_function(tls_session_t s, tls_vec_push_func func)
{
	s->vec_push = func;
	s->push = NULL;
}

void tls_transport_set_pull_timeout_function(tls_session_t s, tls_pull_timeout_func func)
{
	s->pull_timeout = func;
}

void tls_transport_set_errno(tls_session_t s, int err)
{
	s->transport_errno = err;
}

void tls_handshake_set_timeout(tls_session_t s, unsigned int ms)
{
	s->handshake_timeout = ms;
}

void tls_handshake_set_hook_function(tls_session_t s, unsigned htype, int when,
    tls_handshake_hook_func func)
{
	s->hook_type = htype;
	s->hook_when = (unsigned)when;
	s->hook = func;
}

void tls_handshake_set_post_client_hello_function(tls_session_t s,
    tls_handshake_post_client_hello_func func)
{
	s->post_client_hello = func;
}

void tls_session_set_keylog_function(tls_session_t s, tls_keylog_func func)
{
	s->keylog = func;
}

void tls_session_get_random(tls_session_t s, tls_datum_t *client, tls_datum_t *server)
{
	if (client != NULL)
		*client = (tls_datum_t){.data = s->client_random, .size = sizeof(s->client_random)};
	if (server != NULL)
		*server = (tls_datum_t){.data = s->server_random, .size = sizeof(s->server_random)};
}

int tls_record_get_direction(tls_session_t s)
{
	return s->direction;
}

ssize_t tls_record_set_max_size(tls_session_t s, size_t size)
{
	if (size < MAX_SIZE_MIN || size > TLS_RECORD_MAX_LEN)
		return TLS_E_INVALID_REQUEST;
	s->max_send = size < s->peer_max_send ? size : s->peer_max_send;
	return 0;
}

size_t tls_record_get_max_size(tls_session_t s)
{
	return s->max_send;
}

ssize_t tls_record_set_max_recv_size(tls_session_t s, size_t size)
{
	if (size < MAX_SIZE_MIN || size > TLS_RECORD_MAX_LEN || s->hs != NULL ||
	    tls_state_is_established(s))
		return TLS_E_INVALID_REQUEST;
	s->max_recv = size;
	return 0;
}

int tls_record_set_padding(tls_session_t s, size_t block)
{
	if (block > TLS_RECORD_MAX_LEN)
		return TLS_E_INVALID_REQUEST;
	s->pad_block = (uint16_t)block;
	return 0;
}

/* ---- ALPN and server name */

int tls_alpn_set_protocols(tls_session_t s, const tls_datum_t *protocols, unsigned protocols_size,
    unsigned flags)
{
	struct tls_buf list;
	size_t len = 0;

	for (unsigned i = 0; i < protocols_size; i++) {
		if (protocols[i].size == 0 || protocols[i].size > UINT8_MAX)
			return TLS_E_INVALID_REQUEST;
		len += 1 + (size_t)protocols[i].size;
	}
	if (len > UINT16_MAX || has_begun(s))
		return TLS_E_INVALID_REQUEST;
	tls_buf_init(&list, 0);
	for (unsigned i = 0; i < protocols_size; i++) {
		tls_buf_u8(&list, protocols[i].size);
		tls_buf_bytes(&list, protocols[i].data, protocols[i].size);
	}
	if (!tls_buf_ok(&list)) {
		tls_buf_clear(&list);
		return TLS_E_MEMORY_ERROR;
	}
	tls_buf_clear(&s->alpn_list);
	s->alpn_list = list;
	s->alpn_mandatory = (flags & TLS_ALPN_MANDATORY) != 0;
	return 0;
}

int tls_alpn_get_selected_protocol(tls_session_t s, tls_datum_t *protocol)
{
	if (s->alpn.len == 0)
		return TLS_E_REQUESTED_DATA_NOT_AVAILABLE;
	protocol->data = (unsigned char *)(uintptr_t)s->alpn.p;
	protocol->size = (unsigned)s->alpn.len;
	return 0;
}

int tls_server_name_set(tls_session_t s, unsigned int type, const void *name, size_t name_length)
{
	struct tls_span given = tls_span(name, name_length);
	void *copy = NULL;

	if (tls_state_is_server(s) || has_begun(s) || type != TLS_NAME_DNS ||
	    (name_length > 0 && !tls_name_is_valid_sni(given)))
		return TLS_E_INVALID_REQUEST;
	if (name_length > 0) {
		copy = tls_mem_dup(name, name_length);
		if (copy == NULL)
			return TLS_E_MEMORY_ERROR;
	}
	tls_mem_free((void *)(uintptr_t)s->server_name.p);
	s->server_name = tls_span(copy, name_length);
	return 0;
}

int tls_server_name_get(tls_session_t s, void *data, size_t *data_length, unsigned int *type,
    unsigned int indx)
{
	size_t room = *data_length;

	if (s->server_name.len == 0 || indx != 0)
		return TLS_E_REQUESTED_DATA_NOT_AVAILABLE;
	*data_length = s->server_name.len;
	if (room < s->server_name.len)
		return TLS_E_SHORT_MEMORY_BUFFER;
	tls_mem_copy(data, s->server_name.p, s->server_name.len);
	if (room > s->server_name.len)
		((char *)data)[s->server_name.len] = '\0';
	if (type != NULL)
		*type = TLS_NAME_DNS;
	return 0;
}

/* ---- Certificates of the peer */

void tls_certificate_server_set_request(tls_session_t s, tls_certificate_request_t req)
{
	if (!has_chosen(s))
		s->cert_request = req;
}

void tls_certificate_send_x509_rdn_sequence(tls_session_t s, int status)
{
	if (!has_chosen(s))
		s->no_authorities = status != 0;
}

int tls_certificate_client_get_request_status(tls_session_t s)
{
	return s->cert_asked ? 1 : 0;
}

const tls_datum_t *tls_certificate_get_peers(tls_session_t s, unsigned int *list_size)
{
	bool known = tls_auth_knows_peer(s);

	*list_size = known ? s->n_peers : 0;
	return known ? s->peers : NULL;
}

int tls_certificate_forget_peers(tls_session_t s)
{
	int err;

	if (!tls_state_is_server(s) || !tls_state_is_established(s) || s->hs != NULL || tls_state_is_entered(s))
		return TLS_E_INVALID_REQUEST;
	err = tls_auth_forget_chain(s);
	if (err == 0)
		tls_verify_forget(s);
	return err;
}

int tls_ocsp_status_request_enable_client(tls_session_t s, const tls_datum_t *responder_id,
    size_t responder_id_size, const tls_datum_t *request_extensions)
{
	if (tls_state_is_server(s) || has_chosen(s) || responder_id != NULL || responder_id_size != 0 ||
	    request_extensions != NULL)
		return TLS_E_INVALID_REQUEST;
	s->status_request = true;
	return 0;
}

int tls_ocsp_status_request_get(tls_session_t s, tls_datum_t *response)
{
	if (!tls_auth_knows_peer(s) || s->staple == NULL)
		return TLS_E_REQUESTED_DATA_NOT_AVAILABLE;
	*response = *s->staple;
	return 0;
}

/* ---- What was negotiated */

unsigned tls_session_get_flags(tls_session_t s)
{
	return s->sflags;
}

tls_protocol_t tls_protocol_get_version(tls_session_t s)
{
	return s->version;
}

uint16_t tls_ciphersuite_get(tls_session_t s)
{
	return s->suite;
}

uint16_t tls_group_get(tls_session_t s)
{
	return s->group;
}

uint16_t tls_sign_algorithm_get(tls_session_t s)
{
	return s->scheme;
}

const char *tls_protocol_get_name(tls_protocol_t version)
{
	if (version == TLS_1_3)
		return "TLS1.3";
	return version == TLS_1_2 ? "TLS1.2" : NULL;
}

const char *tls_ciphersuite_get_name(uint16_t suite)
{
	const struct tls_suite *p = tls_suite_by_id(suite);

	return p != NULL ? p->name : NULL;
}

const char *tls_group_get_name(uint16_t group)
{
	const struct tls_group *p = tls_group_by_id(group);

	return p != NULL ? p->name : NULL;
}

bool tls_group_is_post_quantum(uint16_t group)
{
	const struct tls_group *p = tls_group_by_id(group);

	return p != NULL && p->part != NULL;
}

const char *tls_sign_get_name(uint16_t sign)
{
	const struct tls_sig_scheme *p = tls_sig_by_id(sign);

	return p != NULL ? p->name : NULL;
}

static void put_part(struct tls_buf *b, const char *before, const char *text)
{
	size_t n = 0;

	while (before[n] != '\0')
		tls_buf_u8(b, (uint8_t)before[n++]);
	for (n = 0; text != NULL && text[n] != '\0'; n++)
		tls_buf_u8(b, (uint8_t)text[n]);
}

char *tls_session_get_desc(tls_session_t s)
{
	struct tls_buf b;

	if (!tls_state_is_open(s))
		return NULL;
	tls_buf_init(&b, 0);
	put_part(&b, "(", tls_protocol_get_name(s->version));
	put_part(&b, ")-(", tls_group_get_name(s->group));
	put_part(&b, ")-(", tls_sign_get_name(s->scheme));
	put_part(&b, ")-(", tls_ciphersuite_get_name(s->suite));
	put_part(&b, ")", NULL);
	tls_buf_u8(&b, 0);
	if (tls_buf_ok(&b))
		return (char *)b.p;
	tls_buf_clear(&b);
	return NULL;
}

void *tls_malloc(size_t size)
{
	return tls_mem_alloc(size);
}

void tls_free(void *ptr)
{
	tls_mem_free(ptr);
}
