/* top_figures.h - what top shows, from the daemon's answers to metrics and connections. */
#ifndef DAEMON_CTL_TOP_FIGURES_H
#define DAEMON_CTL_TOP_FIGURES_H

#include <jansson.h>
#include <stdio.h>

#include "tally.h"

/* Zero-initialise. */
struct px_top_figures {
	struct px_tally services; /* open connections of each */
	struct px_tally counts; /* "NAME SERVICE" of the other figures of a service */
	struct px_tally handshakes; /* "VERSION GROUP" */
	struct px_tally failures; /* reasons */
	struct px_tally backends; /* "SERVICE BACKEND" of those that didn't take a connection */
};

/* A new look begins: what was counted so far is what it is compared with. */
void px_top_figures_turn(struct px_top_figures *figures);
void px_top_figures_clear(struct px_top_figures *figures);

/* For px_talk_ask: a line of metrics, of connections. */
void px_top_figures_metric(void *figures, const json_t *line);
void px_top_figures_connection(void *figures, const json_t *line);

/* At most rows lines of at most 79 characters; seconds since the turn before. */
void px_top_figures_print(FILE *out, struct px_top_figures *figures, double seconds, int rows);

#endif
