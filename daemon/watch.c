/* watch.c - see watch.h. After each burst of events the folders are found and watched anew before anything is looked
 * at: one that was replaced, or a link that leads elsewhere, is another folder now.
 *
 * Whatever asks the file system is a look (look.h), which a thread does, one after the other. What has been seen is the
 * look's meanwhile; who brings other files to watch waits for its end. One that has stopped at a dead file system is
 * left there when the whole configuration has been read again: that may not name it any more.
 */

#include "config.h" /* GNU extensions */

#include "daemon/watch.h"

#include <event2/event.h>
#include <event2/event_struct.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "daemon/clock.h"
#include "daemon/errand.h"
#include "daemon/log.h"
#include "daemon/look.h"

#define SELF (IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT | IN_Q_OVERFLOW)
#define READ_LEN 65536
#define LEFT_MAX 8 /* looks that are left where they are */
#define REMIND_MS 60000

/* An errand and what it works on. */
struct looker {
	struct px_errand *errand;
	struct px_look look;
	struct px_watch *watch; /* the loop's */
};

struct px_watch {
	struct event_base *base;
	void (*on_change)(void *arg, unsigned what);
	void *arg;
	struct looker *looker;
	bool busy; /* it looks: its px_look is the thread's */
	bool again; /* and once more */
	unsigned n_left;
	struct px_seen *next; /* to watch when it is through; NULL: the same */
	unsigned next_keep;
	int fd; /* of inotify; -1: none */
	struct event readable, timer, slow;
	struct px_look_folder *folders; /* by wd */
	size_t n_folders;
	uint64_t first_ms; /* of the events not looked at yet; 0: none */
	uint64_t slow_ms; /* since when it is where it is, as was told; 0: nothing was told */
	bool polling, warned, text_is_newer;
};

static void set_timer(struct event *timer, uint64_t ms)
{
	struct timeval tv = { .tv_sec = (time_t)(ms / 1000), .tv_usec = (suseconds_t)(ms % 1000 * 1000) };

	evtimer_add(timer, &tv);
}

static void look_in(struct px_watch *w, uint64_t ms)
{
	set_timer(&w->timer, ms);
}

/* ---- The looker ------------------------------------------------------------------------------------------- */

static void run(void *arg)
{
	struct looker *looker = arg;

	px_look_run(&looker->look);
}

static void drop(void *arg)
{
	struct looker *looker = arg;

	if (looker->look.fd >= 0)
		close(looker->look.fd);
	free(looker->look.folders);
	px_seen_free(looker->look.seen);
	px_spot_clear(&looker->look.spot);
	free(looker);
}

static void on_looked(void *arg);

static const struct px_errand_kind looking = { run, on_looked, drop };

/* With an inotify descriptor of its own: it may outlive us. */
static struct looker *new_looker(struct px_watch *w)
{
	struct looker *looker = calloc(1, sizeof(*looker));

	if (!looker)
		return NULL;
	looker->watch = w;
	looker->look.fd = w->fd >= 0 ? fcntl(w->fd, F_DUPFD_CLOEXEC, 0) : -1;
	px_spot_init(&looker->look.spot);
	if ((looker->look.fd >= 0) == (w->fd >= 0) && px_errand_new(&looker->errand, w->base, &looking, looker) == 0)
		return looker;
	drop(looker);
	return NULL;
}

static void free_looker(struct looker *looker)
{
	if (looker && px_errand_free(looker->errand))
		drop(looker);
}

/* ---- Watching folders ------------------------------------------------------------------------------------- */

static void warn(struct px_watch *w, const char *why)
{
	if (!w->warned)
		px_log(CONF_LOG_WARNING, "%s: certificates are looked at each second instead", why);
	w->warned = true;
}

static void replace_folders(struct px_watch *w, struct px_look *look)
{
	for (size_t i = 0; i < w->n_folders; i++)
		if (!px_look_find(look->folders, look->n_folders, w->folders[i].wd))
			inotify_rm_watch(w->fd, w->folders[i].wd);
	free(w->folders);
	w->folders = look->folders;
	w->n_folders = look->n_folders;
	look->folders = NULL;
}

/* ---- Looking ---------------------------------------------------------------------------------------------- */

static void look(struct px_watch *w)
{
	w->first_ms = 0;
	if (!w->looker->look.seen)
		return;
	w->again = w->busy;
	if (w->busy || px_errand_start(w->looker->errand) != 0)
		return;
	w->busy = true;
	set_timer(&w->slow, PX_SPOT_LONG_MS);
}

/* Watches the next ones, which get what they are to keep from those of before. */
static void take_next(struct px_watch *w)
{
	struct px_look *l = &w->looker->look;

	if (!w->next)
		return;
	if (l->seen && w->next_keep && px_seen_take_over(w->next, l->seen, w->next_keep) != 0)
		px_log(CONF_LOG_WARNING, "out of memory: some files of the configuration are not watched");
	px_seen_free(l->seen);
	l->seen = w->next;
	w->next = NULL;
	/* from the loop, not from whoever calls this; what came meanwhile is told at once */
	look_in(w, 0);
}

static void on_looked(void *arg)
{
	struct looker *looker = arg;
	struct px_watch *w = looker->watch;
	struct px_look *l = &looker->look;
	unsigned what = w->next ? l->what & w->next_keep : l->what;

	w->busy = false;
	event_del(&w->slow);
	if (w->slow_ms)
		px_log(CONF_LOG_INFO, "looking at the files of the configuration is through, after %u seconds",
		    (unsigned)((px_clock_ms() - w->slow_ms) / 1000));
	w->slow_ms = 0;
	if (w->fd >= 0)
		replace_folders(w, l);
	w->polling = w->fd < 0 || l->problem[0];
	if (l->problem[0])
		warn(w, l->problem);
	look_in(w, w->again ? 0 : w->polling ? PX_WATCH_POLL_MS : PX_WATCH_REST_MS);
	w->again = false;
	take_next(w);
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

/* It is at one file for long: the file system doesn't answer. Many files may take their time. */
static void on_slow(evutil_socket_t fd, short what, void *arg)
{
	struct px_watch *w = arg;
	char place[PX_SPOT_LEN];
	uint64_t ms = px_spot_ms(&w->looker->look.spot, place);

	(void)fd;
	(void)what;
	if (!w->busy)
		return;
	if (ms < PX_SPOT_LONG_MS) {
		set_timer(&w->slow, PX_SPOT_LONG_MS - ms);
		return;
	}
	px_log(CONF_LOG_WARNING, "looking at %s takes long, %u seconds so far: changes are not noticed meanwhile", place,
	    (unsigned)(ms / 1000));
	if (!w->slow_ms)
		w->slow_ms = px_clock_ms() - ms;
	set_timer(&w->slow, REMIND_MS);
}

/* ---- Events ----------------------------------------------------------------------------------------------- */

/* True if it may be one of ours. While a thread looks nobody knows: then all are, but those that taking a watch away
 * makes. */
static bool concerns(const struct px_watch *w, const struct inotify_event *event)
{
	const struct px_look_folder *folder = px_look_find(w->folders, w->n_folders, event->wd);

	if (event->mask & IN_Q_OVERFLOW)
		return true;
	if (w->busy)
		return !(event->mask & IN_IGNORED);
	if (!folder || !w->looker->look.seen)
		return false;
	if (event->mask & (SELF | IN_IGNORED))
		return true;
	return event->len > 0 && (folder->whole || px_seen_has_name(w->looker->look.seen, event->name));
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
	w->polling = w->fd < 0;
	if (w->fd < 0) {
		px_log(CONF_LOG_WARNING, "cannot watch files: %s: certificates are looked at each second instead",
		    strerror(errno));
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
	evtimer_assign(&w->slow, base, on_slow, w);
	open_inotify(w);
	w->looker = new_looker(w);
	if (w->looker)
		return 0;
	px_watch_free(w);
	*watch = NULL;
	return -1;
}

void px_watch_free(struct px_watch *w)
{
	if (!w)
		return;
	event_del(&w->timer);
	event_del(&w->slow);
	if (w->fd >= 0) {
		event_del(&w->readable);
		close(w->fd);
	}
	free_looker(w->looker);
	px_seen_free(w->next);
	free(w->folders);
	free(w);
}

/* True if the look has stopped somewhere, and another looker stands in its place. */
static bool leave_look(struct px_watch *w)
{
	char place[PX_SPOT_LEN];
	struct looker *looker;

	if (w->n_left >= LEFT_MAX || px_spot_ms(&w->looker->look.spot, place) < PX_SPOT_LONG_MS)
		return false;
	looker = new_looker(w);
	if (!looker)
		return false;
	free_looker(w->looker);
	w->looker = looker;
	w->n_left++;
	w->busy = w->again = false;
	w->slow_ms = 0;
	event_del(&w->slow);
	return true;
}

void px_watch_take(struct px_watch *w, struct px_seen *seen, unsigned keep)
{
	if (w->next) {
		if (keep && px_seen_take_over(seen, w->next, keep) != 0)
			px_log(CONF_LOG_WARNING, "out of memory: some files of the configuration are not watched");
		px_seen_free(w->next);
		keep &= w->next_keep;
	}
	w->next = seen;
	w->next_keep = keep;
	if (!(keep & PX_SEEN_TEXT))
		w->text_is_newer = false;
	if (!w->busy || (!keep && leave_look(w)))
		take_next(w);
}

bool px_watch_text_is_newer(const struct px_watch *w)
{
	return w->text_is_newer;
}

bool px_watch_is_polling(const struct px_watch *w)
{
	return w->polling;
}
