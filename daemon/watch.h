/* watch.h - notices that files of the configuration have changed.
 *
 * The kernel only wakes it (inotify); what counts is whether a file is still as it was seen when it was loaded
 * (seen.h). So nothing is missed between the reading and the watching, and events that are lost, or come by the
 * thousand, cost nothing but a look. Where the kernel can't watch (its limits, a folder that we may not read), it
 * looks each second instead, and says so once. All looking is a thread's: a file system that doesn't answer delays
 * nothing else, and the log names the file.
 */
#ifndef DAEMON_WATCH_H
#define DAEMON_WATCH_H

#include <stdbool.h>

#include "daemon/seen.h"

/* After the last event in a row it waits so long, and from the first one at most so long. */
#define PX_WATCH_QUIET_MS 300
#define PX_WATCH_LATEST_MS 1000
/* How often it looks without any event; and where there are none. */
#define PX_WATCH_REST_MS 60000
#define PX_WATCH_POLL_MS 1000

struct event_base;
struct px_watch;

/* on_change is called from the loop, with what has changed (PX_SEEN_*), once for each change. 0, or -1 when memory is
 * out. */
int px_watch_new(struct px_watch **watch, struct event_base *base, void (*on_change)(void *arg, unsigned what),
    void *arg);

/* NULL is fine. */
void px_watch_free(struct px_watch *watch);

/* Watches from now on what seen has noted (taken over), and for the kinds in keep what it watched before. It looks as
 * soon as it can: what has changed since is told. */
void px_watch_take(struct px_watch *watch, struct px_seen *seen, unsigned keep);

/* True if the text of the configuration has changed since it was loaded. */
bool px_watch_text_is_newer(const struct px_watch *watch);

/* True while it has to look each second. */
bool px_watch_is_polling(const struct px_watch *watch);

#endif
