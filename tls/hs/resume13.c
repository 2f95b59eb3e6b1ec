/* resume13.c - see resume13.h. */
#include "resume13.h"

#include "../bytes/mem.h"
#include "../crypto/hkdf.h"
#include "../error.h"
#include "../limits.h"
#include "store.h"
#include "verify.h"

#define NONE TLS_E_REQUESTED_DATA_NOT_AVAILABLE

/* ---- Binders, section 4.2.11.2 */

/* The binder of hs->state over a hello of hello_len bytes, of which the first part is given. Its length is that of
 * the state's hash. */
static struct tls_span make_binder(const struct tls_session_st *s, uint8_t out[TLS_HASH_MAX_LEN],
    size_t hello_len, struct tls_span part)
{
	uint8_t header[TLS_HS_HEADER_LEN] = {TLS_HANDSHAKE_CLIENT_HELLO, (uint8_t)(hello_len >> 16),
	    (uint8_t)(hello_len >> 8), (uint8_t)hello_len};
	const struct tls_resume *r = &s->hs->state;
	enum tls_hash hash = tls_suite_by_id(r->suite)->hash;
	uint8_t empty[TLS_HASH_MAX_LEN], room[TLS_HASH_MAX_LEN];
	struct tls_secret binder_key;
	struct tls_sched13 sched;

	tls_sched13_start(&sched, hash, r->secret.b, r->secret.len);
	tls_hash_once(hash, empty, NULL, 0);
	tls_sched13_derive(&binder_key, &sched, "res binder", tls_span(empty, tls_hash_len(hash)));
	tls_sched13_finished(out, hash, &binder_key,
	    tls_transcript_with(&s->hs->transcript, room, hash, tls_span(header, sizeof(header)), part));
	tls_sched13_clear(&sched);
	tls_mem_wipe(&binder_key, sizeof(binder_key));
	return tls_span(out, tls_hash_len(hash));
}

/* ---- Server */

static int check_binder(const struct tls_session_st *s, struct tls_span got, struct tls_span body)
{
	struct tls_span part = tls_span(body.p, body.len - s->hs->hello.psk.tail_len);
	uint8_t room[TLS_HASH_MAX_LEN];
	struct tls_span good = make_binder(s, room, body.len, part);
	bool same = got.len == good.len && tls_mem_equal(got.p, good.p, good.len);

	tls_mem_wipe(room, sizeof(room));
	return same ? 0 : TLS_E_PSK_BINDER_VERIFY_FAILED;
}

static int try_identity(struct tls_session_st *s, const struct tls_psk_identity *one, struct tls_span body)
{
	const struct tls_resume *r = &s->hs->state;
	int err = tls_store_get(s, one->identity);

	if (err != 0)
		return err;
	/* without the hash there is no binder; section 4.2.11: it is the suite's */
	if (r->version != TLS_1_3 || tls_suite_by_id(r->suite)->hash != s->hs->choice.suite->hash)
		return NONE;
	err = check_binder(s, one->binder, body);
	if (err != 0)
		return err;
	if (!tls_resume_age_fits(r, one->hidden_age, tls_store_now(s)) || !tls_store_fits(s))
		return NONE;
	return 0;
}

int tls_resume13_choose(struct tls_session_st *s, struct tls_span body)
{
	struct tls_psk_offer rest = s->hs->hello.psk;
	struct tls_psk_identity one;
	int err = NONE;

	if (!tls_store_is_open(s))
		return 0;
	for (s->hs->psk_index = 0; err == NONE && s->hs->hello.psk_dhe; s->hs->psk_index++) {
		if (s->hs->psk_index == TLS_LIMIT_PSK_IDENTITIES || !tls_psk_offer_next(&rest, &one))
			break;
		err = try_identity(s, &one, body);
	}
	if (err == NONE) {
		if (s->hs->hello.psk.identities.len > 0)
			s->sflags |= TLS_SFLAGS_NOT_RESUMED;
		tls_store_drop_state(s);
		return tls_store_name_session(s);
	}
	if (err != 0)
		return err;
	s->hs->psk_index--;
	tls_store_drop(s, one.identity); /* a database's record is used once */
	err = tls_store_take_over(s);
	return err == 0 ? tls_store_name_session(s) : err;
}

static int put_ticket(struct tls_session_st *s, struct tls_buf *out, struct tls_resume *r, uint32_t left,
    const struct tls_secret *master, uint8_t nonce)
{
	struct tls_new_session_ticket m = {.lifetime = left, .nonce = tls_span(&nonce, 1)};
	size_t start = out->len;
	struct tls_buf ticket;
	struct tls_block body;
	int err = tls_rng_fill(&s->rng, &r->age_add, sizeof(r->age_add));

	if (err != 0)
		return err;
	r->secret.len = master->len;
	tls_hkdf_expand_label(s->hs->sched.hash, r->secret.b, r->secret.len, master->b, "resumption", &nonce, 1);
	tls_buf_init(&ticket, 0);
	err = tls_store_put(s, &ticket, r);
	m.age_add = r->age_add;
	m.ticket = tls_buf_as_span(&ticket);
	tls_buf_u8(out, TLS_HANDSHAKE_NEW_SESSION_TICKET);
	body = tls_buf_open(out, 3);
	tls_new_session_ticket_encode(out, &m);
	tls_buf_close(out, body);
	tls_buf_clear(&ticket);
	if (err == 0 && !tls_buf_ok(out))
		err = TLS_E_MEMORY_ERROR;
	if (err == 0)
		err = tls_hs_hook(s, TLS_HOOK_PRE, false, tls_span(out->p + start, out->len - start));
	return err;
}

static int put_tickets(struct tls_session_st *s, struct tls_buf *out, struct tls_resume *r, uint32_t left)
{
	uint8_t hash[TLS_HASH_MAX_LEN];
	struct tls_secret master;
	int err = 0;

	tls_sched13_derive(&master, &s->hs->sched, "res master", tls_transcript_hash(&s->hs->transcript, hash));
	for (uint8_t i = 0; i < s->resumption->store->n_tickets && err == 0; i++) {
		size_t before = out->len;

		err = put_ticket(s, out, r, left, &master, i);
		if (err == NONE)
			out->len = before;
	}
	tls_mem_wipe(&master, sizeof(master));
	return err == NONE ? 0 : err;
}

int tls_resume13_issue(struct tls_session_st *s, struct tls_buf *out)
{
	struct tls_resume r;
	struct tls_buf chain;
	uint32_t left;
	int err;

	/* section 4.2.9: none for a client that could not use it */
	if (!tls_store_is_open(s) || !s->hs->hello.psk_dhe)
		return 0;
	tls_buf_init(&chain, 0);
	err = tls_store_describe(s, &r, &chain, &left);
	if (err == 0 && left > 0)
		err = put_tickets(s, out, &r, left);
	tls_mem_wipe(&r, sizeof(r));
	tls_buf_clear(&chain);
	return err;
}

/* ---- Client */

/* The state of tls_session_set_data, as far as it makes sense to offer it here and now. */
static bool may_offer(struct tls_session_st *s)
{
	const struct tls_resume *r = &s->hs->state;
	struct tls_span name = s->server_name;

	if (r->version != TLS_1_3 || r->ticket.len == 0 || r->chain.len == 0)
		return false;
	/* section 4.2.11: after a HelloRetryRequest only with the hash of its suite */
	if (s->hs->choice.suite != NULL && tls_suite_by_id(r->suite)->hash != s->hs->choice.suite->hash)
		return false;
	return tls_policy_has(&s->policy->suites, r->suite) &&
	    tls_mem_same(name.p, name.len, r->server_name.p, r->server_name.len) &&
	    (r->stapled || !tls_verify_wants_staple(s)) && tls_resume_may_be_offered(r, tls_store_now(s));
}

void tls_resume13_offer(struct tls_session_st *s, struct tls_buf *b)
{
	const struct tls_resume *r = &s->hs->state;

	s->hs->psk_offered = false;
	/* what is without a clock can't be resumed: no ticket is asked for */
	if (!tls_store_has_clock(s) || tls_state_is_established(s))
		return;
	tls_psk_modes_encode(b);
	if (!may_offer(s))
		return;
	tls_psk_offer_encode(b, r->ticket, tls_resume_hidden_age(r, tls_store_now(s)), r->secret.len);
	s->hs->psk_offered = true;
}

void tls_resume13_bind(struct tls_session_st *s, struct tls_buf *b, size_t start)
{
	size_t len = b->len - start, tail = 2 + 1 + s->hs->state.secret.len;
	uint8_t room[TLS_HASH_MAX_LEN];
	struct tls_span binder;

	if (!s->hs->psk_offered || !tls_buf_ok(b))
		return;
	binder = make_binder(s, room, len, tls_span(b->p + start, len - tail));
	tls_mem_copy(b->p + b->len - binder.len, binder.p, binder.len);
}

int tls_resume13_recv_hello(struct tls_session_st *s, const struct tls_server_hello *m)
{
	const struct tls_resume *r = &s->hs->state;

	if (!m->has_psk) {
		tls_store_drop_state(s);
		return 0;
	}
	if (!s->hs->psk_offered)
		return TLS_E_UNSUPPORTED_EXTENSION;
	/* section 4.2.11: one that was offered, and a suite with its hash */
	if (m->psk != 0 || tls_suite_by_id(r->suite)->hash != s->hs->choice.suite->hash)
		return TLS_E_ILLEGAL_PARAMETER;
	return tls_store_take_over(s);
}

int tls_resume13_keep(struct tls_session_st *s)
{
	uint8_t hash[TLS_HASH_MAX_LEN];
	struct tls_kept *k;

	if (!tls_store_has_clock(s) || s->resumption->kept != NULL)
		return 0;
	k = tls_store_new_kept(s);
	if (k == NULL)
		return TLS_E_MEMORY_ERROR;
	tls_sched13_derive(
	    &k->secret, &s->hs->sched, "res master", tls_transcript_hash(&s->hs->transcript, hash));
	k->created = s->resumed ? s->hs->state.created : tls_store_now(s);
	s->resumption->kept = k;
	return 0;
}

int tls_resume13_recv_ticket(struct tls_session_st *s, const struct tls_new_session_ticket *m)
{
	struct tls_kept *k = s->resumption != NULL ? s->resumption->kept : NULL;

	/* section 4.6.1: a lifetime of 0 says that it should be dropped at once */
	if (k == NULL || m->lifetime == 0 || m->ticket.len > TLS_LIMIT_TICKET_LEN)
		return 0;
	k->has_ticket = false;
	tls_buf_reset(&k->ticket);
	tls_buf_span(&k->ticket, m->ticket);
	if (!tls_buf_ok(&k->ticket))
		return TLS_E_MEMORY_ERROR;
	k->psk.len = k->secret.len;
	tls_hkdf_expand_label(s->rd.suite->hash, k->psk.b, k->psk.len, k->secret.b, "resumption", m->nonce.p,
	    m->nonce.len);
	k->received = tls_store_now(s);
	k->lifetime = m->lifetime;
	k->age_add = m->age_add;
	k->has_ticket = true;
	s->sflags |= TLS_SFLAGS_SESSION_TICKET;
	return 0;
}
