/* log_sink.h - where lines go. A sink takes a line whole, or says that it has to wait; nothing is lost here.
 *
 * Used by the thread of log_writer.c, which may wait: a full pipe, a socket and a full disk say so, a slow
 * disk and the journal hold the call itself up.
 */
#ifndef DAEMON_LOG_SINK_H
#define DAEMON_LOG_SINK_H

#include <stdbool.h>
#include <stddef.h>

#include "conf/conf.h"
#include "daemon/drop.h"
#include "daemon/line.h"
#include "daemon/log_record.h"

enum px_log_sink_kind {
	PX_LOG_SINK_FILE, /* a regular file */
	PX_LOG_SINK_PIPE, /* a pipe, a terminal */
	PX_LOG_SINK_SOCKET,
	PX_LOG_SINK_SYSLOG,
	PX_LOG_SINK_JOURNAL
};

struct px_log_sink {
	enum px_log_sink_kind kind;
	enum conf_log_format format;
	int fd; /* -1: none, or not connected */
	bool own; /* to be closed */
	const char *socket_path; /* of syslog */
	size_t n_out; /* bytes of the present line that are out already */
};

/* 0, or -1 with errno. A file may stand on a file system that doesn't answer: the loop opens none. */
int px_log_sink_open(struct px_log_sink *sink, const struct conf_log *conf);

/* The same as that user. */
int px_log_sink_open_as(struct px_log_sink *sink, const struct conf_log *conf, const struct px_drop *drop);
void px_log_sink_close(struct px_log_sink *sink);

/* The line is the record in the sink's format; process: who said it. 0: taken. EAGAIN: sink->fd will say when
 * it takes more; other errno: it can't just now. The same line comes again, or n_out is set to 0. */
int px_log_sink_write(struct px_log_sink *sink, const struct px_log_record *record,
    const struct px_line *line, const char *process);

/* log_syslog.c, log_journal.c: the same for these. */
#define PX_LOG_SYSLOG_PATH "/dev/log"
int px_log_syslog_write(struct px_log_sink *sink, const struct px_log_record *record, const struct px_line *line);
int px_log_journal_write(const struct px_log_record *record, const char *process);

/* syslog's number for a level, which is the journal's, too. */
unsigned px_log_sink_priority(enum conf_log_level level);

/* Whether standard error is the journal's, as systemd says in JOURNAL_STREAM. */
bool px_log_journal_is_stderr(void);

#endif
