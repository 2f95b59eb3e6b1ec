/* index.c - see index.h. */
#include "index.h"

#include "../bytes/mem.h"
#include "../tls.h"
#include "name.h"

#define FIRST_ROOM 16
#define MAX_ITEMS (1U << 24)

struct tls_index_item {
	struct tls_span name;
	uint32_t entry;
	uint32_t chain; /* the next name in this bucket; on first items only */
	uint32_t next, last; /* the next item of this name; the last one (on the first) */
};

void tls_index_init(struct tls_index *index)
{
	*index = (struct tls_index){.items = NULL};
}

void tls_index_clear(struct tls_index *index)
{
	tls_mem_free(index->items);
	tls_mem_free(index->buckets);
	tls_index_init(index);
}

/* FNV-1a over the lower-case name. */
static size_t bucket(const struct tls_index *index, struct tls_span name)
{
	uint32_t h = 2166136261U;

	for (size_t i = 0; i < name.len; i++) {
		uint8_t c = name.p[i];

		h = (h ^ (c >= 'A' && c <= 'Z' ? c | 0x20U : c)) * 16777619U;
	}
	return h & (index->n_buckets - 1);
}

static void link_item(struct tls_index *index, uint32_t at)
{
	struct tls_index_item *item = &index->items[at];
	uint32_t first = tls_index_find(index, item->name);
	size_t b;

	item->next = TLS_INDEX_NONE;
	if (first != TLS_INDEX_NONE) {
		index->items[index->items[first].last].next = at;
		index->items[first].last = at;
		return;
	}
	b = bucket(index, item->name);
	item->last = at;
	item->chain = index->buckets[b];
	index->buckets[b] = at;
}

int tls_index_reserve(struct tls_index *index, size_t n)
{
	size_t room = index->room > 0 ? index->room : FIRST_ROOM;
	struct tls_index_item *items;
	uint32_t *buckets;

	if (n > MAX_ITEMS || index->n_items + n > MAX_ITEMS)
		return TLS_E_MEMORY_ERROR;
	if (index->n_items + n <= index->room)
		return 0;
	while (room < index->n_items + n)
		room *= 2;
	items = tls_mem_alloc(room * sizeof(*items));
	buckets = tls_mem_alloc(room * sizeof(*buckets));
	if (items == NULL || buckets == NULL) {
		tls_mem_free(items);
		tls_mem_free(buckets);
		return TLS_E_MEMORY_ERROR;
	}
	tls_mem_copy(items, index->items, index->n_items * sizeof(*items));
	tls_mem_free(index->items);
	tls_mem_free(index->buckets);
	index->items = items;
	index->buckets = buckets;
	index->room = index->n_buckets = room;
	for (size_t i = 0; i < room; i++)
		buckets[i] = TLS_INDEX_NONE;
	for (uint32_t i = 0; i < index->n_items; i++)
		link_item(index, i);
	return 0;
}

void tls_index_add(struct tls_index *index, struct tls_span name, uint32_t entry)
{
	uint32_t at = (uint32_t)index->n_items++;

	index->items[at] = (struct tls_index_item){.name = name, .entry = entry};
	link_item(index, at);
}

uint32_t tls_index_find(const struct tls_index *index, struct tls_span name)
{
	uint32_t at = TLS_INDEX_NONE;

	if (index->n_buckets > 0)
		at = index->buckets[bucket(index, name)];
	while (at != TLS_INDEX_NONE && !tls_name_same(index->items[at].name, name))
		at = index->items[at].chain;
	return at;
}

uint32_t tls_index_next(const struct tls_index *index, uint32_t item)
{
	return index->items[item].next;
}

uint32_t tls_index_entry(const struct tls_index *index, uint32_t item)
{
	return index->items[item].entry;
}
