/* talk_resume.c - see talk_resume.h. */
#include "talk_resume.h"

#include <string.h>
#include <time.h>

#define DB_ROOM 64
#define DB_KEY_LEN 64
#define DB_DATA_LEN 16000

static tls_datum_t kept; /* of the client's connection before */

/* A database of the newest records. */
static struct {
	unsigned char key[DB_KEY_LEN], data[DB_DATA_LEN];
	unsigned key_len, data_len;
} db[DB_ROOM];
static unsigned db_next;

static uint64_t now_ms(void *ptr)
{
	struct timespec now;

	(void)ptr;
	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static int db_store(void *ptr, tls_datum_t key, tls_datum_t data)
{
	unsigned at = db_next++ % DB_ROOM;

	(void)ptr;
	if (key.size > DB_KEY_LEN || data.size > DB_DATA_LEN)
		return -1;
	memcpy(db[at].key, key.data, key.size);
	memcpy(db[at].data, data.data, data.size);
	db[at].key_len = key.size;
	db[at].data_len = data.size;
	return 0;
}

static int db_find(tls_datum_t key)
{
	for (int i = 0; i < DB_ROOM; i++)
		if (db[i].key_len == key.size && key.size > 0 && memcmp(db[i].key, key.data, key.size) == 0)
			return i;
	return -1;
}

static int db_remove(void *ptr, tls_datum_t key)
{
	int at = db_find(key);

	(void)ptr;
	if (at >= 0)
		db[at].key_len = 0;
	return at >= 0 ? 0 : -1;
}

static tls_datum_t db_retrieve(void *ptr, tls_datum_t key)
{
	int at = db_find(key);
	tls_datum_t data = {.data = NULL};

	(void)ptr;
	if (at < 0)
		return data;
	data.data = tls_malloc(db[at].data_len);
	if (data.data == NULL)
		return data;
	data.size = db[at].data_len;
	memcpy(data.data, db[at].data, data.size);
	return data;
}

static void set_server(struct talk *t)
{
	static tls_datum_t key;

	if (t->o->tickets > 0 && key.data == NULL)
		talk_must(tls_session_ticket_key_generate(&key), "ticket key");
	if (t->o->tickets > 0) {
		talk_must(tls_session_ticket_enable_server(t->session, &key), "tickets");
		talk_must(tls_session_ticket_set_count(t->session, t->o->tickets), "count of tickets");
	}
	if (t->o->expire > 0)
		tls_db_set_cache_expiration(t->session, (int)t->o->expire);
	if (t->o->db > 0) {
		tls_db_set_store_function(t->session, db_store);
		tls_db_set_retrieve_function(t->session, db_retrieve);
		tls_db_set_remove_function(t->session, db_remove);
		tls_db_set_ptr(t->session, db);
	}
}

void talk_resume_set(struct talk *t, unsigned role)
{
	tls_session_set_clock_function(t->session, now_ms, NULL);
	if ((role & TLS_SERVER) != 0)
		set_server(t);
	else if (t->o->resume > 0 && kept.data != NULL)
		talk_must(tls_session_set_data(t->session, kept.data, kept.size), "session data");
}

void talk_resume_forget(void)
{
	tls_free(kept.data);
	kept = (tls_datum_t){.data = NULL};
}

void talk_resume_keep(struct talk *t)
{
	talk_resume_forget();
	if (t->o->resume > 0 && t->result == 0)
		talk_must(tls_session_get_data2(t->session, &kept), "session data");
}
