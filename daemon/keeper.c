/* keeper.c - see keeper.h. The first message is BOOT; behind it there are no files, and no network ever. */

#include "config.h" /* GNU extensions */

#include "daemon/keeper.h"

#include <errno.h>
#include <event2/event.h>
#include <event2/event_struct.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "daemon/bundle.h"
#include "daemon/control.h"
#include "daemon/keychannel.h"
#include "daemon/keymem.h"
#include "daemon/keystore.h"
#include "daemon/log.h"
#include "daemon/sandbox.h"

#define REASON_LEN 256
#define KEYS_A_STEP 8

struct keeper {
	struct event_base *base;
	struct px_control *control;
	struct px_keystore store;
	struct px_keychannels channels;
	struct {
		struct px_bundle *bundle; /* NULL: nothing is being loaded */
		uint32_t serial;
		unsigned next; /* entry */
		struct event step;
	} loading;
	bool booted, draining;
	int status; /* of the process */
};

static void end(struct keeper *k, int status)
{
	k->status = status;
	event_base_loopbreak(k->base);
}

static void lock_memory(void)
{
	static bool told;

	if (px_keymem_lock() == 0 || told)
		return;
	told = true;
	px_log(CONF_LOG_INFO, "keeper: some of the keys' memory may be swapped out: %s", strerror(errno));
}

/* ---- Keys --------------------------------------------------------------------------------------------- */

static int add_key(struct keeper *k, const struct px_bundle_entry *e)
{
	tls_datum_t pem = { .data = (unsigned char *)(uintptr_t)e->bytes, .size = (unsigned)e->len };

	if (e->kind != PX_BUNDLE_KEY || e->name_len != TLS_KEY_ID_LEN)
		return TLS_E_INVALID_REQUEST;
	return px_keystore_add(&k->store, (const uint8_t *)e->name, &pem);
}

static void stop_loading(struct keeper *k)
{
	px_bundle_close(k->loading.bundle);
	k->loading.bundle = NULL;
	event_del(&k->loading.step);
}

/* reason: NULL if all keys are there. */
static void finish_loading(struct keeper *k, const char *reason)
{
	stop_loading(k);
	if (reason)
		px_keystore_drop(&k->store);
	else
		px_keystore_end(&k->store);
	lock_memory();
	(void)px_control_done(k->control, k->loading.serial, reason);
}

/* A few keys, so that nobody waits for ten thousand. */
static void on_step(evutil_socket_t fd, short what, void *arg)
{
	const struct timeval now = { 0, 0 };
	struct keeper *k = arg;
	unsigned n = px_bundle_count(k->loading.bundle);
	struct px_bundle_entry e;
	char reason[REASON_LEN];
	int r;

	(void)fd;
	(void)what;
	for (unsigned i = 0; i < KEYS_A_STEP && k->loading.next < n; i++) {
		px_bundle_at(&e, k->loading.bundle, k->loading.next++);
		r = add_key(k, &e);
		if (r != 0) {
			snprintf(reason, sizeof(reason), "the keeper can't take key %u of %u: %s", k->loading.next, n,
			    tls_strerror(r));
			finish_loading(k, reason);
			return;
		}
	}
	if (k->loading.next < n)
		event_add(&k->loading.step, &now);
	else
		finish_loading(k, NULL);
}

static const char *open_keys(struct keeper *k, const struct px_control_msg *msg)
{
	return msg->n_fds == 1 ? px_bundle_open(&k->loading.bundle, msg->fds[0]) : "no descriptor";
}

static void on_keys(struct keeper *k, const struct px_control_msg *msg)
{
	const char *problem;
	char reason[REASON_LEN];

	if (k->loading.bundle)
		finish_loading(k, "the keeper was given other keys meanwhile");
	problem = open_keys(k, msg);
	if (problem) {
		snprintf(reason, sizeof(reason), "the keeper gets no keys: %s", problem);
		(void)px_control_done(k->control, msg->head.serial, reason);
		return;
	}
	k->loading.serial = msg->head.serial;
	k->loading.next = 0;
	px_keystore_begin(&k->store);
	on_step(-1, 0, k);
}

static void on_cancel(struct keeper *k)
{
	if (k->loading.bundle)
		stop_loading(k);
	px_keystore_drop(&k->store);
}

/* ---- What the master says ------------------------------------------------------------------------------- */

static void on_channel(struct keeper *k, struct px_control_msg *msg)
{
	const struct px_control_index *worker = msg->body;

	if (msg->n_fds != 1 || msg->len != sizeof(*worker)) {
		px_log(CONF_LOG_ERROR, "keeper: a channel without descriptor");
		return;
	}
	if (px_keychannels_add(&k->channels, msg->fds[0], worker->index) != 0)
		px_log(CONF_LOG_ERROR, "keeper: no channel for worker %u: too many, or out of memory", worker->index);
	msg->n_fds = 0;
}

static void on_boot(struct keeper *k, struct px_control_msg *msg)
{
	const struct px_control_boot *boot = msg->body;

	if (k->booted || msg->len != sizeof(*boot) || !px_drop_holds(&boot->drop)) {
		end(k, 1);
		return;
	}
	if (msg->n_fds == 2) {
		(void)px_log_attach(msg->fds[0], msg->fds[1]);
		msg->n_fds = 0;
	}
	px_log_set_level((enum conf_log_level)boot->log_level);
	px_keymem_init();
	if (px_sandbox_enter(PX_SANDBOX_KEEPER, &boot->drop) != 0) {
		end(k, 1);
		return;
	}
	/* The first worker tells what the kernel lacks: it lacks it here as well. */
	if (px_sandbox_close(PX_SANDBOX_KEEPER, false) != 0) {
		end(k, 1);
		return;
	}
	lock_memory();
	k->booted = true;
}

static void set_level(const struct px_control_msg *msg)
{
	const struct px_control_index *level = msg->body;

	if (msg->len == sizeof(*level))
		px_log_set_level((enum conf_log_level)level->index);
}

static void on_idle(void *arg)
{
	struct keeper *k = arg;

	if (k->draining)
		end(k, 0);
}

static void drain(struct keeper *k)
{
	if (k->draining || k->channels.n == 0)
		end(k, 0);
	k->draining = true;
}

static void handle(struct keeper *k, struct px_control_msg *msg)
{
	switch (msg->head.type) {
	case PX_CONTROL_KEYS:
		on_keys(k, msg);
		break;
	case PX_CONTROL_COMMIT:
		px_keystore_commit(&k->store);
		(void)px_control_done(k->control, msg->head.serial, NULL);
		break;
	case PX_CONTROL_CANCEL:
		on_cancel(k);
		break;
	case PX_CONTROL_CHANNEL:
		on_channel(k, msg);
		break;
	case PX_CONTROL_PING:
		(void)px_control_tell(k->control, PX_CONTROL_PONG, msg->head.serial, NULL, 0);
		break;
	case PX_CONTROL_DRAIN:
		drain(k);
		break;
	case PX_CONTROL_LOG:
		set_level(msg);
		break;
	default: /* for workers */
		break;
	}
}

static void on_msg(void *arg, struct px_control_msg *msg)
{
	struct keeper *k = arg;

	if (msg->head.type == PX_CONTROL_BOOT)
		on_boot(k, msg);
	else if (k->booted)
		handle(k, msg);
	else
		end(k, 1);
	px_control_drop_fds(msg);
}

static void on_eof(void *arg)
{
	end(arg, 1);
}

/* ---- Life ----------------------------------------------------------------------------------------------- */

static int run(struct keeper *k, int control_fd)
{
	k->base = event_base_new();
	if (!k->base) {
		close(control_fd);
		return -1;
	}
	px_keychannels_init(&k->channels, k->base, &k->store, on_idle, k);
	if (evtimer_assign(&k->loading.step, k->base, on_step, k) != 0) {
		close(control_fd);
		return -1;
	}
	if (px_control_open(&k->control, k->base, control_fd, on_msg, on_eof, k) != 0)
		return -1;
	return event_base_dispatch(k->base) < 0 ? -1 : 0;
}

int px_keeper_main(int control_fd)
{
	struct keeper k;

	memset(&k, 0, sizeof(k));
	px_keystore_init(&k.store);
	if (run(&k, control_fd) != 0) {
		px_log(CONF_LOG_ERROR, "the keeper can't run: %s", strerror(errno));
		k.status = 1;
	}
	if (k.base)
		px_keychannels_clear(&k.channels);
	if (k.loading.bundle)
		stop_loading(&k);
	px_control_close(k.control);
	px_keystore_clear(&k.store);
	if (k.base)
		event_base_free(k.base);
	return k.status;
}
