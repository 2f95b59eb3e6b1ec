/* thread.c - see thread.h. */

#include "daemon/thread.h"

#include <errno.h>
#include <signal.h>

int px_thread_start(pthread_t *thread, void *(*run)(void *), void *arg)
{
	sigset_t all, before;
	int error;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	error = pthread_create(thread, NULL, run, arg);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (error)
		errno = error;
	return error ? -1 : 0;
}
