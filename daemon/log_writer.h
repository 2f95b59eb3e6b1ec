/* log_writer.h - the thread that writes the log: reads the rings of all processes in the order of time,
 * folds what repeats, formats, and hands lines to the sink.
 *
 * Only this thread waits for the sink. Meanwhile the rings fill up and lose lines, which they count; the
 * count is told where the gap is, as soon as lines get through again.
 */
#ifndef DAEMON_LOG_WRITER_H
#define DAEMON_LOG_WRITER_H

#include <stdint.h>

#include "daemon/log_ring.h"
#include "daemon/log_sink.h"

#define PX_LOG_RINGS_MAX 272 /* the master's, the keeper's, and 256 workers with some room */
#define PX_LOG_PROCESS_LEN 24
#define PX_LOG_STOP_MS 1000 /* what a sink that takes no line delays the end */

struct px_log_writer;

/* Lines since the start. What was said is n_written + n_folded + n_dropped, and what is still on its way. */
struct px_log_counts {
	uint64_t n_written, n_folded, n_dropped;
	uint64_t n_damaged; /* times that a ring held what no process of ours writes */
};

/* The sink belongs to the writer afterwards. 0, or -1 with errno. */
int px_log_writer_start(struct px_log_writer **writer, const struct px_log_sink *sink);

/* Writes what is there, for at most PX_LOG_STOP_MS, and ends. */
void px_log_writer_stop(struct px_log_writer *writer);

/* Goes on with another sink; the line that waits goes there, too. */
void px_log_writer_use(struct px_log_writer *writer, const struct px_log_sink *sink);

/* The ring of a slot, below PX_LOG_RINGS_MAX; made when it is asked for first, and then there for good: what a
 * process said before it died is written. fds: the ring's and the eventfd's, which stay the writer's. 0, or
 * -1 with errno. One process at a time may put into a ring. */
int px_log_writer_ring(struct px_log_writer *writer, struct px_log_ring **ring, int fds[2], unsigned slot,
    const char *process);

void px_log_writer_count(struct px_log_writer *writer, struct px_log_counts *counts);

/* Lines that the process in a slot couldn't put into its ring. */
uint64_t px_log_writer_dropped(struct px_log_writer *writer, unsigned slot);

#endif
