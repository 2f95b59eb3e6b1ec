/* top.h - a live screen of the running daemon: services, rates, handshakes, failures, slow sides. */
#ifndef DAEMON_CTL_TOP_H
#define DAEMON_CTL_TOP_H

#include <stdbool.h>

#include "talk.h"

/* Until "q" or an interrupt. once: one round of every_s seconds, as plain text. On no terminal: round after round.
 * title: what messages begin with. The exit status. */
int px_top_run(const char *title, struct px_talk *talk, int every_s, bool once);

#endif
