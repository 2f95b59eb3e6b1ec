/* worker_main.c - see worker_main.h. The master's messages come in order and each is done when it comes; only
 * building and listing go on in between (prepare.h, snapshot.h). A worker without a master ends. */

#include "daemon/worker_main.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/borrow.h"
#include "daemon/control.h"
#include "daemon/demo_http.h"
#include "daemon/log.h"
#include "daemon/metrics_slot.h"
#include "daemon/prepare.h"
#include "daemon/sandbox.h"
#include "daemon/snapshot.h"
#include "daemon/worker.h"

struct child {
	struct px_worker worker;
	struct px_control *control;
	struct px_build_signer signer;
	struct px_prepare prepare;
	struct px_snapshot snapshot;
	struct px_metrics_slot *slot; /* NULL: figures go nowhere */
	struct px_demo_http *demo;
	bool booted;
	bool failed; /* the end is none that the master wants */
};

static void fail(struct child *child, const char *reason)
{
	if (reason)
		px_log(CONF_LOG_ERROR, "a worker can't go on: %s", reason);
	child->failed = true;
	event_base_loopbreak(child->worker.base);
}

/* ---- The beginning ------------------------------------------------------------------------------------- */

static void use_slot(struct child *child, int fd)
{
	struct px_metrics *metrics = &child->worker.metrics;

	child->slot = px_metrics_slot_map(fd);
	close(fd);
	px_metrics_clear(metrics);
	if (px_metrics_init(metrics, child->slot) != 0 || !child->slot)
		px_log(CONF_LOG_WARNING, "a worker's figures are lost: out of memory");
}

/* In the order of control.h; what is left over is closed. */
static int take_fds(struct child *child, struct px_control_msg *msg, const struct px_control_boot *boot)
{
	int *fds = msg->fds;
	unsigned n = msg->n_fds;

	msg->n_fds = 0;
	if ((boot->flags & PX_BOOT_DEMO) && n > 0) {
		child->demo = px_demo_http_new(&child->worker, fds[--n]);
		if (!child->demo)
			close(fds[n]);
	}
	if (n >= 2)
		(void)px_log_attach(fds[0], fds[1]);
	if (n >= 3)
		use_slot(child, fds[2]);
	for (unsigned i = n == 1 ? 0 : 3; i < n; i++)
		close(fds[i]);
	return msg->lost_fds || ((boot->flags & PX_BOOT_DEMO) && !child->demo) ? -1 : 0;
}

/* Threads come between the two steps into the sandbox. */
static void boot(struct child *child, struct px_control_msg *msg)
{
	const struct px_control_boot *boot = msg->body;

	if (child->booted || msg->len != sizeof(*boot) || !px_drop_holds(&boot->drop)) {
		fail(child, "its master says nonsense");
		return;
	}
	child->booted = true;
	px_log_set_level((enum conf_log_level)boot->log_level);
	if (take_fds(child, msg, boot) != 0)
		fail(child, "not enough descriptors, or memory");
	else if (px_sandbox_enter(PX_SANDBOX_WORKER, &boot->drop) != 0)
		fail(child, NULL);
	else if (px_builder_start(&child->prepare.builder, child->worker.base, px_prepare_built,
		     &child->prepare) != 0)
		fail(child, "out of memory or threads");
	else if (px_sandbox_close(PX_SANDBOX_WORKER, boot->index == 0) != 0)
		fail(child, NULL);
}

/* ---- Keys that the keeper has ---------------------------------------------------------------------- */

static void *new_key(void *arg, const uint8_t id[TLS_KEY_ID_LEN])
{
	struct px_key *key = calloc(1, sizeof(*key));

	if (!key)
		return NULL;
	key->client = arg;
	memcpy(key->id, id, sizeof(key->id));
	return key;
}

static void take_channel(struct child *child, struct px_control_msg *msg)
{
	const char *reason = "not enough descriptors";

	if (msg->n_fds == 1) {
		msg->n_fds = 0;
		reason = px_keyclient_set_channel(&child->worker.keys, msg->fds[0]) == 0 ? NULL : "out of memory";
	}
	if (reason)
		px_log(CONF_LOG_ERROR, "no way to the keeper: %s", reason);
}

/* The keeper may be well, and the channel have been lost on its way here, or there. */
static void ask_for_channel(void *arg)
{
	const struct child *child = arg;

	(void)px_control_tell(child->control, PX_CONTROL_CHANNEL, 0, NULL, 0);
}

/* ---- Messages --------------------------------------------------------------------------------------- */

static void take_tickets(struct child *child, const struct px_control_msg *msg)
{
	if (px_worker_set_tickets(&child->worker, msg->body, msg->len) != 0)
		px_log(CONF_LOG_ERROR, "new ticket keys are not taken: out of memory");
}

static void pong(struct child *child, const struct px_control_msg *msg)
{
	(void)px_control_tell(child->control, PX_CONTROL_PONG, msg->head.serial, NULL, 0);
}

static void set_level(const struct px_control_msg *msg)
{
	const struct px_control_index *level = msg->body;

	if (msg->len == sizeof(*level))
		px_log_set_level((enum conf_log_level)level->index);
}

static void handle(struct child *child, struct px_control_msg *msg)
{
	switch (msg->head.type) {
	case PX_CONTROL_PREPARE:
		px_prepare_begin(&child->prepare, msg);
		break;
	case PX_CONTROL_LISTENERS:
		px_prepare_add(&child->prepare, msg);
		break;
	case PX_CONTROL_COMMIT:
		px_prepare_commit(&child->prepare, msg);
		break;
	case PX_CONTROL_CANCEL:
		px_prepare_cancel(&child->prepare, msg);
		break;
	case PX_CONTROL_BORROW:
		px_borrow_take(&child->worker, msg);
		break;
	case PX_CONTROL_DRAIN:
		px_prepare_clear(&child->prepare);
		px_worker_drain(&child->worker);
		break;
	case PX_CONTROL_CHANNEL:
		take_channel(child, msg);
		break;
	case PX_CONTROL_TICKETS:
		take_tickets(child, msg);
		break;
	case PX_CONTROL_LOG:
		set_level(msg);
		break;
	case PX_CONTROL_CONNECTIONS:
		px_snapshot_ask(&child->snapshot, msg->head.serial);
		break;
	case PX_CONTROL_PING:
		pong(child, msg);
		break;
	default: /* the keeper's */
		break;
	}
}

static void on_msg(void *arg, struct px_control_msg *msg)
{
	struct child *child = arg;

	if (msg->head.type == PX_CONTROL_BOOT)
		boot(child, msg);
	else if (child->booted && !child->failed)
		handle(child, msg);
	else if (!child->failed)
		fail(child, "its master says nonsense");
	/* What comes behind a failure is for nobody. */
	px_control_drop_fds(msg);
}

/* No orphans. */
static void on_eof(void *arg)
{
	fail(arg, NULL);
}

static int start(struct child *child, int control_fd)
{
	struct px_worker *worker = &child->worker;

	if (px_worker_init(worker) != 0) {
		close(control_fd);
		return -1;
	}
	if (px_control_open(&child->control, worker->base, control_fd, on_msg, on_eof, child) != 0 ||
	    px_snapshot_init(&child->snapshot, worker, child->control) != 0) {
		px_log(CONF_LOG_ERROR, "a worker can't start: out of memory");
		return -1;
	}
	worker->snapshot = &child->snapshot;
	worker->keys.lacks = ask_for_channel;
	worker->keys.arg = child;
	child->signer = (struct px_build_signer){ px_keyclient_sign, px_keyclient_cancel, new_key, free,
		&worker->keys };
	child->prepare.worker = worker;
	child->prepare.control = child->control;
	child->prepare.signer = &child->signer;
	return 0;
}

static void clear(struct child *child)
{
	px_prepare_clear(&child->prepare);
	px_snapshot_clear(&child->snapshot);
	child->worker.snapshot = NULL;
	px_builder_stop(child->prepare.builder);
	child->prepare.builder = NULL;
	if (child->demo)
		px_demo_http_free(child->demo);
	px_control_close(child->control);
	px_worker_clear(&child->worker);
	px_metrics_slot_unmap(child->slot);
}

int px_worker_main(int control_fd)
{
	struct child child;
	int r;

	memset(&child, 0, sizeof(child));
	signal(SIGPIPE, SIG_IGN);
	r = start(&child, control_fd);
	if (r == 0)
		r = px_worker_run(&child.worker);
	if (child.failed)
		r = -1;
	clear(&child);
	return r == 0 ? 0 : 1;
}
