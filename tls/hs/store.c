/* store.c - see store.h. */
#include "store.h"

#include "../bytes/mem.h"
#include "../error.h"
#include "../limits.h"
#include "../msg/new_session_ticket.h"
#include "auth.h"

#define NONE TLS_E_REQUESTED_DATA_NOT_AVAILABLE
#define DB_KEY_LEN 32

/* ---- Life */

static struct tls_store *new_store(void)
{
	struct tls_store *m = tls_mem_alloc(sizeof(*m));

	if (m == NULL)
		return NULL;
	m->lifetime = TLS_STORE_LIFETIME;
	m->rotate = TLS_STORE_ROTATE;
	m->n_tickets = TLS_STORE_TICKETS;
	tls_buf_init(&m->data, 0);
	return m;
}

struct tls_store *tls_store_open(struct tls_session_st *s)
{
	if (s->err != 0 || s->version != 0 || tls_state_is_established(s))
		return NULL;
	if (s->resumption == NULL)
		s->resumption = tls_mem_alloc(sizeof(*s->resumption));
	if (s->resumption != NULL && s->resumption->store == NULL)
		s->resumption->store = new_store();
	if (s->resumption == NULL || s->resumption->store == NULL) {
		s->err = TLS_E_MEMORY_ERROR;
		return NULL;
	}
	return s->resumption->store;
}

void tls_store_close(struct tls_session_st *s)
{
	struct tls_store *m = s->resumption != NULL ? s->resumption->store : NULL;

	if (m == NULL)
		return;
	tls_buf_clear(&m->data);
	tls_mem_free_wiped(m, sizeof(*m));
	s->resumption->store = NULL;
}

void tls_store_clear(struct tls_session_st *s)
{
	struct tls_kept *k = s->resumption != NULL ? s->resumption->kept : NULL;

	tls_store_close(s);
	if (k != NULL)
		tls_buf_clear(&k->ticket);
	tls_mem_free_wiped(k, sizeof(*k));
	if (s->resumption != NULL)
		s->resumption->kept = NULL;
}

bool tls_store_has_clock(const struct tls_session_st *s)
{
	return s->resumption != NULL && s->resumption->clock != NULL;
}

uint64_t tls_store_now(const struct tls_session_st *s)
{
	return s->resumption->clock(s->resumption->clock_ptr);
}

static bool has_database(const struct tls_store *m)
{
	return m->retrieve != NULL && m->store != NULL;
}

bool tls_store_is_open(const struct tls_session_st *s)
{
	const struct tls_store *m = s->resumption != NULL ? s->resumption->store : NULL;

	return m != NULL && tls_store_has_clock(s) && (m->has_key || has_database(m)) && m->lifetime > 0;
}

/* ---- Database */

static tls_datum_t datum(struct tls_span s)
{
	return (tls_datum_t){.data = (unsigned char *)(uintptr_t)s.p, .size = (unsigned)s.len};
}

void tls_store_drop(struct tls_session_st *s, struct tls_span identity)
{
	struct tls_store *m = s->resumption->store;

	if (!m->has_key && m->remove != NULL)
		(void)m->remove(m->db_ptr, datum(identity));
}

/* The record is the application's: it is believed only as far as its checksum, which covers the key, goes. */
static int get_record(struct tls_session_st *s, struct tls_span key)
{
	struct tls_store *m = s->resumption->store;
	tls_datum_t got;
	int err;

	if (key.len != DB_KEY_LEN)
		return NONE;
	got = m->retrieve(m->db_ptr, datum(key));
	if (got.data == NULL)
		return NONE;
	tls_buf_bytes(&s->hs->state_bytes, got.data, got.size);
	tls_mem_free_wiped(got.data, got.size);
	if (!tls_buf_ok(&s->hs->state_bytes))
		return TLS_E_MEMORY_ERROR;
	err = tls_resume_unpack(&s->hs->state, tls_buf_as_span(&s->hs->state_bytes), TLS_RESUME_SERVER, key);
	return err == 0 && s->hs->state.version != 0 ? 0 : NONE;
}

int tls_store_put_as(struct tls_session_st *s, struct tls_span key, const struct tls_resume *r)
{
	struct tls_store *m = s->resumption->store;
	struct tls_buf b;
	int err = 0;

	tls_buf_init(&b, 0);
	tls_resume_pack(&b, TLS_RESUME_SERVER, r, key);
	if (!tls_buf_ok(&b))
		err = TLS_E_MEMORY_ERROR;
	else if (m->store(m->db_ptr, datum(key), datum(tls_buf_as_span(&b))) != 0)
		err = NONE;
	tls_buf_clear(&b);
	return err;
}

static int put_new_record(struct tls_session_st *s, struct tls_buf *identity, const struct tls_resume *r)
{
	uint8_t key[DB_KEY_LEN];
	int err = tls_rng_fill(&s->rng, key, sizeof(key));

	if (err == 0)
		err = tls_store_put_as(s, tls_span(key, sizeof(key)), r);
	if (err == 0)
		tls_buf_bytes(identity, key, sizeof(key));
	return err;
}

/* ---- Tickets */

static int get_ticket(struct tls_session_st *s, struct tls_span ticket)
{
	struct tls_buf *plain = &s->hs->state_bytes;
	int err = tls_ticket_open(plain, &s->resumption->store->key, tls_store_now(s), ticket);

	if (err != 0)
		return err;
	return tls_resume_decode(&s->hs->state, tls_buf_as_span(plain)) == 0 ? 0 : NONE;
}

static int put_ticket(struct tls_session_st *s, struct tls_buf *identity, const struct tls_resume *r)
{
	struct tls_buf plain;
	int err = TLS_E_MEMORY_ERROR;

	tls_buf_init(&plain, 0);
	tls_resume_encode(&plain, r);
	if (tls_buf_ok(&plain) && plain.len + TLS_TICKET_OVERHEAD > TLS_LIMIT_TICKET_LEN)
		err = NONE;
	else if (tls_buf_ok(&plain))
		err = tls_ticket_seal(identity, &s->resumption->store->key, tls_store_now(s),
		    tls_buf_as_span(&plain), &s->rng);
	tls_buf_clear(&plain);
	return err;
}

/* ---- Both */

int tls_store_get(struct tls_session_st *s, struct tls_span identity)
{
	int err;

	tls_store_drop_state(s);
	err = s->resumption->store->has_key ? get_ticket(s, identity) : get_record(s, identity);
	if (err != 0)
		tls_store_drop_state(s);
	return err;
}

int tls_store_put(struct tls_session_st *s, struct tls_buf *identity, const struct tls_resume *r)
{
	int err = s->resumption->store->has_key ? put_ticket(s, identity, r) : put_new_record(s, identity, r);

	return err == 0 && !tls_buf_ok(identity) ? TLS_E_MEMORY_ERROR : err;
}

static void make_binding(const struct tls_session_st *s, uint8_t binding[TLS_RESUME_BINDING_LEN])
{
	const struct tls_choice *c = &s->hs->choice;
	uint8_t trust[TLS_CREDENTIALS_DIGEST_LEN];
	struct tls_resume_rule rule = {.version = c->version,
	    .hash = c->suite->hash,
	    .server_name = s->server_name,
	    .alpn_list = tls_buf_as_span(&s->alpn_list),
	    .alpn = c->alpn,
	    .leaf = c->entry->chain[0],
	    .trust = tls_span(trust, sizeof(trust)),
	    .context = tls_span(s->resumption->store->context, sizeof(s->resumption->store->context)),
	    .cert_request = s->cert_request};

	tls_credentials_trust_digest(s->cred, trust);
	tls_resume_bind(binding, &rule);
}

bool tls_store_fits(struct tls_session_st *s)
{
	uint8_t binding[TLS_RESUME_BINDING_LEN];
	uint32_t left;

	if (!tls_resume_is_alive(&s->hs->state, &left, tls_store_now(s), s->resumption->store->lifetime))
		return false;
	/* the binding has the request that stood when the handshake ended, which may be later than the one sent */
	if (s->cert_request == TLS_CERT_REQUIRE && s->hs->state.chain.len == 0)
		return false;
	make_binding(s, binding);
	return tls_mem_equal(binding, s->hs->state.binding, sizeof(binding));
}

static uint32_t least(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

int tls_store_describe(struct tls_session_st *s, struct tls_resume *r, struct tls_buf *chain, uint32_t *left)
{
	const struct tls_store *m = s->resumption->store;
	uint64_t now = tls_store_now(s);

	*r = (struct tls_resume){.version = s->version,
	    .suite = s->suite,
	    .group = s->group,
	    .scheme = s->scheme,
	    .created = s->resumed ? s->hs->state.created : now,
	    .issued = now,
	    .lifetime = least(s->resumed ? s->hs->state.lifetime : m->lifetime, TLS_TICKET_LIFETIME_MAX),
	    .id_len = s->resumption->id_len,
	    .server_name = s->server_name,
	    .alpn = s->alpn};
	tls_mem_copy(r->id, s->resumption->id, sizeof(r->id));
	make_binding(s, r->binding);
	tls_resume_put_chain(chain, s->peers, s->n_peers);
	if (!tls_buf_ok(chain))
		return TLS_E_MEMORY_ERROR;
	r->chain = tls_buf_as_span(chain);
	if (!tls_resume_is_alive(r, left, now, m->lifetime))
		*left = 0;
	if (m->has_key)
		*left = least(*left, tls_ticket_left(&m->key, now));
	return 0;
}

int tls_store_take_over(struct tls_session_st *s)
{
	const struct tls_resume *r = &s->hs->state;
	struct tls_certificate m;
	int err = tls_resume_get_chain(&m, r->chain);

	if (err == 0 && m.n > 0)
		err = tls_auth_keep_chain(s, &m);
	if (err != 0)
		return err;
	s->resumed = true;
	s->scheme = r->scheme;
	return 0;
}

/* A resumed session goes on as the first one. */
int tls_store_name_session(struct tls_session_st *s)
{
	struct tls_resumption *m = s->resumption;

	m->id_len = TLS_RESUME_ID_LEN;
	if (!s->resumed)
		return tls_rng_fill(&s->rng, m->id, sizeof(m->id));
	tls_mem_copy(m->id, s->hs->state.id, sizeof(m->id));
	return 0;
}

struct tls_kept *tls_store_new_kept(const struct tls_session_st *s)
{
	struct tls_kept *k = tls_mem_alloc(sizeof(*k));
	uint64_t ms;

	if (k == NULL)
		return NULL;
	tls_buf_init(&k->ticket, TLS_LIMIT_TICKET_LEN);
	k->stapled = s->resumed && s->hs->state.stapled;
	ms = s->hs->started != 0 && s->time != NULL ? s->time(s->time_ptr) - s->hs->started : 0;
	k->round_trip = ms < TLS_STORE_ROUND_TRIP_MAX ? (uint16_t)ms : TLS_STORE_ROUND_TRIP_MAX;
	return k;
}

void tls_store_load(struct tls_session_st *s)
{
	const struct tls_store *m = s->resumption != NULL ? s->resumption->store : NULL;

	if (s->hs->retry || m == NULL || m->data.len == 0)
		return;
	if (tls_resume_unpack(&s->hs->state, tls_buf_as_span(&m->data), TLS_RESUME_CLIENT, tls_span(NULL, 0)) != 0)
		tls_store_drop_state(s);
}

void tls_store_drop_state(struct tls_session_st *s)
{
	tls_mem_wipe(&s->hs->state, sizeof(s->hs->state));
	tls_buf_clear(&s->hs->state_bytes);
}
