/* log_ring.c - see log_ring.h. An item is a frame and its bytes, padded to a multiple of 8; it may go round
 * the end of the data. It is there as soon as head has moved over it: a producer that dies before that has
 * said nothing. */

#include "config.h" /* GNU extensions */

#include "daemon/log_ring.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "daemon/shared.h"

struct frame {
	uint64_t n_dropped; /* so far */
	uint32_t len;
	uint32_t zero;
};

static uint64_t size_of_item(size_t len)
{
	return (sizeof(struct frame) + len + 7) & ~(uint64_t)7;
}

/* ---- The memory ---------------------------------------------------------------------------------- */

int px_log_ring_new(struct px_log_ring **ring, int *fd)
{
	/* All of it is there from the start, so that the memory of processes doesn't seem to grow with each line. */
	*ring = px_shared_make(fd, "quench-log", sizeof(**ring), true);
	return *ring ? 0 : -1;
}

int px_log_ring_map(struct px_log_ring **ring, int fd)
{
	*ring = px_shared_map(fd, sizeof(**ring));
	return *ring ? 0 : -1;
}

void px_log_ring_unmap(struct px_log_ring *ring)
{
	if (ring)
		munmap(ring, sizeof(*ring));
}

/* ---- The producer -------------------------------------------------------------------------------- */

static void copy_in(struct px_log_ring *ring, uint64_t place, const void *bytes, size_t len)
{
	size_t at = place & (PX_LOG_RING_ROOM - 1);
	size_t first = len < PX_LOG_RING_ROOM - at ? len : PX_LOG_RING_ROOM - at;

	memcpy(ring->data + at, bytes, first);
	memcpy(ring->data, (const uint8_t *)bytes + first, len - first);
}

/* The fence is the other half of the one in px_log_reader_sleep: one of us sees what the other did. */
static void wake_reader(struct px_log_ring *ring, int wake_fd)
{
	const uint64_t one = 1;

	atomic_thread_fence(memory_order_seq_cst);
	if (atomic_load_explicit(&ring->sleeping, memory_order_relaxed) &&
	    atomic_exchange_explicit(&ring->sleeping, 0, memory_order_relaxed))
		(void)!write(wake_fd, &one, sizeof(one));
}

bool px_log_ring_put(struct px_log_ring *ring, int wake_fd, const void *item, size_t len)
{
	uint64_t head = atomic_load_explicit(&ring->head, memory_order_relaxed);
	uint64_t tail = atomic_load_explicit(&ring->tail, memory_order_acquire);
	uint64_t n_dropped = atomic_load_explicit(&ring->n_dropped, memory_order_relaxed);
	struct frame frame = { .n_dropped = n_dropped, .len = (uint32_t)len };
	bool fits = len > 0 && len <= PX_LOG_ITEM_MAX && head - tail <= PX_LOG_RING_ROOM &&
	    size_of_item(len) <= PX_LOG_RING_ROOM - (head - tail);

	if (fits) {
		copy_in(ring, head, &frame, sizeof(frame));
		copy_in(ring, head + sizeof(frame), item, len);
		atomic_store_explicit(&ring->head, head + size_of_item(len), memory_order_release);
	} else {
		atomic_store_explicit(&ring->n_dropped, n_dropped + 1, memory_order_relaxed);
	}
	wake_reader(ring, wake_fd);
	return fits;
}

/* ---- The reader ---------------------------------------------------------------------------------- */

void px_log_reader_init(struct px_log_reader *reader, struct px_log_ring *ring)
{
	memset(reader, 0, sizeof(*reader));
	reader->ring = ring;
}

uint64_t px_log_reader_end(const struct px_log_reader *reader)
{
	return atomic_load_explicit(&reader->ring->head, memory_order_acquire);
}

static void copy_out(void *bytes, const struct px_log_ring *ring, uint64_t place, size_t len)
{
	size_t at = place & (PX_LOG_RING_ROOM - 1);
	size_t first = len < PX_LOG_RING_ROOM - at ? len : PX_LOG_RING_ROOM - at;

	memcpy(bytes, ring->data + at, first);
	memcpy((uint8_t *)bytes + first, ring->data, len - first);
}

static void go_on_from(struct px_log_reader *reader, uint64_t tail)
{
	reader->tail = tail;
	atomic_store_explicit(&reader->ring->tail, tail, memory_order_release);
}

bool px_log_reader_next(struct px_log_reader *reader, uint64_t end)
{
	uint64_t n_there = end - reader->tail;
	struct frame frame = { .len = 0 };

	if (n_there == 0)
		return false;
	if (n_there >= sizeof(frame) && n_there <= PX_LOG_RING_ROOM)
		copy_out(&frame, reader->ring, reader->tail, sizeof(frame));
	if (frame.len == 0 || frame.len > PX_LOG_ITEM_MAX || size_of_item(frame.len) > n_there) {
		reader->n_damaged++;
		go_on_from(reader, end);
		return false;
	}
	copy_out(reader->item, reader->ring, reader->tail + sizeof(frame), frame.len);
	reader->len = frame.len;
	reader->n_before = frame.n_dropped;
	reader->n_read++;
	go_on_from(reader, reader->tail + size_of_item(frame.len));
	return true;
}

uint64_t px_log_reader_dropped(struct px_log_reader *reader, bool empty)
{
	uint64_t now = atomic_load_explicit(&reader->ring->n_dropped, memory_order_relaxed);
	uint64_t told = reader->n_dropped;

	if (!empty && reader->n_before < now)
		now = reader->n_before;
	if (now <= told)
		return 0;
	reader->n_dropped = now;
	return now - told;
}

bool px_log_reader_sleep(struct px_log_reader *reader)
{
	struct px_log_ring *ring = reader->ring;

	atomic_store_explicit(&ring->sleeping, 1, memory_order_relaxed);
	atomic_thread_fence(memory_order_seq_cst);
	return atomic_load_explicit(&ring->head, memory_order_relaxed) == reader->tail &&
	    atomic_load_explicit(&ring->n_dropped, memory_order_relaxed) <= reader->n_dropped;
}

void px_log_reader_wake(struct px_log_reader *reader)
{
	atomic_store_explicit(&reader->ring->sleeping, 0, memory_order_relaxed);
}
