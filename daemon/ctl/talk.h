/* talk.h - a question to the running daemon over its admin socket: one line there, lines of JSON back. */
#ifndef DAEMON_CTL_TALK_H
#define DAEMON_CTL_TALK_H

#include <jansson.h>

#include "problem.h"

#define PX_TALK_LINE_MAX (1U << 20)

struct px_talk;

/* Connects to the socket at path. 0, or -1 with the reason in problem. */
int px_talk_open(struct px_talk **talk, struct px_problem *problem, const char *path);

/* NULL is fine. */
void px_talk_close(struct px_talk *talk);

enum px_talk_result {
	PX_TALK_OK,
	PX_TALK_REFUSED, /* the daemon says no: why is in problem */
	PX_TALK_FAILED /* there is no (whole) answer: why is in problem */
};

/* Asks command. on_line (may be NULL) gets each line before the last one; *last (may be NULL) takes the last one when it
 * is OK, for json_decref. */
enum px_talk_result px_talk_ask(struct px_talk *talk, struct px_problem *problem, const char *command,
    void (*on_line)(void *arg, const json_t *line), void *arg, json_t **last);

#endif
