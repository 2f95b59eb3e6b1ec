/* log.c - see log.h. A pipe and a terminal are asked by poll(2) whether they take PIPE_BUF bytes, as
 * their flags are shared with other programs; a socket (the journal) is written to without waiting. */

#include "daemon/log.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum sink { SINK_FILE, SINK_SOCKET, SINK_PIPE };

static const struct conf_log default_conf = { .level = CONF_LOG_INFO, .connections = true };

static struct {
	const struct conf_log *conf;
	int fd;
	enum sink sink;
	uint64_t n_dropped;
	uint64_t n_untold; /* dropped since the last line that said so */
} the_log = { .conf = &default_conf, .fd = STDERR_FILENO, .sink = SINK_PIPE };

static enum sink sink_of(int fd)
{
	struct stat st;

	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		return SINK_FILE;
	return fstat(fd, &st) == 0 && S_ISSOCK(st.st_mode) ? SINK_SOCKET : SINK_PIPE;
}

static int open_file(const char *path)
{
	return open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0640);
}

static void use(int fd)
{
	if (the_log.fd != STDERR_FILENO)
		close(the_log.fd);
	the_log.fd = fd;
	the_log.sink = sink_of(fd);
}

int px_log_open(const struct conf_log *conf)
{
	int fd = STDERR_FILENO;

	if (conf->target == CONF_LOG_FILE) {
		fd = open_file(conf->path);
		if (fd < 0)
			return -1;
	}
	the_log.conf = conf;
	use(fd);
	return 0;
}

int px_log_reopen(void)
{
	return px_log_open(the_log.conf);
}

void px_log_close(void)
{
	use(STDERR_FILENO);
	the_log.conf = &default_conf;
}

enum conf_log_format px_log_format(void)
{
	return the_log.conf->format;
}

bool px_log_has(enum conf_log_level level)
{
	return level <= the_log.conf->level;
}

uint64_t px_log_dropped(void)
{
	return the_log.n_dropped;
}

static bool takes_now(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };

	return poll(&p, 1, 0) == 1 && (p.revents & POLLOUT);
}

/* A full disk took n bytes of a line: they go again, so that lines in the file are whole. Not if
 * somebody else wrote or cut it meanwhile. */
static void take_back(ssize_t n)
{
	off_t end = lseek(the_log.fd, 0, SEEK_CUR);
	struct stat st;

	if (fstat(the_log.fd, &st) == 0 && st.st_size == end && end >= n)
		(void)!ftruncate(the_log.fd, end - n);
}

static bool send_bytes(const char *text, size_t len)
{
	ssize_t n;

	if (the_log.sink == SINK_SOCKET)
		n = send(the_log.fd, text, len, MSG_DONTWAIT | MSG_NOSIGNAL);
	else if (the_log.sink == SINK_PIPE && !takes_now(the_log.fd))
		return false;
	else
		n = write(the_log.fd, text, len);
	if (the_log.sink == SINK_FILE && n > 0 && n < (ssize_t)len)
		take_back(n);
	return n == (ssize_t)len;
}

static void add_time(struct px_line *line)
{
	static time_t last = -1;
	static char text[32];
	struct timespec now;
	struct tm tm;
	char ms[8];

	clock_gettime(CLOCK_REALTIME, &now);
	if (now.tv_sec != last && gmtime_r(&now.tv_sec, &tm)) {
		strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm);
		last = now.tv_sec;
	}
	snprintf(ms, sizeof(ms), ".%03uZ", (unsigned)(now.tv_nsec / 1000000) % 1000);
	px_line_add(line, text);
	px_line_add(line, ms);
}

void px_log_begin(struct px_line *line)
{
	px_line_init(line);
	if (the_log.conf->format == CONF_LOG_JSON) {
		px_line_add(line, "{\"time\":\"");
		add_time(line);
		px_line_add(line, "\",");
	} else {
		add_time(line);
		px_line_add(line, " ");
	}
}

static void message(struct px_line *line, enum conf_log_level level, const char *text)
{
	static const char *const names[] = { "error", "warning", "info", "debug" };

	px_log_begin(line);
	if (the_log.conf->format == CONF_LOG_JSON) {
		px_line_add(line, "\"level\":\"");
		px_line_add(line, names[level]);
		px_line_add(line, "\",\"message\":");
		px_line_add_json(line, text, strlen(text));
		px_line_add(line, "}");
	} else {
		px_line_add(line, names[level]);
		px_line_add(line, ": ");
		px_line_add_message(line, text, strlen(text));
	}
}

static void tell_dropped(void)
{
	struct px_line line;
	char text[64];

	snprintf(text, sizeof(text), "%llu log lines were dropped",
	    (unsigned long long)the_log.n_untold);
	message(&line, CONF_LOG_WARNING, text);
	px_line_end(&line);
	if (send_bytes(line.text, line.len))
		the_log.n_untold = 0;
}

void px_log_send(struct px_line *line)
{
	px_line_end(line);
	if (the_log.n_untold)
		tell_dropped();
	if (!line->cut && the_log.n_untold == 0 && send_bytes(line->text, line->len))
		return;
	the_log.n_dropped++;
	the_log.n_untold++;
}

void px_log(enum conf_log_level level, const char *format, ...)
{
	struct px_line line;
	char text[600];
	va_list args;

	if (!px_log_has(level))
		return;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	message(&line, level, text);
	px_log_send(&line);
}

bool px_log_may_repeat(struct px_log_limit *limit)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	if (limit->last && now.tv_sec < limit->last + 1)
		return false;
	limit->last = now.tv_sec;
	return true;
}
