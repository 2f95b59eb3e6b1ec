/* master.h - the process that supervises: it has the listening sockets, starts the others, and brings new settings
 * into force.
 *
 * Its loop never waits: files and names are the loader's, the network is the workers'. What its children say is
 * checked before it is believed.
 */
#ifndef DAEMON_MASTER_H
#define DAEMON_MASTER_H

#include <event2/event.h>
#include <event2/event_struct.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>
#include <time.h>

#include "conf/conf.h"
#include "daemon/children.h"
#include "daemon/loader.h"
#include "daemon/metrics_slot.h"
#include "daemon/office.h"
#include "daemon/reopen.h"
#include "daemon/sockets.h"
#include "daemon/tickets.h"
#include "daemon/watch.h"

/* One configuration with all that belongs to it. */
struct px_generation {
	uint32_t serial; /* never 0 */
	struct px_loaded loaded;
	struct px_sockets *sockets;
};

enum px_reload_stage {
	PX_RELOAD_NONE,
	PX_RELOAD_LOADING, /* the loader is at it */
	PX_RELOAD_PREPARING, /* the children are: each has to agree */
	PX_RELOAD_COMMITTING /* it is decided, and the children are told */
};

#define PX_RELOAD_TEXT_LEN PX_SOCKETS_PROBLEM_LEN

/* Called once when a reload is over; outcome is a line. */
typedef void (*px_reload_func)(void *arg, bool good, const char *outcome);

struct px_reload_caller;
TAILQ_HEAD(px_reload_callers, px_reload_caller);

struct px_reload {
	enum px_reload_stage stage;
	bool text; /* the configuration is read again, and not only the certificates that it names */
	bool again, text_again; /* asked for while one was under way */
	struct px_generation *next; /* from PREPARING on, until it is in force */
	struct px_generation *old; /* COMMITTING: the one before */
	struct event limit, slow;
	struct px_reload_callers callers, callers_again; /* of this one, of the next one */
};

/* What an observer is told; text may be NULL. */
enum px_master_event {
	PX_MASTER_READY, /* serves */
	PX_MASTER_RELOADING,
	PX_MASTER_RELOADED, /* text: the outcome, good or not */
	PX_MASTER_STOPPING
};

struct px_master_figures {
	struct px_metrics_slot *slot; /* NULL: not made yet */
	int fd;
};

struct px_ask;
TAILQ_HEAD(px_ask_list, px_ask);

struct px_master {
	struct event_base *base;
	const char *path; /* of the configuration */
	const struct conf_source *files; /* where it is read from; NULL: the file system */
	struct px_loader *loader;
	struct px_load_job job;
	struct px_proof *proof;
	struct px_watch *watch; /* of the files that are in force */
	struct px_reopen *reopen;
	struct px_children children;
	struct px_child *keeper; /* NULL: keys are in the workers */
	struct px_generation *current; /* NULL: before the first one */
	struct px_reload reload;
	struct px_tickets tickets;
	unsigned n_lent; /* sockets that workers have borrowed */
	struct px_ask_list asks;
	struct px_master_figures figures[PX_CHILDREN_MAX]; /* by slot */
	unsigned n_logs; /* slots that have a ring */
	struct event signals[5], tick;
	unsigned n_signals;
	uint32_t last_serial, last_ask;
	int demo_fd; /* -1, or for the workers' BOOT */
	char log_file[512]; /* what the log was first opened as; "": no file */
	bool draining, failed;
	time_t started;
	struct px_office *office;
	unsigned n_reloads, n_failed_reloads;
	time_t last_reload; /* when it was over; 0: none */
	bool last_good;
	char last_outcome[PX_RELOAD_TEXT_LEN];
	/* Set by others before px_master_run; NULL: nobody. */
	void (*observer)(void *arg, enum px_master_event event, const char *text);
	void *observer_arg;
	void (*show)(const struct px_loaded *loaded); /* what loading at the start had to say */
};

/* Where to read the configuration from is set, and demo_fd; all else is zero. 0, or -1 after logging why not;
 * px_master_clear in both cases. */
int px_master_init(struct px_master *master);
void px_master_clear(struct px_master *master);

/* Runs until it is drained: 0; or -1 if it couldn't start, or go on, and has said why. */
int px_master_run(struct px_master *master);

/* Reads the configuration again; done (NULL: nobody wants to know) is called when that is over. While one is under
 * way the next one follows it, once for all that ask. */
void px_master_reload(struct px_master *master, px_reload_func done, void *arg);

/* For status: what is known now. */
struct px_master_worker {
	unsigned slot;
	pid_t pid; /* 0: away */
	enum px_child_state state;
	unsigned n_deaths;
	uint64_t up_ms; /* for so long */
};

struct px_master_status {
	pid_t pid, keeper; /* keeper: 0 without one, and while it is away */
	uint32_t generation; /* 0: none yet */
	unsigned n_restarts;
	bool reloading, draining;
	bool text_is_newer; /* the configuration has changed on disk since it was read */
	time_t last_reload; /* 0: none */
	bool last_good;
	const char *last_outcome; /* lives until the next reload */
	unsigned n_workers;
	struct px_master_worker workers[PX_CHILDREN_MAX];
};

void px_master_status(struct px_master_status *out, const struct px_master *master);

/* Accepts no more and ends when all connections have; a second call ends at once. */
void px_master_drain(struct px_master *master);

/* Opens the log file again: as px_reopen_ask. */
void px_master_reopen(struct px_master *master, px_reopen_func done, void *arg);

/* Until the next reload: for all processes. */
void px_master_set_log_level(struct px_master *master, enum conf_log_level level);

/* Asks the worker of this slot what its connections do. answer gets the text in pieces, each once, the last one with
 * last; text is NULL if there is no (more) answer. */
typedef void (*px_ask_func)(void *arg, const char *text, size_t len, bool last);
void px_master_ask_connections(struct px_master *master, unsigned slot, px_ask_func answer, void *arg);

/* An asker that is gone: answer isn't called any more. */
void px_master_forget_asks(struct px_master *master, const void *arg);

/* ---- For reload.c and crew.c ---- */

void px_master_observe(const struct px_master *master, enum px_master_event event, const char *text);

/* It ends with status -1, after telling the reason (NULL: that is told already). */
void px_master_fail(struct px_master *master, const char *reason);

/* Begins to log as the generation says; its sink is open. 0, or -1 with a line in problem. */
int px_master_open_log(struct px_generation *generation, char problem[PX_RELOAD_TEXT_LEN]);

#endif
