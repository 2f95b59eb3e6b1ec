/* notify.c - see notify.h. sd_notify waits for a manager that has stopped reading: a thread does it, and what changes
 * nothing is not sent. What waits is bounded: of a status and of the watchdog's sign only the last one does. */

#include "config.h" /* GNU extensions */

#include "daemon/notify.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <systemd/sd-daemon.h>
#include <time.h>
#include <unistd.h>

#include "daemon/clock.h"
#include "daemon/thread.h"

#define TEXT_LEN 512
#define WAITING_MAX 256

enum kind { STATE, STATUS, WATCHDOG, STORE };

struct message {
	TAILQ_ENTRY(message) link;
	enum kind kind;
	int fd; /* goes along; -1: none */
	char text[TEXT_LEN];
};

static struct {
	pthread_mutex_t lock;
	pthread_cond_t changed; /* something waits; or nothing does any more */
	TAILQ_HEAD(messages, message) list;
	unsigned n;
	bool has_thread, sending;
} queue = { .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER,
	.list = TAILQ_HEAD_INITIALIZER(queue.list) };

/* ---- The queue --------------------------------------------------------------------------------------- */

static void send_now(const struct message *message)
{
	(void)sd_pid_notify_with_fds(0, 0, message->text, &message->fd, message->fd >= 0 ? 1 : 0);
}

static void forget(struct message *message)
{
	if (message->fd >= 0)
		close(message->fd);
	free(message);
}

static void remove_message(struct message *message)
{
	TAILQ_REMOVE(&queue.list, message, link);
	queue.n--;
}

static void *run(void *arg)
{
	(void)arg;
	pthread_mutex_lock(&queue.lock);
	for (;;) {
		struct message *message = TAILQ_FIRST(&queue.list);

		queue.sending = message != NULL;
		if (!message) {
			pthread_cond_broadcast(&queue.changed);
			pthread_cond_wait(&queue.changed, &queue.lock);
			continue;
		}
		remove_message(message);
		pthread_mutex_unlock(&queue.lock);
		send_now(message);
		forget(message);
		pthread_mutex_lock(&queue.lock);
	}
	return NULL;
}

/* The first one that is of this kind, if any. */
static void drop_one(enum kind kind)
{
	struct message *message;

	TAILQ_FOREACH(message, &queue.list, link) {
		if (message->kind != kind)
			continue;
		remove_message(message);
		forget(message);
		return;
	}
}

static bool start_thread(void)
{
	pthread_t thread;

	if (!queue.has_thread && px_thread_start(&thread, run, NULL) == 0) {
		pthread_detach(thread);
		queue.has_thread = true;
	}
	return queue.has_thread;
}

/* The manager that doesn't read for so long hears of the last states. */
static void put_in_queue(struct message *message)
{
	bool queued;

	pthread_mutex_lock(&queue.lock);
	if (message->kind == STATUS || message->kind == WATCHDOG)
		drop_one(message->kind);
	else if (queue.n >= WAITING_MAX)
		drop_one(STATE);
	queued = queue.n < WAITING_MAX && start_thread();
	if (queued) {
		TAILQ_INSERT_TAIL(&queue.list, message, link);
		queue.n++;
		queue.sending = true;
		pthread_cond_broadcast(&queue.changed);
	}
	pthread_mutex_unlock(&queue.lock);
	if (!queued)
		forget(message);
}

static void post(enum kind kind, int fd, const char *format, ...) __attribute__((format(printf, 3, 4)));

static void post(enum kind kind, int fd, const char *format, ...)
{
	struct message *message = px_notify_stores() ? calloc(1, sizeof(*message)) : NULL;
	va_list args;

	if (!message)
		return;
	message->kind = kind;
	message->fd = fd >= 0 ? fcntl(fd, F_DUPFD_CLOEXEC, 0) : -1;
	va_start(args, format);
	vsnprintf(message->text, sizeof(message->text), format, args);
	va_end(args);
	if (fd >= 0 && message->fd < 0)
		forget(message);
	else
		put_in_queue(message);
}

void px_notify_flush(unsigned ms)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += ms / 1000;
	until.tv_nsec += ms % 1000 * 1000000L;
	if (until.tv_nsec >= 1000000000L) {
		until.tv_nsec -= 1000000000L;
		until.tv_sec++;
	}
	pthread_mutex_lock(&queue.lock);
	while (queue.sending &&
	    pthread_cond_clockwait(&queue.changed, &queue.lock, CLOCK_MONOTONIC, &until) == 0)
		;
	pthread_mutex_unlock(&queue.lock);
}

/* ---- What is said ------------------------------------------------------------------------------------- */

void px_notify_ready(void)
{
	post(STATE, -1, "READY=1");
}

/* Type=notify-reload wants the time, to know an old message from a new one. */
void px_notify_reloading(void)
{
	post(STATE, -1, "RELOADING=1\nMONOTONIC_USEC=%" PRIu64, px_clock_us());
}

void px_notify_stopping(void)
{
	post(STATE, -1, "STOPPING=1");
}

/* Each line is an order to the manager (sd_notify(3)), and a status may quote a file name or a process of ours. */
static void make_one_line(char *text)
{
	for (; *text; text++) {
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			*text = '?';
	}
}

void px_notify_status(const char *format, ...)
{
	char text[400];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	make_one_line(text);
	post(STATUS, -1, "STATUS=%s", text);
}

uint64_t px_notify_watchdog_ms(void)
{
	uint64_t us;

	return sd_watchdog_enabled(0, &us) > 0 ? us / 1000 : 0;
}

void px_notify_watchdog(void)
{
	post(WATCHDOG, -1, "WATCHDOG=1");
}

void px_notify_store(const char *name, int fd)
{
	post(STORE, fd, "FDSTORE=1\nFDNAME=%s", name);
}

void px_notify_unstore(const char *name)
{
	post(STORE, -1, "FDSTOREREMOVE=1\nFDNAME=%s", name);
}

bool px_notify_stores(void)
{
	return getenv("NOTIFY_SOCKET") != NULL;
}
