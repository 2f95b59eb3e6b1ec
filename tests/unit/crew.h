/* crew.h - a master with workers and a keeper that do as the configuration tells them: the test's own program, called by
 * their names.
 */
#ifndef TESTS_UNIT_CREW_H
#define TESTS_UNIT_CREW_H

#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "conf_case.h"
#include "daemon/apart.h"
#include "daemon/log.h"
#include "daemon/master.h"

/* ---- A child. Words in the bundle's main file say what it does ---- */

static struct px_control *mine;
static struct event_base *my_base;
static const char *my_name;
static struct px_bundle *bundle;
static uint32_t owed, committed; /* serials: of a DONE, of the last COMMIT */
static uint32_t my_serial; /* of this process */
static unsigned n_borrowed;

static inline bool told(const char *what)
{
	struct px_bundle_entry e;
	char word[64];

	snprintf(word, sizeof(word), "# %s %s\n", my_name, what);
	return bundle && px_bundle_find(&e, bundle, PX_BUNDLE_FILE, "q.conf", 6) &&
	    memmem(e.bytes, e.len, word, strlen(word));
}

static inline void prepared(uint32_t serial)
{
	if (told("dies"))
		_exit(7);
	if (told("is silent") || (told("is silent from the second time on") && my_serial > 3))
		return;
	owed = serial;
	if (told("waits to be asked"))
		return;
	px_control_done(mine, serial, told("refuses") ? "no, thanks" : NULL);
}

static inline void list(uint32_t serial)
{
	struct px_control_msg msg = { .head = { .type = PX_CONTROL_ANSWER, .serial = serial }, .body = "[ one,", .len = 6 };
	char text[32];

	if (told("dies when asked"))
		_exit(8);
	if (told("keeps silent"))
		return;
	if (told("waits to be asked"))
		px_control_done(mine, owed, NULL);
	if (told("tells its serial")) {
		msg.len = (size_t)snprintf(text, sizeof(text), "committed %u", committed);
		msg.body = text;
	}
	if (told("tells what it has borrowed")) {
		msg.len = (size_t)snprintf(text, sizeof(text), "%u borrowed", n_borrowed);
		msg.body = text;
	}
	px_control_send(mine, &msg);
	msg.head.flags = PX_CONTROL_LAST;
	msg.body = " two ]";
	msg.len = 6;
	px_control_send(mine, &msg);
}

static inline void note_borrowed(const struct px_control_msg *msg)
{
	if (msg->head.flags & PX_CONTROL_FIRST)
		n_borrowed = 0;
	n_borrowed += msg->n_fds;
}

static inline void child_msg(void *arg, struct px_control_msg *msg)
{
	(void)arg;
	if (msg->head.type == PX_CONTROL_BOOT)
		my_serial = ((const struct px_control_boot *)msg->body)->serial;
	if (msg->head.type == PX_CONTROL_BORROW)
		note_borrowed(msg);
	if (msg->head.type == PX_CONTROL_PREPARE) {
		px_bundle_close(bundle);
		px_bundle_open(&bundle, msg->fds[0]);
	}
	if (msg->head.type == PX_CONTROL_LISTENERS && (msg->head.flags & PX_CONTROL_LAST))
		prepared(msg->head.serial);
	if (msg->head.type == PX_CONTROL_COMMIT) {
		committed = msg->head.serial;
		n_borrowed = 0;
	}
	if (msg->head.type == PX_CONTROL_KEYS || (msg->head.type == PX_CONTROL_COMMIT && !told("takes it silently")))
		px_control_done(mine, msg->head.serial, NULL);
	if (msg->head.type == PX_CONTROL_PING)
		px_control_tell(mine, PX_CONTROL_PONG, 0, NULL, 0);
	if (msg->head.type == PX_CONTROL_CONNECTIONS)
		list(msg->head.serial);
	if (msg->head.type == PX_CONTROL_DRAIN)
		event_base_loopbreak(my_base);
	px_control_drop_fds(msg);
}

static inline void child_eof(void *arg)
{
	(void)arg;
	_exit(4);
}

static inline int be_child(const char *name)
{
	if (strcmp(name, "loader") == 0)
		return px_apart_main(PX_CONTROL_FD);
	my_name = name;
	my_base = event_base_new();
	if (px_control_open(&mine, my_base, PX_CONTROL_FD, child_msg, child_eof, NULL) != 0)
		return 5;
	event_base_dispatch(my_base);
	return 0;
}

/* ---- The master ---- */

static struct px_master *master;
static int good, n_outcomes;
static char outcome[PX_RELOAD_TEXT_LEN];

static inline void done(void *arg, bool is_good, const char *text)
{
	(void)arg;
	good = is_good;
	n_outcomes++;
	snprintf(outcome, sizeof(outcome), "%s", text);
}

static inline void write_conf(const char *top, const char *words)
{
	static char text[CASE_MAX_LEN];

	snprintf(text, sizeof(text),
	    "user = \"\"; group = \"\"; admin: { socket = \"\"; }; log: { target = \"stderr\"; level = \"error\"; };\n"
	    "%s\nservices = ( { name = \"w\"; listen = [ \"127.0.0.1:0\", \"127.0.0.2:0\" ];\n"
	    "certificates = ( { chain = \"c.pem\"; key = \"k.pem\"; } ); backends = ( \"127.0.0.1:80\" ); } );\n%s\n",
	    top, words);
	case_put("q.conf", text);
}

static inline void run_for(unsigned ms)
{
	const struct timeval slice = { .tv_usec = (suseconds_t)ms * 1000 };

	event_base_loopexit(master->base, &slice);
	event_base_dispatch(master->base);
}

#define PATIENCE 12000 /* turns of 10 ms */

static inline void run_until(const int *counter, int n)
{
	for (int i = 0; i < PATIENCE && *counter < n; i++)
		run_for(10);
	assert_int_equal(*counter, n);
}

static inline bool reload(const char *top, const char *words)
{
	int before = n_outcomes;

	write_conf(top, words);
	px_master_reload(master, done, NULL);
	run_until(&n_outcomes, before + 1);
	return good;
}

static inline void begin(const char *top, const char *words)
{
	master = calloc(1, sizeof(*master));
	master->path = "q.conf";
	master->demo_fd = -1;
	assert_int_equal(px_master_init(master), 0);
	reload(top, words);
}

static inline void finish(void)
{
	px_log_close();
	px_master_clear(master);
	free(master);
}

static inline unsigned n_workers(unsigned *n_running)
{
	static struct px_master_status status;

	px_master_status(&status, master);
	*n_running = 0;
	for (unsigned i = 0; i < status.n_workers; i++)
		*n_running += status.workers[i].state == PX_CHILD_RUNNING && status.workers[i].pid > 0;
	return status.n_workers;
}

/* ---- Asking a worker ---- */

static char answer[64];
static int n_answers;

static inline void answered(void *arg, const char *text, size_t len, bool last)
{
	assert_ptr_equal(arg, &n_answers);
	snprintf(answer + strlen(answer), sizeof(answer) - strlen(answer), "%.*s",
	    text ? (int)len : 6, text ? text : "(none)");
	n_answers += last;
}

static inline void ask(unsigned slot)
{
	answer[0] = '\0';
	px_master_ask_connections(master, slot, answered, &n_answers);
}

/* For the group. */
static inline int crew_enter(void **state)
{
	if (case_enter(state) != 0)
		return -1;
	case_data("p256.crt.pem", "c.pem");
	case_data("p256.pkcs8.pem", "k.pem");
	return 0;
}

#endif
