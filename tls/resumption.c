/* resumption.c - what an application says and asks about resumption: ticket keys and a database on a server, the data
 * of a session on a client. All of it is described in tls.h. RFC 8446 section 4.6.1, RFC 5077, CONTRACT part D. */
#include "bytes/mem.h"
#include "data.h"
#include "error.h"
#include "hs/store.h"
#include "hs/verify.h"
#include "limits.h"
#include "msg/new_session_ticket.h"
#include "session.h"

#define TICKETS_MAX 16
#define ROTATE_MAX (10 * 365 * 86400)
#define WAITS_MAX 8 /* for the pieces of a ticket */
#define WAIT_MS 60 /* what a server may need, or the way to it when nobody knows */

static const struct tls_span no_key;

void tls_session_set_clock_function(tls_session_t s, tls_clock_func func, void *ptr)
{
	if (tls_store_open(s) == NULL)
		return;
	s->resumption->clock = func;
	s->resumption->clock_ptr = ptr;
}

/* ---- Server: tickets */

int tls_session_ticket_key_generate(tls_datum_t *key)
{
	uint8_t *p = tls_mem_alloc(TLS_TICKET_SEED_LEN);
	int err = p != NULL ? tls_rng_fill(NULL, p, TLS_TICKET_SEED_LEN) : TLS_E_MEMORY_ERROR;

	if (err != 0) {
		tls_mem_free(p);
		return err;
	}
	*key = (tls_datum_t){.data = p, .size = TLS_TICKET_SEED_LEN};
	return 0;
}

static int refused(const struct tls_session_st *s)
{
	return s->err != 0 ? s->err : TLS_E_INVALID_REQUEST;
}

static struct tls_store *open_as_server(struct tls_session_st *s)
{
	return tls_state_is_server(s) ? tls_store_open(s) : NULL;
}

int tls_session_ticket_enable_server(tls_session_t s, const tls_datum_t *key)
{
	struct tls_store *m = open_as_server(s);
	int err;

	if (m == NULL)
		return refused(s);
	err = tls_epoch_use_seed(&m->key, tls_span(key->data, key->size), m->rotate);
	if (err == 0)
		m->has_key = true;
	return err;
}

int tls_session_ticket_key_list(tls_datum_t *list, const tls_datum_t *key, unsigned int rotation, uint64_t now)
{
	struct tls_ticket_key all;
	struct tls_buf b;
	int err = tls_epoch_use_seed(&all, tls_span(key->data, key->size), rotation);

	if (err != 0)
		return err;
	tls_buf_init(&b, 0);
	tls_epoch_list(&b, &all, now);
	tls_mem_wipe(&all, sizeof(all));
	if (!tls_buf_ok(&b)) {
		tls_buf_clear(&b);
		return TLS_E_MEMORY_ERROR;
	}
	*list = (tls_datum_t){.data = b.p, .size = (unsigned)b.len};
	return 0;
}

int tls_session_ticket_enable_server_list(tls_session_t s, const tls_datum_t *list)
{
	struct tls_store *m = open_as_server(s);

	if (m == NULL)
		return refused(s);
	m->has_key = tls_epoch_use_list(&m->key, tls_span(list->data, list->size)) == 0;
	return m->has_key ? 0 : TLS_E_INVALID_REQUEST;
}

int tls_session_ticket_set_rotation(tls_session_t s, unsigned int seconds)
{
	struct tls_store *m = open_as_server(s);

	if (m == NULL || seconds == 0 || seconds > ROTATE_MAX)
		return refused(s);
	m->rotate = seconds;
	if (!m->key.is_listed)
		m->key.rotate = seconds;
	return 0;
}

int tls_session_ticket_set_count(tls_session_t s, unsigned int n)
{
	struct tls_store *m = open_as_server(s);

	if (m == NULL || n > TICKETS_MAX)
		return refused(s);
	m->n_tickets = (uint8_t)n;
	return 0;
}

int tls_session_set_resumption_context(tls_session_t s, const void *data, size_t len)
{
	struct tls_store *m = open_as_server(s);

	if (m == NULL)
		return refused(s);
	tls_hash_once(TLS_HASH_SHA256, m->context, data, len);
	return 0;
}

/* ---- Server: database */

void tls_db_set_retrieve_function(tls_session_t s, tls_db_retr_func func)
{
	struct tls_store *m = open_as_server(s);

	if (m != NULL)
		m->retrieve = func;
}

void tls_db_set_store_function(tls_session_t s, tls_db_store_func func)
{
	struct tls_store *m = open_as_server(s);

	if (m != NULL)
		m->store = func;
}

void tls_db_set_remove_function(tls_session_t s, tls_db_remove_func func)
{
	struct tls_store *m = open_as_server(s);

	if (m != NULL)
		m->remove = func;
}

void tls_db_set_ptr(tls_session_t s, void *ptr)
{
	struct tls_store *m = open_as_server(s);

	if (m != NULL)
		m->db_ptr = ptr;
}

void tls_db_set_cache_expiration(tls_session_t s, int seconds)
{
	struct tls_store *m = open_as_server(s);

	if (m == NULL)
		return;
	m->lifetime = seconds > 0 ? (uint32_t)seconds : 0;
	if (m->lifetime > TLS_TICKET_LIFETIME_MAX)
		m->lifetime = TLS_TICKET_LIFETIME_MAX;
}

/* ---- Client: the data of a session */

int tls_session_set_data(tls_session_t s, const void *session_data, size_t session_data_size)
{
	struct tls_store *m = tls_state_is_server(s) || s->hs != NULL ? NULL : tls_store_open(s);
	struct tls_span data = tls_span(session_data, session_data_size);
	struct tls_resume r;
	struct tls_buf copy;
	int err;

	if (m == NULL)
		return refused(s);
	err = tls_resume_unpack(&r, data, TLS_RESUME_CLIENT, no_key);
	tls_mem_wipe(&r, sizeof(r));
	if (err != 0)
		return err;
	tls_buf_init(&copy, 0);
	tls_buf_span(&copy, data);
	if (!tls_buf_ok(&copy)) {
		tls_buf_clear(&copy);
		return TLS_E_MEMORY_ERROR;
	}
	tls_buf_clear(&m->data);
	m->data = copy;
	return 0;
}

static uint64_t time_of(const struct tls_session_st *s)
{
	return s->time != NULL ? s->time(s->time_ptr) : 0;
}

static bool wait_for_input(struct tls_session_st *s, uint64_t ms)
{
	int r;

	s->in_transport = true;
	r = s->pull_timeout(s->recv_ptr, (unsigned)ms);
	s->in_transport = false;
	return r > 0;
}

/* CONTRACT D3: tickets come when the server has our Finished. What comes besides is kept for tls_record_recv. */
static void wait_for_ticket(struct tls_session_st *s, const struct tls_kept *k)
{
	uint64_t now, end = time_of(s) + k->round_trip + WAIT_MS;

	if (s->in_transport || tls_state_is_entered(s))
		return;
	/* it may have been read already, with data in front of it */
	(void)tls_record_check_pending(s);
	for (unsigned i = 0; i < WAITS_MAX && !k->has_ticket && s->pull_timeout != NULL; i++) {
		now = time_of(s);
		if (now >= end || !wait_for_input(s, end - now) || !tls_data_read_ahead(s))
			break;
	}
}

static const struct tls_kept *kept(const struct tls_session_st *s)
{
	return s->resumption != NULL ? s->resumption->kept : NULL;
}

static void describe(const struct tls_session_st *s, struct tls_resume *r, struct tls_buf *chain)
{
	const struct tls_kept *k = kept(s);

	*r = (struct tls_resume){.version = s->version,
	    .suite = s->suite,
	    .group = s->group,
	    .scheme = s->scheme,
	    .secret = k->psk,
	    .created = k->created,
	    .issued = k->received,
	    .lifetime = k->lifetime,
	    .age_add = k->age_add,
	    .server_name = s->server_name,
	    .alpn = s->alpn,
	    .ems = s->version == TLS_1_2,
	    .stapled = k->stapled || tls_verify_has_staple(s),
	    .id_len = s->resumption->id_len,
	    .ticket = tls_buf_as_span(&k->ticket)};
	tls_mem_copy(r->id, s->resumption->id, sizeof(r->id));
	tls_resume_put_chain(chain, s->peers, s->n_peers);
	r->chain = tls_buf_as_span(chain);
}

static int pack(const struct tls_session_st *s, struct tls_buf *out)
{
	struct tls_buf chain;
	struct tls_resume r;

	tls_buf_init(&chain, 0);
	/* certificates that are not proved yet are of another handshake than the ticket */
	if (kept(s) != NULL && kept(s)->has_ticket && !s->peers_new) {
		describe(s, &r, &chain);
		tls_resume_pack(out, TLS_RESUME_CLIENT, &r, no_key);
		tls_mem_wipe(&r, sizeof(r));
	} else {
		tls_resume_pack(out, TLS_RESUME_CLIENT, NULL, no_key);
	}
	if (!tls_buf_ok(&chain))
		tls_buf_fail(out);
	tls_buf_clear(&chain);
	return tls_buf_ok(out) ? 0 : TLS_E_MEMORY_ERROR;
}

int tls_session_get_data2(tls_session_t s, tls_datum_t *data)
{
	struct tls_buf b;
	int err;

	/* CONTRACT D2 */
	if (s->err != 0 || tls_state_is_server(s) || !tls_state_is_established(s))
		return refused(s);
	if (s->version == TLS_1_3 && kept(s) != NULL && !kept(s)->has_ticket)
		wait_for_ticket(s, kept(s));
	tls_buf_init(&b, 0);
	err = pack(s, &b);
	if (err != 0) {
		tls_buf_clear(&b);
		return err;
	}
	*data = (tls_datum_t){.data = b.p, .size = (unsigned)b.len};
	return 0;
}

int tls_session_get_data(tls_session_t s, void *session_data, size_t *session_data_size)
{
	size_t room = *session_data_size;
	tls_datum_t data;
	int err = tls_session_get_data2(s, &data);

	if (err != 0)
		return err;
	*session_data_size = data.size;
	if (room < data.size)
		err = TLS_E_SHORT_MEMORY_BUFFER;
	else
		tls_mem_copy(session_data, data.data, data.size);
	tls_mem_free_wiped(data.data, data.size);
	return err;
}

/* ---- Both */

int tls_session_is_resumed(tls_session_t s)
{
	return s->resumed ? 1 : 0;
}

int tls_session_get_id2(tls_session_t s, tls_datum_t *session_id)
{
	struct tls_resumption *m = s->resumption;

	if (m == NULL || m->id_len == 0)
		return TLS_E_REQUESTED_DATA_NOT_AVAILABLE;
	*session_id = (tls_datum_t){.data = m->id, .size = m->id_len};
	return 0;
}
