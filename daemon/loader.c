/* loader.c - see loader.h. The state says whose turn it is: what belongs to a job is touched by the thread while it is
 * BUSY, and by the loop otherwise. */

#include "config.h" /* GNU extensions */

#include "daemon/loader.h"

#include <event2/event_struct.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "daemon/thread.h"

enum state { IDLE, BUSY, READY, OVER };

struct px_loader {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	enum state state;
	bool abandoned; /* the thread frees it */
	struct px_load_job job;
	struct px_loaded loaded;
	int wake_fd;
	struct event wake;
	void (*done)(void *arg, struct px_loaded *loaded);
	void *arg;
};

static void release(struct px_loader *loader)
{
	pthread_cond_destroy(&loader->changed);
	pthread_mutex_destroy(&loader->lock);
	close(loader->wake_fd);
	free(loader);
}

/* ---- The thread ------------------------------------------------------------------------------------- */

static bool wait_for_job(struct px_loader *loader)
{
	bool is_over;

	pthread_mutex_lock(&loader->lock);
	while (loader->state != BUSY && loader->state != OVER)
		pthread_cond_wait(&loader->changed, &loader->lock);
	is_over = loader->state == OVER;
	pthread_mutex_unlock(&loader->lock);
	return !is_over;
}

/* False if nobody wants it any more. */
static bool hand_over(struct px_loader *loader)
{
	const uint64_t one = 1;
	bool abandoned;

	pthread_mutex_lock(&loader->lock);
	loader->state = READY;
	abandoned = loader->abandoned;
	if (!abandoned)
		(void)!write(loader->wake_fd, &one, sizeof(one));
	pthread_mutex_unlock(&loader->lock);
	return !abandoned;
}

static void *run(void *arg)
{
	struct px_loader *loader = arg;

	while (wait_for_job(loader)) {
		px_load_run(&loader->loaded, &loader->job);
		if (hand_over(loader))
			continue;
		px_load_clear(&loader->loaded);
		release(loader);
		break;
	}
	return NULL;
}

/* ---- The loop --------------------------------------------------------------------------------------- */

static void on_wake(evutil_socket_t fd, short what, void *arg)
{
	struct px_loader *loader = arg;
	struct px_loaded loaded;
	uint64_t n;

	(void)what;
	if (read(fd, &n, sizeof(n)) != sizeof(n))
		return;
	pthread_mutex_lock(&loader->lock);
	loaded = loader->loaded;
	loader->state = IDLE;
	pthread_mutex_unlock(&loader->lock);
	loader->done(loader->arg, &loaded);
}

int px_loader_start(struct px_loader *loader, const struct px_load_job *job)
{
	int r = -1;

	pthread_mutex_lock(&loader->lock);
	if (loader->state == IDLE) {
		loader->job = *job;
		loader->state = BUSY;
		pthread_cond_signal(&loader->changed);
		r = 0;
	}
	pthread_mutex_unlock(&loader->lock);
	return r;
}

int px_loader_new(struct px_loader **out, struct event_base *base,
    void (*done)(void *arg, struct px_loaded *loaded), void *arg)
{
	struct px_loader *loader = calloc(1, sizeof(*loader));

	*out = NULL;
	if (!loader)
		return -1;
	loader->done = done;
	loader->arg = arg;
	pthread_mutex_init(&loader->lock, NULL);
	pthread_cond_init(&loader->changed, NULL);
	loader->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (loader->wake_fd < 0 ||
	    event_assign(&loader->wake, base, loader->wake_fd, EV_READ | EV_PERSIST, on_wake, loader) != 0 ||
	    event_add(&loader->wake, NULL) != 0 || px_thread_start(&loader->thread, run, loader) != 0) {
		if (event_initialized(&loader->wake))
			event_del(&loader->wake);
		release(loader);
		return -1;
	}
	*out = loader;
	return 0;
}

bool px_loader_free(struct px_loader *loader)
{
	bool busy;

	if (!loader)
		return true;
	event_del(&loader->wake);
	pthread_mutex_lock(&loader->lock);
	busy = loader->state == BUSY;
	loader->abandoned = busy;
	if (!busy)
		pthread_cond_signal(&loader->changed);
	if (loader->state == READY)
		px_load_clear(&loader->loaded);
	if (!busy)
		loader->state = OVER;
	pthread_mutex_unlock(&loader->lock);
	if (busy) {
		pthread_detach(loader->thread);
		return false;
	}
	pthread_join(loader->thread, NULL);
	release(loader);
	return true;
}
