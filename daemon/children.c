/* children.c - see children.h. */

#include "config.h" /* GNU extensions */

#include "daemon/children.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/clock.h"
#include "daemon/log.h"
#include "daemon/spawn.h"

#define PING_S 2
#define PINGS_MAX 4 /* so many without an answer: it is stuck ... */
#define UNASKED_MAX 200 /* between two PINGs: late answers to who asks no more */
#define START_S 60u /* for a process that answers but isn't ready to serve; 10,000 certificates take it a second */
#define PINGS_BUSY_MAX 15 /* ... the keeper, while it takes keys, which may be thousands */

/* ---- Posts ------------------------------------------------------------------------------------------ */

static void on_time(evutil_socket_t fd, short what, void *arg)
{
	struct px_child *child = arg;

	(void)fd;
	(void)what;
	if (child->state != PX_CHILD_LEAVING) {
		px_children_start(child);
		return;
	}
	/* The keeper waits for channels that nobody may need any more. */
	if (child->role == PX_CHILD_WORKER)
		px_log(CONF_LOG_WARNING, "%s (process %ld) hasn't ended in time: it is killed", child->name,
		    (long)child->pid);
	px_children_kill(child);
}

/* A keeper that is leaving may still have the first one. -1: none is free. */
static int find_slot(const struct px_children *set, enum px_child_role role)
{
	if (role == PX_CHILD_KEEPER && !set->slots[0])
		return 0;
	for (int i = 1; i < PX_CHILDREN_MAX; i++) {
		if (!set->slots[i])
			return i;
	}
	return -1;
}

struct px_child *px_children_add(struct px_children *set, enum px_child_role role)
{
	int slot = find_slot(set, role);
	struct px_child *child = slot < 0 ? NULL : calloc(1, sizeof(*child));

	if (!child)
		return NULL;
	child->set = set;
	child->role = role;
	child->slot = (unsigned)slot;
	if (role == PX_CHILD_KEEPER)
		snprintf(child->name, sizeof(child->name), "keeper");
	else
		snprintf(child->name, sizeof(child->name), "worker %u", child->slot - 1);
	if (evtimer_assign(&child->timer, set->base, on_time, child) != 0) {
		free(child);
		return NULL;
	}
	set->slots[slot] = child;
	TAILQ_INSERT_TAIL(&set->list, child, link);
	return child;
}

static void forget(struct px_child *child)
{
	struct px_children *set = child->set;

	event_del(&child->timer);
	px_control_close(child->control);
	TAILQ_REMOVE(&set->list, child, link);
	set->slots[child->slot] = NULL;
	free(child);
}

bool px_children_is_empty(const struct px_children *set)
{
	return TAILQ_EMPTY(&set->list);
}

/* ---- Starting --------------------------------------------------------------------------------------- */

static void on_msg(void *arg, struct px_control_msg *msg)
{
	struct px_child *child = arg;

	if (msg->head.type != PX_CONTROL_PONG)
		child->set->msg(child->set->arg, child, msg);
	else if (child->n_unanswered)
		child->n_unanswered = 0;
	else
		px_children_unasked(child);
}

/* It is about to end, or else the watch will find that it doesn't answer. */
static void on_eof(void *arg)
{
	struct px_child *child = arg;
	char why[80];

	if (px_control_fault(child->control)) {
		snprintf(why, sizeof(why), "sends what is no message: %s", px_control_fault(child->control));
		px_children_expel(child, why);
		return;
	}
	px_control_close(child->control);
	child->control = NULL;
}

static int send_boot(struct px_child *child)
{
	struct px_children *set = child->set;
	struct px_control_boot boot = set->boot;
	struct px_control_msg msg = { .head = { .type = PX_CONTROL_BOOT }, .body = &boot, .len = sizeof(boot) };

	boot.index = child->slot ? child->slot - 1 : 0;
	boot.serial = ++set->n_started;
	if (set->boot_fds)
		msg.n_fds = set->boot_fds(set->arg, msg.fds, child);
	return px_control_send(child->control, &msg);
}

/* 0, or -1 with errno. */
static int spawn(struct px_child *child)
{
	char argv0[40];
	int fds[2];

	if (px_control_pair(fds) != 0)
		return -1;
	snprintf(argv0, sizeof(argv0), "quenchd: %s", child->name);
	child->pid = px_spawn_child(child->set->program, argv0, fds[1]);
	close(fds[1]);
	if (child->pid < 0) {
		child->pid = 0;
		close(fds[0]);
		return -1;
	}
	if (px_control_open(&child->control, child->set->base, fds[0], on_msg, on_eof, child) == 0)
		return 0;
	kill(child->pid, SIGKILL);
	errno = ENOMEM;
	return -1;
}

static bool any_serves(const struct px_children *set)
{
	const struct px_child *child;

	TAILQ_FOREACH(child, &set->list, link) {
		if (child->role == PX_CHILD_WORKER && child->state == PX_CHILD_RUNNING)
			return true;
	}
	return false;
}

static void restart_later(struct px_child *child)
{
	struct px_children *set = child->set;
	struct timeval tv;
	bool begins;
	unsigned ms = px_backoff_crash(&set->backoff, &begins, px_clock_ms());

	tv = (struct timeval){ .tv_sec = ms / 1000, .tv_usec = (suseconds_t)(ms % 1000) * 1000 };
	if (begins)
		px_log(CONF_LOG_ERROR,
		    "%d processes have died within a second: the next ones are started later and later",
		    PX_BACKOFF_CRASHES);
	if (ms)
		px_log(CONF_LOG_WARNING, "%s is started again in %u ms%s", child->name, ms,
		    child->role == PX_CHILD_WORKER && !any_serves(set) ? "; no worker serves, connections wait" : "");
	set->n_restarts++;
	event_add(&child->timer, &tv);
}

void px_children_start(struct px_child *child)
{
	child->n_unanswered = child->n_unasked = child->n_silent = child->drain_s = 0;
	child->given = child->waiting_for = 0;
	if (spawn(child) != 0) {
		px_log(CONF_LOG_ERROR, "%s can't be started: %s", child->name, strerror(errno));
		/* One that was started, and killed, is reaped. */
		if (!child->pid)
			restart_later(child);
		return;
	}
	child->state = PX_CHILD_STARTING;
	child->started_ms = px_clock_ms();
	px_control_refuse_fds(child->control);
	px_log(CONF_LOG_DEBUG, "%s is process %ld", child->name, (long)child->pid);
	if (send_boot(child) == 0)
		child->set->up(child->set->arg, child);
	else
		kill(child->pid, SIGKILL);
}

/* ---- Ending ----------------------------------------------------------------------------------------- */

void px_children_retire(struct px_child *child, unsigned limit_s)
{
	const struct timeval tv = { .tv_sec = limit_s };

	child->state = PX_CHILD_LEAVING;
	if (child->dying)
		return;
	if (!child->pid)
		forget(child);
	else if (!child->control || px_control_tell(child->control, PX_CONTROL_DRAIN, 0, NULL, 0) != 0)
		kill(child->pid, SIGKILL);
	else if (limit_s)
		event_add(&child->timer, &tv);
}

void px_children_stop(struct px_child *child)
{
	child->state = PX_CHILD_LEAVING;
	if (child->dying)
		return;
	if (!child->pid)
		forget(child);
	else
		kill(child->pid, SIGKILL);
}

void px_children_kill(const struct px_child *child)
{
	if (child->pid)
		kill(child->pid, SIGKILL);
}

void px_children_expel(struct px_child *child, const char *why)
{
	px_log(CONF_LOG_ERROR, "%s (process %ld) %s; it is killed", child->name, (long)child->pid, why);
	px_children_kill(child);
	px_control_close(child->control);
	child->control = NULL;
}

void px_children_unasked(struct px_child *child)
{
	if (++child->n_unasked > UNASKED_MAX)
		px_children_expel(child, "doesn't stop saying what nobody has asked for");
}

static void tell_death(const struct px_child *child, pid_t pid, int status)
{
	if (child->state == PX_CHILD_LEAVING)
		px_log(CONF_LOG_DEBUG, "%s (process %ld) has ended", child->name, (long)pid);
	else if (WIFSIGNALED(status))
		px_log_event(PX_LOG_CHILD_DIED, CONF_LOG_ERROR, NULL,
		    "%s (process %ld) was killed by signal %d (%s)", child->name, (long)pid,
		    WTERMSIG(status), strsignal(WTERMSIG(status)));
	else
		px_log_event(PX_LOG_CHILD_DIED, CONF_LOG_ERROR, NULL,
		    "%s (process %ld) has ended with status %d", child->name, (long)pid, WEXITSTATUS(status));
}

static void bury(struct px_child *child, int status)
{
	bool leaving = child->state == PX_CHILD_LEAVING;

	tell_death(child, child->pid, status);
	child->pid = 0;
	px_control_close(child->control);
	child->control = NULL;
	if (!leaving)
		child->n_deaths++;
	child->dying = true;
	child->set->down(child->set->arg, child);
	child->dying = false;
	/* The owner may have let it go. */
	if (leaving || child->state == PX_CHILD_LEAVING) {
		forget(child);
		return;
	}
	child->state = PX_CHILD_AWAY;
	restart_later(child);
}

void px_children_reap(struct px_children *set)
{
	int status;

	/* Burying one may make the owner forget others. */
	for (unsigned i = 0; i < PX_CHILDREN_MAX; i++) {
		struct px_child *child = set->slots[i];

		if (child && child->pid && waitpid(child->pid, &status, WNOHANG) == child->pid)
			bury(child, status);
	}
}

/* ---- Watching --------------------------------------------------------------------------------------- */

/* It may live and answer, and yet never be done with its settings. */
static bool is_late(const struct px_child *child)
{
	return child->state == PX_CHILD_STARTING && child->waiting_for &&
	    px_clock_ms() - child->given_ms >= START_S * 1000;
}

static void watch(struct px_child *child)
{
	unsigned max = child->waiting_for && child->role == PX_CHILD_KEEPER ? PINGS_BUSY_MAX : PINGS_MAX;

	if (child->n_unanswered >= max) {
		px_log(CONF_LOG_ERROR, "%s (process %ld) hasn't answered for %u seconds: it is killed",
		    child->name, (long)child->pid, child->n_unanswered * PING_S);
		kill(child->pid, SIGKILL);
	} else if (is_late(child)) {
		px_log(CONF_LOG_ERROR, "%s (process %ld) hasn't become ready within %u seconds: it is killed",
		    child->name, (long)child->pid, START_S);
		kill(child->pid, SIGKILL);
	}
	child->n_unanswered++;
	child->n_unasked = 0;
	if (child->control)
		(void)px_control_tell(child->control, PX_CONTROL_PING, 0, NULL, 0);
}

static void on_watch(evutil_socket_t fd, short what, void *arg)
{
	struct px_children *set = arg;
	struct px_child *child;

	(void)fd;
	(void)what;
	TAILQ_FOREACH(child, &set->list, link) {
		if (child->pid)
			watch(child);
	}
}

/* ---- Life ------------------------------------------------------------------------------------------- */

int px_children_init(struct px_children *set, struct event_base *base)
{
	const struct timeval tv = { .tv_sec = PING_S };

	set->base = base;
	TAILQ_INIT(&set->list);
	return event_assign(&set->watch, base, -1, EV_PERSIST, on_watch, set) == 0 ? event_add(&set->watch, &tv) : -1;
}

void px_children_clear(struct px_children *set)
{
	struct px_child *child;

	while ((child = TAILQ_FIRST(&set->list)) != NULL) {
		if (child->pid) {
			kill(child->pid, SIGKILL);
			waitpid(child->pid, NULL, 0);
		}
		forget(child);
	}
	if (event_initialized(&set->watch))
		event_del(&set->watch);
}
