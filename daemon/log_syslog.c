/* log_syslog.c - lines to syslog: the datagram that syslog(3) sends to /dev/log, facility daemon. Not by
 * syslog(3): it waits or loses lines as it likes and says neither. Here a full or missing socket makes the
 * writer wait; the socket is connected again by itself. */

#include "daemon/log_sink.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "daemon/log_format.h"

#define FACILITY_DAEMON 3u

static int connect_to(struct px_log_sink *sink)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int error;

	snprintf(sun.sun_path, sizeof(sun.sun_path), "%s", sink->socket_path);
	sink->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (sink->fd < 0)
		return errno;
	sink->own = true;
	if (connect(sink->fd, (struct sockaddr *)&sun, sizeof(sun)) == 0)
		return 0;
	error = errno;
	px_log_sink_close(sink);
	return error == EAGAIN ? ECONNREFUSED : error;
}

/* "<30>Jan  2 03:04:05 quenchd[123]: ", in local time, as syslog(3) does. */
static void add_head(struct px_line *out, const struct px_log_record *record)
{
	time_t seconds = (time_t)(record->time_us / 1000000);
	char time_text[32] = "", text[80];
	struct tm tm;

	if (localtime_r(&seconds, &tm))
		strftime(time_text, sizeof(time_text), "%b %e %H:%M:%S", &tm);
	snprintf(text, sizeof(text), "<%u>%s quenchd[%ld]: ",
	    FACILITY_DAEMON << 3 | px_log_sink_priority(record->level), time_text, (long)getpid());
	px_line_add(out, text);
}

static int send_line(const struct px_log_sink *sink, const struct px_line *out)
{
	return send(sink->fd, out->text, out->len, MSG_NOSIGNAL) >= 0 ? 0 : errno;
}

int px_log_syslog_write(struct px_log_sink *sink, const struct px_log_record *record, const struct px_line *line)
{
	struct px_line out;
	int r;

	px_line_init(&out);
	add_head(&out, record);
	if (sink->format == CONF_LOG_JSON && line->len < PX_LINE_MAX - out.len) {
		memcpy(out.text + out.len, line->text, line->len - 1);
		out.len += line->len - 1;
	} else {
		px_log_format_text(&out, record);
	}
	if (sink->fd < 0) {
		r = connect_to(sink);
		if (r != 0)
			return r;
	}
	r = send_line(sink, &out);
	/* The one who listened is gone. */
	if (r != 0 && r != EAGAIN && r != ENOBUFS)
		px_log_sink_close(sink);
	return r;
}
