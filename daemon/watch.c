/* watch.c - see watch.h. After each burst of events the folders are found and watched anew before anything is looked
 * at: one that was replaced, or a link that leads elsewhere, is another folder now. */

#include "config.h" /* GNU extensions */

#include "daemon/watch.h"

#include <errno.h>
#include <event2/event.h>
#include <event2/event_struct.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "daemon/clock.h"
#include "daemon/log.h"

#define EVENTS                                                                                                     \
	(IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_CLOSE_WRITE | IN_ATTRIB | IN_DELETE_SELF |       \
	    IN_MOVE_SELF | IN_ONLYDIR)
#define SELF (IN_DELETE_SELF | IN_MOVE_SELF | IN_IGNORED | IN_UNMOUNT | IN_Q_OVERFLOW)
#define READ_LEN 65536

struct folder {
	int wd;
	bool whole;
};

struct px_watch {
	struct event_base *base;
	void (*on_change)(void *arg, unsigned what);
	void *arg;
	struct px_seen *seen; /* NULL: nothing to watch yet */
	int fd; /* of inotify; -1: none */
	struct event readable, timer;
	struct folder *folders; /* by wd */
	size_t n_folders;
	uint64_t first_ms; /* of the events not looked at yet; 0: none */
	bool polling, warned, text_is_newer;
};

static void look_in(struct px_watch *w, uint64_t ms)
{
	struct timeval tv = { .tv_sec = (time_t)(ms / 1000), .tv_usec = (suseconds_t)(ms % 1000 * 1000) };

	evtimer_add(&w->timer, &tv);
}

/* ---- Watching folders ------------------------------------------------------------------------------------- */

static void poll_instead(struct px_watch *w, const char *what, const char *why)
{
	w->polling = true;
	if (w->warned)
		return;
	w->warned = true;
	px_log(CONF_LOG_WARNING, "cannot watch %s: %s: certificates are looked at each second instead", what, why);
}

static int by_wd(const void *a, const void *b)
{
	const struct folder *x = a, *y = b;

	return (x->wd > y->wd) - (x->wd < y->wd);
}

static struct folder *find(struct folder *folders, size_t n, int wd)
{
	const struct folder key = { .wd = wd };

	return n ? bsearch(&key, folders, n, sizeof(*folders), by_wd) : NULL;
}

/* One folder may be there by two paths: its watch is the same. */
static size_t merge(struct folder *folders, size_t n)
{
	size_t kept = 0;

	if (n)
		qsort(folders, n, sizeof(*folders), by_wd);
	for (size_t i = 0; i < n; i++) {
		if (kept && folders[kept - 1].wd == folders[i].wd)
			folders[kept - 1].whole |= folders[i].whole;
		else
			folders[kept++] = folders[i];
	}
	return kept;
}

/* A folder that isn't there shows in the one above it when it comes. */
static size_t add_all(struct px_watch *w, struct folder *folders, const struct px_seen_folder *list, size_t n)
{
	size_t added = 0;

	for (size_t i = 0; i < n; i++) {
		int wd = inotify_add_watch(w->fd, list[i].path, EVENTS);

		if (wd >= 0)
			folders[added++] = (struct folder){ wd, list[i].whole };
		else if (errno != ENOENT && errno != ENOTDIR)
			poll_instead(w, list[i].path, strerror(errno));
	}
	return merge(folders, added);
}

static void replace_folders(struct px_watch *w, struct folder *folders, size_t n)
{
	for (size_t i = 0; i < w->n_folders; i++)
		if (!find(folders, n, w->folders[i].wd))
			inotify_rm_watch(w->fd, w->folders[i].wd);
	free(w->folders);
	w->folders = folders;
	w->n_folders = n;
}

static void arm(struct px_watch *w)
{
	const struct px_seen_folder *list;
	struct folder *folders;
	size_t n;

	w->polling = w->fd < 0;
	if (w->fd < 0)
		return;
	if (px_seen_folders(w->seen, &list, &n) != 0) {
		poll_instead(w, "files", "out of memory");
		return;
	}
	folders = calloc(n ? n : 1, sizeof(*folders));
	if (folders)
		replace_folders(w, folders, add_all(w, folders, list, n));
	else
		poll_instead(w, "files", "out of memory");
}

/* ---- Looking ---------------------------------------------------------------------------------------------- */

static void look(struct px_watch *w)
{
	unsigned what;

	w->first_ms = 0;
	if (!w->seen)
		return;
	arm(w);
	what = px_seen_changes(w->seen);
	look_in(w, w->polling ? PX_WATCH_POLL_MS : PX_WATCH_REST_MS);
	if (what & PX_SEEN_TEXT)
		w->text_is_newer = true;
	if (what)
		w->on_change(w->arg, what);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	look(arg);
}

/* True if it may be one of ours. */
static bool concerns(const struct px_watch *w, const struct inotify_event *event)
{
	const struct folder *folder = find(w->folders, w->n_folders, event->wd);

	if (event->mask & IN_Q_OVERFLOW)
		return true;
	if (!folder || !w->seen)
		return false;
	if (event->mask & SELF)
		return true;
	return event->len > 0 && (folder->whole || px_seen_has_name(w->seen, event->name));
}

static bool read_events(struct px_watch *w)
{
	static char buf[READ_LEN] __attribute__((aligned(__alignof__(struct inotify_event))));
	bool ours = false;
	ssize_t n;

	while ((n = read(w->fd, buf, sizeof(buf))) > 0) {
		for (ssize_t at = 0; at < n;) {
			const struct inotify_event *event = (const struct inotify_event *)(buf + at);

			ours |= concerns(w, event);
			at += (ssize_t)(sizeof(*event) + event->len);
		}
	}
	return ours;
}

/* A renewal is several changes: wait until they have come to rest. */
static void on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct px_watch *w = arg;
	uint64_t now = px_clock_ms(), due = now + PX_WATCH_QUIET_MS;

	(void)fd;
	(void)what;
	if (!read_events(w))
		return;
	if (!w->first_ms)
		w->first_ms = now;
	if (due > w->first_ms + PX_WATCH_LATEST_MS)
		due = w->first_ms + PX_WATCH_LATEST_MS;
	look_in(w, due > now ? due - now : 0);
}

/* ---- Life ------------------------------------------------------------------------------------------------- */

static void open_inotify(struct px_watch *w)
{
	w->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (w->fd < 0) {
		poll_instead(w, "files", strerror(errno));
		return;
	}
	event_assign(&w->readable, w->base, w->fd, EV_READ | EV_PERSIST, on_readable, w);
	event_add(&w->readable, NULL);
}

int px_watch_new(struct px_watch **watch, struct event_base *base, void (*on_change)(void *arg, unsigned what),
    void *arg)
{
	struct px_watch *w = calloc(1, sizeof(*w));

	*watch = w;
	if (!w)
		return -1;
	w->base = base;
	w->on_change = on_change;
	w->arg = arg;
	evtimer_assign(&w->timer, base, on_timer, w);
	open_inotify(w);
	return 0;
}

void px_watch_free(struct px_watch *w)
{
	if (!w)
		return;
	event_del(&w->timer);
	if (w->fd >= 0) {
		event_del(&w->readable);
		close(w->fd);
	}
	free(w->folders);
	px_seen_free(w->seen);
	free(w);
}

void px_watch_take(struct px_watch *w, struct px_seen *seen, unsigned keep)
{
	if (w->seen && keep && px_seen_take_over(seen, w->seen, keep) != 0)
		px_log(CONF_LOG_WARNING, "out of memory: some files of the configuration are not watched");
	px_seen_free(w->seen);
	w->seen = seen;
	if (!(keep & PX_SEEN_TEXT))
		w->text_is_newer = false;
	arm(w);
	/* from the loop, not from whoever calls this; what came meanwhile is told at once */
	look_in(w, 0);
}

bool px_watch_text_is_newer(const struct px_watch *w)
{
	return w->text_is_newer;
}

bool px_watch_is_polling(const struct px_watch *w)
{
	return w->polling;
}
