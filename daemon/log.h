/* log.h - the log as every part of the daemon sees it: say something, never wait.
 *
 * What is said goes as a record into the process's ring in shared memory; a thread of the master reads the
 * rings of all processes and writes lines (log_writer.h). A ring that is full loses the record and counts
 * it. Before there is a ring, and after it, messages go to standard error as text, those that it
 * doesn't take at once are lost.
 */
#ifndef DAEMON_LOG_H
#define DAEMON_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "conf/conf.h"
#include "daemon/log_record.h"
#include "daemon/log_writer.h"

/* ---- Saying something ---------------------------------------------------------------------------- */

/* The level of this process; has: lines of this level are said. */
bool px_log_has(enum conf_log_level level);
void px_log_set_level(enum conf_log_level level);

/* A line for people, cut if it is too long. Never waits; it may be lost (log_ring.h). */
void px_log(enum conf_log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The same with its kind, and the service it is about (NULL: none). */
void px_log_event(enum px_log_kind kind, enum conf_log_level level, const char *service, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* The line that a connection leaves when it ends, whatever the level. */
void px_log_connection(const struct px_conn_record *record);

/* Lines that repeat: true at most once a second for each limiter. Zero-initialise. */
struct px_log_limit {
	int64_t last;
};
bool px_log_may_repeat(struct px_log_limit *limit);

/* ---- The master ---------------------------------------------------------------------------------- */

/* Begins to log to the sink; later, goes on with another one. The sink is taken over. 0, or -1 with errno: as it
 * was. */
int px_log_use(struct px_log_sink *sink);

/* Writes what was said, within PX_LOG_STOP_MS. */
void px_log_close(void);

/* The ring of a child process, to be sent to it: number 0, 1, 2 and so on, each once in this order; later the
 * same again. process: its name in the journal. fds: ring and eventfd, which stay ours. 0, or -1 with errno. */
int px_log_child(unsigned number, const char *process, int fds[2]);

/* Zeros where nothing is open. */
void px_log_count(struct px_log_counts *counts);

/* ---- A child ------------------------------------------------------------------------------------- */

/* Logs into the ring that the master has sent; another one replaces it. Takes the descriptors. 0, or -1 with
 * errno. */
int px_log_attach(int ring_fd, int event_fd);

/* Whether this process has a ring of its master's. */
bool px_log_is_attached(void);

#endif
