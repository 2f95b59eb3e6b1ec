/* notify.h - what we tell systemd: sd_notify(3). Without $NOTIFY_SOCKET all of it does nothing. A thread sends it, in
 * order: nobody waits for the manager. */
#ifndef DAEMON_NOTIFY_H
#define DAEMON_NOTIFY_H

#include <stdbool.h>
#include <stdint.h>

/* We serve; also the end of a reload. */
void px_notify_ready(void);

/* A reload begins; READY ends it. */
void px_notify_reloading(void);
void px_notify_stopping(void);

/* One line for `systemctl status`. */
void px_notify_status(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* How often the watchdog wants to hear of us, in ms; 0: never. */
uint64_t px_notify_watchdog_ms(void);
void px_notify_watchdog(void);

/* Gives systemd a copy of fd to keep over a restart, under name; takes it back. */
void px_notify_store(const char *name, int fd);
void px_notify_unstore(const char *name);

/* True if there is somebody to keep them. */
bool px_notify_stores(void);

/* Waits until all of it is sent, for so long at most. */
void px_notify_flush(unsigned ms);

#endif
