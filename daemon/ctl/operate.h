/* operate.h - the commands that ask the running daemon: status, connections, certificates, reload, drain, reopen, log, top.
 * quenchctl(1). */
#ifndef DAEMON_CTL_OPERATE_H
#define DAEMON_CTL_OPERATE_H

#include <jansson.h>
#include <stdio.h>

#include "tally.h"

/* The daemon's socket. */
extern const char *px_operate_socket;

/* The exit status. argv[0] is what messages begin with, "quenchctl COMMAND". */
int px_operate_main(int argc, char **argv);

/* What became of each backend, by "SERVICE BACKEND". Zero-initialise. */
struct px_show_backends {
	struct px_tally open, connects, failures;
};

/* For px_talk_ask: a line of metrics. */
void px_show_take_backend(void *backends, const json_t *line);
void px_show_clear_backends(struct px_show_backends *backends);

/* Each line of an answer as people read it. */
void px_show_status(FILE *out, const json_t *status, const struct px_show_backends *backends);
void px_show_connection(void *file, const json_t *line);
void px_show_certificate(void *file, const json_t *line);
void px_show_heads(FILE *out, const char *command);

#endif
