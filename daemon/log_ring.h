/* log_ring.h - a queue of items in shared memory: one producer, one reader.
 *
 * The producer never waits: what finds no room is counted in the ring, where the count outlives the
 * producer. The reader trusts nothing that the producer can write: it keeps its own place, checks each
 * length and copies before it looks. A producer that breaks the rules loses what is in its ring then.
 */
#ifndef DAEMON_LOG_RING_H
#define DAEMON_LOG_RING_H

#include <stdalign.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PX_LOG_RING_ROOM (256u * 1024u) /* bytes; a power of 2 */
#define PX_LOG_ITEM_MAX 2048u

/* The shared memory. Places count bytes since the beginning and never go back. */
struct px_log_ring {
	alignas(64) _Atomic uint64_t head; /* the producer's: here ends what has been put in */
	_Atomic uint64_t n_dropped; /* the producer's: items that found no room */
	alignas(64) _Atomic uint64_t tail; /* the reader's: here begins what it hasn't taken */
	_Atomic uint32_t sleeping; /* the reader wants to be woken; who wakes it clears this */
	alignas(64) uint8_t data[PX_LOG_RING_ROOM];
};

/* A new ring in a sealed memfd, mapped. 0, or -1 with errno. */
int px_log_ring_new(struct px_log_ring **ring, int *fd);

/* Maps a ring that somebody else made. 0, or -1 with errno. The descriptor isn't needed afterwards. */
int px_log_ring_map(struct px_log_ring **ring, int fd);
void px_log_ring_unmap(struct px_log_ring *ring);

/* The producer: 1 to PX_LOG_ITEM_MAX bytes. False: no room, counted. wake_fd: an eventfd, written when the
 * reader sleeps. */
bool px_log_ring_put(struct px_log_ring *ring, int wake_fd, const void *item, size_t len);

struct px_log_reader {
	struct px_log_ring *ring;
	uint64_t tail; /* what counts; the one in the ring only tells the producer */
	uint64_t n_read, n_damaged;
	uint64_t n_dropped; /* of the ring's, as many as px_log_reader_dropped has given out */
	uint64_t n_before; /* dropped, from the beginning, when this item was put in */
	size_t len;
	uint8_t item[PX_LOG_ITEM_MAX]; /* the item last taken */
};

void px_log_reader_init(struct px_log_reader *reader, struct px_log_ring *ring);

/* How far there is something to take now. */
uint64_t px_log_reader_end(const struct px_log_reader *reader);

/* Takes the next item that lies before end. False: there is none. */
bool px_log_reader_next(struct px_log_reader *reader, uint64_t end);

/* How many items were dropped between the one before and the item last taken; with the ring empty: since.
 * Each is given out once. */
uint64_t px_log_reader_dropped(struct px_log_reader *reader, bool empty);

/* Announces that the reader goes to sleep, or is up again. False: it mustn't, there is something. */
bool px_log_reader_sleep(struct px_log_reader *reader);
void px_log_reader_wake(struct px_log_reader *reader);

#endif
