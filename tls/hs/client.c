/* client.c - see client.h. Everything a server picks is checked against what was offered; client12.c goes on
 * when that is TLS 1.2. */
#include "client.h"

#include "../bytes/mem.h"
#include "../error.h"
#include "../msg/certificate_status.h"
#include "../msg/encrypted_extensions.h"
#include "auth.h"
#include "client12.h"
#include "resume12.h"
#include "resume13.h"
#include "store.h"

#define LEGACY_VERSION 0x0303
#define NAME_TYPE_HOST_NAME 0

/* ---- The hello */

static void put_schemes(struct tls_buf *b, const struct tls_policy_list *list)
{
	struct tls_block ext = tls_ext_open(b, TLS_EXT_SIGNATURE_ALGORITHMS), block = tls_buf_open(b, 2);

	for (unsigned i = 0; i < list->n; i++)
		tls_buf_u16(b, list->id[i]);
	tls_buf_close(b, block);
	tls_buf_close(b, ext);
}

/* Hybrids are for TLS 1.3 only. */
static void put_groups(struct tls_buf *b, const struct tls_policy_list *list, bool hybrids)
{
	struct tls_block ext = tls_ext_open(b, TLS_EXT_SUPPORTED_GROUPS), block = tls_buf_open(b, 2);

	for (unsigned i = 0; i < list->n; i++)
		if (hybrids || tls_group_by_id(list->id[i])->part == NULL)
			tls_buf_u16(b, list->id[i]);
	tls_buf_close(b, block);
	tls_buf_close(b, ext);
}

static void put_server_name(struct tls_buf *b, struct tls_span name)
{
	struct tls_block ext, list, one;

	if (name.len == 0)
		return;
	ext = tls_ext_open(b, TLS_EXT_SERVER_NAME);
	list = tls_buf_open(b, 2);
	tls_buf_u8(b, NAME_TYPE_HOST_NAME);
	one = tls_buf_open(b, 2);
	tls_buf_span(b, name);
	tls_buf_close(b, one);
	tls_buf_close(b, list);
	tls_buf_close(b, ext);
}

static void put_block16(struct tls_buf *b, uint16_t type, struct tls_span content)
{
	struct tls_block ext, block;

	if (content.len == 0)
		return;
	ext = tls_ext_open(b, type);
	block = tls_buf_open(b, 2);
	tls_buf_span(b, content);
	tls_buf_close(b, block);
	tls_buf_close(b, ext);
}

/* The share of the group that is liked best, or that a HelloRetryRequest asked for. Without such a
 * request the second hello repeats the first one's (RFC 8446 section 4.1.2). */
static int make_share(struct tls_session_st *s)
{
	struct tls_group_key *key = &s->hs->group_key;
	const struct tls_group *group = s->hs->choice.group;

	if (group == NULL)
		group = tls_group_by_id(s->policy->groups.id[0]);
	if (key->group == group)
		return 0;
	tls_group_key_clear(key);
	return tls_group_generate(key, s->hs->share, group, &s->rng);
}

/* The group that is offered beside a hybrid, whose part it is: a server that doesn't know the hybrid takes this one
 * without another round trip, and it costs no second key. NULL: none. */
static const struct tls_group *second_group(const struct tls_session_st *s)
{
	const struct tls_group *part = s->hs->group_key.group->part;

	if (part == NULL || s->hs->share_alone || !tls_policy_has(&s->policy->groups, part->id))
		return NULL;
	return part;
}

static bool has_share(const struct tls_session_st *s, uint16_t group)
{
	const struct tls_group *second = second_group(s);

	return group == s->hs->group_key.group->id || (second != NULL && group == second->id);
}

static void put_share(struct tls_buf *b, const struct tls_group *group, const uint8_t *share)
{
	struct tls_block one;

	tls_buf_u16(b, group->id);
	one = tls_buf_open(b, 2);
	tls_buf_bytes(b, share, group->client_share_len);
	tls_buf_close(b, one);
}

static void put_shares(const struct tls_session_st *s, struct tls_buf *b)
{
	const struct tls_group *group = s->hs->group_key.group, *second = second_group(s);
	struct tls_block ext = tls_ext_open(b, TLS_EXT_KEY_SHARE), list = tls_buf_open(b, 2);

	put_share(b, group, s->hs->share);
	if (second != NULL)
		put_share(b, second, tls_group_part_share(group, s->hs->share));
	tls_buf_close(b, list);
	tls_buf_close(b, ext);
}

static void put_cert_schemes(struct tls_buf *b, const struct tls_policy_list *schemes)
{
	uint8_t room[4 * TLS_POLICY_LIST_MAX];
	struct tls_buf list;

	tls_buf_init_fixed(&list, room, sizeof(room));
	tls_auth_put_cert_schemes(&list, schemes);
	if (!tls_buf_ok(&list))
		tls_buf_fail(b);
	put_block16(b, TLS_EXT_SIGNATURE_ALGORITHMS_CERT, tls_buf_as_span(&list));
}

/* A renegotiation keeps its version. */
static bool speaks(const struct tls_session_st *s, tls_protocol_t version)
{
	return tls_policy_speaks(s->policy, version) && (!tls_state_is_established(s) || version == TLS_1_2);
}

static void put_versions(const struct tls_session_st *s, struct tls_buf *b)
{
	struct tls_block ext = tls_ext_open(b, TLS_EXT_SUPPORTED_VERSIONS), list = tls_buf_open(b, 1);

	tls_buf_u16(b, TLS_1_3);
	if (speaks(s, TLS_1_2))
		tls_buf_u16(b, TLS_1_2);
	tls_buf_close(b, list);
	tls_buf_close(b, ext);
}

/* RFC 8449 section 4: the content type's byte counts in TLS 1.3 and not in TLS 1.2. Where the server may choose
 * either, the smaller number is safe; for the largest one the protocol's own limit sees to it. */
static uint16_t size_limit(const struct tls_session_st *s)
{
	bool counts_type = speaks(s, TLS_1_3) && (!speaks(s, TLS_1_2) || s->max_recv == TLS_RECORD_MAX_LEN);

	return (uint16_t)(s->max_recv + (counts_type ? 1 : 0));
}

static void put_status_request(struct tls_buf *b)
{
	struct tls_block ext = tls_ext_open(b, TLS_EXT_STATUS_REQUEST);

	tls_certificate_status_request_encode(b);
	tls_buf_close(b, ext);
}

static void put_extensions(struct tls_session_st *s, struct tls_buf *b)
{
	put_server_name(b, s->server_name);
	if (s->status_request)
		put_status_request(b);
	if (speaks(s, TLS_1_3))
		put_versions(s, b);
	tls_ext_encode_record_size_limit(b, size_limit(s));
	put_groups(b, &s->policy->groups, speaks(s, TLS_1_3));
	put_schemes(b, &s->policy->schemes);
	put_cert_schemes(b, &s->policy->schemes);
	put_block16(b, TLS_EXT_ALPN, tls_buf_as_span(&s->alpn_list));
	if (speaks(s, TLS_1_2))
		tls_client12_put_extensions(s, b);
	put_block16(b, TLS_EXT_COOKIE, tls_buf_as_span(&s->hs->cookie));
	if (speaks(s, TLS_1_3))
		put_shares(s, b);
	if (speaks(s, TLS_1_3))
		tls_resume13_offer(s, b); /* RFC 8446 section 4.2.11: the last one */
}

/* The randoms of a hello are made once: the second hello repeats the first. */
static int make_random(struct tls_session_st *s)
{
	int err;

	if (s->hs->retry)
		return 0;
	err = tls_rng_fill(&s->rng, s->client_random, TLS_RANDOM_LEN);
	if (err == 0)
		err = tls_rng_fill(&s->rng, s->hs->session_id, TLS_SESSION_ID_MAX_LEN);
	/* RFC 8446 appendix D.4: looks like a resumption to middleboxes */
	if (speaks(s, TLS_1_3))
		s->hs->hello.session_id = tls_span(s->hs->session_id, TLS_SESSION_ID_MAX_LEN);
	tls_store_load(s);
	tls_resume12_prepare(s);
	return err;
}

/* Those of the versions that are offered; a policy may have others. */
static void put_suites(const struct tls_session_st *s, struct tls_buf *b)
{
	const struct tls_policy_list *list = &s->policy->suites;

	for (unsigned i = 0; i < list->n; i++)
		if (speaks(s, tls_suite_by_id(list->id[i])->version))
			tls_buf_u16(b, list->id[i]);
}

int tls_client_send_hello(struct tls_session_st *s, struct tls_buf *body)
{
	size_t start = body->len;
	struct tls_block block;
	bool any = speaks(s, TLS_1_3) || speaks(s, TLS_1_2);
	int err = any ? make_random(s) : TLS_E_UNSUPPORTED_VERSION;

	if (err == 0 && speaks(s, TLS_1_3))
		err = make_share(s);
	if (err != 0)
		return err;
	if (speaks(s, TLS_1_2) && !s->hs->retry && tls_credentials_have_key(s->cred))
		tls_transcript_keep(&s->hs->transcript);
	tls_buf_u16(body, LEGACY_VERSION);
	tls_buf_bytes(body, s->client_random, TLS_RANDOM_LEN);
	block = tls_buf_open(body, 1);
	tls_buf_span(body, s->hs->hello.session_id);
	tls_buf_close(body, block);
	block = tls_buf_open(body, 2);
	put_suites(s, body);
	tls_buf_close(body, block);
	tls_buf_u16(body, 0x0100); /* one compression method: null */
	block = tls_buf_open(body, 2);
	put_extensions(s, body);
	tls_buf_close(body, block);
	tls_resume13_bind(s, body, start);
	return 0;
}

/* ---- The server's answer */

/* RFC 8446 section 4.1.3: a server that was made to choose an older version than it speaks says so at the end of
 * its random. old: it has chosen less than TLS 1.2. */
static bool is_downgrade(const struct tls_session_st *s, const struct tls_server_hello *m, bool old)
{
	static const uint8_t downgrade[] = {0x44, 0x4f, 0x57, 0x4e, 0x47, 0x52, 0x44};
	const uint8_t *end;

	if (m->random.len != TLS_RANDOM_LEN)
		return false;
	end = m->random.p + TLS_RANDOM_LEN - sizeof(downgrade) - 1;
	if (!tls_mem_same(end, sizeof(downgrade), downgrade, sizeof(downgrade)))
		return false;
	/* 1: it speaks TLS 1.3; 0: it speaks TLS 1.2 and has chosen less */
	return speaks(s, TLS_1_3) ? end[sizeof(downgrade)] <= 1 : old && end[sizeof(downgrade)] == 0;
}

/* A ServerHello of either version, and whether that version may be chosen. */
static int decode_hello(const struct tls_session_st *s, struct tls_server_hello *m, struct tls_span body)
{
	int err = tls_server_hello_decode(m, body);

	if (err == TLS_E_UNSUPPORTED_VERSION && is_downgrade(s, m, true))
		return TLS_E_DOWNGRADE;
	if (err != 0)
		return err;
	if (m->version != 0 && !speaks(s, TLS_1_3))
		return TLS_E_UNSUPPORTED_EXTENSION;
	if (m->version != 0)
		return m->version == TLS_1_3 ? 0 : TLS_E_ILLEGAL_PARAMETER;
	/* sections 4.1.4 and 6.2: it must be there. Others answer protocol_version or illegal_parameter. */
	if (m->is_retry && speaks(s, TLS_1_3))
		return TLS_E_MISSING_EXTENSION;
	/* section 4.1.4: the version is that of the HelloRetryRequest */
	if (s->hs->retry)
		return TLS_E_ILLEGAL_PARAMETER;
	if (is_downgrade(s, m, false))
		return TLS_E_DOWNGRADE;
	return speaks(s, TLS_1_2) && !m->is_retry ? 0 : TLS_E_UNSUPPORTED_VERSION;
}

bool tls_client_has_offered(const struct tls_session_st *s, uint16_t suite, tls_protocol_t version)
{
	return tls_policy_has(&s->policy->suites, suite) && tls_suite_by_id(suite)->version == version;
}

/* What ServerHello and HelloRetryRequest have in common. RFC 8446 sections 4.1.3 and 4.2.1. */
static int check_hello(const struct tls_session_st *s, const struct tls_server_hello *m)
{
	const struct tls_span *id = &s->hs->hello.session_id;

	if (!tls_client_has_offered(s, m->suite, TLS_1_3) ||
	    !tls_mem_same(m->session_id.p, m->session_id.len, id->p, id->len))
		return TLS_E_ILLEGAL_PARAMETER;
	return m->has_unknown ? TLS_E_UNSUPPORTED_EXTENSION : 0;
}

/* RFC 8446 section 4.1.4: it must change something, and ask only for what was offered and not sent. */
static int check_retry(const struct tls_session_st *s, const struct tls_server_hello *m)
{
	if (m->group == 0 && m->cookie.len == 0)
		return TLS_E_ILLEGAL_PARAMETER;
	if (m->group != 0 && (!tls_policy_has(&s->policy->groups, m->group) || has_share(s, m->group)))
		return TLS_E_ILLEGAL_PARAMETER;
	return 0;
}

int tls_client_recv_retry(struct tls_session_st *s, struct tls_span body)
{
	struct tls_server_hello m;
	int err = decode_hello(s, &m, body);

	if (err == 0 && !m.is_retry)
		return TLS_STEP_OTHER;
	if (err == 0)
		err = check_hello(s, &m);
	if (err == 0)
		err = check_retry(s, &m);
	if (err != 0)
		return err;
	tls_buf_span(&s->hs->cookie, m.cookie);
	if (!tls_buf_ok(&s->hs->cookie))
		return TLS_E_MEMORY_ERROR;
	tls_transcript_forget(&s->hs->transcript);
	s->hs->retry = true;
	s->hs->share_alone = m.group != 0;
	s->sflags |= TLS_SFLAGS_HELLO_RETRY;
	s->version = TLS_1_3;
	s->hs->choice.suite = tls_suite_by_id(m.suite);
	s->hs->choice.group = tls_group_by_id(m.group != 0 ? m.group : s->hs->group_key.group->id);
	tls_transcript_choose(&s->hs->transcript, s->hs->choice.suite->hash);
	tls_transcript_retry(&s->hs->transcript);
	return 0;
}

int tls_client_recv_hello(struct tls_session_st *s, struct tls_span body)
{
	struct tls_choice *c = &s->hs->choice;
	struct tls_server_hello m;
	int err = decode_hello(s, &m, body);

	if (err == 0 && m.is_retry)
		return TLS_E_UNEXPECTED_HANDSHAKE_PACKET;
	if (err == 0 && m.version == 0)
		return tls_client12_recv_hello(s, &m);
	if (err == 0)
		err = check_hello(s, &m);
	if (err != 0)
		return err;
	if (m.group == 0)
		return TLS_E_MISSING_EXTENSION;
	/* section 4.1.4: the suite is that of the HelloRetryRequest, if there was one */
	if ((c->suite != NULL && c->suite->id != m.suite) || !has_share(s, m.group))
		return TLS_E_ILLEGAL_PARAMETER;
	if (m.group != s->hs->group_key.group->id)
		tls_group_key_narrow(&s->hs->group_key);
	tls_mem_copy(s->server_random, m.random.p, TLS_RANDOM_LEN);
	c->suite = tls_suite_by_id(m.suite);
	c->group = s->hs->group_key.group;
	tls_transcript_forget(&s->hs->transcript);
	s->version = TLS_1_3;
	s->suite = m.suite;
	s->group = m.group;
	tls_transcript_choose(&s->hs->transcript, c->suite->hash);
	err = tls_group_finish(s->hs->secret, &s->hs->group_key, m.share.p, m.share.len);
	tls_group_key_clear(&s->hs->group_key);
	return err == 0 ? tls_resume13_recv_hello(s, &m) : err;
}

/* ---- EncryptedExtensions */

int tls_client_take_alpn(struct tls_session_st *s, struct tls_span name)
{
	struct tls_span ours = tls_buf_as_span(&s->alpn_list);

	s->alpn = tls_span(NULL, 0);
	if (name.len == 0)
		return s->alpn_mandatory && ours.len > 0 ? TLS_E_NO_APPLICATION_PROTOCOL : 0;
	while (tls_span_more(&ours)) {
		struct tls_span one = tls_span_block8(&ours, 1, 255);

		if (tls_mem_same(one.p, one.len, name.p, name.len)) {
			s->alpn = one;
			return 0;
		}
	}
	return TLS_E_ILLEGAL_PARAMETER;
}

/* RFC 8446 section 4.2: nothing that was not asked for. */
static int check_asked(const struct tls_session_st *s, const struct tls_ext_list *list)
{
	for (unsigned i = 0; i < list->n; i++) {
		switch (list->ext[i].type) {
		case TLS_EXT_SUPPORTED_GROUPS:
		case TLS_EXT_RECORD_SIZE_LIMIT:
			break;
		case TLS_EXT_SERVER_NAME:
			if (s->server_name.len == 0)
				return TLS_E_UNSUPPORTED_EXTENSION;
			break;
		case TLS_EXT_ALPN:
			if (s->alpn_list.len == 0)
				return TLS_E_UNSUPPORTED_EXTENSION;
			break;
		default:
			return TLS_E_UNSUPPORTED_EXTENSION;
		}
	}
	return 0;
}

int tls_client_recv_encrypted_extensions(struct tls_session_st *s, struct tls_span body)
{
	struct tls_encrypted_extensions m;
	struct tls_ext_list list;
	struct tls_span copy = body;
	int err = tls_ext_decode(&list, &copy, TLS_EXT_IN_EE);

	if (err == 0)
		err = check_asked(s, &list);
	if (err == 0)
		err = tls_encrypted_extensions_decode(&m, body);
	if (err == 0)
		err = tls_client_take_alpn(s, m.alpn);
	if (err == 0)
		tls_hs_obey_size_limit(s, m.record_size_limit);
	return err;
}
