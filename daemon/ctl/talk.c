/* talk.c - see talk.h. The daemon is believed to be the daemon: who owns the socket's folder decides that. Still its lines
 * are bounded, and a line that is no JSON object ends it. */

#include "config.h" /* GNU extensions */

#include "talk.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#define FIRST_ROOM 4096
/* A daemon that runs answers at once, but for a reload, which takes as long as its files and names. */
static int patience_s = 10;

struct px_talk {
	int fd;
	FILE *in;
	char *line;
	size_t room;
};

static const char *remedy(int error)
{
	switch (error) {
	case ECONNREFUSED:
	case ENOENT:
		return ": quenchd does not run, or listens elsewhere (--socket)";
	case EACCES:
		return ": root and the members of the daemon's group may ask";
	case EAGAIN:
		return ": quenchd does not answer";
	default:
		return "";
	}
}

static void be_patient(int fd, int seconds)
{
	struct timeval limit = { .tv_sec = seconds };

	(void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
}

static int dial(struct px_problem *problem, const char *path)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int fd;

	if (strlen(path) >= sizeof(sa.sun_path))
		return px_problem_set(problem, "%s: the path is too long for a unix socket", path);
	memcpy(sa.sun_path, path, strlen(path) + 1);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0)
		be_patient(fd, patience_s);
	if (fd >= 0 && connect(fd, (const struct sockaddr *)&sa, sizeof(sa)) == 0)
		return fd;
	px_problem_set(problem, "%s: %s%s", path, strerror(errno), remedy(errno));
	if (fd >= 0)
		close(fd);
	return -1;
}

int px_talk_open(struct px_talk **out, struct px_problem *problem, const char *path)
{
	struct px_talk *talk = calloc(1, sizeof(*talk));
	int fd = talk ? dial(problem, path) : px_problem_set(problem, "out of memory");

	*out = NULL;
	if (fd < 0) {
		free(talk);
		return -1;
	}
	talk->fd = fd;
	talk->in = fdopen(fd, "r");
	if (talk->in) {
		*out = talk;
		return 0;
	}
	close(fd);
	free(talk);
	return px_problem_set(problem, "out of memory");
}

void px_talk_close(struct px_talk *talk)
{
	if (!talk)
		return;
	fclose(talk->in);
	free(talk->line);
	free(talk);
}

static int send_line(const struct px_talk *talk, const char *command)
{
	char text[300];
	int len = snprintf(text, sizeof(text), "%s\n", command);

	if (len < 0 || (size_t)len >= sizeof(text))
		return -1;
	return send(talk->fd, text, (size_t)len, MSG_NOSIGNAL) == len ? 0 : -1;
}

static bool make_room(struct px_talk *talk, size_t len)
{
	size_t room = talk->room > 0 ? 2 * talk->room : FIRST_ROOM;
	char *p;

	if (len < talk->room)
		return true;
	p = room <= PX_TALK_LINE_MAX ? realloc(talk->line, room) : NULL;
	if (!p)
		return false;
	talk->line = p;
	talk->room = room;
	return true;
}

enum line { LINE, END, TOO_LONG };

/* Without its end. */
static enum line take_line(struct px_talk *talk, size_t *len)
{
	int c;

	for (*len = 0; (c = getc(talk->in)) != EOF && c != '\n'; talk->line[(*len)++] = (char)c) {
		if (!make_room(talk, *len))
			return TOO_LONG;
	}
	return c == EOF ? END : LINE;
}

/* NULL when there is none, or it makes no sense. */
static json_t *read_line(struct px_talk *talk, struct px_problem *problem)
{
	json_t *json = NULL;
	json_error_t error;
	size_t len;

	switch (take_line(talk, &len)) {
	case END:
		if (ferror(talk->in) && errno == EAGAIN)
			px_problem_set(problem, "the daemon hasn't answered for %d seconds", patience_s);
		else
			px_problem_set(problem, "the daemon has closed the connection");
		return NULL;
	case LINE:
		json = len > 0 ? json_loadb(talk->line, len, 0, &error) : NULL;
		break;
	case TOO_LONG:
		break;
	}
	if (json_is_object(json))
		return json;
	json_decref(json);
	px_problem_set(problem, "the daemon's answer makes no sense");
	return NULL;
}

enum px_talk_result px_talk_ask(struct px_talk *talk, struct px_problem *problem, const char *command,
    void (*on_line)(void *arg, const json_t *line), void *arg, json_t **last)
{
	const json_t *ok;
	json_t *json;

	be_patient(talk->fd, strcmp(command, "reload") == 0 ? 0 : patience_s);
	if (send_line(talk, command) != 0) {
		px_problem_set(problem, "the daemon doesn't take the question: %s", strerror(errno));
		return PX_TALK_FAILED;
	}
	while ((json = read_line(talk, problem)) != NULL && (ok = json_object_get(json, "ok")) == NULL) {
		if (on_line)
			on_line(arg, json);
		json_decref(json);
	}
	if (!json)
		return PX_TALK_FAILED;
	if (json_is_true(ok)) {
		if (last)
			*last = json;
		else
			json_decref(json);
		return PX_TALK_OK;
	}
	px_problem_set(problem, "%s",
	    json_is_string(json_object_get(json, "error")) ? json_string_value(json_object_get(json, "error")) :
							     "the daemon says no");
	json_decref(json);
	return PX_TALK_REFUSED;
}
