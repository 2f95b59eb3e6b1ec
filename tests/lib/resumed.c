/* resumed.c - see resumed.h. */
#include "tests/unit/unit.h"

#include "resumed.h"

#include <stdlib.h>
#include <string.h>

static uint64_t clock_of(void *ptr)
{
	return *(uint64_t *)ptr;
}

void resumed_init(struct resumed *r, tls_protocol_t version, enum resumed_store store)
{
	*r = (struct resumed){.version = version, .store = store, .now = RESUMED_T0};
	assert_int_equal(tls_session_ticket_key_generate(&r->seed), 0);
}

void resumed_clear(struct resumed *r)
{
	for (unsigned i = 0; i < r->n_db; i++)
		free(r->db[i].data.data);
	tls_free(r->seed.data);
	tls_free(r->data.data);
}

/* ---- The database */

static int find(const struct resumed *r, tls_datum_t key)
{
	for (unsigned i = 0; i < r->n_db; i++)
		if (r->db[i].key_len == key.size && memcmp(r->db[i].key, key.data, key.size) == 0)
			return (int)i;
	return -1;
}

static int db_store(void *ptr, tls_datum_t key, tls_datum_t data)
{
	struct resumed *r = ptr;

	if (r->n_db == RESUMED_RECORDS || key.size > sizeof(r->db[0].key))
		return -1;
	memcpy(r->db[r->n_db].key, key.data, key.size);
	r->db[r->n_db].key_len = key.size;
	r->db[r->n_db].data = (tls_datum_t){.data = malloc(data.size), .size = data.size};
	memcpy(r->db[r->n_db++].data.data, data.data, data.size);
	return 0;
}

static tls_datum_t db_retrieve(void *ptr, tls_datum_t key)
{
	const struct resumed *r = ptr;
	tls_datum_t copy = {.data = NULL};
	int i = find(r, key);

	if (i < 0)
		return copy;
	copy.data = tls_malloc(r->db[i].data.size);
	if (copy.data == NULL)
		return copy;
	copy.size = r->db[i].data.size;
	memcpy(copy.data, r->db[i].data.data, copy.size);
	return copy;
}

static int db_remove(void *ptr, tls_datum_t key)
{
	struct resumed *r = ptr;
	int i = find(r, key);

	if (i < 0)
		return -1;
	free(r->db[i].data.data);
	r->db[i] = r->db[--r->n_db];
	r->n_removed++;
	return 0;
}

/* ---- A session */

static void set_up_store(struct resumed *r, tls_session_t s)
{
	if (r->store == RESUMED_TICKETS) {
		assert_int_equal(tls_session_ticket_enable_server(s, &r->seed), 0);
		return;
	}
	tls_db_set_ptr(s, r);
	tls_db_set_store_function(s, db_store);
	tls_db_set_retrieve_function(s, db_retrieve);
	tls_db_set_remove_function(s, db_remove);
}

void resumed_begin(struct resumed *r, struct duo *d)
{
	duo_init(d, r->cred, r->client_cred);
	duo_set_version(d, r->version);
	d->wire.again_percent = r->again_percent;
	d->wire.max_piece = r->max_piece;
	tls_session_set_clock_function(d->client, clock_of, &r->now);
	tls_session_set_clock_function(d->server, clock_of, &r->now);
	tls_certificate_server_set_request(d->server, r->request);
	set_up_store(r, d->server);
	if (r->lifetime != 0)
		tls_db_set_cache_expiration(d->server, r->lifetime);
	if (r->data.data != NULL)
		assert_int_equal(tls_session_set_data(d->client, r->data.data, r->data.size), 0);
	if (r->set_up != NULL)
		r->set_up(r, d);
}

void resumed_keep(struct resumed *r, struct duo *d)
{
	tls_free(r->data.data);
	r->data = (tls_datum_t){.data = NULL};
	assert_int_equal(tls_session_get_data2(d->client, &r->data), 0);
}

bool resumed_connect(struct resumed *r, struct duo *d)
{
	char text[] = "some data, both ways";

	duo_connect(d);
	duo_pass(d->client, d->server, text, sizeof(text));
	duo_pass(d->server, d->client, text, sizeof(text));
	assert_int_equal(tls_session_is_resumed(d->client), tls_session_is_resumed(d->server));
	resumed_keep(r, d);
	return tls_session_is_resumed(d->client) != 0;
}

bool resumed_session(struct resumed *r)
{
	struct duo d;
	bool resumed;

	resumed_begin(r, &d);
	resumed = resumed_connect(r, &d);
	duo_clear(&d);
	return resumed;
}
