/* index.h - from a server name to the entries that serve it: a hash table that only grows.
 *
 * Names are spans the owner keeps; letters match without regard to case. Entries of one name come in
 * the order they were added. Names come from certificates, not from peers, so that nobody outside can
 * choose what collides.
 */
#ifndef TLS_X509_INDEX_H
#define TLS_X509_INDEX_H

#include <stddef.h>
#include <stdint.h>

#include "../bytes/span.h"

#define TLS_INDEX_NONE UINT32_MAX

struct tls_index_item;

struct tls_index {
	struct tls_index_item *items;
	size_t n_items, room;
	uint32_t *buckets; /* of the first item of each name, or NONE */
	size_t n_buckets; /* a power of two */
};

void tls_index_init(struct tls_index *index);
void tls_index_clear(struct tls_index *index);

/* Makes room for n more names, so that adding them can't fail. 0 or TLS_E_MEMORY_ERROR. */
int tls_index_reserve(struct tls_index *index, size_t n) __attribute__((warn_unused_result));

/* Adds a name for an entry; room has been reserved. */
void tls_index_add(struct tls_index *index, struct tls_span name, uint32_t entry);

/* The first item with that name; then the next one with the same. TLS_INDEX_NONE at the end. */
uint32_t tls_index_find(const struct tls_index *index, struct tls_span name);
uint32_t tls_index_next(const struct tls_index *index, uint32_t item);
uint32_t tls_index_entry(const struct tls_index *index, uint32_t item);

#endif
