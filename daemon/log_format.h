/* log_format.h - from a record to a line of the log: text for people, JSON for programs. */
#ifndef DAEMON_LOG_FORMAT_H
#define DAEMON_LOG_FORMAT_H

#include "conf/conf.h"
#include "daemon/line.h"
#include "daemon/log_record.h"

extern const char *const px_log_level_names[];

/* The whole line with its time, ended by a newline. line->cut: it doesn't fit. */
void px_log_format_line(struct px_line *line, const struct px_log_record *record, enum conf_log_format format);

/* Text without time and level, not ended: for those that keep these themselves. */
void px_log_format_text(struct px_line *line, const struct px_log_record *record);

/* One value as text without quotes around it. */
void px_log_format_value(struct px_line *line, const struct px_log_record *record, enum px_log_field field);

/* "2026-01-02T03:04:05.678Z" */
void px_log_format_time(struct px_line *line, uint64_t time_us);

#endif
