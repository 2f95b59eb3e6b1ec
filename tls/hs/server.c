/* server.c - see server.h. Each step is decode, choose, store; or fetch, encode. */
#include "server.h"

#include "../bytes/mem.h"
#include "../error.h"
#include "../limits.h"
#include "../msg/encrypted_extensions.h"
#include "../msg/server_hello.h"
#include "resume12.h"
#include "resume13.h"
#include "server12.h"

/* Keeps a copy of the body: the hello's spans borrow from it as long as the handshake lives. */
static int decode_kept(struct tls_client_hello *m, struct tls_buf *kept, struct tls_span body)
{
	tls_buf_clear(kept);
	tls_buf_init(kept, 0);
	tls_buf_span(kept, body);
	if (!tls_buf_ok(kept))
		return TLS_E_MEMORY_ERROR;
	return tls_client_hello_decode(m, tls_buf_as_span(kept));
}

static int keep_name(struct tls_session_st *s, struct tls_span name)
{
	void *copy = name.len > 0 ? tls_mem_dup(name.p, name.len) : NULL;

	if (name.len > 0 && copy == NULL)
		return TLS_E_MEMORY_ERROR;
	tls_mem_free((void *)(uintptr_t)s->server_name.p);
	s->server_name = tls_span(copy, name.len);
	return 0;
}

static int call_post_client_hello(struct tls_session_st *s)
{
	int err = s->post_client_hello != NULL ? s->post_client_hello(s) : 0;

	/* not yet: the step runs again with the next call */
	if (err == TLS_E_AGAIN || err == TLS_E_INTERRUPTED)
		return err;
	return tls_error_of_callback(err);
}

static int choose(struct tls_session_st *s)
{
	struct tls_choose_from from = {.policy = s->policy,
	    .cred = s->cred,
	    .alpn = tls_buf_as_span(&s->alpn_list),
	    .alpn_mandatory = s->alpn_mandatory,
	    .renegotiation = tls_state_is_established(s)};

	if (from.renegotiation)
		from.client_verify = tls_span(s->client_verify, TLS_VERIFY_DATA_LEN);
	return tls_choose_hello(&s->hs->choice, &s->hs->hello, &from);
}

/* What the session tells about the handshake, also when it fails later. */
static void note_choice(struct tls_session_st *s)
{
	const struct tls_choice *c = &s->hs->choice;

	s->version = c->version;
	s->suite = c->suite->id;
	s->group = c->group->id;
	s->scheme = c->scheme;
	s->alpn = c->alpn;
	s->hs->retry = c->retry;
	tls_transcript_choose(&s->hs->transcript, c->suite->hash);
	if (c->retry)
		s->sflags |= TLS_SFLAGS_HELLO_RETRY;
}

int tls_server_recv_hello(struct tls_session_st *s, struct tls_span body)
{
	struct tls_client_hello *m = &s->hs->hello;
	int err = decode_kept(m, &s->hs->hello_body, body);

	if (err == 0)
		tls_mem_copy(s->client_random, m->random.p, TLS_RANDOM_LEN);
	if (err == 0)
		err = keep_name(s, m->server_name);
	if (err == 0)
		err = call_post_client_hello(s);
	if (err == 0)
		err = choose(s);
	if (err != 0)
		return err;
	/* RFC 7627 section 1: what it binds together isn't given up again */
	if ((s->sflags & TLS_SFLAGS_EXT_MASTER_SECRET) != 0 && !m->has_extended_master_secret)
		return TLS_E_EXT_MASTER_SECRET_DROPPED;
	s->cert_asked = false;
	note_choice(s);
	if (s->version == TLS_1_2 && s->cert_request != TLS_CERT_IGNORE)
		tls_transcript_keep(&s->hs->transcript);
	tls_hs_obey_size_limit(s, m->record_size_limit);
	if (m->has_early_data && s->version == TLS_1_3)
		s->in.skip_left = TLS_LIMIT_SKIPPED_EARLY_DATA;
	if (s->version == TLS_1_2)
		return tls_resume12_choose(s);
	if (!s->hs->retry)
		return tls_resume13_choose(s, tls_buf_as_span(&s->hs->hello_body));
	return 0;
}

int tls_server_send_retry(struct tls_session_st *s, struct tls_buf *body)
{
	struct tls_server_hello m = {.is_retry = true,
	    .session_id = s->hs->hello.session_id,
	    .suite = s->hs->choice.suite->id,
	    .version = TLS_1_3,
	    .group = s->hs->choice.group->id};

	tls_transcript_retry(&s->hs->transcript);
	tls_server_hello_encode(body, &m);
	return 0;
}

int tls_server_recv_second_hello(struct tls_session_st *s, struct tls_span body)
{
	struct tls_client_hello *first = tls_mem_dup(&s->hs->hello, sizeof(*first));
	struct tls_buf first_body = s->hs->hello_body;
	int err = TLS_E_MEMORY_ERROR;

	tls_buf_init(&s->hs->hello_body, 0);
	if (first != NULL)
		err = decode_kept(&s->hs->hello, &s->hs->hello_body, body);
	/* RFC 8446 section 4.2.10: a client must not offer early data again */
	if (err == 0 && (s->hs->hello.has_early_data || !tls_client_hello_repeats(&s->hs->hello, first)))
		err = TLS_E_HELLO_CHANGED;
	if (err == 0)
		err = tls_choose_second13(&s->hs->choice, &s->hs->hello);
	/* nothing of the first one's offer counts any more */
	if (err == 0)
		err = tls_resume13_choose(s, tls_buf_as_span(&s->hs->hello_body));
	tls_buf_clear(&first_body);
	tls_mem_free(first);
	return err;
}

int tls_server_send_hello(struct tls_session_st *s, struct tls_buf *body)
{
	const struct tls_choice *c = &s->hs->choice;
	struct tls_server_hello m = {.random = tls_span(s->server_random, TLS_RANDOM_LEN),
	    .session_id = s->hs->hello.session_id,
	    .suite = c->suite->id,
	    .version = TLS_1_3,
	    .group = c->group->id,
	    .share = tls_span(s->hs->share, c->group->server_share_len),
	    .has_psk = s->resumed,
	    .psk = s->hs->psk_index};
	int err;

	if (c->version == TLS_1_2)
		return tls_server12_send_hello(s, body);
	err = tls_rng_fill(&s->rng, s->server_random, TLS_RANDOM_LEN);

	if (err == 0)
		err = tls_group_respond(s->hs->share, s->hs->secret, c->group, c->share.p,
		    c->share.len, &s->rng);
	if (err != 0)
		return err;
	tls_server_hello_encode(body, &m);
	return 0;
}

int tls_server_send_encrypted_extensions(struct tls_session_st *s, struct tls_buf *body)
{
	struct tls_encrypted_extensions m = {.alpn = s->hs->choice.alpn,
	    .server_name = s->server_name.len > 0};

	if (s->hs->hello.record_size_limit != 0)
		m.record_size_limit = (uint16_t)(s->max_recv + 1);
	tls_encrypted_extensions_encode(body, &m);
	return 0;
}
