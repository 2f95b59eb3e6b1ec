/* resume12.c - see resume12.h. */
#include "resume12.h"

#include "../bytes/mem.h"
#include "../error.h"
#include "../limits.h"
#include "../msg/new_session_ticket.h"
#include "store.h"
#include "verify.h"

#define NONE TLS_E_REQUESTED_DATA_NOT_AVAILABLE

/* Both sides have the first session's secret, group and chain. */
static int resume(struct tls_session_st *s)
{
	const struct tls_resume *r = &s->hs->state;
	int err = tls_store_take_over(s);

	if (err != 0)
		return err;
	s->group = r->group;
	tls_transcript_forget(&s->hs->transcript); /* nothing will be signed */
	return tls_keys12_resume(s, tls_span(r->secret.b, r->secret.len));
}

/* ---- Server */

static bool has_key(const struct tls_session_st *s)
{
	return s->resumption->store->has_key;
}

static int find(struct tls_session_st *s)
{
	const struct tls_client_hello *m = &s->hs->hello;
	const struct tls_resume *r = &s->hs->state;
	int err = tls_store_get(s, has_key(s) ? m->session_ticket : m->session_id);

	if (err != 0)
		return err;
	/* RFC 7627 section 5.3: a session without the extended master secret isn't resumed; one with it can't lose it */
	if (r->version != TLS_1_2 || !r->ems)
		return NONE;
	if (!m->has_extended_master_secret)
		return TLS_E_EXT_MASTER_SECRET_DROPPED;
	return r->suite == s->hs->choice.suite->id && tls_store_fits(s) ? 0 : NONE;
}

int tls_resume12_choose(struct tls_session_st *s)
{
	int err;

	if (!tls_store_is_open(s))
		return 0;
	err = find(s);
	if (err == NONE) {
		if (s->hs->hello.session_ticket.len > 0)
			s->sflags |= TLS_SFLAGS_NOT_RESUMED;
		tls_store_drop_state(s);
		return tls_store_name_session(s);
	}
	if (err == 0)
		err = resume(s);
	return err == 0 ? tls_store_name_session(s) : err;
}

void tls_resume12_answer(struct tls_session_st *s, struct tls_server_hello *m)
{
	const struct tls_client_hello *hello = &s->hs->hello;

	if (s->resumed)
		m->session_id = hello->session_id;
	if (!tls_store_is_open(s) || !hello->has_extended_master_secret)
		return;
	s->hs->ticket_due = m->session_ticket = has_key(s) && hello->has_session_ticket;
	/* RFC 5246 section 7.4.1.3: the name under which it will be found */
	if (!has_key(s) && !s->resumed)
		m->session_id = tls_span(s->resumption->id, s->resumption->id_len);
}

/* The state of this session, with its master secret. */
static int describe(struct tls_session_st *s, struct tls_resume *r, struct tls_buf *chain, uint32_t *left)
{
	int err;

	tls_buf_init(chain, 0);
	err = tls_store_describe(s, r, chain, left);
	r->ems = true;
	r->secret.len = TLS_MASTER_LEN;
	tls_mem_copy(r->secret.b, s->hs->sched12.master, TLS_MASTER_LEN);
	return err;
}

int tls_resume12_send_ticket(struct tls_session_st *s, struct tls_buf *body)
{
	struct tls_new_session_ticket12 m = {.lifetime = 0};
	struct tls_buf chain, ticket;
	struct tls_resume r;
	uint32_t left;
	int err = describe(s, &r, &chain, &left);

	tls_buf_init(&ticket, 0);
	if (err == 0 && left > 0)
		err = tls_store_put(s, &ticket, &r);
	/* RFC 5077 section 3.3: an empty one, if there is none after all */
	if (err == 0)
		m = (struct tls_new_session_ticket12){.lifetime = left, .ticket = tls_buf_as_span(&ticket)};
	if (err == 0 || err == NONE)
		tls_new_session_ticket12_encode(body, &m);
	tls_mem_wipe(&r, sizeof(r));
	tls_buf_clear(&ticket);
	tls_buf_clear(&chain);
	return err == NONE ? 0 : err;
}

static int keep_record(struct tls_session_st *s)
{
	struct tls_buf chain;
	struct tls_resume r;
	uint32_t left;
	int err;

	/* a resumed session stands there already, with its own lifetime */
	if (!tls_store_is_open(s) || has_key(s) || s->resumed || s->hs->tickets_made ||
	    !s->hs->hello.has_extended_master_secret)
		return 0;
	err = describe(s, &r, &chain, &left);
	if (err == 0 && left > 0)
		err = tls_store_put_as(s, tls_span(s->resumption->id, s->resumption->id_len), &r);
	s->hs->tickets_made = err == 0 || err == NONE;
	tls_mem_wipe(&r, sizeof(r));
	tls_buf_clear(&chain);
	return err == NONE ? 0 : err;
}

/* ---- Client */

static bool may_offer(const struct tls_session_st *s)
{
	const struct tls_resume *r = &s->hs->state;
	struct tls_span name = s->server_name;

	return tls_store_has_clock(s) && r->version == TLS_1_2 && r->ems && r->chain.len > 0 &&
	    (r->ticket.len > 0 || r->id_len > 0) && tls_policy_speaks(s->policy, TLS_1_2) &&
	    tls_policy_has(&s->policy->suites, r->suite) &&
	    tls_mem_same(name.p, name.len, r->server_name.p, r->server_name.len) &&
	    (r->stapled || !tls_verify_wants_staple(s)) && tls_resume_may_be_offered(r, tls_store_now(s));
}

/* RFC 5077 section 3.4: with a ticket any id will do, to see whether the server gives it back. */
void tls_resume12_prepare(struct tls_session_st *s)
{
	struct tls_hs *hs = s->hs;

	hs->offers12 = may_offer(s);
	if (!hs->offers12)
		return;
	hs->hello.session_id = tls_span(hs->session_id, TLS_SESSION_ID_MAX_LEN);
	if (hs->state.ticket.len > 0)
		return;
	tls_mem_copy(hs->session_id, hs->state.id, hs->state.id_len);
	hs->hello.session_id.len = hs->state.id_len;
}

void tls_resume12_put_extension(const struct tls_session_st *s, struct tls_buf *b)
{
	struct tls_block ext;

	/* what is without a clock can't be resumed: no ticket is asked for. In a renegotiation one is: GnuTLS sends it
	 * there whether it is asked or not, if it was before */
	if (!tls_store_has_clock(s))
		return;
	ext = tls_ext_open(b, TLS_EXT_SESSION_TICKET);
	if (s->hs->offers12)
		tls_buf_span(b, s->hs->state.ticket);
	tls_buf_close(b, ext);
}

static void note_id(struct tls_session_st *s, struct tls_span id)
{
	struct tls_resumption *m = s->resumption;

	if (m == NULL || tls_state_is_established(s))
		return;
	m->id_len = (uint8_t)id.len;
	tls_mem_copy(m->id, id.p, id.len);
}

int tls_resume12_recv_hello(struct tls_session_st *s, const struct tls_server_hello *m)
{
	const struct tls_span *id = &s->hs->hello.session_id;
	bool same = id->len > 0 && tls_mem_same(m->session_id.p, m->session_id.len, id->p, id->len);

	if (m->session_ticket && !tls_store_has_clock(s))
		return TLS_E_UNSUPPORTED_EXTENSION;
	s->hs->ticket_due = m->session_ticket;
	note_id(s, m->session_id);
	if (!same) {
		tls_store_drop_state(s);
		return 0;
	}
	/* RFC 5246 section 7.4.1.3: that resumes a session; only what was offered, and as it was */
	if (!s->hs->offers12 || m->suite != s->hs->state.suite)
		return TLS_E_ILLEGAL_PARAMETER;
	/* RFC 7627 section 5.3 */
	if (!m->extended_master_secret)
		return TLS_E_EXT_MASTER_SECRET_DROPPED;
	return resume(s);
}

int tls_resume12_recv_ticket(struct tls_session_st *s, struct tls_span body)
{
	struct tls_new_session_ticket12 m;
	int err = tls_new_session_ticket12_decode(&m, body);

	if (err != 0 || m.ticket.len == 0 || m.ticket.len > TLS_LIMIT_TICKET_LEN)
		return err;
	tls_buf_span(&s->hs->ticket, m.ticket);
	s->hs->ticket_lifetime = m.lifetime;
	return tls_buf_ok(&s->hs->ticket) ? 0 : TLS_E_MEMORY_ERROR;
}

/* RFC 5077 section 3.3: a hint of 0 says nothing. */
static uint32_t hinted(uint32_t lifetime)
{
	if (lifetime == 0)
		return TLS_STORE_LIFETIME;
	return lifetime < TLS_TICKET_LIFETIME_MAX ? lifetime : TLS_TICKET_LIFETIME_MAX;
}

static void fill_kept(const struct tls_session_st *s, struct tls_kept *k)
{
	const struct tls_hs *hs = s->hs;
	bool fresh = hs->ticket.len > 0;

	k->psk.len = TLS_MASTER_LEN;
	tls_mem_copy(k->psk.b, hs->sched12.master, TLS_MASTER_LEN);
	tls_buf_span(&k->ticket, fresh ? tls_buf_as_span(&hs->ticket) : hs->state.ticket);
	k->created = s->resumed ? hs->state.created : tls_store_now(s);
	k->received = s->resumed && !fresh ? hs->state.issued : tls_store_now(s);
	k->lifetime = s->resumed && !fresh ? hs->state.lifetime : hinted(hs->ticket_lifetime);
	k->has_ticket = k->ticket.len > 0 || s->resumption->id_len > 0;
}

/* What was resumed without a new ticket can be resumed again. A renegotiated session is another one: what was kept is
 * not of it. */
static int keep_data(struct tls_session_st *s)
{
	struct tls_resumption *m = s->resumption;

	if (!tls_store_has_clock(s) || (s->sflags & TLS_SFLAGS_EXT_MASTER_SECRET) == 0)
		return 0;
	if (tls_state_is_established(s) && m->kept != NULL) {
		m->kept->has_ticket = false;
		m->id_len = 0;
		tls_buf_reset(&m->kept->ticket);
	}
	if (m->kept == NULL)
		m->kept = tls_store_new_kept(s);
	if (m->kept == NULL)
		return TLS_E_MEMORY_ERROR;
	if (!m->kept->has_ticket)
		fill_kept(s, m->kept);
	if (!tls_buf_ok(&m->kept->ticket))
		return TLS_E_MEMORY_ERROR;
	if (m->kept->ticket.len > 0)
		s->sflags |= TLS_SFLAGS_SESSION_TICKET;
	return 0;
}

int tls_resume12_keep(struct tls_session_st *s)
{
	return tls_state_is_server(s) ? keep_record(s) : keep_data(s);
}
