/* signals.h - what the operator says by signals: TERM and INT drain, a second one ends at once, USR1 opens
 * the log file again. HUP is noted. PIPE is ignored. */
#ifndef DAEMON_SIGNALS_H
#define DAEMON_SIGNALS_H

struct px_worker;

/* 0, or -1 when memory ran out. */
int px_signals_init(struct px_worker *worker);
void px_signals_clear(struct px_worker *worker);

#endif
