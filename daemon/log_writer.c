/* log_writer.c - see log_writer.h.
 *
 * A pass takes what the rings held when it began, so that a process that never stops talking keeps nobody
 * else from being heard. Eventfds of rings are only waited for, edge-triggered, and never read: the process
 * at the other end could make a read wait.
 */

#include "config.h" /* GNU extensions */

#include "daemon/log_writer.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "daemon/clock.h"
#include "daemon/log_fold.h"
#include "daemon/log_format.h"
#include "daemon/thread.h"

#define RETRY_MS 250 /* until a sink is tried again that can't say when */
#define GATHER_MS 10 /* from being woken to looking: lines that come close together cost one wake-up */

struct slot {
	struct px_log_reader reader;
	struct px_log_ring *ring;
	int fds[2];
	char process[PX_LOG_PROCESS_LEN];
	uint64_t end; /* of this pass */
	uint64_t n_damaged; /* told */
	bool has_record;
	struct px_log_record record; /* points into the reader's item */
};

struct px_log_writer {
	pthread_t thread;
	int epoll, control; /* control: an eventfd, look around */
	atomic_bool stopping;
	uint64_t stop_ms; /* when to give up */

	pthread_mutex_t lock; /* for what others hand in */
	struct slot *new_slots[PX_LOG_RINGS_MAX];
	struct px_log_sink new_sink;
	bool has_new_sink;

	/* The thread's own. */
	struct slot *slots[PX_LOG_RINGS_MAX];
	unsigned n_slots;
	struct px_log_sink sink;
	struct px_log_fold fold;
	struct px_line line;
	uint64_t n_untold; /* dropped since the last line that said so */

	_Atomic uint64_t n_written, n_lost, n_folded, n_damaged;
};

static void count(_Atomic uint64_t *counter, uint64_t n)
{
	atomic_fetch_add_explicit(counter, n, memory_order_relaxed);
}

/* ---- What others hand in ------------------------------------------------------------------------- */

static void look_around(struct px_log_writer *w)
{
	const uint64_t one = 1;

	(void)!write(w->control, &one, sizeof(one));
}

/* True: there is another sink. */
static bool take_in(struct px_log_writer *w)
{
	struct px_log_sink old = { .fd = -1 };
	bool changed;

	pthread_mutex_lock(&w->lock);
	while (w->n_slots < PX_LOG_RINGS_MAX && w->new_slots[w->n_slots]) {
		w->slots[w->n_slots] = w->new_slots[w->n_slots];
		w->n_slots++;
	}
	changed = w->has_new_sink;
	if (changed) {
		old = w->sink;
		w->sink = w->new_sink;
		w->has_new_sink = false;
	}
	pthread_mutex_unlock(&w->lock);
	px_log_sink_close(&old); /* may wait for a disk; nobody waits for us */
	return changed;
}

static void clear_control(struct px_log_writer *w)
{
	uint64_t n;

	(void)!read(w->control, &n, sizeof(n));
}

/* ---- Writing a line ------------------------------------------------------------------------------ */

/* False: it is time to give up. */
static bool wait_for_sink(struct px_log_writer *w, int error)
{
	bool stopping = atomic_load(&w->stopping);
	uint64_t now = px_clock_ms(), left = RETRY_MS;
	struct pollfd p[2] = { { .fd = error == EAGAIN ? w->sink.fd : -1, .events = POLLOUT },
		{ .fd = stopping ? -1 : w->control, .events = POLLIN } };

	if (stopping && now >= w->stop_ms)
		return false;
	if (stopping && w->stop_ms - now < left)
		left = w->stop_ms - now;
	poll(p, 2, (int)left);
	if (p[1].revents)
		clear_control(w);
	return true;
}

/* The line is at fault, not the sink. */
static bool is_final(int error)
{
	return error == EMSGSIZE || error == E2BIG || error == EINVAL;
}

static bool put(struct px_log_writer *w, const struct px_log_record *record, const char *process)
{
	int r;

	take_in(w);
	w->sink.n_out = 0;
	px_log_format_line(&w->line, record, w->sink.format);
	if (w->line.cut)
		return false;
	while ((r = px_log_sink_write(&w->sink, record, &w->line, process)) != 0) {
		if (is_final(r) || !wait_for_sink(w, r))
			return false;
		if (take_in(w))
			px_log_format_line(&w->line, record, w->sink.format);
	}
	count(&w->n_written, 1);
	return true;
}

static void put_own(struct px_log_writer *w, enum px_log_kind kind, const char *text)
{
	struct px_log_record record;
	struct px_log_item item;

	px_log_item_begin(&item, kind, CONF_LOG_WARNING);
	px_log_item_add_text(&item, PX_LOG_FIELD_TEXT, text);
	if (px_log_record_read(&record, item.bytes, item.len) &&
	    !px_log_fold_take(&w->fold, &record, item.bytes, item.len, px_clock_ms()))
		put(w, &record, "master");
}

static void tell_dropped(struct px_log_writer *w)
{
	uint64_t n = w->n_untold;
	char text[64];

	if (n == 0)
		return;
	w->n_untold = 0;
	snprintf(text, sizeof(text), "%llu log lines were dropped", (unsigned long long)n);
	put_own(w, PX_LOG_DROPPED, text);
}

static void tell_damaged(struct px_log_writer *w, struct slot *slot)
{
	char text[80];

	if (slot->reader.n_damaged == slot->n_damaged)
		return;
	count(&w->n_damaged, slot->reader.n_damaged - slot->n_damaged);
	slot->n_damaged = slot->reader.n_damaged;
	snprintf(text, sizeof(text), "what %s logs is damaged, some of it is lost", slot->process);
	put_own(w, PX_LOG_MESSAGE, text);
}

/* A line that nobody will take: counted, and told as those that the rings lost. */
static void put_or_lose(struct px_log_writer *w, const struct px_log_record *record, const char *process)
{
	if (put(w, record, process))
		return;
	count(&w->n_lost, 1);
	w->n_untold++;
}

static void write_record(struct px_log_writer *w, struct slot *slot)
{
	struct px_log_reader *reader = &slot->reader;

	slot->has_record = false;
	w->n_untold += px_log_reader_dropped(reader, false);
	tell_dropped(w);
	if (px_log_fold_take(&w->fold, &slot->record, reader->item, reader->len, px_clock_ms()))
		count(&w->n_folded, 1);
	else
		put_or_lose(w, &slot->record, slot->process);
}

/* ---- A pass -------------------------------------------------------------------------------------- */

/* What becomes of settings and processes, and what an operator has asked for, is the master's to tell: nobody else's
 * lines look as if it had. */
static bool may_say(const struct px_log_writer *w, const struct slot *slot, enum px_log_kind kind)
{
	return slot == w->slots[0] || kind == PX_LOG_MESSAGE || kind == PX_LOG_CONNECTION || kind == PX_LOG_BACKEND_FAILED;
}

static void take_next(const struct px_log_writer *w, struct slot *slot)
{
	while (!slot->has_record && px_log_reader_next(&slot->reader, slot->end)) {
		slot->has_record = px_log_record_read(&slot->record, slot->reader.item, slot->reader.len) &&
		    may_say(w, slot, slot->record.kind);
		if (!slot->has_record)
			slot->reader.n_damaged++;
	}
}

static struct slot *oldest(struct px_log_writer *w)
{
	struct slot *found = NULL;

	for (unsigned i = 0; i < w->n_slots; i++) {
		struct slot *slot = w->slots[i];

		take_next(w, slot);
		if (slot->has_record && (!found || slot->record.time_us < found->record.time_us))
			found = slot;
	}
	return found;
}

static void fold_out(struct px_log_writer *w, uint64_t until_ms)
{
	const struct px_log_record *record;

	while ((record = px_log_fold_due(&w->fold, until_ms)))
		put_or_lose(w, record, "master");
}

static void pass(struct px_log_writer *w)
{
	struct slot *slot;

	take_in(w);
	for (unsigned i = 0; i < w->n_slots; i++)
		w->slots[i]->end = px_log_reader_end(&w->slots[i]->reader);
	while ((slot = oldest(w)))
		write_record(w, slot);
	for (unsigned i = 0; i < w->n_slots; i++) {
		w->n_untold += px_log_reader_dropped(&w->slots[i]->reader, true);
		tell_damaged(w, w->slots[i]);
	}
	fold_out(w, px_clock_ms());
	tell_dropped(w);
}

static int until_next_fold(const struct px_log_writer *w)
{
	uint64_t next = px_log_fold_next_ms(&w->fold), now = px_clock_ms();

	if (next == UINT64_MAX)
		return -1;
	return next > now ? (int)(next - now) : 0;
}

static void sleep_until_woken(struct px_log_writer *w)
{
	struct pollfd control = { .fd = w->control, .events = POLLIN };
	struct epoll_event event;
	bool idle = true;

	for (unsigned i = 0; i < w->n_slots; i++)
		idle = px_log_reader_sleep(&w->slots[i]->reader) && idle;
	if (idle)
		epoll_wait(w->epoll, &event, 1, until_next_fold(w));
	for (unsigned i = 0; i < w->n_slots; i++)
		px_log_reader_wake(&w->slots[i]->reader);
	if (poll(&control, 1, GATHER_MS) == 1)
		clear_control(w);
}

static void *run(void *arg)
{
	struct px_log_writer *w = arg;

	while (!atomic_load(&w->stopping)) {
		pass(w);
		if (!atomic_load(&w->stopping))
			sleep_until_woken(w);
	}
	pass(w);
	fold_out(w, UINT64_MAX);
	tell_dropped(w);
	return NULL;
}

/* ---- Life ---------------------------------------------------------------------------------------- */

static void free_slot(struct slot *slot)
{
	px_log_ring_unmap(slot->ring);
	for (unsigned i = 0; i < 2; i++) {
		if (slot->fds[i] >= 0)
			close(slot->fds[i]);
	}
	free(slot);
}

static void free_writer(struct px_log_writer *w)
{
	for (unsigned i = 0; i < PX_LOG_RINGS_MAX; i++) {
		if (w->new_slots[i])
			free_slot(w->new_slots[i]);
	}
	px_log_sink_close(&w->sink);
	if (w->has_new_sink)
		px_log_sink_close(&w->new_sink);
	if (w->epoll >= 0)
		close(w->epoll);
	if (w->control >= 0)
		close(w->control);
	pthread_mutex_destroy(&w->lock);
	free(w);
}

static int watch(const struct px_log_writer *w, int fd, uint32_t events)
{
	struct epoll_event event = { .events = events };

	return fd >= 0 ? epoll_ctl(w->epoll, EPOLL_CTL_ADD, fd, &event) : -1;
}

int px_log_writer_start(struct px_log_writer **writer, const struct px_log_sink *sink)
{
	struct px_log_writer *w = calloc(1, sizeof(*w));
	int error;

	*writer = NULL;
	if (!w)
		return -1;
	pthread_mutex_init(&w->lock, NULL);
	px_log_fold_init(&w->fold);
	w->sink = *sink;
	w->epoll = epoll_create1(EPOLL_CLOEXEC);
	w->control = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (w->epoll >= 0 && watch(w, w->control, EPOLLIN) == 0 && px_thread_start(&w->thread, run, w) == 0) {
		*writer = w;
		return 0;
	}
	error = errno;
	w->sink.own = false; /* the caller keeps it */
	free_writer(w);
	errno = error;
	return -1;
}

void px_log_writer_stop(struct px_log_writer *w)
{
	struct timespec until;

	if (!w)
		return;
	w->stop_ms = px_clock_ms() + PX_LOG_STOP_MS;
	atomic_store(&w->stopping, true);
	look_around(w);
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += 2 * PX_LOG_STOP_MS / 1000;
	/* A disk or a journal may hold it up for ever: then it ends with the process. */
	if (pthread_clockjoin_np(w->thread, NULL, CLOCK_MONOTONIC, &until) == 0)
		free_writer(w);
}

void px_log_writer_use(struct px_log_writer *w, const struct px_log_sink *sink)
{
	struct px_log_sink unused = { .fd = -1 };

	pthread_mutex_lock(&w->lock);
	if (w->has_new_sink)
		unused = w->new_sink;
	w->new_sink = *sink;
	w->has_new_sink = true;
	pthread_mutex_unlock(&w->lock);
	px_log_sink_close(&unused);
	look_around(w);
}

static struct slot *new_slot(const struct px_log_writer *w, const char *process)
{
	struct slot *slot = calloc(1, sizeof(*slot));

	if (!slot)
		return NULL;
	snprintf(slot->process, sizeof(slot->process), "%s", process);
	slot->fds[0] = -1;
	slot->fds[1] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (px_log_ring_new(&slot->ring, &slot->fds[0]) == 0 && watch(w, slot->fds[1], EPOLLIN | EPOLLET) == 0) {
		px_log_reader_init(&slot->reader, slot->ring);
		return slot;
	}
	free_slot(slot);
	return NULL;
}

int px_log_writer_ring(struct px_log_writer *w, struct px_log_ring **ring, int fds[2], unsigned number,
    const char *process)
{
	struct slot *slot = NULL;

	/* One after the other: the thread takes them in by that. */
	if (number >= PX_LOG_RINGS_MAX || (number > 0 && !w->new_slots[number - 1])) {
		errno = EINVAL;
		return -1;
	}
	pthread_mutex_lock(&w->lock);
	slot = w->new_slots[number];
	if (!slot)
		slot = w->new_slots[number] = new_slot(w, process);
	pthread_mutex_unlock(&w->lock);
	if (!slot)
		return -1;
	*ring = slot->ring;
	memcpy(fds, slot->fds, sizeof(slot->fds));
	look_around(w);
	return 0;
}

uint64_t px_log_writer_dropped(struct px_log_writer *w, unsigned number)
{
	const struct slot *slot;

	pthread_mutex_lock(&w->lock);
	slot = number < PX_LOG_RINGS_MAX ? w->new_slots[number] : NULL;
	pthread_mutex_unlock(&w->lock);
	return slot ? atomic_load_explicit(&slot->ring->n_dropped, memory_order_relaxed) : 0;
}

void px_log_writer_count(struct px_log_writer *w, struct px_log_counts *counts)
{
	counts->n_written = atomic_load_explicit(&w->n_written, memory_order_relaxed);
	counts->n_folded = atomic_load_explicit(&w->n_folded, memory_order_relaxed);
	counts->n_damaged = atomic_load_explicit(&w->n_damaged, memory_order_relaxed);
	counts->n_dropped = atomic_load_explicit(&w->n_lost, memory_order_relaxed);
	for (unsigned i = 0; i < PX_LOG_RINGS_MAX; i++)
		counts->n_dropped += px_log_writer_dropped(w, i);
}
