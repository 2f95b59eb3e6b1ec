/* errand.c - see errand.h. The state says whose turn it is: the thread's while it is BUSY, the loop's otherwise. */

#include "config.h" /* GNU extensions */

#include "daemon/errand.h"

#include <event2/event_struct.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "daemon/thread.h"

enum state { IDLE, BUSY, READY, OVER };

struct px_errand {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	enum state state;
	bool abandoned; /* the thread frees it */
	int wake_fd;
	struct event wake;
	const struct px_errand_kind *kind;
	void *arg;
};

static void release(struct px_errand *errand)
{
	pthread_cond_destroy(&errand->changed);
	pthread_mutex_destroy(&errand->lock);
	if (errand->wake_fd >= 0)
		close(errand->wake_fd);
	free(errand);
}

/* ---- The thread ------------------------------------------------------------------------------------- */

static bool wait_for_start(struct px_errand *errand)
{
	bool is_over;

	pthread_mutex_lock(&errand->lock);
	while (errand->state != BUSY && errand->state != OVER)
		pthread_cond_wait(&errand->changed, &errand->lock);
	is_over = errand->state == OVER;
	pthread_mutex_unlock(&errand->lock);
	return !is_over;
}

/* False if nobody wants it any more. */
static bool hand_over(struct px_errand *errand)
{
	const uint64_t one = 1;
	bool abandoned;

	pthread_mutex_lock(&errand->lock);
	errand->state = READY;
	abandoned = errand->abandoned;
	if (!abandoned)
		(void)!write(errand->wake_fd, &one, sizeof(one));
	pthread_mutex_unlock(&errand->lock);
	return !abandoned;
}

static void *work(void *arg)
{
	struct px_errand *errand = arg;

	while (wait_for_start(errand)) {
		errand->kind->run(errand->arg);
		if (hand_over(errand))
			continue;
		errand->kind->drop(errand->arg);
		release(errand);
		break;
	}
	return NULL;
}

/* ---- The loop --------------------------------------------------------------------------------------- */

static void on_wake(evutil_socket_t fd, short what, void *arg)
{
	struct px_errand *errand = arg;
	uint64_t n;

	(void)what;
	if (read(fd, &n, sizeof(n)) != sizeof(n))
		return;
	pthread_mutex_lock(&errand->lock);
	errand->state = IDLE;
	pthread_mutex_unlock(&errand->lock);
	errand->kind->done(errand->arg);
}

int px_errand_start(struct px_errand *errand)
{
	int r = -1;

	pthread_mutex_lock(&errand->lock);
	if (errand->state == IDLE) {
		errand->state = BUSY;
		pthread_cond_signal(&errand->changed);
		r = 0;
	}
	pthread_mutex_unlock(&errand->lock);
	return r;
}

int px_errand_new(struct px_errand **out, struct event_base *base, const struct px_errand_kind *kind, void *arg)
{
	struct px_errand *errand = calloc(1, sizeof(*errand));

	*out = NULL;
	if (!errand)
		return -1;
	errand->kind = kind;
	errand->arg = arg;
	pthread_mutex_init(&errand->lock, NULL);
	pthread_cond_init(&errand->changed, NULL);
	errand->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (errand->wake_fd < 0 ||
	    event_assign(&errand->wake, base, errand->wake_fd, EV_READ | EV_PERSIST, on_wake, errand) != 0 ||
	    event_add(&errand->wake, NULL) != 0 || px_thread_start(&errand->thread, work, errand) != 0) {
		if (event_initialized(&errand->wake))
			event_del(&errand->wake);
		release(errand);
		return -1;
	}
	*out = errand;
	return 0;
}

bool px_errand_free(struct px_errand *errand)
{
	pthread_t thread;
	bool busy;

	if (!errand)
		return true;
	event_del(&errand->wake);
	pthread_mutex_lock(&errand->lock);
	thread = errand->thread;
	busy = errand->state == BUSY;
	errand->abandoned = busy;
	if (!busy) {
		errand->state = OVER;
		pthread_cond_signal(&errand->changed);
	} else {
		pthread_detach(thread); /* before it goes on: it frees what we look at */
	}
	pthread_mutex_unlock(&errand->lock);
	if (busy)
		return false;
	pthread_join(thread, NULL);
	release(errand);
	return true;
}
