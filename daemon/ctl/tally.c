/* tally.c - see tally.h. */

#include "tally.h"

#include <stdlib.h>
#include <string.h>

static struct px_tally_entry *find(const struct px_tally *tally, const char *key)
{
	for (size_t i = 0; i < tally->n; i++) {
		if (strcmp(tally->list[i].key, key) == 0)
			return &tally->list[i];
	}
	return NULL;
}

void px_tally_turn(struct px_tally *tally)
{
	for (size_t i = 0; i < tally->n; i++) {
		tally->list[i].before = tally->list[i].now;
		tally->list[i].now = 0;
	}
}

void px_tally_add(struct px_tally *tally, const char *key, double n)
{
	struct px_tally_entry *entry = find(tally, key), *list;

	if (!entry) {
		if (strlen(key) >= PX_TALLY_KEY_LEN)
			return;
		list = realloc(tally->list, (tally->n + 1) * sizeof(*list));
		if (!list)
			return;
		tally->list = list;
		entry = &list[tally->n++];
		memset(entry, 0, sizeof(*entry));
		memcpy(entry->key, key, strlen(key) + 1);
	}
	entry->now += n;
}

double px_tally_get(const struct px_tally *tally, const char *key)
{
	const struct px_tally_entry *entry = find(tally, key);

	return entry ? entry->now : 0;
}

double px_tally_grown(const struct px_tally_entry *entry)
{
	return entry->now > entry->before ? entry->now - entry->before : 0;
}

double px_tally_get_grown(const struct px_tally *tally, const char *key)
{
	const struct px_tally_entry *entry = find(tally, key);

	return entry ? px_tally_grown(entry) : 0;
}

static int by_size(const void *a, const void *b)
{
	const struct px_tally_entry *x = a, *y = b;

	if (x->now != y->now)
		return x->now < y->now ? 1 : -1;
	return strcmp(x->key, y->key);
}

void px_tally_sort(struct px_tally *tally)
{
	if (tally->n > 0)
		qsort(tally->list, tally->n, sizeof(*tally->list), by_size);
}

void px_tally_clear(struct px_tally *tally)
{
	free(tally->list);
	*tally = (struct px_tally){ .n = 0 };
}
