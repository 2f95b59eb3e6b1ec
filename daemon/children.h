/* children.h - the processes that the master has started: one keeper and some workers. Who dies is started again; who
 * doesn't answer is killed.
 *
 * A child here is a post: it outlives the process that fills it. It has a slot, which no other one has while it
 * lives (its log and its figures are the slot's), and a worker a position among the workers.
 */
#ifndef DAEMON_CHILDREN_H
#define DAEMON_CHILDREN_H

#include <event2/event.h>
#include <event2/event_struct.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>
#include <sys/types.h>

#include "daemon/backoff.h"
#include "daemon/control.h"

enum px_child_role { PX_CHILD_KEEPER, PX_CHILD_WORKER };

enum px_child_state {
	PX_CHILD_AWAY, /* no process: before the start, and between two */
	PX_CHILD_STARTING, /* there, and serves nothing yet */
	PX_CHILD_RUNNING,
	PX_CHILD_LEAVING /* for good */
};

struct px_child {
	TAILQ_ENTRY(px_child) link;
	struct px_children *set;
	enum px_child_role role;
	enum px_child_state state;
	unsigned slot; /* workers: from 1; the keeper: 0, unless one that leaves has it still */
	unsigned position; /* a worker that isn't leaving: from 0, without gaps */
	char name[24]; /* "worker 2": its slot less one; "keeper" */
	pid_t pid; /* 0: none */
	struct px_control *control; /* NULL: none */
	bool dying; /* is being buried */
	/* The owner's: */
	uint32_t given; /* serial of the generation it was given last; 0: none */
	uint32_t waiting_for; /* serial of what it has to answer; 0: nothing */
	uint64_t given_ms; /* when it was given that */
	bool is_new; /* came with the reload that is under way */
	unsigned n_unanswered; /* PINGs */
	unsigned n_unasked; /* messages that answer nothing, of late */
	unsigned n_silent; /* reloads, in a row, that failed since it didn't answer */
	unsigned drain_s; /* the longest time that a service of what it was given may take to drain */
	unsigned n_deaths; /* in a row or not, without those that were meant */
	uint64_t started_ms;
	struct event timer; /* to be started; leaving: to be killed */
};

TAILQ_HEAD(px_child_list, px_child);

#define PX_CHILDREN_MAX 513 /* the keeper, 256 workers, and as many that are leaving */

struct px_children {
	struct event_base *base;
	int program; /* see px_spawn_program */
	struct px_control_boot boot; /* what each gets, but for index and serial */
	struct px_child_list list;
	struct px_child *slots[PX_CHILDREN_MAX];
	struct px_backoff backoff;
	struct event watch;
	uint32_t n_started;
	unsigned n_restarts;
	/* The owner's. boot_fds: up to 8 descriptors for BOOT, how many; they stay the owner's. up: BOOT is sent.
	 * down: it has died, child->state is as it was; it is started again behind it unless it was leaving. */
	unsigned (*boot_fds)(void *arg, int fds[8], const struct px_child *child);
	void (*up)(void *arg, struct px_child *child);
	void (*down)(void *arg, struct px_child *child);
	void (*msg)(void *arg, struct px_child *child, struct px_control_msg *msg);
	void *arg;
};

/* Program and functions are set. 0, or -1 when memory is out. */
int px_children_init(struct px_children *set, struct event_base *base);

/* Kills and forgets all. */
void px_children_clear(struct px_children *set);

/* A post without a process; NULL when memory or slots are out. */
struct px_child *px_children_add(struct px_children *set, enum px_child_role role);

/* Starts its process; if that fails it is tried again later. */
void px_children_start(struct px_child *child);

/* It drains and ends, within limit_s (0: none); or it ends now. In both cases it isn't started again, and forgotten when it has died. One
 * without a process is forgotten at once. */
void px_children_retire(struct px_child *child, unsigned limit_s);
void px_children_stop(struct px_child *child);

/* It ends now, and is started again. */
void px_children_kill(const struct px_child *child);

/* The same, and it isn't heard any more; why: what it has done, behind its name. */
void px_children_expel(struct px_child *child, const char *why);

/* It has said something that nobody had asked for. That happens, but not without end: then it is expelled. */
void px_children_unasked(struct px_child *child);

/* To be called when one may have died. */
void px_children_reap(struct px_children *set);

bool px_children_is_empty(const struct px_children *set);

#endif
