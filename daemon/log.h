/* log.h - the log: standard error or a file, never waited for.
 *
 * A line that its reader doesn't take at once is dropped and counted; the count is told as soon as
 * lines get through again. Lines are at most PX_LINE_MAX bytes.
 */
#ifndef DAEMON_LOG_H
#define DAEMON_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "conf/conf.h"
#include "daemon/line.h"

/* Begins to log as conf says (which must live on). 0, or -1 with errno. Without it: text on standard
 * error, level info. */
int px_log_open(const struct conf_log *conf);

/* Opens the log file again, after it was moved away. 0, or -1 with errno: the old one stays. */
int px_log_reopen(void);
void px_log_close(void);

enum conf_log_format px_log_format(void);
bool px_log_has(enum conf_log_level level);

/* One message; the time stands before it. */
void px_log(enum conf_log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Starts a line with the time, as the format wants it, and sends a finished one. */
void px_log_begin(struct px_line *line);
void px_log_send(struct px_line *line);

uint64_t px_log_dropped(void);

/* Lines that repeat: true at most once a second for each limiter. Zero-initialise. */
struct px_log_limit {
	int64_t last;
};
bool px_log_may_repeat(struct px_log_limit *limit);

#endif
