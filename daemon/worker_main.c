/* worker_main.c - see worker_main.h. The master's messages come in order and each is done when it comes; only
 * building and listing go on in between (prepare.h, snapshot.h). A worker without a master ends. */

#include "daemon/worker_main.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/control.h"
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
	int demo_fd; /* -1: none */
	bool booted;
	bool is_alone; /* the master is gone, or says what can't be */
};

static void fail(struct child *child)
{
	child->is_alone = true;
	event_base_loopbreak(child->worker.base);
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

/* ---- Boot -------------------------------------------------------------------------------------------- */

/* The log's two, then that of the metrics, as far as there are any. */
static void take_shared(struct child *child, const int *fds, unsigned n)
{
	struct px_metrics *metrics = &child->worker.metrics;

	if (n >= 2) {
		(void)px_log_attach(fds[0], fds[1]);
		fds += 2;
		n -= 2;
	}
	if (n == 0)
		return;
	px_metrics_clear(metrics);
	if (px_metrics_init(metrics, px_metrics_slot_map(fds[0])) != 0)
		px_log(CONF_LOG_ERROR, "nothing is counted: out of memory");
	close(fds[0]);
}

/* Nothing from outside has been read yet. The thread inherits the first half of the sandbox, and comes before the
 * second, which lets no thread start. */
static int settle(struct child *child, const struct px_control_boot *boot)
{
	if (px_sandbox_enter(PX_SANDBOX_WORKER, &boot->drop) != 0)
		return -1;
	if (px_builder_start(&child->prepare.builder, child->worker.base, px_prepare_built, &child->prepare) != 0) {
		px_log(CONF_LOG_ERROR, "a worker can't start: out of memory or threads");
		return -1;
	}
	px_sandbox_close(PX_SANDBOX_WORKER, boot->index == 0);
	child->booted = true;
	return 0;
}

static void on_boot(struct child *child, struct px_control_msg *msg)
{
	const struct px_control_boot *boot = msg->body;
	unsigned n_shared = msg->n_fds;

	if (child->booted || msg->len != sizeof(*boot) || !px_drop_holds(&boot->drop)) {
		fail(child);
		return;
	}
	px_log_set_level((enum conf_log_level)boot->log_level);
	if ((boot->flags & PX_BOOT_DEMO) && n_shared > 0)
		child->demo_fd = msg->fds[--n_shared];
	take_shared(child, msg->fds, n_shared);
	msg->n_fds = 0;
	if (settle(child, boot) != 0)
		fail(child);
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

static void on_msg(void *arg, struct px_control_msg *msg)
{
	struct child *child = arg;

	if (!child->booted && msg->head.type != PX_CONTROL_BOOT) {
		px_control_drop_fds(msg);
		fail(child);
		return;
	}
	switch (msg->head.type) {
	case PX_CONTROL_BOOT:
		on_boot(child, msg);
		break;
	case PX_CONTROL_PREPARE:
		px_prepare_begin(&child->prepare, msg);
		return;
	case PX_CONTROL_LISTENERS:
		px_prepare_add(&child->prepare, msg);
		return;
	case PX_CONTROL_COMMIT:
		px_prepare_commit(&child->prepare, msg);
		break;
	case PX_CONTROL_CANCEL:
		px_prepare_cancel(&child->prepare, msg);
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
	case PX_CONTROL_CONNECTIONS:
		px_snapshot_ask(&child->snapshot, msg->head.serial);
		break;
	case PX_CONTROL_PING:
		pong(child, msg);
		break;
	default:
		px_log(CONF_LOG_ERROR, "the master sends what a worker doesn't know: %u", msg->head.type);
		break;
	}
	px_control_drop_fds(msg);
}

static void on_eof(void *arg)
{
	fail(arg);
}

static int start(struct child *child, int control_fd)
{
	struct px_worker *worker = &child->worker;

	if (px_worker_init(worker) != 0)
		return -1;
	if (px_control_open(&child->control, worker->base, control_fd, on_msg, on_eof, child) != 0 ||
	    px_snapshot_init(&child->snapshot, worker, child->control) != 0) {
		px_log(CONF_LOG_ERROR, "a worker can't start: out of memory");
		return -1;
	}
	worker->snapshot = &child->snapshot;
	child->prepare.worker = worker;
	child->prepare.control = child->control;
	child->signer = (struct px_build_signer){ px_keyclient_sign, px_keyclient_cancel, new_key, free,
		&worker->keys };
	child->prepare.signer = &child->signer;
	return 0;
}

static void clear(struct child *child)
{
	px_prepare_clear(&child->prepare);
	px_snapshot_clear(&child->snapshot);
	child->worker.snapshot = NULL;
	px_builder_stop(child->prepare.builder);
	if (child->demo_fd >= 0)
		close(child->demo_fd);
	px_control_close(child->control);
	px_worker_clear(&child->worker);
}

int px_worker_main(int control_fd)
{
	struct child child;
	int r;

	memset(&child, 0, sizeof(child));
	child.demo_fd = -1;
	signal(SIGPIPE, SIG_IGN);
	r = start(&child, control_fd);
	if (r == 0)
		r = px_worker_run(&child.worker);
	if (r == 0 && child.is_alone)
		r = -1;
	clear(&child);
	return r == 0 ? 0 : 1;
}
