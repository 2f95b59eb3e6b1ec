/* client12.c - see client12.h. RFC 5246 section 7.4, RFC 8422, RFC 7627, RFC 5746. Everything a server
 * picks is checked against what was offered. */
#include "client12.h"

#include "../bytes/mem.h"
#include "../crypto/sig.h"
#include "../error.h"
#include "../msg/key_exchange.h"
#include "auth.h"
#include "client.h"
#include "resume12.h"

#define POINT_UNCOMPRESSED 0

void tls_client12_put_extensions(const struct tls_session_st *s, struct tls_buf *b)
{
	static const uint8_t formats[] = {1, POINT_UNCOMPRESSED};
	struct tls_block ext, info;

	tls_ext_encode_empty(b, TLS_EXT_EXTENDED_MASTER_SECRET, true);
	/* RFC 5746 sections 3.4 and 3.5: nothing was negotiated before a first hello */
	ext = tls_ext_open(b, TLS_EXT_RENEGOTIATION_INFO);
	info = tls_buf_open(b, 1);
	if (tls_state_is_established(s))
		tls_buf_bytes(b, s->client_verify, TLS_VERIFY_DATA_LEN);
	tls_buf_close(b, info);
	tls_buf_close(b, ext);
	ext = tls_ext_open(b, TLS_EXT_EC_POINT_FORMATS);
	tls_buf_bytes(b, formats, sizeof(formats));
	tls_buf_close(b, ext);
	tls_resume12_put_extension(s, b);
}

/* ---- ServerHello */

/* RFC 8446 section 4.2, RFC 5246 section 7.4.1.4: nothing that was not asked for. */
static int check_asked(const struct tls_session_st *s, const struct tls_server_hello *m)
{
	if (m->has_unknown || (m->server_name && s->server_name.len == 0) ||
	    (m->alpn.len > 0 && s->alpn_list.len == 0) || (m->status_request && !s->status_request))
		return TLS_E_UNSUPPORTED_EXTENSION;
	return 0;
}

/* RFC 8422 section 5.2: a list without this one is no answer to our hello. */
static bool has_uncompressed(struct tls_span formats)
{
	while (tls_span_more(&formats))
		if (tls_span_u8(&formats) == POINT_UNCOMPRESSED)
			return true;
	return false;
}

/* RFC 5746 sections 3.4 and 3.5; RFC 7627 for what it binds together: it isn't given up again. */
static int check_renegotiation(const struct tls_session_st *s, const struct tls_server_hello *m)
{
	struct tls_span info = m->renegotiation_info;
	size_t len = tls_state_is_established(s) ? 2 * TLS_VERIFY_DATA_LEN : 0;

	if (!m->has_renegotiation_info || info.len != len)
		return TLS_E_SAFE_RENEGOTIATION_FAILED;
	if (len > 0 &&
	    (!tls_mem_equal(info.p, s->client_verify, TLS_VERIFY_DATA_LEN) ||
	        !tls_mem_equal(info.p + TLS_VERIFY_DATA_LEN, s->server_verify, TLS_VERIFY_DATA_LEN)))
		return TLS_E_SAFE_RENEGOTIATION_FAILED;
	if ((s->sflags & TLS_SFLAGS_EXT_MASTER_SECRET) != 0 && !m->extended_master_secret)
		return TLS_E_EXT_MASTER_SECRET_DROPPED;
	return 0;
}

static int check_hello(const struct tls_session_st *s, const struct tls_server_hello *m)
{
	int err = check_asked(s, m);

	if (err != 0)
		return err;
	if (!tls_client_has_offered(s, m->suite, TLS_1_2))
		return TLS_E_ILLEGAL_PARAMETER;
	if (m->point_formats.len > 0 && !has_uncompressed(m->point_formats))
		return TLS_E_ILLEGAL_PARAMETER;
	err = check_renegotiation(s, m);
	if (err != 0)
		return err;
	/* what TLS 1.3 drops in front of a ServerHello is out of its place in TLS 1.2 */
	return s->n_ccs > 0 ? TLS_E_UNEXPECTED_CCS : 0;
}

int tls_client12_recv_hello(struct tls_session_st *s, const struct tls_server_hello *m)
{
	struct tls_hs *hs = s->hs;
	int err = check_hello(s, m);

	if (err == 0)
		err = tls_resume12_recv_hello(s, m);
	if (err == 0)
		err = tls_client_take_alpn(s, m->alpn);
	if (err != 0)
		return err;
	tls_mem_copy(s->server_random, m->random.p, TLS_RANDOM_LEN);
	hs->choice.suite = tls_suite_by_id(m->suite);
	s->version = TLS_1_2;
	s->suite = m->suite;
	s->cert_asked = false;
	tls_transcript_choose(&hs->transcript, hs->choice.suite->hash);
	tls_hs_obey_size_limit(s, m->record_size_limit);
	hs->status = m->status_request && !s->resumed;
	/* RFC 7627 section 5.2: a server that doesn't know it gets the older way */
	if (m->extended_master_secret)
		s->sflags |= TLS_SFLAGS_EXT_MASTER_SECRET;
	/* of the share that only TLS 1.3 would have used */
	tls_group_key_clear(&hs->group_key);
	return 0;
}

/* ---- ServerKeyExchange */

/* RFC 8422 section 5.4: the randoms and the parameters are signed. */
static int check_signature(const struct tls_session_st *s, const struct tls_server_key_exchange *m)
{
	uint8_t input[2 * TLS_RANDOM_LEN + TLS_SERVER_KEY_EXCHANGE_PARAMS_MAX];
	struct tls_buf b;

	tls_buf_init_fixed(&b, input, sizeof(input));
	tls_buf_bytes(&b, s->client_random, TLS_RANDOM_LEN);
	tls_buf_bytes(&b, s->server_random, TLS_RANDOM_LEN);
	tls_buf_span(&b, m->params);
	if (!tls_buf_ok(&b))
		return TLS_E_INTERNAL_ERROR;
	if (!tls_sig_verify(s->hs->peer_key, m->scheme, b.p, b.len, m->signature.p, m->signature.len))
		return TLS_E_SIGNATURE_VERIFY_FAILED;
	return 0;
}

/* No hybrid: a hello that offers one offers TLS 1.3, and means it for that alone. */
static bool has_offered_group(const struct tls_session_st *s, uint16_t group)
{
	return tls_policy_has(&s->policy->groups, group) && tls_group_by_id(group)->part == NULL;
}

int tls_client12_recv_key_exchange(struct tls_session_st *s, struct tls_span body)
{
	struct tls_hs *hs = s->hs;
	struct tls_server_key_exchange m;
	int err = tls_server_key_exchange_decode(&m, body);

	if (err != 0)
		return err;
	/* RFC 5246 section 7.4.3: one of the schemes offered, and one that goes with the key */
	if (!has_offered_group(s, m.group) || !tls_policy_has(&s->policy->schemes, m.scheme) ||
	    !tls_sig_fits12(m.scheme, hs->peer_key))
		return TLS_E_ILLEGAL_PARAMETER;
	err = check_signature(s, &m);
	if (err != 0)
		return err;
	hs->choice.group = tls_group_by_id(m.group);
	s->group = m.group;
	s->scheme = m.scheme;
	/* here the server speaks first */
	err = tls_group_respond(hs->share, hs->secret, hs->choice.group, m.share.p, m.share.len, &s->rng);
	return err == 0 ? tls_auth_call_verify_function(s) : err;
}

int tls_client12_recv_hello_done(struct tls_session_st *s, struct tls_span body)
{
	/* nothing will be signed */
	if (s->hs->choice.entry == NULL)
		tls_transcript_forget(&s->hs->transcript);
	return tls_server_hello_done_decode(body);
}

int tls_client12_send_key_exchange(struct tls_session_st *s, struct tls_buf *body)
{
	tls_client_key_exchange_encode(body, tls_span(s->hs->share, s->hs->choice.group->server_share_len));
	return 0;
}
