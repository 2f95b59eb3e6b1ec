/* keystore.c - see keystore.h. */

#include "daemon/keystore.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_ROOM 16

/* ---- One generation -------------------------------------------------------------------------------- */

static void let_go(struct px_keystore_key *key)
{
	if (--key->holds > 0)
		return;
	tls_x509_privkey_deinit(key->key);
	free(key);
}

static void clear_generation(struct px_key_generation *g)
{
	for (size_t i = 0; i < g->n; i++)
		let_go(g->keys[i]);
	free(g->keys);
	memset(g, 0, sizeof(*g));
}

static int compare_keys(const void *a, const void *b)
{
	const struct px_keystore_key *const *x = a, *const *y = b;

	return memcmp((*x)->id, (*y)->id, TLS_KEY_ID_LEN);
}

static int compare_id(const void *id, const void *key)
{
	const struct px_keystore_key *const *k = key;

	return memcmp(id, (*k)->id, TLS_KEY_ID_LEN);
}

static struct px_keystore_key *find_in(const struct px_key_generation *g, const uint8_t *id)
{
	struct px_keystore_key **found = NULL;

	if (g->n > 0)
		found = bsearch(id, g->keys, g->n, sizeof(*g->keys), compare_id);
	return found ? *found : NULL;
}

static int grow(struct px_key_generation *g)
{
	size_t room = g->room ? g->room * 2 : FIRST_ROOM;
	struct px_keystore_key **keys;

	if (g->n >= PX_KEYSTORE_MAX)
		return TLS_E_MEMORY_ERROR;
	if (g->n < g->room)
		return 0;
	keys = reallocarray(g->keys, room, sizeof(*keys));
	if (!keys)
		return TLS_E_MEMORY_ERROR;
	g->keys = keys;
	g->room = room;
	return 0;
}

static int read_key(struct px_keystore_key *key, const uint8_t *id, const tls_datum_t *pem)
{
	int r = tls_x509_privkey_init(&key->key);

	if (r == 0)
		r = tls_x509_privkey_import(key->key, pem, TLS_X509_FMT_PEM);
	if (r == 0)
		r = tls_x509_privkey_get_key_id(key->key, key->id);
	if (r == 0 && memcmp(key->id, id, TLS_KEY_ID_LEN) != 0)
		r = TLS_E_CERTIFICATE_KEY_MISMATCH;
	return r;
}

static int new_key(struct px_keystore_key **out, const uint8_t *id, const tls_datum_t *pem)
{
	struct px_keystore_key *key = calloc(1, sizeof(*key));
	int r;

	if (!key)
		return TLS_E_MEMORY_ERROR;
	r = read_key(key, id, pem);
	if (r != 0) {
		tls_x509_privkey_deinit(key->key);
		free(key);
		return r;
	}
	*out = key;
	return 0;
}

/* ---- The store ------------------------------------------------------------------------------------- */

void px_keystore_init(struct px_keystore *store)
{
	memset(store, 0, sizeof(*store));
}

void px_keystore_clear(struct px_keystore *store)
{
	clear_generation(&store->next);
	clear_generation(&store->current);
	clear_generation(&store->previous);
	px_keystore_init(store);
}

void px_keystore_begin(struct px_keystore *store)
{
	px_keystore_commit(store);
	px_keystore_drop(store);
	store->filling = true;
}

int px_keystore_add(struct px_keystore *store, const uint8_t id[TLS_KEY_ID_LEN], const tls_datum_t *pem)
{
	struct px_keystore_key *key = find_in(&store->current, id);
	int r = grow(&store->next);

	if (!key)
		key = find_in(&store->previous, id);
	if (r == 0 && !key)
		r = new_key(&key, id, pem);
	if (r != 0)
		return r;
	key->holds++;
	store->next.keys[store->next.n++] = key;
	return 0;
}

void px_keystore_end(struct px_keystore *store)
{
	struct px_key_generation *g = &store->next;

	if (g->n > 0)
		qsort(g->keys, g->n, sizeof(*g->keys), compare_keys);
	store->filling = false;
	store->waiting = true;
}

void px_keystore_commit(struct px_keystore *store)
{
	if (!store->waiting)
		return;
	clear_generation(&store->previous);
	store->previous = store->current;
	store->current = store->next;
	memset(&store->next, 0, sizeof(store->next));
	store->waiting = false;
}

void px_keystore_drop(struct px_keystore *store)
{
	clear_generation(&store->next);
	store->filling = store->waiting = false;
}

tls_x509_privkey_t px_keystore_find(const struct px_keystore *store, const uint8_t id[TLS_KEY_ID_LEN])
{
	const struct px_keystore_key *key = find_in(&store->current, id);

	if (!key && store->waiting)
		key = find_in(&store->next, id);
	if (!key)
		key = find_in(&store->previous, id);
	return key ? key->key : NULL;
}
