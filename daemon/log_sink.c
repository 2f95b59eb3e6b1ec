/* log_sink.c - see log_sink.h. A pipe and a terminal are asked by poll(2) whether they take PIPE_BUF bytes, as
 * their flags are shared with other programs. */

#include "daemon/log_sink.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

unsigned px_log_sink_priority(enum conf_log_level level)
{
	static const unsigned char numbers[] = { 3, 4, 6, 7 };

	return numbers[level];
}

/* ---- Opening ------------------------------------------------------------------------------------- */

static enum px_log_sink_kind kind_of(int fd)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return PX_LOG_SINK_PIPE;
	if (S_ISREG(st.st_mode))
		return PX_LOG_SINK_FILE;
	return S_ISSOCK(st.st_mode) ? PX_LOG_SINK_SOCKET : PX_LOG_SINK_PIPE;
}

static int open_file(struct px_log_sink *sink, const char *path)
{
	sink->fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0640);
	if (sink->fd < 0)
		return -1;
	sink->own = true;
	sink->kind = kind_of(sink->fd);
	return 0;
}

static int open_stderr(struct px_log_sink *sink)
{
	sink->fd = STDERR_FILENO;
	sink->kind = kind_of(STDERR_FILENO);
	return 0;
}

int px_log_sink_open(struct px_log_sink *sink, const struct conf_log *conf)
{
	*sink = (struct px_log_sink){ .fd = -1, .format = conf->format, .kind = PX_LOG_SINK_JOURNAL };
	switch (conf->target) {
	case CONF_LOG_FILE:
		return open_file(sink, conf->path);
	case CONF_LOG_SYSLOG:
		sink->kind = PX_LOG_SINK_SYSLOG;
		sink->socket_path = PX_LOG_SYSLOG_PATH;
		return 0;
	case CONF_LOG_AUTO:
		return px_log_journal_is_stderr() ? 0 : open_stderr(sink);
	case CONF_LOG_STDERR:
		return open_stderr(sink);
	case CONF_LOG_JOURNAL:
		break;
	}
	return 0;
}

int px_log_sink_open_as(struct px_log_sink *sink, const struct conf_log *conf, const struct px_drop *drop)
{
	int r = px_drop_begin_as(drop), error;

	*sink = (struct px_log_sink){ .fd = -1 };
	if (r == 0)
		r = px_log_sink_open(sink, conf);
	error = errno;
	if (px_drop_end_as(drop) == 0 && r == 0)
		return 0;
	px_log_sink_close(sink);
	errno = error;
	return -1;
}

void px_log_sink_close(struct px_log_sink *sink)
{
	if (sink->own && sink->fd >= 0)
		close(sink->fd);
	sink->fd = -1;
}

/* ---- Writing ------------------------------------------------------------------------------------- */

/* A full disk took n bytes of a line: they go again, so that lines in the file are whole. Not if
 * somebody else wrote or cut it meanwhile. */
static bool take_back(int fd, size_t n)
{
	off_t end = lseek(fd, 0, SEEK_CUR);
	struct stat st;

	return fstat(fd, &st) == 0 && st.st_size == end && end >= (off_t)n &&
	    ftruncate(fd, end - (off_t)n) == 0;
}

static bool takes_now(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };

	return poll(&p, 1, 0) == 1 && (p.revents & (POLLOUT | POLLERR | POLLNVAL));
}

static int write_bytes(struct px_log_sink *sink, const struct px_line *line)
{
	const char *text = line->text + sink->n_out;
	size_t len = line->len - sink->n_out;
	ssize_t n;

	if (sink->kind == PX_LOG_SINK_PIPE && !takes_now(sink->fd))
		return EAGAIN;
	if (sink->kind == PX_LOG_SINK_SOCKET)
		n = send(sink->fd, text, len, MSG_DONTWAIT | MSG_NOSIGNAL);
	else
		n = write(sink->fd, text, len);
	if (n < 0)
		return errno;
	sink->n_out += (size_t)n;
	if (sink->n_out == line->len)
		return 0;
	if (sink->kind != PX_LOG_SINK_FILE)
		return EAGAIN;
	if (take_back(sink->fd, sink->n_out))
		sink->n_out = 0;
	return ENOSPC;
}

int px_log_sink_write(struct px_log_sink *sink, const struct px_log_record *record,
    const struct px_line *line, const char *process)
{
	switch (sink->kind) {
	case PX_LOG_SINK_SYSLOG:
		return px_log_syslog_write(sink, record, line);
	case PX_LOG_SINK_JOURNAL:
		return px_log_journal_write(record, process);
	default:
		return write_bytes(sink, line);
	}
}
