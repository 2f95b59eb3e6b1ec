/* log_fold.h - messages that come again: the first is written, the others are counted, and the count is
 * written when the window is over.
 *
 * The same is: level, kind, service and text, whichever process said it. The window is a second, and
 * doubles up to a minute while the message goes on; when a window brought no more it is forgotten. Kinds
 * marked exact (log_record.h), as the lines of connections, are never folded.
 */
#ifndef DAEMON_LOG_FOLD_H
#define DAEMON_LOG_FOLD_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/log_record.h"

#define PX_LOG_FOLD_N 64 /* messages watched at a time; more different ones at once are all written */
#define PX_LOG_FOLD_FIRST_MS 1000
#define PX_LOG_FOLD_LAST_MS 60000

struct px_log_fold_entry {
	uint64_t due_ms; /* the end of the window; 0: free */
	uint64_t window_ms;
	uint64_t n; /* folded in this window */
	uint64_t time_us; /* of the last one */
	struct px_log_record record; /* points into item */
	struct px_log_item item;
};

struct px_log_fold {
	struct px_log_fold_entry entries[PX_LOG_FOLD_N];
	uint64_t n_folded;
};

void px_log_fold_init(struct px_log_fold *fold);

/* A message has come. True: it is counted, don't write it. record points into item. now_ms: a clock that
 * only goes on, never 0. */
bool px_log_fold_take(struct px_log_fold *fold, const struct px_log_record *record, const void *item,
    size_t len, uint64_t now_ms);

/* The next count that is due. NULL: none. Good until the next call. now_ms UINT64_MAX: all are due. */
const struct px_log_record *px_log_fold_due(struct px_log_fold *fold, uint64_t now_ms);

/* When the next window ends; UINT64_MAX: none is open. */
uint64_t px_log_fold_next_ms(const struct px_log_fold *fold);

#endif
