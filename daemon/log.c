/* log.c - see log.h. The lock lets the threads of the master share one ring: it is held while a record is
 * copied, never while anything waits. */

#include "daemon/log.h"

#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/clock.h"
#include "daemon/log_format.h"

#define OWN_SLOT 0 /* of the master; its children have those after it */

static struct {
	pthread_mutex_t lock;
	_Atomic int level;
	struct px_log_ring *ring; /* NULL: standard error */
	int wake_fd;
	bool attached; /* ring and wake_fd are ours, not the writer's */
	struct px_log_writer *writer;
} the_log = { .lock = PTHREAD_MUTEX_INITIALIZER, .level = CONF_LOG_INFO, .wake_fd = -1 };

/* ---- Saying something ---------------------------------------------------------------------------- */

bool px_log_has(enum conf_log_level level)
{
	return (int)level <= atomic_load_explicit(&the_log.level, memory_order_relaxed);
}

void px_log_set_level(enum conf_log_level level)
{
	atomic_store_explicit(&the_log.level, (int)level, memory_order_relaxed);
}

static void say_to_stderr(const struct px_log_item *item)
{
	const struct conf_log conf = { .target = CONF_LOG_STDERR };
	struct px_log_record record;
	struct px_log_sink sink;
	struct px_line line;

	if (!px_log_record_read(&record, item->bytes, item->len) || px_log_sink_open(&sink, &conf) != 0)
		return;
	px_log_format_line(&line, &record, CONF_LOG_TEXT);
	(void)px_log_sink_write(&sink, &record, &line, "");
}

static void say(const struct px_log_item *item)
{
	pthread_mutex_lock(&the_log.lock);
	if (the_log.ring)
		px_log_ring_put(the_log.ring, the_log.wake_fd, item->bytes, item->len);
	else
		say_to_stderr(item);
	pthread_mutex_unlock(&the_log.lock);
}

static void say_text(enum px_log_kind kind, enum conf_log_level level, const char *service, const char *format,
    va_list args) __attribute__((format(printf, 4, 0)));

static void say_text(enum px_log_kind kind, enum conf_log_level level, const char *service, const char *format,
    va_list args)
{
	char text[PX_LOG_TEXT_MAX];
	struct px_log_item item;

	if (!px_log_has(level))
		return;
	vsnprintf(text, sizeof(text), format, args);
	px_log_item_begin(&item, kind, level);
	px_log_item_add_text(&item, PX_LOG_FIELD_TEXT, text[0] ? text : " ");
	px_log_item_add_text(&item, PX_LOG_FIELD_SERVICE, service);
	say(&item);
}

void px_log(enum conf_log_level level, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say_text(PX_LOG_MESSAGE, level, NULL, format, args);
	va_end(args);
}

void px_log_event(enum px_log_kind kind, enum conf_log_level level, const char *service, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say_text(kind, level, service, format, args);
	va_end(args);
}

void px_log_connection(const struct px_conn_record *record)
{
	struct px_log_item item;

	px_log_item_connection(&item, record);
	say(&item);
}

bool px_log_may_repeat(struct px_log_limit *limit)
{
	int64_t now = (int64_t)(px_clock_ms() / 1000);

	if (limit->last && now < limit->last + 1)
		return false;
	limit->last = now;
	return true;
}

/* ---- Opening and closing ------------------------------------------------------------------------- */

static void use_ring(struct px_log_ring *ring, int wake_fd, bool attached)
{
	struct px_log_ring *old;
	int old_fd;

	pthread_mutex_lock(&the_log.lock);
	old = the_log.attached ? the_log.ring : NULL;
	old_fd = the_log.attached ? the_log.wake_fd : -1;
	the_log.ring = ring;
	the_log.wake_fd = wake_fd;
	the_log.attached = attached;
	pthread_mutex_unlock(&the_log.lock);
	px_log_ring_unmap(old);
	if (old_fd >= 0)
		close(old_fd);
}

static int start_writer(struct px_log_sink *sink)
{
	struct px_log_ring *ring;
	int fds[2], error;

	if (px_log_writer_start(&the_log.writer, sink) != 0) {
		error = errno;
		px_log_sink_close(sink);
		errno = error;
		return -1;
	}
	if (px_log_writer_ring(the_log.writer, &ring, fds, OWN_SLOT, "master") == 0) {
		use_ring(ring, fds[1], false);
		return 0;
	}
	error = errno;
	px_log_writer_stop(the_log.writer);
	the_log.writer = NULL;
	errno = error;
	return -1;
}

int px_log_use(struct px_log_sink *sink)
{
	if (!the_log.writer)
		return start_writer(sink);
	px_log_writer_use(the_log.writer, sink);
	return 0;
}

void px_log_close(void)
{
	struct px_log_writer *writer = the_log.writer;

	use_ring(NULL, -1, false);
	the_log.writer = NULL;
	px_log_writer_stop(writer);
	px_log_set_level(CONF_LOG_INFO);
}

int px_log_child(unsigned number, const char *process, int fds[2])
{
	struct px_log_ring *ring;

	if (!the_log.writer) {
		errno = EINVAL;
		return -1;
	}
	return px_log_writer_ring(the_log.writer, &ring, fds, OWN_SLOT + 1 + number, process);
}

void px_log_count(struct px_log_counts *counts)
{
	memset(counts, 0, sizeof(*counts));
	if (the_log.writer)
		px_log_writer_count(the_log.writer, counts);
}

bool px_log_is_attached(void)
{
	return the_log.attached;
}

int px_log_attach(int ring_fd, int event_fd)
{
	struct px_log_ring *ring;

	if (px_log_ring_map(&ring, ring_fd) != 0) {
		close(ring_fd);
		close(event_fd);
		return -1;
	}
	close(ring_fd);
	use_ring(ring, event_fd, true);
	return 0;
}
