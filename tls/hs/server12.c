/* server12.c - see server12.h. */
#include "server12.h"

#include "../bytes/mem.h"
#include "../error.h"
#include "../msg/key_exchange.h"
#include "../msg/server_hello.h"
#include "auth.h"
#include "resume12.h"
#include "status.h"

#define SENTINEL_LEN 8

/* RFC 8446 section 4.1.3: a client that speaks TLS 1.3 sees that we would have, too. */
static int make_random(struct tls_session_st *s)
{
	static const uint8_t sentinel[SENTINEL_LEN] = {'D', 'O', 'W', 'N', 'G', 'R', 'D', 1};
	int err = tls_rng_fill(&s->rng, s->server_random, TLS_RANDOM_LEN);

	if (err == 0 && tls_policy_speaks(s->policy, TLS_1_3))
		tls_mem_copy(s->server_random + TLS_RANDOM_LEN - SENTINEL_LEN, sentinel, SENTINEL_LEN);
	return err;
}

/* RFC 5746 sections 3.6 and 3.7: what both have said last, nothing before the first handshake. */
static struct tls_buf verify_data(const struct tls_session_st *s, uint8_t room[2 * TLS_VERIFY_DATA_LEN])
{
	struct tls_buf b;

	tls_buf_init_fixed(&b, room, 2 * TLS_VERIFY_DATA_LEN);
	if (tls_state_is_established(s)) {
		tls_buf_bytes(&b, s->client_verify, TLS_VERIFY_DATA_LEN);
		tls_buf_bytes(&b, s->server_verify, TLS_VERIFY_DATA_LEN);
	}
	return b;
}

int tls_server12_send_hello(struct tls_session_st *s, struct tls_buf *body)
{
	static const uint8_t uncompressed = 0;
	const struct tls_client_hello *hello = &s->hs->hello;
	uint8_t room[2 * TLS_VERIFY_DATA_LEN];
	struct tls_buf verify = verify_data(s, room);
	struct tls_server_hello m = {.random = tls_span(s->server_random, TLS_RANDOM_LEN),
	    .suite = s->hs->choice.suite->id,
	    .has_renegotiation_info = true,
	    .renegotiation_info = tls_buf_as_span(&verify),
	    .extended_master_secret = hello->has_extended_master_secret,
	    .alpn = s->hs->choice.alpn,
	    .server_name = s->server_name.len > 0};
	int err = make_random(s);

	if (err != 0)
		return err;
	if (hello->point_formats.len > 0)
		m.point_formats = tls_span(&uncompressed, 1);
	/* RFC 8449 section 4: in TLS 1.2 the limit is on the content alone */
	if (hello->record_size_limit != 0)
		m.record_size_limit = (uint16_t)s->max_recv;
	tls_resume12_answer(s, &m);
	s->hs->status = m.status_request = !s->resumed && tls_status_staple(s).len > 0;
	if (hello->has_extended_master_secret)
		s->sflags |= TLS_SFLAGS_EXT_MASTER_SECRET;
	tls_server_hello_encode(body, &m);
	return 0;
}

/* RFC 8422 section 5.4: the randoms and the parameters are signed. */
static int sign_params(struct tls_session_st *s, struct tls_server_key_exchange *m, uint8_t *sig)
{
	uint8_t input[2 * TLS_RANDOM_LEN + TLS_SERVER_KEY_EXCHANGE_PARAMS_MAX];
	size_t sig_len = 0;
	struct tls_buf b;
	int err;

	tls_buf_init_fixed(&b, input, sizeof(input));
	tls_buf_bytes(&b, s->client_random, TLS_RANDOM_LEN);
	tls_buf_bytes(&b, s->server_random, TLS_RANDOM_LEN);
	tls_server_key_exchange_params(&b, m->group, m->share);
	if (!tls_buf_ok(&b))
		return TLS_E_INTERNAL_ERROR;
	err = tls_auth_sign(s, sig, &sig_len, tls_buf_as_span(&b));
	m->signature = tls_span(sig, sig_len);
	return err;
}

int tls_server12_send_key_exchange(struct tls_session_st *s, struct tls_buf *body)
{
	const struct tls_choice *c = &s->hs->choice;
	uint8_t *share = s->hs->share, sig[TLS_SIG_MAX_LEN];
	struct tls_server_key_exchange m = {.group = c->group->id,
	    .share = tls_span(share, c->group->client_share_len),
	    .scheme = c->scheme};
	int err = 0;

	/* here the server speaks first; what was asked to be signed stays, should the step be repeated */
	if (s->hs->group_key.group == NULL)
		err = tls_group_generate(&s->hs->group_key, share, c->group, &s->rng);
	if (err == 0)
		err = sign_params(s, &m, sig);
	if (err == 0)
		tls_server_key_exchange_encode(body, &m);
	return err;
}

int tls_server12_send_hello_done(struct tls_session_st *s, struct tls_buf *body)
{
	(void)s;
	(void)body;
	return 0;
}

int tls_server12_recv_key_exchange(struct tls_session_st *s, struct tls_span body)
{
	struct tls_span share;
	int err = tls_client_key_exchange_decode(&share, body);

	if (err == 0)
		err = tls_group_finish(s->hs->secret, &s->hs->group_key, share.p, share.len);
	tls_group_key_clear(&s->hs->group_key);
	return err;
}
