/* spawn.h - children: our own program once more, as it was when we were started. */
#ifndef DAEMON_SPAWN_H
#define DAEMON_SPAWN_H

#include <sys/types.h>

/* A descriptor of our program, which outlives an upgrade on disk; -1 with errno. */
int px_spawn_program(void);

/* Starts it with argv0 as its only argument, 0 to 2 and control_fd (as PX_CONTROL_FD) as its only descriptors. It
 * ignores the signals that are meant for the master, and dies with the thread that calls this. The pid, or -1 with
 * errno; control_fd remains the caller's. */
pid_t px_spawn_child(int program, const char *argv0, int control_fd);

/* In the child: what ps and pkill show, 15 characters. */
void px_spawn_set_name(const char *name);

#endif
