/* thread.h - a thread that never sees a signal: those are for the loop. */
#ifndef DAEMON_THREAD_H
#define DAEMON_THREAD_H

#include <pthread.h>

/* 0, or -1 with errno. */
int px_thread_start(pthread_t *thread, void *(*run)(void *), void *arg);

#endif
