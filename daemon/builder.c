/* builder.c - see builder.h. */

#include "config.h" /* GNU extensions */

#include "daemon/builder.h"

#include <event2/event_struct.h>
#include <malloc.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/queue.h>
#include <sys/resource.h>
#include <unistd.h>

#include "daemon/thread.h"

#define NICE 10

struct job {
	STAILQ_ENTRY(job) link;
	struct px_build *build;
	int fd; /* -1: to be freed */
};

STAILQ_HEAD(jobs, job);

struct px_builder {
	pthread_t thread;
	pthread_mutex_t lock; /* for todo, done, is_up and is_over */
	pthread_cond_t work, up;
	struct jobs todo, done;
	bool is_up, is_over;
	int done_fd; /* an eventfd: something is done */
	struct event on_done;
	void (*on_built)(void *arg, struct px_build *build);
	void *arg;
};

/* ---- The thread ----------------------------------------------------------------------------------- */

static struct job *next_job(struct px_builder *b)
{
	struct job *job;

	pthread_mutex_lock(&b->lock);
	while ((job = STAILQ_FIRST(&b->todo)) == NULL && !b->is_over)
		pthread_cond_wait(&b->work, &b->lock);
	if (b->is_over)
		job = NULL;
	else
		STAILQ_REMOVE_HEAD(&b->todo, link);
	pthread_mutex_unlock(&b->lock);
	return job;
}

static void tell(struct px_builder *b, struct job *job)
{
	const uint64_t one = 1;

	pthread_mutex_lock(&b->lock);
	STAILQ_INSERT_TAIL(&b->done, job, link);
	pthread_mutex_unlock(&b->lock);
	(void)!write(b->done_fd, &one, sizeof(one));
}

static void *work(void *arg)
{
	struct px_builder *b = arg;
	struct job *job;

	/* Linux: of this thread alone. */
	(void)setpriority(PRIO_PROCESS, 0, NICE);
	pthread_mutex_lock(&b->lock);
	b->is_up = true;
	pthread_cond_signal(&b->up);
	pthread_mutex_unlock(&b->lock);
	while ((job = next_job(b)) != NULL) {
		if (job->fd >= 0) {
			(void)px_build_run(job->build, job->fd);
			close(job->fd);
			job->fd = -1;
			tell(b, job);
		} else {
			px_build_free(job->build);
			free(job);
			/* What thousands of certificates took goes back: the next ones come before these have gone. */
			malloc_trim(0);
		}
	}
	return NULL;
}

/* ---- The reactor ---------------------------------------------------------------------------------- */

static void on_done(evutil_socket_t fd, short what, void *arg)
{
	struct px_builder *b = arg;
	struct px_build *build;
	struct job *job;
	uint64_t n;

	(void)what;
	if (read(fd, &n, sizeof(n)) != sizeof(n))
		return;
	/* on_built may add jobs, and wake us again. */
	for (; n > 0; n--) {
		pthread_mutex_lock(&b->lock);
		job = STAILQ_FIRST(&b->done);
		if (job)
			STAILQ_REMOVE_HEAD(&b->done, link);
		pthread_mutex_unlock(&b->lock);
		if (!job)
			return;
		build = job->build;
		free(job);
		b->on_built(b->arg, build);
	}
}

static int add_job(struct px_builder *b, struct px_build *build, int fd)
{
	struct job *job = calloc(1, sizeof(*job));

	if (!job)
		return -1;
	job->build = build;
	job->fd = fd;
	pthread_mutex_lock(&b->lock);
	STAILQ_INSERT_TAIL(&b->todo, job, link);
	pthread_cond_signal(&b->work);
	pthread_mutex_unlock(&b->lock);
	return 0;
}

int px_builder_run(struct px_builder *b, struct px_build *build, int fd)
{
	if (add_job(b, build, fd) == 0)
		return 0;
	close(fd);
	return -1;
}

void px_builder_free(struct px_builder *b, struct px_build *build)
{
	if (!b || !build || add_job(b, build, -1) != 0)
		px_build_free(build);
}

/* ---- Life ----------------------------------------------------------------------------------------- */

/* When it returns the thread has made the system calls that only its beginning needs. */
static int start_thread(struct px_builder *b)
{
	if (px_thread_start(&b->thread, work, b) != 0)
		return -1;
	pthread_mutex_lock(&b->lock);
	while (!b->is_up)
		pthread_cond_wait(&b->up, &b->lock);
	pthread_mutex_unlock(&b->lock);
	return 0;
}

static void release(struct px_builder *b)
{
	if (event_initialized(&b->on_done))
		event_del(&b->on_done);
	if (b->done_fd >= 0)
		close(b->done_fd);
	pthread_cond_destroy(&b->up);
	pthread_cond_destroy(&b->work);
	pthread_mutex_destroy(&b->lock);
	free(b);
}

int px_builder_start(struct px_builder **out, struct event_base *base,
    void (*on_built)(void *arg, struct px_build *build), void *arg)
{
	struct px_builder *b = calloc(1, sizeof(*b));

	*out = NULL;
	if (!b)
		return -1;
	STAILQ_INIT(&b->todo);
	STAILQ_INIT(&b->done);
	pthread_mutex_init(&b->lock, NULL);
	pthread_cond_init(&b->work, NULL);
	pthread_cond_init(&b->up, NULL);
	b->on_built = on_built;
	b->arg = arg;
	b->done_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (b->done_fd < 0 ||
	    event_assign(&b->on_done, base, b->done_fd, EV_READ | EV_PERSIST, on_done, b) != 0 ||
	    event_add(&b->on_done, NULL) != 0 || start_thread(b) != 0) {
		release(b);
		return -1;
	}
	*out = b;
	return 0;
}

static void free_jobs(struct jobs *jobs)
{
	struct job *job;

	while ((job = STAILQ_FIRST(jobs)) != NULL) {
		STAILQ_REMOVE_HEAD(jobs, link);
		if (job->fd >= 0)
			close(job->fd);
		px_build_free(job->build);
		free(job);
	}
}

void px_builder_stop(struct px_builder *b)
{
	if (!b)
		return;
	pthread_mutex_lock(&b->lock);
	b->is_over = true;
	pthread_cond_broadcast(&b->work);
	pthread_mutex_unlock(&b->lock);
	pthread_join(b->thread, NULL);
	free_jobs(&b->todo);
	free_jobs(&b->done);
	release(b);
}
