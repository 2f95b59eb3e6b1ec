/* pool.c - see pool.h. A spare buffer holds the link to the next one in its first bytes. */

#include "daemon/pool.h"

#include <stdlib.h>

struct px_pool_item {
	struct px_pool_item *next;
};

void px_pool_init(struct px_pool *pool, unsigned max_spare)
{
	pool->spare = NULL;
	pool->n_spare = 0;
	pool->max_spare = max_spare;
	pool->n_lent = 0;
}

void px_pool_clear(struct px_pool *pool)
{
	struct px_pool_item *item;

	while ((item = pool->spare)) {
		pool->spare = item->next;
		free(item);
	}
	pool->n_spare = 0;
	pool->max_spare = 0;
}

void *px_pool_take(struct px_pool *pool)
{
	struct px_pool_item *item = pool->spare;

	if (item) {
		pool->spare = item->next;
		pool->n_spare--;
	} else {
		item = malloc(PX_POOL_BUF_LEN);
		if (!item)
			return NULL;
	}
	pool->n_lent++;
	return item;
}

void px_pool_give(struct px_pool *pool, void *buf)
{
	struct px_pool_item *item = buf;

	if (!item)
		return;
	pool->n_lent--;
	if (pool->n_spare >= pool->max_spare) {
		free(item);
		return;
	}
	item->next = pool->spare;
	pool->spare = item;
	pool->n_spare++;
}
