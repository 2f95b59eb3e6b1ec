/* worker_main.h - a worker as a process: what its master tells it over the control socket. */
#ifndef DAEMON_WORKER_MAIN_H
#define DAEMON_WORKER_MAIN_H

/* Runs until its master has let it drain (status 0) or is gone; the exit status. */
int px_worker_main(int control_fd);

#endif
