/* pool.h - buffers lent while bytes are in flight.
 *
 * A relay that has nothing under way owns no buffer. What comes back last is lent first, so that a
 * busy worker keeps using the same few buffers, which stay in the cache. At most max_spare buffers
 * wait here; more than that go back to the system. One pool for each worker: not thread-safe.
 */
#ifndef DAEMON_POOL_H
#define DAEMON_POOL_H

#include <stddef.h>

#define PX_POOL_BUF_LEN 65536 /* bytes in each buffer */

struct px_pool_item;

struct px_pool {
	struct px_pool_item *spare;
	unsigned n_spare;
	unsigned max_spare;
	unsigned n_lent;
};

/* An empty pool that keeps at most max_spare idle buffers. */
void px_pool_init(struct px_pool *pool, unsigned max_spare);

/* Releases the idle buffers. Those still lent may be given back later, and are then released. */
void px_pool_clear(struct px_pool *pool);

/* Lends PX_POOL_BUF_LEN bytes of any content, or NULL when memory ran out. */
void *px_pool_take(struct px_pool *pool);

/* Takes a buffer back (NULL is fine). */
void px_pool_give(struct px_pool *pool, void *buf);

#endif
